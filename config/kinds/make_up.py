"""Lateness that a flat time after hours makes up for on the same day, so many times a month."""

from dataclasses import dataclass

from config.dated import Block
from config.kinds.shape import Shape

MOST_MINUTES = 240
MOST_DAYS = 31


@dataclass(frozen=True, slots=True)
class MakeUp:
    """Who is late by `within` minutes at most and stays `by` minutes longer is forgiven; from day `days` + 1 on not."""

    within: int
    by: int
    days: int


def _make_up(version: Block) -> MakeUp:
    return MakeUp(
        version.whole("within", MOST_MINUTES), version.whole("by", MOST_MINUTES), version.whole("days", MOST_DAYS)
    )


MAKE_UP = Shape(frozenset({"within", "by", "days"}), frozenset(), _make_up)
