"""Commands: serve the pages and the API, add and end people and machines that may use them."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from psycopg import Connection

from api import accounts, serving
from api.accounts import AccountError
from api.models import Role
from config import settings
from ingest.database import opened

RoleOption = Annotated[
    Role,
    typer.Option(
        "--role",
        help="hr: everything of its unit; allowance: scores only; employee: what is somebody's own (--nip).",
    ),
]
NipOption = Annotated[str | None, typer.Option("--nip", help="Whose own it is; with the role employee only.")]
UnitOption = Annotated[
    str | None, typer.Option("--unit", help="Code of the highest unit it may see; without it, all units.")
]


def serve() -> None:
    """Serve the pages and the API on TEPAT_LISTEN_HOST and TEPAT_LISTEN_PORT, until Ctrl-C or SIGTERM."""
    configured = settings.load()
    with serving.listening(configured) as listening, opened(configured) as pool:
        typer.echo(f"Tepat serves on {serving.address(listening)}", err=True)
        serving.server(pool, configured.poll_seconds).run(sockets=[listening])


def add_user(
    name: Annotated[str, typer.Argument(help="Name to log in with: 2 to 64 of a-z, 0-9, dot, dash, underscore.")],
    role: RoleOption,
    unit: UnitOption = None,
    nip: NipOption = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="File whose first line is the password; - is standard input.")
    ] = None,
) -> None:
    """Add a person's account. The password is asked for, or read from a file or standard input; it is never shown."""
    password = _password(password_file)
    with _transaction() as connection:
        accounts.add_account(connection, name, password, role=role, unit=unit, nip=nip, actor=_actor())
    typer.echo(f"Account {name} may log in now.", err=True)


def add_key(
    name: Annotated[str, typer.Argument(help="Name of the machine or program, for the audit.")],
    role: RoleOption,
    unit: UnitOption = None,
    nip: NipOption = None,
) -> None:
    """Add a machine's key and print it once: Tepat keeps only its hash and cannot show it again."""
    with _transaction() as connection:
        key = accounts.add_key(connection, name, role=role, unit=unit, nip=nip, actor=_actor())
    typer.echo("Keep this key now, it is not shown again. Send it as `Authorization: Bearer KEY`.", err=True)
    typer.echo(key)


def disable_user(name: Annotated[str, typer.Argument(help="Name of the account, as it was added.")]) -> None:
    """Disable a person's account at once: its sessions end, its password opens nothing. Its name stays taken."""
    with _transaction() as connection:
        accounts.disable_account(connection, name, actor=_actor())
    typer.echo(f"Account {name} may log in no more.", err=True)


def revoke_key(name: Annotated[str, typer.Argument(help="Name of the key, as it was added.")]) -> None:
    """Revoke a machine's key at once. Its name stays taken: give the machine's next key another."""
    with _transaction() as connection:
        accounts.revoke_key(connection, name, actor=_actor())
    typer.echo(f"Key {name} opens nothing any more.", err=True)


@contextmanager
def _transaction() -> Iterator[Connection[Any]]:
    with opened(settings.load()) as pool, pool.connection() as connection:
        yield connection


def _actor() -> str:
    return f"command:{getpass.getuser()}"


def _password(file: Path | None) -> str:
    """From the file, else asked for twice on a terminal, else the first line of standard input.

    Raises:
        AccountError: the file cannot be read.
    """
    if file is not None and str(file) != "-":
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AccountError(f"The password file {file} cannot be read: {error}.") from error
        return text.split("\n", 1)[0].rstrip("\r")
    if file is None and sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")
