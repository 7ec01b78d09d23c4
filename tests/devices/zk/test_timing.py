"""A terminal's clock is measured to the half of the way there and back, and set as exactly as it can be."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import encode_time
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.clock import local_time, time_code
from devices.zk.frames import Command
from devices.zk.setting import set_clock
from devices.zk.timing import Moment, measured
from tests.devices.zk.sessions import reading

JAYAPURA = ZoneInfo("Asia/Jayapura")
FEBRUARY_30 = 840_873_600
SECOND = timedelta(seconds=1)


def here() -> datetime:
    return datetime.now(JAYAPURA).replace(tzinfo=None)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2132, 12, 31, 23, 59, 59)))  # noqa: DTZ001 - as terminals show it
def test_a_time_and_its_code_are_each_other_s_inverse(when: datetime) -> None:
    assert time_code(when) == encode_time(when)
    assert local_time(time_code(when)) == when.replace(microsecond=0)


@pytest.mark.parametrize("year", [1999, 2133])
def test_a_year_that_no_terminal_can_show_has_no_code(year: int) -> None:
    with pytest.raises(ValueError, match=f"2000 to 2132, not {year}"):
        time_code(datetime(year, 1, 1))  # noqa: DTZ001 - as terminals show it


@pytest.mark.parametrize("delay", [0.0, 0.3])
@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=7), -timedelta(days=9000)])
def test_the_way_there_and_back_is_taken_out(delay: float, ahead: timedelta) -> None:
    terminal = SimulatedTerminal("T1", clock=lambda: here() + ahead, faults=Faults(late={Command.GET_TIME: delay}))
    with reading(terminal) as opened:
        moment = opened.read_clock()
    offset = moment.offset(JAYAPURA)
    assert offset is not None
    assert abs(offset - ahead) <= moment.uncertainty
    assert moment.round_trip >= timedelta(seconds=delay)
    assert moment.uncertainty - timedelta(seconds=0.5) == moment.round_trip / 2


def asked(ways: list[float]) -> tuple[list[float], Callable[[Command], bytes]]:
    """A terminal whose answers take so long, one after the other, and what is left of them."""
    left = list(ways)

    def ask(command: Command) -> bytes:
        assert command == Command.GET_TIME
        way = left.pop(0)
        clock["now"] += way
        return encode_time(datetime(2026, 1, 5)).to_bytes(4, "little")  # noqa: DTZ001 - as terminals show it

    return left, ask


clock = {"now": 0.0}


@pytest.fixture
def stopped_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("devices.zk.timing.time.monotonic", lambda: clock["now"])
    yield
    clock["now"] = 0.0


@pytest.mark.usefixtures("stopped_time")
@pytest.mark.parametrize(
    ("ways", "best", "left"),
    [
        ([0.5, 9], 0.5, 1),
        ([0.51, 0.2, 9], 0.2, 1),
        ([0.8, 0.6, 0.7, 9], 0.6, 1),
    ],
    ids=["quick at the border", "asked again", "asked three times"],
)
def test_a_slow_clock_is_asked_again_and_the_quickest_answer_counts(ways: list[float], best: float, left: int) -> None:
    rest, ask = asked(ways)
    assert measured(ask).round_trip.total_seconds() == pytest.approx(best)
    assert len(rest) == left


def test_a_clock_that_names_no_day_or_says_nothing_has_no_offset() -> None:
    with reading(SimulatedTerminal("T1", faults=Faults(claimed_time=FEBRUARY_30))) as opened:
        moment = opened.read_clock()
    assert (moment.clock, moment.offset(JAYAPURA), moment.no_such_day) == (None, None, True)
    silent = Moment(None, datetime.now(UTC), timedelta(0))
    assert (silent.clock, silent.offset(JAYAPURA), silent.no_such_day) == (None, None, False)


@pytest.mark.parametrize("off", [timedelta(minutes=7), -timedelta(hours=3), timedelta(days=400)])
def test_a_clock_is_set_to_the_time_of_its_place(off: timedelta) -> None:
    terminal = SimulatedTerminal("T1", clock=lambda: here() + off)
    with reading(terminal) as opened:
        after = set_clock(opened, JAYAPURA, opened.read_clock())
    offset = after.offset(JAYAPURA)
    assert offset is not None
    assert abs(offset) <= SECOND + after.uncertainty
    assert abs(terminal.clock.read() - here()) <= 3 * SECOND


@pytest.mark.parametrize("faults", [Faults(time_refused=True), Faults(time_ignored=True)])
def test_a_terminal_that_does_not_let_its_clock_be_set_shows_it(faults: Faults) -> None:
    off = timedelta(minutes=7)
    with reading(SimulatedTerminal("T1", clock=lambda: here() + off, faults=faults)) as opened:
        offset = set_clock(opened, JAYAPURA, opened.read_clock()).offset(JAYAPURA)
    assert offset is not None
    assert abs(offset - off) <= SECOND


def test_a_simulated_clock_drifts_jumps_and_starts_again_in_2000() -> None:
    now = [datetime(2026, 1, 5, 8)]  # noqa: DTZ001 - as terminals show it
    simulated = SimulatedTerminal("T1", clock=lambda: now[0]).clock
    simulated.drift(timedelta(seconds=8))
    now[0] += timedelta(days=3)
    assert simulated.read() - now[0] == timedelta(seconds=24)
    simulated.jump(-timedelta(hours=1))
    now[0] += timedelta(days=1)
    assert simulated.read() - now[0] == timedelta(seconds=32, hours=-1)
    simulated.reset()
    assert simulated.read() == datetime(2000, 1, 1)  # noqa: DTZ001 - as terminals show it
