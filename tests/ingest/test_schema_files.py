"""The files of the schema are those that a database was set up with, or nothing is done to it."""

from pathlib import Path
from shutil import copy

import psycopg
import pytest

from ingest.errors import DatabaseError
from ingest.migrate import SCHEMA, migrate


def test_a_database_of_a_newer_version_is_refused(empty_database_url: str, tmp_path: Path) -> None:
    steps = sorted(SCHEMA.glob("*.sql"))
    migrate(empty_database_url)
    copy(steps[0], tmp_path)
    with pytest.raises(DatabaseError, match=rf"newer version of Tepat .*{steps[-1].stem}.*update this installation"):
        migrate(empty_database_url, schema=tmp_path)


def two_steps(folder: Path) -> Path:
    (folder / "0001_first.sql").write_text("CREATE TABLE first_step (a integer);\n")
    (folder / "0002_second.sql").write_text("CREATE TABLE second_step (a integer);\n")
    return folder


def test_a_file_changed_after_it_was_applied_is_noticed_and_nothing_done(
    empty_database_url: str, tmp_path: Path
) -> None:
    migrate(empty_database_url, schema=two_steps(tmp_path))
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first_step (a bigint);\n")
    (tmp_path / "0003_third.sql").write_text("CREATE TABLE third_step (a integer);\n")
    for _ in range(2):
        with pytest.raises(DatabaseError, match=r"another 0001_first\.sql than this .*: put back") as said:
            migrate(empty_database_url, schema=tmp_path)
        assert "\n" not in str(said.value)
        with psycopg.connect(empty_database_url) as connection:
            assert connection.execute("SELECT to_regclass('third_step')").fetchone() == (None,)
    two_steps(tmp_path)
    assert migrate(empty_database_url, schema=tmp_path) == ["0003_third"]


def test_other_line_ends_are_the_same_step(empty_database_url: str, tmp_path: Path) -> None:
    migrate(empty_database_url, schema=two_steps(tmp_path))
    (tmp_path / "0001_first.sql").write_bytes(b"CREATE TABLE first_step (a integer);\r\n")
    assert migrate(empty_database_url, schema=tmp_path) == []


def test_a_database_from_before_contents_were_kept_takes_them_over_once(
    empty_database_url: str, tmp_path: Path
) -> None:
    migrate(empty_database_url, schema=two_steps(tmp_path))
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("ALTER TABLE _yoyo_migration DROP COLUMN content_sha256")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE second_step (a integer); -- as it is now\n")
    assert migrate(empty_database_url, schema=tmp_path) == []
    two_steps(tmp_path)
    with pytest.raises(DatabaseError, match=r"another 0002_second\.sql"):
        migrate(empty_database_url, schema=tmp_path)
