"""The plan (SKP) from files to the score: what is promised for a month, what was done, and how its value came about."""

import dataclasses
import json
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.kinds.evaluation import Method, RatingWeights
from config.kinds.rates import Rate
from config.rulebook_tables import METHOD, OUTPUT_CAP, RATING_WEIGHTS
from ingest import database
from ingest.database import reader
from ingest.tables import TableName, import_table
from scoring.performance_store import performance
from tepat import assemble
from tests.scoring.database import AT, add_office, found, month, nip, punch, run
from tests.scoring.office import law_of
from tests.scoring.test_performance import book

BOOK = book(
    method=(METHOD, Method(output="plan", predicate="score")),
    ratings=(RATING_WEIGHTS, RatingWeights(superior=6000, peer=4000, subordinate=0, fewest=3)),
    cap=(OUTPUT_CAP, (Rate("month", 12000, ""),)),
)
ME, BOSS = nip(0), nip(1)
PLANS = f"""owner,year,reference,title,kind,measure,target,category,scope,value,01,02,07
{ME},2026,A,Layanan,main,berkas,1200,,,,100,,
{ME},2026,B,Laporan,main,laporan,12,,,,1,1,
{ME},2026,C,Tim,additional,kegiatan,1,80,60,10,,,
"""
WORK = f"""nip,reference,date,title,volume,weight,status,kind,plan
{ME},1,2026-01-05,Berkas,98,1,verified,main,A
{ME},2,2026-01-06,Laporan,1,1,verified,main,B
{ME},3,2026-01-07,Tim,1,1,verified,additional,C
{ME},4,2026-01-08,Berkas,50,1,submitted,main,A
"""
RATINGS = f"nip,rater,period,role,value\n{ME},{BOSS},2026-01,superior,90\n"


def bring(office: ConnectionPool, folder: Path, table: TableName, rows: str) -> None:
    path = folder / f"{table}.csv"
    path.write_text(rows, encoding="utf-8")
    with office.connection() as connection:
        import_table(connection, table, path, at=AT, actor="command:test")


@pytest.fixture
def office(pool: ConnectionPool, tmp_path: Path) -> ConnectionPool:
    add_office(pool, employees=2, rulebook="kemensos-eperformance")
    for employee, terminal in ((0, "W"), (1, "T")):
        punch(pool, terminal, employee, month())
    bring(pool, tmp_path, "plans", PLANS)
    bring(pool, tmp_path, "activities", WORK)
    bring(pool, tmp_path, "ratings", RATINGS)
    return pool


def test_a_month_by_plan_and_behaviour_tells_each_item(office: ConnectionPool) -> None:
    run(office, book=lambda _: BOOK)
    ((output, behaviour, evaluation, predicate, steps),) = found(
        office,
        "SELECT output, behaviour, evaluation, predicate, steps FROM score JOIN employee ON employee.id = employee_id"
        " WHERE nip = %s",
        ME,
    )
    told = {step["kind"]: step["formula"] for step in steps}
    assert told["output"] == "(A 88,00 x 1,00 + B 109,00 x 1,00) / 2,00 + 4,80 = 103,30"
    assert told["behaviour"] == "60,00 % superior (1) 90,00"
    assert told["evaluation"] == "70,00 % x 103,30 + 30,00 % x 90,00"
    assert (output, behaviour, evaluation, predicate) == (103_30, 90_00, 99_31, "Baik")


def test_the_work_behind_an_output_is_told_piece_by_piece(
    office: ConnectionPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(office, tmp_path, "catalogue", "code,title,measure,norm_minutes,weight\nR,Rapat,rapat,90,0.5\n")
    more = f"""{ME},5,2026-01-05,Nota,1,2.5,returned,main,A,
{ME},6,2026-01-05,Rapat,1,,verified,other,,R
"""
    bring(office, tmp_path, "activities", WORK.splitlines()[0] + ",catalogue\n" + more)
    deadlines = "unit,from,submit_days,decide_days\nHQ,2026-01-06,3,\n"
    bring(office, tmp_path, "deadlines", deadlines)
    run(office, book=lambda _: BOOK)
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(office))

    def explain(*asked: str) -> str:
        return CliRunner().invoke(assemble(["explain"]), ["explain", ME, *asked], catch_exceptions=False).output

    day = explain("2026-01-05")
    assert "work: 2 of 3 pieces count, 98,50 points, 1 returned" in day
    assert "    1 Berkas (main, plan A): 98,00 x 1,00 = 98,00 points\n" in day
    assert "    5 Nota (main, plan A): 1,00 x 2,50 = 2,50 points; returned: no reason said\n" in day
    assert "    6 Rapat (other): 1,00 rapat x 0,50 = 0,50 points, 90 min by norm\n" in day
    assert "submitted or decided too late" in explain("2026-01-06")
    assert "not decided yet" in explain("2026-01-08")
    assert "work" not in explain("2026-01-12").split("deduction")[1]
    month_ = explain("2026-01")
    assert "work: 2 of 6 pieces count, 98,50 points, 1 not decided yet, 1 returned, 2 too late" in month_
    pieces = json.loads(explain("2026-01", "--json"))["work"]
    assert [(one["reference"], one["counts"]) for one in pieces] == [
        ("1", True), ("5", False), ("6", True), ("2", False), ("3", False), ("4", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("year", "value", "told"),
    [
        (
            2021,
            98_50,
            "50,00 % x ((A 88,00 x 1,00) / 1,00) + 50,00 % x ((B 109,00 x 1,00 + D 109,00 x 1,00) / 2,00)",
        ),
        (2022, 102_00, "(A 88,00 x 1,00 + B 109,00 x 1,00 + D 109,00 x 1,00) / 3,00"),
    ],
)
def test_the_halves_of_2021_are_told_by_the_months_that_items_are_promised_for(
    office: ConnectionPool, tmp_path: Path, year: int, value: int, told: str
) -> None:
    promised = ((name, month_) for name, month_ in (("A", "100,"), ("B", ",100"), ("D", ",100")))
    items = [f"{ME},{year},{name},Layanan,main,berkas,100,{months}" for name, months in promised]
    bring(office, tmp_path, "plans", "\n".join(["owner,year,reference,title,kind,measure,target,06,07", *items]))
    work = [
        f"{ME},{year}{name},{year}-{day},Berkas,{volume},1,verified,main,{name}"
        for name, day, volume in (("A", "06-30", 98), ("B", "07-01", 100), ("D", "12-31", 100))
    ]
    bring(office, tmp_path, "activities", "\n".join([WORK.splitlines()[0], *work]))
    first, last = date(year, 1, 1), date(year, 12, 31)
    law = dataclasses.replace(law_of(BOOK, "2026-01"), last=last)
    ((me,),) = found(office, "SELECT id FROM employee WHERE nip = %s", ME)
    with reader(office) as read:
        (got,) = performance(read, [me], str(year), law, (first, last)).to_dicts()
    assert (got["plan"], got["plan_told"]) == (value, told)
