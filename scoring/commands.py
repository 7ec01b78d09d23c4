"""The commands that compute scores and explain them. Here the clock is read and the database opened."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress

import config.settings
from config import periods
from config.counted import counted
from config.errors import TepatError
from config.rulebooks import rulebook
from ingest import database
from ingest.database import ConnectionPool
from scoring import day_store, score_store, store, undecided_store
from scoring.actor import actor
from scoring.adjustment_telling import adjusted_of, kept_lines, kept_of, late_lines
from scoring.attendance_period import earliest_begin
from scoring.delivered import delivered, each_work, sum_of_work
from scoring.follow import first_open_day, follow_marks, months_of
from scoring.job import bounds, score_period
from scoring.long_periods import is_long, refresh_around, score_long_period
from scoring.not_scored import as_rows, in_words
from scoring.run import Summary
from scoring.telling import (
    counts,
    day_lines,
    overruled_lines,
    payable,
    percent,
    period_lines,
    waiting_line,
    waiting_lines,
)
from scoring.undecided import WaitingDay

LOWEST = 10
"""Scores listed after a run on a terminal."""

AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object for machines; percentages are whole hundredths, 125 is 1.25 %."),
]


def score(
    period: Annotated[
        str | None, typer.Argument(help="Month, quarter or year to score: 2026-01, 2026-Q1, 2026.")
    ] = None,
    *,
    unit: Annotated[str | None, typer.Option(help="Code of a unit: only it and the units below it.")] = None,
    until: Annotated[
        str | None, typer.Option(help="First day not judged yet (YYYY-MM-DD); default: today in each unit's zone.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until stopped: score each period whose facts change.")
    ] = False,
    without_waiting: Annotated[
        bool, typer.Option("--without-waiting", help="Judge days now that wait for a terminal which is not synced.")
    ] = False,
    wait_again: Annotated[
        bool, typer.Option("--wait-again", help="Let days wait again that --without-waiting judged before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the scores of a period up to date: only what changed is computed, only what differs is written."""
    day = None if until is None else _day(until)
    _refuse_contradiction(period, follow=follow, without_waiting=without_waiting, wait_again=wait_again)
    with database.opened(config.settings.load()) as pool:
        if day is not None:
            _refuse_future(pool, day)
        if period is None:
            follow_marks(pool, day)
            return
        summary = _with_bar(pool, period, unit, first_open_day(day), wait=not without_waiting, again=wait_again)
        detail = {"unit": unit, "scores_changed": summary.scores_changed}
        detail |= {"days_not_waited_for": summary.days_overruled} if without_waiting else {}
        detail |= {"wait_again": True} if wait_again else {}
        with pool.connection() as connection:
            _note(connection, "score", period, detail)
            found = _found(connection, period, summary)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=_iso))
    else:
        _tell(summary, found)
    if summary.not_scored:
        raise typer.Exit(1)


def _found(connection: psycopg.Connection[Any], period: str, summary: Summary) -> dict[str, Any]:
    """What the run did, and what is stored of its employees now."""
    who, spans = summary.who, summary.spans
    return {
        **counts(summary),
        "not_scored": as_rows(summary.not_scored),
        "also_due": _also_due(connection, period, summary),
        "waiting_for": undecided_store.waited_for(connection, period, who, spans),
        "not_waited_for": undecided_store.waited_for(connection, period, who, spans, overruled=True),
        "scores": score_store.shown_scores(connection, period, who),
    }


def _also_due(connection: psycopg.Connection[Any], period: str, summary: Summary) -> list[str]:
    """The months that count other days than before, because this one does; its own are done."""
    begin = earliest_begin(store.rulebooks(connection), rulebook)
    due = {month for day in summary.marked for month in months_of(day, begin)}
    return sorted(due.difference(periods.months(period)))


def _refuse_contradiction(period: str | None, *, follow: bool, without_waiting: bool, wait_again: bool) -> None:
    if (period is None) != follow:
        raise typer.BadParameter("Name a month, as in 2026-01, or say --follow; not both.")
    if follow and (without_waiting or wait_again):
        raise typer.BadParameter("To wait or not is a decision about one month: name it instead of --follow.")
    if without_waiting and wait_again:
        raise typer.BadParameter("Say --without-waiting or --wait-again, not both.")


def explain(
    nip: Annotated[str, typer.Argument(help="The employee's NIP, 18 digits.")],
    when: Annotated[
        str, typer.Argument(help="A day (2026-01-05), a month (2026-01), a quarter (2026-Q1) or a year (2026).")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Say how a day's deduction or a month's score came about: punches, rule, article, percent."""
    long = is_long(when)
    month = long or when.count("-") == 1
    span = periods.bounds(when) if long else bounds(when) if month else (_day(when), _day(when))
    with database.opened(config.settings.load()) as pool, pool.connection() as connection:
        found = (
            score_store.explained_period(connection, nip, when)
            if month
            else day_store.explained_day(connection, nip, span[0])
        )
        if found is not None and found.get("counted_from"):
            span = found["counted_from"], found["counted_to"]
        locked = found is not None and found.get("locked_at") is not None
        waits = [] if locked else undecided_store.waiting_days(connection, nip, *span)
        if found is None:
            known = store.is_employee(connection, nip)
            begin = None if month else earliest_begin(store.rulebooks(connection), rulebook)
            due = months_of(span[0], begin)
            raise TepatError(_not_scored(known=known, nip=nip, when=when, due=due, waits=waits))
        late = adjusted_of(connection, nip, when) if month else []
        kept = [] if month else kept_of(connection, nip, span[0])
        work = delivered(connection, nip, *span)
        _note(connection, "view", f"explanation {nip} {when}", {})
    if as_json:
        beside = {"adjustments": late} if month else {"locked": kept}
        typer.echo(json.dumps({**found, **beside, "work": work, "waiting": waits}, default=_iso, ensure_ascii=False))
        return
    told = [*period_lines(found), *late_lines(found, late)] if month else [*day_lines(found), *kept_lines(kept)]
    pieces = [] if month else each_work(work)
    typer.echo("\n".join([*told, *sum_of_work(work), *pieces, *map(waiting_line, waits)]))


def _refuse_future(pool: ConnectionPool, day: date) -> None:
    with pool.connection() as connection:
        zones = store.time_zones(connection)
    for zone in zones:
        today = datetime.now(ZoneInfo(zone)).date()
        if day > today:
            raise TepatError(
                f"--until {day} lies after today, which is {today} in {zone}: a day is judged once it is over. "
                "Name today or a day before it, or leave --until out."
            )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise TepatError(f"{text!r} is no day. Write it as 2026-01-31.") from error


def _with_bar(
    pool: ConnectionPool, period: str, unit: str | None, until: Callable[[str], date], *, wait: bool, again: bool
) -> Summary:
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bars:
        bar = bars.add_task(f"Scoring {period}", total=None)
        run, at = score_long_period if is_long(period) else score_period, datetime.now(UTC)
        summary = run(
            pool,
            period,
            until=until,
            at=at,
            unit=unit,
            wait=wait,
            again=again,
            progress=lambda done, of: bars.update(bar, completed=done, total=of),
        )
        if summary.touched and not is_long(period):
            refresh_around(pool, period, summary.touched, at=at)
        return summary


def _tell(summary: Summary, found: dict[str, Any]) -> None:
    _tell_scores(summary, found["scores"])
    waiting, overruled = waiting_lines(found["waiting_for"]), overruled_lines(found["not_waited_for"])
    for line in [*waiting, *overruled, *_due_lines(found["also_due"]), *in_words(summary.not_scored)]:
        typer.echo(line)


def _due_lines(months: Sequence[str]) -> list[str]:
    if not months:
        return []
    runs = ", ".join(f"`tepat score {month}`" for month in months)
    return [f"Days are counted to other months than before: run {runs} too. Until then they stay as they were judged."]


def _tell_scores(summary: Summary, scores: list[dict[str, Any]]) -> None:
    if summary.who and not summary.employees:
        typer.echo(f"{summary.period}: no day of it is over yet, so there is nothing to score.")
        return
    employees, days = counted(summary.employees, "employee"), counted(summary.days_computed, "day")
    scores_changed = counted(summary.scores_changed, "score")
    typer.echo(
        f"{summary.period}: {employees}, {days} computed, {summary.days_changed} changed, {scores_changed} changed."
    )
    lowest = sorted(scores, key=lambda row: (row["payable"] is not None, row["payable"] or 0, row["nip"]))[:LOWEST]
    for row in lowest:
        basis = "   (assumption, no regulation)" if row["basis"] == "assumption" else ""
        typer.echo(
            f"  {row['nip']} {row['name']}: deduction {percent(row['deduction'])}, payable {payable(row)}{basis}"
        )
    if len(scores) > len(lowest):
        typer.echo(f"  … and {len(scores) - len(lowest)} more; `tepat explain NIP {summary.period}` explains each.")


def _not_scored(*, known: bool, nip: str, when: str, due: Sequence[str], waits: Sequence[WaitingDay]) -> str:
    if not known:
        return f"There is no employee {nip!r}. A NIP has 18 digits; `tepat import employees` brings employees in."
    if waits:
        return f"Nothing is judged of {nip} for {when} yet. {waiting_line(waits[0]).strip()}."
    runs = f"`tepat score {' or '.join(due)}`"
    return f"Nothing is computed of {nip} for {when} yet. Run {runs} first: it names whom it leaves out, and why."


def _note(connection: Any, action: str, object_: str, detail: dict[str, Any]) -> None:
    store.audit(connection, actor(), action, object_, detail)


def _iso(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()
