"""Imports ratings of conduct: nip, rater, period, role, value.

What peers, or subordinates, said is never told of fewer than three. Once a result rests on them, the next less that one
would tell what came in between: so a rating that comes then is held until three of its role have come, or changed.

What a rater sent himself (own) and what others bring of him are kept apart, and a mean takes one or the other: who
brought two of three ratings would else reckon the third. Who brings ratings learns only how many rows were taken.
"""

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

import psycopg

from config.kinds.evaluation import FEWEST_RATERS
from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("nip", "rater", "period", "role", "value")
ROLES = ("superior", "peer", "subordinate")
HIGHEST = 120_00
KEY, VALUES = ("employee_id", "period", "rater_id", "own"), ("role", "value")
KNOWN = "SELECT employee_id, period, rater_id, own, role, value FROM rating WHERE employee_id = ANY(%s)"
HELD = KNOWN.replace("FROM rating", "FROM held_rating")
DROP = """
DELETE FROM held_rating
USING unnest(%s::integer[], %s::text[], %s::integer[], %s::boolean[]) AS one (employee_id, period, rater_id, own)
WHERE held_rating.employee_id = one.employee_id AND held_rating.period = one.period
    AND held_rating.rater_id = one.rater_id AND held_rating.own = one.own
"""
TOLD = """
SELECT employee_id, period, role, own FROM rating
WHERE employee_id = ANY(%s) AND role <> 'superior' AND EXISTS (
    SELECT FROM score, json_array_elements(score.steps) AS step
    WHERE score.employee_id = rating.employee_id AND score.period = rating.period
        AND step ->> 'kind' = 'behaviour' AND step ->> 'formula' LIKE '%% ' || role || ' (%%')
GROUP BY 1, 2, 3, 4 HAVING count(*) >= %s
"""
"""Of whom a stored score tells what peers, or subordinates, said: scoring.behaviour prints the formula."""

Ratings: TypeAlias = Mapping[upsert.Key, upsert.Values]
"""Employee, period, rater and whether he sent it himself → role and value."""
Group: TypeAlias = tuple[Any, ...]
"""Employee, period, role and source: they have a mean of their own."""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change ratings in the caller's transaction; employee, period and rater together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    raters = changes.employee_ids(connection, (row.cells["rater"] for row in sheet.rows))
    ratings: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "period", "rater"):
        rater = row.cells["rater"]
        if rater not in raters:
            sheet.fault(row, "rater", "no such employee: write the NIP of who rates")
        if rater == row.cells["nip"]:
            sheet.fault(row, "rater", "nobody rates himself: leave the row out")
        value = sheet.hundredths(row, "value")
        if value > HIGHEST:
            sheet.fault(row, "value", "write a rating from 0 to 120")
        key = (ids.get(row.cells["nip"], 0), sheet.period(row), raters.get(rater, 0), sheet.own)
        ratings[key] = (sheet.choice(row, "role", *ROLES), value)
    sheet.end()
    _bring(connection, ratings)
    return Changes(taken=len(ratings))


def _bring(connection: psycopg.Connection[Any], ratings: Ratings) -> None:
    who = [sorted({key[0] for key in ratings})]
    known, held = ({row[:4]: row[4:] for row in connection.execute(query, who).fetchall()} for query in (KNOWN, HELD))
    told = connection.execute(TOLD, [*who, FEWEST_RATERS]).fetchall()
    pending = {**held, **ratings}
    waiting = still_held(known, pending, set(told))
    dropped = [key for key in held if key not in waiting]
    connection.execute(DROP, [[key[part] for key in dropped] for part in range(len(KEY))])
    upsert.bring(connection, "held_rating", KEY, VALUES, {key: pending[key] for key in waiting})
    counting = {key: said for key, said in pending.items() if key not in waiting}
    done = upsert.bring(connection, "rating", KEY, VALUES, counting)
    changes.mark_periods(connection, {key[:2] for key in done.altered})


def still_held(known: Ratings, pending: Ratings, told: Collection[Group]) -> set[upsert.Key]:
    """Of the ratings that came (pending) those that must not count yet.

    known: those that count. told: groups whose result is stored. Nobody's rating alone, nor two together, ever make
    the difference between a result and the next.
    """
    altered = {key: _groups(key, said, known.get(key)) for key, said in pending.items() if known.get(key) != said}
    waiting: set[upsert.Key] = set()
    while True:
        many: dict[Group, int] = {}
        for key in altered.keys() - waiting:
            for group in altered[key]:
                many[group] = many.get(group, 0) + 1
        few = {group for group, number in many.items() if group in told and number < FEWEST_RATERS}
        more = {key for key in altered.keys() - waiting if altered[key] & few}
        if not more:
            return waiting
        waiting |= more


def _groups(key: upsert.Key, said: upsert.Values, was: upsert.Values | None) -> set[Group]:
    """Whose means it changes: that of its role, and that of the role it had before."""
    return {(*key[:2], one[0], key[3]) for one in (said, was) if one is not None}


TABLE = Table("ratings of conduct: nip, rater, period, role (superior, peer, subordinate), value", COLUMNS, (), load)
