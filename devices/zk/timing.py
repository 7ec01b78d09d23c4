"""What a terminal's clock shows, and at which moment of ours: half the way there and back after it was asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from devices.zk.clock import local_time
from devices.zk.frames import Command

ASKS = 3
"""Most times the clock is asked; the quickest answer counts."""
QUICK = timedelta(milliseconds=500)
"""An answer this quick is exact enough: the clock itself shows whole seconds only."""
HALF_A_SECOND = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class Moment:
    """One look at a terminal's clock.

    code: its time as `devices.zk.clock` reads it; None where it declines to say it. at: aware, when it showed that.
    round_trip: the way there and back; the terminal may have looked at its clock at any moment of it.
    """

    code: int | None
    at: datetime
    round_trip: timedelta

    @property
    def clock(self) -> datetime | None:
        """Naive, to the second; None where it declined, or names a day that does not exist."""
        return None if self.code is None else local_time(self.code)

    @property
    def no_such_day(self) -> bool:
        return self.code is not None and self.clock is None

    def offset(self, zone: tzinfo) -> timedelta | None:
        """How far it is ahead of the time in the zone where it hangs, to `uncertainty`.

        A clock of whole seconds has shown its time for half a second on average.
        """
        if self.clock is None:
            return None
        return self.clock + HALF_A_SECOND - self.at.astimezone(zone).replace(tzinfo=None)

    @property
    def uncertainty(self) -> timedelta:
        """Half a second, for a clock that shows whole ones, and half the way there and back."""
        return HALF_A_SECOND + self.round_trip / 2


def measured(ask: Callable[[Command], bytes | None]) -> Moment:
    """Ask for the time, again where the answer took long, and keep the quickest answer.

    Raises:
        Exception: what ask raises.
    """
    looks: list[Moment] = []
    while not looks or (looks[-1].round_trip > QUICK and len(looks) < ASKS):
        looks.append(_look(ask))
    return min(looks, key=lambda look: look.round_trip)


def _look(ask: Callable[[Command], bytes | None]) -> Moment:
    asked_at, begun = datetime.now(UTC), time.monotonic()
    shown = ask(Command.GET_TIME)
    round_trip = timedelta(seconds=time.monotonic() - begun)
    code = int.from_bytes(shown[:4], "little") if shown else None
    return Moment(code, asked_at + round_trip / 2, round_trip)
