"""HR locks a month; who pays reads what is locked and the adjustments, exactly as they will stay."""

import pytest
from fastapi.testclient import TestClient

from ingest.database import ConnectionPool
from scoring import store
from tests.api.conftest import Asker
from tests.scoring.database import add_office, found, month, nip, punch, run
from tests.scoring.test_lock import MARCH, correct
from tests.scoring.test_lock import lock as lock_here
from tests.scoring.test_long_periods import evaluate, run_long


@pytest.fixture
def january(pool: ConnectionPool) -> ConnectionPool:
    """Employee 0 of W was late on the 9th; February is scored too."""
    add_office(pool, employees=1)
    punch(pool, "W", 0, month(late_on=9))
    for period in ("2026-01", "2026-02"):
        run(pool, period, MARCH)
    return pool


def lock(client: TestClient, period: str = "2026-01", **more: object) -> tuple[int, dict[str, object]]:
    answer = client.post("/api/v1/locks", json={"period": period, **more})
    return answer.status_code, answer.json()


def test_hr_locks_and_who_pays_reads_what_never_changes(january: ConnectionPool, machine: Asker) -> None:
    hr, pays = machine("hr"), machine("allowance")
    assert lock(pays)[0] == 403
    nobody = {
        "assumed": 0,
        "overruled": 0,
        "months_to_score": [],
        "adjustments": 0,
        "not_ready": [],
        "not_ready_total": 0,
    }
    done = {"period": "2026-01", "dry_run": False, "ready": 1, "locked": 1, "already_locked": 0, **nobody}
    assert lock(hr, dry_run=True) == (200, done | {"dry_run": True})
    assert _locked(january) == []
    assert lock(hr) == (200, done)
    assert lock(hr) == (200, done | {"locked": 0, "ready": 0, "already_locked": 1})
    scores, days = "/api/v1/scores?period=2026-01", f"/api/v1/employees/{_id(january)}/months/2026-01"
    before, month_before = pays.get(scores).json()["items"], hr.get(days).json()
    assert before[0]["locked_at"] is not None
    correct(january)
    assert pays.get(scores).json()["items"] == before
    after = hr.get(days).json()
    assert (after["score"], after["days"]) == (month_before["score"], month_before["days"])
    (late,) = after["adjustments"]
    assert (late["percent"], late["paid_in"], late["amount"]) == ("0.50", None, None)
    assert [step["kind"] for step in late["steps"][0]["before"]] == ["late"]
    (pending,) = pays.get("/api/v1/adjustments").json()["items"]
    assert (pending["nip"], pending["period"], pending["percent"]) == (nip(0), "2026-01", "0.50")
    assert lock(hr, "2026-02")[1]["adjustments"] == 1
    assert pays.get("/api/v1/adjustments").json()["total"] == 0
    (paid,) = pays.get("/api/v1/adjustments?paid_in=2026-02").json()["items"]
    assert (paid["percent"], paid["paid_in"], len(paid["digest"])) == ("0.50", "2026-02", 64)


def test_the_pages_say_what_is_locked_and_what_is_adjusted(january: ConnectionPool, person: Asker) -> None:
    hr = person("hr")
    from_page = f"/employees/{_id(january)}?period=2026-01"
    with january.connection() as connection:
        connection.execute("UPDATE unit SET name = code")
    assert "Dikunci sejak" not in hr.get(from_page).text
    lock_here(january)
    correct(january)
    page = hr.get(from_page).text
    assert "Dikunci sejak" in page
    assert "Penyesuaian" in page
    assert "Dikunci sejak 2 Mar 2026 07:00:00 WIB." in page, "by the clock of the unit"
    assert "Versi 1 menjadi 2" in page
    assert "menunggu, dibayarkan ketika bulan berikutnya dikunci" in page
    assert "TL1" in page, "the locked days stay"
    late = page.split('<section aria-labelledby="adjustments">')[1].split("</section>")[0]
    assert "Jumat, 9 Januari 2026" in late
    assert "2026-01-09 " not in late
    assert late.index("TL1") < late.index("Menurut keadaan sekarang")
    assert "terminal-W, PIN 0, 9 Jan 2026 07:" in late, "down to the punch"
    recap = hr.get("/recap?month=1&year=2026").text
    assert "Dikunci: 1 dari 1 pegawai di halaman ini." in recap
    assert "dikunci</small>" in recap
    assert "penyesuaian</a> +0,50\N{NO-BREAK SPACE}% menunggu" in recap
    assert "nilainya masih dapat berubah" in hr.get("/recap?month=2&year=2026").text
    assert "(menunggu)</a>" in page
    lock_here(january, "2026-02")
    assert "dibayarkan bersama Februari 2026" in hr.get(from_page).text
    assert "penyesuaian</a> Januari 2026 +0,50" in hr.get("/recap?month=2&year=2026").text
    assert "Bulan ini juga membayarkan penyesuaian" in hr.get(from_page.replace("2026-01", "2026-02")).text


def test_an_adjustment_that_cannot_be_told_yet_says_why_on_every_page(january: ConnectionPool, person: Asker) -> None:
    lock_here(january)
    correct(january)
    with january.connection() as connection:
        connection.execute("UPDATE scored_month SET digest = '' WHERE period = '2026-01'")
    hr = person("hr")
    for path in (f"/employees/{_id(january)}?period=2026-01", "/recap?month=1&year=2026"):
        page = hr.get(path)
        assert page.status_code == 200
        assert "hari-harinya berubah; bulan ini harus dihitung lagi" in page.text


def test_a_month_in_which_nothing_counts_any_more_says_so_everywhere(january: ConnectionPool, person: Asker) -> None:
    with january.connection() as connection:
        connection.execute("UPDATE membership SET valid_until = '2025-12-01'")
    run(january, "2026-01", MARCH)
    hr = person("hr")
    (score,) = hr.get("/api/v1/scores?period=2026-01").json()["items"]
    assert (score["payable"], score["lacking"]) == (None, "not_counted")
    page = hr.get(f"/employees/{_id(january)}?period=2026-01").text
    assert "tidak ada lagi hari yang dihitung untuk bulan ini, menurut unit kerja" in page
    assert "tarif belum diketahui" not in page


def test_who_is_not_ready_is_told_with_a_cure_and_nothing_is_locked(january: ConnectionPool, machine: Asker) -> None:
    with january.connection() as connection:
        connection.execute("INSERT INTO day_to_score (employee_id, day) SELECT id, '2026-01-09' FROM employee")
    hr = machine("hr")
    status, told = lock(hr)
    assert status == 409
    errors = [{"employee_id": str(_id(january)), "reason": "stale",
               "cure": "facts or law have changed since: run `tepat score 2026-01`"}]  # fmt: skip
    assert told["errors"] == errors
    assert lock(hr, only_ready=True)[1]["locked"] == 0
    assert lock(hr, only_ready="yes")[0] == 422, "what cannot be undone is said plainly"
    assert _locked(january) == []


def test_hr_of_another_unit_locks_nobody_here(january: ConnectionPool, machine: Asker) -> None:
    other = machine("hr", "T")
    assert lock(other)[1]["locked"] == 0
    assert lock(other, unit="W")[0] == 404
    assert _locked(january) == []


def test_while_scores_are_computed_the_answer_is_to_try_again(january: ConnectionPool, machine: Asker) -> None:
    hr = machine("hr")
    with january.connection() as connection:
        store.lock(connection)
        status, told = lock(hr)
    assert (status, told["detail"]) == (
        409,
        "Scores are being computed or locked at the moment. Try again in a minute.",
    )
    assert lock(hr)[0] == 200


def _locked(pool: ConnectionPool) -> list[object]:
    return found(pool, "SELECT FROM locked_month")


def _id(pool: ConnectionPool) -> int:
    ((employee,),) = found(pool, "SELECT id FROM employee")
    return int(employee)


def test_who_would_have_another_predicate_is_told_to_score_the_quarter_first(
    pool: ConnectionPool, machine: Asker
) -> None:
    hr, told = machine("hr"), "facts or law have changed since: run `tepat score 2025-Q4`, then `tepat score 2026-01`"
    add_office(pool, employees=1, rulebook="kemlu-2025")
    punch(pool, "W", 0, month())
    for result in ("above", "below"):
        evaluate(pool, "2025-Q4", result, result)
        run(pool, "2026-01", MARCH)
        refused = lock(hr, dry_run=True)[1]["not_ready"]
        assert isinstance(refused, list)
        assert [one["cure"] for one in refused] == [told]
        assert lock(hr)[0] == 409
        run_long(pool, "2025-Q4", MARCH)
        run(pool, "2026-01", MARCH)
        assert lock(hr, dry_run=True)[1]["ready"] == 1
    assert lock(hr)[1]["locked"] == 1
    assert found(pool, "SELECT payable FROM shown_score WHERE period = '2026-01'") == [(6000,)]
