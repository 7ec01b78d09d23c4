"""Quarters and years: the mean of their months' attendance, and performance over all of their days."""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

from psycopg import Connection

from config.periods import bounds, months, quarter_of
from ingest.database import ConnectionPool, Reader, reader
from scoring import score_store, store
from scoring.job import score_period
from scoring.long_scores import reckon, save
from scoring.run import Summary

LONG = re.compile(r"[12][0-9]{3}(-Q[1-4])?", re.ASCII)
STORED_SQL = "SELECT DISTINCT period, employee_id FROM score WHERE period = ANY (%s) AND employee_id = ANY (%s)"


def is_long(period: str) -> bool:
    """Whether it reads as a quarter (2026-Q1) or a year (2026)."""
    return LONG.fullmatch(period) is not None


def score_long_period(
    pool: ConnectionPool,
    period: str,
    *,
    until: Callable[[str], date],
    at: datetime,
    unit: str | None = None,
    wait: bool = True,
    again: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Bring the months of a quarter or year up to date, then its scores; arguments as `scoring.job.score_period`.

    Raises:
        TepatError: as there.
    """
    summary = Summary(period)
    for month in months(period):
        done = score_period(pool, month, until=until, at=at, unit=unit, wait=wait, again=again, progress=progress)
        summary.add(done)
    with pool.connection() as connection, connection.transaction(), reader(pool) as read:
        store.lock(connection)
        theirs = sorted({*summary.who, *summary.touched} - summary.left_out())
        done = _brought(connection, read, period, theirs, at)
    summary.scores_changed += done.scores_changed
    summary.not_scored += done.not_scored
    return summary


def refresh_around(pool: ConnectionPool, month: str, who: Collection[int], *, at: datetime) -> list[Summary]:
    """Bring the quarter and the year of a month up to date, for those of these employees who have scores of them."""
    around = [quarter_of(bounds(month)[0]), month[:4]]
    with pool.connection() as connection, connection.transaction(), reader(pool) as read:
        store.lock(connection)
        stored = connection.execute(STORED_SQL, [around, list(who)]).fetchall()
        theirs = {period: sorted(one for named, one in stored if named == period) for period in around}
        return [_brought(connection, read, period, some, at) for period, some in theirs.items() if some]


def refresh_doubted(pool: ConnectionPool, *, at: datetime) -> list[Summary]:
    """Bring the quarters and years up to date that a run left behind, because it was ended before or failed."""
    with pool.connection() as connection, connection.transaction(), reader(pool) as read:
        store.lock(connection)
        doubted = sorted(score_store.all_doubted(connection).items())
        return [_brought(connection, read, period, sorted(who), at) for period, who in doubted]


def _brought(connection: Connection[Any], read: Reader, period: str, who: list[int], at: datetime) -> Summary:
    reckoned = reckon(read, period, who)
    changed = save(connection, reckoned, at)
    return Summary(period, len(who), scores_changed=changed, who=who, not_scored=reckoned.left_out)
