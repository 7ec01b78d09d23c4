"""The allowance of each class, a dated table an organisation in config/allowances."""

import difflib
from functools import lru_cache
from pathlib import Path

from config.dated import RulebookError, Table
from config.kinds.pay import CLASSES, Classes
from config.kinds.shape import table

FOLDER = Path(__file__).parent / "allowances"


def names(folder: Path = FOLDER) -> list[str]:
    """The tables there are, by the name that a rulebook says."""
    return sorted(path.stem for path in folder.glob("*.toml"))


@lru_cache(maxsize=64)
def classes(name: str, folder: Path = FOLDER) -> Table[Classes]:
    """Read and check one table.

    Raises:
        RulebookError: there is none of that name, or the file is broken.
    """
    known = names(folder)
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(known)}."
        raise RulebookError(f"There is no table of classes {name!r} in {folder}. {hint}")
    return table(folder / f"{name}.toml", CLASSES)
