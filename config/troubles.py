"""What can be wrong with a terminal: one name for each, with its words and its cure in both languages."""

import re
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

Trouble: TypeAlias = Literal[
    "bad_address",
    "unknown_name",
    "unanswered_name",
    "refused",
    "no_connection",
    "no_route",
    "no_udp",
    "held",
    "not_zk",
    "wrong_key",
    "door_mode",
    "interrupted",
    "odd_answer",
    "unreadable_log",
    "end_missed",
    "another_machine",
    "clock_wrong",
    "clock_stays_wrong",
    "busy",
    "not_stored",
    "our_fault",
    "broker_name",
    "broker_refused",
    "broker_silent",
    "broker_refuses_us",
    "went_offline",
    "impersonated",
    "punches_missing",
    "push_elsewhere",
    "push_key",
    "push_blocked",
    "upload_too_large",
    "upload_broken",
    "broker_dropped",
    "silent",
]

WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
"""Trouble → "what" and "cure" → language ("id", "en") → a sentence."""


PLACE = re.compile(r"\b(?:NAMA|NAME|NOMOR-SERI|SERIAL-NUMBER)\b")
"""Where a cure has the terminal's name or serial number, in either language."""


def what(trouble: str, language: str) -> str:
    """What is wrong, in a sentence."""
    return WORDS[trouble]["what"][language]


def cure(trouble: str, language: str, name: str | None = None, serial_number: str | None = None) -> str:
    """What to do about it, in a sentence; with the terminal's name and number in its commands, where they are known."""
    known = {"NAMA": name, "NAME": name, "NOMOR-SERI": serial_number, "SERIAL-NUMBER": serial_number}

    def filled(place: re.Match[str]) -> str:
        value = known[place[0]]
        return place[0] if value is None else shlex.quote(value)

    return PLACE.sub(filled, WORDS[trouble]["cure"][language])
