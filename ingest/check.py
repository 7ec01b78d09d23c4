"""Pure: which records can be a punch at all. What cannot is handed back with its bytes and the reason."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter, itemgetter
from zoneinfo import ZoneInfo

from devices.records import (
    LONGEST_PIN,
    LONGEST_WORK_CODE,
    PUNCH_FIELDS,
    UNKNOWN_STATE,
    Batch,
    Punch,
    Rejected,
    pin_fault,
)

EARLIEST = datetime(2005, 1, 1)  # noqa: DTZ001  # local time of a terminal, without zone on purpose
"""Terminals whose clock battery is empty start again in 2000."""
AHEAD = timedelta(days=1)
"""How far a terminal's clock may run before ours."""
LARGEST_VERIFY = 32767
MICROSECOND = attrgetter("microsecond")
LOCAL_TIME = itemgetter(PUNCH_FIELDS.index("local_time"))
FEW_VALUES = tuple(itemgetter(PUNCH_FIELDS.index(name)) for name in ("pin", "state", "verify", "work_code"))
"""Columns that hold the same few values again and again, so that looking at each value once is enough."""


def split(batch: Batch, time_zone: str) -> tuple[Sequence[Punch], list[Rejected]]:
    """The punches of a batch that can be stored, and its rejected records with those that cannot be punches added.

    time_zone: of the terminal; the time of receipt is turned into it to be compared with what its clock showed.
    """
    latest = newest_allowed(batch.received_at, time_zone)
    rejected = list(batch.rejected)
    if sound(batch.punches, latest):
        return batch.punches, rejected
    good = []
    for punch in batch.punches:
        reason = fault(punch, latest)
        if reason is None:
            good.append(punch)
        else:
            rejected.append((punch[-1], reason))
    return good, rejected


def newest_plausible(punches: Iterable[Punch], received_at: datetime, time_zone: str) -> datetime | None:
    """The local time of the newest punch that can be true, for a terminal's health; None where there is none."""
    latest = newest_allowed(received_at, time_zone)
    return max((time for time in map(LOCAL_TIME, punches) if EARLIEST <= time <= latest), default=None)


@lru_cache(1024)
def newest_allowed(received_at: datetime, time_zone: str) -> datetime:
    """The last local time that is plausible in what was received then from a terminal of that zone."""
    return (received_at + AHEAD).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)


def fault(punch: Punch, latest: datetime) -> str | None:
    """Why a record cannot be stored as a punch, or None."""
    pin, local_time, state, verify, work_code, _ = punch
    pin_said = pin_fault(pin)
    faults = (
        (local_time < EARLIEST, f"implausible time {local_time}: before 2005"),
        (local_time > latest, f"implausible time {local_time}: more than a day after it was received"),
        (local_time.microsecond != 0, f"time {local_time} is not to the second"),
        (not _storable(pin + (work_code or "")), "text holds NUL or half a character, which a database cannot hold"),
        (pin_said is not None, str(pin_said)),
        (len(work_code or "") > LONGEST_WORK_CODE, f"the work code has more than {LONGEST_WORK_CODE} characters"),
        (not 0 <= state <= UNKNOWN_STATE, f"state {state} is not between 0 and {UNKNOWN_STATE}"),
        (
            verify is not None and not 0 <= verify <= LARGEST_VERIFY,
            f"verify method {verify} is not between 0 and {LARGEST_VERIFY}",
        ),
    )
    return next((reason for found, reason in faults if found), None)


def days(punches: Iterable[Punch]) -> set[date]:
    """The local dates of punches."""
    return {*map(datetime.date, map(LOCAL_TIME, punches))}


def first_sound(batches: Iterable[Batch]) -> tuple[str, Punch] | None:
    """The first punch, with its terminal's name, that can be looked for in the database."""
    punches = ((batch.terminal, punch) for batch in batches for punch in batch.punches)
    return next((found for found in punches if fault(found[1], datetime.max) is None), None)  # noqa: DTZ901  # local


def writable(text: str) -> str:
    """Text from outside with NUL and half characters made visible, as no database text can hold them."""
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _storable(text: str) -> bool:
    return writable(text) == text


def sound(punches: Sequence[Punch], latest: datetime) -> bool:
    """Whether every record can be stored. latest: as `newest_allowed` gives it."""
    return not punches or _plainly_sound(punches, latest) or not any(fault(punch, latest) for punch in punches)


def _plainly_sound(punches: Sequence[Punch], latest: datetime) -> bool:
    """Whether a look at whole columns already shows that no record has a fault; it may err to False only.

    Column by column, because looking at each record in turn takes five times as long.
    """
    pins, states, verifies, work_codes = ({*map(column, punches)} for column in FEW_VALUES)
    times = list(map(LOCAL_TIME, punches))
    said = verifies - {None}
    codes = work_codes - {None}
    texts = "".join((*pins, *codes))
    return (
        min(times) >= EARLIEST
        and max(times) <= latest
        and not any(map(MICROSECOND, times))
        and min(states) >= 0
        and max(states) <= UNKNOWN_STATE
        and min(said, default=0) >= 0
        and max(said, default=0) <= LARGEST_VERIFY
        and all(pins)
        and max(map(len, pins)) <= LONGEST_PIN
        and max(map(len, codes), default=0) <= LONGEST_WORK_CODE
        and texts.isascii()
        and texts.isprintable()
        and " " not in texts
    )
