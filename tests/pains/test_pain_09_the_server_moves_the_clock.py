"""Pain 9: a naive time read in the server's zone, and a server whose answer moves the terminal's clock."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from psycopg_pool import ConnectionPool

from devices.simulator.iclock import SimulatedIclockTerminal
from tests.collector.listening import punches
from tests.collector.pushing import endpoint, register, rows


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Asia/Jakarta", timedelta(hours=7)),
        ("Asia/Jayapura", timedelta(hours=9)),
        ("Asia/Kolkata", timedelta(hours=5.5)),
    ],
)
def test_a_terminal_that_sets_itself_by_the_answer_shows_the_time_of_its_place(
    pool: ConnectionPool, zone: str, offset: timedelta
) -> None:
    register(pool, "A1", zone=zone)
    with endpoint(pool) as url:
        terminal = SimulatedIclockTerminal(url, "A1")
        terminal.send(punches(1))
        assert terminal.clock is not None
        figure = int(terminal.settings["TimeZone"])
    said = timedelta(minutes=figure) if abs(figure) > 60 else timedelta(hours=figure)
    assert said == offset, "minutes only where hours do not do: firmware tells them apart by their size"
    shown = parsedate_to_datetime(terminal.clock) + said
    assert abs(shown - (datetime.now(UTC) + offset)) < timedelta(seconds=30)


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Jayapura", "America/St_Johns"])
def test_the_time_of_a_punch_is_kept_as_the_terminal_showed_it(pool: ConnectionPool, zone: str) -> None:
    register(pool, "A1", zone=zone)
    with endpoint(pool) as url:
        SimulatedIclockTerminal(url, "A1").send(punches(1))
    assert rows(pool, "SELECT local_time::text FROM punch") == [("2026-01-05 07:00:00",)]
