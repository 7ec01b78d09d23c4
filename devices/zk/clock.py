"""The 32-bit time of ZK terminals: years of 12 months of 31 days, from 2000, no zone (docs/zk.md)."""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

DAY_SECONDS = 86_400
MONTH_DAYS = 31
YEAR_MONTHS = 12
FIRST_YEAR = 2000
LAST_YEAR = 2132
"""The last whole one that the code can name."""

IMPOSSIBLE_TIME = "The record's date does not exist in the calendar."


def local_times(codes: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    """Times to the second as the terminal's clock showed them; NaT where the code names a day that does not exist."""
    days, seconds = np.divmod(codes.astype(np.int64), DAY_SECONDS)
    months, day = np.divmod(days, MONTH_DAYS)
    month_starts = (months + (FIRST_YEAR - 1970) * YEAR_MONTHS).astype("datetime64[M]")
    dates = month_starts.astype("datetime64[D]") + day
    exists = dates.astype("datetime64[M]") == month_starts
    return np.where(exists, dates.astype("datetime64[s]") + seconds, np.datetime64("NaT"))


def local_time(code: int) -> datetime | None:
    """One naive time; None where the code names a day that does not exist."""
    (when,) = local_times(np.array([code])).tolist()
    return when  # type: ignore[no-any-return]  # a datetime, NaT as None


def time_code(when: datetime) -> int:
    """The code of a naive time, as `local_time` reads it; parts of a second drop.

    Raises:
        ValueError: the year is none that 32 bits can name, 2000 to 2132.
    """
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise ValueError(f"a terminal's clock knows the years {FIRST_YEAR} to {LAST_YEAR}, not {when.year}")
    days = ((when.year - FIRST_YEAR) * YEAR_MONTHS + when.month - 1) * MONTH_DAYS + when.day - 1
    return days * DAY_SECONDS + (when.hour * 60 + when.minute) * 60 + when.second
