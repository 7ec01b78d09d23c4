"""SQL of marks: which days are to be scored, and what is left of them after a run."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row

from config.periods import bounds
from ingest.database import Reader
from scoring.frames import Schema, checked
from scoring.marks import ENROLLED, Marks
from scoring.pending import NOT_COUNTED_SQL, SPAN_SQL

ONE_DAY = timedelta(days=1)

MARKS_SQL = """
SELECT id, terminal_id, employee_id, day FROM day_to_score
WHERE day BETWEEN %(first)s::date - 1 AND %(last)s::date + 1
"""
ENROLLED_SQL = """
WITH here AS MATERIALIZED (
    SELECT terminal_id, employee_id, valid_from, valid_until FROM enrolment
    WHERE terminal_id = ANY (string_to_array($1::text, ',')::integer[])
), clock AS (
    SELECT DISTINCT employee_id, time_zone FROM membership JOIN unit ON unit.id = unit_id
    WHERE employee_id IN (SELECT employee_id FROM here)
), on_roster AS (
    SELECT employee_id FROM roster WHERE day BETWEEN $2::text::date - 2 AND $3::text::date + 2
    UNION
    SELECT employee_id FROM membership JOIN unit_above USING (unit_id)
    WHERE holder_id IN (SELECT unit_id FROM unit_week UNION SELECT unit_id FROM unit_roster)
)
SELECT terminal_id AS terminal, employee_id AS employee, valid_from, valid_until,
       bool_or(terminal.time_zone <> clock.time_zone) OR employee_id IN (SELECT employee_id FROM on_roster) AS beside
FROM here JOIN terminal ON terminal.id = terminal_id JOIN clock USING (employee_id)
GROUP BY terminal_id, employee_id, valid_from, valid_until
"""
MARKS: Schema = {"id": pl.Int64(), "terminal_id": pl.Int32(), "employee_id": pl.Int32(), "day": pl.Date()}
USED_MARKS_SQL = """
SELECT id FROM day_to_score AS mark
WHERE id = ANY (%(marks)s) AND (employee_id = ANY (%(who)s) OR EXISTS (
    SELECT FROM enrolment WHERE enrolment.terminal_id = mark.terminal_id AND enrolment.employee_id = ANY (%(who)s)
        AND mark.day >= valid_from AND (valid_until IS NULL OR mark.day < valid_until)))
"""
HAND_ON_MARKS_SQL = """
WITH mark AS MATERIALIZED (
    SELECT terminal_id, day FROM day_to_score
    WHERE id = ANY (%(marks)s) AND (%(some)s OR day <= %(first)s OR day >= %(last)s)
), here AS MATERIALIZED (
    SELECT terminal_id, employee_id, valid_from, valid_until FROM enrolment
    WHERE terminal_id IN (SELECT terminal_id FROM mark)
), clock AS (
    SELECT DISTINCT employee_id, time_zone FROM membership JOIN unit ON unit.id = unit_id
    WHERE employee_id IN (SELECT employee_id FROM here)
), on_roster AS (
    SELECT employee_id FROM roster WHERE employee_id IN (SELECT employee_id FROM here)
    UNION
    SELECT employee_id FROM membership JOIN unit_above USING (unit_id)
    WHERE holder_id IN (SELECT unit_id FROM unit_week UNION SELECT unit_id FROM unit_roster)
)
INSERT INTO day_to_score (employee_id, day)
SELECT DISTINCT enrolment.employee_id, mark.day + beside
FROM mark JOIN here AS enrolment ON enrolment.terminal_id = mark.terminal_id
JOIN terminal ON terminal.id = enrolment.terminal_id JOIN clock ON clock.employee_id = enrolment.employee_id
LEFT JOIN unnest(%(others)s::integer[], %(firsts)s::date[], %(lasts)s::date[]) AS other (employee_id, first, last)
    ON other.employee_id = enrolment.employee_id
CROSS JOIN generate_series(-1, 1) AS beside
WHERE mark.day >= enrolment.valid_from AND (enrolment.valid_until IS NULL OR mark.day < enrolment.valid_until)
  AND NOT ((%(who)s::integer[] IS NULL OR enrolment.employee_id = ANY (%(who)s::integer[]))
           AND mark.day + beside BETWEEN coalesce(other.first, %(first)s) AND coalesce(other.last, %(last)s))
  AND (beside = 0 OR (terminal.time_zone <> clock.time_zone
                      OR enrolment.employee_id IN (SELECT employee_id FROM on_roster)) AND EXISTS (
      SELECT FROM work_day WHERE work_day.employee_id = enrolment.employee_id AND work_day.day = mark.day + beside))
"""
"""What a terminal's mark means beyond the employees (null = all) and days just computed gets marks of its own: its day
for everybody else, and the days beside it where another zone may have moved a punch to a day computed already."""
DUE_SQL = """
SELECT DISTINCT to_char(day, 'YYYY-MM') AS period FROM day_to_score AS mark
WHERE day < %(until)s AND (employee_id IS NOT NULL OR EXISTS (
    SELECT FROM enrolment WHERE enrolment.terminal_id = mark.terminal_id AND mark.day >= valid_from
        AND (valid_until IS NULL OR mark.day < valid_until)))
ORDER BY 1
"""
DUE_NEXT_SQL = """
SELECT DISTINCT to_char(day + interval '1 month', 'YYYY-MM') AS period FROM day_to_score AS mark
WHERE day < %(until)s AND extract(day FROM day) >= %(begin)s AND (employee_id IS NOT NULL OR EXISTS (
    SELECT FROM enrolment WHERE enrolment.terminal_id = mark.terminal_id AND mark.day >= valid_from
        AND (valid_until IS NULL OR mark.day < valid_until)))
"""

MARK_MONTHS_SQL = """
WITH latest AS (
    SELECT DISTINCT ON (employee_id, period) employee_id, coalesce(counted_from, (period || '-01')::date) AS first,
           coalesce(counted_to, ((period || '-01')::date + interval '1 month')::date - 1) AS last
    FROM score WHERE employee_id = ANY (%s) AND period = ANY (%s) ORDER BY employee_id, period, version DESC
)
INSERT INTO day_to_score (employee_id, day)
SELECT employee_id, day FROM latest JOIN LATERAL (
    SELECT min(day) AS day FROM work_day
    WHERE work_day.employee_id = latest.employee_id AND day BETWEEN latest.first AND latest.last
) AS known ON day IS NOT NULL
"""
"""A day is enough to have its month reckoned again."""
MARK_MOVED_SQL = f"""
WITH newest AS (
    SELECT latest.employee_id, latest.version, span.first, span.last, {NOT_COUNTED_SQL.format("latest")} AS nothing
    FROM unnest(%(who)s::integer[]) AS one (employee_id) CROSS JOIN LATERAL (
        SELECT * FROM score WHERE score.employee_id = one.employee_id AND period = %(month)s
        ORDER BY version DESC LIMIT 1
    ) AS latest {SPAN_SQL}
), beside AS (
    SELECT latest.employee_id, latest.period, span.first, span.last
    FROM newest CROSS JOIN LATERAL (
        SELECT DISTINCT ON (period) * FROM score
        WHERE score.employee_id = newest.employee_id AND period = ANY (%(beside)s) ORDER BY period, version DESC
    ) AS latest {SPAN_SQL}
    WHERE NOT {NOT_COUNTED_SQL.format("latest")}
), left_over AS (
    SELECT work_day.employee_id, min(work_day.day) AS day
    FROM newest JOIN score AS latest ON latest.employee_id = newest.employee_id AND latest.period = %(month)s
        AND latest.version = newest.version - 1
    {SPAN_SQL}
    JOIN work_day ON work_day.employee_id = newest.employee_id AND work_day.day BETWEEN span.first AND span.last
        AND (nothing OR work_day.day NOT BETWEEN newest.first AND newest.last)
    WHERE NOT EXISTS (SELECT FROM beside WHERE beside.employee_id = newest.employee_id
                      AND work_day.day BETWEEN beside.first AND beside.last)
    GROUP BY work_day.employee_id, date_trunc('month', work_day.day)
), taken AS (
    SELECT beside.employee_id, greatest(beside.first, (beside.period || '-01')::date) AS day
    FROM beside JOIN newest ON newest.employee_id = beside.employee_id AND NOT nothing
        AND beside.first <= newest.last AND beside.last >= newest.first
)
INSERT INTO day_to_score (employee_id, day) SELECT * FROM left_over UNION SELECT * FROM taken RETURNING day
"""  # noqa: S608 - the parts are constants
"""Left over: days that the month counted before and no month counts now. Taken: a day of each month beside whose newest
score still counts days that this one has now. A day is enough, as above; the first of a month counts to it."""


def mark_months(connection: Connection[Any], who: Sequence[int], months: Sequence[str]) -> None:
    """Have those of these months reckoned again that have a score."""
    connection.execute(MARK_MONTHS_SQL, (list(who), list(months)))


def mark_moved(connection: Connection[Any], month: str, who: Sequence[int]) -> set[date]:
    """Have the months beside reckoned again of those of whom this month counts other days than before; → the marks.

    Without it days would stay as a former rulebook judged them, until somebody thought of these months.
    """
    if not who:
        return set()
    first, last = bounds(month)
    beside = [f"{day:%Y-%m}" for day in (first - ONE_DAY, last + ONE_DAY)]
    marked = connection.execute(MARK_MOVED_SQL, {"who": list(who), "month": month, "beside": beside}).fetchall()
    return {day for (day,) in marked}


def read_marks(connection: Connection[Any], first: date, last: date) -> list[dict[str, Any]]:
    """Marks that may touch these days: id, terminal_id, employee_id, day."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(MARKS_SQL, {"first": first, "last": last}).fetchall()


def meant(read: Reader, marks: Sequence[Mapping[str, Any]], over: date) -> Marks:
    """What marks (`read_marks`) mean by today's enrolments.

    over: the first day that is not over anywhere: what was punched from there on changes nothing yet, so that not
    everybody who came today is looked at, but for those of whom it may end the night before.
    """
    every = pl.DataFrame(list(marks), schema=MARKS)
    named = every.filter(pl.col("employee_id").is_not_null()).select(employee="employee_id", day="day")
    of_terminals = every.filter(pl.col("terminal_id").is_not_null()).select(terminal="terminal_id", day="day").unique()
    of_terminals = of_terminals.filter(pl.col("day") <= over)
    if of_terminals.is_empty():
        return Marks(named, of_terminals, pl.DataFrame(schema=ENROLLED))
    terminals = ",".join(map(str, of_terminals["terminal"].unique()))
    days = str(of_terminals["day"].min()), str(of_terminals["day"].max())
    enrolled = checked(read(ENROLLED_SQL, (terminals, *days)), ENROLLED, "meant")
    before = of_terminals.filter(pl.col("day") < over)["terminal"].unique()
    return Marks(named, of_terminals, enrolled.filter(pl.col("beside") | pl.col("terminal").is_in(before.implode())))


def drop_marks(
    connection: Connection[Any],
    marks: Sequence[Mapping[str, Any]],
    first: date,
    last: date,
    *,
    who: Sequence[int] | None,
    spans: Mapping[int, tuple[date, date]],
) -> None:
    """Delete exactly these of the marks that were read: one with a lower number may have been committed since.

    first, last: the days computed, but for those of whom spans tells others; who: the employees computed; None = all.
    What the marks mean for others stays marked.
    """
    used = [mark["id"] for mark in marks]
    if who is not None:
        found = connection.execute(USED_MARKS_SQL, {"marks": used, "who": list(who)}).fetchall()
        used = [number for (number,) in found]
    if any(mark["terminal_id"] for mark in marks):
        _hand_on(connection, used, first, last, who=who, spans=spans)
    connection.execute("DELETE FROM day_to_score WHERE id = ANY (%s)", (used,))


def _hand_on(
    connection: Connection[Any],
    used: Sequence[int],
    first: date,
    last: date,
    *,
    who: Sequence[int] | None,
    spans: Mapping[int, tuple[date, date]],
) -> None:
    those = None if who is None else list(who)
    connection.execute(
        HAND_ON_MARKS_SQL,
        {
            "marks": list(used),
            "first": first,
            "last": last,
            "who": those,
            "some": those is not None or bool(spans),
            "others": list(spans),
            "firsts": [span[0] for span in spans.values()],
            "lasts": [span[1] for span in spans.values()],
        },
    )


def due_periods(connection: Connection[Any], until: date, begin: int | None = None) -> list[str]:
    """Periods with marks, before the day, that touch an employee.

    begin: from which day of a month on days may count to the next one (`earliest_begin`).
    """
    found = {period for (period,) in connection.execute(DUE_SQL, {"until": until}).fetchall()}
    if begin is not None:
        found |= {period for (period,) in connection.execute(DUE_NEXT_SQL, {"until": until, "begin": begin}).fetchall()}
    return sorted(found)
