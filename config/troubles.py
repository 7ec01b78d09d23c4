"""What can be wrong with a terminal: one name for each, with its words and its cure in both languages."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

Trouble: TypeAlias = Literal[
    "bad_address",
    "unknown_name",
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
    "broker_dropped",
    "silent",
]

WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
"""Trouble → "what" and "cure" → language ("id", "en") → a sentence."""


def what(trouble: str, language: str) -> str:
    """What is wrong, in a sentence."""
    return WORDS[trouble]["what"][language]


def cure(trouble: str, language: str) -> str:
    """What to do about it, in a sentence."""
    return WORDS[trouble]["cure"][language]
