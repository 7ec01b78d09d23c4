"""What can be a punch, at each border and on both sides of it."""

from datetime import UTC, datetime, timedelta

import pytest

from devices.records import Batch, Punch
from ingest.check import first_sound, split, writable

RECEIVED = datetime(2026, 1, 31, 23, 30, 0, 250_000, tzinfo=UTC)
IN_JAKARTA = datetime.fromisoformat("2026-02-01 06:30:00")
SOUND: Punch = ("1001", datetime.fromisoformat("2026-01-05 07:28:00"), 0, 1, "0", b"raw")


def judged(*punches: Punch, zone: str = "Asia/Jakarta") -> tuple[list[Punch], list[str]]:
    good, rejected = split(Batch("gate", "poll", RECEIVED, punches), zone)
    return list(good), [reason for _, reason in rejected]


def at(local_time: datetime) -> Punch:
    return ("1001", local_time, 0, 1, "0", b"raw")


@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Jakarta", 7), ("Asia/Makassar", 8), ("Asia/Jayapura", 9), ("UTC", 0)]
)
def test_a_day_after_receipt_is_the_last_plausible_second_in_the_terminals_own_zone(zone: str, offset: int) -> None:
    last = datetime.fromisoformat("2026-02-01 23:30:00") + timedelta(hours=offset)
    assert judged(at(last), zone=zone) == ([at(last)], [])
    later = last + timedelta(seconds=1)
    assert judged(at(later), zone=zone) == (
        [],
        [f"implausible time {later}: more than a day after it was received"],
    )


def test_2005_is_the_first_plausible_year() -> None:
    before, first = datetime.fromisoformat("2004-12-31 23:59:59"), datetime.fromisoformat("2005-01-01 00:00:00")
    assert judged(at(first)) == ([at(first)], [])
    assert judged(at(before)) == ([], ["implausible time 2004-12-31 23:59:59: before 2005"])
    assert judged(at(before), at(first)) == ([at(first)], ["implausible time 2004-12-31 23:59:59: before 2005"])


@pytest.mark.parametrize(
    ("punch", "reason"),
    [
        (("10\0", IN_JAKARTA, 0, 1, "0", b"x"), "text holds NUL"),
        (("1", IN_JAKARTA, 0, 1, "\0", b"x"), "text holds NUL"),
        (("1\ud800", IN_JAKARTA, 0, 1, "0", b"x"), "text holds NUL or half a character"),
        (("", IN_JAKARTA, 0, 1, "0", b"x"), "pin '' is empty"),
        (("1\x1b[2J", IN_JAKARTA, 0, 1, "0", b"x"), "is not 1 to 64 printable characters"),
        (("9" * 65, IN_JAKARTA, 0, 1, "0", b"x"), "pin '99999999999999999999...' is not 1 to 64 printable"),
        (("é" * 65, IN_JAKARTA, 0, 1, "0", b"x"), "is not 1 to 64 printable characters"),
        (("1", IN_JAKARTA, 0, 1, "0" * 65, b"x"), "the work code has more than 64 characters"),
        ((" 1", IN_JAKARTA, 0, 1, "0", b"x"), "pin ' 1' is empty or has outer blanks"),
        (("1", IN_JAKARTA.replace(microsecond=1), 0, 1, "0", b"x"), "is not to the second"),
        (("1", IN_JAKARTA, -1, 1, "0", b"x"), "state -1"),
        (("1", IN_JAKARTA, 256, 1, "0", b"x"), "state 256"),
        (("1", IN_JAKARTA, 0, -1, "0", b"x"), "verify method -1"),
        (("1", IN_JAKARTA, 0, 32768, "0", b"x"), "verify method 32768"),
    ],
)
def test_what_the_database_cannot_hold_is_rejected_alone(punch: Punch, reason: str) -> None:
    good, reasons = judged(SOUND, punch, SOUND)
    assert good == [SOUND, SOUND]
    assert len(reasons) == 1
    assert reason in reasons[0]


@pytest.mark.parametrize(
    "punch",
    [
        ("pegawai é", IN_JAKARTA, 0, None, None, b""),
        ("日本", IN_JAKARTA, 255, 32767, "", b"\0"),
        ("0001", IN_JAKARTA, 0, 0, "a b", b"x"),
        ("9" * 64, IN_JAKARTA, 0, 0, "0" * 64, b"x"),
        ("😀" * 64, IN_JAKARTA, 0, 0, "😀" * 64, b"x"),
    ],
)
def test_unusual_but_sound_records_are_taken(punch: Punch) -> None:
    assert judged(punch) == ([punch], [])


def test_records_that_devices_rejected_stay_rejected() -> None:
    batch = Batch("gate", "poll", RECEIVED, [SOUND], [(b"junk", "odd size")])
    assert split(batch, "Asia/Jakarta") == ([SOUND], [(b"junk", "odd size")])


def test_first_sound_passes_over_what_cannot_be_asked_for() -> None:
    bad: Punch = ("\0", IN_JAKARTA, 0, 1, "0", b"x")
    batches = [Batch("a", "poll", RECEIVED), Batch("b", "poll", RECEIVED, [bad]), Batch("c", "poll", RECEIVED, [SOUND])]
    assert first_sound(batches) == ("c", SOUND)
    assert first_sound(batches[:2]) is None


def test_writable_shows_what_a_database_cannot_hold() -> None:
    assert writable("a\0b\ud800é") == "a\\x00b\\ud800é"
