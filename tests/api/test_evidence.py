"""A punch is shown in the terminal's time and the unit's, on the unit's day, and none hides another."""

import json
import re
from datetime import date, timedelta

import pytest

from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import MADE, SITI, Office, add_punch, add_terminal, wall

ZONES = {"time_zone": "Asia/Jakarta", "unit_time": "2026-01-05T07:45:00"}


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def reason(page: str, day: str) -> str:
    return text_of(next(part for part in page.split("<details") if f'id="d{day}"' in part))


@pytest.fixture
def jayapura(office: Office, pool: ConnectionPool) -> int:
    """Siti now works in a unit two hours ahead of the terminals she uses, of which there are two."""
    siti = office.employees[SITI]
    with pool.connection() as connection:
        connection.execute("UPDATE unit SET time_zone = 'Asia/Jayapura' WHERE code = 'JKT'")
        add_terminal(connection, office, "pintu-belakang", "Asia/Jakarta")
        connection.execute(
            "INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from) VALUES (%s, '2001', %s, '2020-01-01')",
            (office.terminals["pintu-belakang"], siti),
        )
    return siti


def set_key(pool: ConnectionPool, employee: int, day: str, key: dict[str, object]) -> None:
    with pool.connection() as connection:
        connection.execute(
            "UPDATE work_day SET steps = jsonb_set(steps::jsonb, '{0,punches}', %s::jsonb)"
            " WHERE employee_id = %s AND day = %s",
            (json.dumps([key]), employee, day),
        )


@pytest.mark.parametrize("told", [ZONES, {}], ids=["told by the step", "an old step"])
def test_a_punch_of_another_zone_is_shown_in_both(
    jayapura: int, office: Office, pool: ConnectionPool, person: Asker, told: dict[str, object]
) -> None:
    key = {"terminal": "lobi-jakarta", "pin": "2001", "local_time": "2026-01-05T05:45:00", "state": 0}
    with pool.connection() as connection:
        add_punch(connection, office, "lobi-jakarta", "2001", at=wall("2026-01-05 05:45:00"), state=0)
    set_key(pool, jayapura, "2026-01-05", key | told)
    page = person("hr").get(f"/employees/{jayapura}?period=2026-01&open=all").text
    assert "5 Jan 2026 05:45:00 WIB = 07:45:00 WIT" in reason(page, "2026-01-05")


def test_a_step_tells_its_zone_even_where_the_punch_is_no_more_to_be_found(
    jayapura: int, pool: ConnectionPool, person: Asker
) -> None:
    key = {"terminal": "gone", "pin": "2001", "local_time": "2026-01-05T05:45:00", "state": 0}
    set_key(pool, jayapura, "2026-01-05", key | ZONES)
    path = f"/employees/{jayapura}?period=2026-01&open=all"
    client = person("hr")
    assert "5 Jan 2026 05:45:00 WIB = 07:45:00 WIT" in reason(client.get(path).text, "2026-01-05")
    set_key(pool, jayapura, "2026-01-05", key)
    assert "5 Jan 2026 05:45:00 Masuk" in reason(client.get(path).text, "2026-01-05")


def test_a_punch_of_the_same_zone_is_shown_once(office: Office, person: Asker) -> None:
    page = person("hr").get(f"/employees/{office.employees[SITI]}?period=2026-01&open=all").text
    assert "5 Jan 2026 07:42:13 WIB Masuk" in reason(page, "2026-01-05")


def test_other_records_stand_on_the_day_of_the_unit(
    jayapura: int, office: Office, pool: ConnectionPool, machine: Asker, person: Asker
) -> None:
    with pool.connection() as connection:
        for at in ("2025-12-31 21:59:59", "2025-12-31 22:00:00", "2026-01-04 22:30:00", "2026-01-05 22:30:00",
                   "2026-01-31 21:59:59", "2026-01-31 22:00:00"):  # fmt: skip
            add_punch(connection, office, "lobi-jakarta", "2001", at=wall(at), state=0)
    page = person("hr").get(f"/employees/{jayapura}?period=2026-01&open=all").text
    fifth = reason(page, "2026-01-05")
    assert "4 Jan 2026 22:30:00 WIB = 5 Jan 2026 00:30:00 WIT" in fifth
    assert "22:30:00 WIB = 6 Jan" not in fifth
    month = machine("hr").get(f"/api/v1/employees/{jayapura}/months/2026-01").json()
    times = [punch["unit_time"] for punch in month["punches"]]
    assert times == sorted(times)
    assert (times[0], times[-1]) == ("2026-01-01T00:00:00", "2026-01-31T23:59:59")


def test_a_second_terminal_s_punch_of_the_same_second_is_shown(
    jayapura: int, office: Office, pool: ConnectionPool, person: Asker
) -> None:
    with pool.connection() as connection:
        add_punch(connection, office, "pintu-belakang", "2001", at=wall("2026-01-05 07:42:13"), state=0)
        add_punch(connection, office, "lobi-jakarta", "2001", at=wall("2026-01-05 07:42:13"), state=1)
    fifth = reason(person("hr").get(f"/employees/{jayapura}?period=2026-01&open=all").text, "2026-01-05")
    assert fifth.count("5 Jan 2026 07:42:13") == 3
    assert "pintu-belakang" in fifth.split("Rekaman lain")[1]
    assert "Pulang" in fifth.split("Rekaman lain")[1]


def test_the_list_of_punches_tells_the_unit_s_time_where_somebody_holds_the_pin(
    jayapura: int, machine: Asker, office: Office
) -> None:
    assert jayapura != office.employees[MADE]
    found = machine("hr").get("/api/v1/punches?from=2026-01-01&until=2026-01-31").json()["items"]
    told = {(punch["pin"], punch["local_time"][11:]): punch["unit_time"] for punch in found}
    assert told["2001", "07:42:13"] == "2026-01-05T09:42:13"
    assert told["1003", "08:05:30"] == "2026-01-08T08:05:30"
    assert told["9999", "08:05:30"] is None


def test_every_day_names_the_text_that_sets_its_hours_or_frees_it(
    office: Office, machine: Asker, person: Asker
) -> None:
    siti = office.employees[SITI]
    days = machine("hr").get(f"/api/v1/employees/{siti}/months/2026-01").json()["days"]
    assert days[0]["hours"]["law"] == "SKB Menag 1497/2025"
    assert days[1]["hours"] == {
        "law": "Perpres 21/2023", "article": "Ps. 4", "in_force": "2023-04-12", "in_force_known": "day",
        "basis": "regulation",
    }  # fmt: skip
    page = text_of(person("hr").get(f"/employees/{siti}?period=2026-01").text)
    told = page.split("Jam kerja dan hari libur menurut")[-1]
    assert "SKB Menag 1497/2025, Lampiran · Berlaku sejak tahun 2026 (tanggal pastinya tidak diketahui)" in told
    assert "Perpres 21/2023, Ps. 4 · Berlaku sejak Rabu, 12 April 2023 · peraturan" in told


def test_a_score_says_until_which_day_it_was_judged(
    office: Office, pool: ConnectionPool, machine: Asker, person: Asker
) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE score SET last_day = %s", (date(2026, 1, 31) - timedelta(days=16),))
    siti = office.employees[SITI]
    assert machine("hr").get(f"/api/v1/employees/{siti}/months/2026-01").json()["score"]["last_day"] == "2026-01-15"
    assert "dinilai sampai Kamis, 15 Januari 2026" in person("hr").get(f"/employees/{siti}?period=2026-01").text
