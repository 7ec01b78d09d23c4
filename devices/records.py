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

Source: TypeAlias = Literal["poll", "live", "push", "mqtt", "file"]
"""The way a record came. The poll is the truth; the others are early or manual news of it."""

Punch: TypeAlias = tuple[str, datetime, int, int | None, str | None, bytes]
"""(pin, local_time, state, verify, work_code, raw), in the order of PUNCH_FIELDS.

pin: text without NUL and outer blanks, leading zeros kept; `uid:<n>` where the record knows only the internal number.
local_time: naive, to the second, as the terminal's clock showed it.
state: 0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 not said.
verify: how the person was recognised, in the numbers of the dialect; None where not said.
work_code: text; None where the record has no such field.
raw: the bytes of this one record as they came.
"""

PUNCH_FIELDS = ("pin", "local_time", "state", "verify", "work_code", "raw")

Rejected: TypeAlias = tuple[bytes, str]
"""(raw, reason): a record that cannot be taken as a punch, its bytes as they came, and why in one English sentence."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one terminal that arrived together.

    terminal: the terminal's name in the database, or the identity it claims where it is not registered.
    received_at: aware; plausibility is judged against it, never against the clock.
    """

    terminal: str
    source: Source
    received_at: datetime
    punches: Sequence[Punch] = ()
    rejected: Sequence[Rejected] = ()
