"""Tables of law: each version is one legal text, holds the whole table, and applies from its day in force.

The day of the work selects the version, never today. A version has no end: the next one replaces it.
"""

import difflib
import itertools
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from config.errors import TepatError
from config.toml_slips import slip

Basis: TypeAlias = Literal["regulation", "assumption"]
Content_co = TypeVar("Content_co", covariant=True)
Part = TypeVar("Part")
Value = TypeVar("Value")


class RulebookError(TepatError):
    """A file of law cannot be used as it stands. The message names file, table and cure."""


class NotInForceError(RulebookError):
    """No version of a table covers a day. The message names table, day and first law."""


def all_read(parts: Iterable[Part], reading: Callable[[Part], Value]) -> list[Value]:
    """What the reading makes of each part, in their order.

    Raises:
        RulebookError: with a line for each fault of every part, and not of the first broken one only.
    """
    done, faults = [], []
    for part in parts:
        try:
            done.append(reading(part))
        except RulebookError as error:
            faults.append(str(error))
    if faults:
        raise RulebookError("\n".join(faults))
    return done


@dataclass(frozen=True, slots=True)
class Law:
    """The legal text behind one version. article is "" where it is not known."""

    in_force: date
    in_force_known: Literal["day", "year"]
    law: str
    article: str
    source: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Version(Generic[Content_co]):
    """A whole table as one legal text prints it."""

    law: Law
    content: Content_co


@dataclass(frozen=True, slots=True)
class Table(Generic[Content_co]):
    """The versions of one table, oldest first. checked: the last day a person compared the file with the law."""

    name: str
    path: Path
    measure: str
    unit: str
    checked: date
    versions: tuple[Version[Content_co], ...]

    def on(self, day: date) -> Version[Content_co]:
        """The version in force on a day.

        Raises:
            NotInForceError: the day lies before the first version.
        """
        for version in reversed(self.versions):
            if version.law.in_force <= day:
                return version
        first = self.versions[0].law
        raise NotInForceError(
            f"Table {self.name} ({self.path}) says nothing about {day}: its first law, {first.law}, "
            f"is in force from {first.in_force}. Choose a later day or add the version that applied then."
        )


@dataclass(frozen=True, slots=True)
class Block:
    """A TOML block whose keys are known: every reading names the file, the table and the cure when it fails."""

    path: Path
    table: str
    where: str
    data: Mapping[str, object]

    def error(self, problem: str, cure: str) -> RulebookError:
        place = f", {self.where}" if self.where else ""
        end = "" if cure.endswith("?") else "."
        return RulebookError(f"{self.path}: table {self.table}{place}: {problem}. {cure.removesuffix('.')}{end}")

    def keys(self, required: set[str], optional: set[str]) -> "Block":
        """Refuse a key that is unknown or lacking; returns itself."""
        for key in self.data:
            if key not in required | optional:
                raise self.error(f"key {key!r} is unknown", nearest(key, sorted(required | optional), "Known keys:"))
        for key in sorted(required - set(self.data)):
            raise self.error(f"{key!r} is missing", f"Add {key} = … as the law has it")
        return self

    def child(self, data: object, where: str) -> "Block":
        if not isinstance(data, dict):
            raise self.error(f"{where} is no table of keys", "Write it as { key = value, … }")
        return Block(self.path, self.table, where, data)

    def children(self, key: str, what: str) -> list["Block"]:
        items = self.data[key]
        if not isinstance(items, list):
            cure = (
                "Write [[version]] with two brackets" if key == "version" else f"Write a list: {key} = [ {{ … }}, … ]"
            )
            raise self.error(f"{key!r} is no list", cure)
        if not items:
            raise self.error(f"{key!r} holds no {what}", f"Write at least one {what}")
        return [self.child(item, f"{self.where}, {what} {n}".lstrip(", ")) for n, item in enumerate(items, 1)]

    def text(self, key: str) -> str:
        value = self._of(key, str, 'text in quotes ("…")')
        if not value.strip():
            raise self.error(f"{key!r} is empty", f"Write the {key} as the source names it")
        return value

    def choice(self, key: str, *options: str) -> str:
        value = self._of(key, str, f"one of {list(options)}")
        if value not in options:
            all_told = f"Write one of {list(options)}"
            raise self.error(f"{key!r} is {value!r}", all_told if len(options) <= FEW else nearest(value, options))
        return value

    def day(self, key: str) -> date:
        return self._of(key, date, "a date without quotes, as in 2026-01-31")

    def whole(self, key: str, most: int | None = None) -> int:
        value = self._of(key, int, "a whole number")
        if value < 0 or (most is not None and value > most):
            raise self.error(f"{key!r} is {value}", f"Write zero or more{'' if most is None else f', up to {most}'}")
        return value

    def flag(self, key: str) -> bool:
        return self._of(key, bool, "true or false")

    def percent(self, key: str, most: int = 100) -> int | None:
        """Hundredths of a percent, up to `most` percent; None where the file says that the figure is unknown."""
        value = self.data[key]
        if value == "unknown":
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.error(f"{key!r} is {value!r}", 'Write a percentage as the law prints it, or "unknown"')
        # nan is no number to compare with, and 1e999999 none to reckon with: both end here.
        if not Decimal(value).is_finite() or not 0 <= value <= most or (hundredths := Decimal(value) * 100) % 1:
            raise self.error(
                f"{key!r} is {value}", f"Write a percentage of zero or more, up to {most}, with at most two decimals"
            )
        return int(hundredths)

    def _of(self, key: str, kind: type[Value], form: str) -> Value:
        value = self.data[key]
        # type() and not isinstance(): a bool is an int and a datetime is a date, but neither is what the law means.
        if type(value) is not kind:
            raise self.error(f"{key!r} is {value!r}", f"Write {form}")
        return value


FEW = 5
"""So many words are told all; of more, the nearest."""


def nearest(said: str, known: Sequence[str], otherwise: str = "Write one of") -> str:
    """The cure for a misspelt word: the known one that is most like it, else all of them."""
    close = difflib.get_close_matches(said, known, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"{otherwise} {list(known)}"


def read(path: Path) -> Block:
    """The top of a TOML file, with percentages as Decimal.

    Raises:
        RulebookError: it cannot be read, or is not TOML (a key given twice included).
    """
    block = Block(path, path.stem, "", {})
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        data: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except FileNotFoundError as error:
        raise block.error("the file is missing", "Add it, or correct its name") from error
    except (OSError, UnicodeDecodeError) as error:
        raise block.error(f"the file cannot be read ({error})", "Make it a readable UTF-8 file") from error
    except tomllib.TOMLDecodeError as error:
        problem, cure = slip(text, str(error))
        raise block.error(problem, cure) from error
    return Block(path, path.stem, "", data)


LAW_KEYS = {"in_force", "in_force_known", "law", "source", "basis"}
ARTICLE_KEYS = {"article", "article_known", "note"}


def law_of(block: Block) -> Law:
    """The legal header of a [[version]]."""
    in_force = block.day("in_force")
    known = block.choice("in_force_known", "day", "year")
    if known == "year" and (in_force.month, in_force.day) != (1, 1):
        raise block.error(f"only the year of in_force = {in_force} is known", f"Write in_force = {in_force.year}-01-01")
    if ("article" in block.data) == ("article_known" in block.data):
        raise block.error("needs either 'article' or 'article_known'", 'Write article = "…" or article_known = false')
    if "article_known" in block.data and block.data["article_known"] is not False:
        raise block.error("'article_known' can only be false", 'When the article is known write article = "…"')
    return Law(
        in_force=in_force,
        in_force_known=cast('Literal["day", "year"]', known),
        law=block.text("law"),
        article=block.text("article") if "article" in block.data else "",
        source=block.text("source"),
        basis=cast("Basis", block.choice("basis", "regulation", "assumption")),
    )


def check_order(block: Block, laws: list[Law]) -> None:
    """Versions stand oldest first, each on a day of its own."""
    for earlier, later in itertools.pairwise(laws):
        if earlier.in_force == later.in_force:
            raise block.error(
                f"two versions are in force from {later.in_force}", "Keep one version a day: it holds the whole table"
            )
        if earlier.in_force > later.in_force:
            raise block.error(
                f"the version of {later.in_force} stands after that of {earlier.in_force}, the wrong order",
                "Sort the versions by in_force, oldest first",
            )
