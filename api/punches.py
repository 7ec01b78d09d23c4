"""The punches as the terminals said them, in stretches: the one table too long to count for a page number."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from psycopg import Connection
from psycopg.sql import SQL
from pydantic import Field, NaiveDatetime, TypeAdapter

from api import clock_marks, cursors, views
from api.cursors import Stored
from api.models import Punch, Stretch

KEY = TypeAdapter(tuple[NaiveDatetime, Stored, Stored, Annotated[int, Field(ge=-(2**15), lt=2**15)]])
"""The key of a punch as a cursor carries it: what the database could have given, and nothing else."""

PUNCHES = SQL("""{}
SELECT terminal.name AS terminal, punch.pin, punch.local_time, punch.state, terminal.time_zone, punch.verify,
       punch.work_code, punch.source, punch.received_at, holder.employee_id,
       punch.local_time AT TIME ZONE terminal.time_zone AT TIME ZONE holder.time_zone AS unit_time, {} AS marks
FROM punch JOIN terminal ON terminal.id = punch.terminal_id
LEFT JOIN LATERAL (
    SELECT enrolment.employee_id, employee.unit_id, unit.time_zone
    FROM enrolment JOIN employee ON employee.id = enrolment.employee_id JOIN unit ON unit.id = employee.unit_id
    WHERE enrolment.terminal_id = punch.terminal_id AND enrolment.pin = punch.pin
      AND enrolment.valid_from <= punch.local_time::date
      AND punch.local_time::date < coalesce(enrolment.valid_until, 'infinity')
    ORDER BY enrolment.valid_from DESC LIMIT 1
) AS holder ON true
WHERE punch.local_time >= %(first)s::date AND punch.local_time < %(after)s::date
  AND (%(root)s::integer IS NULL OR holder.unit_id IN (SELECT id FROM seen))
  AND (%(terminal)s::text IS NULL OR terminal.name = %(terminal)s)
  AND (%(key_time)s::timestamp IS NULL
       OR (punch.local_time, terminal.name, punch.pin, punch.state)
        > (%(key_time)s, %(key_terminal)s::text, %(key_pin)s::text, %(key_state)s::smallint))
ORDER BY punch.local_time, terminal.name, punch.pin, punch.state
LIMIT %(size)s
""").format(views.SEEN, views.MARKS)


def stretch(
    connection: Connection[Any],
    root: int | None,
    first: date,
    last: date,
    *,
    terminal: str | None,
    cursor: str | None,
    size: int,
) -> Stretch[Punch]:
    """Punches of the local dates first to last, in the order of their key, after the one the cursor names.

    Below a unit only the punches of its people; punches of a pin that nobody holds are seen by those who see all.

    Raises:
        Problem: the cursor is none of ours (422).
    """
    time, name, pin, state = cursors.read(KEY, cursor) if cursor else (None, None, None, None)
    found = views.rows(
        connection, Punch, PUNCHES, root=root, first=first, after=last + timedelta(days=1), terminal=terminal,
        key_time=time, key_terminal=name, key_pin=pin, key_state=state, size=size + 1,
    )  # fmt: skip
    items = clock_marks.marked(connection, found[:size])
    return Stretch(items=items, next=cursors.written(KEY, _key(items[-1])) if len(found) > size else None)


def _key(punch: Punch) -> tuple[datetime, str, str, int]:
    return punch.local_time, punch.terminal, punch.pin, punch.state
