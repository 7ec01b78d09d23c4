"""What was done to terminals' clocks, kept in the audit: the order before it is given, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import psycopg

from ingest import audit

ACTOR = "collector"
ORDER, TAKEN, REFUSED = "set clock", "clock set", "clock not set"
DAY = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""How long a terminal is left alone that did not take the time, or failed over it."""
MOST_A_DAY = 6
"""Times that one clock is set in 24 hours: one that is wrong again by then is set by somebody else too, or broken."""

Shown: TypeAlias = Mapping[str, str | float | None]
"""shown: the time on the terminal, offset_seconds: how far that is ahead; None where it is no time."""

SINCE = """
SELECT action, at FROM audit WHERE at > %s AND at <= %s AND object = %s AND actor = %s AND action = ANY(%s) ORDER BY id
"""


def may_set(connection: psycopg.Connection[Any], terminal: str, now: datetime) -> bool:
    """Whether a terminal's clock may be set now, by what came of setting it in the last 24 hours."""
    actions = [ORDER, TAKEN, REFUSED]
    done = connection.execute(SINCE, [now - DAY, now, _object(terminal), ACTOR, actions]).fetchall()
    return another_try(done, now)


def another_try(done: Sequence[tuple[str, datetime]], now: datetime) -> bool:
    """done: (action, at) of the last 24 hours in their order."""
    orders = [at for action, at in done if action == ORDER]
    if len(orders) >= MOST_A_DAY:
        return False
    return not orders or done[-1][0] == TAKEN or now - orders[-1] >= AGAIN


def order(connection: psycopg.Connection[Any], terminal: str, at: datetime, before: Shown) -> None:
    """The clock will be set now."""
    detail = {"before": before}
    audit.record(connection, at=at, actor=ACTOR, action=ORDER, object_=_object(terminal), detail=detail)


def outcome(
    connection: psycopg.Connection[Any], terminal: str, at: datetime, before: Shown, after: Shown, *, taken: bool
) -> None:
    """What the clock shows after that, and whether that is right."""
    detail = {"before": before, "after": after}
    action = TAKEN if taken else REFUSED
    audit.record(connection, at=at, actor=ACTOR, action=action, object_=_object(terminal), detail=detail)


def _object(terminal: str) -> str:
    return f"terminal:{terminal}"
