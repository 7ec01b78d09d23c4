"""SQL of adjustments: those that are pending, and those that were settled."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from config.digests import digest
from scoring import lock_store
from scoring.adjusted import Beside, Difference, Lacks, Worth, beside, difference
from scoring.pending import AMOUNT_SQL, LACKS_SQL, NOT_COUNTED_SQL, PAYABLE_SQL, PENDING_SQL, SPAN_SQL

PENDING_ADJUSTMENTS_SQL = f"""
SELECT latest.employee_id, nip, employee.name AS name, unit.code AS unit_code, latest.period,
       before.version AS from_version, before.payable AS from_payable, before.amount AS from_amount,
       {NOT_COUNTED_SQL.format("before")} AS from_not_counted, before.digest AS from_digest,
       latest.version AS to_version, {PAYABLE_SQL}, {AMOUNT_SQL}, {NOT_COUNTED_SQL.format("latest")} AS not_counted,
       latest.digest, latest.basis, coalesce(noted.digest, '') = '' AS stale, days_waiting,
       CASE WHEN latest.payable IS NULL THEN {LACKS_SQL} END AS without, first_paid.amount IS NOT NULL AS in_rupiah,
       span.first, span.last
FROM late_month JOIN locked_month AS of_month USING (employee_id, period)
JOIN score AS first_paid ON first_paid.employee_id = of_month.employee_id AND first_paid.period = of_month.period
    AND first_paid.version = of_month.version
LEFT JOIN LATERAL (
    SELECT max(to_version) AS version FROM adjustment
    WHERE adjustment.employee_id = of_month.employee_id AND adjustment.period = of_month.period
) AS settled ON true
JOIN LATERAL (
    SELECT * FROM score WHERE score.employee_id = of_month.employee_id AND score.period = of_month.period
    ORDER BY version DESC LIMIT 1
) AS latest ON latest.version > coalesce(settled.version, of_month.version)
JOIN score AS before ON before.employee_id = of_month.employee_id AND before.period = of_month.period
    AND before.version = coalesce(settled.version, of_month.version)
LEFT JOIN scored_month AS noted ON noted.employee_id = of_month.employee_id AND noted.period = of_month.period
JOIN employee ON employee.id = of_month.employee_id JOIN unit ON unit.id = employee.unit_id
{PENDING_SQL}
WHERE (%(who)s::integer[] IS NULL OR of_month.employee_id = ANY (%(who)s))
  AND (%(before)s::text IS NULL OR of_month.period < %(before)s)
ORDER BY latest.period, employee.name, nip
"""  # noqa: S608 - the parts are constants
SETTLED_SQL = """
SELECT adjustment.employee_id, nip, employee.name AS name, unit.code AS unit_code, adjustment.period, paid_in,
       from_version, to_version, percent, adjustment.amount, adjustment.digest, newest.basis, settled_at
FROM adjustment JOIN employee ON employee.id = adjustment.employee_id JOIN unit ON unit.id = employee.unit_id
JOIN score AS newest ON newest.employee_id = adjustment.employee_id AND newest.period = adjustment.period
    AND newest.version = to_version
WHERE (%(who)s::integer[] IS NULL OR adjustment.employee_id = ANY (%(who)s))
  AND (%(paid_in)s::text IS NULL OR paid_in = %(paid_in)s) AND (%(of)s::text IS NULL OR adjustment.period = %(of)s)
ORDER BY adjustment.period, employee.name, nip, to_version
"""
SETTLE_SQL = """
INSERT INTO adjustment (employee_id, period, paid_in, from_version, to_version, percent, amount, digest, settled_at,
                        settled_by)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
DROP_LATE_SQL = """
DELETE FROM late_month USING unnest(%s::integer[], %s::text[]) AS one (employee_id, period)
WHERE late_month.employee_id = one.employee_id AND late_month.period = one.period
"""
UNSCORED_SQL = f"""
WITH mark AS (
    SELECT employee_id, day FROM day_to_score WHERE employee_id IS NOT NULL
    UNION
    SELECT employee_id, day FROM (
        SELECT terminal_id, day FROM day_to_score
        WHERE day <= (SELECT max(period || '-01')::date + interval '1 month' FROM locked_month)
    ) AS late JOIN enrolment USING (terminal_id)
    WHERE day >= valid_from AND (valid_until IS NULL OR day < valid_until)
)
SELECT DISTINCT latest.period FROM mark
JOIN locked_month AS of_month ON of_month.employee_id = mark.employee_id
    AND of_month.period IN (to_char(day, 'YYYY-MM'), to_char(day + interval '1 month', 'YYYY-MM'))
JOIN score AS latest ON latest.employee_id = of_month.employee_id AND latest.period = of_month.period
    AND latest.version = of_month.version
{SPAN_SQL}
WHERE day BETWEEN span.first AND span.last AND (%(who)s::integer[] IS NULL OR mark.employee_id = ANY (%(who)s))
  AND (%(before)s::text IS NULL OR latest.period < %(before)s)
ORDER BY latest.period
"""  # noqa: S608 - the part is a constant
"""A terminal's marks of this morning are of no locked month."""
LATER_LOCKED_SQL = "SELECT employee_id, max(period) FROM locked_month WHERE employee_id = ANY (%s) GROUP BY employee_id"
STEPS_OF_SQL = """
SELECT score.steps, (
    SELECT json_agg(step ORDER BY day, shift, at) FROM (
        SELECT day, shift, steps FROM kept_day WHERE kept_day.employee_id = score.employee_id
            AND kept_day.period = score.period AND kept_day.version = score.version
        UNION ALL
        SELECT day, shift, steps FROM work_day WHERE %(today)s AND work_day.employee_id = score.employee_id
            AND day BETWEEN %(first)s AND %(last)s
    ) AS theirs, json_array_elements(theirs.steps) WITH ORDINALITY AS listed (step, at)
) AS day_steps
FROM score WHERE score.employee_id = %(employee)s AND score.period = %(period)s AND score.version = %(version)s
"""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is owed of a locked month, below zero paid too much. paid_in: None = pending.

    percent: hundredths of a percent; amount: sen. lacks: why it cannot be settled yet; then neither is known. amount is
    None also where the month was locked without one. span: the days that the newest version is counted over.
    """

    employee_id: int
    nip: str
    name: str
    unit_code: str
    period: str
    paid_in: str | None
    from_version: int
    to_version: int
    percent: int | None
    amount: int | None
    lacks: str | None
    basis: str
    digest: str | None
    settled_at: datetime | None
    span: tuple[date, date] | None = None


def pending(
    connection: Connection[Any], who: Sequence[int] | None = None, before: str | None = None
) -> list[Adjustment]:
    """What no later month has settled yet, by month and name. who: None = all; before: months earlier than this one."""
    asked = {"who": None if who is None else list(who), "before": before}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(PENDING_ADJUSTMENTS_SQL, asked).fetchall()
    found = [(row, difference(_before(row), _newest(row), in_rupiah=row["in_rupiah"])) for row in rows]
    return [_pending(row, owed) for row, owed in found if owed is not None]


def unscored(connection: Connection[Any], who: Sequence[int] | None = None, before: str | None = None) -> list[str]:
    """The locked months of which facts came that are not scored yet, so that more may be owed; as in `pending`."""
    asked = {"who": None if who is None else list(who), "before": before}
    return [period for (period,) in connection.execute(UNSCORED_SQL, asked).fetchall()]


def settled(
    connection: Connection[Any],
    who: Sequence[int] | None = None,
    *,
    paid_in: str | None = None,
    of: str | None = None,
) -> list[Adjustment]:
    """What was settled, by month and name; who, paid_in, of: None = all."""
    asked = {"who": None if who is None else list(who), "paid_in": paid_in, "of": of}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(SETTLED_SQL, asked).fetchall()
    return [Adjustment(**row, lacks=None) for row in rows]


def settle(connection: Connection[Any], who: Sequence[int], paid_in: str, at: datetime, actor: str) -> list[Adjustment]:
    """Pay what is owed to these employees, and can be told, with a month that is locked in the same transaction."""
    due = [one for one in pending(connection, who, before=paid_in) if one.lacks is None]
    versions = [(one.employee_id, one.period, one.to_version, *one.span) for one in due if one.span]
    lock_store.keep_days(connection, versions)
    with connection.cursor() as cursor:
        cursor.executemany(SETTLE_SQL, [_row(one, paid_in, at, actor) for one in due])
        cursor.execute(DROP_LATE_SQL, ([one.employee_id for one in due], [one.period for one in due]))
    return due


def later_locked(connection: Connection[Any], who: Sequence[int]) -> dict[int, str]:
    """The latest locked month of each."""
    return dict(connection.execute(LATER_LOCKED_SQL, (list(who),)).fetchall())


def steps_beside(connection: Connection[Any], one: Adjustment) -> list[Beside]:
    """The steps of both versions that are not in both."""
    old = _steps(connection, one, one.from_version, today=False)
    return beside(old, _steps(connection, one, one.to_version, today=one.paid_in is None))


def _steps(connection: Connection[Any], one: Adjustment, version: int, *, today: bool) -> list[Mapping[str, Any]]:
    first, last = one.span or (None, None)
    asked = {"employee": one.employee_id, "period": one.period, "version": version, "today": today}
    found = connection.execute(STEPS_OF_SQL, {**asked, "first": first, "last": last}).fetchone()
    assert found is not None
    steps, days = found
    return [*(days or []), *steps]


def _row(one: Adjustment, paid_in: str, at: datetime, actor: str) -> tuple[object, ...]:
    said = (one.from_version, one.to_version, one.percent, one.amount)
    told = digest(one.nip, one.period, paid_in, *said, one.digest)
    return one.employee_id, one.period, paid_in, *said, told, at, actor


def _pending(row: Mapping[str, Any], owed: Difference) -> Adjustment:
    taken = ("employee_id", "nip", "name", "unit_code", "period", "from_version", "to_version", "basis")
    return Adjustment(
        **{name: row[name] for name in taken},
        paid_in=None,
        **asdict(owed),
        digest=f"{row['from_digest']} {row['digest']}",
        settled_at=None,
        span=(row["first"], row["last"]),
    )


def _before(row: Mapping[str, Any]) -> Worth:
    if row["from_not_counted"]:
        return Worth(row["from_version"], 0, 0)
    return Worth(row["from_version"], row["from_payable"], row["from_amount"])


def _newest(row: Mapping[str, Any]) -> Worth:
    """A month in which nothing is counted any more pays nothing, and that is certain."""
    if row["not_counted"]:
        return Worth(row["to_version"], 0, 0)
    return Worth(row["to_version"], row["payable"], row["amount"], _lacks(row))


def _lacks(row: Mapping[str, Any]) -> Lacks | None:
    """Also where another month has written days of it since, so that the version cannot be explained by them."""
    if row["stale"]:
        return "stale"
    if row["days_waiting"]:
        return "days"
    return row["without"] if row["payable"] is None else None
