"""The page of rejected records: what is wrong in plain words, only of one's own terminals, every look recorded."""

import hashlib
import json
import re
from typing import Any

import pytest
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
        ("page=2", set()),
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
                "page": 1, "records": 1, "operations": 1,
            },
        )
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["kind=nonsense", "state=gone", "page=0", "text=%00", "terminal=" + "x" * 201])
def test_what_cannot_be_asked_is_refused(person: Asker, query: str) -> None:
    assert person("hr").get(f"/rejected?{query}").status_code == 422


def test_an_empty_house_has_none(person: Asker) -> None:
    assert "Tidak ada rekaman ditolak" in person("hr").get("/rejected").text
