"""Every way in which the embedded server can be left behind, and that the next command finds one that answers."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from ingest import embedded
from tests.ingest.holders import STARTED, answers, ask, holding, keep_a_row, server_pid, wait_until


def test_kill_of_the_holder_leaves_a_server_that_the_next_one_uses_and_stops(data_dir: Path) -> None:
    with holding(data_dir) as holder:
        url = holder.url()
        started = ask(url, STARTED)
        assert holder.end(signal.SIGKILL) == -signal.SIGKILL
    assert ask(url, STARTED) == started
    with embedded.running(data_dir) as again:
        assert again == url
        assert ask(again, STARTED) == started
    assert not answers(url)


def test_kill_of_the_server_loses_nothing_and_its_holder_can_revive_it(durable_data_dir: Path) -> None:
    with embedded.running(durable_data_dir) as url:
        keep_a_row(url)
        os.kill(server_pid(durable_data_dir), signal.SIGKILL)
        wait_until(lambda: not answers(url))
        assert embedded.revived(durable_data_dir) == url
        assert ask(url, "SELECT number FROM kept") == 7
    assert not answers(url)


def test_kill_of_both_loses_nothing(durable_data_dir: Path) -> None:
    with holding(durable_data_dir) as holder:
        keep_a_row(holder.url())
        holder.end(signal.SIGKILL)
        os.kill(server_pid(durable_data_dir), signal.SIGKILL)
    with embedded.running(durable_data_dir) as url:
        assert ask(url, "SELECT number FROM kept") == 7


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, *(pytest.param(one, marks=pytest.mark.long) for one in (signal.SIGHUP, signal.SIGINT))]
)
def test_a_holder_told_to_end_leaves_in_order(data_dir: Path, number: signal.Signals) -> None:
    with holding(data_dir) as holder:
        url = holder.url()
        os.killpg(holder.process.pid, number)
        holder.process.wait(60)
    assert not answers(url)
    assert not (data_dir / "postgresql" / "data" / "postmaster.pid").exists()


def test_a_server_told_to_end_that_waits_for_a_client_is_replaced(data_dir: Path) -> None:
    with embedded.running(data_dir) as url:
        keep_a_row(url)
        with psycopg.connect(url):
            os.kill(server_pid(data_dir), signal.SIGTERM)
            wait_until(lambda: not answers(url))
            with holding(data_dir) as holder:
                assert ask(holder.url(), "SELECT number FROM kept") == 7


@pytest.mark.long
def test_a_foreign_pid_in_the_servers_pid_file_is_left_alone(data_dir: Path) -> None:
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


@pytest.mark.long
def test_a_taken_port_is_exchanged_for_good(data_dir: Path) -> None:
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


@pytest.mark.long
def test_a_lost_port_of_a_living_server_is_replaced(data_dir: Path) -> None:
    with holding(data_dir) as holder:
        keep_a_row(holder.url())
        holder.end(signal.SIGKILL)
    (data_dir / "postgresql" / "port").write_text("")
    with embedded.running(data_dir) as url:
        assert ask(url, "SELECT number FROM kept") == 7


@pytest.mark.long
def test_a_first_start_cut_off_in_the_middle_begins_anew(new_data_dir: Path) -> None:
    with holding(new_data_dir) as holder:
        wait_until((new_data_dir / "postgresql" / "data.new" / "PG_VERSION").exists)
        holder.end(signal.SIGKILL)
    with embedded.running(new_data_dir) as url:
        assert ask(url, "SELECT 1") == 1
    assert not (new_data_dir / "postgresql" / "data.new").exists()


@pytest.mark.long
def test_a_database_that_was_not_made_yet_is_made(data_dir: Path) -> None:
    with (
        embedded.running(data_dir) as url,
        psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as connection,
    ):
        connection.execute("DROP DATABASE tepat")
    with embedded.running(data_dir) as url:
        assert ask(url, "SELECT current_database()") == "tepat"
