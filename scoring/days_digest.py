"""One digest for all work days of an employee: what a score rests on, and whether a stored day can differ."""

import hashlib

import polars as pl

from scoring.frames import WORK_DAYS, Schema, checked

JUDGED_DAYS: Schema = WORK_DAYS | {
    "steps": pl.String(),  # JSON text, as computed
    "rulebook": pl.String(),
    "facts_digest": pl.String(),  # of the law of the day and the clock
}
"""Work days as they are stored. No serial number of a database is in a digest."""
DIGESTS: Schema = {"employee": pl.Int32(), "days_digest": pl.String()}
MOMENTS = ("expected_in", "expected_out", "first_in", "last_out")


def days_digests(days: pl.DataFrame) -> pl.DataFrame:
    """SHA-256 of all work days of each employee, in hexadecimal figures. → DIGESTS.

    days: JUDGED_DAYS, those of an employee by day and shift. A line a work day: its columns in their order, but the
    employee; moments in microseconds since 1970, "-" for null, "true" and "false".
    """
    columns = [name for name in checked(days, JUDGED_DAYS, "days_digests").columns if name != "employee"]
    texts = [
        pl.col(name).to_physical().cast(pl.String) if name in MOMENTS else pl.col(name).cast(pl.String)
        for name in columns
    ]
    line = pl.concat_str([text.fill_null("-") for text in texts], separator="|")
    told = days.group_by("employee", maintain_order=True).agg(line.str.join("\n"))
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in told.to_series(1)]
    return told.select("employee", days_digest=pl.Series(digests, dtype=pl.String))
