"""SQL of days that cannot be judged yet: how far terminals are synced, and which days wait for them."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row

from config.periods import bounds
from ingest.database import Reader
from scoring.frames import WANTED, checked
from scoring.undecided import STORED, SYNCED, WaitedFor, WaitingDay

SYNCED_SQL = """
SELECT employee_id AS employee, terminal_id AS terminal, valid_from, valid_until,
       synced_until AT TIME ZONE 'UTC' AS synced_until, retired_at AT TIME ZONE 'UTC' AS retired_at
FROM enrolment JOIN terminal ON terminal.id = enrolment.terminal_id
LEFT JOIN terminal_health USING (terminal_id)
WHERE employee_id = ANY (string_to_array($1::text, ',')::integer[])
  AND valid_from <= $3::text::date AND (valid_until IS NULL OR valid_until > $2::text::date)
"""
STORED_SQL = """
SELECT employee_id AS employee, day, terminal_id AS terminal, until AT TIME ZONE 'UTC' AS until, overruled
FROM waiting_day
WHERE day BETWEEN $1::text::date AND $2::text::date
ORDER BY employee_id, day, terminal_id
"""
DUE_SQL = """
SELECT DISTINCT to_char(waiting_day.day + later * interval '1 month', 'YYYY-MM') AS period
FROM terminal LEFT JOIN terminal_health ON terminal_health.terminal_id = terminal.id
JOIN waiting_day ON waiting_day.terminal_id = terminal.id
    AND (until <= synced_until OR retired_at IS NOT NULL AND NOT overruled)
CROSS JOIN generate_series(0, 1) AS later
WHERE later = 0 OR extract(day FROM waiting_day.day) >= %(begin)s::integer
ORDER BY period
"""
DROP_DAYS_SQL = """
DELETE FROM work_day USING unnest(%s::integer[], %s::date[]) AS one (employee_id, day)
WHERE work_day.employee_id = one.employee_id AND work_day.day = one.day
"""
DROP_WAITING_SQL = DROP_DAYS_SQL.replace("work_day", "waiting_day")
WAITED_FOR_SQL = """
SELECT terminal.name AS terminal, synced_until, count(*) AS days, count(DISTINCT waiting_day.employee_id) AS employees,
       min(day) AS first, max(day) AS last
FROM waiting_day JOIN terminal ON terminal.id = terminal_id LEFT JOIN terminal_health USING (terminal_id)
LEFT JOIN unnest(%(others)s::integer[], %(firsts)s::date[], %(lasts)s::date[]) AS other (employee_id, first, last)
    ON other.employee_id = waiting_day.employee_id
WHERE overruled = %(overruled)s AND waiting_day.employee_id = ANY (%(who)s)
  AND day BETWEEN coalesce(other.first, %(first)s) AND coalesce(other.last, %(last)s)
GROUP BY terminal.name, synced_until ORDER BY days DESC, terminal.name
"""
OF_EMPLOYEE_SQL = """
SELECT day, array_agg(terminal.name ORDER BY terminal.name) AS terminals,
       CASE WHEN bool_and(synced_until IS NOT NULL) THEN min(synced_until) END AS synced_until
FROM waiting_day JOIN employee ON employee.id = employee_id JOIN terminal ON terminal.id = terminal_id
LEFT JOIN terminal_health USING (terminal_id)
WHERE nip = %s AND NOT overruled AND day BETWEEN %s AND %s GROUP BY day ORDER BY day
"""


def synced(read: Reader, who: Sequence[int], first: date, last: date) -> pl.DataFrame:
    """SYNCED of these employees and days. Read it before the punches: what is stored later is then waited for."""
    return checked(read(SYNCED_SQL, (_list(who), str(first), str(last))), SYNCED, "synced")


def stored(read: Reader, first: date, last: date) -> pl.DataFrame:
    """WAITING and overruled of everybody, as the last run left it."""
    return checked(read(STORED_SQL, (str(first), str(last))), STORED, "stored")


def _list(who: Sequence[int]) -> str:
    return ",".join(map(str, who))


def save(connection: Connection[Any], rows: pl.DataFrame, days: pl.DataFrame) -> None:
    """Put these (WAITING and overruled) in place of all that these employee-days (WANTED) had."""
    drop_waiting(connection, days)
    text = BytesIO()
    zoned = checked(rows, STORED, "save").with_columns(pl.col("until").dt.replace_time_zone("UTC"))
    zoned.write_csv(text, include_header=False)
    with connection.cursor().copy("COPY waiting_day FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getbuffer())


def drop_waiting(connection: Connection[Any], days: pl.DataFrame) -> None:
    """Let these employee-days (WANTED) wait no longer: they are not judged any more."""
    days = checked(days, WANTED, "drop_waiting")
    if days.is_empty():
        return
    connection.execute(DROP_WAITING_SQL, (days["employee"].to_list(), days["day"].to_list()))


def drop_days(connection: Connection[Any], days: pl.DataFrame) -> int:
    """Forget what was said of these employee-days (WANTED); returns of how many something was."""
    days = checked(days, WANTED, "drop_days")
    if days.is_empty():
        return 0
    return connection.execute(DROP_DAYS_SQL, (days["employee"].to_list(), days["day"].to_list())).rowcount


def due_periods(connection: Connection[Any], begin: int | None = None) -> list[str]:
    """Periods with a day whose terminal has been synced far enough, or is out of use, since it was last looked at.

    begin: from which day of a month on days may count to the next one (`earliest_begin`).
    """
    return [period for (period,) in connection.execute(DUE_SQL, {"begin": begin}).fetchall()]


def waited_for(
    connection: Connection[Any],
    period: str,
    who: Sequence[int],
    spans: Mapping[int, tuple[date, date]],
    *,
    overruled: bool = False,
) -> list[WaitedFor]:
    """The terminals that hold back days of these employees, those with the most first.

    spans: the days counted for those for whom they are not the calendar's; overruled: those that would, of the days
    that were judged all the same.
    """
    first, last = bounds(period)
    others = {"others": list(spans), "firsts": [span[0] for span in spans.values()]}
    asked = {"overruled": overruled, "first": first, "last": last, "who": list(who), **others}
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(WAITED_FOR_SQL, {**asked, "lasts": [span[1] for span in spans.values()]}).fetchall()
    return [WaitedFor(**row) for row in found]  # type: ignore[typeddict-item]  # the columns are the fields


def waiting_days(connection: Connection[Any], nip: str, first: date, last: date) -> list[WaitingDay]:
    """The days of an employee that wait."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(OF_EMPLOYEE_SQL, (nip, first, last)).fetchall()
    return [WaitingDay(**row) for row in found]  # type: ignore[typeddict-item]  # the columns are the fields
