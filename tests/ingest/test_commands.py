"""The commands of ingest, on each kind of server."""

import json
from pathlib import Path

import psycopg
import pytest

from ingest import commands

UNITS = "code,name,parent,time_zone,rulebook\nP,Pusat,,Asia/Jakarta,kemenag-2014\n"
SARI = "198001012006041001"


@pytest.mark.usefixtures("settings_env")
def test_migrate_says_what_it_did(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEPAT_DATABASE_URL", empty_database_url)
    commands.migrate()
    commands.migrate()
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Applied 0001_organisation, 0002_punch")
    assert second == "The database is up to date."


@pytest.mark.usefixtures("command_line")
def test_tables_are_imported_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str], database_url: str) -> None:
    files = {
        "units": UNITS,
        "employees": f"nip,name,unit\n{SARI},Sari,P\n",
        "activities": f"nip,reference,date,title,volume,weight,status\n{SARI},A1,2026-01-05,Rapat,1,1,verified\n",
        "targets": f"nip,period,points\n{SARI},2026-01,250\n",
    }
    for name, content in files.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(content, encoding="utf-8")
        run = getattr(commands, f"import_{name}")
        run(path)
        run(path, as_json=True)
        told, counted = capsys.readouterr().out.splitlines()
        assert told == f"{name}.csv: 1 added, 0 changed, 0 unchanged."
        assert json.loads(counted) == {"added": 0, "changed": 0, "unchanged": 1}
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO terminal (name, kind, time_zone, added_at) VALUES ('gate', 'attlog', 'Asia/Jakarta', now())"
        )
    path = tmp_path / "employees.csv"
    path.write_text(
        f"nip,name,unit,terminal,pin,from\n{SARI},Sari,P,gate,7,2026-01-01\n{SARI},Sari,P,gate,8,2026-01-01"
    )
    commands.import_employees(path)
    commands.import_employees(path, as_json=True)
    told, counted = capsys.readouterr().out.splitlines()
    assert told == ("employees.csv: 0 added, 0 changed, 1 unchanged; enrolments: 2 added, 0 changed, 0 unchanged.")
    assert json.loads(counted)["enrolments"] == {"added": 0, "changed": 0, "unchanged": 2}
    with psycopg.connect(database_url) as connection:
        actors = connection.execute("SELECT action, actor FROM audit ORDER BY id").fetchall()
    assert [action for action, _ in actors] == [f"import {name}" for name in (*files, "employees")]
    assert all(actor.startswith("command:") for _, actor in actors)
