"""Lock a month: freeze the versions of its scores that are paid, and settle what earlier months still owe."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeAlias

import polars as pl
from psycopg import Connection, Rollback

from config.dated import RulebookError
from config.errors import TepatError
from config.rulebooks import rulebook
from ingest.database import ConnectionPool, Reader, reader
from scoring import adjustment_store, lock_store, store
from scoring.adjustment_store import Adjustment
from scoring.attendance_period import Span
from scoring.courses import Until
from scoring.job import ONE_DAY, PARTITION, bounds
from scoring.lock_store import Stored
from scoring.partitions import settled_by
from scoring.paying_quarter import behind
from scoring.run import Book
from scoring.scope import Scope, scope

Reason: TypeAlias = Literal[
    "open", "no_law", "not_scored", "stale", "waiting", "rate", "target", "behaviour", "predicate", "not_counted"
]


class BusyError(TepatError):
    """Somebody else scores or locks at the moment."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """Who cannot be locked, and why.

    about: the last day that counts, the terminals, what the law lacks, or the months to be scored before this one.
    """

    employee: int
    nip: str
    name: str
    reason: Reason
    about: str = ""


@dataclass
class Locking:
    """What a lock did, or would do. locked, already: employees; done: whether the month is locked of those ready.

    assumed: how many of those locked are paid by figures that stand in no regulation; overruled: of how many days were
    judged without waiting for a terminal. unscored: earlier locked months of theirs that may owe more once scored.
    """

    period: str
    locked: list[int] = field(default_factory=list)
    already: list[int] = field(default_factory=list)
    not_ready: list[NotReady] = field(default_factory=list)
    settled: list[Adjustment] = field(default_factory=list)
    assumed: int = 0
    overruled: int = 0
    unscored: list[str] = field(default_factory=list)
    done: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Whose month is to be locked. last: the last day counted of it; over: whether that day is over.

    settled: what the stored days must be up to date with; "" where the law says nothing, and why not.
    """

    span: Span
    last: date
    over: bool
    settled: str = ""
    no_law: str = ""


def lock_period(
    connection: Connection[Any],
    source: ConnectionPool | str,
    period: str,
    *,
    until: Until,
    at: datetime,
    actor: str,
    unit: str | None = None,
    root: int | None = None,
    only_ready: bool = False,
    dry_run: bool = False,
    patient: bool = True,
    book: Book = rulebook,
    progress: Callable[[int, int], None] | None = None,
) -> Locking:
    """Lock a month of all units, or of a unit (its code) and those below it. It never changes from then on.

    While somebody is not ready nothing is locked, but with only_ready. Whoever is locked already stays as he is. Late
    differences of earlier months are settled into this one for those who are locked now.
    connection: what is locked stands once its transaction is over; source: where frames are read, as `reader` takes it.
    until: days from there on are not over yet. at: aware, noted. root: number of the unit beyond whose people nobody is
    locked. dry_run: only find out. patient: wait for a running scorer. progress: called with employees locked,
    of how many.

    Raises:
        TepatError: the period is no month, the unit unknown.
        BusyError: a scorer runs, and patience was not asked for.
    """
    bounds(period)
    until = cache(until)  # no day ends meanwhile
    with connection.transaction() as whole, reader(source) as read:
        if patient:
            store.lock(connection)
        elif not lock_store.try_lock(connection):
            raise BusyError("Scores are being computed or locked at the moment. Try again in a minute.")
        locking, scores = _judged(connection, read, period, unit, root, until=until, book=book)
        if locking.not_ready and not only_ready:
            return locking
        locking.done = True
        for done in range(0, len(scores), PARTITION):
            lock_store.lock(connection, period, scores[done : done + PARTITION], at, actor)
            if progress:
                progress(min(done + PARTITION, len(scores)), len(scores))
        locking.settled = adjustment_store.settle(connection, locking.locked, period, at, actor)
        locking.unscored = adjustment_store.unscored(connection, locking.locked, before=period)
        if dry_run:
            raise Rollback(whole)
        if locking.locked:
            store.audit(connection, actor, "lock", f"period:{period}", _noted(locking, unit))
    return locking


def _noted(locking: Locking, unit: str | None) -> dict[str, Any]:
    adjustments = [
        [one.employee_id, one.period, one.from_version, one.to_version, one.percent, one.amount]
        for one in locking.settled
    ]
    return {
        "unit": unit,
        "employees": locking.locked,
        "already": len(locking.already),
        "not_ready": len(locking.not_ready),
        "assumed": locking.assumed,
        "overruled": locking.overruled,
        "unscored": locking.unscored,
        "adjustments": adjustments,
    }


def _judged(
    connection: Connection[Any],
    read: Reader,
    period: str,
    unit: str | None,
    root: int | None,
    *,
    until: Until,
    book: Book,
) -> tuple[Locking, list[Stored]]:
    looked_at = scope(connection, read, period, unit, until=until, book=book, few=None)
    members = _members(looked_at, until, book)
    if root is not None:
        members = {one: members[one] for one in lock_store.seen(connection, list(members), root)}
    already = lock_store.locked(connection, period, list(members))
    new = {one: member for one, member in members.items() if one not in already}
    stored = lock_store.stored(connection, period, list(new))
    late = behind(connection, read, looked_at, period, until=until, book=book, size=PARTITION)
    marked = _marked(looked_at) | late
    reasons = {one: _reason(member, stored.get(one), marked.get(one)) for one, member in new.items()}
    names = lock_store.names(connection, [one for one, reason in reasons.items() if reason])
    not_ready = [NotReady(one, *names[one], *reason) for one, reason in reasons.items() if reason]
    ready = sorted(one for one, reason in reasons.items() if reason is None)
    locking = Locking(period, ready, sorted(already), sorted(not_ready, key=lambda one: one.nip))
    scores = [stored[one] for one in ready]
    locking.assumed = sum(one.basis == "assumption" for one in scores)
    locking.overruled = sum(one.days_overruled > 0 for one in scores)
    return locking, scores


def _reason(member: Member, stored: Stored | None, marked: str | None) -> tuple[Reason, str] | None:
    """Why the month of an employee cannot be locked; None = it can. marked: see `_marked`."""
    if not member.over or member.no_law:
        return ("no_law", member.no_law) if member.over else ("open", str(member.last))
    if stored is None:
        return "not_scored", ""
    if marked is not None or stored.last_day != member.last or stored.settled != member.settled:
        return "stale", marked or ""
    if stored.days_waiting:
        return "waiting", ", ".join(stored.waiting_for)
    return (stored.without, "") if stored.without else None


def _marked(found: Scope) -> dict[int, str]:
    """Who has a day of the month that is to be scored again, as the scorer itself takes the marks.

    And the months that have to be scored before, because a punch marked there may be of a day here.
    """
    marked: dict[int, str] = {}
    for span, members in found.groups:
        beside = {span[0] - ONE_DAY, span[1] + ONE_DAY}
        before = sorted({f"{mark['day']:%Y-%m}" for mark in found.read if mark["day"] in beside})
        for part in members.select("employee").unique().iter_slices(PARTITION):
            days = found.marked.of(part).filter(pl.col("day").is_between(*span))
            marked.update(dict.fromkeys(days["employee"], " ".join(before)))
    return marked


def _members(found: Scope, until: Until, book: Book) -> dict[int, Member]:
    """Everybody with a day that counts for the month, as of today's memberships and law."""
    judged: dict[int, tuple[str, str]] = {}
    for span, course in found.courses(until):
        try:
            told = settled_by(book, span, course), ""
        except RulebookError as error:
            told = "", str(error)
        judged.update(dict.fromkeys(course.who.to_list(), told))
    return dict(_each(found.groups, until, judged))


def _each(
    groups: Iterable[tuple[Span, pl.DataFrame]], until: Callable[[str], date], judged: dict[int, tuple[str, str]]
) -> Iterable[tuple[int, Member]]:
    for span, members in groups:
        last = members.sort("employee", "since").group_by("employee", maintain_order=True).last()
        for employee, zone, end in last.select("employee", "time_zone", "until").iter_rows():
            yield employee, Member(span, end - ONE_DAY, end <= until(zone), *judged.get(employee, ("", "")))
