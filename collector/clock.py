"""Looks after a terminal's clock: notes what it shows, and sets it where somebody wants that and it is off."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import structlog

from config.troubles import Trouble
from devices.zk import terminal as zk
from devices.zk.setting import set_clock
from devices.zk.timing import Moment
from ingest import clock_settings, readings
from ingest.clock_flags import Reading
from ingest.database import ConnectionPool
from ingest.terminals import Terminal

SET_BEYOND = timedelta(seconds=30)
"""A clock that is looked after never gets so far off that its punches are marked."""
SETTLED = timedelta(seconds=5)
"""How far off a clock may be that has just been set, beside what measuring leaves open."""

MOST_SECONDS = 2**31 - 1

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Clock:
    """offset: terminal minus server; None where it shows no time. warning: what a person must do something about."""

    offset: timedelta | None
    warning: str | None = None
    cure: Trouble | None = None

    @property
    def seconds(self) -> int | None:
        """The offset as a terminal's health keeps it: whole seconds, up to 68 years."""
        return (
            None if self.offset is None else max(-MOST_SECONDS, min(round(self.offset.total_seconds()), MOST_SECONDS))
        )


def look_after(device: zk.Terminal, terminal: Terminal, said: zk.Identity, pool: ConnectionPool) -> Clock:
    """Note what the clock showed when asked, and set it where the terminal is so configured and it is off.

    What it shows after that is noted too, so that punches made before stay told from those made after.

    Raises:
        TerminalError: the terminal failed while its clock was set.
        psycopg.Error: the database did.
    """
    zone = ZoneInfo(terminal.time_zone)
    moment = said.moment
    wanted = terminal.set_clock and _off(moment, zone, SET_BEYOND)
    with pool.connection() as connection:
        _note(connection, terminal, moment, said.sizes.records)
        now = wanted and clock_settings.may_set(connection, terminal.name, moment.at)
        if now:
            clock_settings.order(connection, terminal.name, moment.at, _shown(moment, zone))
    if now:
        moment = _set(device, terminal, said, pool)
    return _judged(moment, zone, wanted=wanted)


def _set(device: zk.Terminal, terminal: Terminal, said: zk.Identity, pool: ConnectionPool) -> Moment:
    zone = ZoneInfo(terminal.time_zone)
    after = set_clock(device, zone, said.moment)
    taken = not _off(after, zone, SETTLED + said.moment.uncertainty + after.uncertainty)
    before, shows = _shown(said.moment, zone), _shown(after, zone)
    with pool.connection() as connection:
        _note(connection, terminal, after, said.sizes.records)
        clock_settings.outcome(connection, terminal.name, after.at, before, shows, taken=taken)
    log.info("clock.set" if taken else "clock.not_set", terminal=terminal.name, before=before, after=shows)
    return after


def _note(connection: psycopg.Connection[Any], terminal: Terminal, moment: Moment, records: int) -> None:
    shown, offset = moment.clock, moment.offset(ZoneInfo(terminal.time_zone))
    if shown is not None and offset is not None:
        reading = Reading(moment.at, shown, offset, moment.round_trip, record_count=records)
        readings.note(connection, terminal.id, reading)


def _off(moment: Moment, zone: ZoneInfo, most: timedelta) -> bool:
    offset = moment.offset(zone)
    return moment.no_such_day or (offset is not None and abs(offset) > most)


def _shown(moment: Moment, zone: ZoneInfo) -> clock_settings.Shown:
    offset = moment.offset(zone)
    return {
        "shown": None if moment.clock is None else moment.clock.isoformat(),
        "offset_seconds": None if offset is None else round(offset.total_seconds(), 3),
    }


def _judged(moment: Moment, zone: ZoneInfo, *, wanted: bool) -> Clock:
    """What to tell of a clock. wanted: it was to be set, so it should be right now."""
    offset = moment.offset(zone)
    if wanted and _off(moment, zone, SET_BEYOND):
        return Clock(offset, "Its clock is wrong, and does not stay as Tepat sets it.", "clock_stays_wrong")
    if moment.no_such_day:
        return Clock(offset, "Its clock shows a day that does not exist.", "clock_wrong")
    return Clock(offset)
