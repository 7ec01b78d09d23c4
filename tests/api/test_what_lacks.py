"""What a score lacks is said by its own name, on the page too: a rate, a rating, the class, the target."""

import json

import pytest

from api.words import formula, law
from ingest.database import ConnectionPool
from scoring.performance_steps import NO_METHOD, NO_RATING_WEIGHTS
from tests.api.conftest import Asker
from tests.api.office import ARITHMETIC, ASSUMED, MADE, Office, step

OUTPUT = step("output", "", 9500, "47,50 / 50,00 = 95,00", **ASSUMED)


def shown(office: Office, pool: ConnectionPool, person: Asker, change: str, *steps: object) -> str:
    employee = office.employees[MADE]
    with pool.connection() as connection:
        connection.execute(
            f"UPDATE score SET {change}, steps = %s WHERE employee_id = %s".encode(), (json.dumps(steps), employee)
        )
    return person("hr").get(f"/employees/{employee}?period=2026-01").text


def test_with_an_output_the_target_is_not_what_lacks(office: Office, pool: ConnectionPool, person: Asker) -> None:
    total = step("total", "", None, "? % x 99,00 + ? % x 95,00", **ASSUMED)
    page = shown(office, pool, person, "total = NULL, payable = NULL", OUTPUT, total)
    assert "Target SKP belum ada." not in page
    assert "Tarif belum diketahui." in page


def test_a_cap_that_is_not_known_is_a_rate(office: Office, pool: ConnectionPool, person: Asker) -> None:
    capped = step("output", "", None, "60,00 / 50,00 = 120,00; max ?", **ASSUMED)
    page = shown(office, pool, person, "total = NULL, payable = NULL, output = NULL", capped)
    assert "arget SKP belum ada" not in page
    assert "Tarif belum diketahui." in page


@pytest.mark.parametrize(
    "unrated",
    [("?", "rating_weights", "Penilaian perilaku belum ada."), (NO_RATING_WEIGHTS, "", "Tarif belum diketahui.")],
)
def test_behaviour_that_nobody_rated_and_that_no_rating_makes(
    office: Office, pool: ConnectionPool, person: Asker, unrated: tuple[str, str, str]
) -> None:
    told, table, banner = unrated
    rated = step("behaviour", "", None, told, **(ASSUMED | {"table": table}))
    page = shown(office, pool, person, "total = NULL, payable = NULL", OUTPUT, rated)
    assert banner in page
    assert "Target SKP belum ada." not in page
    assert ("rating_weights)" in page) is (not table)


@pytest.mark.parametrize(
    ("named", "lacks"),
    [("Baik", "tarif belum diketahui"), (NO_METHOD, "tarif belum diketahui"), ("2026-Q1 ?", "predikat belum ada")],
)
def test_a_predicate_whose_percentage_is_not_known_is_not_lacking(
    office: Office, pool: ConnectionPool, person: Asker, named: str, lacks: str
) -> None:
    paid = step("predicate_pay", "", None, named, **ASSUMED)
    page = shown(office, pool, person, "payable = NULL", OUTPUT, paid)
    row = next(part for part in page.split("<tr>") if "Persentase menurut predikat</th>" in part)
    assert lacks in row.split("</tr>")[0].lower()


def test_an_amount_that_is_not_known_is_no_percent(office: Office, pool: ConnectionPool, person: Asker) -> None:
    amount = step("amount", "", 9660, "96,60 % x Rp ? (class ?) = Rp ?", **ARITHMETIC)
    page = shown(office, pool, person, "amount = NULL", OUTPUT, amount)
    row = next(part for part in page.split("<tr>") if "Jumlah dibayarkan</th>" in part).split("</tr>")[0]
    assert "kelas jabatan atau tunjangannya belum diketahui" in row
    assert "96,60\N{NO-BREAK SPACE}%" not in row


def test_rupiah_stays_on_one_line_with_the_mark_of_an_assumption(
    office: Office, pool: ConnectionPool, person: Asker
) -> None:
    amount = step("amount", "", 9660, "96,60 % x Rp 5979200,00 (class 10) = Rp 5775907,20", **ARITHMETIC)
    page = shown(office, pool, person, "amount = 577590720", OUTPUT, amount)
    tile = page.split('<div class="tile payable amount"><span>Jumlah dibayarkan</span>')[1].split("</div>")[0]
    assert "Rp\N{NO-BREAK SPACE}5.775.907,20" in tile
    assert "(asumsi)" in tile
    assert "Rp\N{NO-BREAK SPACE}5.979.200,00" in page


def test_words_of_what_lacks_and_of_the_law_of_surabaya() -> None:
    assert formula(NO_RATING_WEIGHTS, "id") == "aturan ini tidak memuat bobot penilai (rating_weights)"
    assert formula(NO_RATING_WEIGHTS, "en") == NO_RATING_WEIGHTS
    assert formula(NO_METHOD, "id") == "aturan ini tidak memuat cara predikat ditetapkan (evaluation_method)"
    assert formula(NO_METHOD, "en") == NO_METHOD
    said = "e-Performance of Surabaya (Perwali 16/2011, 86/2011 and later)"
    assert law(said, "id") == "e-Performance Surabaya (Perwali 16/2011, 86/2011 dan sesudahnya)"


def test_a_terminal_that_was_heard_of_and_not_synced_is_not_called_good(
    office: Office, pool: ConnectionPool, person: Asker
) -> None:
    with pool.connection() as connection:
        connection.execute(
            "UPDATE terminal_health SET seen_at = now(), tried_at = now(), read_at = now(), clock_offset = 0,"
            " error = NULL, cure = NULL, synced_until = NULL WHERE terminal_id = %s",
            (office.terminals["lobi-jakarta"],),
        )
    assert "terdengar, tetapi belum tersinkron" in person("hr").get("/terminals").text
