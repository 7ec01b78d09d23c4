"""`tepat discipline` and `tepat meals` on an office in the database."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from config.errors import TepatError
from ingest import database
from tepat import assemble
from tests.scoring.database import add_office, month, nip, punch, run

RUNNER = CliRunner()


@pytest.fixture
def office(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> ConnectionPool:
    """Three employees; the first was away for four days, the third for all of January."""
    add_office(pool, 3)
    punch(pool, "W", 0, [at for at in month() if not "2026-01-12" <= at[:10] <= "2026-01-15"])
    punch(pool, "T", 1, month())
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO employee_grade SELECT id, '2020-01-01', 3 FROM employee WHERE nip <> %s", [nip(2)]
        )
    run(pool)
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(pool))
    return pool


def told(*arguments: str) -> Any:
    done = RUNNER.invoke(assemble([arguments[0]]), list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output) if "--json" in arguments else done.output


@pytest.mark.usefixtures("office")
def test_flags_name_the_days_they_rest_on() -> None:
    found = told("discipline", "2026", "--json")
    mine = [flag for flag in found["flags"] if flag["nip"] == nip(0)]
    assert [(flag["day"], flag["sanction"]) for flag in mine] == [
        ("2026-01-14", "verbal_warning"),
        ("2026-01-15", "written_warning"),
    ]
    assert mine[1]["days"] == ["2026-01-12", "2026-01-13", "2026-01-14", "2026-01-15"]
    assert not [flag for flag in found["flags"] if flag["nip"] == nip(1)]
    third = {flag["sanction"]: flag["day"] for flag in found["flags"] if flag["nip"] == nip(2)}
    assert third["dismissal_consecutive"] == third["dissatisfaction"][:8] + "15"
    assert "cut_12_months" in third
    assert told("discipline", "2026-02", "--json")["flags"] == []


@pytest.mark.usefixtures("office")
def test_only_who_reached_something_is_told_by_name_the_gravest_first() -> None:
    first, *persons = told("discipline", "2026").splitlines()
    assert first.startswith("2026: 2 of 3 employees reached what PP 94/2021 Ps. 9-11, 15 provides, 1 did not. Only the")
    named = [line for line in persons if line.startswith("  1985")]
    stops = "honourable dismissal, not at own request; the salary stops from the month after"
    assert named == [
        f"  {nip(2)} Employee 2: 2026-01-15, 10 days in a row: {stops}",
        f"  {nip(0)} Employee 0: 2026-01-15, 4 days: written warning",
    ]
    assert persons[1] == "    absent on 2026-01-02, 2026-01-05 to 2026-01-09, 2026-01-12 to 2026-01-15"
    assert persons[-2:] == ["    absent on 2026-01-12 to 2026-01-15", "    also reached: 2026-01-14 verbal warning"]
    assert len(persons) == 6, "two or three lines each"
    (nobody,) = told("discipline", "2026", "--unit", "T").splitlines()
    assert nobody.startswith("2026: 0 of 1 employee reached what")
    by_minutes = told("discipline", "2026", "--unit", "T", "--minutes").splitlines()
    assert by_minutes[-1].startswith(
        "450 minutes late or left early count as a day. Convention, no regulation: PP 94/2021"
    )


def test_what_the_rulebook_provides_stands_beside_the_flag(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_office(pool, 1, rulebook="kementan-2012")
    punch(pool, "W", 0, [at for at in month() if not "2026-01-12" <= at[:10] <= "2026-01-15"])
    run(pool)
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(pool))
    text = told("discipline", "2026-01")
    assert text.endswith("\n    kementan-2012: Permentan 68/2012 provides 30.00 % of the allowance for 2 months\n")
    with pool.connection() as connection:
        connection.execute("DELETE FROM work_day WHERE day = '2026-01-15'")
    text = told("discipline", "2026-01")
    assert text.endswith("\n    kementan-2012: Permentan 68/2012 provides 20.00 % of the allowance for 1 month\n")


@pytest.mark.usefixtures("office")
def test_a_rulebook_that_cannot_be_read_any_more_hides_no_flag(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE day_law SET rulebook = 'there is none'")
    text = told("discipline", "2026", "--unit", "W")
    assert "4 days: written warning\n" in text
    assert "    what there is none provides is not known. There is no rulebook 'there is none'" in text


@pytest.mark.usefixtures("office")
def test_meals_are_counted_and_written(tmp_path: Path) -> None:
    found = told("meals", "2026-01", "--json")["meals"]
    assert [(row["nip"], row["days"]) for row in found] == [(nip(0), 16), (nip(1), 20), (nip(2), 0)]
    assert (found[1]["gross"], found[1]["net"]) == (74_000_000, 70_300_000)
    told("meals", "2026-01", "--csv", str(tmp_path / "m.csv"))
    lines = (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "nip,name,days,gross,net"
    assert lines[2] == f"{nip(1)},Employee 1,20,740000.00,703000.00"


@pytest.mark.usefixtures("office")
def test_what_is_missing_of_meal_money_is_named_once(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        connection.execute("DELETE FROM employee_grade")
    (line,) = [line for line in told("meals", "2026-01").splitlines() if nip(1) in line]
    assert line.count("not known") == 1
    assert line.endswith("20 days, worth not known: the grade of a day is missing; `tepat import grades` brings it")


def unreadable(pool: ConnectionPool, number: int, day: str = "%") -> None:
    """Days of this employee were judged by a rulebook that is gone by now."""
    with pool.connection() as connection:
        connection.execute("INSERT INTO day_law (facts_digest, rulebook, hours) VALUES ('gone', 'there is none', '{}')")
        connection.execute(
            "UPDATE work_day SET law_id = (SELECT id FROM day_law WHERE facts_digest = 'gone')"
            " WHERE employee_id = (SELECT id FROM employee WHERE nip = %s) AND day::text LIKE %s", (nip(number), day)
        )  # fmt: skip


@pytest.mark.parametrize("day", ["%", "2026-01-20"])
def test_one_rulebook_that_cannot_be_read_leaves_only_its_people_out(office: ConnectionPool, day: str) -> None:
    unreadable(office, 0, day)
    done = RUNNER.invoke(assemble(["meals"]), ["meals", "2026-01"], catch_exceptions=False)
    first, *people, left_out = done.output.splitlines()
    assert done.exit_code == 1
    assert first.startswith("2026-01: meal money of 2 employees, 20 days, by ")
    assert [line.split()[0] for line in people] == [nip(1), nip(2)]
    assert left_out.startswith(
        "Not reckoned: 1 employee of unit W by there is none. There is no rulebook 'there is none'"
    )
    done = RUNNER.invoke(assemble(["meals"]), ["meals", "2026-01", "--json"], catch_exceptions=False)
    (gone,) = json.loads(done.output)["not_reckoned"]
    assert (done.exit_code, gone["units"], gone["rulebooks"], gone["employees"]) == (1, ["W"], ["there is none"], 1)


def test_where_everybody_is_left_out_the_error_says_why(office: ConnectionPool) -> None:
    unreadable(office, 0)
    with pytest.raises(TepatError, match="Not reckoned: 1 employee of unit W by there is none"):
        told("meals", "2026-01", "--unit", "W")


def test_every_look_is_recorded(office: ConnectionPool) -> None:
    told("discipline", "2026", "--unit", "W")
    told("meals", "2026-01")
    with office.connection() as connection:
        seen = connection.execute("SELECT object, detail FROM audit WHERE action = 'view' ORDER BY id").fetchall()
    assert seen == [
        ("discipline", {"unit": "W", "period": "2026"}),
        ("meals", {"unit": None, "period": "2026-01"}),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("discipline", "²⁰²⁶"), "is no year and no month"),
        (("discipline", "20x6"), "is no year and no month"),
        (("discipline", "2026", "--unit", "none"), "There is no unit 'none'"),
        (("meals", "2026"), "is no month"),
        (("meals", "2026-02"), "tepat score 2026-02"),
    ],
)
@pytest.mark.usefixtures("office")
def test_what_cannot_be_told_names_the_cure(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(TepatError, match=words):
        told(*arguments)


def test_what_a_cut_is_in_money_where_the_allowance_is_known(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E9's amounts: class 7 of Perpres 71/2023. The first is away for all of January, the second is a candidate."""
    add_office(pool, 3, rulebook="kemensos-eperformance")
    with pool.connection() as connection:
        connection.execute("UPDATE employee SET allowance_class = 5")
        connection.execute(
            "INSERT INTO employee_class SELECT id, first::date, class, nip = %s FROM employee"
            " CROSS JOIN (VALUES ('2026-01-01', 7), ('2026-02-01', 8)) AS post (first, class) WHERE nip <> %s",
            (nip(1), nip(2)),
        )
    run(pool)
    monkeypatch.setattr(database, "opened", lambda _: nullcontext(pool))
    flags = told("discipline", "2026-01", "--json")["flags"]
    worth = [
        (flag["allowance"], flag["monthly"], flag["in_all"])
        for who in range(3)
        for flag in flags
        if (flag["nip"], flag["sanction"]) == (nip(who), "cut_6_months")
    ]
    assert worth == [(391_595_000, 97_898_750, 587_392_500), (None, None, None), (313_425_000, 78_356_250, 470_137_500)]
    assert {flag["monthly"] for flag in flags if flag["cut"] is None} == {None}
    lines = told("discipline", "2026-01", "--unit", "W").splitlines()
    assert "25 % for 6 months (Rp 978987.50 a month, Rp 5873925.00 in all), " in lines[-1]
    unknown = told("discipline", "2026-01", "--unit", "T")
    assert "Rp" not in unknown
    assert "25 % for 6 months, " in unknown
