"""From MQTT terminals into the database: take a batch that was read, store it, and only then acknowledge it."""

import gc
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog

from collector.broker_watch import BrokerWatch
from collector.heard import Heard
from collector.listen_ahead import ReadAhead, ReadBatch
from collector.mqtt_intake import take_in
from collector.reread import reread_all
from collector.share import ALONE, Share, mine, parse_share
from config.errors import TepatError
from config.settings import Settings
from devices.errors import RetriableTerminalError
from devices.mqtt import registry, tls
from devices.mqtt.client import Consumer
from devices.mqtt.inbox import Arrival
from devices.mqtt.push_ack import PushAck
from devices.mqtt.reading import Reading
from devices.mqtt.session import BrokerAccess
from ingest import receipts
from ingest.accept import Counts
from ingest.database import ConnectionPool

CONNECTION_SECONDS = 5.0
STOP_SECONDS = 0.25
"""How often an idle listener looks whether it is to stop."""
SHORTEST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
OF_THE_RECORD = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
"""Errors of the database that the same record would meet again for ever. All others pass: they are waited out."""

log = structlog.get_logger()


def listen(
    settings: Settings, pool: ConnectionPool, stop_event: threading.Event, ready: threading.Event | None = None
) -> None:
    """Store what MQTT terminals send until stop_event is set.

    Neither a broker nor a database that is away ends it, nor a message that cannot be read: it waits, and the broker
    keeps what was not acknowledged. ready is set once the broker keeps messages for us: a terminal that speaks MQTT
    3.1.1 is not told that what it sent before found no taker.

    Raises:
        TepatError: no broker is set.
    """
    access = access_of(settings)
    share = parse_share(settings.collector_share)
    with _garbage_of_messages_only():
        while not stop_event.is_set():
            try:
                with Consumer(access, registry.FILTERS) as consumer:
                    _Listener(pool, stop_event, access.broker, access.client_id, share).run(
                        consumer, ready or threading.Event()
                    )
            except RetriableTerminalError as error:
                log.error("mqtt.restarted", problem=str(error))  # noqa: TRY400 - a dead thread, its words say all


@contextmanager
def _garbage_of_messages_only() -> Iterator[None]:
    """Collecting garbage leaves out what is alive at the start: looking at it took a tenth of the listener's time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def access_of(settings: Settings) -> BrokerAccess:
    """The broker of the settings.

    Raises:
        TepatError: none is set, or a file that TLS needs cannot be used.
    """
    if settings.mqtt_host is None:
        raise TepatError("No MQTT broker is set: name it in TEPAT_MQTT_HOST.")
    return BrokerAccess(
        settings.mqtt_host,
        settings.mqtt_port,
        parse_share(settings.collector_share).client_id(settings.mqtt_client_id),
        settings.mqtt_version,
        settings.mqtt_username,
        settings.mqtt_password.get_secret_value() if settings.mqtt_password else None,
        tls.context(settings.mqtt_tls_ca, settings.mqtt_tls_certificate, settings.mqtt_tls_key)
        if settings.mqtt_tls_ca
        else None,
    )


class _Listener:
    def __init__(
        self, pool: ConnectionPool, stop_event: threading.Event, broker: str, client_id: str, share: Share
    ) -> None:
        self._pool = pool
        self._stop = stop_event
        self._client_id = client_id
        self._share = share
        self._heard = Heard()
        self._broker = BrokerWatch(broker)
        self._push_acks: list[PushAck] = []
        self._read_again = False
        self._new_session = self._forgotten = 0

    def run(self, consumer: Consumer, ready: threading.Event) -> None:
        try:
            with ReadAhead(consumer, self._may_be_mine, STOP_SECONDS) as ahead:
                while not self._stop.is_set():
                    self._step(consumer, ahead, ready)
        finally:
            self._heard.write(self._pool, CONNECTION_SECONDS)

    def _step(self, consumer: Consumer, ahead: ReadAhead, ready: threading.Event) -> None:
        if not self._read_again:
            self._read_again = self._take_what_was_refused()
        batch = ahead.take()
        if batch.arrivals and self._stored(batch):
            consumer.acknowledge(batch.arrivals)
            consumer.answer(self._push_acks)
        self._push_acks.clear()
        if consumer.error is None:
            ready.set()
        self._heard.write_due(self._pool, CONNECTION_SECONDS)
        self._broker.look(None if consumer.error else consumer.dropped, self._pool, CONNECTION_SECONDS)

    def _may_be_mine(self, arrival: Arrival) -> bool:
        """Whether the device of the topic is of this collector's share, or the topic names none."""
        if self._share == ALONE or not registry.names_device(arrival.topic):
            return True
        return mine(registry.device_in(arrival.topic), self._share)

    def _take_what_was_refused(self) -> bool:
        """What devices said before somebody registered them, until stopped; False while the database is away."""
        try:
            with self._pool.connection(timeout=CONNECTION_SECONDS) as connection:
                counts = reread_all(connection, datetime.now(UTC), self._stop.is_set)
        except psycopg.OperationalError as error:
            log.warning("mqtt.database_away", problem=str(error).strip(), waiting=0)
            return False
        except psycopg.Error:
            log.exception("mqtt.reading_again_failed")
            return True
        if counts.read:
            log.info("mqtt.read_again", accepted=counts.accepted, duplicate=counts.duplicate)
        return True

    def _stored(self, batch: ReadBatch) -> bool:
        """Try until committed; False when stopped before. What is not acknowledged meanwhile, the broker keeps."""
        self._new_session = batch.new_session
        pause = SHORTEST_PAUSE
        while batch.heard and not self._stop.is_set():
            try:
                counts = self._write(batch.heard)
            except psycopg.Error as error:
                log.warning("mqtt.database_away", problem=str(error).strip(), waiting=len(batch.heard))
                self._stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                log.debug("mqtt.stored", accepted=counts.accepted, duplicate=counts.duplicate, rejected=counts.rejected)
                return True
        return not batch.heard

    def _write(self, heard: Sequence[tuple[Arrival, Reading]]) -> Counts:
        """All in one transaction; one by one when a record among them cannot be stored, to find it."""
        try:
            return self._take(heard)
        except OF_THE_RECORD as error:
            return self._write_singly(heard, error)
        except psycopg.Error:
            raise
        except Exception as error:
            log.exception("mqtt.storing_failed")
            return self._write_singly(heard, error)

    def _write_singly(self, heard: Sequence[tuple[Arrival, Reading]], error: Exception) -> Counts:
        if len(heard) > 1:
            return sum((self._write([one]) for one in heard), Counts())
        arrival = heard[0][0]
        reason = f"The database refuses a record of this message: {type(error).__name__}."
        refused = registry.refused(arrival.topic, arrival.payload, arrival.received_at, reason)
        return self._take([(arrival, refused)])

    def _take(self, heard: Sequence[tuple[Arrival, Reading]]) -> Counts:
        ours = [(arrival, reading) for arrival, reading in heard if mine(reading.batch.terminal, self._share)]
        with self._pool.connection(timeout=CONNECTION_SECONDS) as connection:
            self._forget_former_session(connection)
            taken = take_in(connection, ours, self._client_id)
        self._heard.note(taken)
        self._push_acks += taken.push_acks()
        return taken.counts

    def _forget_former_session(self, connection: psycopg.Connection[Any]) -> None:
        if self._new_session != self._forgotten:
            with connection.transaction():
                receipts.forget(connection, self._client_id)
            self._forgotten = self._new_session
