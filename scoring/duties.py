"""What work days lead to beside the score, put together for commands and API: discipline flags and meal money."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from config.absences import absence_kinds
from config.dated import RulebookError
from config.kinds.meals import MealDays
from config.national import discipline as national_discipline
from config.national import meals as national_meals
from config.periods import bounds
from config.rulebook_tables import MEAL_DAYS
from config.rulebooks import rulebook
from ingest.database import Reader
from scoring import duty_store, store
from scoring.discipline import flags
from scoring.meals import ATTENDED, MEALS, meals
from scoring.not_scored import NotScored
from scoring.sanctioned import worth
from scoring.standing import Shown, cited

BEFORE = timedelta(days=45)
"""Of a year: a run of ten working days may begin so long before it."""
TOLD = ["nip", "name", *list(MEALS)[1:]]


def discipline_of(
    read: Reader, unit: str | None, period: str, *, minutes: bool = False, shown: Shown | None = None
) -> dict[str, Any]:
    """The flags shown of a unit (its code; None = all) that were reached in a period, by day and NIP.

    minutes: count minutes late or left early as days whatever the law says. flags: FLAGS, nip, name, rulebook, WORTH.

    Raises:
        RulebookError: the law says nothing about the period.
    """
    first, last = bounds(period)
    law = national_discipline()
    sanctions, switch = law.unexcused_days.on(last), law.minutes_as_days.on(last)
    counted = switch.content.minutes if minutes or switch.content.counts else None
    who = duty_store.people(read, unit)
    least = 0 if counted else min(sanctions.content.in_a_year[0].days, sanctions.content.in_a_row.days)
    duties = duty_store.duties(read, unit, date(first.year, 1, 1) - BEFORE, last, least)
    found = flags(duties, sanctions.content, first.year, counted).filter(
        pl.col("day").is_between(max(first, sanctions.law.in_force), last)
    )
    told = found.join(who, on="employee").sort("day", "nip", "sanction")
    part = told if shown is None else told.slice(shown.start, shown.size)
    judged = part.join(duty_store.rulebooks(read, part), on=["employee", "day"], how="left", maintain_order="left")
    return {
        "period": period,
        **cited(sanctions.law),
        "basis": switch.law.basis if counted and sanctions.law.basis == "regulation" else sanctions.law.basis,
        "minutes_a_day": counted,
        "minutes_law": switch.law.law if counted else None,
        "people": who.height,
        "total": told.height,
        "flags": worth(judged, duty_store.posts(read, judged)),
    }


@dataclass(frozen=True, slots=True)
class Meals:
    """people: employee, nip, name and MEALS, null where `lacking`; judged: whether any day of anybody is.

    lacking: "rulebook" of whom one cannot be read (left_out says why), "days" of whom none is judged, "grade", "tax";
    null = nothing. law: of the rates, as it is cited.
    """

    law: dict[str, Any]
    total: int
    judged: bool
    people: pl.DataFrame
    left_out: list[NotScored]


def meals_of(read: Reader, unit: str | None, month: str, shown: Shown | None = None) -> Meals:
    """Meal money of those shown of a unit (its code; None = all), by NIP.

    Raises:
        RulebookError: the law of the state says nothing about the month. Whom a rulebook concerns that cannot be read
            is left out.
    """
    first, last = bounds(month)
    who = duty_store.people(read, unit)
    some = who if shown is None else who.slice(shown.start, shown.size)
    days = duty_store.attended(read, unit, first, last, None if shown is None else some["employee"].to_list())
    rules, left_out = _rules(read, days, (first, last))
    lost = pl.Series([one for each in left_out for one in each.employees], dtype=pl.Int32)
    valued = _valued(days.filter(~pl.col("employee").is_in(lost.implode())))
    parts = [(rules[str(name)], ours.select(ATTENDED.keys())) for (name,), ours in valued.group_by("rulebook")]
    reckoned = meals(parts) if parts else pl.DataFrame(schema=MEALS)
    lacking = (
        pl.when(pl.col("employee").is_in(lost.implode()))
        .then(pl.lit("rulebook"))
        .when(pl.col("days").is_null())
        .then(pl.lit("days"))
        .when(pl.col("gross").is_null())
        .then(pl.lit("grade"))
        .when(pl.col("net").is_null())
        .then(pl.lit("tax"))
    )
    people = some.join(reckoned, on="employee", how="left", maintain_order="left").with_columns(lacking=lacking)
    return Meals(cited(national_meals().rates.on(last).law), who.height, not days.is_empty(), people, left_out)


def _rules(read: Reader, days: pl.DataFrame, span: tuple[date, date]) -> tuple[dict[str, MealDays], list[NotScored]]:
    """The rule of each rulebook that days were judged by, or that of the state; and whom those leave out that cannot be
    read, whatever other days they have.
    """
    of_the_state = national_meals().days.on(span[1]).content
    rules, left_out = {}, []
    for name in sorted(days["rulebook"].unique()):
        try:
            own = rulebook(name).on(MEAL_DAYS, span[1])
        except RulebookError as error:
            theirs = days.filter(pl.col("rulebook") == name)["employee"].unique().sort().to_list()
            left_out.append(NotScored(tuple(store.units_of(read, theirs, *span)), (name,), tuple(theirs), str(error)))
        else:
            rules[name] = of_the_state if own is None else own.content
    return rules, left_out


def _valued(days: pl.DataFrame) -> pl.DataFrame:
    """The days with what each is worth by its grade, and the name of the absence that holds."""
    law = national_meals()
    kinds = {kind.code: kind.name for kind in absence_kinds().values()}
    worth = [
        (day, grade, law.rates.on(day).content[grade - 1], law.tax.on(day).content[grade - 1])
        for day in days["day"].unique()
        for grade in (1, 2, 3, 4)
    ]
    schema = {"day": pl.Date, "grade": pl.Int32, "rate": pl.Int64, "tax": pl.Int32}
    return days.join(pl.DataFrame(worth, schema=schema, orient="row"), on=["day", "grade"], how="left").with_columns(
        absence=pl.col("code").replace_strict(kinds, default=None, return_dtype=pl.String)
    )
