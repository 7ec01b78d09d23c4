"""Facts of every kind change in any order, with runs in between; the end is what one full run gives."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from ingest.tables import TableName, import_table
from tests.scoring.database import FEBRUARY, add_office, found, month, nip, punch, run, stored

AT = datetime(2026, 2, 1, tzinfo=UTC)
FIRST = date(2026, 1, 1)
SHIFTS = "code,name,start,end\nM,Malam,21:00,07:00\nP,Pagi,06:00,13:00\n"


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))])
def test_step_by_step_and_at_once_are_the_same(pool: ConnectionPool, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    add_office(pool, employees=4, rulebook="kementan-2012")
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET rulebook = 'agency-2013' WHERE code = 'E'")
        connection.execute("UPDATE unit SET rulebook = 'kota-serang-2023' WHERE code = 'T'")
    bring(pool, tmp_path, "shifts", SHIFTS)
    for number in range(4):
        punch(pool, "WTE"[number % 3], number, month(late_on=5 + number))
    bring(pool, tmp_path, "assemblies", "unit,date,name,presence\nHQ,2026-01-12,Apel,list\n")
    run(pool)
    changes: list[Callable[[], None]] = [
        lambda: late_punch(pool, chance),
        lambda: bring(pool, tmp_path, "rosters", f"nip,date,shifts\n{somebody(chance)},{some_day(chance)},M\n"),
        lambda: bring(pool, tmp_path, "rosters", f"unit,date,shifts\n{chance.choice('WTE')},{some_day(chance)},P M\n"),
        lambda: bring(pool, tmp_path, "rosters", f"nip,date,shifts\n{somebody(chance)},{some_day(chance)},-\n"),
        lambda: bring(pool, tmp_path, "employees", transfer(pool, chance)),
        lambda: bring(pool, tmp_path, "exits", an_exit(chance)),
        lambda: bring(pool, tmp_path, "corrections", a_correction(chance)),
        lambda: bring(pool, tmp_path, "assemblies", an_assembly(chance)),
        lambda: bring(pool, tmp_path, "attended", f"unit,date,name,nip,present\n{a_row_of_a_list(chance)}\n"),
        lambda: bring(pool, tmp_path, "shifts", f"code,name,start,end\nM,Malam,2{chance.randrange(3)}:00,07:00\n"),
    ]
    for _ in range(18):
        chance.choice(changes)()
        if chance.random() < 0.5:
            run(pool, until=FEBRUARY if chance.random() < 0.7 else some_day(chance))
    run(pool)
    days, scores = stored(pool)
    assert run(pool).days_computed == 0
    with pool.connection() as connection:
        connection.execute("TRUNCATE work_day, score, scored_month")
    run(pool)
    fresh_days, fresh_scores = stored(pool)
    assert days == fresh_days
    assert {row[0]: row[-1] for row in scores} == {row[0]: row[-1] for row in fresh_scores}


def bring(pool: ConnectionPool, folder: Path, table: TableName, content: str) -> None:
    path = folder / f"{table}.csv"
    path.write_text(content, encoding="utf-8")
    with pool.connection() as connection:
        import_table(connection, table, path, at=AT, actor="command:test")


def somebody(chance: random.Random) -> str:
    return nip(chance.randrange(4))


def some_day(chance: random.Random) -> date:
    return FIRST + timedelta(days=chance.randrange(1, 31))


def late_punch(pool: ConnectionPool, chance: random.Random) -> None:
    number = chance.randrange(4)
    at = datetime(2026, 1, 1) + timedelta(seconds=chance.randrange(31 * 86400))  # noqa: DTZ001 - as a terminal shows it
    punch(pool, "WTE"[number % 3], number, [f"{at:%Y-%m-%d %H:%M:%S}"])


def transfer(pool: ConnectionPool, chance: random.Random) -> str:
    who = somebody(chance)
    ((name,),) = found(pool, "SELECT name FROM employee WHERE nip = %s", who)
    return f"nip,name,unit,unit_from\n{who},{name},{chance.choice('WTE')},{some_day(chance)}\n"


def an_exit(chance: random.Random) -> str:
    row = f"{somebody(chance)},{some_day(chance)},1{chance.randrange(3)}:00,14:{chance.randrange(10, 60)}"
    return f"nip,date,left,returned,withdrawn\n{row},{chance.choice(['no', 'no', 'yes'])}\n"


def a_correction(chance: random.Random) -> str:
    row = f"{somebody(chance)},{some_day(chance)},{chance.choice(['in', 'out'])},07:{chance.randrange(10, 60)}"
    more = f"{chance.choice(['1', '2'])},{chance.choice(['no', 'no', 'yes'])}"
    return f"nip,date,scan,time,document,reason,shift,withdrawn\n{row},ND,forgotten,{more}\n"


def an_assembly(chance: random.Random) -> str:
    row = (
        f"{chance.choice(['HQ', 'W', 'T', 'E'])},{some_day(chance)},Apel pagi,punch,07:{chance.randrange(10, 20)},07:25"
    )
    return f"unit,date,name,presence,from,until,withdrawn\n{row},{chance.choice(['no', 'no', 'yes'])}\n"


def a_row_of_a_list(chance: random.Random) -> str:
    return f"HQ,2026-01-12,Apel,{somebody(chance)},{chance.choice(['yes', 'yes', 'no'])}"
