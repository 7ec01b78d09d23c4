"""Imports plans (SKP) of employees and units: an item a row, what it serves, how much of it is for which month."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg

from ingest import changes
from ingest.changes import Changes
from ingest.sheet import Row, Sheet
from ingest.table import Table

REQUIRED = ("owner", "year", "reference", "title", "kind", "measure", "target")
MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
OPTIONAL = ("until", "maximal", "weight", "category", "scope", "value", "serves_owner", "serves", "mandate", *MONTHS)
CATEGORIES = ("100", "80", "60", "40", "20")
MOST_SCOPE = 100

Owner: TypeAlias = tuple[int | None, int | None]
"""Employee or unit, by id."""
Key: TypeAlias = tuple[Owner, int, str]
"""Owner, year, reference."""
Item: TypeAlias = tuple[Any, ...]
"""The columns of plan_item from title to mandate."""

COLUMNS = ("title", "main", "measure", "low", "high", "maximal", "weight", "category", "scope", "value", "mandate")
OWNERS = """
SELECT nip, id, NULL::integer FROM employee WHERE nip = ANY(%(names)s)
UNION ALL SELECT code, NULL, id FROM unit WHERE code = ANY(%(names)s)
"""
KNOWN = f"""
SELECT item.employee_id, item.unit_id, item.year, item.reference, item.id, item.{", item.".join(COLUMNS)},
       served.employee_id, served.unit_id, served.reference,
       coalesce((SELECT array_agg(period || ' ' || amount ORDER BY period) FROM plan_month
                 WHERE plan_item_id = item.id), '{{}}')
FROM plan_item AS item LEFT JOIN plan_item AS served ON served.id = item.serves
"""  # noqa: S608  # our own column names
STORE = f"""
INSERT INTO plan_item (employee_id, unit_id, year, reference, {", ".join(COLUMNS)})
VALUES (%s, %s, %s, %s, {", ".join(["%s"] * len(COLUMNS))})
ON CONFLICT (employee_id, unit_id, year, reference)
DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
RETURNING id
"""  # noqa: S608  # our own column names
DROP_MONTHS = "DELETE FROM plan_month WHERE plan_item_id = %s"
STORE_MONTH = "INSERT INTO plan_month (plan_item_id, period, amount) VALUES (%s, %s, %s)"
SERVE = "UPDATE plan_item SET serves = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Planned:
    """item: as plan_item has it; serves: the key of the item that it is broken down from; months: period, amount."""

    item: Item
    serves: Key | None
    months: tuple[tuple[str, int], ...]


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change items of plans in the caller's transaction; owner, year and reference together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    names = {row.cells.get(column, "") for row in sheet.rows for column in ("owner", "serves_owner")}
    owners = {name: (employee, unit) for name, employee, unit in connection.execute(OWNERS, {"names": sorted(names)})}
    known, ids = _known(connection)
    planned = {}
    for row in sheet.once("owner", "year", "reference"):
        key, said = _planned(sheet, row, owners)
        planned[key] = said
    _check_serving(sheet, planned, known, owners)
    sheet.end()
    altered = {key: said for key, said in planned.items() if known.get(key) != said}
    _store(connection, altered, ids)
    spans = {(key[0][0], str(key[1])) for key in altered if key[0][0] is not None}
    changes.mark_periods(connection, spans)
    added = sum(key not in known for key in altered)
    return Changes(added, len(altered) - added, len(planned) - len(altered))


def _known(connection: psycopg.Connection[Any]) -> tuple[dict[Key, Planned], dict[Key, int]]:
    known: dict[Key, Planned] = {}
    ids: dict[Key, int] = {}
    for employee, unit, year, reference, number, *rest in connection.execute(KNOWN):
        item, (served_employee, served_unit, served, months) = rest[: len(COLUMNS)], rest[len(COLUMNS) :]
        key = ((employee, unit), year, reference)
        serves = None if served is None else ((served_employee, served_unit), year, served)
        split = tuple((month.split(" ")[0], int(month.split(" ")[1])) for month in months)
        known[key], ids[key] = Planned(tuple(item), serves, split), number
    return known, ids


def _planned(sheet: Sheet, row: Row, owners: dict[str, Owner]) -> tuple[Key, Planned]:
    owner = owners.get(row.cells["owner"])
    if owner is None:
        sheet.fault(row, "owner", "no such employee (NIP) or unit (code); tepat import employees, or units, brings it")
    year = sheet.whole(row, "year", 1900, 2999)
    served = row.cells.get("serves", "")
    above = owners.get(row.cells.get("serves_owner", ""))
    if served and above is None:
        sheet.fault(row, "serves_owner", "write the NIP or the unit whose item this one serves")
    serves = (above, year, served) if served and above is not None else None
    key = (owner or (None, None), year, sheet.text(row, "reference"))
    said = Planned(_item(sheet, row), serves, _months(sheet, row, year))
    _check_sum(sheet, row, said)
    return key, said


def _check_sum(sheet: Sheet, row: Row, said: Planned) -> None:
    """What is delivered is added up over the year: months that promise more than it, or all less, judge otherwise."""
    _, main, _, low, high, *_ = said.item
    amounts = [amount for _, amount in said.months]
    if not (main and amounts and 0 < low <= high and min(amounts) > 0):  # no months, or a fault already
        return
    promised = sum(amounts)
    together = f"its months promise {_decimal(promised)} together"
    if promised > high:
        cure = "write the year's sum here, of percent too, because what is delivered is added up; or correct the months"
        sheet.fault(row, "until" if high > low else "target", f"{together}, more than the year: {cure}")
    elif promised < low and len(said.months) == len(MONTHS):
        sheet.fault(row, "target", f"{together}, less than the year: correct one of the two")


def _decimal(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}".removesuffix(".00")


def _item(sheet: Sheet, row: Row) -> Item:
    main = sheet.choice(row, "kind", "main", "additional") == "main"
    low = sheet.hundredths(row, "target", positive=True)
    high = sheet.hundredths(row, "until") if row.cells.get("until") else low
    if high < low:
        sheet.fault(row, "until", "the upper bound lies below the target: exchange them, or leave it out")
    maximal = bool(row.cells.get("maximal")) and sheet.flag(row, "maximal")
    about = (sheet.text(row, "title"), main, sheet.text(row, "measure"), low, high, maximal)
    mandate = sheet.text(row, "mandate") if row.cells.get("mandate") else None
    return (*about, *(_weighted(sheet, row) if main else _additional(sheet, row)), mandate)


def _weighted(sheet: Sheet, row: Row) -> tuple[int, None, None, None]:
    """Without a weight all main items count alike."""
    weight = sheet.hundredths(row, "weight", positive=True) if row.cells.get("weight") else 100
    return weight, None, None, None


def _additional(sheet: Sheet, row: Row) -> tuple[None, int, int, int]:
    for column in ("category", "scope", "value"):
        if column not in row.cells:
            sheet.fault(row, column, "additional work needs category (100 to 20), scope (0 to 100) and value: add it")
            return None, 0, 0, 0
    category = sheet.choice(row, "category", *CATEGORIES)
    scope = sheet.whole(row, "scope", 0, MOST_SCOPE)
    return None, int(category) if category in CATEGORIES else 0, scope, sheet.hundredths(row, "value")


def _months(sheet: Sheet, row: Row, year: int) -> tuple[tuple[str, int], ...]:
    given = [month for month in MONTHS if row.cells.get(month)]
    return tuple((f"{year}-{month}", sheet.hundredths(row, month, positive=True)) for month in given)


def _check_serving(
    sheet: Sheet, planned: dict[Key, Planned], known: dict[Key, Planned], owners: dict[str, Owner]
) -> None:
    every = {**known, **planned}
    for row in sheet.rows:
        owner, year = owners.get(row.cells["owner"]), row.cells["year"]
        if owner is None or not (year.isascii() and year.isdigit()):
            continue
        said = planned.get((owner, int(year), row.cells["reference"]))
        if said is None or said.serves is None:
            continue
        if said.serves not in every:
            sheet.fault(
                row,
                "serves",
                "its owner has no such item that year, here or in the database: correct it, or import that item too",
            )
            continue
        above, seen = said.serves, {(owner, int(year), row.cells["reference"])}
        while above in every and above not in seen:
            seen.add(above)
            higher = every[above].serves
            if higher is None:
                break
            above = higher
        else:
            sheet.fault(row, "serves", "the item would serve itself: break the circle")


def _store(connection: psycopg.Connection[Any], altered: dict[Key, Planned], ids: dict[Key, int]) -> None:
    for (owner, year, reference), said in altered.items():
        found = connection.execute(STORE, [*owner, year, reference, *said.item]).fetchone()
        assert found is not None
        ids[owner, year, reference] = found[0]
        connection.execute(DROP_MONTHS, [found[0]])
    with connection.cursor() as cursor:
        months = [(ids[key], *month) for key, said in altered.items() for month in said.months]
        cursor.executemany(STORE_MONTH, months)
        served = [(None if said.serves is None else ids[said.serves], ids[key]) for key, said in altered.items()]
        cursor.executemany(SERVE, served)


TABLE = Table(
    "plans (SKP): owner (NIP or unit), year, reference, title, kind, measure, target, and more",
    REQUIRED,
    OPTIONAL,
    load,
)
