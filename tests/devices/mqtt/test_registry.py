import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mqtt import registry
from devices.mqtt.fields import DEVICE
from devices.mqtt.pictures import pictureless
from devices.mqtt.reading import Reading

RECEIVED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
TOPICS = st.one_of(
    st.sampled_from(["tepat/g/punch", "mqtt/face/1/Rec", "mqtt/face/1/rec/AttendanceRecord", "mqtt/face/heartbeat"]),
    st.text(),
    st.text().map(lambda device: f"tepat/{device}/punch"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PUNCH = st.fixed_dictionaries(
    {},
    optional={
        "device": st.just("g") | JSON,
        "boot": st.just("b") | JSON,
        "seq": st.integers() | JSON,
        "pin": st.text() | JSON,
        "time": st.datetimes().map(lambda time: time.isoformat() + "+07:00") | st.text() | JSON,
        "clock_ok": st.booleans() | JSON,
        "state": st.sampled_from(["in", "out"]) | JSON,
        "method": st.just("face") | JSON,
        "customId": st.text() | JSON,
        "personId": st.text() | JSON,
        "VerifyStatus": st.sampled_from(["1", "2", 1]) | JSON,
        "facesluiceId": st.just("1") | JSON,
    },
)
MESSAGES = PUNCH | st.builds(lambda start, punches: start | {"punches": punches}, PUNCH, st.lists(PUNCH | JSON))
REC_PUSH = st.builds(lambda operator, info: {"operator": operator, "info": info}, st.just("RecPush") | JSON, PUNCH)


@given(TOPICS, st.binary())
def test_no_bytes_make_it_raise_and_none_are_lost(topic: str, payload: bytes) -> None:
    batches = [registry.read(topic, payload, RECEIVED).batch]
    kept = [raw for batch in batches for raw, _ in batch.rejected] + [p[5] for batch in batches for p in batch.punches]
    assert pictureless(payload) in kept or kept == [json.dumps(json.loads(payload)).encode()]


@given(TOPICS, MESSAGES | REC_PUSH | JSON)
def test_every_record_of_every_json_ends_in_a_punch_or_a_rejected_record(topic: str, message: object) -> None:
    batches = [registry.read(topic, json.dumps(message).encode(), RECEIVED).batch]
    records = sum(len(batch.punches) + len(batch.rejected) for batch in batches)
    whole = topic.startswith("tepat/") and registry.matches(registry.FILTERS[0], topic)
    inner = message.get("punches") if isinstance(message, dict) else None
    if whole and isinstance(inner, list) and inner:
        assert records in {len(inner), 1}
    elif topic == "mqtt/face/heartbeat":
        assert records <= 1
    else:
        assert records == 1
    for batch in batches:
        assert batch.terminal.isascii()
        assert batch.terminal.isprintable()
        for pin, *_ in batch.punches:
            assert pin == pin.strip()
            pin.encode("utf-8")


def test_a_reader_that_fails_costs_one_message_and_not_the_ones_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(topic: str, payload: bytes, received_at: datetime) -> Reading:
        raise ZeroDivisionError(topic, payload, received_at)

    broken = registry.Dialect("broken", ("tepat/+/punch",), failing)
    monkeypatch.setattr(registry, "_dialect_of", lambda _topic: (broken, "g"))
    batch = registry.read("tepat/g/punch", b"the bytes", RECEIVED).batch
    assert batch.terminal == "g"
    assert batch.rejected == [(b"the bytes", "The broken reader failed with ZeroDivisionError: an error of Tepat.")]


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matches"),
    [
        ("tepat/+/punch", "tepat/a/punch", True),
        ("tepat/+/punch", "tepat//punch", True),
        ("tepat/+/punch", "tepat/a/b/punch", False),
        ("tepat/+/punch", "tepat/a", False),
        ("mqtt/face/heartbeat", "mqtt/face/heartbeat", True),
        ("mqtt/face/heartbeat", "mqtt/face/basic", False),
    ],
)
def test_a_filter_matches_level_by_level(topic_filter: str, topic: str, *, matches: bool) -> None:
    assert registry.matches(topic_filter, topic) is matches


def test_a_device_id_that_is_too_long_is_never_counted_as_the_one_it_begins_with() -> None:
    heartbeat = '{"operator": "HeartBeat", "info": {"facesluiceId": "%s"}}' % ("x" * 65)
    for topic in (f"tepat/{'x' * 65}/punch", f"tepat/{'x' * 65}/status", "mqtt/face/heartbeat"):
        named = registry.read(topic, heartbeat.encode(), RECEIVED).batch.terminal
        assert len(named) <= 64
        assert not DEVICE.fullmatch(named), topic
