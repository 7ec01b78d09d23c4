"""docs/mqtt.md says what the code does."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from collector.mqtt_intake import REPEAT_SECONDS
from devices.mqtt import client, contract, push_ack, registry, session
from devices.records import Doubt

DOCUMENT = (Path(__file__).parents[3] / "docs" / "mqtt.md").read_text(encoding="utf-8")


def named_in(row: str) -> list[str]:
    (line,) = [line for line in DOCUMENT.splitlines() if line.startswith(f"| `{row}` |")]
    return re.findall(r"`([a-z_]+)`", line.split("|")[3])


def test_its_examples_are_read_without_a_rejected_record() -> None:
    examples = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    received_at = datetime(2026, 1, 5, tzinfo=UTC)
    batches = [registry.read("tepat/gate-1/punch", example.encode(), received_at).batch for example in examples]
    assert [len(batch.punches) for batch in batches] == [1, 2]
    assert not any(batch.rejected for batch in batches)


def test_it_names_every_state_and_method_in_the_order_of_their_numbers() -> None:
    assert named_in("state") == list(contract.STATES)
    assert named_in("method") == list(contract.METHODS)
    assert ", ".join(str(number) for number in contract.METHODS.values()) in DOCUMENT


def test_it_names_every_topic_that_is_subscribed_to() -> None:
    for topic_filter in registry.FILTERS:
        named = [topic_filter.replace("+", level) for level in ("<device id>", "<id>")]
        assert any(f"`{topic}`" in DOCUMENT for topic in named), topic_filter


def test_it_names_every_mark_and_every_word_that_begins_device_ids() -> None:
    assert all(f"| `{mark}` |" in DOCUMENT for mark in get_args(Doubt))
    assert all(f"`{word}" in DOCUMENT for word in registry.WITHOUT_LEVEL)
    assert f"within {REPEAT_SECONDS:.0f} s is the same punch" in DOCUMENT


def test_its_receipt_is_the_one_that_is_sent() -> None:
    (shown,) = re.findall(r"`(\{\"operator\": \"PushAck\".*?\}\})`", DOCUMENT, re.DOTALL)
    sent = push_ack.message(push_ack.PushAck("1026700", "17"))
    assert sent is not None
    assert json.loads(sent[1]) == json.loads(shown)


def test_its_figures_of_the_session_are_those_of_the_code() -> None:
    assert f"{session.SESSION_SECONDS // 86400} days" in DOCUMENT
    assert f"{3 * client.BATCH:,} (Receive Maximum)" in DOCUMENT
    size = f"{client.BATCH_BYTES // 2**20} MiB"
    assert f"{client.BATCH:,} messages, {size} or {client.GATHER_SECONDS * 1000:.0f} ms" in DOCUMENT
    assert f"{session.UNACKNOWLEDGED_3_1_1} (what Mosquitto" in DOCUMENT
    assert f"{session.UNACKNOWLEDGED_3_1_1 // 2} messages or" in DOCUMENT
