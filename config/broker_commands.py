"""The commands that give an office its MQTT broker: Mosquitto's files, its certificates, its accounts."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from config import broker_files
from config.broker_certificates import AUTHORITY_KEY, make_certificate, make_client_certificate
from config.broker_files import COLLECTOR, BrokerFilesError, Doors

Folder = Annotated[Path, typer.Argument(help="The folder of the broker's files and messages, owned by its account.")]


def write_config(
    folder: Folder,
    *,
    address: Annotated[str, typer.Option(help="Where it listens in the clear; 'none' for nowhere.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port in the clear.")] = 1883,
    tls_address: Annotated[str | None, typer.Option(help="Where it listens with TLS, as 0.0.0.0 for all.")] = None,
    tls_port: Annotated[int, typer.Option(min=1, max=65535, help="Port with TLS.")] = 8883,
    client_certificates: Annotated[
        bool, typer.Option("--client-certificates", help="With TLS, terminals show a certificate, not a password.")
    ] = False,
    in_the_clear: Annotated[
        bool, typer.Option("--in-the-clear", help="Let --address be one that others reach, though passwords show.")
    ] = False,
    collectors: Annotated[int, typer.Option(min=1, help="How many collectors share the terminals.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Write configuration and access list anew.")] = False,
) -> None:
    """Write Mosquitto's configuration and access list into an existing folder."""
    plain = None if address == "none" else address
    if plain is not None and not in_the_clear and not broker_files.is_own_machine(plain):
        raise BrokerFilesError(
            f"On {plain} passwords would travel in the clear: let it listen there with --tls-address, or, on a network "
            "of terminals only, put --in-the-clear."
        )
    doors = Doors(plain, port, tls_address, tls_port, client_certificates)
    written = broker_files.write(folder, doors, collectors=collectors, force=force)
    typer.echo(f"Written: {', '.join(map(str, written))}")
    _name_accounts(folder, collectors)
    typer.echo(f"Then for each terminal: tepat broker account {folder} DEVICE-ID")
    typer.echo(f"Run it: mosquitto -c {written[0]}")


def write_access_list(
    folder: Folder,
    collectors: Annotated[int, typer.Option(min=1, help="How many collectors share the terminals.")] = 1,
) -> None:
    """Write the broker's access list anew, for another number of collectors; with an account the former can read."""
    typer.echo(f"Written: {broker_files.write_access(folder.absolute(), collectors)}")
    _name_accounts(folder, collectors)
    typer.echo("A running broker takes it in at: kill -HUP PID (systemctl reload mosquitto)", err=True)


def _name_accounts(folder: Path, collectors: int) -> None:
    there = broker_files.passwords(folder)
    for account in broker_files.collector_accounts(collectors):
        if account not in there:
            typer.echo(f"Next: tepat broker account {folder} {account}")


def make_broker_certificate(
    folder: Folder,
    names: Annotated[list[str], typer.Argument(help="Host names and addresses that clients reach it by.")],
    client: Annotated[
        bool, typer.Option("--client", help="The one name is a terminal's device id: make a certificate for it.")
    ] = False,
) -> None:
    """Make a certificate for the broker (or a terminal), signed by an authority of the office's own; needs OpenSSL."""
    folder = folder.absolute()
    broker_files.owner_of(folder)
    if client and len(names) != 1:
        raise BrokerFilesError("--client makes the certificate of one terminal: name just its device id.")
    made = make_client_certificate(folder, names[0]) if client else make_certificate(folder, names)
    typer.echo(f"Made: {', '.join(map(str, made))}")
    typer.echo(f"Keep {folder / AUTHORITY_KEY} off the broker's machine: who has it can make further certificates.")


def set_account(
    folder: Folder,
    name: Annotated[str, typer.Argument(help=f"The terminal's device id, or {COLLECTOR} for the collector.")],
    ask: Annotated[bool, typer.Option("--ask", help="Ask for the password instead of making one.")] = False,
    password_file: Annotated[Path | None, typer.Option(help="Take the password from this file.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the account away.")] = False,
) -> None:
    """Give a terminal or the collector an account at the broker, or a new password; shows it once."""
    if not (folder / broker_files.PASSWORDS).exists():
        raise BrokerFilesError(f"{folder} has no list of passwords yet: tepat broker config {folder}")
    given = getpass.getpass() if ask else _read(password_file) if password_file else None
    if given == "":
        raise BrokerFilesError("An empty password protects nothing: give one, or let one be made.")
    password = None if remove else given or broker_files.new_password()
    broker_files.set_passwords(folder, {name: password})
    if password is not None and given is None:
        typer.echo(f"{name}: {password}")
    typer.echo("A running broker takes it in at: kill -HUP PID (systemctl reload mosquitto)", err=True)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerFilesError(f"{file} cannot be read for the password: {error}.") from error
