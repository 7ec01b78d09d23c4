import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from devices.mqtt import registry
from devices.records import Batch

RECEIVED = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
TOPIC = "mqtt/face/1026700/Rec"
INFO: dict[str, Any] = {
    "customId": "", "personId": "3", "RecordID": "2", "VerifyStatus": "1", "PersonType": "0", "similarity1": "83.0",
    "facesluiceId": "1026700", "time": "2026-04-10 10:00:07", "pic": "data:image/jpeg;base64,QUJD",
}  # fmt: skip


def read(info: object, topic: str = TOPIC, operator: object = "RecPush") -> Batch:
    return registry.read(topic, json.dumps({"operator": operator, "info": info}).encode(), RECEIVED).batch


@pytest.fixture(scope="module")
def messages(field_data: Path) -> dict[str, Any]:
    lines = (field_data / "mqtt" / "payloads.jsonl").read_text(encoding="utf-8").splitlines()
    return {message["id"]: message for message in map(json.loads, lines)}


def replayed(message: dict[str, Any]) -> Batch:
    payload = message["payload"]
    raw = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
    batch = registry.read(message["topic"] or "", raw, RECEIVED).batch
    assert b"base64" not in b"".join(punch[5] for punch in batch.punches) + b"".join(raw for raw, _ in batch.rejected)
    return batch


@pytest.mark.parametrize(
    ("name", "device", "fields"),
    [
        ("fras-1", "1026700", ["3", "2026-04-10 10:00:07", 15]),
        ("fras-7", "1026700", ["3", "2026-04-10 10:00:07", 15]),
        ("fras-8", "1026700", ["3", "2026-04-10 10:00:07", 15]),
        ("rust-1", "1787156", ["063c81e0fce184c696cdb7e049230f5e", "2023-01-01 00:00:00", None]),
        ("django-1", "1379241", ["1111", "2026-01-11 08:10:00", None]),
    ],
)
def test_recorded_attendance_is_a_punch(messages: dict[str, Any], name: str, device: str, fields: list[Any]) -> None:
    batch = replayed(messages[name])
    assert (batch.terminal, batch.source, batch.received_at, list(batch.rejected)) == (device, "mqtt", RECEIVED, [])
    ((pin, local_time, state, verify, work_code, raw),) = batch.punches
    assert [pin, str(local_time), verify] == fields
    assert (state, work_code) == (255, None)
    kept = messages[name]["payload"]
    del kept["info"]["pic"]
    assert json.loads(raw) == kept


def test_a_name_that_the_firmware_misspells_is_kept(messages: dict[str, Any]) -> None:
    assert messages["fras-8"]["expected"]["name"].encode() in replayed(messages["fras-8"]).punches[0][5]


@pytest.mark.parametrize(
    ("name", "device", "reason"),
    [
        ("fras-2", "1026700", "refused"),
        ("fras-5", "1026700", "block list"),
        ("ack-2", "mqtt/face/1306612/Ack", "No dialect"),
        ("cams-1", "api/mqtt/v1/{sn}/evt", "No dialect"),
        ("dahua-1", "DahuaVTO", "opened from afar"),
        ("bioconnect-1", "?", "No dialect"),
        ("jakarta-ids", "mqtt/face/{1962821..}", "No dialect"),
    ],
)
def test_what_is_no_attendance_is_rejected_with_a_reason(
    messages: dict[str, Any], name: str, device: str, reason: str
) -> None:
    batch = replayed(messages[name])
    assert (batch.terminal, list(batch.punches)) == (device, [])
    assert reason in batch.rejected[0][1]


def test_a_heartbeat_is_no_record_but_says_which_terminal_lives(messages: dict[str, Any]) -> None:
    assert replayed(messages["fras-11"]) == Batch("1026700", "mqtt", RECEIVED)


def test_every_recorded_message_is_tested(messages: dict[str, Any]) -> None:
    assert len(messages) == 13


@pytest.mark.parametrize("topic", ["mqtt/face/1026700", "mqtt/face/1026700/Ack", "mqtt/face/1026700/Snap"])
def test_topics_that_command_terminals_are_not_subscribed(topic: str) -> None:
    assert not any(registry.matches(topic_filter, topic) for topic_filter in registry.FILTERS)


@pytest.mark.parametrize(
    ("change", "pin"),
    [
        ({"customId": "198501", "personId": "3"}, "198501"),
        ({"customId": " ", "personId": 7}, "7"),
        ({"customId": None, "personId": "0007 "}, "0007"),
        ({"customId": 12}, "12"),
        ({"customId": None, "personId": 91.0, "similarity1": 83.5}, "91"),
        ({"VerifyStatus": 1, "PersonType": 0, "facesluiceId": 1026700}, "3"),
    ],
)
def test_numbers_come_as_texts_or_numbers_and_the_person_in_one_of_two_fields(
    change: dict[str, object], pin: str
) -> None:
    batch = read(INFO | change)
    assert [punch[0] for punch in batch.punches] == [pin]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"VerifyStatus": "2"}, "refused"),
        ({"VerifyStatus": 3}, "not registered"),
        ({"VerifyStatus": "9"}, "VerifyStatus"),
        ({"VerifyStatus": None}, "VerifyStatus"),
        ({"PersonType": 1}, "block list"),
        ({"PersonType": "4"}, "PersonType"),
        ({"facesluiceId": "1026701"}, "facesluiceId"),
        ({"customId": "", "personId": ""}, "personId"),
        ({"customId": {"a": 1}}, "customId"),
        ({"customId": 91.5}, "neither text nor whole number"),
        ({"time": "2026-02-30 10:00:07"}, "time"),
        ({"time": "2026-04-10T10:00:07"}, "time"),
        ({"time": ""}, "time"),
    ],
)
def test_a_record_that_is_no_attendance_is_kept_without_its_picture(change: dict[str, object], reason: str) -> None:
    batch = read(INFO | change)
    assert not batch.punches
    ((raw, why),) = batch.rejected
    assert reason in why
    assert json.loads(raw)["info"] == {name: value for name, value in (INFO | change).items() if name != "pic"}


def test_another_operator_or_shape_is_rejected() -> None:
    assert "operator" in read(INFO, operator="StrSnapPush").rejected[0][1]
    assert "operator" in read(INFO, operator=None).rejected[0][1]
    assert "info" in read([INFO]).rejected[0][1]


def test_a_heartbeat_that_names_no_terminal_is_rejected() -> None:
    batch = read({"time": "x"}, "mqtt/face/heartbeat", "HeartBeat")
    assert (batch.terminal, len(batch.rejected)) == ("mqtt/face/heartbeat", 1)


def test_a_picture_is_dropped_wherever_it_stands_and_even_from_broken_json() -> None:
    picture = "data:image/jpeg;base64,/9j/4AAQ=="
    batch = read(INFO | {"other": picture, "list": [picture, "kept"], "deep": {"pic": "QUJD"}})
    assert b"4AAQ" not in batch.punches[0][5]
    assert b"QUJD" not in batch.punches[0][5]
    assert b"kept" in batch.punches[0][5]
    broken = b'{"operator":"RecPush","info":{"personId":"3","pic":"data:image\\/jpeg;base64,\\/9j\\/4AAQ'
    batch = registry.read(TOPIC, broken, RECEIVED).batch
    assert batch.rejected[0][0] == b'{"operator":"RecPush","info":{"personId":"3",'
