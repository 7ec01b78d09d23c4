"""The pages say everything in Indonesian and in English, and hide nothing that matters."""

import re

import pytest

from api.words import TEXTS, Language
from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import BUDI, MADE, SITI, Office, add_employee, add_score, month

DASH = "\N{EN DASH}"


def cells(page: str, name: str) -> list[str]:
    """The texts of an employee's row, a cell each."""
    row = next(part for part in page.split("<tr>") if name in part).split("</tr>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.split(r"</t[hd]>", row)]


@pytest.mark.usefixtures("office")
def test_the_recap_has_a_cell_per_day_and_the_totals(person: Asker) -> None:
    page = person("hr").get("/recap").text
    assert "Januari 2026" in page, "the newest scored month opens by itself"
    siti = cells(page, "Siti Rahmawati")
    assert SITI in siti[0]
    assert (siti[5], siti[21], siti[27]) == ("TL1", "PSW2", "TK")
    assert (siti[1], siti[3], siti[2]) == ("", "", "· tidak ada potongan")
    assert siti[32:36] == ["4,50 %", f"{DASH} aturan ini tidak menilai kinerja", "95,50 %", "95,50 %"]
    assert cells(page, "Budi Santoso")[6] == "?"
    assert cells(page, "Budi Santoso")[7] == "belum dihitung"
    header = page.split("<thead>")[1].split("</thead>")[0]
    assert header.count('scope="col"') == 36
    assert header.count('class="day weekend"') == 9
    assert 'title="Isra Mikraj Nabi Muhammad SAW"' in header


@pytest.mark.usefixtures("office")
def test_assumed_figures_and_missing_rates_are_said_wherever_they_stand(person: Asker) -> None:
    client = person("hr")
    whole, makassar, jakarta = (client.get(f"/recap?unit={unit}").text for unit in ("PUSAT", "MKS", "JKT"))
    for page, assumed, missing in ((whole, True, True), (makassar, True, False), (jakarta, False, True)):
        assert ("Angka asumsi, bukan peraturan." in page) is assumed
        assert ("Tarif belum diketahui." in page) is missing
    assert cells(makassar, "I Made Wirawan")[32:] [:4] == [
        f"{figure} % a (asumsi)" for figure in ("1,00", "95,00", "96,60", "96,60")
    ]  # fmt: skip
    assert "(asumsi)" not in " ".join(cells(jakarta, "Siti Rahmawati"))


def test_an_employee_s_page_opens_each_deduction_to_punch_and_law(office: Office, person: Asker) -> None:
    page = person("hr").get(f"/employees/{office.employees[SITI]}?period=2026-01&open=2026-01-05").text
    assert page.count("<details") == 3
    late = next(part for part in page.split("<details") if 'id="d2026-01-05"' in part)
    assert late.split(">")[0].endswith(" open")
    for told in (
        "Senin, 5 Januari 2026", "TL1", "Terlambat, 12 menit", "0,50\xa0%",
        "lobi-jakarta", "2001", "5 Jan 2026 07:42:13", "WIB", "Masuk",
        "Rekaman lain pada hari itu", "07:42:19", "16:02:40",
        "SK Sekjen Kemenag 13/2014", "tidak disebut dalam sumber", "Potongan keterlambatan",
        "tahun 2014 (tanggal pastinya tidak diketahui)", "peraturan", "Perpres 21/2023 Ps.4",
        "12 menit, dalam rentang 1 sampai kurang dari 31 menit",
    ):  # fmt: skip
        assert told in late, told
    absent = next(part for part in page.split("<details") if 'id="d2026-01-27"' in part)
    assert not absent.split(">")[0].endswith(" open")
    assert "Tidak ada rekaman dari mesin mana pun" in absent
    assert (
        person("hr", "PUSAT").get(f"/employees/{office.employees[SITI]}?period=2026-01&open=all").text.count(" open>")
        == 3
    )


def test_assumption_and_missing_rate_on_the_employee_s_page(office: Office, person: Asker) -> None:
    client = person("hr")
    made = client.get(f"/employees/{office.employees[MADE]}?period=2026-01").text
    assert "Angka asumsi, bukan peraturan." in made
    assert made.count('class="tag assumption"') == 4
    assert "WITA" in made
    budi = client.get(f"/employees/{office.employees[BUDI]}?period=2026-01").text
    assert "Tarif belum diketahui." in budi
    assert "tarif belum diketahui" in budi
    assert "Nilai bulan ini belum dihitung." in budi


def test_a_missing_target_is_no_missing_rate(office: Office, pool: ConnectionPool, person: Asker) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE score SET output = NULL, total = NULL, payable = NULL WHERE basis = 'assumption'")
    client = person("hr")
    for path in ("/recap?unit=MKS", f"/employees/{office.employees[MADE]}?period=2026-01"):
        page = client.get(path).text
        assert "Target SKP belum ada." in page
        assert "Tarif belum diketahui." not in page
        assert page.count("? target SKP belum ada".replace("? ", '?<span class="unseen"> ')) == 3


def test_the_language_is_switched_and_remembered(office: Office, person: Asker) -> None:
    client = person("hr")
    path = f"/employees/{office.employees[SITI]}?period=2026-01"
    assert '<html lang="id">' in client.get(path).text
    english = client.get(path + "&lang=en").text
    assert '<html lang="en">' in english
    assert "Late, 12 min" in english
    assert "0.50\xa0%" in english
    assert "0.50 + 1.00 + 3.00" in english
    assert not re.search(r"\d,\d\d\b", english)
    assert "Monday, 5 January 2026" in english
    assert '<html lang="en">' in client.get("/recap").text
    assert '<html lang="id">' in client.get("/recap?lang=id").text
    assert '<html lang="id">' in client.get("/recap?lang=xx").text


@pytest.mark.parametrize(
    "path", ["/recap", "/recap?unit=MKS", "/terminals", "/rejected", "/employees/1?period=2026-01&open=all"]
)
@pytest.mark.usefixtures("office")
def test_no_text_of_one_language_stands_on_the_other_s_page(person: Asker, path: str) -> None:
    client = person("hr")
    pairs: tuple[tuple[Language, Language], ...] = (("id", "en"), ("en", "id"))
    joint = "&" if "?" in path else "?"
    shown = {lang: client.get(f"{path}{joint}lang={lang}").text for lang in ("id", "en")}
    for one, other in pairs:
        foreign = {
            text
            for key, text in TEXTS[other].items()
            if text not in TEXTS[one].values() and "{" not in text and len(text) > 9
        }
        assert not [text for text in foreign if f">{text}<" in shown[one]]
        assert [text for text in TEXTS[one].values() if f">{text}<" in shown[one]]


@pytest.mark.usefixtures("office")
def test_the_allowance_role_gets_the_scores_without_days_and_links(person: Asker) -> None:
    page = person("allowance").get("/recap").text
    assert cells(page, "Siti Rahmawati")[1:6] == [
        "4,50 %",
        "95,50 %",
        f"{DASH} aturan ini tidak menilai kinerja",
        "95,50 %",
        "95,50 %",
    ]
    assert "/employees/" not in page
    assert "/terminals" not in page


def test_two_hundred_employees_come_by_fifty_or_at_once(office: Office, pool: ConnectionPool, person: Asker) -> None:
    with pool.connection() as connection:
        for number in range(200):
            nip = f"19900101201001{3000 + number}"
            employee = add_employee(
                connection, office, nip, f"Pegawai {number:03}", unit="JKT", terminal="lobi-jakarta"
            )
            add_score(connection, employee, 1, 9000, month(9000, "10,00"))
    client = person("hr")
    first, last, whole = (client.get(f"/recap?unit=JKT&{more}").text for more in ("", "page=5", "rows=all"))
    assert first.count('<th scope="row"') == 50
    assert f"1{DASH}50 dari 202 pegawai" in first
    assert last.count('<th scope="row"') == 2
    assert whole.count('<th scope="row"') == 202
    assert "1 / 5" in first
    assert "Berikutnya" not in whole


@pytest.mark.usefixtures("office")
def test_a_name_cannot_bring_markup(pool: ConnectionPool, person: Asker) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE employee SET name = '<script>alert(1)</script>'")
        connection.execute("UPDATE unit SET name = '\"><b>'")
        connection.execute("UPDATE terminal_health SET error = '<i>broken</i>'")
    client = person("hr")
    for path in ("/recap", "/employees/1?period=2026-01&open=all", "/terminals"):
        page = client.get(path).text
        assert "<script" not in page
        assert '"><b>' not in page
        assert "<i>" not in page


@pytest.mark.usefixtures("office")
def test_no_link_carries_an_identity_number(person: Asker) -> None:
    client = person("hr")
    for path in ("/recap", "/employees/1?period=2026-01&open=all"):
        links = re.findall(r'(?:href|action|src)="([^"]+)"', client.get(path).text)
        assert links
        assert not [link for link in links if re.search(r"\d{16}", link)]


def test_an_empty_house_is_told_what_to_do(person: Asker) -> None:
    page = person("hr").get("/recap")
    assert page.status_code == 200
    assert "tepat import units" in page.text


@pytest.mark.usefixtures("office")
def test_terminals_tell_their_condition(pool: ConnectionPool, person: Asker) -> None:
    client = person("hr")
    page = client.get("/terminals").text
    assert "baik" in page
    assert "belum pernah dibaca" in page
    assert "41.233 / 100.000" in page
    with pool.connection() as connection:
        connection.execute("UPDATE terminal_health SET error = 'The terminal refused the connection.'")
    page = client.get("/terminals").text
    assert "perlu tindakan" in page
    assert "The terminal refused the connection." in page


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("offset", "said", "told"),
    [
        (60, None, None),
        (-60, None, None),
        (61, "Jam mesin ini 1 menit 1 detik terlalu cepat", "Its clock is 61 seconds fast"),
        (-86523, "Jam mesin ini 24 jam 2 menit 3 detik terlalu lambat", "Its clock is 86523 seconds slow"),
    ],
)
def test_a_terminal_whose_clock_is_off_is_not_called_good(
    pool: ConnectionPool, person: Asker, offset: int, said: str | None, told: str | None
) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE terminal_health SET clock_offset = %s", (offset,))
    client = person("hr")
    row = next(part for part in client.get("/terminals").text.split("<tr>") if "lobi-jakarta" in part)
    assert (">baik<" if said is None else ">jam salah<") in row
    assert ("Jam mesin ini" in row) is (said is not None)
    assert said is None or said in row
    terminal = client.get("/api/v1/terminals").json()["items"][1]
    assert terminal["condition"] == ("good" if told is None else "clock_wrong")
    assert terminal["clock_warning"] is None if told is None else terminal["clock_warning"].startswith(told)
    with pool.connection() as connection:
        connection.execute("UPDATE terminal_health SET error = 'The terminal refused the connection.'")
    page = client.get("/terminals").text
    assert "perlu tindakan" in page
    assert said is None or said in page


@pytest.mark.usefixtures("office")
def test_looking_at_a_page_is_recorded(pool: ConnectionPool, person: Asker) -> None:
    client = person("hr", "JKT")
    client.get("/recap")
    client.get("/employees/1?period=2026-01")
    with pool.connection() as connection:
        found = connection.execute("SELECT object, detail FROM audit WHERE action = 'view' ORDER BY id").fetchall()
    assert found == [
        ("recap", {"unit": "JKT", "period": "2026-01", "employees": [2, 1]}),
        ("employee:1", {"period": "2026-01"}),
    ]
