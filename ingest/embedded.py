"""The database server that Tepat brings along: the first command starts it, the last one out stops it.

Whether the server lives is never read from a file: it lives when a connection answers, and it is gone when the kernel
gives us the lock that its processes inherited. So whatever was left behind heals: kill -9, a foreign pid, a taken port.
"""

import contextlib
import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psycopg

from ingest import server_process
from ingest.server_folder import DATABASE, DatabaseServerError, ServerFolder, alone, opened_lock, prepared, taken_lock

START_SECONDS = 120.0
"""Recovery after a crash reads at most max_wal_size of log."""
SILENT_SECONDS = 10.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.02
PORT_ATTEMPTS = 5
LOG_LINES = 20


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """Hold the server of this data folder and give the address of its database `tepat`.

    SIGTERM and SIGHUP, where they would end the process at once, leave in order instead.

    Raises:
        DatabaseServerError: the server cannot be started; the message names the place and has the end of its log.
    """
    folder = prepared(data_dir)
    with _ends_in_order(), contextlib.closing(_Descriptor(opened_lock(folder.holders_lock))) as holder:
        with alone(folder.start_lock):
            fcntl.flock(holder.number, fcntl.LOCK_SH)
        try:
            yield revived(data_dir)
        finally:
            _leave(folder, holder.number)


def revived(data_dir: Path) -> str:
    """Start the server if it does not answer; for a process that holds it and outlives a crash of the server.

    Raises:
        DatabaseServerError: as `running`.
    """
    folder = prepared(data_dir)
    with alone(folder.start_lock):
        if _silence(folder) is not None:
            _start(folder)
        _require_database(folder)
        return folder.url()


class _Descriptor:
    def __init__(self, number: int) -> None:
        self.number = number

    def close(self) -> None:
        os.close(self.number)


def _leave(folder: ServerFolder, holder: int) -> None:
    with alone(folder.start_lock):
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # others still use it
        _stop(folder)


def _silence(folder: ServerFolder) -> str | None:
    """None when the server of this very folder answers, else the reason it does not."""
    if folder.kept_port() is None or not folder.data.exists():
        return "it was never started"
    try:
        with psycopg.connect(folder.url("postgres"), connect_timeout=2) as connection:
            found = connection.execute("SHOW data_directory").fetchone()
    except psycopg.Error as error:
        return str(error)
    return None if found and found[0] == str(folder.data) else "another server answers at its port"


def _require_database(folder: ServerFolder) -> None:
    with psycopg.connect(folder.url("postgres"), autocommit=True, connect_timeout=10) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _start(folder: ServerFolder) -> None:
    account = server_process.account_for(folder)
    server_process.require_way(folder, account)
    binaries = server_process.programs(folder, account)
    lock = _end_of_former(folder)
    if lock is None:
        return
    for _ in range(PORT_ATTEMPTS):
        try:
            if not folder.data.exists():
                server_process.initialise(folder, binaries, account, lock)
            begin = server_process.launch(folder, binaries, account, folder.choose_port(), lock)
        finally:
            os.close(lock)
        lock = _answer_or_end(folder, begin)
        if lock is None:
            return
        log = server_process.log_since(folder, begin)
        if "Address already in use" not in log:
            break
    os.close(lock)
    raise DatabaseServerError(
        f"The database server in {folder.path} does not start. Its log {folder.log} ends:\n{_tail(log)}"
    )


def _end_of_former(folder: ServerFolder) -> int | None:
    """The server's lock once no process of a former server lives, or None when that server answers after all."""
    begin = time.monotonic()
    told = False
    silence: str | None = ""
    while time.monotonic() < begin + START_SECONDS:
        lock = taken_lock(folder.server_lock)
        if lock is not None:
            return lock
        silence = _silence(folder)
        if silence is None:
            return None
        recovering = "starting up" in silence or "not yet accepting" in silence or "recovery" in silence
        hopeless = "shutting down" in silence or (time.monotonic() > begin + SILENT_SECONDS and not recovering)
        if hopeless and not told:
            server_process.signal_server(folder, signal.SIGINT)
            told = True
        time.sleep(POLL_SECONDS)
    raise DatabaseServerError(
        f"The database server in {folder.path} has not answered for {START_SECONDS:.0f} s, and its processes still "
        f"run: {(silence or '').strip()}. Wait and try again; its log is {folder.log}."
    )


def _answer_or_end(folder: ServerFolder, begin: int) -> int | None:
    """None when the server just launched answers, else its lock, which its end has set free."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _silence(folder) is None:
            return None
        lock = taken_lock(folder.server_lock)
        if lock is not None:
            return lock
        time.sleep(POLL_SECONDS)
    raise DatabaseServerError(
        f"The database server in {folder.path} was started and has not answered for {START_SECONDS:.0f} s. Wait and "
        f"try again. Its log {folder.log} ends:\n{_tail(server_process.log_since(folder, begin))}"
    )


def _stop(folder: ServerFolder) -> None:
    """Fast shutdown; the immediate one, which the next start recovers from, when that takes too long."""
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
        deadline = time.monotonic() + seconds
        sent = False
        while time.monotonic() < deadline:
            lock = taken_lock(folder.server_lock)
            if lock is not None:
                os.close(lock)
                return
            if not sent:
                server_process.signal_server(folder, number)
                sent = True
            time.sleep(POLL_SECONDS)


def _tail(log: str) -> str:
    return "\n".join(log.strip().splitlines()[-LOG_LINES:])


@contextlib.contextmanager
def _ends_in_order() -> Iterator[None]:
    """Turn signals that end the process without a word into SystemExit, unless the process handles them itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in taken:
            if signal.getsignal(number) is _exit:
                signal.signal(number, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
