"""The explanation of a number: steps that lead from punches through a rule and its article to a percent."""

from collections.abc import Sequence
from typing import TypedDict

import polars as pl

from scoring.frames import STEPS, checked


class PunchKey(TypedDict):
    """The key of a punch (design: invariant 3), and how it was read.

    local_time: ISO text, as the terminal's clock showed it. time_zone: IANA name, of the terminal's place. unit_time:
    ISO text, the same moment by the clock of the employee's unit.
    """

    terminal: str
    pin: str
    local_time: str
    state: int
    time_zone: str
    unit_time: str


class Step(TypedDict):
    """One line of an explanation. Percentages are whole hundredths of a percent: 125 is 1.25 %.

    day: ISO date of the duty day; None for a step of the whole period.
    kind: one of DAY_STEPS or PERIOD_STEPS of scoring.frames. not_waited: the day was judged although a terminal, named
    in the formula, was not synced yet.
    code: TL1, PSW2, TK … as the rulebook prints it; empty where it has none.
    minutes: late or early; None where minutes do not matter.
    percent: deducted by this step (of a day; below nothing where a cap of the day gives back) or reached by it (of
    the period); None when the rate is missing.
    formula: how percent came about: "12 min in [1, 31)", "40,00 % x 91,25 + 60,00 % x 95,00", or for a missing scan
    which one there was and what it was taken for. Where the rules of reading scans decided, their text in brackets.
    table, law, article, in_force, in_force_known, basis: the version of the rulebook table that decided. article may
    be "" with article_known = false in the table; in_force_known is "day" or "year". All are "" where no table but
    arithmetic decided; basis then is that of the figures it rests on.
    hours: the law of the hours or of the Ramadan dates that lateness was measured against; "" where none matter.
    punches: those that the step rests on; empty where there are none.
    """

    day: str | None
    kind: str
    code: str
    minutes: int | None
    percent: int | None
    formula: str
    table: str
    law: str
    article: str
    in_force: str
    in_force_known: str
    basis: str
    hours: str
    punches: list[PunchKey]


def as_json(steps: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The steps of each group as the JSON text of a list of Step, in their order.

    steps: STEPS, with shift where that is in by; by: the columns that make a group. → by, steps.
    """
    one = pl.struct(pl.col("day").dt.to_string("%Y-%m-%d"), pl.col("kind").cast(pl.String), *list(STEPS)[3:])
    checked(steps, STEPS, "as_json")
    told = steps.group_by(by, maintain_order=True).agg(steps=one)
    # Only a struct can be encoded, so the list travels in one: {"steps":[…]}.
    text = pl.struct("steps").struct.json_encode().str.strip_prefix('{"steps":').str.strip_suffix("}")
    return told.select(*by, steps=text)
