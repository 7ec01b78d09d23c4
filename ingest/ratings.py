"""Imports ratings of conduct: nip, rater, period, role, value.

What peers, or subordinates, said is never told of fewer than three. So once a result rests on them, what is added or
changed comes from three at least: else the new result less the old one would be what one person said.
"""

from collections.abc import Mapping
from typing import Any

import psycopg

from config.kinds.evaluation import FEWEST_RATERS
from ingest import changes, employees, upsert
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

COLUMNS = ("nip", "rater", "period", "role", "value")
ROLES = ("superior", "peer", "subordinate")
HIGHEST = 120_00
KNOWN = "SELECT employee_id, period, rater_id, role, value FROM rating WHERE employee_id = ANY(%s)"
TOLD = """
SELECT employee_id, period, role FROM rating
WHERE employee_id = ANY(%s) AND role <> 'superior' AND EXISTS (
    SELECT FROM score WHERE score.employee_id = rating.employee_id AND score.period = rating.period
        AND behaviour IS NOT NULL)
GROUP BY 1, 2, 3 HAVING count(*) >= %s
"""
"""Whose result of a period rests on peers, or on subordinates, and is stored."""


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change ratings in the caller's transaction; employee, period and rater together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    raters = changes.employee_ids(connection, (row.cells["rater"] for row in sheet.rows))
    ratings: dict[upsert.Key, upsert.Values] = {}
    rows: dict[upsert.Key, Row] = {}
    for row in sheet.once("nip", "period", "rater"):
        rater = row.cells["rater"]
        if rater not in raters:
            sheet.fault(row, "rater", "no such employee: write the NIP of who rates")
        if rater == row.cells["nip"]:
            sheet.fault(row, "rater", "nobody rates himself: leave the row out")
        value = sheet.hundredths(row, "value")
        if value > HIGHEST:
            sheet.fault(row, "value", "write a rating from 0 to 120")
        key = (ids.get(row.cells["nip"], 0), sheet.period(row), raters.get(rater, 0))
        ratings[key], rows[key] = (sheet.choice(row, "role", *ROLES), value), row
    _keep_hidden(connection, sheet, ratings, rows)
    sheet.end()
    done = upsert.bring(connection, "rating", ("employee_id", "period", "rater_id"), ("role", "value"), ratings)
    changes.mark_periods(connection, {(employee, period) for employee, period, _ in done.altered})
    return done.changes


def _keep_hidden(
    connection: psycopg.Connection[Any],
    sheet: Sheet,
    ratings: Mapping[upsert.Key, upsert.Values],
    rows: Mapping[upsert.Key, Row],
) -> None:
    """Refuse what would change a result that is told by fewer than three of a role."""
    who = [sorted({key[0] for key in ratings})]
    told = set(connection.execute(TOLD, [*who, FEWEST_RATERS]).fetchall())
    known = {row[:3]: row[3:] for row in connection.execute(KNOWN, who).fetchall()}
    altered: dict[tuple[Any, ...], list[Row]] = {}
    for key, said in ratings.items():
        if (was := known.get(key)) != said:
            for role in {said[0], was[0] if was else said[0]}:
                altered.setdefault((key[0], key[1], role), []).append(rows[key])
    for (employee, period, role), few in altered.items():
        if (employee, period, role) in told and len(few) < FEWEST_RATERS:
            for row in few:
                sheet.fault(
                    row,
                    "role",
                    f"a result that rests on each {role} is stored already, and so few new ones could be told from the "
                    f"next: bring {FEWEST_RATERS} or more together",
                )


TABLE = Table("ratings of conduct: nip, rater, period, role (superior, peer, subordinate), value", COLUMNS, (), load)
