"""Every shipped rulebook, border by border: the law cases of tests/law_cases/rulebooks, run through the real stages."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, astuple
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from config.dated import NotInForceError, Table
from config.kinds.rates import single
from config.kinds.shape import TableKind
from config.rulebook_tables import (
    ABSENCE,
    ASSEMBLY,
    COMBINED,
    EARLY_LEAVE,
    LATENESS,
    LEAVE,
    MISSING_SCAN,
    MONTHLY_CAP,
    TABLES,
    TEMPORARY_EXIT,
    WEIGHTS,
)
from config.rulebooks import Rulebook, names, rulebook
from scoring.deduction import deduct
from scoring.flexible import flexible
from scoring.frames import EXITS, MISSED, PUNCHES
from scoring.leave import NO_ABSENCES, excuse
from scoring.schedule import NO_ROSTERS
from scoring.schedule import expected as expected_of
from scoring.telling import percent as told_percent
from scoring.workday import place, resolve
from tests.scoring.office import TERMINALS_OF_ONE_ZONE, ZONE, clean_times, law_of, of_day, punches, results, score

FOLDER = Path(__file__).parent.parent / "law_cases" / "rulebooks"
DAY, AFTER_HOLIDAY = date(2026, 1, 5), date(2026, 1, 2)
START, END = datetime.combine(DAY, time(7, 30)), time(16)
LEFT = datetime.combine(DAY, time(10))
EIGHT_HOURS = 8 * 60


def case_of(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


def hundredths(percent: Decimal | int | str) -> int | None:
    return None if isinstance(percent, str) else int(percent * 100)


def expected(case: dict[str, Any]) -> Iterator[tuple[str, list[datetime], int, int, str, int | None]]:
    """What happened, the scans, minutes away, assemblies missed, and the code and deduction that must come of it."""
    end = datetime.combine(DAY, case.get("end", END))
    at_work = [START, end]
    moved = timedelta(minutes=case.get("later", 0))
    for minutes, code, percent in case["late"]:
        yield (
            f"{minutes} late",
            [START + moved + timedelta(minutes=minutes), end + moved],
            0,
            0,
            code,
            hundredths(percent),
        )
    for minutes, code, percent in case["early"]:
        yield f"{minutes} early", [START, end - timedelta(minutes=minutes)], 0, 0, code, hundredths(percent)
    for minutes, code, percent in case.get("exit", []):
        yield f"{minutes} away", at_work, minutes, 0, code, hundredths(percent)
    for what, times in (("missing_in", [end]), ("missing_out", [START]), ("absent", [])):
        code, percent = case[what]
        yield what, list(times), 0, 0, code, hundredths(percent)
    if "assembly" in case:
        code, percent = case["assembly"]
        yield "assembly", at_work, 0, 1, code, hundredths(percent)
    a_minute = timedelta(minutes=1)
    for what, times in (
        ("late_early", [START + a_minute, end - a_minute]),
        ("late_missing_out", [START + a_minute]),
        ("missing_in_early", [end - a_minute]),
    ):
        if what in case:
            code, percent = case[what]
            yield what, times, 0, 0, code, hundredths(percent)


def test_every_rulebook_has_its_cases() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == names()


@pytest.mark.parametrize("name", names())
def test_every_border(name: str) -> None:
    """One employee a case, all on one day, in one computation."""
    case = case_of(name)
    law = of_day(law_of(name, "2026-01"), DAY)
    happened = list(expected(case))
    scans = [(number, 1, f"{number:04d}", at, 255) for number, (_, times, *_) in enumerate(happened) for at in times]
    away = [
        (number, DAY, LEFT, LEFT + timedelta(minutes=minutes), minutes)
        for number, (_, _, minutes, *_) in enumerate(happened)
        if minutes
    ]
    missed = [(number, DAY, "apel Senin") for number, (_, _, _, count, *_) in enumerate(happened) if count]
    wanted = pl.DataFrame({"employee": range(len(happened))}, schema={"employee": pl.Int32}).with_columns(
        day=pl.lit(DAY)
    )
    placed = place(pl.DataFrame(scans, schema=PUNCHES, orient="row"), TERMINALS_OF_ONE_ZONE, ZONE)
    got, steps = deduct(
        excuse(
            flexible(resolve(expected_of(wanted, law.days, law.hours, NO_ROSTERS), placed), law.flexible), NO_ABSENCES
        ),
        law,
        placed,
        TERMINALS_OF_ONE_ZONE,
        exits=pl.DataFrame(away, schema=EXITS, orient="row"),
        missed=pl.DataFrame(missed, schema=MISSED, orient="row"),
    )
    for row, (what, _, _, _, code, deduction) in zip(got.to_dicts(), happened, strict=True):
        assert (row["codes"], row["deduction"]) == (code, deduction), what
    assert set(steps["law"]) <= {case["law"]}
    assert set(steps["basis"]) <= {case["basis"]}


@pytest.mark.parametrize("name", names())
def test_the_cases_stand_on_every_border(name: str) -> None:
    """A border that the law has and the cases lack would be a border nobody looked at."""
    case, book = case_of(name), rulebook(name)
    for what, kind in (("late", LATENESS), ("early", EARLY_LEAVE), ("exit", TEMPORARY_EXIT)):
        table = book.get(kind)
        assert (table is not None) == (what in case)
        starts = {band.start for band in table.versions[-1].content if 0 < band.start < EIGHT_HOURS} if table else set()
        seen = {minutes for minutes, *_ in case.get(what, [])}
        assert {minutes + by for minutes in starts for by in (-1, 0, 1)} <= seen


@pytest.mark.parametrize("name", names())
def test_figures_without_minutes(name: str) -> None:
    """Every table that is neither bands nor rates of a day nor leave: all that it says stands in the case file."""
    case, book = case_of(name), rulebook(name)
    cap, weights = book.get(MONTHLY_CAP), book.get(WEIGHTS)
    assert ("monthly_cap" in case, "weights" in case) == (cap is not None, weights is not None)
    if cap is not None:
        assert cap.versions[-1].content[0].percent == hundredths(case["monthly_cap"][1])
    if weights is not None:
        shares = weights.versions[-1].content
        assert [shares.attendance, shares.output, shares.behaviour] == [hundredths(share) for share in case["weights"]]
        assert shares.never_above_attendance == case.get("never_above_attendance", False)
    expected = {"scans": USUAL_SCANS} | case.get("figures", {})
    said = {kind.name: FIGURES[kind.name](table.versions[-1].content) for kind, table in told(book)}
    assert said == {kind: in_hundredths(figure) for kind, figure in expected.items()}


def test_every_kind_of_table_is_looked_at() -> None:
    """A new kind of table needs cases before it has a figure."""
    assert {kind.name for kind in TABLES} == set(FIGURES) | {kind.name for kind in ELSEWHERE}


ELSEWHERE = (
    LATENESS,
    EARLY_LEAVE,
    TEMPORARY_EXIT,
    MISSING_SCAN,
    ABSENCE,
    ASSEMBLY,
    COMBINED,
    MONTHLY_CAP,
    WEIGHTS,
    LEAVE,
)
"""Looked at by the tests of borders and of leave, or above."""


def told(book: Rulebook) -> list[tuple[TableKind[Any], Table[Any]]]:
    return [(kind, table) for kind in TABLES if kind not in ELSEWHERE and (table := book.get(kind)) is not None]


USUAL_SCANS = {"seconds": "dropped", "mode": "first_in_last_out", "windows": ["", "", "", ""]}
FIGURES: dict[str, Callable[[Any], Any]] = {
    "scans": lambda scans: {
        "seconds": scans.seconds,
        "mode": scans.mode,
        "windows": [window or "" for window in scans.windows],
    },
    "working_hours": lambda hours: [f"{day[0]:%H:%M}-{day[1]:%H:%M}" if day else "" for day in hours.week],
    "absence_after_holiday_deduction": single,
    "assembly_after_lebaran_deduction": single,
    "daily_cap": single,
    "output_cap": single,
    "absence_run_deduction": lambda run: [run.days * 100, run.percent],
    "attendance_period": lambda period: period.first_day * 100,
    "flexible_hours": lambda rule: [rule.earlier * 100, rule.later * 100],
    "lateness_make_up": lambda rule: [each if each is None else each * 100 for each in astuple(rule)],
    "meal_days": lambda days: {
        "scans": days.scans,
        "full_hours": days.full_hours,
        "latest_in": days.latest_in,
        "most_early": days.most_early * 100,
        "keeps": list(days.keeps),
    },
    "disciplinary_cut": lambda cuts: [
        [row.sanction, row.cut, "not said" if row.months is None else row.months * 100] for row in cuts
    ],
    "evaluation_method": asdict,
    "rating_weights": asdict,
    "predicate_pay": lambda pay: {"of": pay.of, "rows": [list(row) for row in pay.percents]},
    "allowance": asdict,
}
"""What a table says, as its case file does; numbers times 100, unknown None."""


def in_hundredths(figure: Any) -> Any:
    if isinstance(figure, dict):
        return {key: in_hundredths(value) for key, value in figure.items()}
    if isinstance(figure, list):
        return [in_hundredths(value) for value in figure]
    if isinstance(figure, int | Decimal) and not isinstance(figure, bool):
        return hundredths(figure)
    return None if figure == "unknown" else figure


@pytest.mark.parametrize("name", names())
def test_the_first_day_and_the_day_before(name: str) -> None:
    """first_day of the case file for all tables, first_days for those that begin on another; one version each."""
    case, book = case_of(name), rulebook(name)
    first: date = case["first_day"]
    assert case.get("first_days", {}).keys() <= {table.name for table in book.tables}
    for table in book.tables:
        begins = case.get("first_days", {}).get(table.name, first)
        assert [version.law.in_force for version in table.versions] == [begins]
        assert table.on(begins) is table.versions[0]
        with pytest.raises(NotInForceError, match=f"{table.name}.*{begins - timedelta(days=1)}"):
            table.on(begins - timedelta(days=1))
    assert dict(book.versions_on(first)).keys() >= {kind.name for kind in TABLES if kind.required}
    with pytest.raises(NotInForceError, match=str(first - timedelta(days=1))):
        dict(book.versions_on(first - timedelta(days=1)))


@pytest.mark.parametrize("name", names())
def test_a_month_without_fault(name: str) -> None:
    """All is paid, or nothing where a share or a predicate is not known."""
    law = law_of(name, "2026-01")
    (month,) = score(law, punches(clean_times(law)), results(points=1_000_000, target=100_00)).scores.to_dicts()
    assert (month["deduction"], month["payable"]) == (0, hundredths(case_of(name).get("clean_month", 100)))


@pytest.mark.parametrize("name", names())
def test_what_is_not_known_is_named_and_not_paid(name: str) -> None:
    """Who falls under an unknown rate gets no percentage, and the step names the table and says so."""
    case, law = case_of(name), of_day(law_of(name, "2026-01"), DAY)
    unknown = [
        (what, times) for what, times, away, missed, _, deduction in expected(case)
        if deduction is None and not away and not missed
    ]  # fmt: skip
    if not unknown:
        assert name in KNOWN
        return
    seen = [(number, 1, f"{number:04d}", at, 255) for number, (_, times) in enumerate(unknown) for at in times]
    done = score(law, pl.DataFrame(seen, schema=PUNCHES, orient="row"), results(employees=range(len(unknown))))
    assert done.work_days["deduction"].to_list() == done.scores["payable"].to_list() == [None] * len(unknown)
    for number, (what, _) in enumerate(unknown):
        steps = [step for step in done.day_steps.to_dicts() if step["employee"] == number and step["percent"] is None]
        assert steps, what
        assert all(step["table"] and step["law"] == case["law"] for step in steps)
        assert all(told_percent(step["percent"]) == "rate missing" for step in steps)


KNOWN = {"kemenkeu-2011", "kemenkeu-2011-dki", "kemensos-eperformance", "kementan-2012"}
"""Rulebooks in which no rate of a day is unknown."""


def test_absence_after_a_holiday_takes_all() -> None:
    """DKI 2018: 2 January 2026 follows a holiday, 5 January a weekend."""
    law = law_of("dki-2018", "2026-01")
    assert law.after_holiday == (AFTER_HOLIDAY, date(2026, 1, 19))
    wanted = pl.DataFrame({"employee": [1, 1], "day": [AFTER_HOLIDAY, DAY]}, schema_overrides={"employee": pl.Int32})
    placed = place(pl.DataFrame(schema=PUNCHES), TERMINALS_OF_ONE_ZONE, ZONE)
    resolved = excuse(resolve(expected_of(wanted, law.days, law.hours, NO_ROSTERS), placed), NO_ABSENCES)
    got, steps = deduct(resolved, law, placed, TERMINALS_OF_ONE_ZONE)
    assert got["deduction"].to_list() == [10000, 500]
    assert steps["kind"].to_list() == ["absent_after_holiday", "absent"]
