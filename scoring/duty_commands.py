"""The commands that tell what work days lead to beside the score: discipline flags and meal money."""

import csv
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import polars as pl
import typer

import config.settings
from config.errors import TepatError
from ingest import database
from ingest.database import Reader
from scoring import store
from scoring.actor import actor
from scoring.discipline_telling import discipline_lines
from scoring.duties import TOLD, Meals, discipline_of, meals_of
from scoring.not_scored import as_rows, in_words

PERIOD = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2]))?", re.ASCII)
Report = TypeVar("Report")

Unit = Annotated[str | None, typer.Option(help="Code of a unit: only it and the units below it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines; money is in whole sen.")]


def discipline(
    period: Annotated[str, typer.Argument(help="A year (2026), or a month of it (2026-03): flags reached in it.")],
    *,
    unit: Unit = None,
    minutes: Annotated[
        bool, typer.Option("--minutes", help="Count 7.5 hours late or left early as a day, as PP 53/2010 did.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say who reached what the law provides for absence without reason, and by which days. It only flags."""
    if PERIOD.fullmatch(period) is None:
        raise TepatError(f"{period!r} is no year and no month. Write 2026 or 2026-01.")
    found = _found("discipline", unit, period, lambda read: discipline_of(read, unit, period, minutes=minutes))
    _refuse_nobody(unit, found["people"])
    told = found["flags"].drop("employee")
    if as_json:
        cited = {name: found[name] for name in ("law", "article", "basis", "minutes_a_day", "minutes_law")}
        typer.echo(json.dumps({"period": period, **cited, "flags": told.to_dicts()}, default=_iso, ensure_ascii=False))
        return
    for line in discipline_lines(period, told, found["people"], f"{found['law']} {found['article']}"):
        typer.echo(line)
    if counted := found["minutes_a_day"]:
        typer.echo(f"{counted} minutes late or left early count as a day. {found['minutes_law']}.")


def meals(
    period: Annotated[str, typer.Argument(help="A month, as in 2026-01.")],
    *,
    unit: Unit = None,
    file: Annotated[Path | None, typer.Option("--csv", help="Write a CSV file: nip, name, days, gross, net.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the days that earn meal money, and what they are worth before and after tax."""
    if PERIOD.fullmatch(period) is None or "-" not in period:
        raise TepatError(f"{period!r} is no month. Write year and month, as in 2026-01.")
    found = _found("meals", unit, period, lambda read: meals_of(read, unit, period))
    _refuse_nobody(unit, found.total)
    told = found.people.filter(~pl.col("lacking").is_in(["days", "rulebook"]).fill_null(value=False)).select(TOLD)
    _refuse_nothing(found, told, period)
    if file is not None:
        _write(file, told)
    if as_json:
        left_out = as_rows(found.left_out)
        rows = {"period": period, "meals": told.to_dicts(), "not_reckoned": left_out}
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        _tell(found, told, period, named=file is None)
    if found.left_out:
        raise typer.Exit(1)


def _found(what: str, unit: str | None, period: str, report: Callable[[Reader], Report]) -> Report:
    """The report, noted in the audit."""
    with database.opened(config.settings.load()) as pool:
        with database.reader(pool) as read:
            found = report(read)
        with pool.connection() as connection:
            store.audit(connection, actor(), "view", what, {"unit": unit, "period": period})
    return found


def _tell(found: Meals, told: pl.DataFrame, period: str, *, named: bool) -> None:
    typer.echo(f"{period}: meal money of {told.height} employees, {told['days'].sum()} days, by {found.law['law']}.")
    for row in told.to_dicts() if named else []:
        typer.echo(f"  {row['nip']} {row['name']}: {row['days']} days, {_worth(row['gross'], row['net'])}")
    for line in in_words(found.left_out, "Not reckoned"):
        typer.echo(line)


def _refuse_nothing(found: Meals, told: pl.DataFrame, period: str) -> None:
    if not found.judged:
        raise TepatError(f"No working day of {period} is scored yet. Run `tepat score {period}` first.")
    if told.is_empty():
        raise TepatError("\n".join(in_words(found.left_out, "Not reckoned")))


def _refuse_nobody(unit: str | None, people: int) -> None:
    if unit is not None and not people:
        raise TepatError(
            f"There is no unit {unit!r} with employees. Import it with `tepat import units`, or correct its code."
        )


def _write(file: Path, told: pl.DataFrame) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(("nip", "name", "days", "gross", "net"))
            for row in told.to_dicts():
                writer.writerow(
                    (row["nip"], row["name"], row["days"], *(_rupiah(row[key]) for key in ("gross", "net")))
                )
    except OSError as error:
        raise TepatError(
            f"{file} cannot be written ({error.strerror}). Name a file in a folder that is yours."
        ) from error


def _rupiah(sen: int | None) -> str:
    """Decimal text; empty where the amount is not known."""
    return "" if sen is None else f"{sen // 100}.{sen % 100:02d}"


def _worth(gross: int | None, net: int | None) -> str:
    """Sen before and after tax in words; without a grade neither is known."""
    if gross is None:
        return "worth not known: the grade of a day is missing; `tepat import grades` brings it"
    after = "not known: no rule says the tax of the grade" if net is None else f"Rp {_rupiah(net)}"
    return f"Rp {_rupiah(gross)}, after tax {after}"


def _iso(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()
