"""Plans, catalogue, ratings, evaluations, predicates and classes from CSV; activities that say more; dry runs."""

from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.changes import Changes
from ingest.sheet import FaultyRowsError
from ingest.tables import import_table
from tests.ingest.tables import BUDI, NOW, SARI, Load, Rows, load, marked, office

__all__ = ["load", "office"]

HEADER = (
    "owner,year,reference,title,kind,measure,target,until,maximal,weight,category,scope,value,serves_owner,serves,01,02"
)
PLANS = f"""{HEADER}
P,2026,1,Good service,main,percent,90,,,,,,,,,,
{BUDI},2026,1,Lead the branch,main,report,12,,,,,,,P,1,1,1
{SARI},2026,1,Reports,main,report,24,30,no,60,,,,{BUDI},1,2,2.5
{SARI},2026,2,No late letter,main,percent,1200,,yes,40,,,,,,100,100
{SARI},2026,3,Committee,additional,day,5,,,,80,60,10,,,,
"""


@pytest.mark.usefixtures("office")
def test_a_plan_is_cascaded_and_broken_into_months(load: Load, rows: Rows) -> None:
    assert load("plans", PLANS) == Changes(5, 0, 0)
    assert load("plans", PLANS) == Changes(0, 0, 5)
    assert rows(
        "SELECT i.reference, i.low, i.high, i.maximal, i.weight, i.category, i.scope, i.value, above.title "
        "FROM plan_item i JOIN employee e ON e.id = i.employee_id LEFT JOIN plan_item above ON above.id = i.serves "
        "WHERE e.name = 'Sari' ORDER BY 1"
    ) == [
        ("1", 2400, 3000, False, 6000, None, None, None, "Lead the branch"),
        ("2", 120000, 120000, True, 4000, None, None, None, None),
        ("3", 500, 500, False, None, 80, 60, 1000, None),
    ]
    assert rows(
        "SELECT i.title, m.period, m.amount FROM plan_month m JOIN plan_item i ON i.id = m.plan_item_id"
        " WHERE i.title IN ('Lead the branch', 'Reports') ORDER BY 1, 2"
    ) == [
        ("Lead the branch", "2026-01", 100),
        ("Lead the branch", "2026-02", 100),
        ("Reports", "2026-01", 200),
        ("Reports", "2026-02", 250),
    ]
    assert marked(rows) == [("Budi", [1]), ("Sari", [1])]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("X,2026,1,t,main,m,1,,,,,,,,,,", "column owner, value 'X': no such employee (NIP) or unit"),
        (f"{SARI},26,1,t,main,m,1,,,,,,,,,,", "column year, value '26': write a whole number from 1900 to 2999"),
        (f"{SARI},2026,1,t,main,m,0,,,,,,,,,,", "column target, value '0': must be above 0"),
        (f"{SARI},2026,1,t,main,m,9,8,,,,,,,,,", "the upper bound lies below the target"),
        (f"{SARI},2026,1,t,additional,m,9,,,,90,1,1,,,,", "choose one of 100, 80, 60, 40, 20"),
        (f"{SARI},2026,1,t,main,m,9,,,,,,,P,7,,", "its owner has no such item that year"),
        (f"{SARI},2026,1,t,main,m,9,,,,,,,{SARI},1,,", "the item would serve itself"),
        (f"{SARI},2026,1,t,main,m,9,,,,,,,Q,7,,", "write the NIP or the unit whose item this one serves"),
        (f"{SARI},2026,1,t,main,m,9,,,,,,,,,x,", "column 01, value 'x': write a number"),
        (
            f"{SARI},2026,1,t,main,m,12,,,,,,,,,50,50",
            "row 2, column target, value '12': its months promise 100 together, more than the year: write the year's",
        ),
        (
            f"{SARI},2026,1,t,main,%,99,99.99,,,,,,,,50,50",
            "column until, value '99.99': its months promise 100 together, more than the year",
        ),
    ],
)
def test_a_faulty_plan_changes_nothing(load: Load, rows: Rows, row: str, said: str) -> None:
    with pytest.raises(FaultyRowsError) as raised:
        load("plans", f"{HEADER}\n{row}\n{BUDI},2026,1,Fine,main,m,1,,,,,,,,,,\n")
    assert said in str(raised.value)
    assert rows("SELECT FROM plan_item") == []


@pytest.mark.usefixtures("office")
def test_the_months_of_an_item_are_parts_of_its_year(load: Load) -> None:
    months = ",".join(f"{month:02}" for month in range(1, 13))
    header = f"owner,year,reference,title,kind,measure,target,until,category,scope,value,{months}\n"
    each, half = ",".join(["1"] * 12), ",".join(["1"] * 6 + [""] * 6)
    good = [
        f"{SARI},2026,1,t,main,m,12,,,,,{each}",
        f"{SARI},2026,2,t,main,m,10,12,,,,{each}",
        f"{SARI},2026,3,t,main,m,12,,,,,{half}",
        f"{SARI},2026,4,t,additional,m,1,,80,60,10,{each}",
    ]
    assert load("plans", header + "\n".join(good)) == Changes(4, 0, 0)
    with pytest.raises(FaultyRowsError) as raised:
        load("plans", f"{header}{SARI},2026,1,t,main,m,13,,,,,{each}\n{SARI},2026,2,t,main,m,11.99,,,,,{each}\n")
    assert [(fault.row, fault.column, fault.cure.split(":")[0]) for fault in raised.value.faults] == [
        (2, "target", "its months promise 12 together, less than the year"),
        (3, "target", "its months promise 12 together, more than the year"),
    ]


@pytest.mark.usefixtures("office")
def test_work_says_what_it_is_for_and_who_verified_it(load: Load, rows: Rows) -> None:
    load("plans", PLANS)
    assert load("catalogue", "code,title,measure,norm_minutes,weight\nR,Report,report,90,1.5\n") == Changes(1, 0, 0)
    header = (
        "nip,reference,date,title,volume,weight,status,kind,catalogue,plan,evidence,quality,submitted_on,decided_on,"
    )
    content = (
        f"{header}decided_by,reason\n"
        f"{SARI},A1,2026-01-05,Report,2,,verified,main,R,1,https://e.example/1,91,2026-01-05,2026-01-06,{BUDI},\n"
        f"{SARI},A2,2026-01-05,Report,2,3,returned,other,,,,,,,,Which report?\n"
    )
    assert load("activities", content) == Changes(2, 0, 0)
    assert rows(
        "SELECT a.reference, a.weight, a.kind, catalogue_code, i.reference, evidence, quality, decided_on, d.name, "
        "reason FROM activity a LEFT JOIN plan_item i ON i.id = plan_item_id "
        "LEFT JOIN employee d ON d.id = decided_by ORDER BY 1"
    ) == [
        ("A1", 150, "main", "R", "1", "https://e.example/1", 91, date(2026, 1, 6), "Budi", None),
        ("A2", 300, "other", None, None, None, None, None, None, "Which report?"),
    ]
    short = f"nip,reference,date,title,volume,weight,status\n{SARI},A1,2026-01-05,Report,2,1.5,verified\n"
    assert load("activities", short) == Changes(0, 0, 1), "columns left out stay as they are"


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("x,,,,,", "column kind, value 'x': choose one of main, additional, other"),
        (",X,,,,", "column catalogue, value 'X': no such work"),
        (",,9,,,", "column plan, value '9': the employee's plan of that year has no such item"),
        (",,,101,,", "column quality, value '101': write a whole number from 0 to 100"),
        (f",,,,,{SARI}", "nobody verifies his own work"),
        (",,,,,1", "no such employee: write the NIP of the superior"),
    ],
)
def test_faulty_work_is_named(load: Load, cells: str, said: str) -> None:
    header = "nip,reference,date,title,volume,weight,status,kind,catalogue,plan,quality,decided_on,decided_by"
    with pytest.raises(FaultyRowsError) as raised:
        load("activities", f"{header}\n{SARI},A1,2026-01-05,Report,2,1,verified,{cells}\n")
    assert said in str(raised.value)


@pytest.mark.usefixtures("office")
def test_a_dry_run_tells_what_would_change_and_changes_nothing(
    connection: psycopg.Connection[Any], tmp_path: Path, rows: Rows
) -> None:
    path = tmp_path / "plans.csv"
    path.write_text(PLANS, encoding="utf-8")
    done = import_table(connection, "plans", path, at=NOW, actor="command:sari", dry_run=True)
    assert done == Changes(5, 0, 0)
    assert rows("SELECT FROM plan_item") == []
    assert rows("SELECT FROM audit WHERE action = 'import plans'") == []
    assert marked(rows) == []


@pytest.mark.usefixtures("office")
def test_ratings_evaluations_predicates_and_classes(load: Load, rows: Rows) -> None:
    ratings = f"nip,rater,period,role,value\n{SARI},{BUDI},2026-Q1,superior,90.5\n"
    assert load("ratings", ratings) == Changes(taken=1)
    assert load("ratings", ratings.replace("90.5", "95")) == Changes(taken=1)
    found = f"nip,period,result,behaviour,new_idea\n{SARI},2026-01,above,,yes\n"
    assert load("evaluations", found) == Changes(1, 0, 0)
    assert load("predicates", "unit,period,predicate\nP,2026,Baik\n") == Changes(1, 0, 0)
    assert load("classes", f"nip,from,class,candidate\n{SARI},2025-03-01,7,no\n") == Changes(1, 0, 0)
    assert rows("SELECT period, role, value FROM rating") == [("2026-Q1", "superior", 9500)]
    assert rows("SELECT period, result, behaviour, new_idea FROM evaluation") == [("2026-01", "above", None, True)]
    assert rows("SELECT predicate FROM unit_predicate") == [("Baik",)]
    assert rows("SELECT valid_from, allowance_class, candidate FROM employee_class") == [(date(2025, 3, 1), 7, False)]
    assert marked(rows) == [("Sari", [1])]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("table", "content", "said"),
    [
        ("ratings", f"nip,rater,period,role,value\n{SARI},{SARI},2026,peer,90\n", "nobody rates himself"),
        ("ratings", f"nip,rater,period,role,value\n{SARI},1,2026,peer,90\n", "write the NIP of who rates"),
        ("ratings", f"nip,rater,period,role,value\n{SARI},{BUDI},2026,friend,90\n", "superior, peer, subordinate"),
        ("ratings", f"nip,rater,period,role,value\n{SARI},{BUDI},2026-Q5,peer,90\n", "a quarter as 2026-Q1"),
        ("ratings", f"nip,rater,period,role,value\n{SARI},{BUDI},2026,peer,121\n", "a rating from 0 to 120"),
        ("evaluations", f"nip,period,result,behaviour,new_idea\n{SARI},2026,high,,no\n", "above, as expected, below"),
        ("predicates", "unit,period,predicate\nP,2026,Fine\n", "choose one of Istimewa, Baik, Butuh Perbaikan"),
        ("predicates", "unit,period,predicate\nQ,2026,Baik\n", "tepat import units brings it"),
        ("classes", f"nip,from,class,candidate\n{SARI},2025-03-01,0,no\n", "write a whole number from 1 to 99"),
        ("catalogue", "code,title,measure,norm_minutes,weight\nR,Report,report,0,1\n", "from 1 to 600000"),
    ],
)
def test_faults_are_named_with_their_cure(load: Load, table: str, content: str, said: str) -> None:
    with pytest.raises(FaultyRowsError) as raised:
        load(table, content)  # type: ignore[arg-type]  # a literal each
    assert said in str(raised.value)
