"""How a terminal is, in one word, by what is last known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from config.troubles import Trouble

Condition: TypeAlias = Literal["good", "late", "silent", "never", "needs_you", "clock_wrong", "retired"]
"""late: it should have been heard of by now, or failed just now; silent: for longer than is likely, somebody should
look; needs_you: nothing gets better until a person changes something; retired: out of use."""

FOR_A_PERSON: frozenset[Trouble | None] = frozenset(
    {
        None,
        "bad_address",
        "not_zk",
        "wrong_key",
        "door_mode",
        "another_machine",
        "clock_wrong",
        "clock_stays_wrong",
        "impersonated",
        "push_elsewhere",
        "push_key",
        "push_blocked",
        "unreadable_log",
        "our_fault",
    }
)
"""Troubles that do not pass by themselves; None is one that nobody has named."""
NO_TROUBLE: frozenset[Trouble | None] = frozenset({"end_missed"})
"""Told, but cured already."""

POLL_SECONDS = 300.0
"""Between two polls of a terminal, unless a setting says otherwise."""
LATE_POLLS, SILENT_POLLS = 3, 12
SHORTEST: tuple[timedelta, timedelta] = (timedelta(minutes=15), timedelta(hours=1))
LIKELY: Mapping[str, tuple[timedelta, timedelta]] = {
    "iclock": SHORTEST,  # asks for orders every few seconds
    "mqtt": (timedelta(days=1), timedelta(days=4)),  # need not say anything while nobody punches; a long weekend
    "attlog": (timedelta(days=35), timedelta(days=70)),  # a file a month
}
"""After so long without a sign of life a terminal is late, and silent."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a terminal's condition rests on. poll_seconds: between two polls of it. clock_off: too far, or flagged."""

    kind: str
    seen_at: datetime | None
    error: str | None
    trouble: Trouble | None
    retired_at: datetime | None
    poll_seconds: float
    clock_off: bool = False


def likely(kind: str, poll_seconds: float) -> tuple[timedelta, timedelta]:
    """After how long without a sign of life a terminal of this kind is late, and silent."""
    if kind in LIKELY:
        return LIKELY[kind]
    late, silent = SHORTEST
    interval = timedelta(seconds=poll_seconds)
    return max(late, LATE_POLLS * interval), max(silent, SILENT_POLLS * interval)


def condition(known: Known, now: datetime) -> Condition:
    """The condition of a terminal; now: aware."""
    late, silent = likely(known.kind, known.poll_seconds)
    troubled = known.error is not None and known.trouble not in NO_TROUBLE
    if known.retired_at is not None:
        return "retired"
    if troubled and (known.trouble in FOR_A_PERSON or known.seen_at is None):
        return "needs_you"
    if known.seen_at is None:
        return "never"
    if now - known.seen_at > silent:
        return "silent"
    if known.clock_off:
        return "clock_wrong"
    return "late" if troubled or now - known.seen_at > late else "good"
