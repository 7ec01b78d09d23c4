"""What a sanction that the law provides would take in money: of the class allowance, where that is known."""

from datetime import date

import polars as pl

from config.dated import RulebookError
from config.rulebook_tables import ALLOWANCE
from config.rulebooks import rulebook
from scoring import pay
from scoring.frames import Schema, checked
from scoring.performance_law import class_version
from scoring.rounding import FULL

POSTS: Schema = {
    "employee": pl.Int32(),
    "day": pl.Date(),
    "class": pl.Int64(),  # of the post on that day; null = not known
    "candidate": pl.Boolean(),
}
WORTH: Schema = {
    "allowance": pl.Int64(),  # sen a month, of a candidate the share; null = no cut, or not known
    "monthly": pl.Int64(),  # sen that the cut takes of it a month; null likewise
    "in_all": pl.Int64(),  # sen, in all months of the cut; null likewise, or where no months are said
}


def worth(flagged: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """The flags (FLAGS and rulebook) in their order, with WORTH: by class and rulebook of the day they were reached on.

    posts: POSTS. The cut of a month is rounded as the rulebook says, once; in all is that times the months.
    """
    known = flagged.with_row_index("at").join(checked(posts, POSTS, "worth"), on=["employee", "day"], how="left")
    parts = [_by(ours, name, day) for (name, day), ours in known.group_by("rulebook", "day", maintain_order=True)]
    if not parts:
        return flagged.with_columns(pl.lit(None, kind).alias(name) for name, kind in WORTH.items())
    return pl.concat(parts).sort("at").select(*flagged.columns, *WORTH)


def _by(flagged: pl.DataFrame, name: object, day: object) -> pl.DataFrame:
    assert isinstance(day, date)
    sen, candidate, rounding = _law(name, day)
    class_ = pl.col("class").replace_strict(sen, default=None, return_dtype=pl.Int64) if sen else pl.lit(None, pl.Int64)
    base = pay.base(class_, pl.col("candidate").fill_null(value=False), candidate).cast(pl.Int64)
    cut = pl.col("cut").cast(pl.Int64)
    return (
        flagged.with_columns(allowance=pl.when(cut.is_not_null()).then(base))
        .with_columns(monthly=pay.amount(pl.col("allowance"), cut * FULL, rounding).cast(pl.Int64))
        .with_columns(in_all=pl.col("monthly") * pl.col("months").cast(pl.Int64))
    )


def _law(name: object, day: date) -> tuple[dict[int, int], int | None, pay.Rounding]:
    """Sen of each class, a candidate's share (None = not known), the rounding; no class where law is not readable."""
    try:
        book = rulebook(str(name))
        version, classes = book.on(ALLOWANCE, day), class_version(book, day)
    except RulebookError:
        return {}, None, "sen"
    if version is None or classes is None:
        return {}, None, "sen"
    known = {number: sen for number, sen in classes.content.sen if sen is not None}
    return known, version.content.candidate, version.content.rounding
