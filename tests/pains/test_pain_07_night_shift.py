"""Pain 7: the punches of a night shift go to the wrong day, so that both days are absent or short of a scan."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from ingest.tables import TableName, import_table
from tests.scoring.database import FEBRUARY, add_office, found, nip, punch, run, stored, sync

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHIFTS = "code,name,start,end\nM,Malam,21:00,07:00\n"
IN, OUT = "2026-01-05 21:20:00", "2026-01-06 06:45:00"
NIGHT = (date(2026, 1, 5), "TL1 PSW1", "2026-01-05 21:20:00", "2026-01-06 06:45:00", 100)
FREE = (date(2026, 1, 6), "", None, None, 0)


def bring(pool: ConnectionPool, folder: Path, table: TableName, content: str) -> None:
    path = folder / f"{table}.csv"
    path.write_text(content, encoding="utf-8")
    with pool.connection() as connection:
        import_table(connection, table, path, at=NOW, actor="command:test")


def on_night_duty(pool: ConnectionPool, folder: Path, number: int = 0) -> None:
    """On the night from 5 to 6 January; free on the 6th."""
    bring(pool, folder, "shifts", SHIFTS)
    bring(pool, folder, "rosters", f"nip,date,shifts\n{nip(number)},2026-01-05,M\n{nip(number)},2026-01-06,-\n")


def days(pool: ConnectionPool, number: int = 0) -> list[tuple[object, ...]]:
    return found(
        pool,
        "SELECT day, codes, first_in::text, last_out::text, deduction FROM work_day"
        " JOIN employee ON employee.id = employee_id WHERE nip = %s AND day IN ('2026-01-05', '2026-01-06')"
        " ORDER BY day",
        nip(number),
    )


@pytest.mark.parametrize(("number", "terminal"), [(0, "W"), (1, "T"), (2, "E")], ids=["WIB", "WITA", "WIT"])
def test_both_scans_land_on_the_day_it_began(pool: ConnectionPool, tmp_path: Path, number: int, terminal: str) -> None:
    add_office(pool)
    on_night_duty(pool, tmp_path, number)
    punch(pool, terminal, number, [IN, OUT])
    run(pool)
    assert days(pool, number) == [NIGHT, FREE]


def test_a_scan_out_that_arrives_later_heals_the_day_before(pool: ConnectionPool, tmp_path: Path) -> None:
    add_office(pool, employees=1)
    on_night_duty(pool, tmp_path)
    punch(pool, "W", 0, [IN])
    run(pool)
    assert days(pool)[0][1] == "TL1 TAP"
    punch(pool, "W", 0, [OUT])
    assert run(pool).days_computed == 3, "the day of the scan and those beside it"
    assert days(pool) == [NIGHT, FREE]


def test_a_roster_that_arrives_later_gives_what_a_full_run_gives(pool: ConnectionPool, tmp_path: Path) -> None:
    add_office(pool, employees=1)
    punch(pool, "W", 0, [IN, OUT])
    run(pool)
    on_night_duty(pool, tmp_path)
    run(pool)
    assert days(pool) == [NIGHT, FREE]
    stepwise = stored(pool)[0]
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(pool)
    assert stepwise == stored(pool)[0]


def test_a_shift_that_is_not_over_is_not_judged_whatever_was_scanned(pool: ConnectionPool, tmp_path: Path) -> None:
    """At one in the morning somebody went out for a moment: that is no early leave."""
    add_office(pool, employees=1)
    on_night_duty(pool, tmp_path)
    punch(pool, "W", 0, [IN, "2026-01-06 00:50:00"])
    with pool.connection() as connection:
        sync(connection, datetime(2026, 1, 5, 18, tzinfo=UTC))
    assert run(pool, until=date(2026, 1, 6)).days_waiting == 1
    assert days(pool) == []
    punch(pool, "W", 0, [OUT])
    with pool.connection() as connection:
        sync(connection, datetime(2026, 1, 6, 1, tzinfo=UTC))
    run(pool, until=date(2026, 1, 6))
    assert days(pool) == [NIGHT]
    run(pool, until=FEBRUARY)
    assert days(pool) == [NIGHT, FREE]
