"""Scores of a month in which nothing is counted any more: who left before it, or whose days count to another one."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from config.digests import digest
from config.periods import bounds
from scoring import score_store, store
from scoring.attendance_period import by_span
from scoring.pending import NOT_COUNTED_SQL, SPAN_SQL
from scoring.run import Run
from scoring.scope import Scope
from scoring.steps import Step

FORMULA = "no day of it is counted any more"

SCORED_SQL = """
WITH RECURSIVE below AS (
    SELECT id FROM unit WHERE code = %(unit)s
    UNION
    SELECT unit.id FROM unit JOIN below ON unit.parent_id = below.id
)
SELECT DISTINCT employee_id FROM score
WHERE period = %(period)s AND (%(unit)s::text IS NULL OR employee_id IN (
    SELECT employee_id FROM membership WHERE unit_id IN (SELECT id FROM below)
    UNION SELECT id FROM employee WHERE unit_id IN (SELECT id FROM below)))
"""
"""Of a unit's people also those who once were its members."""
NEWEST_SQL = f"""
SELECT latest.employee_id, latest.version, latest.rulebook, latest.basis, latest.last_day, span.first, span.last
FROM unnest(%s::integer[]) AS one (employee_id) JOIN LATERAL (
    SELECT * FROM score WHERE score.employee_id = one.employee_id AND period = %s ORDER BY version DESC LIMIT 1
) AS latest ON true
{SPAN_SQL}
WHERE NOT {NOT_COUNTED_SQL.format("latest")} ORDER BY latest.employee_id
"""  # noqa: S608 - the parts are constants
WITHDRAW_SQL = """
INSERT INTO score (employee_id, period, version, rulebook, rulebook_digest, basis, steps, last_day, digest, scored_at)
VALUES (%s, %s, %s, %s, '', %s, %s, %s, %s, %s)
"""
"""Of no law, so that whoever is counted again is reckoned again."""
UNSETTLE_SQL = """
UPDATE scored_month SET digest = '', days_digest = NULL WHERE period = %s AND employee_id = ANY (%s)
"""
FORGET_SQL = """
DELETE FROM work_day USING unnest(%s::integer[], %s::date[], %s::date[]) AS one (employee_id, first, last)
WHERE work_day.employee_id = one.employee_id AND day BETWEEN one.first AND one.last AND NOT EXISTS (
    SELECT FROM membership WHERE membership.employee_id = work_day.employee_id AND day >= valid_from
        AND (valid_until IS NULL OR day < valid_until)
        AND EXISTS (SELECT FROM enrolment WHERE enrolment.employee_id = work_day.employee_id
                    AND enrolment.valid_from <= day))
"""
"""Each day of a membership counts to some month; a day of none, or before the first enrolment, to none."""
FORGET_WAITING_SQL = FORGET_SQL.replace("work_day", "waiting_day")


def withdraw(connection: Connection[Any], run: Run, looked_at: Scope, unit: str | None) -> list[int]:
    """Write a version that pays nothing of every stored score of the month that rests on no counted day any more.

    Of a run over a unit (its code) those of its people, also former ones. Their days that count to no month are
    forgotten. looked_at: who is counted in it; all of them. → whose score was withdrawn.
    """
    found = connection.execute(SCORED_SQL, {"unit": unit, "period": run.month}).fetchall()
    left = {one for (one,) in found}.difference(looked_at.who())
    gone = sorted(left.difference(_counted(run, looked_at, sorted(left))))
    newest = pay_nothing(connection, run.month, gone, run.at)
    who = [score["employee_id"] for score in newest]
    if newest:
        spans = (who, [score["first"] for score in newest], [score["last"] for score in newest])
        connection.execute(FORGET_SQL, spans)
        connection.execute(FORGET_WAITING_SQL, spans)
        connection.execute(UNSETTLE_SQL, (run.month, who))
        days = min(score["first"] for score in newest), max(score["last"] for score in newest)
        score_store.forget_days(connection, who, _months_of(newest), days)
    return who


def pay_nothing(connection: Connection[Any], period: str, who: Sequence[int], at: datetime) -> list[dict[str, Any]]:
    """Write a version without any figure of the scores of these employees; → the versions before, where not so yet."""
    with connection.cursor(row_factory=dict_row) as cursor:
        newest = cursor.execute(NEWEST_SQL, (list(who), period)).fetchall() if who else []
        cursor.executemany(WITHDRAW_SQL, [_row(period, score, at) for score in newest])
    return newest


def _counted(run: Run, looked_at: Scope, who: Sequence[int]) -> set[int]:
    """Who of them has a day that counts for the month in any unit."""
    if not who:
        return set()
    members = store.some_members(run.read, who, *looked_at.days)
    groups = by_span(members, bounds(run.month)[0], run.book)
    return {employee for _, theirs in groups for employee in theirs["employee"].to_list()}


def _months_of(scores: Iterable[dict[str, Any]]) -> list[str]:
    """Whose span of days may have some in common with these."""
    ends: set[date] = {day for score in scores for day in (score["first"], score["last"])}
    return sorted({f"{day:%Y-%m}" for day in ends})


def _row(period: str, score: dict[str, Any], at: datetime) -> tuple[object, ...]:
    step: Step = {
        "day": None, "kind": "not_counted", "code": "", "minutes": None, "percent": None, "formula": FORMULA,
        "table": "", "law": "", "article": "", "in_force": "", "in_force_known": "", "basis": score["basis"],
        "hours": "", "punches": [],
    }  # fmt: skip
    told = digest(period, score["rulebook"], step)
    said = (score["rulebook"], score["basis"], json.dumps([step]), score["last_day"], told, at)
    return score["employee_id"], period, score["version"] + 1, *said
