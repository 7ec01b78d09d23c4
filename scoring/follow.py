"""Scoring on and on: each period whose facts change, whose terminals are synced now, or whose day is over."""

import signal
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

import psycopg
import structlog

from config.errors import TepatError
from config.rulebooks import rulebook
from ingest.database import ConnectionPool, DatabaseError
from scoring import mark_store, store, undecided_store
from scoring.attendance_period import earliest_begin
from scoring.job import score_period
from scoring.long_periods import refresh_around, refresh_doubted
from scoring.not_scored import in_words
from scoring.telling import counts

FOLLOW_SECONDS = 3.0
"""Pause between two looks for days to score."""
RETRY = timedelta(hours=1)
"""Pause before a period that cannot be scored (no calendar, broken rulebook) is tried again."""


def follow_marks(pool: ConnectionPool, until: date | None = None) -> None:
    """Score every period whose facts change or whose terminals are synced now, and the current one each morning.

    Until SIGTERM or Ctrl-C.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    judged: dict[str, date] = {}
    paused: dict[str, datetime] = {}
    _refresh_left_behind(pool)
    while not stop.is_set():
        for period in due_periods(pool, first_open_day(until), judged):
            if paused.get(period, datetime.min.replace(tzinfo=UTC)) <= datetime.now(UTC) and not stop.is_set():
                score_or_pause(pool, period, first_open_day(until), paused)
        stop.wait(FOLLOW_SECONDS)


def _refresh_left_behind(pool: ConnectionPool) -> None:
    log = structlog.get_logger()
    try:
        done = refresh_doubted(pool, at=datetime.now(UTC))
    except (psycopg.OperationalError, DatabaseError):
        raise
    except Exception:  # `tepat score 2026-Q1` says what is wrong with it; the months go on
        log.exception("quarters and years cannot be scored")
    else:
        for each in done:
            log.info("scored", **counts(each))


def due_periods(pool: ConnectionPool, until: Callable[[str], date], judged: dict[str, date]) -> list[str]:
    """Periods with marks, those whose terminals were waited for, those of a day that has just ended in some zone.

    judged: remembers the last ones.
    """
    with pool.connection() as connection:
        today = {zone: until(zone) for zone in store.time_zones(connection)}
        if not today:
            return []
        begin = earliest_begin(store.rulebooks(connection), rulebook)
        marked = mark_store.due_periods(connection, min(today.values()), begin)
        due = {*marked, *undecided_store.due_periods(connection, begin)}
    ended = {day - timedelta(days=1) for zone, day in today.items() if judged.get(zone) != day}
    due |= {month for day in ended for month in months_of(day, begin)}
    judged.update(today)
    return sorted(due)


def months_of(day: date, begin: int | None) -> list[str]:
    """The months that a day may count to; begin: from which day of a month on to the next one too."""
    following = day.replace(day=1) + timedelta(days=31)
    return [f"{month:%Y-%m}" for month in ((day, following) if begin and day.day >= begin else (day,))]


def score_or_pause(
    pool: ConnectionPool, period: str, until: Callable[[str], date], paused: dict[str, datetime]
) -> None:
    now = datetime.now(UTC)
    log = structlog.get_logger().bind(period=period, again=(now + RETRY).isoformat())
    try:
        summary = score_period(pool, period, until=until, at=now)
        longer = refresh_around(pool, period, summary.touched, at=now) if summary.touched else []
    except (psycopg.OperationalError, DatabaseError):
        raise  # the server's state is no fault of this period: whoever watches over us starts us again
    except TepatError as error:
        paused[period] = now + RETRY
        log.warning("period cannot be scored", reason=str(error))
    except Exception:  # whatever is wrong with the data of one period, the others go on
        paused[period] = now + RETRY
        log.exception("period cannot be scored")
    else:
        for line in in_words([*summary.not_scored, *(each for done in longer for each in done.not_scored)]):
            paused[period] = now + RETRY
            log.warning("not everybody can be scored", reason=line)
        for done in (summary, *longer):
            structlog.get_logger().info("scored", **counts(done))


def first_open_day(day: date | None) -> Callable[[str], date]:
    """Per zone, the first day not to judge: today, or a day before it if one was named."""

    def first_open(zone: str) -> date:
        today = datetime.now(ZoneInfo(zone)).date()
        return today if day is None else min(day, today)

    return first_open
