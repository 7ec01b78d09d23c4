"""Bringing people onto a terminal: whom a plan adds and corrects, and what of each record stays."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import RetriableTerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import NUMBER_PERSON, TEXT_PERSON, Person, RecordSize
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk import people
from devices.zk.frames import Command
from devices.zk.log import JUNK_PREFIX, StrideError
from devices.zk.people import Kind, Wanted
from devices.zk.users import User, decode_user, user_records
from tests.devices.zk.sessions import reading

TEXT = Kind(72, "utf-8")
NUMBER = Kind(28, "utf-8")
SARI = TEXT_PERSON.pack(7, 14, b"secret", b"Sri", 4_711, b"2", b"1007")


def test_who_is_there_rightly_stays_and_who_is_not_enrolled_is_only_named() -> None:
    made = people.plan([SARI], [Wanted("1007", "Sri")], TEXT)
    assert (made.unchanged, made.records) == ([User(7, "1007", "Sri", 14)], [])
    made = people.plan([SARI], [], TEXT)
    assert (made.others, made.records) == ([User(7, "1007", "Sri", 14)], [])


def test_a_corrected_name_leaves_password_card_group_and_privilege_as_they_are() -> None:
    (record,) = people.plan([SARI], [Wanted("1007", "Sari Dewi")], TEXT).records
    assert record == TEXT_PERSON.pack(7, 14, b"secret", b"Sari Dewi", 4_711, b"2", b"1007")
    number = NUMBER_PERSON.pack(7, 6, b"12345", b"Sri", 9, 3, 5, 70_000)
    (record,) = people.plan([number], [Wanted("70000", "Sari")], NUMBER).records
    assert record == NUMBER_PERSON.pack(7, 6, b"12345", b"Sari", 9, 3, 5, 70_000)


def test_new_people_get_internal_numbers_above_all_that_are_taken() -> None:
    made = people.plan([SARI], [Wanted("2", "B"), Wanted("1", "A"), Wanted("uid:9", "C")], TEXT)
    assert [(user.uid, user.pin, user.privilege) for user in made.added] == [(10, "1", 0), (11, "2", 0), (9, "9", 0)]


def test_gaps_are_taken_when_no_number_above_is_left() -> None:
    last = TEXT_PERSON.pack(65_535, 0, b"", b"", 0, b"", b"last")
    made = people.plan([last, SARI], [Wanted(str(pin), "N") for pin in range(100, 110)], TEXT)
    assert [user.uid for user in made.added] == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]


@pytest.mark.parametrize(
    ("pin", "kind", "why"),
    [
        ("A-17", NUMBER, "knows people by numbers"),
        ("007", NUMBER, "without leading zeros"),
        ("4294967296", NUMBER, "up to 4294967295"),
        ("x" * 25, TEXT, "at most 24 signs"),
        ("1234567890", TEXT._replace(pin_digits=9), "at most 9 signs"),
        ("1007", NUMBER._replace(uid_only=True), "enrol this person as uid:N"),
        ("uid:0", TEXT, "from 1 to 65535"),
        ("uid:65536", TEXT, "from 1 to 65535"),
        ("uid:1007", TEXT, "somebody else has the pin 1007"),
    ],
)
def test_whom_a_terminal_cannot_hold_is_named_with_the_reason(pin: str, kind: Kind, why: str) -> None:
    held = [SARI] if kind is TEXT else []
    made = people.plan(held, [Wanted(pin, "N")], kind)
    assert [(who, why in reason) for who, reason in made.impossible] == [(pin, True)]
    assert not made.records


@pytest.mark.parametrize("pin", ["4294967295", "0", "70000"])
def test_numbers_beyond_16_bits_are_held_whole(pin: str) -> None:
    (record,) = people.plan([], [Wanted(pin, "N")], NUMBER).records
    assert struct.unpack_from("<I", record, 24) == (int(pin),)


def test_an_internal_number_that_is_enrolled_is_that_person_whatever_the_pin() -> None:
    made = people.plan([SARI], [Wanted("uid:7", "Sari")], NUMBER._replace(record_size=72, uid_only=True))
    assert made.corrected == [(User(7, "1007", "Sri", 14), User(7, "1007", "Sari", 14))]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp1256", "cp1252", "big5", "shift_jis"])
@given(name=st.text(max_size=40), size=st.sampled_from([8, 24]))
def test_a_name_is_never_cut_within_a_character(encoding: str, name: str, size: int) -> None:
    written = people.fitted(name, encoding, size)
    shown = " ".join(name.replace("\0", " ").split()).encode(encoding, "replace").decode(encoding)
    assert len(written) <= size
    assert b"\0" not in written
    assert shown.startswith(written.decode(encoding))


@pytest.mark.parametrize("size", [28, 72])
@pytest.mark.parametrize("junk", [b"", JUNK_PREFIX], ids=["", "junk"])
def test_lists_of_people_are_told_into_records_past_junk(size: int, junk: bytes) -> None:
    records = [bytes([1 + n]) * size for n in range(11)]
    stream = struct.pack("<I", size * 11) + junk + b"".join(records)
    assert user_records(stream, [11]) == records
    with pytest.raises(StrideError, match="no known record size"):
        user_records(stream + b"x", [11])


@given(st.binary(min_size=72, max_size=72), st.sampled_from(["utf-8", "gbk", "cp1256", "cp1252", "ascii"]))
def test_any_bytes_are_read_as_somebody(record: bytes, encoding: str) -> None:
    assert decode_user(record, encoding).pin
    assert decode_user(record[:28], encoding).pin


@pytest.mark.parametrize("size", [8, 16, 40, 49])
@pytest.mark.parametrize("junk", [b"", JUNK_PREFIX], ids=["", "junk"])
def test_people_written_are_on_the_terminal_and_nobody_else_is_touched(size: RecordSize, junk: bytes) -> None:
    terminal = SimulatedTerminal(
        "T1", [Person(3, "30", "Old"), Person(4, "40", "Wrong")], record_size=size, faults=Faults(people_junk=junk)
    )
    with reading(terminal) as opened:
        records = opened.read_user_records()
        kind = people.ask_kind(opened, records, "utf-8", None)
        made = people.plan(records, [Wanted("40", "Right"), Wanted("50", "New")], kind)
        assert people.write(opened, made, kind) == []
    assert terminal.memory.people == [Person(3, "30", "Old"), Person(4, "40", "Right"), Person(5, "50", "New")]
    assert terminal.received.count(Command.USER_WRITE) == 2
    assert terminal.received.count(Command.REFRESH) == 1
    assert Command.DISABLE not in terminal.received


def test_people_whom_the_terminal_acknowledges_but_does_not_keep_are_noticed() -> None:
    with reading(SimulatedTerminal("T1", faults=Faults(forgets_people=True))) as opened:
        made = people.plan([], [Wanted("50", "New")], TEXT)
        assert people.write(opened, made, TEXT) == [User(1, "50", "New", 0)]


def test_a_declined_person_is_named() -> None:
    with (
        reading(SimulatedTerminal("T1", record_size=16)) as opened,
        pytest.raises(RetriableTerminalError, match="declined the person with the pin 50"),
    ):
        people.write(opened, people.plan([], [Wanted("50", "New")], TEXT), TEXT)


@pytest.mark.parametrize(("said", "digits"), [(None, None), ("9", 9), ("0", None), ("many", None)])
def test_how_long_a_pin_may_be_is_asked(said: str | None, digits: int | None) -> None:
    terminal = SimulatedTerminal("T1")
    if said is not None:
        terminal.memory.options["~PIN2Width"] = said
    with reading(terminal) as opened:
        assert people.ask_kind(opened, [], "gbk", 16) == Kind(28, "gbk", digits)
        assert people.ask_kind(opened, [], "gbk", 8) == Kind(28, "gbk", digits, uid_only=True)
        assert people.ask_kind(opened, [], "gbk", None) == Kind(72, "gbk", digits, guessed=True)


def test_where_the_kind_is_guessed_one_person_is_tried_first() -> None:
    terminal = SimulatedTerminal("T1", faults=Faults(forgets_people=True))
    with reading(terminal) as opened:
        made = people.plan([], [Wanted(str(pin), "New") for pin in range(9)], TEXT)
        assert people.write(opened, made, TEXT._replace(guessed=True)) == [made.added[0]]
        assert terminal.received.count(Command.USER_WRITE) == 1
        terminal.faults = Faults()
        assert people.write(opened, made, TEXT._replace(guessed=True)) == []
    assert len(terminal.memory.people) == 9
