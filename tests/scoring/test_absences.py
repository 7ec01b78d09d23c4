"""Absences from the file to the score: imported, scored again where they touch, told in the explanation."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from ingest import tables
from ingest.changes import Changes
from ingest.sheet import FaultyRowsError
from tests.scoring.database import add_office, found, month, nip, punch, run, stored

HEADER = "nip,document,kind,from,until,document_date,child,withdrawn\n"


def bring(office: ConnectionPool, path: Path, *rows: str, dry_run: bool = False) -> Changes:
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    with office.connection() as connection:
        return tables.import_table(
            connection, "absences", path, at=datetime(2026, 2, 2, tzinfo=UTC), actor="command:test", dry_run=dry_run
        )


def days(office: ConnectionPool, number: int = 0) -> dict[int, tuple[bool, str, int | None]]:
    rows = found(
        office,
        "SELECT day, absent, codes, deduction FROM work_day JOIN employee ON employee.id = employee_id"
        " WHERE nip = %s AND (absent OR codes <> '')",
        nip(number),
    )
    return {day.day: (absent, codes, deduction) for day, absent, codes, deduction in rows}


@pytest.fixture
def scored(pool: ConnectionPool) -> ConnectionPool:
    """Three employees; the first was away from 12 to 15 January."""
    add_office(pool, 3)
    for number, terminal in enumerate("WTE"):
        times = [at for at in month() if number or not "2026-01-12" <= at[:10] <= "2026-01-15"]
        punch(pool, terminal, number, times)
    run(pool)
    return pool


def test_a_letter_excuses_and_only_its_days_are_computed(scored: ConnectionPool, tmp_path: Path) -> None:
    assert days(scored) == dict.fromkeys((12, 13, 14, 15), (True, "TK", 300))
    letter = f"{nip(0)},800/1,sick_outpatient,2026-01-12,2026-01-15,2026-01-12,,"
    assert bring(scored, tmp_path / "a.csv", letter) == Changes(1, 0, 0)
    done = run(scored)
    # The day before and the day after may be touched from another zone.
    assert done.days_computed == 6
    assert (done.days_changed, done.scores_changed) == (4, 1)
    assert days(scored) == {12: (False, "CS", 0), 13: (False, "CS", 0), 14: (False, "CS", 250), 15: (False, "CS", 250)}
    newest = found(scored, "SELECT deduction, version FROM score ORDER BY version DESC LIMIT 1")
    assert newest == [(500, 2)]
    assert bring(scored, tmp_path / "a.csv", letter) == Changes(0, 0, 1)
    assert run(scored).days_computed == 0


def test_a_withdrawn_letter_excuses_nothing_and_stays(scored: ConnectionPool, tmp_path: Path) -> None:
    before = stored(scored)[0]
    letter = f"{nip(0)},800/1,annual,2026-01-12,2026-01-15,,"
    bring(scored, tmp_path / "a.csv", f"{letter},no")
    run(scored)
    assert bring(scored, tmp_path / "a.csv", f"{letter},yes") == Changes(0, 1, 0)
    run(scored)
    assert stored(scored)[0] == before
    (row,) = found(scored, "SELECT document, withdrawn, entered_by <> '' FROM absence")
    assert row == ("800/1", True, True)


def test_a_letter_before_another_counts_on(scored: ConnectionPool, tmp_path: Path) -> None:
    bring(scored, tmp_path / "a.csv", f"{nip(0)},B,sick_outpatient,2026-01-14,2026-01-15,,,")
    run(scored)
    assert days(scored)[14] == (False, "CS", 0)
    bring(scored, tmp_path / "a.csv", f"{nip(0)},A,sick_outpatient,2026-01-12,2026-01-13,,,")
    run(scored)
    assert [days(scored)[day][2] for day in (12, 13, 14, 15)] == [0, 0, 250, 250]


def test_imported_before_or_after_gives_the_same(pool: ConnectionPool, tmp_path: Path) -> None:
    add_office(pool, 3)
    letters = [
        f"{nip(0)},A,sick_inpatient,2026-01-05,2026-01-09,,,",
        f"{nip(1)},B,annual,2026-01-07,2026-01-14,,,",
        f"{nip(1)},C,travel,2026-01-08,2026-01-08,,,",
    ]
    bring(pool, tmp_path / "a.csv", *letters)
    run(pool)
    first = stored(pool)[0]
    with pool.connection() as connection:
        connection.execute("DELETE FROM absence")
        connection.execute("DELETE FROM work_day")
        connection.execute("DELETE FROM scored_month")
    run(pool)
    assert stored(pool)[0] != first
    bring(pool, tmp_path / "a.csv", *letters[::-1])
    run(pool)
    assert stored(pool)[0] == first


def test_an_excused_day_waits_for_no_terminal(pool: ConnectionPool, tmp_path: Path) -> None:
    add_office(pool, 1)
    with pool.connection() as connection:
        connection.execute("UPDATE terminal_health SET synced_until = '2026-01-10Z'")
    bring(pool, tmp_path / "a.csv", f"{nip(0)},A,annual,2026-01-12,2026-01-15,,,")
    done = run(pool)
    assert {12, 13, 14, 15} <= days(pool).keys()
    assert 19 not in days(pool)
    assert done.days_waiting > 0


def test_every_fault_is_named_and_a_dry_run_changes_nothing(pool: ConnectionPool, tmp_path: Path) -> None:
    add_office(pool, 1)
    with pytest.raises(FaultyRowsError) as caught:
        bring(
            pool,
            tmp_path / "a.csv",
            f"{nip(0)},A,sick,2026-01-12,2026-01-15,,,",
            f"{nip(0)},B,annual,2026-01-12,2026-01-11,,,",
            f"{nip(0)},C,maternity,2026-01-12,2026-04-11,,,",
            f"{nip(0)},D,annual,2026-01-12,2062-01-15,,,",
            f"{nip(0)},E,annual,2026-01-12,2026-01-15,,2,maybe",
            f"{nip(7)},,annual,2026-13-12,2026-01-15,x,,",
        )
    told = str(caught.value)
    for fault in (
        "row 2, column kind, value 'sick': choose one of",
        "row 3, column until, value '2026-01-11': lies before",
        "row 4, column child, value '': maternity needs it",
        "row 5, column until, value '2062-01-15': is more than",
        "row 6, column child, value '2': annual is for no child",
        "row 6, column withdrawn, value 'maybe': choose one of yes, no",
        "row 7, column document, value '': must not be empty",
        "row 7, column from, value '2026-13-12': write an existing date",
        "row 7, column document_date, value 'x'",
        "row 7, column nip",
    ):
        assert fault in told
    assert found(pool, "SELECT count(*) FROM absence") == [(0,)]
    good = f"{nip(0)},A,annual,2026-01-12,2026-01-15,,,"
    assert bring(pool, tmp_path / "a.csv", good, dry_run=True) == Changes(1, 0, 0)
    assert found(pool, "SELECT count(*) FROM absence") == [(0,)]
