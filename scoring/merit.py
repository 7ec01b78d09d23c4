"""The merit map: people by result and by behaviour, three levels each. It places, it never changes a score."""

import polars as pl

from config.kinds.predicate import RATINGS
from config.kinds.standing import Borders, MeritBorders
from scoring.frames import Schema, checked

STANDING: Schema = {
    "employee": pl.Int32(),
    "nip": pl.String(),
    "name": pl.String(),
    "scored": pl.Boolean(),  # there is a score of the period
    "output": pl.Int64(),  # of the score, hundredths of a percent, as the next
    "behaviour": pl.Int64(),  # never from fewer than three peers or subordinates: see scoring.behaviour
    "result_said": pl.String(),  # above, as expected, below: the superior's word by PermenPANRB 6/2022, as the next
    "behaviour_said": pl.String(),
    "predicate": pl.String(),
    "weighed": pl.String(),  # table by which the score weighs ratings, "" where that lacks; null: it needs no behaviour
}
"""What is known of an employee in a period."""
PLACED: Schema = STANDING | {
    "result": pl.String(),  # above, as expected, below; null where it is not known, as the next
    "conduct": pl.String(),
    "basis": pl.String(),  # "assumption" where a border that no text names decided; null where not placed
    "lacking": pl.String(),  # why there is no place: a key of standing_commands.LACKING; null where there is one
}


def placed(standing: pl.DataFrame, borders: MeritBorders) -> pl.DataFrame:
    """Each employee's place. standing: STANDING → PLACED, in the same order.

    The superior's word decides; without it the score's figure, by borders that are an assumption. Who lacks one of the
    two is not placed.
    """
    known = checked(standing, STANDING, "merit").with_columns(
        result=pl.coalesce("result_said", _level("output", borders.result)),
        conduct=pl.coalesce("behaviour_said", _level("behaviour", borders.behaviour)),
    )
    no_result, no_conduct = pl.col("result").is_null(), pl.col("conduct").is_null()
    by_border = pl.col("result_said").is_null() | pl.col("behaviour_said").is_null()
    lacking = (
        pl.when((no_result | no_conduct) & ~pl.col("scored"))
        .then(pl.lit("score"))
        .when(no_result & no_conduct)
        .then(pl.lit("both"))
        .when(no_result)
        .then(pl.lit("output"))
        .when(no_conduct & pl.col("weighed").is_null())
        .then(pl.lit("not_weighed"))
        .when(no_conduct & (pl.col("weighed") == ""))
        .then(pl.lit("rating_weights"))
        .when(no_conduct)
        .then(pl.lit("behaviour"))
    )
    basis = pl.when(by_border).then(pl.lit("assumption")).otherwise(pl.lit("regulation"))
    told = known.with_columns(lacking=lacking).with_columns(basis=pl.when(pl.col("lacking").is_null()).then(basis))
    return checked(told, PLACED, "merit").select(PLACED.keys())


def boxes(people: pl.DataFrame) -> list[dict[str, object]]:
    """How many stand in each of the nine: result, behaviour, people. people: PLACED. The best first."""
    counts = {
        (result, conduct): number
        for result, conduct, number in people.filter(pl.col("lacking").is_null())
        .group_by("result", "conduct")
        .len()
        .rows()
    }
    return [
        {"result": result, "behaviour": conduct, "people": counts.get((result, conduct), 0)}
        for result in RATINGS
        for conduct in RATINGS
    ]


def _level(figure: str, borders: Borders) -> pl.Expr:
    return (
        pl.when(pl.col(figure) >= borders.above)
        .then(pl.lit("above"))
        .when(pl.col(figure) >= borders.expected)
        .then(pl.lit("as expected"))
        .when(pl.col(figure).is_not_null())
        .then(pl.lit("below"))
    )
