"""The commands that compute scores and explain them. Here the clock is read and the database opened."""

import json
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from types import FrameType
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import psycopg
import structlog
import typer
from rich.console import Console
from rich.progress import Progress

import config.settings
from config import periods
from config.errors import TepatError
from config.rulebooks import rulebook
from ingest import database
from ingest.database import ConnectionPool, DatabaseError
from scoring import day_store, mark_store, score_store, store, undecided_store
from scoring.actor import actor
from scoring.attendance_period import earliest_begin
from scoring.job import bounds, score_period
from scoring.long_periods import is_long, refresh_around, score_long_period
from scoring.not_scored import as_rows, in_words
from scoring.run import Summary
from scoring.telling import day_lines, overruled_lines, payable, percent, period_lines, waiting_line, waiting_lines
from scoring.undecided import WaitingDay

FOLLOW_SECONDS = 3.0
"""Pause between two looks for days to score."""
RETRY = timedelta(hours=1)
"""Pause before a period that cannot be scored (no calendar, broken rulebook) is tried again."""
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
        summary = _with_bar(pool, period, unit, _until(day), wait=not without_waiting, again=wait_again)
        detail = {"unit": unit, "scores_changed": summary.scores_changed}
        detail |= {"days_not_waited_for": summary.days_overruled} if without_waiting else {}
        detail |= {"wait_again": True} if wait_again else {}
        with pool.connection() as connection:
            _note(connection, "score", period, detail)
            scores = score_store.newest_scores(connection, period, summary.who)
            held = undecided_store.waited_for(connection, period, summary.who, summary.spans)
            not_waited = undecided_store.waited_for(connection, period, summary.who, summary.spans, overruled=True)
    if as_json:
        told = {**_counts(summary), "not_scored": as_rows(summary.not_scored), "waiting_for": held}
        told |= {"not_waited_for": not_waited, "scores": scores}
        typer.echo(json.dumps(told, ensure_ascii=False, default=_iso))
    else:
        _tell(summary, scores)
        for line in [*waiting_lines(held), *overruled_lines(not_waited), *in_words(summary.not_scored)]:
            typer.echo(line)
    if summary.not_scored:
        raise typer.Exit(1)


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
        waits = undecided_store.waiting_days(connection, nip, *span)
        if found is None:
            known = store.is_employee(connection, nip)
            begin = None if month else earliest_begin(store.rulebooks(connection), rulebook)
            due = _months_of(span[0], begin)
            raise TepatError(_not_scored(known=known, nip=nip, when=when, due=due, waits=waits))
        _note(connection, "view", f"explanation {nip} {when}", {})
    if as_json:
        typer.echo(json.dumps({**found, "waiting": waits}, default=_iso, ensure_ascii=False))
    else:
        typer.echo("\n".join([*(period_lines(found) if month else day_lines(found)), *map(waiting_line, waits)]))


def follow_marks(pool: ConnectionPool, until: date | None = None) -> None:
    """Score every period whose facts change or whose terminals are synced now, and the current one each morning.

    Until SIGTERM or Ctrl-C.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    judged: dict[str, date] = {}
    paused: dict[str, datetime] = {}
    while not stop.is_set():
        for period in _due(pool, _until(until), judged):
            if paused.get(period, datetime.min.replace(tzinfo=UTC)) <= datetime.now(UTC) and not stop.is_set():
                _score_or_pause(pool, period, _until(until), paused)
        stop.wait(FOLLOW_SECONDS)


def _due(pool: ConnectionPool, until: Callable[[str], date], judged: dict[str, date]) -> list[str]:
    """Periods with marks, those whose terminals were waited for, those of a day that has just ended in some zone.

    judged: remembers the last ones.
    """
    with pool.connection() as connection:
        today = {zone: until(zone) for zone in store.time_zones(connection)}
        if not today:
            return []
        begin = earliest_begin(store.rulebooks(connection), rulebook)
        marked = mark_store.due_periods(connection, min(today.values()), begin)
        due = {*marked, *undecided_store.due_periods(connection, begin)}
    ended = {day - timedelta(days=1) for zone, day in today.items() if judged.get(zone) != day}
    due |= {month for day in ended for month in _months_of(day, begin)}
    judged.update(today)
    return sorted(due)


def _months_of(day: date, begin: int | None) -> list[str]:
    """The months that a day may count to; begin: from which day of a month on to the next one too."""
    following = day.replace(day=1) + timedelta(days=31)
    return [f"{month:%Y-%m}" for month in ((day, following) if begin and day.day >= begin else (day,))]


def _score_or_pause(
    pool: ConnectionPool, period: str, until: Callable[[str], date], paused: dict[str, datetime]
) -> None:
    now = datetime.now(UTC)
    log = structlog.get_logger().bind(period=period, again=(now + RETRY).isoformat())
    try:
        summary = score_period(pool, period, until=until, at=now)
        longer = refresh_around(pool, period, summary.touched, at=now) if summary.touched else []
    except (psycopg.OperationalError, DatabaseError):
        raise  # the server's state is no fault of this period: whoever watches over us starts us again
    except TepatError as error:
        paused[period] = now + RETRY
        log.warning("period cannot be scored", reason=str(error))
    except Exception:  # whatever is wrong with the data of one period, the others go on
        paused[period] = now + RETRY
        log.exception("period cannot be scored")
    else:
        for line in in_words(summary.not_scored):
            paused[period] = now + RETRY
            log.warning("not everybody can be scored", reason=line)
        for done in (summary, *longer):
            structlog.get_logger().info("scored", **_counts(done))


def _until(day: date | None) -> Callable[[str], date]:
    """Per zone, the first day not to judge: today, or a day before it if one was named."""

    def first_open(zone: str) -> date:
        today = datetime.now(ZoneInfo(zone)).date()
        return today if day is None else min(day, today)

    return first_open


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
        run = score_long_period if is_long(period) else score_period
        return run(
            pool,
            period,
            until=until,
            at=datetime.now(UTC),
            unit=unit,
            wait=wait,
            again=again,
            progress=lambda done, of: bars.update(bar, completed=done, total=of),
        )


def _counts(summary: Summary) -> dict[str, Any]:
    return {
        "period": summary.period,
        "employees": summary.employees,
        "days_computed": summary.days_computed,
        "days_changed": summary.days_changed,
        "scores_changed": summary.scores_changed,
        "days_waiting": summary.days_waiting,
        "days_overruled": summary.days_overruled,
    }


def _tell(summary: Summary, scores: list[dict[str, Any]]) -> None:
    if summary.who and not summary.employees:
        typer.echo(f"{summary.period}: no day of it is over yet, so there is nothing to score.")
        return
    typer.echo(
        f"{summary.period}: {summary.employees} employees, {summary.days_computed} days computed, "
        f"{summary.days_changed} changed, {summary.scores_changed} scores changed."
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
    return f"Nothing is computed of {nip} for {when} yet. Run `tepat score {' or '.join(due)}` first."


def _note(connection: Any, action: str, object_: str, detail: dict[str, Any]) -> None:
    store.audit(connection, actor(), action, object_, detail)


def _iso(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()
