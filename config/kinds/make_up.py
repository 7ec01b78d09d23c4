"""Lateness that a flat time after hours makes up for on the same day, so many times a month."""

from dataclasses import dataclass

from config.dated import Block
from config.kinds.shape import Shape

UNKNOWN = "unknown"
MOST_MINUTES = 240
MOST_DAYS = 31
FIGURES = ("within", "by", "days")


@dataclass(frozen=True, slots=True)
class MakeUp:
    """Who is late by `within` minutes at most and stays `by` minutes longer is forgiven; from day `days` + 1 on not.

    All None: lateness can be made up, how is not known, so that nothing is known of who stays longer at all.
    """

    within: int | None
    by: int | None
    days: int | None


def _make_up(version: Block) -> MakeUp:
    unknown = [key for key in FIGURES if version.data[key] == UNKNOWN]
    if len(unknown) == len(FIGURES):
        return MakeUp(None, None, None)
    if unknown:
        raise version.error(
            f"{unknown[0]!r} is {UNKNOWN!r}, but another figure is known",
            f'Write all of {", ".join(FIGURES)} as the law has them, or "{UNKNOWN}" for all',
        )
    return MakeUp(
        version.whole("within", MOST_MINUTES), version.whole("by", MOST_MINUTES), version.whole("days", MOST_DAYS)
    )


MAKE_UP = Shape(frozenset(FIGURES), frozenset(), _make_up)
