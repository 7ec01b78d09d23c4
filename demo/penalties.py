"""The worst penalties of the month in words, for people who have not seen a page yet."""

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from psycopg.rows import dict_row

from demo.month import PERIOD
from scoring.telling import moment

PENALTIES = 10

WORST = """
SELECT e.nip, e.name, u.name AS unit, u.time_zone, s.deduction,
       (SELECT jsonb_agg(step ORDER BY d.day) FROM work_day d, json_array_elements(d.steps) AS step
        WHERE d.employee_id = e.id AND to_char(d.day, 'YYYY-MM') = s.period) AS steps
FROM score s JOIN employee e ON e.id = s.employee_id JOIN unit u ON u.id = e.unit_id
WHERE s.period = %(period)s
  AND s.version = (SELECT max(version) FROM score l WHERE l.employee_id = s.employee_id AND l.period = s.period)
ORDER BY s.deduction DESC NULLS LAST, e.nip LIMIT %(most)s
"""

KINDS = {
    "late": "late",
    "early": "left early",
    "missing_in": "no scan in",
    "missing_out": "no scan out",
    "absent": "absent without reason",
}


def worst_penalties(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Lines to print: a block per employee with each day's reason, and at the end the rules that were applied."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(WORST, {"period": PERIOD, "most": PENALTIES}).fetchall()
    for place, row in enumerate(rows, 1):
        yield f"{place:2}. {row['name']}, NIP {row['nip']}, {row['unit']}: -{percent(row['deduction'])}"
        for step in row["steps"] or ():
            why = reason(step, row["time_zone"])
            yield f"      {step['day']}  {step['code']:<5} -{percent(step['percent']):<7} {why}"
    yield ""
    yield from rules(step for row in rows for step in row["steps"] or ())


def reason(step: dict[str, Any], unit_zone: str) -> str:
    """Why a step deducts: what happened, the figures, the punches it rests on; by both clocks where they differ."""
    happened = KINDS.get(step["kind"], step["kind"])
    if step["minutes"] is not None:
        happened += f" {step['formula']}"
    punches = ", ".join(f"{moment(punch, unit_zone)} at {punch['terminal']}" for punch in step["punches"])
    return f"{happened}; {punches or 'no punch'}"


def rules(steps: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Each rule that decided, once: its table, law, article and standing."""
    for table, law, article, basis in sorted(
        {(step["table"], step["law"], step["article"], step["basis"]) for step in steps}
    ):
        yield f"    {table}: {', '.join(part for part in (law, article) if part)} [{basis}]"


def percent(hundredths: int | None) -> str:
    """Hundredths of a percent as a person writes them."""
    return "rate missing" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02} %"
