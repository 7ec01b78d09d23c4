"""Hours that move with the scan in: who comes earlier may leave earlier, who comes later leaves later."""

from dataclasses import dataclass

from config.dated import Block
from config.kinds.shape import Shape

MOST_MINUTES = 240


@dataclass(frozen=True, slots=True)
class Flexible:
    """By how many minutes at most the hours of a day move, earlier and later; beyond them somebody is late."""

    earlier: int
    later: int


def _flexible(version: Block) -> Flexible:
    return Flexible(version.whole("earlier", MOST_MINUTES), version.whole("later", MOST_MINUTES))


FLEXIBLE = Shape(frozenset({"earlier", "later"}), frozenset(), _flexible)
