"""Marks punches that were made while their terminal's clock was wrong, by the readings of that clock around them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import class_row

from api.models import MOST_CLOCK_OFFSET, Mark, Punch

SPEAKS = timedelta(days=7)
"""So long before its first reading and after its last one a clock is taken to have been as that reading says."""
PROMPT = timedelta(hours=1)
"""A punch mostly comes in so soon: a moment as near as that is believed rather than one long ago."""
UNSURE = timedelta(seconds=5)
"""Of a measured moment."""

# The zone is the one known today: a late correction of it heals the past. A clock of whole seconds is centred.
WRONG = """
SELECT name AS terminal, wall AS at, off, before, after,
       coalesce(off_after NOT BETWEEN -%(most)s AND %(most)s, true) AS wrong_after
FROM (
    SELECT name, wall, off, lag(wall) OVER series AS before, lead(wall) OVER series AS after,
           lead(off) OVER series AS off_after
    FROM (
        SELECT terminal_id, name, at, wall, shown - wall + interval '0.5 seconds' AS off
        FROM terminal JOIN terminal_reading ON terminal_id = terminal.id
        CROSS JOIN LATERAL (SELECT at AT TIME ZONE time_zone AS wall) AS there
        WHERE name = ANY(%(terminals)s) AND at BETWEEN %(first)s AND %(last)s
    ) AS reading WINDOW series AS (PARTITION BY terminal_id ORDER BY at)
) AS around
WHERE off NOT BETWEEN -%(most)s AND %(most)s ORDER BY at
"""


class Wrong(NamedTuple):
    """A reading that showed a clock wrong; all times naive, of the place where the terminal hangs.

    off: how far it was ahead. before, after: when the clock was read before and after that, None where never.
    wrong_after: whether it was still wrong then, or nobody knows.
    """

    terminal: str
    at: datetime
    off: timedelta
    before: datetime | None
    after: datetime | None
    wrong_after: bool

    @property
    def begins(self) -> datetime:
        """From then on the clock may have shown what it showed at this reading."""
        return self.at - SPEAKS if self.before is None else self.before

    @property
    def ends(self) -> datetime:
        return self.at + SPEAKS if self.after is None else self.after


def marked(connection: Connection[Any], punches: Sequence[Punch]) -> list[Punch]:
    """The same punches; those made under a wrong clock carry a mark more."""
    if not punches:
        return []
    values = {
        "terminals": sorted({punch.terminal for punch in punches}),
        "first": min(punch.local_time for punch in punches) - SPEAKS,
        "last": max(punch.received_at for punch in punches) + SPEAKS,
        "most": timedelta(seconds=MOST_CLOCK_OFFSET),
    }
    wrong: dict[str, list[Wrong]] = defaultdict(list)
    with connection.cursor(row_factory=class_row(Wrong)) as cursor:
        for reading in cursor.execute(WRONG, values):
            wrong[reading.terminal].append(reading)
    return [_with_mark(punch, wrong[punch.terminal]) for punch in punches]


def _with_mark(punch: Punch, wrong: Sequence[Wrong]) -> Punch:
    assert punch.time_zone is not None
    received = punch.received_at.astimezone(ZoneInfo(punch.time_zone)).replace(tzinfo=None)
    mark = mark_of(punch.local_time, received, wrong)
    return punch if mark is None else punch.model_copy(update={"marks": [mark, *punch.marks]})


def mark_of(shown: datetime, received: datetime, wrong: Sequence[Wrong]) -> Mark | None:
    """What wrong readings of a clock say about a punch that it dated; None where it was right.

    A punch under a reading was made at what the clock showed, less what it was ahead, if that lies between the readings
    around, and not after it was received. shown, received: naive, of the place where the terminal hangs.
    """
    ahead = round((shown - received).total_seconds())
    return _by_readings(shown, received, wrong) or (
        Mark(kind="clock_ahead", seconds=ahead) if ahead > MOST_CLOCK_OFFSET else None
    )


def _by_readings(shown: datetime, received: datetime, wrong: Sequence[Wrong]) -> Mark | None:
    made = {reading: shown - reading.off for reading in wrong}
    possible = [
        reading
        for reading, moment in made.items()
        if reading.begins - UNSURE <= moment <= reading.ends + UNSURE and moment <= received + UNSURE
    ]
    right = shown <= received + UNSURE and not any(
        reading.wrong_after and reading.at <= shown <= reading.ends for reading in wrong
    )
    if any(received - moment <= PROMPT for moment in [*(made[reading] for reading in possible), *[shown] * right]):
        possible = [reading for reading in possible if received - made[reading] <= PROMPT]
        right = right and received - shown <= PROMPT
    if not possible:
        return None
    nearest = min(possible, key=lambda reading: abs(made[reading] - reading.at))
    sure = not right and len({reading.off > timedelta(0) for reading in possible}) == 1
    return Mark(kind="clock_wrong" if sure else "clock_unsure", seconds=round(nearest.off.total_seconds()))
