"""What an officer tells a person whom a percent hits: the hours of the day, the letter, the work, before rounding."""

import json
from datetime import date

from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import ARITHMETIC, ASSUMED, MADE, SITI, Office, add_day, step

LETTER = "official travel, letter ST-1/2026; the rulebook does not name it, and who works loses nothing"


def month_of(office: Office, person: Asker, nip: str, period: str = "2026-01") -> str:
    return person("hr").get(f"/employees/{office.employees[nip]}?period={period}").text


def test_each_deduction_tells_the_hours_that_were_due(office: Office, person: Asker) -> None:
    late = month_of(office, person, SITI).split('id="d2026-01-05"')[1].split("</details>")[0]
    assert '<dt>Jam kerja hari itu</dt><dd class="figure">07:30\N{EN DASH}16:00</dd>' in late


def test_an_absence_with_a_letter_names_it_and_looks_like_no_offence(
    office: Office, pool: ConnectionPool, person: Asker
) -> None:
    with pool.connection() as connection:
        away = step("leave", "DL", 0, LETTER)
        add_day(connection, office.employees[SITI], date(2026, 2, 3), [away], first_in=None, last_out=None)
    page = month_of(office, person, SITI, "2026-02")
    assert "Tidak hadir dengan surat: perjalanan dinas, surat ST-1/2026</span>" in page
    assert '<span class="chip excused">DL</span>' in page
    assert 'class="none"' not in page, "no scan was due"
    assert "Dasarnya surat, bukan rekaman." in page
    assert "justru tidak adanya rekaman" not in page


def test_a_correction_by_letter_cites_no_law(office: Office, pool: ConnectionPool, person: Asker) -> None:
    with pool.connection() as connection:
        told = step("corrected", "", 0, "in 07:25:00, letter ST/12/2026: forgot to scan", **ARITHMETIC)
        add_day(connection, office.employees[SITI], date(2026, 2, 3), [told])
    reason = month_of(office, person, SITI, "2026-02").split("<details")[1].split("</details>")[0]
    assert "Koreksi dengan surat: masuk 07:25:00, surat ST/12/2026: lupa merekam</span>" in reason
    assert "<dt>Peraturan</dt>" not in reason


def test_the_work_behind_the_output_adds_up(office: Office, pool: ConnectionPool, person: Asker) -> None:
    with pool.connection() as connection:
        for reference, status, volume in (("a", "verified", 250), ("b", "verified", 100), ("c", "returned", 900)):
            connection.execute(
                "INSERT INTO activity (employee_id, reference, day, title, kind, volume, weight, status, reason)"
                " VALUES (%s, %s, '2026-01-12', 'Asesmen', 'main', %s, 150, %s, %s)",
                (office.employees[MADE], reference, volume, status, "bukti kurang" if status == "returned" else None),
            )
    work = month_of(office, person, MADE).split('<section aria-labelledby="work">')[1].split("</section>")[0]
    assert "2 dari 3 kegiatan dihitung" in work
    assert '<span class="much figure">5,25</span>' in work
    assert "2,50 \N{MULTIPLICATION SIGN} 1,50 = 3,75" in work
    assert "dikembalikan</span> <small>bukti kurang</small>" in work


def test_what_is_paid_is_told_before_rounding(office: Office, pool: ConnectionPool, person: Asker) -> None:
    paid = step("payable", "", 9436, "94,358", **ARITHMETIC)
    output = step("output", "", 9643, "67,50 / 70,00 = 96,43", **ASSUMED)
    with pool.connection() as connection:
        query = "UPDATE score SET steps = json_build_array(%s::json, %s::json) WHERE employee_id = %s"
        connection.execute(query, (json.dumps(output), json.dumps(paid), office.employees[MADE]))
    page = month_of(office, person, MADE)
    assert "Sebelum dibulatkan: 94,358" in page
    assert "67,50 poin dari target 70,00 poin = 96,43\N{NO-BREAK SPACE}%" in page


def test_an_employee_s_account_is_told_that_there_is_no_page_for_it(office: Office, person: Asker) -> None:
    assert office.employees
    answer = person("employee", nip=SITI).get("/recap")
    assert answer.status_code == 403
    assert "untuk akun pegawai belum ada halaman" in answer.text
    assert 'href="/recap"' not in answer.text
