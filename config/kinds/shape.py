"""What a kind of table is, and how a file of it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from config.dated import ARTICLE_KEYS, LAW_KEYS, Block, Table, Version, all_read, check_order, law_of, read

Content = TypeVar("Content")
Content_co = TypeVar("Content_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Shape(Generic[Content_co]):
    """The keys that a version must and may have beside its law, and what they become."""

    required: frozenset[str]
    optional: frozenset[str]
    parse: Callable[[Block], Content_co]


@dataclass(frozen=True, slots=True)
class TableKind(Generic[Content_co]):
    """One table that a rulebook may have.

    scope: whether it decides about a day (by the version of that day) or about a period (by that of its last day).
    of_base: its percentages are of the rulebook's base, and its `unit` must say so.
    """

    name: str
    shape: Shape[Content_co]
    scope: Literal["day", "period"]
    required: bool = False
    of_base: bool = False


def table(path: Path, shape: Shape[Content]) -> Table[Content]:
    """Read and check one table file of the given shape.

    Raises:
        RulebookError: anything in it is lacking, unknown, misspelt or contradicts itself.
    """
    top = read(path).keys({"name", "measure", "unit", "checked", "version"}, {"note"})
    if top.text("name") != path.stem:
        raise top.error(f"'name' is {top.text('name')!r}", f"A table is called like its file: {path.stem!r}")

    def version(block: Block) -> Version[Content]:
        block.keys(LAW_KEYS | shape.required, ARTICLE_KEYS | shape.optional)
        return Version(law_of(block), shape.parse(block))

    versions = all_read(top.children("version", "version"), version)
    check_order(top, [one.law for one in versions])
    return Table(
        name=path.stem,
        path=path,
        measure=top.text("measure"),
        unit=top.text("unit"),
        checked=top.day("checked"),
        versions=tuple(versions),
    )


def code(row: Block) -> str:
    """The code that the law prints for a row, "" where it has none."""
    text = row.text("code") if "code" in row.data else ""
    if " " in text:
        raise row.error(f"'code' is {text!r}", "Write a code without blanks, as in TL1")
    return text
