"""`tepat lock` and `tepat adjustments`: what is paid stays, and what comes later is paid later, visibly."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

import config.settings
from config.counted import counted
from config.errors import TepatError
from ingest import database
from scoring import adjustment_store, store
from scoring.actor import actor
from scoring.adjustment_store import Adjustment
from scoring.adjustment_telling import adjustment_line
from scoring.follow import first_open_day
from scoring.job import bounds
from scoring.lock import Locking, NotReady, lock_period
from scoring.lock_telling import cure, unscored_lines
from scoring.long_periods import is_long

LISTED = 10
"""People listed at a terminal for each reason; all are in --json."""


def lock(
    period: Annotated[str, typer.Argument(help="Month to lock, as in 2026-01.")],
    *,
    unit: Annotated[str | None, typer.Option(help="Code of a unit: only it and the units below it.")] = None,
    only_ready: Annotated[
        bool,
        typer.Option("--only-ready", help="Lock those who are ready, though others are not; else nobody is locked."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say who would be locked, and who cannot be.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object for machines; percentages are hundredths, amounts sen."),
    ] = False,
) -> None:
    """Freeze the scores of a month that are paid. There is no unlock: what comes later becomes an adjustment.

    While somebody is not ready nobody is locked, and it tells who is not, why and what to do: look first with
    --dry-run. What earlier locked months still owe is paid with this one.
    """
    _refuse_long(period)
    console = Console(stderr=True)
    bars = Progress(console=console, disable=not console.is_terminal, transient=True)
    with database.opened(config.settings.load()) as pool, pool.connection() as connection, bars:
        bar = bars.add_task(f"{'Looking at' if dry_run else 'Locking'} {period}", total=None)
        done = lock_period(
            connection,
            pool,
            period,
            until=first_open_day(None),
            at=datetime.now(UTC),
            actor=actor(),
            unit=unit,
            only_ready=only_ready,
            dry_run=dry_run,
            progress=lambda locked, of: bars.update(bar, completed=locked, total=of),
        )
        if dry_run or done.not_ready:
            shown = {"unit": unit, "not_ready": len(done.not_ready), "adjustments": len(done.settled)}
            store.audit(connection, actor(), "view", f"lock {period}", shown)
    if as_json:
        typer.echo(json.dumps(as_row(done, dry_run=dry_run), ensure_ascii=False, default=_iso))
    else:
        typer.echo("\n".join(_told(done, dry_run=dry_run)))
    if not done.done:
        raise typer.Exit(1)


def adjustments(
    period: Annotated[
        str | None, typer.Argument(help="Month in which they are paid, as in 2026-02; default: those still pending.")
    ] = None,
    *,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON list for machines; percentages are hundredths, amounts sen."),
    ] = False,
) -> None:
    """List what is owed of locked months: pending, or paid in a month. Below zero it was paid too much.

    Pending ones are paid with the next month that is locked. `tepat explain NIP MONTH`, of the month that changed,
    tells the steps before and after.
    """
    if period is not None:
        _refuse_long(period)
    with database.opened(config.settings.load()) as pool, pool.connection() as connection:
        found = (
            adjustment_store.pending(connection)
            if period is None
            else adjustment_store.settled(connection, paid_in=period)
        )
        unscored = adjustment_store.unscored(connection) if period is None else []
        store.audit(connection, actor(), "view", f"adjustments {period or 'pending'}", {"count": len(found)})
    if as_json:
        typer.echo(json.dumps([_row(one) for one in found], ensure_ascii=False, default=_iso))
        typer.echo("".join(f"{line}\n" for line in unscored_lines(unscored)), err=True, nl=False)
        return
    what = "pending" if period is None else f"paid in {period}"
    typer.echo(f"{counted(len(found), 'adjustment')} {what}.")
    for line in [*map(adjustment_line, found), *unscored_lines(unscored)]:
        typer.echo(line)


def as_row(done: Locking, *, dry_run: bool) -> dict[str, Any]:
    """What a lock did, for machines."""
    return {
        "period": done.period,
        "dry_run": dry_run,
        "done": done.done,
        "locked": len(done.locked) if done.done else 0,
        "ready": len(done.locked),
        "already_locked": len(done.already),
        "assumed": done.assumed,
        "overruled": done.overruled,
        "months_to_score": done.unscored,
        "not_ready": [
            {"nip": one.nip, "name": one.name, "reason": one.reason, "cure": cure(one, done.period)}
            for one in done.not_ready
        ],
        "adjustments": [_row(one) | {"paid_in": done.period} for one in done.settled],
    }


def _row(one: Adjustment) -> dict[str, Any]:
    row = asdict(one)
    hidden = {"employee_id", "span", *(["digest"] if one.paid_in is None else [])}
    return {name: value for name, value in row.items() if name not in hidden}


def _told(done: Locking, *, dry_run: bool) -> list[str]:
    would = "would be " if dry_run else ""
    left = counted(len(done.not_ready), "employee")
    if not done.done:
        lines = [f"{done.period}: nothing is locked, because {left} cannot be. Mend that, or say --only-ready."]
    elif done.locked:
        lines = [f"{done.period}: {counted(len(done.locked), 'employee')} {would}locked."]
    else:
        lines = [f"{done.period}: nothing to lock."]
    if done.already:
        lines.append(f"  {counted(len(done.already), 'employee')} locked before; nothing changes for them.")
    if done.assumed and done.done:
        told = f"`tepat explain NIP {done.period}` names them"
        lines.append(f"  Of these {done.assumed} rest on figures that stand in no regulation (assumption): {told}.")
    if done.overruled and done.done:
        told = "judged without waiting for a terminal: what it still holds comes as an adjustment"
        lines.append(f"  Of these {done.overruled} have days {told}.")
    settled = _settled(done.settled, done.period, would)
    return [*lines, *_left_out(done.not_ready, done.period), *settled, *unscored_lines(done.unscored)]


def _left_out(not_ready: Sequence[NotReady], period: str) -> list[str]:
    """Reason by reason: what to do, and who it is about."""
    whose: dict[tuple[str, str], list[NotReady]] = {}
    for one in not_ready:
        whose.setdefault((one.reason, one.about), []).append(one)
    lines = ["Not ready:"] if whose else []
    for some in whose.values():
        lines.append(f"  {counted(len(some), 'employee')}: {cure(some[0], period)}")
        lines += [f"    {one.nip} {one.name}" for one in some[:LISTED]]
        lines += [f"    … and {len(some) - LISTED} more: --json lists them all."] if len(some) > LISTED else []
    return lines


def _settled(due: Sequence[Adjustment], period: str, would: str) -> list[str]:
    told = [adjustment_line(replace(one, paid_in=period)) for one in due]
    return [f"Adjustments of earlier months, {would}paid with it:", *told] if due else []


def _refuse_long(period: str) -> None:
    if is_long(period):
        raise TepatError(f"Nobody is paid for {period}: name a month, as in 2026-01.")
    bounds(period)


def _iso(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()
