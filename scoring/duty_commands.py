"""The commands that tell what work days lead to beside the score: discipline flags and meal money."""

import csv
import json
from calendar import monthrange
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

import config.settings
from config.absences import absence_kinds
from config.errors import TepatError
from config.national import discipline as national_discipline
from config.national import meals as national_meals
from config.rulebook_tables import MEAL_DAYS
from config.rulebooks import rulebook
from ingest import database
from scoring import duty_store
from scoring.discipline import flags
from scoring.discipline_telling import discipline_lines
from scoring.meals import ATTENDED
from scoring.meals import meals as reckoned

BEFORE = timedelta(days=45)
"""Of a year: a run of ten working days may begin so long before it."""

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
    year, first, last = _year(period)
    law = national_discipline()
    sanctions, switch = law.unexcused_days.on(last), law.minutes_as_days.on(last)
    counted = switch.content.minutes if minutes or switch.content.counts else None
    with database.opened(config.settings.load()) as pool, database.reader(pool) as read:
        who = _people(read, unit)
        duties = duty_store.duties(read, date(year, 1, 1) - BEFORE, last)
        found = flags(duties.join(who, on="employee", how="semi"), sanctions.content, year, counted).filter(
            pl.col("day").is_between(max(first, sanctions.law.in_force), last)
        )
        judged = found.join(duty_store.rulebooks(read, found), on=["employee", "day"], how="left")
    told = judged.join(who, on="employee").sort("day", "nip").drop("employee")
    if as_json:
        cited = {"law": sanctions.law.law, "article": sanctions.law.article, "minutes_a_day": counted}
        typer.echo(json.dumps({"period": period, **cited, "flags": told.to_dicts()}, default=_iso, ensure_ascii=False))
        return
    for line in discipline_lines(period, told, who.height, f"{sanctions.law.law} {sanctions.law.article}"):
        typer.echo(line)


def meals(
    period: Annotated[str, typer.Argument(help="A month, as in 2026-01.")],
    *,
    unit: Unit = None,
    file: Annotated[Path | None, typer.Option("--csv", help="Write a CSV file: nip, name, days, gross, net.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the days that earn meal money, and what they are worth before and after tax."""
    if period.count("-") != 1:
        raise TepatError(f"{period!r} is no month. Write year and month, as in 2026-01.")
    _, first, last = _year(period)
    with database.opened(config.settings.load()) as pool, database.reader(pool) as read:
        who = _people(read, unit)
        days = duty_store.attended(read, first, last).join(who, on="employee", how="semi")
    if days.is_empty():
        raise TepatError(f"No working day of {period} is scored yet. Run `tepat score {period}` first.")
    told = who.join(reckoned(_under_rules(days, last)), on="employee", maintain_order="left").drop("employee")
    if file is not None:
        _write(file, told)
    if as_json:
        typer.echo(json.dumps({"period": period, "meals": told.to_dicts()}, ensure_ascii=False))
        return
    rates = national_meals().rates.on(last).law
    typer.echo(f"{period}: meal money of {told.height} employees, {told['days'].sum()} days, by {rates.law}.")
    for row in told.to_dicts() if file is None else []:
        typer.echo(f"  {row['nip']} {row['name']}: {row['days']} days, {_worth(row['gross'], row['net'])}")


def _under_rules(days: pl.DataFrame, last: date) -> list[Any]:
    """The days of each rulebook, with its rule or that of the state, and what a day is worth."""
    law = national_meals()
    kinds = {kind.code: kind.name for kind in absence_kinds().values()}
    worth = [
        (day, grade, law.rates.on(day).content[grade - 1], law.tax.on(day).content[grade - 1])
        for day in days["day"].unique()
        for grade in (1, 2, 3, 4)
    ]
    schema = {"day": pl.Date, "grade": pl.Int32, "rate": pl.Int64, "tax": pl.Int32}
    valued = days.join(pl.DataFrame(worth, schema=schema, orient="row"), on=["day", "grade"], how="left").with_columns(
        absence=pl.col("code").replace_strict(kinds, default=None, return_dtype=pl.String)
    )
    parts = []
    for (name,), ours in valued.group_by("rulebook"):
        own = rulebook(str(name)).on(MEAL_DAYS, last)
        rule = law.days.on(last).content if own is None else own.content
        parts.append((rule, ours.select(ATTENDED.keys())))
    return parts


def _people(read: Any, unit: str | None) -> pl.DataFrame:
    who = duty_store.people(read, unit)
    if unit is not None and who.is_empty():
        raise TepatError(
            f"There is no unit {unit!r} with employees. Import it with `tepat import units`, or correct its code."
        )
    return who


def _year(period: str) -> tuple[int, date, date]:
    """Year, first and last day of a year or of a month."""
    try:
        if period.isascii() and period.isdigit() and len(period) == len("2026"):
            return int(period), date(int(period), 1, 1), date(int(period) + 1, 1, 1) - timedelta(days=1)
        first = datetime.strptime(period, "%Y-%m").date()  # noqa: DTZ007 a month has no zone
    except ValueError as error:
        raise TepatError(f"{period!r} is no year and no month. Write 2026 or 2026-01.") from error
    return first.year, first, first.replace(day=monthrange(first.year, first.month)[1])


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
