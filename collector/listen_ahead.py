"""While one batch of messages is stored, the next is already taken off the broker and read, on a thread of its own.

Storing is mostly waiting for the database, and reading needs nothing of it. One batch is read ahead, no more; what is
not handed over when the listener ends was not acknowledged, and comes again.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog

from devices.mqtt import registry
from devices.mqtt.client import Consumer
from devices.mqtt.inbox import Arrival
from devices.mqtt.reading import Reading

RETAINED = "The broker had retained it, and it says no time: it is of some earlier one. Let the device retain no punch."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """Messages in order of arrival, and what those among them say that were to be read.

    new_session: of the consumer when they were taken; told before the first message of such a session.
    """

    arrivals: Sequence[Arrival]
    heard: Sequence[tuple[Arrival, Reading]]
    new_session: int


class ReadAhead:
    """Hands out the batches of a consumer, each once and in order, read. To be entered within the consumer."""

    def __init__(self, consumer: Consumer, wanted: Callable[[Arrival], bool], wait: float) -> None:
        """wanted: which messages are to be read. wait: the seconds after which an empty batch is handed out."""
        self._consumer = consumer
        self._wanted = wanted
        self._wait = wait
        self._thread = ThreadPoolExecutor(1, "mqtt-reading")
        self._next: Future[ReadBatch]

    def __enter__(self) -> Self:
        self._next = self._thread.submit(self._read_next)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._thread.shutdown()

    def take(self) -> ReadBatch:
        """The batch that was being read; reading the one behind it begins.

        Raises:
            RetriableTerminalError: the consumer is of no more use.
        """
        batch = self._next.result()
        self._next = self._thread.submit(self._read_next)
        return batch

    def _read_next(self) -> ReadBatch:
        arrivals = self._consumer.take(self._wait)
        heard = [(arrival, reading(arrival)) for arrival in arrivals if self._wanted(arrival)]
        return ReadBatch(arrivals, heard, self._consumer.new_session)


def reading(arrival: Arrival) -> Reading:
    """What a message says; an error of ours in reading it costs this message only, which is rejected with its bytes."""
    if arrival.failure is not None:
        return _refused(arrival, arrival.failure)
    try:
        found = registry.read(arrival.topic, arrival.payload, arrival.received_at)
    except Exception as error:
        log.exception("mqtt.reading_failed", topic=arrival.topic)
        return _refused(arrival, f"Reading the message failed with {type(error).__name__}: an error of Tepat.")
    if arrival.retained and found.times == "receipt":
        return _refused(arrival, RETAINED)
    return found


def _refused(arrival: Arrival, reason: str) -> Reading:
    return registry.refused(arrival.topic, arrival.payload, arrival.received_at, reason)
