"""Everything at once on this machine: terminals send, the broker keeps and saves, the collector commits, acknowledges.

The peer is the peak of the whole country: five million punches in ten minutes.
"""

import statistics
import sys
from collections.abc import Iterator
from typing import Any

import structlog

from benchmarks.mqtt_office import MqttOffice, NoBrokerError, mqtt_office, sending

NAME = "durable"
RUNS = 5
NATIONAL_PEAK = 8_333
SIZES = {1: 8_000, 50: 1_000}
"""Punches a message: messages."""


def run() -> Iterator[dict[str, Any]]:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        with mqtt_office() as office:
            for punches, count in SIZES.items():
                rates = [rate(office, count, punches) for _ in range(RUNS + 1)][1:]
                yield {
                    "name": f"{NAME}-{punches}",
                    "ours": round(statistics.median(rates)),
                    "peer": NATIONAL_PEAK,
                    "unit": f"punches/s, {punches} a message",
                    "ratio": round(statistics.median(rates) / NATIONAL_PEAK, 2),
                    "min": round(min(rates) / NATIONAL_PEAK, 2),
                    "max": round(max(rates) / NATIONAL_PEAK, 2),
                    "runs": RUNS,
                    "goal": 1.0,
                    "better": "higher",
                }
    except NoBrokerError:
        sys.stderr.write(f"{NAME}: left out, Mosquitto is not installed\n")


def rate(office: MqttOffice, count: int, punches: int) -> float:
    """Punches per second from the first sent to the last stored."""
    office.emptied()
    office.subscribed()
    with sending(office, count, punches):
        return count * punches / office.listened(count, punches)
