"""What the last run over all units found: while that stands, only who is marked or waits can have another score."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from config.allowances import classes
from config.calendars import calendar
from config.digests import digest, digest_of_tables
from config.errors import TepatError
from config.evaluation import evaluation
from config.rulebook_tables import ALLOWANCE
from scoring import store
from scoring.attendance_period import Span
from scoring.courses import Until
from scoring.laws import ENGINE
from scoring.run import Book, Summary

WITHDRAWS = "withdraws"
"""A run of before, which left scores that nothing counts for as they were, proves nothing."""
SEEN_SQL = "SELECT pg_current_snapshot()::text"
STANDS_SQL = """
SELECT employees, who, other_spans, counted_from, counted_to FROM whole_run
WHERE period = %s AND found = %s AND xmin = by::xid
    AND NOT EXISTS (SELECT FROM member_change WHERE NOT pg_visible_in_snapshot(member_change.by, seen))
"""
"""A row that a dump brought was not written by the transaction that it names, nor are other transactions' numbers those
of this server: it proves nothing."""
SAVE_SQL = """
INSERT INTO whole_run (period, by, seen, found, employees, who, other_spans, counted_from, counted_to)
VALUES (%s, DEFAULT, %s::pg_snapshot, %s, %s, %s, %s, %s, %s)
"""
DROP_SQL = "DELETE FROM whole_run WHERE period = %s"
DROP_OTHER_SQL = f"{DROP_SQL} AND found <> %s"
PRUNE_SQL = (
    # Of another server's: whom we see has committed, and whose number says otherwise has it from elsewhere.
    """
    DELETE FROM member_change
    WHERE NOT pg_visible_in_snapshot(by, pg_current_snapshot()) AND by <> pg_current_xact_id()
    """,
    # What stands no more never will again, and would keep the changes that it has not seen for ever.
    """
    DELETE FROM whole_run WHERE xmin <> by::xid
        OR EXISTS (SELECT FROM member_change WHERE NOT pg_visible_in_snapshot(member_change.by, seen))
    """,
    """
    DELETE FROM member_change
    WHERE NOT EXISTS (SELECT FROM whole_run WHERE NOT pg_visible_in_snapshot(member_change.by, seen))
    """,
)


@dataclass(frozen=True, slots=True)
class Found:
    """How things stood before the members were read. seen: the transactions whose changes were to be seen; law: digest
    of all else that decides who is judged by what.
    """

    seen: str
    law: str


@dataclass(frozen=True, slots=True)
class WholeRun:
    """Of a run over all units. employees, who, spans: as in Summary."""

    employees: int
    who: list[int]
    spans: dict[int, Span]


def found_now(connection: Connection[Any], book: Book, until: Until, days: Span) -> Found:
    """Take it before the members are read: a change in between is then in the members and not in here, and the next
    run reads everybody again.
    """
    seen = connection.execute(SEEN_SQL).fetchone()
    assert seen is not None
    over = [(zone, until(zone)) for zone in store.time_zones(connection)]
    return Found(seen[0], digest(ENGINE, WITHDRAWS, over, days, _law(store.rulebooks(connection), book)))


def _law(names: Iterable[str], book: Book) -> list[str]:
    """Of all that a month's law is made of; of what is broken, the complaint: who judges by it says so."""
    try:
        return [digest_of_tables([*calendar().tables, *evaluation().tables]), *(_law_of(name, book) for name in names)]
    except TepatError as error:
        return [str(error)]


def _law_of(name: str, book: Book) -> str:
    try:
        judging = book(name)
        paid = judging.get(ALLOWANCE)
        named = sorted({version.content.classes for version in paid.versions} - {""}) if paid else []
        return digest(judging.digest, digest_of_tables(map(classes, named)))
    except TepatError as error:
        return str(error)


def still_stands(connection: Connection[Any], period: str, now: Found) -> WholeRun | None:
    """The last run over all units of a month, where nothing but marks and waiting days can have changed since."""
    with connection.cursor(binary=True) as cursor:
        known = cursor.execute(STANDS_SQL, (period, now.law)).fetchone()
    if known is None:
        return None
    employees, who, *others = known
    return WholeRun(employees, who, {employee: (first, last) for employee, first, last in zip(*others, strict=True)})


def note(connection: Connection[Any], now: Found, summary: Summary, *, everybody: bool) -> None:
    """At the end of a run that read its members anew; everybody: those of all units. now: as it was at its start.

    Whoever is left out has to be looked at the next time too.
    """
    if everybody:
        connection.execute(DROP_SQL, (summary.period,))
    else:
        connection.execute(DROP_OTHER_SQL, (summary.period, now.law))  # some are judged by other law now, or days
    if everybody and not summary.not_scored:
        others, firsts, lasts = _columns(summary.spans)
        row = (summary.period, now.seen, now.law, summary.employees, summary.who, others, firsts, lasts)
        connection.execute(SAVE_SQL, row)
    for statement in PRUNE_SQL:
        connection.execute(statement)


def _columns(spans: dict[int, Span]) -> tuple[list[int], list[date], list[date]]:
    return list(spans), [first for first, _ in spans.values()], [last for _, last in spans.values()]
