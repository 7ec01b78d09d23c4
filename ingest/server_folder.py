"""What the embedded server keeps in the data folder: its files, locks, port and password."""

import contextlib
import fcntl
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.errors import TepatError

HOST = "127.0.0.1"
USER = "tepat"
DATABASE = "tepat"


class DatabaseServerError(TepatError):
    """The embedded database server cannot be started or reached. The message says what, where and what to do."""


@dataclass(frozen=True)
class ServerFolder:
    """The folder `postgresql` in the data folder of one office.

    holders.lock  shared by every command that uses the server
    start.lock    held by the one command that starts or stops it
    server.lock   inherited by every process of the server, so the kernel says whether one lives; holds its pid
    """

    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def holders_lock(self) -> Path:
        return self.path / "holders.lock"

    @property
    def start_lock(self) -> Path:
        return self.path / "start.lock"

    @property
    def server_lock(self) -> Path:
        return self.path / "server.lock"

    def kept_port(self) -> int | None:
        """None when no port was chosen yet, or its file is damaged."""
        try:
            port = int((self.path / "port").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return port if 0 < port < 2**16 else None

    def choose_port(self) -> int:
        """The kept port when it is free, else another free one, which is kept from now on."""
        kept = self.kept_port()
        if kept is not None and port_is_free(kept):
            return kept
        with socket.create_server((HOST, 0)) as probe:
            port = int(probe.getsockname()[1])
        (self.path / "port").write_text(f"{port}\n", encoding="utf-8")
        return port

    def password(self) -> str:
        """Made at the first call, then read from its file of mode 0600."""
        file = self.path / "password"
        if not file.exists():
            if self.data.exists():
                raise DatabaseServerError(
                    f"The password of the database in {self.data} is missing. Restore {file} from your backup."
                )
            new = self.path / "password.new"
            write_private(new, secrets.token_urlsafe(32))
            new.rename(file)
        return file.read_text(encoding="utf-8").strip()

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{USER}:{self.password()}@{HOST}:{self.kept_port()}/{database}"


def prepared(data_dir: Path) -> ServerFolder:
    """Make what is missing of the folder. An existing folder keeps its permissions.

    Raises:
        DatabaseServerError: the folder cannot be made or written.
    """
    # The server of root's commands runs as another account, which has to pass through.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        folder = ServerFolder(data_dir.resolve() / "postgresql")
        for missing in reversed([place for place in (folder.path, *folder.path.parents) if not place.exists()]):
            with contextlib.suppress(FileExistsError):
                missing.mkdir()
                missing.chmod(mode)
        for lock in (folder.holders_lock, folder.start_lock, folder.server_lock):
            os.close(opened_lock(lock))
    except OSError as error:
        raise DatabaseServerError(
            f"The data folder {data_dir} cannot be used: {error.strerror} ({error.filename}). "
            "Run the command as the account that owns the folder, or set TEPAT_DATA_DIR to a folder of your own."
        ) from error
    return folder


def write_private(file: Path, text: str) -> None:
    """Write a new file that only its owner may read."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text + "\n")


def port_is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def opened_lock(file: Path) -> int:
    """A descriptor of its own, so that two holders in one process count as two."""
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def taken_lock(file: Path) -> int | None:
    """The descriptor that holds the lock alone, or None when another process holds it. The caller closes it."""
    descriptor = opened_lock(file)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Wait until nobody else is inside."""
    descriptor = opened_lock(file)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
