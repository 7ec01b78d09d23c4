"""The commands around rejected records: list them by what is wrong, show one, read them again after a fix."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

import psycopg
import typer

import config.settings
from collector.reread import Rereading
from collector.reread_shown import reread_shown
from config.counted import counted
from config.days import day_of
from config.errors import TepatError
from config.log import mask, readable
from devices.records import Source
from ingest import audit, rejected
from ingest.database import opened
from ingest.rejected import Kept, Reason, State, Wanted
from ingest.terminals import Terminal, terminals_meant

DIGITS = 12
"""Of a record's SHA-256, enough to tell records apart at a glance."""
SHORTEST_PREFIX = 4
AMBIGUOUS = 10
LONGEST_LINE = 160

TerminalOption = Annotated[
    str | None,
    typer.Option(
        "--terminal", help="Only of the terminal of this name, address or serial number, or of such a device."
    ),
]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Only where the reason holds these words.")]
TextOption = Annotated[str | None, typer.Option("--text", help="Only where the bytes hold this text.")]
SinceOption = Annotated[
    date | None,
    typer.Option("--since", parser=day_of, metavar="DAY", help="Last seen on this day (UTC) or later, as 2026-01-31."),
]
UntilOption = Annotated[
    date | None,
    typer.Option("--until", parser=day_of, metavar="DAY", help="Last seen on this day (UTC) or before."),
]
SourceOption = Annotated[Source | None, typer.Option("--source", help="Only what came this way.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


class RejectedRecordError(TepatError):
    """A rejected record is not there, or not told apart; the message names the cure."""


def list_rejected(
    *,
    terminal: TerminalOption = None,
    reason: ReasonOption = None,
    text: TextOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    state: Annotated[State, typer.Option(help="open: not read yet; resolved: read after all; all: both.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most records listed; all are counted.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what could not be taken as a punch: first how often each thing is wrong, then the records, newest first."""
    asked = _asked(reason, text, since, until, source)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        wanted = replace(asked, terminals=_identities(terminal, _meant(connection, terminal)), state=state)
        reasons = rejected.reasons(connection, wanted)
        found = rejected.newest(connection, wanted, limit)
    if as_json:
        told = [_reason_as_json(each) for each in reasons]
        typer.echo(json.dumps({"reasons": told, "records": [_as_json(each) for each in found]}, ensure_ascii=False))
    else:
        _print(reasons, found)


def show_rejected(
    digest: Annotated[str, typer.Argument(help="SHA-256 of the record, or how it begins, as the list shows it.")],
    as_json: AsJson = False,
) -> None:
    """Show one rejected record whole: its bytes as text and in hexadecimal, identity numbers masked."""
    prefix = digest.lower()
    if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
        raise RejectedRecordError(f"{digest!r} is no digest: give at least {SHORTEST_PREFIX} of its 0-9 and a-f.")
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        found = rejected.with_digest(connection, prefix, AMBIGUOUS)
    if not found:
        raise RejectedRecordError(f"No rejected record begins with {prefix}: tepat rejected list --state all.")
    if len({record.sha256 for record in found}) > 1:
        listed = ", ".join(sorted({record.sha256.hex()[: len(prefix) + 4] for record in found}))
        raise RejectedRecordError(f"Several records begin with {prefix}: {listed}. Give more of it.")
    for record in found:  # the same bytes of several terminals
        if as_json:
            typer.echo(json.dumps(_as_json(record), ensure_ascii=False))
        else:
            for name, value in _as_json(record).items():
                typer.echo(f"{name.replace('_', ' ') + ':':<13}{'-' if value is None else value}")


def retry_rejected(
    *,
    terminal: TerminalOption = None,
    reason: ReasonOption = None,
    text: TextOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what could be taken now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read rejected records again: after a terminal was registered, or Tepat learnt to read more. Deletes nothing."""
    now = datetime.now(UTC)
    asked = _asked(reason, text, since, until, source)
    with opened(config.settings.load()) as pool, pool.connection() as connection:
        with connection.transaction():
            meant = _meant(connection, terminal)
            wanted = replace(asked, terminals=_identities(terminal, meant))
        done = reread_shown(connection, wanted, now, dry_run=dry_run)
        if done.resolved and not dry_run:
            _note(connection, meant[0].name if meant else terminal, asked, done, now)
    left = [{"reason": mask(reason), "records": records} for reason, records in done.left.most_common()]
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, "resolved": done.resolved, "left": left}, ensure_ascii=False))
        return
    verb = "could be taken" if dry_run else "taken"
    typer.echo(f"{done.resolved} of {counted(done.resolved + done.left.total(), 'record')} {verb}.")
    for each in left:
        typer.echo(f"{each['records']:>8}  {each['reason']}")


def _asked(
    reason: str | None, text: str | None, since: date | None, until: date | None, source: Source | None
) -> Wanted:
    """What the options of list and retry ask for; a day is whole, and nothing is after the last one.

    Raises:
        RejectedRecordError: the span is upside down.
    """
    if since is not None and until is not None and since > until:
        raise RejectedRecordError(f"--since {since:%Y-%m-%d} is after --until {until:%Y-%m-%d}: swap them.")
    return Wanted(
        reason=reason,
        text=text,
        since=None if since is None else datetime.combine(since, time(), UTC),
        until=None if until is None or until >= date.max else datetime.combine(until, time(), UTC) + timedelta(days=1),
        sources=source and (source,),
    )


def _meant(connection: psycopg.Connection[Any], said: str | None) -> list[Terminal]:
    """The terminals that are named, perhaps by address or serial number; none for a device that nobody registered."""
    if said is None:
        return []
    found = terminals_meant(connection, said)
    if not found and not rejected.is_known(connection, said):
        raise RejectedRecordError(
            f"There is no terminal {said!r}, nor a rejected record of a device that claims this name: "
            "tepat terminal list, or tepat rejected list without --terminal."
        )
    return found


def _identities(said: str | None, meant: list[Terminal]) -> set[str] | None:
    """What the records may stand under; what is said and nobody registered is the identity of a device."""
    return None if said is None else {said}.union(*map(rejected.identities, meant))


def _note(
    connection: psycopg.Connection[Any], terminal: str | None, asked: Wanted, done: Rereading, at: datetime
) -> None:
    limits = {name: mask(str(value)) for name, value in asked.asked().items() if name != "sources"}
    if asked.sources:
        limits["source"] = ", ".join(asked.sources)
    audit.record(
        connection,
        at=at,
        actor=audit.command_actor(),
        action="retry rejected",
        object_=f"terminal:{terminal}" if terminal else "terminals",
        detail={**limits, "resolved": done.resolved, "left": done.left.total(), "new_punches": done.counts.accepted},
    )


def _print(reasons: list[Reason], found: list[Kept]) -> None:
    if not reasons:
        typer.echo("No rejected records of this kind.")
        return
    for each in reasons:
        typer.echo(f"{each.records:>8}  {each.source:<4}  {mask(each.reason)}")
    typer.echo("")
    for record in found:
        times = "once" if record.times_seen == 1 else f"{record.times_seen} times"
        resolved = f", read after all {record.resolved_at:%Y-%m-%d}" if record.resolved_at else ""
        typer.echo(
            f"{record.sha256.hex()[:DIGITS]}  {record.last_seen.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC  "
            f"{readable(record.terminal.encode())}  {record.source}, {times}{resolved}\n"
            f"    {mask(record.reason)}\n    {_cut(readable(record.raw))}"
        )
    records = sum(each.records for each in reasons)
    if len(found) < records:
        typer.echo(f"\n{len(found)} of {records} records shown: --limit shows more.")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]} …"


def _reason_as_json(reason: Reason) -> dict[str, object]:
    return {
        "reason": mask(reason.reason),
        "source": reason.source,
        "records": reason.records,
        "times": reason.times,
        "last_seen": reason.last_seen.isoformat(),
    }


def _as_json(record: Kept) -> dict[str, object]:
    bare = mask(record.raw.decode("latin-1")).encode("latin-1")
    return {
        "sha256": record.sha256.hex(),
        "terminal": record.terminal,
        "source": record.source,
        "reason": mask(record.reason),
        "first_seen": record.first_seen.isoformat(),
        "last_seen": record.last_seen.isoformat(),
        "times_seen": record.times_seen,
        "resolved_at": record.resolved_at and record.resolved_at.isoformat(),
        "text": readable(record.raw),
        "bytes": bare.hex(),
    }
