"""Where a simulated terminal's people and punches come from: pins, a duty roster, or an attendance log file."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from devices import attlog
from devices.records import Punch, Rejected
from devices.simulator.zk.records import Person, SimulatorError, StoredPunch

EARLY_IN = timedelta(minutes=25)
LATE_OUT = timedelta(minutes=35)


class Duty(NamedTuple):
    """One line of a roster: this person is expected on this terminal from start to end, both naive local times."""

    pin: str
    start: datetime
    end: datetime


def people_of(pins: Iterable[str]) -> list[Person]:
    """People with these pins, each once, numbered from 1 in their order."""
    return [Person(uid, pin) for uid, pin in enumerate(dict.fromkeys(pins), start=1)]


def log_of_roster(duties: Iterable[Duty], seed: int) -> list[StoredPunch]:
    """A punctual log in order of time: in shortly before each start, out shortly after each end."""
    chance = random.Random(seed)  # noqa: S311 - made-up punches, no secret
    punches: list[StoredPunch] = []
    for pin, start, end in duties:
        before = timedelta(seconds=chance.randrange(int(EARLY_IN.total_seconds())))
        after = timedelta(seconds=chance.randrange(int(LATE_OUT.total_seconds())))
        punches += [StoredPunch(pin, start - before, 0), StoredPunch(pin, end + after, 1)]
    return sorted(punches, key=lambda punch: punch.local_time)


def read_attlog(path: Path) -> tuple[list[StoredPunch], list[Rejected]]:
    """The punches of an exported log in their order, and the lines that hold none.

    Raises:
        SimulatorError: the file cannot be read, or is plainly something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SimulatorError(f"{path} cannot be read: {error.strerror}.") from error
    if other := attlog.other_format(content):
        raise SimulatorError(f"{path} is {other}, not an attendance log from a USB stick.")
    stored: list[StoredPunch] = []
    rejected: list[Rejected] = []
    for (punches, bad), _ in attlog.read(content.split(b"\n")):
        stored += stored_of(punches)
        rejected += bad
    return stored, rejected


def stored_of(punches: Sequence[Punch]) -> list[StoredPunch]:
    """Punches in the form that terminals store.

    Raises:
        SimulatorError: a work code is no number.
    """
    return [
        StoredPunch(pin, when, state, verify or 0, _work_code(code, raw))
        for pin, when, state, verify, code, raw in punches
    ]


def _work_code(code: str | None, raw: bytes) -> int:
    if not code:
        return 0
    if not (code.isascii() and code.isdecimal()):
        raise SimulatorError(f"A terminal holds work codes as numbers, so not {code!r} of {raw!r}.")
    return int(code)
