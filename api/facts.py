"""Facts that HR enters as JSON: each route is the import of the table it is named after."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from api.access import Connected, Identified, hr_only
from api.json_routes import PREFIX
from api.once import Once
from api.parameters import only_known
from api.problems import Problem, responses
from ingest.changes import Changes
from ingest.sheet import SHOWN, FaultyRowsError
from ingest.tables import TABLES, TableName, import_rows
from ingest.within import OFFICE_WIDE, within

MOST_ROWS = 5_000
"""In one request; a file has no such bound."""

HR = APIRouter(
    prefix=PREFIX,
    route_class=Once,
    dependencies=[Depends(hr_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 413, 422, 503),
)
Cell: TypeAlias = StrictStr | StrictBool | StrictInt | StrictFloat | None
Rows = Annotated[
    list[dict[str, Cell]],
    Body(max_length=MOST_ROWS, description="rows by the names of the columns, as in docs/imports.md"),
]
DryRun = Annotated[bool, Query(description="change nothing: answer every fault, or what would change")]


class Imported(BaseModel):
    """What an import did, or would do."""

    added: int
    changed: int
    unchanged: int = Field(description="rows that were there already, just so")
    dry_run: bool = Field(description="true: nothing was written")


class Taken(BaseModel):
    """Of ratings: nobody learns which were there before, nor what they said."""

    taken: int = Field(description="rows that came")
    dry_run: bool = Field(description="true: nothing was written")


def done(changes: Changes, *, dry_run: bool) -> Imported:
    return Imported(added=changes.added, changed=changes.changed, unchanged=changes.unchanged, dry_run=dry_run)


def faulty(error: FaultyRowsError) -> Problem:
    """Every fault with its row, column, value and cure."""
    errors = [
        {"row": str(fault.row), "column": fault.column, "value": fault.value, "cure": fault.cure}
        for fault in error.faults[:SHOWN]
    ]
    rest = f" The first {SHOWN} of {len(error.faults)} stand here." if len(error.faults) > SHOWN else ""
    detail = f"Nothing was imported; `errors` says what to mend in which row.{rest}"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


def _enter(table: TableName) -> Callable[..., Imported | Taken]:
    def enter(connected: Connected, caller: Identified, rows: Rows, dry_run: DryRun = False) -> Imported | Taken:
        if caller.unit_id is not None and table in OFFICE_WIDE:
            detail = "This belongs to no unit: only who may see all units enters it."
            raise Problem(HTTPStatus.FORBIDDEN, detail, object_=f"facts:{table}")
        check = None if caller.unit_id is None else within(caller.unit_id, table)
        try:
            changes = import_rows(
                connected, table, rows, at=datetime.now(UTC), actor=caller.actor, dry_run=dry_run, check=check
            )
        except FaultyRowsError as error:
            raise faulty(error) from error
        if changes.taken is not None:
            return Taken(taken=changes.taken, dry_run=dry_run)
        return done(changes, dry_run=dry_run)

    return enter


def _described(table: TableName) -> dict[str, Any]:
    columns = TABLES[table]
    more = f" May be left out: {', '.join(columns.optional)}." if columns.optional else ""
    return {
        "name": f"enter_{table}",
        "summary": f"Enter {table}",
        "description": f"{columns.about[0].upper()}{columns.about[1:]}. Needed: {', '.join(columns.required)}.{more} "
        "All rows or none; the same rows again change nothing.",
    }


for _table in TABLES:
    HR.add_api_route(f"/facts/{_table}", _enter(_table), methods=["POST"], **_described(_table))
