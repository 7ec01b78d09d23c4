"""What law outside the rulebook says about performance: national evaluation, the table of classes."""

from datetime import date
from typing import Any

from config.allowances import classes
from config.dated import Version
from config.digests import digest, digest_of_versions
from config.evaluation import Evaluation, evaluation
from config.kinds.evaluation import Method
from config.kinds.pay import Classes
from config.rulebook_tables import ALLOWANCE, METHOD
from config.rulebooks import Rulebook

POINTS = Method(output="points", predicate="none")
"""Where a rulebook says nothing else."""


def national() -> Evaluation:
    """The tables of config/evaluation."""
    return evaluation()


def method(rulebook: Rulebook, last: date) -> Method:
    """How the rulebook judges work and conduct in the period that ends on a day."""
    version = rulebook.on(METHOD, last)
    return POINTS if version is None else version.content


def plan_halves(last: date) -> tuple[int, int] | None:
    """Shares of the two plans of a year that ends on a day, hundredths of a percent; None where it has one."""
    halves = national().plan_halves.on(last).content
    return None if halves.first is None or halves.second is None else (halves.first, halves.second)


def class_version(rulebook: Rulebook, last: date) -> Version[Classes] | None:
    """The table of classes in force on a day; None where the rulebook names none.

    Raises:
        NotInForceError: the day lies before its first version.
    """
    version = rulebook.on(ALLOWANCE, last)
    return classes(version.content.classes).on(last) if version is not None and version.content.classes else None


def digest_of_performance(rulebook: Rulebook, last: date) -> str:
    """SHA-256 of what the score of a period rests on beside the rulebook; "" where it rests on nothing else."""
    found: list[tuple[str, Version[Any]]] = []
    how, tables = method(rulebook, last).predicate, national()
    if method(rulebook, last).output == "plan" and plan_halves(last):
        found.append((tables.plan_halves.name, tables.plan_halves.on(last)))
    if how == "score":
        found += [(table.name, table.on(last)) for table in (tables.plan_shares, tables.borders)]
    if how == "quadrant":
        found.append((tables.quadrant.name, tables.quadrant.on(last)))
    if (version := class_version(rulebook, last)) is not None:
        found.append(("classes", version))
    return digest(digest_of_versions(found)) if found else ""


def rests_on_assumption(rulebook: Rulebook, last: date) -> bool:
    """Whether the predicate comes from the quadrant of PermenPANRB 6/2022, whose text is not confirmed."""
    return method(rulebook, last).predicate == "quadrant" and national().quadrant.on(last).law.basis == "assumption"
