"""When MQTT terminals were last heard, for their health: written now and then, not once a message."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from collector.mqtt_intake import Said, Taken
from config.troubles import Trouble
from devices.mqtt import gateway
from devices.records import Punch
from ingest import health
from ingest.check import newest_plausible
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, terminals_of_gateway

WRITE_SECONDS = 2.0
ALARM = timedelta(hours=1)
"""How long a terminal's health tells of a device that spoke in its name, after the last time."""
WENT_OFFLINE = "The MQTT broker or the terminal itself says that it is no longer connected."
IMPERSONATED = "The device {topic} sent messages in the name of this terminal; they were rejected."


@dataclass(slots=True)
class _News:
    """Of one terminal since the last writing. offline: the last that was heard of it is that it is gone.

    synced_until: terminals send the oldest first, so all that was punched before the newest punch has come. A sign of
    life proves nothing: what was punched while the terminal was cut off may still be on its way.
    """

    at: datetime
    record_at: datetime | None = None
    synced_until: datetime | None = None
    alive: bool = False
    spoke: bool = False
    offline: bool = False


class Heard:
    """Collects, per terminal, the last message, the newest plausible punch, and whether it is gone."""

    def __init__(self) -> None:
        self._news: dict[int, _News] = {}
        self._alarms: dict[int, tuple[datetime, str]] = {}
        self._gateways: dict[str, tuple[datetime, bool]] = {}
        self._due = 0.0

    def note(self, taken: Taken) -> None:
        punches: dict[tuple[int, datetime], list[Punch]] = defaultdict(list)
        for said in taken.said:
            self._note(said)
            if said.terminal is not None and said.reading.sign is None:
                punches[said.terminal.id, said.arrival.received_at] += said.batch.punches
        zones = {terminal.id: terminal.time_zone for terminal in taken.register.values()}
        for (terminal_id, at), found in punches.items():
            self._note_punches(terminal_id, at, found, zones[terminal_id])
        for said in taken.said:
            if said.reading.impersonated is None:
                continue
            claimed = taken.register.get(said.reading.impersonated)
            if claimed is not None:
                words = IMPERSONATED.format(topic=said.reading.batch.terminal)
                self._alarms[claimed.id] = said.batch.received_at, words
                self._news.setdefault(claimed.id, _News(said.batch.received_at))

    def _note(self, said: Said) -> None:
        sign, terminal, at = said.reading.sign, said.terminal, said.arrival.received_at
        if said.arrival.retained and sign == "online":
            return  # it was said at some earlier time
        if terminal is None:
            if sign is not None and said.arrival.topic in gateway.SIGN_FILTERS:
                self._gateways[said.batch.terminal] = at, sign == "offline"
            return
        news = self._news.setdefault(terminal.id, _News(at))
        news.at = max(at, news.at)
        news.offline = sign == "offline"
        news.alive = news.alive or sign == "online"
        if sign is None:
            news.spoke = True

    def _note_punches(self, terminal_id: int, at: datetime, punches: Sequence[Punch], time_zone: str) -> None:
        news = self._news[terminal_id]
        found = newest_plausible(punches, at, time_zone)
        news.record_at = _later(news.record_at, found)
        if found is not None:
            punched = min(found.replace(tzinfo=ZoneInfo(time_zone)), at)
            news.synced_until = _later(news.synced_until, punched)

    def write_due(self, pool: ConnectionPool, patience: float) -> None:
        """At most every WRITE_SECONDS."""
        if time.monotonic() >= self._due:
            self.write(pool, patience)

    def write(self, pool: ConnectionPool, patience: float) -> None:
        """Write what is not written yet. A database that is away gets it next time; it is waited for elsewhere."""
        if not self._news and not self._gateways:
            return
        self._due = time.monotonic() + WRITE_SECONDS
        try:
            with pool.connection(timeout=patience) as connection:
                for name, (at, gone) in self._gateways.items():
                    self._spread(terminals_of_gateway(connection, name), at, gone=gone)
                for terminal_id, news in self._news.items():
                    self._write(connection, terminal_id, news)
        except psycopg.OperationalError:
            return
        self._news.clear()
        self._gateways.clear()

    def _spread(self, terminals: list[Terminal], at: datetime, *, gone: bool) -> None:
        """A gateway that is gone takes its terminals along; that it runs does not mean that they do."""
        for terminal in terminals if gone else ():
            self._news.setdefault(terminal.id, _News(at)).offline = True

    def _write(self, connection: psycopg.Connection[Any], terminal_id: int, news: _News) -> None:
        alarmed_at, alarm = self._alarms.get(terminal_id, (None, None))
        if alarmed_at is not None and news.at - alarmed_at > ALARM:
            alarm = None
            del self._alarms[terminal_id]
        cure: Trouble | None = "impersonated" if alarm else None
        if news.spoke:
            health.was_read(
                connection,
                terminal_id,
                news.at,
                news.record_at,
                synced_until=news.synced_until,
                warning=alarm,
                cure=cure,
            )
        elif news.alive:
            health.seen(connection, terminal_id, news.at)
        if news.offline:
            health.failed(connection, terminal_id, news.at, WENT_OFFLINE, "went_offline")
        elif alarm and not news.spoke:
            health.failed(connection, terminal_id, news.at, alarm, cure)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((time for time in (one, other) if time is not None), default=None)
