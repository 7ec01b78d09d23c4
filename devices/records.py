"""The records that travel from terminals to the database.

They travel as plain tuples in one declared order, because an object per punch costs a factor of 4 to 20
(design: batches). A `Batch` says once what all its records share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

UNKNOWN_STATE = 255
"""The state of a punch whose terminal has no state keys, or did not say it. Never null: it is part of the key."""

LONGEST_PIN = 64
LONGEST_WORK_CODE = 64
"""Characters. Both stand in keys, and an index of PostgreSQL takes no row above 2.7 kB."""

INTERNAL = "uid:"
"""Begins the pin of a record that knows only the terminal's internal number of a person."""

Source: TypeAlias = Literal["poll", "live", "push", "mqtt", "file"]
"""The way a record came. The poll is the truth; the others are early or manual news of it."""

Punch: TypeAlias = tuple[str, datetime, int, int | None, str | None, bytes]
"""(pin, local_time, state, verify, work_code, raw), in the order of PUNCH_FIELDS.

pin: as `pin_fault` wants it, leading zeros kept; `uid:<n>` where the record knows only the internal number.
local_time: naive, to the second, as the terminal's clock showed it.
state: 0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 not said.
verify: how the person was recognised, in the numbers of the dialect; None where not said.
work_code: text; None where the record has no such field.
raw: the bytes of this one record as they came.
"""

PUNCH_FIELDS = ("pin", "local_time", "state", "verify", "work_code", "raw")

Rejected: TypeAlias = tuple[bytes, str]
"""(raw, reason): a record that cannot be taken as a punch, its bytes as they came, and why in one English sentence."""

Doubt: TypeAlias = Literal["clock_doubted", "time_of_receipt", "other_offset"]
"""Why the time of a punch is doubtful, as its own record says.

clock_doubted: the terminal says that its clock may be wrong. time_of_receipt: the record has no time, and got the time
of its first receipt. other_offset: it names another offset from UTC than the zone where the terminal hangs.
"""

Mark: TypeAlias = tuple[str, datetime, int, Doubt]
"""(pin, local_time, state, doubt): the key of a punch, in the order of PUNCH_FIELDS, and what is doubtful in it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one terminal that arrived together.

    terminal: the terminal's name in the database, or the identity it claims where it is not registered.
    received_at: aware; plausibility is judged against it, never against the clock.
    marks: of some of the punches; one of a record that is no punch after all is left out.
    """

    terminal: str
    source: Source
    received_at: datetime
    punches: Sequence[Punch] = ()
    rejected: Sequence[Rejected] = ()
    marks: Sequence[Mark] = ()


def pin_fault(pin: str) -> str | None:
    """Why a text is no pin in normal form, or None."""
    if not pin or pin != pin.strip():
        return f"pin {_cut(pin)} is empty or has outer blanks"
    if len(pin) > LONGEST_PIN or not pin.isprintable():
        return f"pin {_cut(pin)} is not 1 to {LONGEST_PIN} printable characters"
    return None


def text_pin_fault(pin: str) -> str | None:
    """As `pin_fault`, of a number that people chose: it may not look like an internal one."""
    if pin.startswith(INTERNAL):
        return f"pin {_cut(pin)} begins with {INTERNAL}, which marks internal numbers of terminals"
    return pin_fault(pin)


def _cut(pin: str) -> str:
    return ascii(pin if len(pin) <= LONGEST_PIN else pin[:20] + "...")
