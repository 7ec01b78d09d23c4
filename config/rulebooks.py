"""Rulebooks: one organisation's regulation as dated tables, a folder each in config/rulebooks."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from config.dated import Basis, Block, RulebookError, Table, Version, read
from config.digests import digest, digest_of_tables
from config.kinds import (
    ABSENCE,
    BANDS,
    CAP,
    MISSING_SCAN,
    OUTPUT_CAP,
    SCANS,
    WEIGHTS,
    Band,
    Rate,
    Scans,
    Weights,
    table,
)

FOLDER = Path(__file__).parent / "rulebooks"
ABOUT = "rulebook.toml"


@dataclass(frozen=True)
class Rulebook:
    """Tables of one organisation. Those that are None are not part of its regulation.

    base: what a deduction is taken from, "whole allowance" or "attendance component".
    status: "historical" = superseded, still selectable by name.
    """

    name: str
    title: str
    organisation: str
    status: Literal["in force", "historical"]
    base: Literal["whole allowance", "attendance component"]
    note: str
    scans: Table[Scans]
    lateness: Table[tuple[Band, ...]]
    early_leave: Table[tuple[Band, ...]]
    missing_scan: Table[tuple[Rate, ...]]
    absence: Table[tuple[Rate, ...]]
    monthly_cap: Table[tuple[Rate, ...]] | None
    weights: Table[Weights] | None
    output_cap: Table[tuple[Rate, ...]] | None

    @property
    def day_tables(self) -> tuple[Table[Any], ...]:
        """The tables that decide about a single day."""
        return (self.scans, self.lateness, self.early_leave, self.missing_scan, self.absence)

    @property
    def period_tables(self) -> tuple[Table[Any], ...]:
        """The tables that decide about a month."""
        return tuple(table for table in (self.monthly_cap, self.weights, self.output_cap) if table is not None)

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        return self.day_tables + self.period_tables

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all it says, in canonical form."""
        about = (self.name, self.title, self.organisation, self.status, self.base, self.note)
        return digest(about, digest_of_tables(self.tables))

    def basis_on(self, day: date) -> Basis:
        """Assumption when any percentage in force that day is one; how scans are read is a convention apart."""
        laws = [table.on(day).law for table in self.tables if table is not self.scans]
        return "assumption" if any(law.basis == "assumption" for law in laws) else "regulation"

    def versions_on(self, day: date) -> Iterator[tuple[str, Version[Any]]]:
        """Each table of a day with its version in force."""
        return ((table.name, table.on(day)) for table in self.day_tables)


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
        scans=table(folder / "scans.toml", SCANS),
        lateness=table(folder / "lateness_deduction.toml", BANDS),
        early_leave=table(folder / "early_leave_deduction.toml", BANDS),
        missing_scan=table(folder / "missing_scan_deduction.toml", MISSING_SCAN),
        absence=table(folder / "absence_deduction.toml", ABSENCE),
        monthly_cap=table(path, CAP) if (path := folder / "monthly_cap.toml").exists() else None,
        weights=table(path, WEIGHTS) if (path := folder / "component_weights.toml").exists() else None,
        output_cap=table(path, OUTPUT_CAP) if (path := folder / "output_cap.toml").exists() else None,
    )
    _fits_together(about, loaded)
    _start_together(about, loaded)
    return loaded


UNIT_OF_BASE = {
    "whole allowance": "percent of the monthly allowance",
    "attendance component": "percent of the attendance component",
}
REQUIRED = {"rulebook", "scans", "lateness_deduction", "early_leave_deduction"} | {
    "missing_scan_deduction",
    "absence_deduction",
}
OPTIONAL = {"monthly_cap", "component_weights", "output_cap"}


def _refuse_unknown_files(folder: Path, about: Block) -> None:
    found = {path.name for path in folder.iterdir()}
    known = {f"{name}.toml" for name in REQUIRED | OPTIONAL}
    for name in sorted(found - known):
        close = difflib.get_close_matches(name, known, n=1)
        raise about.error(
            f"{folder / name} is no table of a rulebook", f"Call it {close[0] if close else sorted(known)}"
        )


def _fits_together(about: Block, loaded: Rulebook) -> None:
    component = loaded.base == "attendance component"
    if (loaded.weights is None) != (loaded.output_cap is None) or component != (loaded.weights is not None):
        raise about.error(
            f"base is {loaded.base!r}, component_weights.toml is {'absent' if loaded.weights is None else 'there'}, "
            f"output_cap.toml is {'absent' if loaded.output_cap is None else 'there'}",
            'With base = "attendance component" give both tables, with "whole allowance" neither',
        )
    unit = UNIT_OF_BASE[loaded.base]
    for part in (loaded.lateness, loaded.early_leave, loaded.missing_scan, loaded.absence, loaded.monthly_cap):
        if part is not None and part.unit != unit:
            raise Block(part.path, part.name, "", {}).error(
                f"'unit' is {part.unit!r}, but base in {ABOUT} is {loaded.base!r}",
                f"Write unit = {unit!r}, or correct the base",
            )


def _start_together(about: Block, loaded: Rulebook) -> None:
    """A day is judged by all tables of a day, or by none."""
    starts = {part.name: part.versions[0].law.in_force for part in loaded.day_tables}
    latest = max(starts.values())
    for name, first in starts.items():
        if first != latest:
            last = max(starts, key=lambda other: starts[other])
            raise about.error(
                f"table {name} begins on {first}, but {last} only on {latest}",
                f"Let the first versions of {', '.join(starts)} be in force from the same day",
            )
