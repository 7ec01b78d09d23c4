import json
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.mqtt import registry
from devices.mqtt.contract import METHODS, STATES
from devices.records import Batch

RECEIVED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
TOPIC = "tepat/gate-1/punch"
GOOD: dict[str, Any] = {
    "device": "gate-1", "boot": "b7", "seq": 12, "pin": "0042", "time": "2026-01-05T07:31:02+07:00",
    "clock_ok": True, "state": "in", "method": "fingerprint",
}  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def read(message: object, topic: str = TOPIC) -> Batch:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return registry.read(topic, payload, RECEIVED).batch


def test_one_punch_keeps_its_wall_time_its_leading_zeros_and_its_bytes() -> None:
    payload = json.dumps(GOOD).encode()
    batch = read(payload)
    punch = ("0042", at("2026-01-05T07:31:02"), 0, 1, None, payload)
    assert batch == Batch("gate-1", "mqtt", RECEIVED, [punch], [], [])


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2026-01-05T07:31:02+07:00", "2026-01-05T07:31:02"),
        ("2026-01-05T07:31:02+09:00", "2026-01-05T07:31:02"),
        ("2026-01-05T00:31:02Z", "2026-01-05T00:31:02"),
        ("2026-01-05T07:31:02.999+07:00", "2026-01-05T07:31:02"),
        ("2024-02-29T23:59:59-14:00", "2024-02-29T23:59:59"),
    ],
)
def test_local_time_is_the_wall_time_in_its_own_offset(written: str, local: str) -> None:
    assert read({**GOOD, "time": written}).punches[0][1] == at(local)


def test_every_state_and_method_has_its_number_and_may_be_left_unsaid() -> None:
    assert [read({**GOOD, "state": name}).punches[0][2] for name in STATES] == [0, 1, 2, 3, 4, 5]
    assert [read({**GOOD, "method": name}).punches[0][3] for name in METHODS] == [0, 1, 4, 15, 25]
    unsaid = {name: value for name, value in GOOD.items() if name not in {"state", "method"}}
    assert read(unsaid).punches[0][2:4] == (255, None)
    assert read({**GOOD, "state": None, "method": None}).punches[0][2:4] == (255, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("device", "gate-2"), ("device", None), ("device", 1),
        ("boot", ""), ("boot", 7), ("boot", "b" * 65),
        ("seq", -1), ("seq", "1"), ("seq", 1.0), ("seq", True), ("seq", 2**63), ("seq", None),
        ("pin", ""), ("pin", "  "), ("pin", 42), ("pin", "4\u00002"), ("pin", "\ud800"), ("pin", "9" * 65),
        ("pin", "uid:4"),
        ("time", "2026-01-05T07:31:02"), ("time", "2026-02-30T07:31:02+07:00"), ("time", "2026-01-05T24:00:00Z"),
        ("time", "2026-01-05 07:31:02+07:00"), ("time", "2026-01-05T07:31:60Z"), ("time", 1767573062), ("time", None),
        ("time", "2026-01-05T07:31:02+15:00"), ("time", "2026-01-05T07:31:02+07:60"), ("time", "0000-01-05T07:31:02Z"),
        ("time", "\u0662026-01-05T07:31:02Z"),
        ("clock_ok", "true"), ("clock_ok", 1), ("clock_ok", None),
        ("state", "IN"), ("state", 0), ("state", "255"), ("method", "smell"), ("method", 1), ("method", ["face"]),
    ],
)  # fmt: skip
def test_a_field_of_wrong_type_or_range_rejects_the_punch_and_is_named(name: str, value: object) -> None:
    payload = json.dumps({**GOOD, name: value}).encode()
    batch = read(payload)
    assert not batch.punches
    ((raw, reason),) = batch.rejected
    assert raw == payload
    assert reason.startswith(name)
    assert reason.isascii()


@pytest.mark.parametrize("name", ["device", "boot", "seq", "pin", "time", "clock_ok"])
def test_a_field_that_is_missing_is_said_to_be_missing_and_null_is_said_to_be_null(name: str) -> None:
    without = {field: value for field, value in GOOD.items() if field != name}
    assert [reason for _, reason in read(without).rejected] == [f"{name} is missing."]
    ((_, reason),) = read({**GOOD, name: None}).rejected
    assert reason.startswith(f"{name} is null, not ")


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"seq": NaN}', b'{"pin":"1","pin":"2"}', b"[" * 100_000, b"\x00",
        b'{"punches": []}', b'{"punches": {}}', b'{"seq":' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_read_is_rejected_whole(payload: bytes) -> None:
    batch = read(payload)
    assert (batch.terminal, list(batch.punches)) == ("gate-1", [])
    ((raw, reason),) = batch.rejected
    assert raw == payload
    assert reason


def test_a_bad_punch_in_a_batch_is_rejected_alone_with_its_own_bytes() -> None:
    start = {"device": "gate-1", "boot": "b7"}
    fields = {name: value for name, value in GOOD.items() if name not in start}
    message = {**start, "punches": [{**fields, "seq": 1}, {**fields, "pin": 7}, "rubbish", {**fields, "seq": 3}]}
    batch = read(message)
    assert [json.loads(punch[5])["seq"] for punch in batch.punches] == [1, 3]
    (bad, _), (rubbish, _) = batch.rejected
    assert json.loads(bad) == {**start, **fields, "pin": 7}
    assert rubbish == b'"rubbish"'


def test_a_punch_rejected_from_a_batch_can_be_read_again_alone() -> None:
    fields = {name: value for name, value in GOOD.items() if name not in {"device", "boot"}}
    batch = read({"device": "gate-1", "boot": "b7", "punches": [fields]})
    assert read(batch.punches[0][5]).punches == batch.punches


def test_a_device_cannot_speak_for_another_in_a_batch_either() -> None:
    batch = read({"device": "gate-2", "boot": "b7", "punches": [GOOD | {"device": "gate-2"}, GOOD]})
    assert len(batch.rejected) == 1
    assert [punch[0] for punch in batch.punches] == ["0042"]


@pytest.mark.parametrize("device", ["pintu gerbang", "gérbang", "x" * 65, "a\u0000b", "?"])
def test_a_device_id_that_is_none_gives_no_punch_and_a_storable_identity(device: str) -> None:
    batch = read({**GOOD, "device": device}, f"tepat/{device}/punch")
    assert not batch.punches
    assert len(batch.rejected) == 1
    assert batch.terminal.isascii()
    assert batch.terminal.isprintable()
    assert 0 < len(batch.terminal) <= 64
