"""What differs between two rulebooks, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from config.dated import Table, Version
from config.rulebook_tables import TABLES
from config.rulebooks import Rulebook
from config.words import in_words, lines

ABOUT = ("organisation", "status", "base")


@dataclass(frozen=True, slots=True)
class Difference:
    """table: its name, or "rulebook". first, second: lines that only the one has."""

    table: str
    first: tuple[str, ...]
    second: tuple[str, ...]


def differences(first: Rulebook, second: Rulebook, day: date | None = None) -> Iterator[Difference]:
    """Each table that differs: of the versions in force on a day, by default of the newest ones."""
    about = (
        tuple(f"{key}: {getattr(first, key)}" for key in ABOUT),
        tuple(f"{key}: {getattr(second, key)}" for key in ABOUT),
    )
    yield from _between("rulebook", *about)
    for kind in TABLES:
        yield from _between(kind.name, _told(first.get(kind), day), _told(second.get(kind), day))


def _told(table: Table[object] | None, day: date | None) -> tuple[str, ...]:
    """The law and the rows; nothing where there is no table, or none yet."""
    if table is None:
        return ()
    version: Version[object] = table.versions[-1]
    if day is not None:
        earlier = [version for version in table.versions if version.law.in_force <= day]
        if not earlier:
            return ()
        version = earlier[-1]
    return (
        f"unit: {table.unit}",
        f"law: {in_words(version.law)}",
        f"source: {version.law.source}",
        *lines(table, version),
    )


def _between(table: str, first: tuple[str, ...], second: tuple[str, ...]) -> Iterator[Difference]:
    gone, come = (tuple(line for line in one if line not in other) for one, other in ((first, second), (second, first)))
    if gone or come:
        yield Difference(table, gone, come)
