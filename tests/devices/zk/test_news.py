"""Reading what is new over real sockets, from terminals whose logs fill, shrink, shift and go back in time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.simulator.zk.faults import Faults
from devices.simulator.zk.memory import WhenFull
from devices.simulator.zk.records import RecordSize, StoredPunch
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.news import News, read_news
from devices.zk.tail import Remembered, after_miss
from devices.zk.terminal import open_terminal

CAPACITY = 80
START = datetime(2026, 1, 5, 7, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it

Step = tuple[str, int]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("punch"), st.sampled_from([1, 2, 7, 20, 45, 90])),
    st.tuples(st.just("punch and poll"), st.sampled_from([0, 1, 3, 30, 60])),
    st.tuples(st.just("poll meanwhile punched"), st.sampled_from([1, 2])),
    st.tuples(st.just("clear"), st.just(0)),
    st.tuples(st.just("clock"), st.sampled_from([-86_400, -3600, -60, 60, 86_400])),
    st.tuples(st.just("day"), st.just(0)),
)
FULL: tuple[WhenFull, ...] = ("shift", "overwrite", "drop block")


class Office:
    """A terminal, what its log ever held, and what was read of it."""

    def __init__(self, when_full: WhenFull, size: RecordSize, claimed: int | None) -> None:
        self.faults = Faults(claimed_capacity=claimed)
        self.terminal = SimulatedTerminal(
            "SN1", record_size=size, capacity=CAPACITY, when_full=when_full, faults=self.faults
        )
        self.clock = START
        self.ever: set[bytes] = set()
        self.table: set[bytes] = set()
        self.remembered: Remembered | None = None
        self.ends_read = 0
        self.missed = 0

    def punch(self, count: int) -> None:
        for number in range(count):
            self.clock += timedelta(seconds=7)
            assert self.terminal.memory.store(StoredPunch(str(1 + number % 9), self.clock, number % 2))
            self.ever.add(self.terminal.memory.newest())

    def poll(self, address: str, punched_meanwhile: int = 0) -> News:
        self.terminal.received.clear()
        self.terminal.faults = replace(self.faults, punch_during_read=("8",) * punched_meanwhile)
        with open_terminal(address) as device:
            news = read_news(device, device.read_identity(), self.remembered)
        self.ever.update(self.terminal.memory.log_records())
        self.ends_read += news.why_whole is None
        known, fresh = ({punch[-1] for punch in punches} for punches, rejected in (news.known, news.fresh))
        missed = len(known - self.table)
        self.missed += missed
        self.table |= known | fresh
        self.remembered = after_miss(news.remembered, missed) if missed else news.remembered
        assert not news.known[1]
        assert not news.fresh[1]
        return news

    def take(self, step: Step, address: str) -> None:
        match step:
            case ("punch", count):
                self.punch(count)
            case ("punch and poll", count):
                self.punch(count)
                self.poll(address)
                assert set(self.terminal.memory.log_records()) <= self.table or self.faults.claimed_capacity
            case ("poll meanwhile punched", count):
                held = set(self.terminal.memory.log_records())
                self.poll(address, count)
                still_there = held & set(self.terminal.memory.log_records())
                assert still_there <= self.table or self.faults.claimed_capacity
            case ("clear", _):
                self.terminal.memory.clear_log()
            case ("clock", seconds):
                self.clock = max(self.clock + timedelta(seconds=seconds), START)
            case ("day", _):
                self.a_day_passes()

    def a_day_passes(self) -> None:
        if self.remembered is not None:
            self.remembered = replace(self.remembered, whole_at=self.remembered.whole_at - timedelta(days=1))


@pytest.mark.parametrize("when_full", FULL)
@settings(deadline=None)
@given(steps=st.lists(STEPS, min_size=3, max_size=14), size=st.sampled_from([16, 22, 40, 49]))
def test_nothing_is_lost_and_nothing_invented_whatever_a_full_log_does(
    when_full: WhenFull, steps: list[Step], size: RecordSize
) -> None:
    office = Office(when_full, size, None)
    with office.terminal.serving() as (host, port):
        for step in [*steps, ("punch and poll", 1)]:
            office.take(step, f"{host}:{port}")
    assert set(office.terminal.memory.log_records()) <= office.table <= office.ever
    assert office.missed == 0


@pytest.mark.parametrize("when_full", FULL)
@settings(deadline=None)
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_a_terminal_that_claims_more_room_than_it_has_is_found_out_by_the_daily_reading(
    when_full: WhenFull, steps: list[Step]
) -> None:
    office = Office(when_full, 40, 100_000)
    with office.terminal.serving() as (host, port):
        address = f"{host}:{port}"
        for step in steps:
            office.take(step, address)
        office.a_day_passes()
        office.poll(address)
        assert set(office.terminal.memory.log_records()) <= office.table <= office.ever
        office.punch(3)
        ends = office.ends_read
        office.poll(address)
    if office.missed:
        assert office.ends_read == ends, "one that left a punch out is read whole from then on"
        assert office.remembered is not None
        assert office.remembered.offset_reads == "missed"


def test_the_end_is_what_is_read_when_nothing_is_odd() -> None:
    office = Office("shift", 40, None)
    with office.terminal.serving() as (host, port):
        address = f"{host}:{port}"
        office.punch(40)
        office.poll(address)
        for count in (0, 1, 30):
            office.punch(count)
            assert len(office.poll(address).fresh[0]) == count
    assert office.ends_read == 3
    assert office.table == office.ever


def test_a_log_that_dropped_its_oldest_is_found_again_some_way_before() -> None:
    office = Office("drop block", 40, 100_000)
    with office.terminal.serving() as (host, port):
        address = f"{host}:{port}"
        office.punch(70)
        office.poll(address)
        office.punch(14)  # the log drops 8 and holds more than before
        assert len(office.poll(address).fresh[0]) == 14
    assert office.ends_read == 1
    assert office.table == office.ever


@pytest.mark.parametrize("size", [22, 40, 49])
def test_a_terminal_that_sends_less_than_the_stretch_asked_is_read_whole(size: RecordSize) -> None:
    office = Office("shift", size, None)
    with office.terminal.serving() as (host, port):
        address = f"{host}:{port}"
        office.punch(60)
        office.poll(address)
        assert office.remembered is not None
        assert office.remembered.offset_reads == "good"
        office.faults = Faults(offsets_refused=True)
        office.punch(5)
        assert "did not hand out" in (office.poll(address).why_whole or "")
    assert office.table == office.ever
