"""One step of the walk: how it stands, in a sentence, and what to do about it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Literal, TypeAlias

from config import troubles
from config.troubles import Trouble

Language: TypeAlias = Literal["id", "en"]
State: TypeAlias = Literal["good", "broken", "unknown"]
"""unknown: it may be well, and may be worth a look; nothing is broken for sure."""

WORDS: Mapping[str, Mapping[str, Mapping[Language, str]]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
"""Step → state or "cure" → language → a sentence with places for the values. A state with `_never` behind it: its own
sentence for what never happened."""

ERROR_ID = "Gangguan yang belum ada kata-katanya di sini; pesannya dalam bahasa Inggris: “{error}”"
"""Around an error that is no trouble with a name, and has no words but its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """step: a key of WORDS. values: what its sentences name; None: it never happened. error: in English, in detail.

    explained: by a fault told before, whose cure is this one's too.
    """

    step: str
    state: State
    values: Mapping[str, object] = field(default_factory=dict)
    trouble: Trouble | None = None
    error: str | None = None
    explained: bool = False

    def sentence(self, language: Language) -> str:
        """How the step stands."""
        if self.error is not None and language == "en":
            return self.error
        if self.trouble is not None:
            return troubles.what(self.trouble, language)
        if self.error is not None:
            return ERROR_ID.format(error=self.error)
        words = WORDS[self.step]
        told, never = words[self.state][language], words.get(f"{self.state}_never")
        if never and any(name and self.values[name] is None for _, name, _, _ in Formatter().parse(told)):
            told = never[language]
        return told.format_map(_said(self.values))

    def cure(self, language: Language) -> str | None:
        """What to do about it; None where nothing needs to be done, or the sentence says it."""
        if self.state == "good" or self.explained:
            return None
        if self.trouble is not None:
            name, serial = (None if value is None else str(value) for value in map(self.values.get, ("name", "serial")))
            return troubles.cure(self.trouble, language, name, serial)
        told = WORDS.get(self.step, {}).get("cure")
        return None if told is None or self.error is not None else told[language].format_map(_said(self.values))


def _said(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _one(value) for name, value in values.items()}


def _one(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" + (" UTC" if value.tzinfo else "")
    return value
