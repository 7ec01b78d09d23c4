"""The dialects of gateways, sensors, door controllers and bridges: what is a punch, what is kept, who may say it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mqtt import registry
from devices.mqtt.pictures import pictureless
from devices.mqtt.placed import placed
from devices.mqtt.reading import Reading
from devices.records import Punch
from devices.simulator.mqtt_messages import Dialect, Speech

RECEIVED = datetime(2026, 1, 5, 1, 0, 7, 999, tzinfo=UTC)
TOLD: Punch = ("42", datetime.fromisoformat("2026-01-05T07:31:02"), 0, 1, None, b"")
ADDRESSES: dict[Dialect, str] = {
    "finger": "gate-7",
    "recpush": "1026700",
    "gateway": "accessControl:device_1",
    "esp-rfid": "gate-7",
    "finger-snap": "absensi",
    "card-scan": "door-1",
    "dahua": "lobby",
}


def said(topic: str, message: object) -> Reading:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return registry.read(topic, payload, RECEIVED)


def reason(reading: Reading) -> str:
    assert not reading.batch.punches
    ((_, words),) = reading.batch.rejected
    return words


@pytest.mark.parametrize(("dialect", "address"), ADDRESSES.items())
def test_a_punch_of_each_dialect_comes_out_in_local_time_under_its_own_device(dialect: Dialect, address: str) -> None:
    message = Speech(address, dialect, "Asia/Jayapura", 50).message([TOLD])
    reading = registry.read(message.topic, message.payload, RECEIVED)
    assert (reading.batch.terminal, list(reading.batch.rejected), reading.impersonated) == (address, [], None)
    ((pin, local_time, _, _, _, raw),) = placed(reading, "Asia/Jayapura").punches
    assert pin == "42"
    if dialect in {"finger", "card-scan"}:
        assert local_time == datetime.fromisoformat("2026-01-05T10:00:07")
        assert [mark[3] for mark in placed(reading, "Asia/Jayapura").marks] == ["time_of_receipt"]
    else:
        assert local_time == TOLD[1]
        assert list(placed(reading, "Asia/Jayapura").marks) == []
    assert json.loads(raw)


@pytest.mark.parametrize(("dialect", "address"), ADDRESSES.items())
def test_what_was_kept_of_each_dialect_is_read_again_for_its_own_device_only(dialect: Dialect, address: str) -> None:
    message = Speech(address, dialect, "Asia/Jakarta", 1).message([TOLD])
    if dialect in {"finger", "card-scan"}:
        assert not registry.read_again(address, message.payload, RECEIVED, "Asia/Jakarta").punches
        return
    again = registry.read_again(address, pictureless(message.payload), RECEIVED, "Asia/Jakarta")
    assert [punch[:2] for punch in again.punches] == [TOLD[:2]]
    if dialect != "dahua":  # whose message does not name its station: any that is registered there before
        assert not registry.read_again("somebody-else", message.payload, RECEIVED, "Asia/Jakarta").punches


@pytest.mark.parametrize(
    ("topic", "message", "claimed"),
    [
        (
            "tepat/gate-2/punch",
            {"device": "gate-1", "boot": "b", "seq": 1, "pin": "1", "time": "2026-01-05T07:00:00Z", "clock_ok": True},
            "gate-1",
        ),
        (
            "tepat/gate-2/punch",
            {"boot": "b", "punches": [{"device": "gate-1", "seq": 1, "pin": "1", "time": "2026-01-05T07:00:00Z"}]},
            "gate-1",
        ),
        ("mqtt/face/2/Rec", {"operator": "RecPush", "info": {"facesluiceId": "1"}}, "1"),
        ("mqtt/face/2/rec/AttendanceRecord", {"operator": "RecPush", "info": {"facesluiceId": 1}}, "1"),
        ("gate-2/send", {"type": "access", "time": 1, "access": "Always", "uid": "1", "hostname": "gate-1"}, "gate-1"),
        ("/gate-2/send", {"type": "heartbeat", "hostname": "gate-1"}, "gate-1"),
        ("access/gate-2/scan", {"device": "gate-1", "uid": "1"}, "gate-1"),
        ("tepat/accessControl:device_1/finger", {"finger_id": 1}, "accessControl:device_1"),
        ("tepat/absensi/finger", {"finger_id": 1}, "absensi"),
        ("tepat/accessControl:device_1/status", b"offline", "accessControl:device_1"),
        ("absensi/AccessControl/Event", {"Data": {"UserID": "1"}}, "absensi"),
        ("accessControl/send", {"type": "access"}, "accessControl"),
    ],
)
def test_a_terminal_cannot_speak_for_another(topic: str, message: object, claimed: str) -> None:
    reading = said(topic, message)
    assert reason(reading)
    assert reading.impersonated == claimed
    assert reading.sign is None


@pytest.mark.parametrize("device", ["#", "a b", "\u00e9", "", "x" * 65, "a+b"])
def test_a_level_that_cannot_be_registered_gives_no_punch(device: str) -> None:
    for topic_filter in registry.FILTERS:
        if "+" in topic_filter:
            reading = said(topic_filter.replace("+", device), {"finger_id": 1, "type": "heartbeat", "device": device})
            assert not reading.batch.punches
            assert reading.sign is None
            assert reading.batch.rejected


GATEWAY: dict[str, Any] = {
    "status": "success",
    "event_type": "realtime_access",
    "data": {
        "deviceId": "device_1", "via": 4, "uid": "2", "name": "", "timestamp": "2025-09-10T08:35:59Z",
        "verify_code": 4, "punch_code": 255,
    },
}  # fmt: skip


def test_the_gateway_s_z_is_no_utc_and_its_denials_are_kept() -> None:
    reading = said("accessControl/attendance/live", GATEWAY)
    ((*fields, _, _),) = placed(reading, "Asia/Jakarta").punches
    assert fields == ["2", datetime.fromisoformat("2025-09-10T08:35:59"), 255, 4]
    assert not placed(reading, "Asia/Jakarta").marks
    denied = {"status": "failed", "data": {**GATEWAY["data"], "uid": None, "name": "Unregistered", "punch_code": 201}}
    assert "did not let" in reason(said("accessControl/attendance/live", GATEWAY | denied))
    door = {"data": {**GATEWAY["data"], "punch_code": 201}}
    assert said("accessControl/attendance/live", GATEWAY | door).batch.punches[0][2] == 255
    in_and_out = [said("accessControl/attendance/live", GATEWAY | {"data": {**GATEWAY["data"], "punch_code": key}})
                  for key in (0, 1, 5)]  # fmt: skip
    assert [each.batch.punches[0][2] for each in in_and_out] == [0, 1, 5]


@pytest.mark.parametrize(
    "change",
    [
        {"deviceId": "a/b"}, {"deviceId": None}, {"deviceId": "x" * 51}, {"uid": ""}, {"uid": None},
        {"timestamp": "2025-09-10T08:35:59+07:00"}, {"timestamp": "2025-09-10 08:35:59"}, {"punch_code": "in"},
        {"verify_code": 256}, {"punch_code": -1},
    ],
)  # fmt: skip
def test_a_live_event_with_a_bad_field_is_kept(change: dict[str, object]) -> None:
    message = GATEWAY | {"data": GATEWAY["data"] | change}
    assert reason(said("accessControl/attendance/live", message))


ESP = {"cmd": "log", "type": "access", "time": 1767573062, "access": "Always", "username": "", "uid": "04a1b2c3"}


def test_esp_rfid_tells_moments_and_whom_it_let_in() -> None:
    reading = said("gate-7/send", ESP)
    assert placed(reading, "Asia/Makassar").punches[0][:4] == (
        "04a1b2c3", datetime.fromisoformat("2026-01-05T08:31:02"), 255, 4,
    )  # fmt: skip
    assert placed(reading, "Asia/Jayapura").punches[0][1] == datetime.fromisoformat("2026-01-05T09:31:02")
    for access in ("Denied", "Disabled", "Expired", "", None, 1):
        assert "stayed shut" in reason(said("gate-7/send", ESP | {"access": access}))
    assert "event of the door" in reason(said("gate-7/send", {"cmd": "event", "type": "INFO", "src": "door"}))
    for kind in ("boot", "heartbeat"):
        sign = said("gate-7/send", {"type": kind, "time": 1, "hostname": "gate-7"})
        assert (sign.sign, sign.batch.punches, sign.batch.rejected) == ("online", (), ())


@pytest.mark.parametrize("time", [-1, 2**32, "1767573062", 1.5, None, True])
def test_a_time_that_is_no_count_of_seconds_is_kept(time: object) -> None:
    assert reason(said("gate-7/send", ESP | {"time": time})).startswith("time")


@pytest.mark.parametrize("message", [{"finger_id": 5, "confidence": 120}, {"finger_id": "5"}, {"FPrint": {"Id": 5}}])
def test_a_finger_sensor_says_which_finger(message: object) -> None:
    ((pin, *_),) = said("tepat/gate-7/finger", message).batch.punches
    assert pin == "5"


@pytest.mark.parametrize("message", [{}, {"finger_id": -1}, {"finger_id": "a"}, {"FPrint": {}}, {"finger_id": 1.5}, 5])
def test_what_names_no_finger_is_kept(message: object) -> None:
    assert reason(said("tepat/gate-7/finger", message))
    assert reason(said("/absensi", {"fingerprint_id": [message], "timestamp": "2025-05-24 10:30:45"}))


@pytest.mark.parametrize("time", ["2025-05-24T10:30:45", "2025-02-30 10:30:45", "", None])
def test_a_snap_without_a_good_time_is_kept(time: object) -> None:
    assert "timestamp" in reason(said("/absensi", {"fingerprint_id": 12, "timestamp": time}))


def test_the_recorded_door_station_opened_from_afar_is_no_punch_and_its_offset_is_seen(field_data: Path) -> None:
    lines = (field_data / "mqtt" / "payloads.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = next(message for message in map(json.loads, lines) if message["id"] == "dahua-1")
    assert "opened from afar" in reason(said(recorded["topic"], recorded["payload"]))
    by_somebody = {"Data": {**recorded["payload"]["Data"], "UserID": "1001"}}
    reading = said(recorded["topic"], by_somebody)
    assert (reading.batch.terminal, reading.offsets) == ("DahuaVTO", [120])
    assert placed(reading, "Europe/Athens").punches[0][:3] == (
        "1001", datetime.fromisoformat("2020-03-02T20:24:08"), 255,
    )  # fmt: skip
    assert not placed(reading, "Europe/Athens").marks
    assert [mark[3] for mark in placed(reading, "Asia/Jakarta").marks] == ["other_offset"]
    assert "stayed shut" in reason(said(recorded["topic"], {"Data": {**by_somebody["Data"], "Status": 0}}))


@pytest.mark.parametrize(
    ("topic", "payload", "device", "sign"),
    [
        ("tepat/gate-7/status", b"online", "gate-7", "online"),
        ("tepat/gate-7/status", b" Offline\n", "gate-7", "offline"),
        ("mqtt/face/basic", b'{"operator":"Online","info":{"facesluiceId":"7"}}', "7", "online"),
        ("mqtt/face/basic", b'{"operator":"Offline","info":{"facesluiceId":"7"}}', "7", "offline"),
        ("mqtt/face/heartbeat", b'{"operator":"HeartBeat","info":{"facesluiceId":"7"}}', "7", "online"),
        ("accessControl/system/status", b'{"status":"running"}', "accessControl:", "online"),
        ("accessControl/system/status", b'{"status":"Offline"}', "accessControl:", "offline"),
        ("accessControl/system/status", b"\xff", "accessControl:", "online"),
    ],
)
def test_signs_of_life_are_no_records(topic: str, payload: bytes, device: str, sign: str) -> None:
    reading = said(topic, payload)
    assert (reading.batch.terminal, reading.sign) == (device, sign)
    assert not reading.batch.punches
    assert not reading.batch.rejected


@pytest.mark.parametrize(("topic", "payload"), [("tepat/a/status", b"up"), ("mqtt/face/basic", b"{}")])
def test_a_sign_that_cannot_be_read_is_kept(topic: str, payload: bytes) -> None:
    assert said(topic, payload).batch.rejected[0][0] == payload
    assert said(topic, payload).sign is None


TOPICS = [topic_filter.replace("+", "g") for topic_filter in registry.FILTERS]
FIELDS = st.dictionaries(
    st.sampled_from(
        ["device", "uid", "finger_id", "FPrint", "type", "time", "access", "hostname", "Data", "UserID", "Status",
         "UTC", "LocaleTime", "data", "deviceId", "status", "event_type", "timestamp", "punch_code", "fingerprint_id",
         "info", "operator", "facesluiceId", "RecordID"]
    ),
    st.sampled_from(
        ["g", "1", "success", "realtime_access", "access", "Always", "2026-01-05 07:00:00", "2026-01-05T07:00:00Z",
         "RecPush"]
    )
    | st.integers()
    | st.floats()
    | st.none()
    | st.text(),
)  # fmt: skip
NESTED = st.builds(
    lambda outer, inner, name: outer | {name: inner},
    FIELDS,
    FIELDS,
    st.sampled_from(["data", "Data", "info", "FPrint"]),
)


@given(st.sampled_from(TOPICS), FIELDS | NESTED)
def test_every_record_ends_in_a_punch_or_a_rejected_record_of_its_bytes(topic: str, message: dict[str, object]) -> None:
    payload = json.dumps(message).encode()
    reading = registry.read(topic, payload, RECEIVED)
    kept = [raw for raw, _ in reading.batch.rejected] + [punch[5] for punch in reading.batch.punches]
    if reading.sign is None:
        assert kept == [pictureless(payload)]
    else:
        assert kept == []
    for pin, local_time, *_ in placed(reading, "Asia/Jakarta").punches:
        assert pin == pin.strip()
        assert local_time.tzinfo is None


@given(st.sampled_from(TOPICS), st.binary())
def test_any_bytes_are_kept_or_are_a_sign(topic: str, payload: bytes) -> None:
    reading = registry.read(topic, payload, RECEIVED)
    assert reading.sign or [raw for raw, _ in reading.batch.rejected] == [pictureless(payload)]
    assert not registry.read_again("g", payload, RECEIVED, "Asia/Jakarta").punches
