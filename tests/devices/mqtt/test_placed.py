"""Local times of the zone where a terminal hangs, and what a record says against its own time."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from devices.mqtt import registry
from devices.mqtt.envelope import unwrapped, wrapped
from devices.mqtt.placed import placed
from devices.mqtt.reading import Reading
from devices.records import Batch

RECEIVED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def own(time: str, *, clock_ok: bool = True) -> Reading:
    punch = {"device": "g", "boot": "b", "seq": 1, "pin": "42", "time": time, "clock_ok": clock_ok, "state": "in"}
    return registry.read("tepat/g/punch", json.dumps(punch).encode(), RECEIVED)


@pytest.mark.parametrize(
    ("time", "zone", "marked"),
    [
        ("2026-01-05T07:31:02+07:00", "Asia/Jakarta", False),
        ("2026-01-05T07:31:02+08:00", "Asia/Jakarta", True),
        ("2026-01-05T07:31:02+08:00", "Asia/Makassar", False),
        ("2026-01-05T07:31:02Z", "UTC", False),
        ("2026-01-05T07:31:02Z", "Asia/Jakarta", True),
        ("2026-01-05T07:31:02-00:00", "UTC", False),
        ("2026-07-05T07:31:02+02:00", "Europe/Berlin", False),
        ("2026-01-05T07:31:02+02:00", "Europe/Berlin", True),
        ("2026-10-25T02:30:00+02:00", "Europe/Berlin", False),
        ("2026-10-25T02:30:00+01:00", "Europe/Berlin", False),
        ("2026-10-25T02:30:00+03:00", "Europe/Berlin", True),
    ],
)
def test_an_offset_other_than_that_of_the_zone_at_that_time_is_marked(time: str, zone: str, *, marked: bool) -> None:
    batch = placed(own(time), zone)
    local = datetime.fromisoformat(time[:19])
    assert batch.punches[0][1] == local, "the wall time counts all the same"
    assert list(batch.marks) == ([("42", local, 0, "other_offset")] if marked else [])


def test_a_clock_that_the_terminal_doubts_is_marked_also_when_its_offset_is_odd() -> None:
    local = datetime.fromisoformat("2026-01-05T07:31:02")
    doubted = placed(own("2026-01-05T07:31:02+07:00", clock_ok=False), "Asia/Jakarta")
    assert list(doubted.marks) == [("42", local, 0, "clock_doubted")]
    both = placed(own("2026-01-05T07:31:02+09:00", clock_ok=False), "Asia/Jakarta")
    assert [mark[3] for mark in both.marks] == ["clock_doubted", "other_offset"]


def test_in_a_batch_each_punch_has_its_own_marks() -> None:
    shared = {"device": "g", "boot": "b"}
    each = [{"seq": n, "pin": str(n), "time": f"2026-01-05T07:00:0{n}+0{n}:00", "clock_ok": n != 7} for n in (6, 7, 8)]
    reading = registry.read("tepat/g/punch", json.dumps(shared | {"punches": each}).encode(), RECEIVED)
    marks = {(pin, doubt) for pin, _, _, doubt in placed(reading, "Asia/Jakarta").marks}
    assert marks == {("6", "other_offset"), ("8", "other_offset"), ("7", "clock_doubted")}


def test_a_moment_at_the_end_of_the_calendar_does_not_raise() -> None:
    last = ("1", datetime.max.replace(microsecond=0), 255, None, None, b"")  # noqa: DTZ901  # UTC by meaning
    found = placed(Reading(Batch("g", "mqtt", RECEIVED, [last]), "utc"), "Asia/Jakarta")
    assert found.punches[0][1] > datetime.fromisoformat("2026-01-05T00:00:00") + timedelta(days=1)


def test_a_message_without_time_comes_out_of_its_envelope_as_it_went_in() -> None:
    message = '{"finger_id": 5, "name": "\u00e9"}'.encode()
    raw = wrapped("tepat/g/finger", RECEIVED, message)
    assert unwrapped(raw) == ("tepat/g/finger", RECEIVED, message)
    later = datetime(2026, 2, 1, tzinfo=UTC)
    again = registry.read_again("g", raw, later, "Asia/Jakarta")
    assert again.punches == [("5", datetime.fromisoformat("2026-01-05T08:00:00"), 255, 1, None, raw)]
    assert [mark[3] for mark in again.marks] == ["time_of_receipt"]
    assert not registry.read_again("h", raw, later, "Asia/Jakarta").punches


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b'{"topic":"t","received_at":"2026-01-05T00:00:00","message":"m"}', b"[1]",
     b'{"topic":"t","received_at":"soon","message":"m"}', b'{"topic":"t","received_at":7,"message":"m"}',
     b'{"topic":"t","received_at":"2026-01-05T00:00:00Z","message":7}'],
)  # fmt: skip
def test_anything_else_is_no_envelope(raw: bytes) -> None:
    assert unwrapped(raw) is None
