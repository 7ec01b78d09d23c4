"""Rulebooks: one organisation's regulation as dated tables, a folder each in config/rulebooks."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from config import allowances
from config.dated import Basis, Block, RulebookError, Table, Version, all_read, nearest, read
from config.digests import digest, digest_of_tables
from config.kinds.shape import TableKind, table
from config.rulebook_tables import ALLOWANCE, METHOD, OUTPUT_CAP, PREDICATE_PAY, SCANS, TABLES, WEIGHTS

Content = TypeVar("Content")

FOLDER = Path(__file__).parent / "rulebooks"
ABOUT = "rulebook.toml"


@dataclass(frozen=True)
class Rulebook:
    """Tables of one organisation. A kind of table that it lacks is not part of its regulation.

    base: what a deduction is taken from, "whole allowance" or "attendance component".
    status: "historical" = superseded, still selectable by name.
    tables: in the order of TABLES.
    """

    name: str
    title: str
    organisation: str
    status: Literal["in force", "historical"]
    base: Literal["whole allowance", "attendance component"]
    note: str
    tables: tuple[Table[Any], ...]

    @cached_property
    def _by_name(self) -> dict[str, Table[Any]]:
        return {part.name: part for part in self.tables}

    def get(self, kind: TableKind[Content]) -> Table[Content] | None:
        """The table of a kind; None where the regulation has none."""
        return self._by_name.get(kind.name)

    def need(self, kind: TableKind[Content]) -> Table[Content]:
        """The table of a kind that the caller cannot do without.

        Raises:
            RulebookError: the rulebook has none.
        """
        found = self._by_name.get(kind.name)
        if found is None:
            raise RulebookError(
                f"Rulebook {self.name} has no table {kind.name}. Add {kind.name}.toml as its law has it."
            )
        return found

    def on(self, kind: TableKind[Content], day: date) -> Version[Content] | None:
        """The version of a table in force on a day; None where the rulebook lacks the table, or has it only later.

        Raises:
            NotInForceError: the table is one that no day can do without.
        """
        found = self.get(kind)
        if found is None or (not kind.required and day < found.versions[0].law.in_force):
            return None
        return found.on(day)

    def replaced(self, kind: TableKind[Content], content: Table[Content]) -> "Rulebook":
        """The same with another table of that kind."""
        kept = {**self._by_name, kind.name: content}
        return replace(self, tables=tuple(kept[known.name] for known in TABLES if known.name in kept))

    @property
    def day_tables(self) -> tuple[Table[Any], ...]:
        """The tables that decide about a single day."""
        return tuple(part for kind in TABLES if kind.scope == "day" and (part := self.get(kind)) is not None)

    @property
    def period_tables(self) -> tuple[Table[Any], ...]:
        """The tables that decide about a month."""
        return tuple(part for kind in TABLES if kind.scope == "period" and (part := self.get(kind)) is not None)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all it says, in canonical form."""
        about = (self.name, self.title, self.organisation, self.status, self.base, self.note)
        return digest(about, digest_of_tables(self.tables))

    def basis_on(self, day: date) -> Basis:
        """Assumption when any percentage in force that day is one; how scans are read is a convention apart."""
        found = [self.on(kind, day) for kind in TABLES if kind is not SCANS]
        laws = [version.law for version in found if version is not None]
        return "assumption" if any(law.basis == "assumption" for law in laws) else "regulation"

    def versions_on(self, day: date, scope: Literal["day", "period"] = "day") -> Iterator[tuple[str, Version[Any]]]:
        """Each table of that scope with its version in force on a day."""
        found = ((kind.name, self.on(kind, day)) for kind in TABLES if kind.scope == scope)
        return ((name, version) for name, version in found if version is not None)


def names(folder: Path = FOLDER) -> list[str]:
    """The rulebooks there are, by the name a unit selects."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


@lru_cache(maxsize=64)
def rulebook(name: str, folder: Path = FOLDER) -> Rulebook:
    """Read and check one rulebook.

    Raises:
        RulebookError: there is none of that name, or a file of it is broken.
    """
    known = names(folder)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(known)}."
        raise RulebookError(f"There is no rulebook {name!r} in {folder}. {hint}")
    return _load(folder / name)


def named_or_in(name_or_path: str, of: str | None = None) -> Rulebook:
    """A shipped rulebook by its name, the one that a folder anywhere (or a file in it) holds, or `of` with one table
    from a file that stands alone.

    Raises:
        RulebookError: there is none, or files of it are broken, with a line for each fault.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" and path.is_file():
        if not (path.parent / ABOUT).is_file():
            return _with_table(path.resolve(), of)
        path = path.parent
    if (path / ABOUT).is_file():
        return _load(path.resolve())
    if name_or_path not in names() and (path.is_dir() or path.suffix == ".toml" or len(path.parts) > 1):
        what = f"{path} holds no {ABOUT}" if path.is_dir() else f"There is no file or folder {path}"
        raise RulebookError(f"{what}. Name the folder of a rulebook, or one that `tepat rulebook check` lists.")
    return rulebook(name_or_path)


def _with_table(path: Path, of: str | None) -> Rulebook:
    alone = Block(path, path.stem, "", {})
    kind = next((kind for kind in TABLES if kind.name == path.stem), None)
    if kind is None:
        raise alone.error("no table of a rulebook is called so", nearest(path.stem, [kind.name for kind in TABLES]))
    own = table(path, kind.shape)
    if of is None:
        raise alone.error(
            "whole by itself, but one table alone is no rulebook",
            "Name the rulebook that it changes (--instead-of NAME), or put it into that one's folder",
        )
    changed = named_or_in(of).replaced(kind, own)
    _fits_together(alone, changed)
    _predicates_come_about(alone, changed)
    _names_known(changed)
    _start_together(alone, changed)
    return changed


def _load(folder: Path) -> Rulebook:
    about = read(folder / ABOUT).keys({"name", "title", "organisation", "status", "base", "note"}, set())
    if about.text("name") != folder.name:
        raise about.error(f"'name' is {about.text('name')!r}", f"A rulebook is called like its folder: {folder.name!r}")
    _refuse_unknown_files(folder, about)
    loaded = Rulebook(
        name=folder.name,
        title=about.text("title"),
        organisation=about.text("organisation"),
        status=cast('Literal["in force", "historical"]', about.choice("status", "in force", "historical")),
        base=cast(
            'Literal["whole allowance", "attendance component"]',
            about.choice("base", "whole allowance", "attendance component"),
        ),
        note=about.text("note"),
        tables=tuple(all_read(_there_in(folder), lambda kind: table(folder / f"{kind.name}.toml", kind.shape))),
    )
    _fits_together(about, loaded)
    _predicates_come_about(about, loaded)
    _names_known(loaded)
    _start_together(about, loaded)
    return loaded


def _there_in(folder: Path) -> list[TableKind[Any]]:
    """The tables to read: those that are there, and those that must be."""
    return [kind for kind in TABLES if kind.required or (folder / f"{kind.name}.toml").exists()]


UNIT_OF_BASE = {
    "whole allowance": "percent of the monthly allowance",
    "attendance component": "percent of the attendance component",
}


def _refuse_unknown_files(folder: Path, about: Block) -> None:
    found = {path.name for path in folder.iterdir()}
    known = {ABOUT, *(f"{kind.name}.toml" for kind in TABLES)}
    for name in sorted(found - known):
        close = difflib.get_close_matches(name, known, n=1)
        raise about.error(
            f"{folder / name} is no table of a rulebook", f"Call it {close[0] if close else sorted(known)}"
        )


def _fits_together(about: Block, loaded: Rulebook) -> None:
    component = loaded.base == "attendance component"
    weights, cap = loaded.get(WEIGHTS), loaded.get(OUTPUT_CAP)
    if (weights is None) != (cap is None) or component != (weights is not None):
        raise about.error(
            f"base is {loaded.base!r}, component_weights.toml is {'absent' if weights is None else 'there'}, "
            f"output_cap.toml is {'absent' if cap is None else 'there'}",
            'With base = "attendance component" give both tables, with "whole allowance" neither',
        )
    unit = UNIT_OF_BASE[loaded.base]
    for part in (loaded.get(kind) for kind in TABLES if kind.of_base):
        if part is not None and part.unit != unit:
            raise Block(part.path, part.name, "", {}).error(
                f"'unit' is {part.unit!r}, but base in {ABOUT} is {loaded.base!r}",
                f"Write unit = {unit!r}, or correct the base",
            )


def _predicates_come_about(about: Block, loaded: Rulebook) -> None:
    """Who is paid by a predicate needs one: a percentage that nobody could ever reach would wait in silence."""
    pay, method = loaded.get(PREDICATE_PAY), loaded.get(METHOD)
    if pay is None:
        return
    cure = 'Write it with predicate = "quadrant" or "score", or "unknown" where the law does not say how it comes about'
    if method is None:
        raise about.error("predicate_pay.toml is there, but evaluation_method.toml is absent", cure)
    first, begins = pay.versions[0].law.in_force, method.versions[0].law.in_force
    if begins > first:
        raise about.error(
            f"table predicate_pay begins on {first}, but evaluation_method only on {begins}",
            "Let the first version of evaluation_method be in force from that day or before it",
        )
    if any(version.content.predicate == "none" for version in method.versions):
        problem = "'predicate' is 'none', but predicate_pay.toml pays by one"
        raise Block(method.path, method.name, "", {}).error(problem, cure)


def _names_known(loaded: Rulebook) -> None:
    """A table of classes, or a predicate, that nobody knows would leave people unpaid unseen."""
    classes, pay = loaded.get(ALLOWANCE), loaded.get(PREDICATE_PAY)
    for version in classes.versions if classes else ():
        if version.content.classes:
            _known(classes, "classes", version.content.classes, allowances.names())
    for paid in pay.versions if pay else ():
        for predicate, _ in paid.content.percents:
            _known(pay, "predicate", predicate, PREDICATES)


def _known(where: Table[Any] | None, key: str, said: str, known: Sequence[str]) -> None:
    if where is not None and said not in known:
        problem = f"{key!r} is {said!r}, which is not known"
        raise Block(where.path, where.name, "", {}).error(problem, nearest(said, known))


PREDICATES = ("Sangat Baik", "Baik", "Cukup", "Butuh Perbaikan", "Kurang", "Kurang/misconduct", "Sangat Kurang")
"""Of PP 30/2019 and PermenPANRB 6/2022."""


def _start_together(about: Block, loaded: Rulebook) -> None:
    """A day is judged by all tables that no day can do without, or by none; a total has its weights from the start."""
    needed = [kind for kind in TABLES if kind.required or kind in {WEIGHTS, OUTPUT_CAP}]
    parts = [part for part in (loaded.get(kind) for kind in needed) if part is not None]
    starts = {part.name: part.versions[0].law.in_force for part in parts}
    latest = max(starts.values())
    for name, first in starts.items():
        if first != latest:
            last = max(starts, key=lambda other: starts[other])
            raise about.error(
                f"table {name} begins on {first}, but {last} only on {latest}",
                f"Let the first versions of {', '.join(starts)} be in force from the same day",
            )
