"""One digest for all work days of an employee: what a score rests on, and whether a stored day can differ."""

import hashlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.frames import WORK_DAYS, Schema, checked

JUDGED_DAYS: Schema = WORK_DAYS | {
    "steps": pl.String(),  # JSON text, as computed
    "rulebook": pl.String(),
    "facts_digest": pl.String(),  # of the law of the day and the clock
}
"""Work days as they are stored. No serial number of a database is in a digest."""
DIGESTS: Schema = {"employee": pl.Int32(), "days_digest": pl.String()}
MOMENTS = ("expected_in", "expected_out", "first_in", "last_out")
FIGURES = ("day", "shift", "kind", *MOMENTS, "minutes_late", "minutes_early", "absent", "deduction")
TEXTS = ("name", "codes", "roster", "rulebook", "facts_digest", "steps")
NO_FIGURE, NO_TEXT = 1 - 2**63, "\0"


def days_digests(days: pl.DataFrame) -> pl.DataFrame:
    """SHA-256 of all work days of each employee, in hexadecimal figures. → DIGESTS.

    days: JUDGED_DAYS, those of an employee together, by day and shift. First a line a work day of its texts, parted by
    U+001F, then its figures as 64-bit little-endian numbers: days and microseconds since 1970, the place of a kind in
    DAY_KIND; numbers because writing them as text takes three times as long.
    """
    days = checked(days, JUDGED_DAYS, "days_digests")
    figures = days.select(pl.col(FIGURES).to_physical().cast(pl.Int64).fill_null(NO_FIGURE))
    numbers = figures.to_numpy(order="c").astype("<i8", copy=False)
    line = pl.concat_str([pl.col(name).fill_null(NO_TEXT) for name in TEXTS], separator="\x1f").str.join("\n")
    told = days.group_by("employee", maintain_order=True).agg(line.alias("text"), end=pl.len())
    told = told.with_columns(pl.col("end").cum_sum())
    starts = [0, *told["end"].to_list()]
    digests = [
        _hashed(text, numbers[start:end]) for text, start, end in zip(told["text"], starts, told["end"], strict=False)
    ]
    return told.select("employee", days_digest=pl.Series(digests, dtype=pl.String))


def _hashed(text: str, numbers: NDArray[np.int64]) -> str:
    found = hashlib.sha256(text.encode())
    found.update(numbers.data)
    return found.hexdigest()
