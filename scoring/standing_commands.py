"""The commands that tell how a unit and its people stand: maturity, merit map, punctuality, spread of predicates."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

import config.settings
from config.counted import counted
from config.errors import TepatError
from ingest import database
from scoring import standing_store, store
from scoring.actor import actor
from scoring.maturity_telling import Language, maturity_lines
from scoring.rounding import printed_one
from scoring.standing import distribution_of, maturity_of, merit_of, punctuality_of

LONGEST_MONTH = 31

PERIOD = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
ASSUMED = "assumption, no regulation names it"
LACKING = {
    "score": "no score of the period, and result and conduct not both said by the superior",
    "output": "no figure of output, and no result said by the superior",
    "behaviour": "no rating by the superior that counts, and no conduct said",
    "not_weighed": "the rulebook weighs no behaviour, and no conduct said",
    "rating_weights": "the rulebook has no rating_weights, so no rating counts, and no conduct said",
    "both": "neither output nor behaviour has a figure, and neither is said",
}
TITLES = {
    "on_time": "Always on time",
    "repeated": "Late again and again",
    "missing": "A scan is missing",
    "unproven": "Nothing amiss so far, but not decided: nobody of these is said to be always on time",
}

Unit = Annotated[str, typer.Argument(help="Code of the unit: it and all units below it.")]
Period = Annotated[str, typer.Argument(help="A month (2026-01), a quarter (2026-Q1) or a year (2026).")]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object for machines; percentages are whole hundredths, 125 is 1.25 %."),
]
File = Annotated[Path | None, typer.Option("--csv", help="Write everybody into this CSV file.")]
InLanguage = Annotated[Language, typer.Option("--language", help="id: Indonesian, en: English; JSON has both.")]


def maturity(
    unit: Unit,
    *,
    period: Annotated[str | None, typer.Option(help="A year, a quarter or a month; default: this year.")] = None,
    language: InLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Say which of E-Kinerja's six levels a unit has reached, by what evidence, and what each level lacks."""
    asked = period or str(datetime.now(UTC).year)
    found = _told(unit, asked, "maturity", maturity_of)
    if as_json:
        _print(found)
        return
    for line in maturity_lines(unit, found, language):
        typer.echo(line)


def merit(unit: Unit, period: Period, *, file: File = None, as_json: AsJson = False) -> None:
    """Place a unit's people by result and behaviour, three levels each. Nothing follows from a place by itself."""
    found = _told(unit, period, "merit", merit_of)
    people = found["people"]
    if file is not None:
        columns = ("nip", "name", "result", "behaviour", "basis", "lacking", "predicate", "quality", "quality_band")
        _write(file, columns, people)
    if as_json:
        _print(found)
        return
    typer.echo(f"{unit} {found['name']}, {period}: {found['placed']} of {len(people)} people placed.")
    typer.echo(
        "  Levels are what the superior said (tepat import evaluations), else figures: as expected from "
        f"{printed_one(found['borders']['result']['expected_from'])}, above from "
        f"{printed_one(found['borders']['result']['above_from'])} ({ASSUMED})."
    )
    for box in found["boxes"]:
        typer.echo(f"  result {box['result']}, behaviour {box['behaviour']}: {box['people']}")
        for row in people if file is None else []:
            if row["lacking"] is None and (row["result"], row["behaviour"]) == (box["result"], box["behaviour"]):
                mark = f"   ({ASSUMED})" if row["basis"] == "assumption" else ""
                typer.echo(f"    {row['nip']} {row['name']}{_quality(row)}{mark}")
    lacking = [row for row in people if row["lacking"] is not None]
    if lacking:
        typer.echo(f"Not placed: {len(lacking)}")
    for row in lacking if file is None else []:
        typer.echo(f"  {row['nip']} {row['name']}: {LACKING[row['lacking']]}")


def punctuality(
    unit: Unit,
    period: Period,
    *,
    times: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=LONGEST_MONTH,
            help="Late days within a month that are repeated; default: as config/evaluation says.",
        ),
    ] = None,
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """List who was always on time, late again and again, or lacks scans, with the days and minutes behind it."""
    found = _told(
        unit, period, "punctuality", lambda connection, number, asked: punctuality_of(connection, number, asked, times)
    )
    people = found["people"]
    if file is not None:
        _write_days(file, people)
    if as_json:
        _print(found)
        return
    if found["until"] is None:
        raise TepatError(f"Nothing of {unit} is scored in {period} yet. Run `tepat score PERIOD` for its months first.")
    so_far = "" if found["whole"] else f", days up to {found['until']} only"
    typer.echo(f"{unit} {found['name']}, {period}{so_far}: {len(people)} people.")
    repeated = counted(found["times"]["a_month"], "late day")
    typer.echo(f"  Repeated is {repeated} in a month ({ASSUMED}). A list decides nothing.")
    for which, title in TITLES.items():
        rows = [row for row in people if row[which]]
        typer.echo(f"{title}: {len(rows)}")
        for row in rows if file is None else []:
            typer.echo(f"  {row['nip']} {row['name']}: {_sums(row, which)}")
            for fact in row["facts"] if which in {"repeated", "missing"} else []:
                if (which == "repeated" and fact["late"]) or fact["missing_in"] or fact["missing_out"]:
                    typer.echo(f"    {_fact(fact)}")


def distribution(unit: Unit, period: Period, *, as_json: AsJson = False) -> None:
    """Compare the predicates of a unit's people with the guide for the unit's own. A check: it changes no score."""
    found = _told(unit, period, "distribution", distribution_of)
    if as_json:
        _print(found)
        return
    organisation = found["organisation"]
    if organisation is None:
        raise TepatError(
            f"The predicate of {unit} as an organisation is not known for {period}. Bring it in with "
            "`tepat import predicates`."
        )
    rated = found["people"] - found["without_predicate"]
    typer.echo(
        f"{unit} {found['name']}, {period}: organisation {organisation['predicate']} (of {organisation['unit']}), "
        f"{rated} of {found['people']} people have a predicate. {_basis(found)}"
    )
    for name, number in found["counts"].items():
        typer.echo(f"  {name}: {number}")
    for share in found["shares"]:
        names = " or ".join(share["predicates"])
        state = "kept" if share["kept"] else "DEVIATES"
        typer.echo(f"  {state}: {share['rated']} {names}, guide {_guide(share)}")
    if found["not_in_the_guide"]:
        typer.echo(f"  The guide does not name: {', '.join(found['not_in_the_guide'])}.")


def _told(unit: str, period: str, what: str, report: Callable[[Any, int, str], dict[str, Any]]) -> dict[str, Any]:
    """The report about a unit, noted in the audit."""
    if PERIOD.fullmatch(period) is None:
        raise TepatError(f"{period!r} is no period. Write a month (2026-01), a quarter (2026-Q1) or a year (2026).")
    with database.opened(config.settings.load()) as pool, pool.connection() as connection:
        known = standing_store.unit_of(connection, unit)
        if known is None:
            raise TepatError(f"There is no unit {unit!r}. Import it with `tepat import units`, or correct its code.")
        found = report(connection, known[0], period)
        store.audit(connection, actor(), "view", what, {"unit": unit, "period": period})
    return {"unit": unit, "name": known[1], **found}


def _basis(found: Mapping[str, Any]) -> str:
    return f"By: {found['law']} ({ASSUMED})." if found["basis"] == "assumption" else f"By: {found['law']}."


def _quality(row: Mapping[str, Any]) -> str:
    return "" if row["quality"] is None else f", quality of work {row['quality']} ({row['quality_band']}, DES 2.0)"


def _sums(row: Mapping[str, Any], which: str) -> str:
    if which == "on_time":
        return f"{counted(row['worked'], 'day')} worked of {row['working']}"
    if which == "unproven":
        return f"{counted(row['undecided'], 'day')} undecided, {row['not_scored']} not scored, {row['worked']} worked"
    late = f"late on {counted(row['late_days'], 'day')}, {counted(row['late_minutes'], 'minute')}"
    return f"{late}; no scan in on {row['missing_in_days']}, no scan out on {counted(row['missing_out_days'], 'day')}"


def _fact(fact: Mapping[str, Any]) -> str:
    said = [f"{counted(fact['late'], 'minute')} late"] if fact["late"] else []
    said += ["no scan in"] if fact["missing_in"] else []
    said += ["no scan out"] if fact["missing_out"] else []
    said += ["judged without waiting for a terminal"] if fact["overruled"] else []
    shift = f" shift {fact['shift']}" if fact["shift"] else ""
    punches = ", ".join(f"{punch['terminal']} {punch['local_time'][11:]}" for punch in fact["punches"])
    letters = [f"by letter: {letter}" for letter in fact["letters"]]
    by = [f"punches: {punches or 'none'}"] if punches or not letters else []
    return "; ".join([f"{fact['day']}{shift}: {', '.join(said)}", *letters, *by])


def _guide(share: Mapping[str, Any]) -> str:
    parts = [f"at least {share['least']} % ({share['fewest']})"] if share["least"] else []
    parts += ["at least one"] if share["some"] else []
    parts += [f"at most {share['most']} % ({share['most_people']})"] if share["most"] < 100 else []  # noqa: PLR2004 percent
    return ", ".join(parts)


def _write_days(file: Path, people: Sequence[Mapping[str, Any]]) -> None:
    columns = ("on_time", "repeated", "missing", "unproven", "working", "worked", "undecided", "not_scored")
    sums = ("late_days", "late_minutes", "early_days", "absent_days", "missing_in_days", "missing_out_days")
    days = [
        {**row, "facts": "; ".join(_fact(fact) for fact in row["facts"] if fact["late"] or not fact["absent"])}
        for row in people
    ]
    _write(file, ("nip", "name", *columns, *sums, "facts"), days)


def _write(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(columns)
            writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    except OSError as error:
        raise TepatError(
            f"{file} cannot be written ({error.strerror}). Name a file in a folder that is yours."
        ) from error


def _cell(value: object) -> object:
    return {True: "yes", False: "no", None: ""}.get(value, value) if isinstance(value, bool | None) else value


def _print(found: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, default=_iso))


def _iso(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()
