"""The two kinds of database that the fault tests strike: the embedded one dies, a given one only cuts its clients."""

import contextlib
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import psycopg

from ingest import embedded, server_process
from ingest.server_folder import prepared
from tests.ingest.holders import server_pid
from tests.waiting import until


class StruckDatabase(ABC):
    """url: of its database, for looks that no fault disturbs."""

    url: str

    @abstractmethod
    def kill(self) -> None:
        """The worst that can happen to it at once."""

    @abstractmethod
    def revive(self) -> None:
        """Returns when it answers again."""


class OwnServer(StruckDatabase):
    """An embedded server that belongs to the test: its postmaster is killed with -9."""

    def __init__(self, data_dir: Path, url: str) -> None:
        self.data_dir = data_dir
        self.url = url

    def kill(self) -> None:
        os.kill(server_pid(self.data_dir), signal.SIGKILL)

    def stop(self) -> None:
        """In order, as an administrator does; nothing answers from then on."""
        server_process.signal_server(prepared(self.data_dir), signal.SIGINT)
        until(lambda: not self.answers())

    def revive(self) -> None:
        assert embedded.revived(self.data_dir) == self.url, "it keeps its port"

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class GivenServer(StruckDatabase):
    """A server that others use too: all connections to our database are cut."""

    def __init__(self, url: str) -> None:
        self.url = url

    def kill(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def revive(self) -> None:
        """It never went away."""


@contextlib.contextmanager
def own_server(data_dir: Path) -> Iterator[OwnServer]:
    with embedded.running(data_dir) as url:
        yield OwnServer(data_dir, url)
