"""Why a scan of a day is corrected by a letter, and the words for it."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from config.dated import read

FILE = Path(__file__).parent / "correction_reasons.toml"


@lru_cache(maxsize=1)
def correction_reasons(path: Path = FILE) -> dict[str, dict[Literal["id", "en"], str]]:
    """The words of each reason by language, by its name.

    Raises:
        RulebookError: the file is broken.
    """
    top = read(path)
    blocks = {name: top.child(data, name).keys({"id", "en"}, set()) for name, data in top.data.items()}
    return {name: {"id": block.text("id"), "en": block.text("en")} for name, block in blocks.items()}
