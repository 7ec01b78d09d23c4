"""How a unit stands in a period, put together for commands and API: maturity, merit, punctuality, distribution."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

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

LISTS = ("on_time", "repeated", "missing", "unproven")


def cited(law: Law) -> dict[str, Any]:
    """The text a figure rests on, and whether it is one. Where no text names the figure, `law` says so."""
    return {"law": law.law, "article": law.article, "basis": law.basis}


def maturity_of(connection: Connection[Any], unit: int, period: str) -> dict[str, Any]:
    """The level that the unit reached, and all six with what was counted and what is missing."""
    version = evaluation().maturity.on(bounds(period)[1])
    standings = maturity(version.content, standing_store.evidence(connection, unit, period))
    levels = [asdict(standing) for standing in standings]
    return {"period": period, "level": reached(standings), **cited(version.law), "levels": levels}


def merit_of(connection: Connection[Any], unit: int, period: str) -> dict[str, Any]:
    """The nine boxes with how many stand in each, then everybody, those without a place with the reason."""
    last = bounds(period)[1]
    law = evaluation()
    version, bands = law.merit.on(last), law.quality.on(last)
    people = placed(standing_store.standings(connection, unit, period), version.content)
    marked = standing_store.marks(connection, unit, period).group_by("employee").agg(quality=quality(pl.col("quality")))
    told = people.join(marked, on="employee", how="left", maintain_order="left").with_columns(
        quality_band=band(pl.col("quality"), bands.content)
    )
    borders = {"result": _border(version.content.result), "behaviour": _border(version.content.behaviour)}
    return {
        "period": period,
        "borders": {**cited(version.law), **borders},
        "boxes": boxes(people),
        "placed": people["lacking"].null_count(),
        "people": told.rename({"behaviour": "behaviour_figure", "conduct": "behaviour"})
        .select(
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
        .to_dicts(),
    }


def punctuality_of(connection: Connection[Any], unit: int, period: str, times: int | None) -> dict[str, Any]:
    """Everybody with sums, lists and the facts behind them. times: None takes the number that is configured."""
    version = evaluation().lateness.on(bounds(period)[1])
    asked = version.content.times if times is None else times
    facts = standing_store.facts(connection, unit, period)
    people = listed(standing_store.kept(connection, unit, period), facts, asked)
    of: dict[int, list[dict[str, Any]]] = {}
    for row in facts.to_dicts():
        of.setdefault(row.pop("employee"), []).append({**row, "punches": json.loads(row["punches"])})
    until: date | None = people["until"].max() if people.height else None  # type: ignore[assignment]  # a date column
    threshold = {"law": "as asked", "article": "", "basis": "assumption"} if times is not None else cited(version.law)
    return {
        "period": period,
        "until": until,
        "whole": until is not None and until >= bounds(period)[1],
        "times": {"a_month": asked, **threshold},
        "people": [{**row, "facts": of.get(row["employee"], [])} for row in people.drop("until").to_dicts()],
    }


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
