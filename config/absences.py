"""The kinds of absence that a letter can name: their order where letters overlap, their words, the scans they need."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias, cast

from config.dated import read

FILE = Path(__file__).parent / "absence_kinds.toml"

Scans: TypeAlias = Literal["none", "one", "both", "in", "out"]
SCANS: tuple[Scans, ...] = ("none", "one", "both", "in", "out")


@dataclass(frozen=True, slots=True)
class AbsenceKind:
    """priority: 0 is the strongest. scans: which a day needs where the rulebook says nothing.

    child: the letter says which child it is for. duty: costs nothing where the rulebook is silent. words: by language.
    """

    name: str
    priority: int
    code: str
    scans: Scans
    child: bool
    duty: bool
    words: dict[Literal["id", "en"], str]


@lru_cache(maxsize=1)
def absence_kinds(path: Path = FILE) -> dict[str, AbsenceKind]:
    """All kinds by name, the strongest first.

    Raises:
        RulebookError: the file is broken.
    """
    top = read(path)
    found = {}
    for priority, (name, data) in enumerate(top.data.items()):
        block = top.child(data, name).keys({"id", "en", "code", "scans"}, {"child", "duty"})
        child, duty = (block.flag(key) if key in block.data else False for key in ("child", "duty"))
        scans = cast("Scans", block.choice("scans", *SCANS))
        words: dict[Literal["id", "en"], str] = {"id": block.text("id"), "en": block.text("en")}
        found[name] = AbsenceKind(name, priority, block.text("code"), scans, child, duty, words)
    return found
