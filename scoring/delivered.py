"""The work behind an output: what somebody delivered, what of it counts, and why the rest does not."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, TypedDict

from psycopg import Connection
from psycopg.rows import dict_row

from scoring.rounding import half_up, printed_one


class Work(TypedDict):
    """A piece of work as it stands now. volume, weight: hundredths. counts: verified, and in time.

    measure, norm_minutes: of the catalogue; None where the work names nothing of it.
    """

    day: date
    reference: str
    title: str
    kind: Literal["main", "additional", "other"]
    plan: str | None
    volume: int
    measure: str | None
    norm_minutes: int | None
    weight: int
    quality: int | None
    status: Literal["submitted", "verified", "returned"]
    reason: str | None
    counts: bool


WORK = """
SELECT activity.day, activity.reference, activity.title, activity.kind, plan_item.reference AS plan, activity.volume,
       catalogue.measure, catalogue.norm_minutes, activity.weight,
       activity.quality, activity.status, activity.reason, counted.id IS NOT NULL AS counts
FROM activity JOIN employee ON employee.id = activity.employee_id
LEFT JOIN counted_activity AS counted ON counted.id = activity.id
LEFT JOIN plan_item ON plan_item.id = activity.plan_item_id
LEFT JOIN catalogue ON catalogue.code = activity.catalogue_code
WHERE nip = %s AND activity.day BETWEEN %s AND %s ORDER BY activity.day, activity.reference
"""


def delivered(connection: Connection[Any], nip: str, first: date, last: date) -> list[Work]:
    """All work of these days, by day and reference."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(WORK, (nip, first, last)).fetchall()  # type: ignore[return-value]  # its columns


def sum_of_work(work: Sequence[Work]) -> list[str]:
    """In one line: what counts, and how much else there is; nothing where there is no work."""
    if not work:
        return []
    counting = [one for one in work if one["counts"]]
    points = printed_one(half_up(sum(one["volume"] * one["weight"] for one in counting), 100))
    others = {
        "not decided yet": sum(one["status"] == "submitted" for one in work),
        "returned": sum(one["status"] == "returned" for one in work),
        "too late": sum(one["status"] == "verified" and not one["counts"] for one in work),
    }
    rest = "".join(f", {number} {why}" for why, number in others.items() if number)
    return [f"  work: {len(counting)} of {len(work)} pieces count, {points} points{rest}"]


def each_work(work: Sequence[Work]) -> list[str]:
    """A line a piece: what it is, its points, and why it does not count."""
    return [f"    {_named(one)}: {_points(one)}{_uncounted(one)}" for one in work]


def _named(one: Work) -> str:
    plan = "" if one["plan"] is None else f", plan {one['plan']}"
    return f"{one['reference']} {one['title']} ({one['kind']}{plan})"


def _points(one: Work) -> str:
    points = half_up(one["volume"] * one["weight"], 100)
    measure = "" if one["measure"] is None else f" {one['measure']}"
    norm = "" if one["norm_minutes"] is None else f", {half_up(one['volume'] * one['norm_minutes'], 100)} min by norm"
    marked = "" if one["quality"] is None else f", quality {one['quality']}"
    volume, weight = printed_one(one["volume"]), printed_one(one["weight"])
    return f"{volume}{measure} x {weight} = {printed_one(points)} points{norm}{marked}"


def _uncounted(one: Work) -> str:
    if one["counts"]:
        return ""
    if one["status"] == "returned":
        return f"; returned: {one['reason'] or 'no reason said'}"
    return "; not decided yet" if one["status"] == "submitted" else "; submitted or decided too late"
