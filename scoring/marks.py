"""What marks mean: which days of which employees are to be scored."""

from dataclasses import dataclass

import polars as pl

from scoring.frames import WANTED, Schema, checked

ENROLLED: Schema = {
    "terminal": pl.Int32(),
    "employee": pl.Int32(),
    "valid_from": pl.Date(),
    "valid_until": pl.Date(),  # excluded; null = still
    "beside": pl.Boolean(),  # a punch of another time zone, or of a shift across midnight, may be of the day beside
}
MARKED: Schema = {"terminal": pl.Int32(), "day": pl.Date()}


@dataclass(frozen=True, slots=True)
class Marks:
    """named: WANTED, of employees by themselves; of_terminals: MARKED, whose punches changed; enrolled: ENROLLED there.

    They are spread over the employees of one partition at a time: a terminal's day means each of hundreds.
    """

    named: pl.DataFrame
    of_terminals: pl.DataFrame
    enrolled: pl.DataFrame

    def who(self) -> pl.DataFrame:
        """employee: whoever some mark may mean."""
        return pl.concat([frame.select("employee") for frame in (self.named, self.enrolled)])

    def of(self, who: pl.DataFrame) -> pl.DataFrame:
        """WANTED: the days that are marked of these employees (a frame with that column)."""
        ours = self.enrolled.join(who, on="employee", how="semi")
        meant = ours.join(self.of_terminals, on="terminal").filter(
            (pl.col("day") >= pl.col("valid_from"))
            & (pl.col("valid_until").is_null() | (pl.col("day") < pl.col("valid_until")))
        )
        beside = [meant.filter("beside").with_columns(pl.col("day").dt.offset_by(f"{n}d")) for n in (-1, 1)]
        named = self.named.join(who, on="employee", how="semi")
        days = pl.concat([named, *(frame.select(WANTED.keys()) for frame in (meant, *beside))])
        return checked(days, WANTED, "marks").unique()
