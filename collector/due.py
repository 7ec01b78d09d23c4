"""When a terminal is read next. Pure: the load is spread by the terminals' names, the same way after each restart."""

import zlib

START_SECONDS = 0.04
"""After a start terminals are read one after the other at this pace, where there are many."""
MOST_INTERVALS = 4
"""A terminal that keeps failing is tried less and less often, down to once in so many of its intervals."""
RETRY_SECONDS = 60.0
"""The longest wait after a first failure, which is often over at once."""


def phase(name: str) -> float:
    """Where in each interval a terminal has its place: from 0 to below 1."""
    return zlib.crc32(name.encode()) / (1 << 32)


def first_wait(name: str, interval: float, terminals: int) -> float:
    """Seconds from the start of a collector, or of a terminal's life in it, to the first reading."""
    return phase(name) * min(interval, terminals * START_SECONDS)


def next_wait(name: str, interval: float, at: float) -> float:
    """Seconds from a good reading at this time of the clock to the terminal's next place, half an interval at least."""
    wait = (phase(name) * interval - at) % interval
    return wait if wait >= interval / 2 else wait + interval


def retry_wait(name: str, interval: float, failures: int) -> float:
    """Seconds after so many failures in a row, one at least; spread, so that a site does not come back all at once."""
    wait = min(interval, RETRY_SECONDS) if failures == 1 else interval * min(2 ** (failures - 2), MOST_INTERVALS)
    return wait * (0.75 + phase(name) / 2)
