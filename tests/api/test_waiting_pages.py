"""The pages say how a terminal is, what to do about it, and which days wait for it."""

import pytest

from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import MADE, Office


def test_the_cure_of_a_terminal_s_trouble_is_in_the_reader_s_language(
    office: Office, pool: ConnectionPool, person: Asker
) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE terminal_health SET error = 'It refuses the key.', cure = 'wrong_key'")
    client = person("hr")
    assert "Mesin meminta kunci komunikasi (comm key) yang lain. Ambil kunci" in client.get("/terminals").text
    assert "tepat terminal set lobi-jakarta --comm-key" in client.get("/terminals?lang=en").text
    terminal = client.get("/api/v1/terminals").json()["items"][1]
    assert (terminal["condition"], terminal["trouble"], terminal["unread"]) == ("needs_you", "wrong_key", 0)
    assert terminal["synced_until"] is not None
    assert "poll_seconds" not in terminal
    assert office.terminals


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ("seen_at = now() - interval '2 hours'", "diam sejak"),
        ("seen_at = now() - interval '20 minutes'", "terlambat"),
        ("seen_at = now(), unread = 1234", "1.234 belum dibaca"),
    ],
)
def test_a_terminal_that_is_late_silent_or_behind_says_so(
    office: Office, pool: ConnectionPool, person: Asker, column: str, shown: str
) -> None:
    assert office.terminals
    with pool.connection() as connection:
        connection.execute(f"UPDATE terminal_health SET {column}".encode())
    assert shown in person("hr").get("/terminals").text


def test_days_that_wait_are_told_with_the_terminal_they_wait_for(
    office: Office, pool: ConnectionPool, person: Asker
) -> None:
    made, terminal = office.employees[MADE], office.terminals["gerbang-makassar"]
    with pool.connection() as connection:
        connection.execute("DELETE FROM work_day WHERE employee_id = %s AND day = '2026-01-20'", (made,))
        connection.execute("INSERT INTO waiting_day VALUES (%s, '2026-01-20', %s, '2026-01-20 16:00Z', false)",
                           (made, terminal))  # fmt: skip
        connection.execute("INSERT INTO terminal_health (terminal_id, seen_at, synced_until) VALUES (%s, now(), %s)"
                           " ON CONFLICT (terminal_id) DO UPDATE SET synced_until = excluded.synced_until",
                           (terminal, "2026-01-19 03:00Z"))  # fmt: skip
    client = person("hr")
    page = client.get(f"/employees/{made}?period=2026-01").text
    assert "1 hari belum dinilai." in page
    told = "Selasa, 20 Januari 2026: menunggu mesin gerbang-makassar, tersinkron sampai 19 Jan 2026 03:00:00 UTC."
    assert told in page
    listed = page.split('<h2 id="days">')[1]
    assert listed.index("Sen, 19 Jan") < listed.index("belum dinilai: menunggu mesin gerbang-makassar")
    assert listed.index("belum dinilai: menunggu") < listed.index("Rab, 21 Jan"), "in its place among the days"
    terminals = client.get("/terminals").text
    assert "1 hari kerja pegawai menunggu mesin ini, sejak Selasa, 20 Januari 2026." in terminals
    explained = client.get(f"/api/v1/employees/{made}/months/2026-01").json()
    assert explained["waiting"][0]["terminals"] == ["gerbang-makassar"]


def test_nothing_is_payable_while_a_day_waits(
    office: Office, pool: ConnectionPool, machine: Asker, person: Asker
) -> None:
    made, gate = office.employees[MADE], office.terminals["gerbang-makassar"]
    feed = machine("allowance")
    before = feed.get("/api/v1/scores", params={"period": "2026-01"}).json()["items"][0]
    assert (before["payable"], before["days_waiting"], before["waiting_for"]) == ("96.60", 0, [])
    with pool.connection() as connection:
        connection.execute("DELETE FROM work_day WHERE employee_id = %s AND day = '2026-01-20'", (made,))
        connection.execute("INSERT INTO waiting_day VALUES (%s, '2026-01-20', %s, now(), false),"
                           " (%s, '2026-02-20', %s, now(), false)", (made, gate, made, gate))  # fmt: skip
    waits, other = feed.get("/api/v1/scores", params={"period": "2026-01"}).json()["items"]
    assert (waits["payable"], waits["lacking"], waits["days_waiting"]) == (None, "days", 1)
    assert waits["waiting_for"] == ["gerbang-makassar"]
    assert (other["payable"], other["days_waiting"]) == ("95.50", 0)
    client = person("hr")
    page = client.get("/recap?unit=MKS&month=1&year=2026").text
    assert "Selasa, 20 Januari 2026: menunggu mesin gerbang-makassar" in page
    assert "sementara: 1 hari belum dinilai" in page
    assert "96,60" not in page.split('<td class="sum payable">')[1].split("</td>")[0]
    assert "1 hari belum dinilai." in person("allowance").get("/recap?unit=MKS&month=1&year=2026").text
    month = client.get(f"/employees/{made}?period=2026-01").text
    assert "sementara: 1 hari belum dinilai" in month
    with pool.connection() as connection:
        connection.execute("DELETE FROM waiting_day")
    assert feed.get("/api/v1/scores", params={"period": "2026-01"}).json()["items"][0] == before


def test_days_judged_without_waiting_are_marked_where_money_is_read(
    office: Office, pool: ConnectionPool, machine: Asker, person: Asker
) -> None:
    made, gate = office.employees[MADE], office.terminals["gerbang-makassar"]
    with pool.connection() as connection:
        connection.execute("INSERT INTO waiting_day VALUES (%s, '2026-01-20', %s, now(), true)", (made, gate))
    score = machine("allowance").get("/api/v1/scores", params={"period": "2026-01"}).json()["items"][0]
    assert (score["payable"], score["days_overruled"], score["overruled_for"]) == ("96.60", 1, ["gerbang-makassar"])
    client = person("hr")
    page = client.get("/recap?unit=MKS&month=1&year=2026").text
    assert "Hari yang dinilai tanpa menunggu mesin: 1." in page
    assert "hari yang dinilai tanpa menunggu mesin: 1 (gerbang-makassar)" in page
    assert "1 hari kerja pegawai dinilai tanpa rekaman mesin ini." in client.get("/terminals").text


def test_a_cure_names_the_serial_number_that_is_known(office: Office, pool: ConnectionPool, person: Asker) -> None:
    gate = office.terminals["gerbang-makassar"]
    with pool.connection() as connection:
        connection.execute("UPDATE terminal SET kind = 'iclock', address = 'CKJF0001' WHERE id = %s", (gate,))
        connection.execute("INSERT INTO terminal_health (terminal_id, error, cure) VALUES (%s, 'x', 'push_blocked')"
                           " ON CONFLICT (terminal_id) DO UPDATE SET error = 'x', cure = 'push_blocked'",
                           (gate,))  # fmt: skip
    page = person("hr").get("/terminals").text
    assert "tepat terminal approve CKJF0001" in page
    assert "NOMOR-SERI" not in page
