"""docs/mqtt.md says what the code does."""

import re
from datetime import UTC, datetime
from pathlib import Path

from devices.mqtt import client, contract, recpush, registry, session

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
    for topic_filter in contract.FILTERS:
        assert topic_filter.replace("+", "<device id>") in DOCUMENT
    for topic_filter in recpush.FILTERS:
        assert topic_filter.replace("+", "<id>") in DOCUMENT


def test_its_figures_of_the_session_are_those_of_the_code() -> None:
    assert f"{session.SESSION_SECONDS // 86400} days" in DOCUMENT
    assert f"{2 * client.BATCH:,} (Receive Maximum)" in DOCUMENT
    assert f"{client.BATCH:,} messages or {client.GATHER_SECONDS * 1000:.0f} ms" in DOCUMENT
    assert f"{session.UNACKNOWLEDGED_3_1_1} (what Mosquitto" in DOCUMENT
    assert f"{session.UNACKNOWLEDGED_3_1_1 // 2} messages or" in DOCUMENT
