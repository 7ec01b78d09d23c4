"""How a unit stands in a period, put together for commands and API: maturity, merit, punctuality, distribution."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any, Literal

import polars as pl
from psycopg import Connection

from config.dated import Law
from config.evaluation import evaluation
from config.kinds.standing import Borders
from config.periods import bounds
from scoring import standing_store
from scoring.distribution import renamed, shares
from scoring.maturity import maturity, reached
from scoring.merit import boxes, placed
from scoring.punctuality import listed
from scoring.quality import band, quality


@dataclass(frozen=True, slots=True)
class Shown:
    """So many people from one on; which: only those of one list of the punctuality (on_time, repeated, …)."""

    start: int
    size: int
    which: Literal["on_time", "repeated", "missing", "unproven"] | None = None


def cited(law: Law) -> dict[str, Any]:
    """The text a figure rests on, and whether it is one. Where no text names the figure, `law` says so."""
    return {"law": law.law, "article": law.article, "basis": law.basis}


def maturity_of(connection: Connection[Any], unit: int, period: str) -> dict[str, Any]:
    """The level that the unit reached, and all six with what was counted and what is missing."""
    version = evaluation().maturity.on(bounds(period)[1])
    standings = maturity(version.content, standing_store.evidence(connection, unit, period))
    levels = [asdict(standing) for standing in standings]
    return {"period": period, "level": reached(standings), **cited(version.law), "levels": levels}


def merit_of(connection: Connection[Any], unit: int, period: str, shown: Shown | None = None) -> dict[str, Any]:
    """The nine boxes with how many stand in each, then those shown, those without a place with the reason."""
    last = bounds(period)[1]
    law = evaluation()
    version = law.merit.on(last)
    everybody = placed(standing_store.standings(connection, unit, period), version.content)
    people = everybody if shown is None else everybody.slice(shown.start, shown.size)
    borders = {"result": _border(version.content.result), "behaviour": _border(version.content.behaviour)}
    return {
        "period": period,
        "borders": {**cited(version.law), **borders},
        "boxes": boxes(everybody),
        "placed": everybody["lacking"].null_count(),
        "total": everybody.height,
        "people": _with_quality(connection, people, unit, period).to_dicts(),
    }


def _with_quality(connection: Connection[Any], people: pl.DataFrame, unit: int, period: str) -> pl.DataFrame:
    """Each with the mean mark of the work and its name, by the names that the report tells."""
    bands = evaluation().quality.on(bounds(period)[1]).content
    marks = standing_store.marks(connection, unit, period, people["employee"].to_list())
    marked = marks.group_by("employee").agg(quality=quality(pl.col("quality")))
    told = people.join(marked, on="employee", how="left", maintain_order="left").with_columns(
        quality_band=band(pl.col("quality"), bands)
    )
    return told.rename({"behaviour": "behaviour_figure", "conduct": "behaviour"}).select(
        "employee",
        "nip",
        "name",
        "result",
        "behaviour",
        "basis",
        "lacking",
        "output",
        "behaviour_figure",
        "result_said",
        "behaviour_said",
        "predicate",
        "quality",
        "quality_band",
    )


def punctuality_of(
    connection: Connection[Any], unit: int, period: str, times: int | None, shown: Shown | None = None
) -> dict[str, Any]:
    """Those shown with sums, lists and the facts behind them. times: None takes the number that is configured."""
    version = evaluation().lateness.on(bounds(period)[1])
    asked = version.content.times if times is None else times
    everybody = standing_store.kept(connection, unit, period)
    until: date | None = everybody["until"].max() if everybody.height else None  # type: ignore[assignment]  # a date column
    read = partial(standing_store.facts, connection, unit, period)
    total, people, facts = _listed(everybody, read, asked, shown)
    of: dict[int, list[dict[str, Any]]] = {}
    for row in facts.join(people, on="employee", how="semi", maintain_order="left").to_dicts():
        of.setdefault(row.pop("employee"), []).append(
            {**row, **{name: json.loads(row[name]) for name in ("punches", "letters")}}
        )
    threshold = {"law": "as asked", "article": "", "basis": "assumption"} if times is not None else cited(version.law)
    return {
        "period": period,
        "until": until,
        "whole": until is not None and until >= bounds(period)[1],
        "times": {"a_month": asked, **threshold},
        "total": total,
        "people": [{**row, "facts": of.get(row["employee"], [])} for row in people.drop("until").to_dicts()],
    }


def _listed(
    everybody: pl.DataFrame, read: Callable[[Sequence[int] | None], pl.DataFrame], times: int, shown: Shown | None
) -> tuple[int, pl.DataFrame, pl.DataFrame]:
    """How many there are, those to show, and facts that hold theirs. Who is on a list only everybody's facts tell."""
    if shown is not None and shown.which is None:
        some = everybody.slice(shown.start, shown.size)
        facts = read(some["employee"].to_list())
        return everybody.height, listed(some, facts, times), facts
    facts = read(None)
    people = listed(everybody, facts, times)
    if shown is None or shown.which is None:
        return people.height, people, facts
    ours = people.filter(shown.which)
    return ours.height, ours.slice(shown.start, shown.size), facts


def distribution_of(connection: Connection[Any], unit: int, period: str) -> dict[str, Any]:
    """The predicates of the unit's people against the guide for the predicate of their organisation."""
    version = evaluation().guide.on(bounds(period)[1])
    people = standing_store.standings(connection, unit, period)
    counts: Mapping[str, int] = dict(
        people.drop_nulls("predicate").group_by("predicate").len().sort("predicate").rows()
    )
    named = standing_store.organisation(connection, unit, period)
    limits = [limit for limit in version.content if named is not None and limit.organisation == named[1]]
    return {
        "period": period,
        **cited(version.law),
        "organisation": None if named is None else {"unit": named[0], "predicate": named[1]},
        "people": people.height,
        "without_predicate": people["predicate"].null_count(),
        "counts": renamed(counts),
        "not_in_the_guide": sorted(set(renamed(counts)) - _in_the_guide(version.content)),
        "shares": [asdict(share) for share in shares(counts, limits)],
    }


def _in_the_guide(limits: Any) -> set[str]:
    return {name for limit in limits for name in limit.predicates}


def _border(borders: Borders) -> dict[str, int]:
    return {"expected_from": borders.expected, "above_from": borders.above}
