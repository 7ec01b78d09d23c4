"""MQTT messages of which one in a thousand cannot be read, against the same number of good ones."""

import sys
from collections.abc import Iterator
from typing import Any

import structlog

from benchmarks.mqtt import RUNS, result
from benchmarks.mqtt_office import Message, MqttOffice, NoBrokerError, messages, mqtt_office

NAME = "poison"
MESSAGES = 6_000
BAD_EACH = 1_000
GOAL = 0.90


def run() -> Iterator[dict[str, Any]]:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    good = messages(MESSAGES)
    bad = [poisoned(message, number) if number % BAD_EACH == 0 else message for number, message in enumerate(good)]
    try:
        with mqtt_office() as office:
            pairs = [pair(office, good, bad, number) for number in range(RUNS + 1)][1:]
    except NoBrokerError:
        sys.stderr.write(f"{NAME}: left out, Mosquitto is not installed\n")
        return
    yield {**result("poison", MESSAGES, pairs, GOAL), "name": NAME}


def poisoned(message: Message, number: int) -> Message:
    device, payload = message
    return device, b"%d " % number + payload[:40]


def pair(office: MqttOffice, good: list[Message], bad: list[Message], number: int) -> tuple[float, float]:
    """Seconds with the bad ones, and without."""
    seconds = {}
    for side in ("bad", "good") if number % 2 else ("good", "bad"):
        office.emptied()
        office.queued(bad if side == "bad" else good)
        seconds[side] = office.listened(MESSAGES)
    return seconds["bad"], seconds["good"]
