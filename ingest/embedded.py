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
from ingest.long_wait import told_if_long
from ingest.server_folder import DATABASE, DatabaseServerError, ServerFolder, alone, opened_lock, prepared, taken_lock

RECOVERY_SECONDS = 600.0
"""Recovery after a crash replays up to max_wal_size of log, on a slow disk."""
START_SECONDS = 60.0
SILENT_SECONDS = 10.0
"""How long a living server that neither answers nor recovers is waited for before it is told to end."""
STOP_SECONDS = 60.0
REPEAT_SECONDS = 1.0
"""A server just launched loses a signal that comes before it listens, where its parent ignored it."""
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
    with _ends_in_order(), contextlib.ExitStack() as stack:
        holder = opened_lock(folder.holders_lock)
        stack.callback(os.close, holder)
        with _alone(folder):
            fcntl.flock(holder, fcntl.LOCK_SH)
        stack.callback(_leave, folder, holder)
        yield revived(data_dir)


def revived(data_dir: Path) -> str:
    """Start the server if it does not answer; for a process that holds it and outlives a crash of the server.

    Raises:
        DatabaseServerError: as `running`.
    """
    folder = prepared(data_dir)
    with _alone(folder):
        if _silence(folder) is not None:
            _start(folder)
        _require_database(folder)
        return folder.url()


@contextlib.contextmanager
def _alone(folder: ServerFolder) -> Iterator[None]:
    """Be the one command that starts or stops the server; whoever has to wait for another one says so."""
    with contextlib.ExitStack() as stack:
        with told_if_long(f"Waiting for another command, which starts or stops the database server in {folder.path}"):
            stack.enter_context(alone(folder.start_lock))
        yield


def _leave(folder: ServerFolder, holder: int) -> None:
    with _alone(folder):
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # others still use it
        with told_if_long(f"Waiting for the database server in {folder.path} to stop"):
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
    with told_if_long(f"Waiting for the former database server in {folder.path} to answer or to end"):
        lock = _end_of_former(folder)
    if lock is None:
        return
    for _ in range(PORT_ATTEMPTS):
        os.ftruncate(lock, 0)
        try:
            if not folder.data.exists():
                server_process.initialise(folder, binaries, account, lock)
            begin = server_process.launch(folder, binaries, account, folder.choose_port(), lock)
        finally:
            os.close(lock)
        with told_if_long(f"Waiting for the database server in {folder.path} to start, after a crash to recover"):
            lock = _answer_or_end(folder)
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
    while True:
        lock = taken_lock(folder.server_lock)
        if lock is not None:
            return lock
        silence = _silence(folder)
        if silence is None:
            return None
        waited = time.monotonic() - begin
        ends = "shutting down" in silence or folder.kept_port() is None
        if not told and (ends or (waited > SILENT_SECONDS and not _recovers(silence))):
            told = server_process.signal_server(folder, signal.SIGINT)
        _require_patience(folder, silence, waited)
        time.sleep(POLL_SECONDS)


def _answer_or_end(folder: ServerFolder) -> int | None:
    """None when the server just launched answers, else its lock, which its end has set free."""
    begin = time.monotonic()
    while True:
        silence = _silence(folder)
        if silence is None:
            return None
        lock = taken_lock(folder.server_lock)
        if lock is not None:
            return lock
        _require_patience(folder, silence, time.monotonic() - begin)
        time.sleep(POLL_SECONDS)


def _recovers(silence: str) -> bool:
    return any(said in silence for said in ("starting up", "not yet accepting", "recovery"))


def _require_patience(folder: ServerFolder, silence: str, waited: float) -> None:
    if waited > (RECOVERY_SECONDS if _recovers(silence) else START_SECONDS):
        raise DatabaseServerError(
            f"The database server in {folder.path} runs and has not answered for {waited:.0f} s: {silence.strip()}. "
            f"Try again, and look into its log {folder.log}."
        )


def _stop(folder: ServerFolder) -> None:
    """Fast shutdown; the immediate one, which the next start recovers from, when that takes too long."""
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
        deadline = time.monotonic() + seconds
        again = 0.0
        while time.monotonic() < deadline:
            lock = taken_lock(folder.server_lock)
            if lock is not None:
                os.close(lock)
                return
            if time.monotonic() >= again and server_process.signal_server(folder, number):
                again = time.monotonic() + REPEAT_SECONDS
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
