"""What came of a partition into the database: days first, then the scores that rest on them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
from psycopg import Connection

from config.periods import bounds
from scoring import day_store, score_store, undecided_store
from scoring.days_digest import DIGESTS
from scoring.judging import JudgedDays
from scoring.known import Known
from scoring.run import Run, Summary
from scoring.score_rows import ScoreRows

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a partition. days: one for each of its stretches with wanted days."""

    known: Known
    days: tuple[JudgedDays, ...]
    scores: ScoreRows


def save(connection: Connection[Any], run: Run, outcome: Outcome, summary: Summary) -> None:
    """Write what differs from what is stored, and count it."""
    known, scores = outcome.known, outcome.scores
    undecided_store.drop_waiting(connection, known.idle)
    gone = undecided_store.drop_days(connection, known.gone)
    changed = _save_days(connection, outcome)
    if gone or changed:
        score_store.forget_days(connection, known.affected, _months_beside(run.month), known.part.span)
    score_store.save_scores(connection, scores.rows)
    score_store.save_scored_months(connection, known.part.who, run.month, known.part.digest, scores.digests)
    summary.days_computed += sum(judged.days.height for judged in outcome.days)
    summary.days_changed += changed
    summary.days_waiting += sum(judged.undecided.height for judged in outcome.days)
    summary.days_overruled += sum(judged.overruled for judged in outcome.days)
    summary.scores_changed += scores.rows.height
    summary.touched |= set(scores.touched)
    summary.moved |= _moved(run.month, known)


def _moved(month: str, known: Known) -> set[int]:
    """Whose month was counted over other days so far."""
    first, last = bounds(month)
    since, until = pl.col("counted_from").fill_null(first), pl.col("counted_to").fill_null(last)
    span = known.part.span
    return set(known.latest.filter((since != span[0]) | (until != span[1]))["employee"])


def _save_days(connection: Connection[Any], outcome: Outcome) -> int:
    """Returns how many rows were written or dropped, but those of days that are judged no more."""
    known = outcome.known
    unchanged = outcome.scores.digests.join(known.noted, on=list(DIGESTS), how="semi")
    changed = 0
    for days, judged in zip(known.days, outcome.days, strict=True):
        if judged.waiting is not None:
            undecided_store.save(connection, judged.waiting, days.wanted)
        changed += undecided_store.drop_days(connection, judged.undecided)
        changed += day_store.save_days(connection, judged.days, days.judged.facts, known.stored, unchanged)
    return changed


def _months_beside(month: str) -> list[str]:
    """Whose span of days may have some in common."""
    first, last = bounds(month)
    return [f"{day:%Y-%m}" for day in (first - ONE_DAY, last + ONE_DAY)]
