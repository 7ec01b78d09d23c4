"""The curl lines of docs/api.md, sent as they stand there, bring work from the plan to a verified activity."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.office import BUDI, SITI, Office

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
LINE = re.compile(r"""curl -H "Authorization: Bearer \$(\w+)" "\$api/([^"]+)"(?: --json '(.*)')?""")


@pytest.mark.usefixtures("office")
def test_the_lines_of_the_document_work(machine: Asker, pool: ConnectionPool, office: Office) -> None:
    with pool.connection() as connection:
        connection.execute("INSERT INTO membership (employee_id, valid_from, unit_id) SELECT id, '1900-01-01', unit_id"
                           " FROM employee")  # fmt: skip
    callers = {"HR": machine("hr"), "BUDI": machine("employee", nip=BUDI), "SITI": machine("employee", nip=SITI)}
    (shown,) = [part.split("```")[0] for part in DOCUMENT.read_text(encoding="utf-8").split("```bash\n")[1:]]
    answers: list[Any] = []
    number = ""
    for line in shown.splitlines():
        if not line.startswith("curl"):
            continue
        found = LINE.fullmatch(line)
        assert found, line
        who, path, body = found.groups()
        address = f"/api/v1/{path.replace('$id', number)}"
        answer = callers[who].post(address, json=json.loads(body)) if body else callers[who].get(address)
        assert answer.status_code == 200, (line, answer.text)
        answers.append(answer.json())
        if path == "own/decisions":
            (waiting,) = answers[-1]
            assert (waiting["plan"], waiting["plan_title"], waiting["catalogue"]) == ("M1", "Layanan", None)
            number = str(waiting["id"])
    assert [answers[n] for n in (4, 7, 8)] == [
        {"status": "returned"},
        {"status": "verified"},
        {"taken": 1, "dry_run": False},
    ]
    assert [(one["status"], one["reason"]) for one in answers[5]] == [("returned", "Lampirkan nomor surat")]
    with pool.connection() as connection:
        stored = connection.execute("SELECT status, quality, decided_by FROM activity").fetchall()
    assert stored == [("verified", 92, office.employees[SITI])]
