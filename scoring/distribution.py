"""Whether a unit's predicates are spread as the guide for its own predicate says. A check: no score ever changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.kinds.predicate import Limit
from scoring.predicate import SAME, breaches


@dataclass(frozen=True, slots=True)
class Share:
    """So many of all have one of the predicates; between fewest and most is the guide. kept: it is."""

    predicates: tuple[str, ...]
    rated: int
    of_all: int
    least: int
    most: int
    some: bool
    fewest: int
    most_people: int
    kept: bool


def shares(counts: Mapping[str, int], limits: Sequence[Limit]) -> list[Share]:
    """Each limit against the counts by predicate; empty where nobody has a predicate."""
    named = renamed(counts)
    of_all = sum(named.values())
    return [_share(named, limit, of_all) for limit in limits] if of_all else []


def renamed(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts under the names of the guide."""
    named: dict[str, int] = {}
    for name, number in counts.items():
        named[SAME.get(name, name)] = named.get(SAME.get(name, name), 0) + number
    return named


def _share(named: Mapping[str, int], limit: Limit, of_all: int) -> Share:
    fewest, most = -(-of_all * limit.least // 100), of_all * limit.most // 100
    return Share(
        predicates=limit.predicates,
        rated=sum(named.get(name, 0) for name in limit.predicates),
        of_all=of_all,
        least=limit.least,
        most=limit.most,
        some=limit.some,
        fewest=max(fewest, 1) if limit.some else fewest,
        most_people=most,
        kept=not breaches(named, [limit]),
    )
