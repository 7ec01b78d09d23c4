"""The punches behind a month's steps, each with the zone it was made in, and those that no step rests on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias

from api.models import Mark, Punch, PunchKey, Step

Key: TypeAlias = tuple[str, str, datetime, int]


class Evidence:
    """punches: all of one employee's of a month, by days of the unit."""

    def __init__(self, punches: Sequence[Punch]) -> None:
        self._punches = {_key(punch): punch for punch in punches}

    def behind(self, step: Step) -> list[PunchKey]:
        """The step's punches. Steps that were written before they told the zone are completed from the punch itself."""
        return [self._told(punch) for punch in step.punches]

    def beside(self, step: Step, day: date) -> list[Punch]:
        """The other punches of a day of the unit, whatever date the terminal's clock showed."""
        used = {_key(punch) for punch in step.punches}
        return [
            punch
            for key, punch in self._punches.items()
            if punch.unit_time is not None and punch.unit_time.date() == day and key not in used
        ]

    def marks(self, punch: PunchKey) -> list[Mark]:
        """Why the time of a punch is doubtful."""
        known = self._punches.get(_key(punch))
        return [] if known is None else known.marks

    def doubtful(self) -> list[Punch]:
        """The month's punches whose time is doubtful, also those that no step rests on."""
        return [punch for punch in self._punches.values() if punch.marks]

    def _told(self, punch: PunchKey) -> PunchKey:
        return punch if punch.time_zone is not None else self._punches.get(_key(punch), punch)


def _key(punch: PunchKey) -> Key:
    return punch.terminal, punch.pin, punch.local_time, punch.state
