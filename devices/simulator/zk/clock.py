"""A simulated terminal's clock: whole seconds, no zone, and wrong in every way that is known of real ones."""

from collections.abc import Callable
from datetime import datetime, timedelta

DAY = timedelta(days=1)
START = datetime(2000, 1, 1)  # noqa: DTZ001 - as terminals show their time
"""What a clock shows whose battery is empty, when the power comes back."""


class Clock:
    """It runs as `now` does, until somebody sets it or something happens to it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._ahead = timedelta(0)
        self._gain = timedelta(0)
        self._since = now()

    def read(self) -> datetime:
        return self._exactly().replace(microsecond=0)

    def set(self, when: datetime) -> None:
        self._since = self._now()
        self._ahead = when - self._since

    def drift(self, a_day: timedelta) -> None:
        """From now on it gains so much a day; less than nothing: it loses."""
        self.set(self._exactly())
        self._gain = a_day

    def jump(self, by: timedelta) -> None:
        """As after a power cut, or when the terminal changes to summer time by itself."""
        self.set(self._exactly() + by)

    def reset(self) -> None:
        """As after a power cut with an empty battery."""
        self.set(START)

    def _exactly(self) -> datetime:
        now = self._now()
        return now + self._ahead + self._gain * ((now - self._since) / DAY)


def system_time() -> datetime:
    """This machine's local time, naive as terminals show theirs."""
    return datetime.now().astimezone().replace(tzinfo=None)
