"""Terminals whose clocks jump while they are read, and a collector whose machine lives in another time zone.

A punch whose time cannot be is rejected with its bytes; nothing else depends on any clock.
"""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.faults.conftest import OfficeOn
from tests.faults.office import Office
from tests.waiting import until

JUMPS = ("2000-01-01T00:00:00", "2026-01-05T07:00:00", "2098-12-31T23:59:58", "2020-02-29T12:00:00")
"""What a flat battery leaves, an ordinary day, a far future that the terminal crosses a year in, a leap day."""


def kept(office: Office) -> set[bytes]:
    with psycopg.connect(office.database.url) as connection:
        found = connection.execute("SELECT raw FROM punch UNION ALL SELECT raw FROM rejected").fetchall()
    assert len(found) == len(set(found)), "each record ends in one place, once"
    return {bytes(raw) for (raw,) in found}


@pytest.mark.long
@pytest.mark.parametrize("zone", ["Pacific/Auckland"])
def test_jumping_clocks_lose_nothing(office_on: OfficeOn, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    with office_on("embedded") as office:
        for jump in (*JUMPS, (datetime.now(UTC) + timedelta(days=1, hours=9)).isoformat()[:19]):
            for terminal in range(office.zk_terminals):
                office.zk.set_clock(terminal, datetime.fromisoformat(jump))
                for pin in ("1", "2", "3"):
                    assert office.zk.punch_now(terminal, pin)
            office.wait(0.6)
        until(lambda: kept(office) == office.zk.all_records())
