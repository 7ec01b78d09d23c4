"""The page of rejected records: what is wrong in plain words, only of one's own terminals, every look recorded."""

import hashlib
import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg import Connection

from api.rejected import KINDS, REASONS, Search, counts
from devices.attlog import parse
from devices.zk.again import NO_SIZE
from devices.zk.clock import IMPOSSIBLE_TIME
from devices.zk.events import UNKNOWN_SIZE
from devices.zk.log import EMPTY_PIN, GARBLED_PIN, ODD_TAIL, SURPLUS
from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import Office

NIP = "198501012010012001"

REASONS_IN_USE = [
    ("The MQTT device d1 is not registered: tepat terminal add NAME --kind mqtt --address d1", "unknown"),
    ("terminal 'x' is not registered: tepat terminal add", "unknown"),
    ("implausible time 2000-01-01 00:00:10: before 2005", "clock_past"),
    ("implausible time 2036-01-01 00:00:10: more than a day after it was received", "clock_future"),
    ("table 'operlog': no attendance", "operation"),
    ("table 'user': no attendance", "other_table"),
    ("event 5000: abnormal or an alarm, no punch", "door"),
    ("pin 0 is nobody: an event of the terminal, no punch", "door"),
    ("a check of an identity card, no attendance", "door"),
    (GARBLED_PIN, "no_person"),
    (EMPTY_PIN, "no_person"),
    ("line 3: no id", "no_person"),
    (f"line 4: {parse(b'1	2026-02-30 07:00:00	1	0	1	0')}", "bad_time"),
    (IMPOSSIBLE_TIME, "bad_time"),
    (UNKNOWN_SIZE, "live"),
    ("The database refuses this record: CheckViolation.", "database"),
    (ODD_TAIL, "stray"),
    (SURPLUS, "stray"),
    (NO_SIZE, "unreadable"),
    ("line 3: 2 columns, at least 5 are needed", "unreadable"),
]


def keep(connection: Connection[Any], terminal: str, raw: bytes, reason: str, *, resolved: bool = False) -> None:
    connection.execute(
        "INSERT INTO rejected VALUES (%s, %s, %s, %s, 'push', '2026-01-05Z', '2026-01-06Z', 2, %s)",
        [terminal, hashlib.sha256(raw).digest(), raw, reason, "2026-01-07Z" if resolved else None],
    )


@pytest.fixture
def records(pool: ConnectionPool, office: Office) -> Office:
    with pool.connection() as connection:
        keep(connection, "lobi-jakarta", b"Jakarta \x1b <b>" + NIP.encode(), f"pin {NIP} is empty")
        keep(connection, "gerbang-makassar", b"Makassar", "table 'user': no attendance")
        keep(connection, "gerbang-makassar", b"healed", "not text", resolved=True)
        keep(connection, "nobody-knows", b"claimed", "The MQTT device nobody-knows is not registered: …")
        for terminal, action in (("lobi-jakarta", "clock set"), ("gerbang-makassar", "data cleared")):
            detail = {
                "record": terminal,
                "operation": 21,
                "local_time": "2026-01-05T08:02:00",
                "who": "7",
                "values": [],
            }
            connection.execute(
                "INSERT INTO audit (at, actor, action, object, detail) VALUES (now(), %s, %s, %s, %s)",
                [f"terminal:{terminal}", action, f"terminal:{terminal}", json.dumps(detail)],
            )
    return office


@pytest.mark.parametrize(("reason", "kind"), REASONS_IN_USE)
def test_each_reason_is_of_one_kind(connection: Connection[Any], reason: str, kind: str) -> None:
    keep(connection, "gate", b"1", reason)
    assert [count.kind for count in counts(connection, None, Search())] == [kind]


def test_every_kind_is_proven() -> None:
    assert {kind for _, kind in REASONS_IN_USE} == set(KINDS)
    assert set(REASONS) == set(KINDS) - {"unreadable"}


@pytest.mark.usefixtures("records")
def test_everything_is_said_in_plain_words_and_shown_safely(person: Asker) -> None:
    client = person("hr")
    page = client.get("/rejected").text
    for told in ("tanpa PIN yang terbaca", "tabel lain", "mesin belum didaftarkan", "nobody-knows", "2 kali"):
        assert told in page
    assert "Jakarta \\x1b &lt;b&gt;1985***2001" in page
    assert NIP not in page
    assert "healed" not in page
    assert re.findall(r'tag bad">([^<]+)', page) == ["data dihapus", "jam disetel"]
    assert "terminal not registered" in client.get("/rejected?lang=en").text


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("terminal=lobi-jakarta", {"Jakarta"}),
        ("kind=other_table", {"Makassar"}),
        ("text=MAKA", {"Makassar"}),
        ("state=resolved", {"healed"}),
        ("state=all", {"Jakarta", "Makassar", "healed", "claimed"}),
        ("terminal=&kind=&text=&state=open", {"Jakarta", "Makassar", "claimed"}),
        ("terminal=lobi-jakarta&kind=other_table", set()),
    ],
)
def test_records_are_found_by_what_is_asked(person: Asker, query: str, shown: set[str]) -> None:
    page = person("hr").get(f"/rejected?{query}").text
    assert set(re.findall(r"<code>(\w+)", page)) == shown


@pytest.mark.usefixtures("records")
def test_a_unit_sees_its_own_terminals_only(person: Asker) -> None:
    page = person("hr", "MKS").get("/rejected?state=all").text
    assert set(re.findall(r"<code>(\w+)", page)) == {"Makassar", "healed"}
    assert "lobi-jakarta" not in page
    assert "nobody-knows" not in page
    assert re.findall(r'tag bad">([^<]+)', page) == ["data dihapus"]
    asked = person("hr", "JKT").get("/rejected?terminal=gerbang-makassar&state=all").text
    assert "<code>" not in asked
    assert "data dihapus" not in asked


@pytest.mark.usefixtures("records")
def test_every_look_is_recorded(pool: ConnectionPool, person: Asker) -> None:
    person("hr").get(f"/rejected?terminal=lobi-jakarta&text={NIP}")
    with pool.connection() as connection:
        found = connection.execute("SELECT object, detail FROM audit WHERE action = 'view'").fetchall()
    assert found == [
        (
            "rejected",
            {
                "terminal": "lobi-jakarta", "text": "1985***2001", "state": "open",
                "records": 1, "operations": 1,
            },
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query", ["kind=nonsense", "state=gone", "after=nonsense", "text=%00", "terminal=" + "x" * 201]
)
def test_what_cannot_be_asked_is_refused(person: Asker, query: str) -> None:
    assert person("hr").get(f"/rejected?{query}").status_code == 422


@pytest.mark.usefixtures("records")
def test_a_terminal_leads_to_its_rejected_records(pool: ConnectionPool, person: Asker) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE terminal SET kind = 'mqtt', address = 'gate/7' WHERE name = 'lobi-jakarta'")
        keep(connection, "gate/7", b"Claimed", "not text")
    client = person("hr")
    page = client.get("/terminals").text
    assert re.findall(r'href="(/rejected[?][^"]+)">([^<]+)<', page) == [
        ("/rejected?terminal=gerbang-makassar", "1 rekamannya ditolak"),
        ("/rejected?terminal=lobi-jakarta", "2 rekamannya ditolak"),
    ]
    found = client.get("/rejected?terminal=lobi-jakarta").text
    assert set(re.findall(r"<code>(\w+)", found)) == {"Jakarta", "Claimed"}
    assert "2 of its records rejected" in client.get("/terminals?lang=en").text


def test_a_page_ends_where_the_next_begins(pool: ConnectionPool, person: Asker) -> None:
    with pool.connection() as connection:
        connection.execute(
            "INSERT INTO rejected SELECT 'gate', sha256(n::text::bytea), n::text::bytea, 'not text', 'poll', now(),"
            " CASE WHEN n < 80 THEN timestamptz '2026-01-05Z' ELSE timestamptz '2026-01-06Z' END"
            " FROM generate_series(1, 120) n"
        )
    client, path, seen = person("hr"), "/rejected?kind=unreadable", list[int]()
    for shown in (50, 50, 20):
        page = client.get(path).text
        assert f"{shown} dari 120 rekaman" in page
        seen += map(int, re.findall(r"<code>(\d+)", page))
        onward = re.search(r'href="([^"]+)">Rekaman sebelumnya', page)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert path == ""
    assert (len(seen), set(seen)) == (120, set(range(1, 121)))
    assert min(seen[:41]) == 80, "the last seen come first"


@pytest.mark.usefixtures("records")
def test_machines_follow_them_in_stretches(machine: Asker) -> None:
    client, seen = machine("hr"), []
    asked = {"size": "1", "state": "all"}
    while asked.get("cursor", "first"):
        found = client.get("/api/v1/rejected", params=asked).json()
        seen += found["items"]
        asked["cursor"] = found["next"]
    assert {record["text"] for record in seen} == {"Jakarta \\x1b <b>1985***2001", "Makassar", "healed", "claimed"}
    assert not any("raw" in record for record in seen)
    (told,) = client.get("/api/v1/rejected", params={"kind": "no_person"}).json()["items"]
    assert (told["terminal"], told["reason"], told["times_seen"]) == ("lobi-jakarta", "pin 1985***2001 is empty", 2)
    assert NIP not in str(seen)
    for query in ("cursor=nonsense", "size=0", "kind=odd", "terminal="):
        assert client.get(f"/api/v1/rejected?{query}").status_code == 422


@pytest.mark.usefixtures("records")
def test_machines_count_them_by_what_is_wrong(machine: Asker) -> None:
    found = machine("hr").get("/api/v1/rejected/counts").json()
    assert [(count["kind"], count["records"], count["times"]) for count in found] == [
        ("no_person", 1, 2), ("other_table", 1, 2), ("unknown", 1, 2),
    ]  # fmt: skip


@pytest.mark.usefixtures("records")
def test_each_role_sees_in_json_what_it_may(pool: ConnectionPool, machine: Asker, stranger: TestClient) -> None:
    allowance = machine("allowance")
    for path in ("/api/v1/rejected", "/api/v1/rejected/counts"):
        assert stranger.get(path).status_code == 401
        assert allowance.get(path).status_code == 403
    client = machine("hr", "MKS")
    found = client.get("/api/v1/rejected", params={"state": "all"}).json()["items"]
    assert {record["text"] for record in found} == {"Makassar", "healed"}
    assert client.get("/api/v1/rejected", params={"terminal": "lobi-jakarta"}).json()["items"] == []
    assert [count["kind"] for count in client.get("/api/v1/rejected/counts").json()] == ["other_table"]
    with pool.connection() as connection:
        looks = connection.execute(
            "SELECT detail FROM audit WHERE action = 'view' AND object = 'rejected' ORDER BY id"
        ).fetchall()
    assert looks[0] == ({"state": "all", "records": 2},)
    assert len(looks) == 3


def test_an_empty_house_has_none(person: Asker) -> None:
    assert "Tidak ada rekaman ditolak" in person("hr").get("/rejected").text


@pytest.mark.usefixtures("records")
def test_days_narrow_them_down(pool: ConnectionPool, machine: Asker, person: Asker) -> None:
    with pool.connection() as connection:
        connection.execute("UPDATE rejected SET last_seen = '2026-01-09 23:59:59Z' WHERE raw = 'Makassar'")
    api, page = machine("hr"), person("hr")
    days = {
        "since=2026-01-07": {"Makassar"},
        "until=2026-01-06": {"Jakarta", "claimed"},
        "since=2026-01-09&until=2026-01-09": {"Makassar"},
        "until=2026-01-08&since=2026-01-07": set(),
        "until=2999-12-31": {"Jakarta", "Makassar", "claimed"},
    }
    for query, shown in days.items():
        found = api.get(f"/api/v1/rejected?{query}").json()["items"]
        assert {record["text"].split()[0] for record in found} == shown
        counted = api.get(f"/api/v1/rejected/counts?{query}").json()
        assert sum(count["records"] for count in counted) == len(shown)
        assert set(re.findall(r"<code>(\w+)", page.get(f"/rejected?{query}").text)) == shown


def test_days_that_cannot_be_are_told(machine: Asker, person: Asker) -> None:
    api, upside_down = machine("hr"), "since=2026-11-23&until=2026-11-20"
    for path in ("/api/v1/rejected", "/api/v1/rejected/counts"):
        told = api.get(f"{path}?{upside_down}")
        assert told.status_code == 422
        assert told.json()["detail"] == "`since` 2026-11-23 is after `until` 2026-11-20."
        for day in ("2026-02-30", "9999-12-31", "0001-01-01"):
            assert api.get(f"{path}?until={day}").status_code == 422
    page = person("hr").get(f"/rejected?{upside_down}")
    assert page.status_code == 422
    assert "Tanggal awal sesudah tanggal akhir" in page.text
    assert 'value="2026-11-23"' in page.text, "the form keeps what is to be swapped"


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("said", ["lobi-jakarta", "gate-1", "SN7"])
def test_a_terminal_is_found_by_its_device_id_and_its_serial_number(
    pool: ConnectionPool, machine: Asker, person: Asker, said: str
) -> None:
    with pool.connection() as connection:
        connection.execute(
            "UPDATE terminal SET kind = 'mqtt', address = 'gate-1', serial_number = 'SN7' WHERE name = 'lobi-jakarta'"
        )
    found = machine("hr").get("/api/v1/rejected", params={"terminal": said}).json()["items"]
    assert [record["terminal"] for record in found] == ["lobi-jakarta"]
    page = person("hr").get("/rejected", params={"terminal": said}).text
    assert re.findall(r"<code>(\w+)", page) == ["Jakarta"]
    assert re.findall(r'tag bad">([^<]+)', page) == ["jam disetel"]
    assert machine("hr", "MKS").get("/api/v1/rejected", params={"terminal": said}).json()["items"] == []
