"""SQL for reading, straight into response models. `root` is the unit at the top of what may be seen; None is all."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.sql import SQL, Composed
from pydantic import BaseModel

from api import adjustments, clock_marks, recap
from api.models import Employee, Page, Punch, Terminal, Unit, WorkDay
from api.scores import ExplainedMonth, ExplainedScore, Score, WaitingDay
from scoring.pending import AMOUNT_SQL, PAYABLE_SQL, PENDING_SQL, WITHOUT_SQL

Model = TypeVar("Model", bound=BaseModel)

SEEN = SQL("""
WITH RECURSIVE seen AS (
    SELECT id FROM unit WHERE %(root)s::integer IS NULL OR id = %(root)s
    UNION
    SELECT unit.id FROM unit JOIN seen ON unit.parent_id = seen.id
)
""")
"""Opens a query with the units that may be seen; no row for a root that does not exist."""

EMPLOYEE = SQL("""
SELECT employee.id, employee.nip, employee.name, employee.allowance_class,
       unit.code AS unit_code, unit.name AS unit_name, unit.time_zone, unit.rulebook
FROM employee JOIN seen ON seen.id = employee.unit_id JOIN unit ON unit.id = employee.unit_id
""")

SCORE = SQL(f"""
SELECT employee.nip, employee.name, unit.code AS unit_code, latest.employee_id, latest.period, latest.version,
       latest.rulebook, rulebook_digest, basis, deduction, attendance, output, behaviour, total, evaluation, predicate,
       {PAYABLE_SQL}, {AMOUNT_SQL}, days_waiting, waiting_for, pending.days_overruled, pending.overruled_for, steps,
       last_day, digest, scored_at, counted_from, counted_to, locked_at, {WITHOUT_SQL}
FROM employee JOIN seen ON seen.id = employee.unit_id JOIN unit ON unit.id = employee.unit_id
JOIN LATERAL (
    SELECT employee_id, period, version, shown_score.rulebook, rulebook_digest, basis, deduction, attendance, output,
           behaviour, total, evaluation, predicate, payable, amount, steps, last_day, digest, scored_at, counted_from,
           counted_to
    FROM shown_score WHERE shown_score.employee_id = employee.id AND period = %(period)s ORDER BY version DESC LIMIT 1
) AS latest ON true
{PENDING_SQL}
""")  # noqa: S608 - the parts are constants

WORK_DAY = SQL("""
SELECT employee_id, day, kind, judged_day.name, expected_in, expected_out, first_in, last_out, minutes_late,
       minutes_early, absent, codes, deduction, judged_day.rulebook, steps, hours, shift
FROM employee JOIN seen ON seen.id = employee.unit_id JOIN judged_day ON judged_day.employee_id = employee.id
WHERE day BETWEEN %(first)s AND %(last)s
""")

DAY_COLUMNS = """employee_id, day, kind, name, expected_in, expected_out, first_in, last_out, minutes_late,
       minutes_early, absent, codes, deduction, rulebook, steps, hours, shift"""
WORK_DAYS_OF_MONTH = SQL(f"""
, asked AS (
    SELECT employee.id, locked.version FROM employee JOIN seen ON seen.id = employee.unit_id
    LEFT JOIN locked_month AS locked ON locked.employee_id = employee.id AND locked.period = %(period)s
    WHERE employee.id = ANY(%(employees)s)
)
SELECT {DAY_COLUMNS} FROM asked JOIN judged_day ON judged_day.employee_id = asked.id
WHERE version IS NULL AND day BETWEEN %(first)s AND %(last)s
UNION ALL
SELECT {DAY_COLUMNS} FROM asked JOIN kept_judged_day AS kept ON kept.employee_id = asked.id
    AND kept.period = %(period)s AND kept.version = asked.version
ORDER BY employee_id, day, shift
""")  # noqa: S608 - the names are constants
"""Of a locked month the days as they were when it was locked."""

TERMINAL = SQL("""
SELECT terminal.id, terminal.name, kind, address, time_zone, terminal_health.serial_number, firmware, platform,
       record_count, record_capacity, clock_offset, tried_at, read_at, seen_at, record_at, synced_until, unread, error,
       cure AS trouble, retired_at, coalesce(poll_seconds, %(poll_seconds)s) AS poll_seconds, days_waiting,
       waiting_since,
       (SELECT count(*) FROM waiting_day WHERE waiting_day.terminal_id = terminal.id AND overruled) AS days_overruled,
       (SELECT flag FROM terminal_reading WHERE terminal_id = terminal.id ORDER BY at DESC LIMIT 1) AS clock_flag,
       (SELECT count(*) FROM rejected WHERE resolved_at IS NULL AND rejected.terminal = ANY (ARRAY[
           terminal.name, CASE WHEN kind IN ('mqtt', 'iclock') THEN address END])) AS rejected
FROM terminal LEFT JOIN terminal_health ON terminal_health.terminal_id = terminal.id
CROSS JOIN LATERAL (SELECT count(*) AS days_waiting, min(day) AS waiting_since FROM waiting_day
                    WHERE waiting_day.terminal_id = terminal.id AND NOT overruled AND retired_at IS NULL) AS waits
WHERE %(root)s::integer IS NULL OR EXISTS (
    SELECT FROM enrolment JOIN employee ON employee.id = enrolment.employee_id JOIN seen ON seen.id = employee.unit_id
    WHERE enrolment.terminal_id = terminal.id)
""")


MARKS = SQL("""
ARRAY(SELECT mark FROM punch_mark
      WHERE punch_mark.terminal_id = punch.terminal_id AND punch_mark.local_time = punch.local_time
        AND punch_mark.pin = punch.pin AND punch_mark.state = punch.state ORDER BY mark)
""")
"""What the record of a punch says against its own time."""


def rows(connection: Connection[Any], model: type[Model], query: SQL | Composed, **values: object) -> list[Model]:
    with connection.cursor(row_factory=class_row(model)) as cursor:
        return cursor.execute(query, values).fetchall()


def one_page(
    connection: Connection[Any],
    model: type[Model],
    body: SQL | Composed,
    order: SQL,
    values: Mapping[str, object],
    *,
    page: int,
    size: int,
) -> Page[Model]:
    """One page of the query SEEN + body. `order` must name a unique key last, so that no row is shown twice."""
    counted = connection.execute(SQL("{} SELECT count(*) FROM ({}) AS found").format(SEEN, body), values).fetchone()
    assert counted is not None
    stretch = SQL("{} {} ORDER BY {} LIMIT %(size)s OFFSET %(skip)s").format(SEEN, body, order)
    items = rows(connection, model, stretch, **values, size=size, skip=(page - 1) * size)
    return Page(items=items, total=counted[0], page=page, size=size)


def units(connection: Connection[Any], root: int | None) -> list[Unit]:
    """The tree below and with `root`, parents before children, by name."""
    query = SQL("""
    WITH RECURSIVE tree AS (
        SELECT id, code, name, time_zone, rulebook, 0 AS depth, ARRAY[name, code] AS path FROM unit
        WHERE CASE WHEN %(root)s::integer IS NULL THEN parent_id IS NULL ELSE id = %(root)s END
        UNION ALL
        SELECT unit.id, unit.code, unit.name, unit.time_zone, unit.rulebook, depth + 1, path || unit.name || unit.code
        FROM unit JOIN tree ON unit.parent_id = tree.id
    ) CYCLE id SET looped USING visited
    SELECT id, code, name, time_zone, rulebook, depth FROM tree WHERE NOT looped ORDER BY path
    """)
    return rows(connection, Unit, query, root=root)


def employees(connection: Connection[Any], root: int | None, *, page: int, size: int) -> Page[Employee]:
    order = SQL("name, id")
    return one_page(connection, Employee, EMPLOYEE, order, {"root": root}, page=page, size=size)


def employee(connection: Connection[Any], root: int | None, employee_id: int) -> Employee | None:
    """None when there is no such employee below `root`."""
    query = SQL("{} {} WHERE employee.id = %(employee_id)s").format(SEEN, EMPLOYEE)
    return next(iter(rows(connection, Employee, query, root=root, employee_id=employee_id)), None)


def scores(connection: Connection[Any], root: int | None, period: str, *, page: int, size: int) -> Page[Score]:
    order = SQL("name, employee_id")
    return one_page(connection, Score, SCORE, order, {"root": root, "period": period}, page=page, size=size)


def scores_of(
    connection: Connection[Any], root: int | None, employee_ids: Sequence[int], period: str
) -> list[ExplainedScore]:
    """The score of each of these employees with its steps: the locked one, else the newest."""
    query = SQL("{} {} WHERE employee.id = ANY(%(employees)s)").format(SEEN, SCORE)
    return rows(connection, ExplainedScore, query, root=root, employees=list(employee_ids), period=period)


def latest_period(connection: Connection[Any], root: int | None) -> str | None:
    """The newest scored month below `root`; a quarter or a year is none."""
    query = SQL("""{} SELECT max(latest.period) FROM employee JOIN seen ON seen.id = employee.unit_id
    JOIN LATERAL (SELECT period FROM score WHERE employee_id = employee.id AND period LIKE '____-__'
                  AND period NOT LIKE '____-Q_' ORDER BY period DESC LIMIT 1) AS latest
    ON true""").format(SEEN)
    found = connection.execute(query, {"root": root}).fetchone()
    assert found is not None
    period: str | None = found[0]
    return period


def work_days(
    connection: Connection[Any],
    root: int | None,
    first: date,
    last: date,
    *,
    employee_id: int | None,
    page: int,
    size: int,
) -> Page[WorkDay]:
    values = {"root": root, "first": first, "last": last, "employee_id": employee_id}
    body = SQL("{} AND (%(employee_id)s::integer IS NULL OR employee_id = %(employee_id)s)").format(WORK_DAY)
    return one_page(connection, WorkDay, body, SQL("day, employee_id, shift"), values, page=page, size=size)


def work_days_of(
    connection: Connection[Any], root: int | None, employee_ids: Sequence[int], period: str, days: tuple[date, date]
) -> list[WorkDay]:
    """The days that the scores of a month rest on; days: first and last where it is not locked."""
    query = SQL("{} {}").format(SEEN, WORK_DAYS_OF_MONTH)
    asked = {"employees": list(employee_ids), "period": period, "first": days[0], "last": days[1]}
    return rows(connection, WorkDay, query, root=root, **asked)


def terminals(
    connection: Connection[Any], root: int | None, *, poll_seconds: float, page: int, size: int
) -> Page[Terminal]:
    """All of them; below a unit those on which one of its people is enrolled.

    poll_seconds: between two polls of one that has no interval of its own.
    """
    values = {"root": root, "poll_seconds": poll_seconds}
    return one_page(connection, Terminal, TERMINAL, SQL("name"), values, page=page, size=size)


def waiting_days_of(
    connection: Connection[Any], root: int | None, employee_ids: Sequence[int], period: str, days: tuple[date, date]
) -> list[WaitingDay]:
    """Days of these employees that are not judged until a terminal is synced; none where the month is locked."""
    query = SQL("""{}
    SELECT employee.id AS employee_id, day, array_agg(terminal.name ORDER BY terminal.name) AS terminals,
           CASE WHEN bool_and(synced_until IS NOT NULL) THEN min(synced_until) END AS synced_until
    FROM employee JOIN seen ON seen.id = employee.unit_id JOIN waiting_day ON waiting_day.employee_id = employee.id
    JOIN terminal ON terminal.id = waiting_day.terminal_id
    LEFT JOIN terminal_health ON terminal_health.terminal_id = terminal.id
    WHERE employee.id = ANY(%(employees)s) AND NOT overruled AND day BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT FROM locked_month WHERE locked_month.employee_id = employee.id AND period = %(period)s)
    GROUP BY employee.id, day ORDER BY employee.id, day
    """).format(SEEN)
    asked = {"employees": list(employee_ids), "period": period, "first": days[0], "last": days[1]}
    return rows(connection, WaitingDay, query, root=root, **asked)


def punches_of(connection: Connection[Any], root: int | None, employee_id: int, first: date, last: date) -> list[Punch]:
    """All punches of the employee, by enrolments valid on the terminal's date, of the unit's days first to last.

    Zones are less than a day apart, so that a day of the unit lies within the terminal's days around it.
    """
    query = SQL("""{}
    SELECT * FROM (
        SELECT DISTINCT terminal.name AS terminal, punch.pin, punch.local_time, punch.state, terminal.time_zone,
               punch.local_time AT TIME ZONE terminal.time_zone AT TIME ZONE unit.time_zone AS unit_time,
               punch.verify, punch.work_code, punch.source, punch.received_at, enrolment.employee_id, {} AS marks
        FROM employee JOIN seen ON seen.id = employee.unit_id JOIN unit ON unit.id = employee.unit_id
        JOIN enrolment ON enrolment.employee_id = employee.id
        JOIN terminal ON terminal.id = enrolment.terminal_id
        JOIN punch ON punch.terminal_id = enrolment.terminal_id AND punch.pin = enrolment.pin
            AND punch.local_time >= greatest(%(first)s::date - 1, enrolment.valid_from)
            AND punch.local_time < least(%(last)s::date + 2, coalesce(enrolment.valid_until, 'infinity'))
        WHERE employee.id = %(employee_id)s
    ) AS made
    WHERE unit_time >= %(first)s::date AND unit_time < %(last)s::date + 1
    ORDER BY unit_time, terminal, pin, state
    """).format(SEEN, MARKS)
    found = rows(connection, Punch, query, root=root, employee_id=employee_id, first=first, last=last)
    return clock_marks.marked(connection, found)


def explained_month(
    connection: Connection[Any], root: int | None, employee_id: int, period: str
) -> ExplainedMonth | None:
    """What leads from the employee's punches to the percent; None when there is no such employee below `root`."""
    found = employee(connection, root, employee_id)
    if found is None:
        return None
    scores = scores_of(connection, root, [employee_id], period)
    first, last = recap.counted(period, scores)
    return ExplainedMonth(
        employee=found,
        period=period,
        score=next(iter(scores), None),
        days=work_days_of(connection, root, [employee_id], period, (first, last)),
        punches=punches_of(connection, root, employee_id, first, last),
        waiting=waiting_days_of(connection, root, [employee_id], period, (first, last)),
        adjustments=adjustments.explained(connection, employee_id, period),
        paid_with=adjustments.paid_with(connection, [employee_id], period),
    )
