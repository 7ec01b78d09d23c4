"""Messages made to cost much: each is read in a time, and grows to a size, in proportion to its own."""

import time
from datetime import UTC, datetime

import pytest
import structlog

from devices.mqtt import pictures, plain, registry
from devices.mqtt.contract import MOST_PUNCHES
from devices.mqtt.reading import Reading

TOPIC = "tepat/gate-1/punch"
RECEIVED = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
MOST_SECONDS = 1.0
RUN, LINE = b"A" * 255, b"A" * 200
SHAPES = {
    "runs of 255": b'{"x":"' + (RUN + b"!") * 4000 + b'"}',
    "runs of 255, no JSON": b'{"x":"' + (RUN + b"!") * 4000,
    "two lines": b'{"x":"' + ((LINE + b"\\n") * 2 + b"!") * 2400 + b'"}',
    "one run and blanks": b'{"x":"' + RUN + b" " * 1_000_000 + b'"}',
    "quotes": b'"' * 1_000_000,
    "name and blanks": b'"pic"' + b" " * 1_000_000,
    "names and lists": b'"pic":[' * 140_000,
    "backslashes": b'"\\' * 500_000,
    "one long run": b'{"x":"' + b"A" * 1_000_000,
    "deep lists": b"[" * 1_000_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "many punches": b'{"punches":[' + b",".join([b"1"] * 400_000) + b"]}",
}


def read(payload: bytes, topic: str = TOPIC) -> Reading:
    return registry.read(topic, payload, RECEIVED)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("topic", [TOPIC, "mqtt/face/gate-1/Rec"])
def test_a_megabyte_of_any_shape_takes_no_second(shape: str, topic: str) -> None:
    begin = time.process_time()
    batch = read(SHAPES[shape], topic).batch
    assert time.process_time() - begin < MOST_SECONDS
    assert (len(batch.punches), len(batch.rejected)) == (0, 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_reading_a_large_rejected_record_again_takes_no_second(shape: str) -> None:
    begin = time.process_time()
    assert registry.read_again("gate-1", SHAPES[shape], RECEIVED, "Asia/Jakarta").punches == ()
    assert time.process_time() - begin < MOST_SECONDS


def test_what_stands_beside_the_punches_of_a_batch_is_kept_once() -> None:
    whole = b'{"device":"gate-1","boot":"b7","x":"' + b"a b " * 100_000 + b'","punches":['
    batch = read(whole + b",".join([b"{}"] * MOST_PUNCHES) + b"]}").batch
    assert len(batch.rejected) == MOST_PUNCHES
    assert batch.rejected[0][0].startswith(b'{"device":"gate-1","boot":"b7","beside":{"x":"a b a b')
    assert {raw for raw, _ in batch.rejected[1:]} == {b'{"device":"gate-1","boot":"b7"}'}


def test_a_boot_of_the_message_is_kept_where_its_punches_say_their_own() -> None:
    punch = b'{"seq":0,"pin":"7","time":"2026-01-05T07:28:00+07:00","clock_ok":true'
    both = b'{"device":"gate-1","boot":"b7","punches":[%s},%s,"boot":"b8"}]}' % (punch, punch)
    first, second = (taken[-1] for taken in read(both).batch.punches)
    assert first.startswith(b'{"device":"gate-1","boot":"b7",')
    assert first.endswith(b'"beside":{"boot":"b7"}}')
    assert second.startswith(b'{"device":"gate-1","boot":"b8",')
    alike = both.replace(b"b8", b"b7")
    assert not any(b"beside" in taken[-1] for taken in read(alike).batch.punches)


@pytest.mark.parametrize("name", ["device", "boot"])
def test_a_long_device_or_boot_is_not_kept_with_each_punch(name: str) -> None:
    payload = b'{"%s":"' % name.encode() + b"a b " * 100_000 + b'","punches":[{},{}]}'
    ((raw, reason),) = read(payload).batch.rejected
    assert raw == payload
    assert "at most 64 characters" in reason


def test_more_punches_than_a_message_may_have_are_one_rejected_record() -> None:
    payload = b'{"device":"gate-1","boot":"b7","punches":[' + b",".join([b"{}"] * (MOST_PUNCHES + 1)) + b"]}"
    assert read(payload).batch.rejected == [(payload, "The message has 10001 punches, more than 10000.")]


@pytest.mark.parametrize(("depth", "readable"), [(64, True), (65, False), (400, False), (900, False)])
def test_json_nested_deeply_is_refused_in_a_few_words(depth: int, readable: bool) -> None:
    payload = b'{"a":' * depth + b"1" + b"}" * depth
    with structlog.testing.capture_logs() as logs:
        ((raw, reason),) = read(payload).batch.rejected
    assert raw == payload
    assert ("nested too deeply" in reason) is not readable
    assert logs == []


def test_nothing_long_that_a_terminal_chose_is_remembered() -> None:
    name = "x" * 60_000
    caches = registry._remembered, plain._fits, pictures._fits
    for cache in caches:
        cache.cache_clear()
    read(b'{"device":"%s","boot":"b7","%s":"x"}' % (name.encode(), name.encode()), f"tepat/{name}/punch")
    assert registry._remembered.cache_info().currsize == plain._fits.cache_info().currsize == 0
    assert pictures._fits.cache_info().currsize == len(("device", "boot"))
