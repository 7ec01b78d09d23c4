"""Mosquitto's files for an office: configuration, access list and passwords, from the texts in config/broker/."""

import base64
import hashlib
import ipaddress
import os
import pwd
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from config.errors import TepatError

SHIPPED = Path(__file__).parent / "broker"
COLLECTOR = "tepat-collector"
"""The account of the collector, its TEPAT_MQTT_USERNAME; of several, tepat-collector-1of3 …"""
COLLECTOR_ACCOUNT = re.compile(rf"{COLLECTOR}(?:-\d+of\d+)?", re.ASCII)
COLLECTOR_ACCESS = """
user {account}
topic read #
topic read $SYS/#
# Receipts to face terminals (PushAck), the only thing that Tepat ever tells a terminal over MQTT.
topic write mqtt/face/+
"""
GUARDED = """\
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl"""
# The client id is made the account's name: else a terminal could take over the session, and with it the queue, of the
# collector, and Mosquitto throws away what the terminal may not read. It holds for the listener above it only.
OWN_SESSION = "use_username_as_clientid true"
CONFIGURATION, ACCESS, PASSWORDS = "mosquitto.conf", "acl", "passwords"
AUTHORITY, CERTIFICATE, KEY = "ca.crt", "server.crt", "server.key"
ACCOUNT = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
SHARED_LEVELS = {"basic", "heartbeat"}
"""Levels of topics of face terminals that stand where a device id stands: no terminal can be called so."""
ITERATIONS = 1000
"""The passwords are random, so guessing is no use; and a broker checks thousands of terminals after a restart."""
SALT_BYTES = 12
PASSWORD_BYTES = 18


class BrokerFilesError(TepatError):
    """The broker's files cannot be written as asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the broker listens. In the clear on `host`; with TLS on `tls_host`, where that is set.

    client_certificates: a terminal shows a certificate whose common name is its device id, instead of a password.
    """

    host: str | None = "127.0.0.1"
    port: int = 1883
    tls_host: str | None = None
    tls_port: int = 8883
    client_certificates: bool = False


def configuration(folder: Path, owner: str, doors: Doors, *, anonymous: bool = False) -> str:
    """The text of mosquitto.conf. anonymous: anybody may connect and do anything; for this machine alone."""
    access = "allow_anonymous true" if anonymous else GUARDED.format(folder=folder)
    text = Template((SHIPPED / CONFIGURATION).read_text(encoding="utf-8"))
    listeners = "\n".join(_listeners(folder, doors, "" if anonymous else f"\n{OWN_SESSION}"))
    return text.substitute(listeners=listeners, access=access, owner=owner, folder=folder)


def access_list(collectors: Iterable[str] = (COLLECTOR,)) -> str:
    """The text of the access list. collectors: their accounts."""
    blocks = [COLLECTOR_ACCESS.format(account=account) for account in collectors]
    return Template((SHIPPED / ACCESS).read_text(encoding="utf-8")).substitute(collectors="".join(blocks))


def collector_accounts(collectors: int) -> list[str]:
    """That of one alone, which stays while there are several, and of each share: their sessions are not to be mixed."""
    shares = range(1, collectors + 1) if collectors > 1 else ()
    return [COLLECTOR, *(f"{COLLECTOR}-{number}of{collectors}" for number in shares)]


def write_access(folder: Path, collectors: int) -> Path:
    """Write the access list anew, for so many collectors and for those of other divisions that still have an account.

    Without access Mosquitto would throw away what waits for them.

    Raises:
        BrokerFilesError: the folder is missing.
    """
    owner_of(folder)
    former = [name for name in passwords(folder) if COLLECTOR_ACCOUNT.fullmatch(name)]
    write_private(folder / ACCESS, access_list(dict.fromkeys([*collector_accounts(collectors), *former])))
    return folder / ACCESS


def passwords(folder: Path) -> dict[str, str]:
    """What the list of passwords holds, by account."""
    file = folder / PASSWORDS
    return dict(line.split(":", 1) for line in file.read_text(encoding="utf-8").splitlines()) if file.exists() else {}


def _listeners(folder: Path, doors: Doors, each: str) -> Iterable[str]:
    if doors.host is not None:
        yield f"listener {doors.port} {doors.host}{each}"
    if doors.tls_host is not None:
        yield f"listener {doors.tls_port} {doors.tls_host}{each}"
        yield f"certfile {folder}/{CERTIFICATE}\nkeyfile {folder}/{KEY}\ntls_version tlsv1.2"
        if doors.client_certificates:
            yield f"cafile {folder}/{AUTHORITY}\nrequire_certificate true\nuse_identity_as_username true"


def write(folder: Path, doors: Doors, *, collectors: int = 1, force: bool = False) -> list[Path]:
    """Write configuration and access list into an existing folder, and an empty list of passwords where none is.

    Raises:
        BrokerFilesError: the folder is missing, a file is there already (without force), or TLS has no certificate.
    """
    folder = folder.absolute()
    owner = owner_of(folder)
    for name in (CERTIFICATE, KEY) if doors.tls_host is not None else ():
        if not (folder / name).exists():
            raise BrokerFilesError(
                f"TLS needs {folder / name}: put the office's own certificate there, or make one with "
                f"tepat broker certificate {folder} {doors.tls_host}."
            )
    there = [folder / name for name in (CONFIGURATION, ACCESS) if (folder / name).exists()]
    if there and not force:
        raise BrokerFilesError(f"{there[0]} is there already: put --force to write it anew; passwords are kept.")
    write_private(folder / CONFIGURATION, configuration(folder, owner, doors))
    write_access(folder, collectors)
    if not (folder / PASSWORDS).exists():
        write_private(folder / PASSWORDS, "")
    return [folder / name for name in (CONFIGURATION, ACCESS, PASSWORDS)]


def owner_of(folder: Path) -> str:
    """The name of the account that the folder belongs to.

    Raises:
        BrokerFilesError: there is no such folder, or the account has no name, so Mosquitto cannot be told to run as it.
    """
    try:
        number = folder.stat().st_uid
    except OSError as error:
        raise BrokerFilesError(
            f"{folder} cannot be looked at ({error.strerror}): make it first and give it to the account that the "
            "broker runs as, as in: install -d -o mosquitto -m 0750 FOLDER."
        ) from error
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError as error:
        raise BrokerFilesError(
            f"{folder} belongs to account number {number}, which has no name: give it to a named one."
        ) from error


def set_passwords(folder: Path, wanted: Mapping[str, str | None]) -> None:
    """Add accounts, give them another password, or (None) take them away. A running broker reads it at SIGHUP.

    Raises:
        BrokerFilesError: a name cannot be one, or there is no such account to take away.
    """
    file = folder / PASSWORDS
    lines = passwords(folder)
    for name, password in wanted.items():
        require_account(name)
        if password is not None:
            lines[name] = hashed(password)
        elif lines.pop(name, None) is None:
            raise BrokerFilesError(f"{file} has no account {name}.")
    write_private(file, "".join(f"{name}:{line}\n" for name, line in sorted(lines.items())))


def require_account(name: str) -> None:
    """Raises BrokerFilesError for a name that would open more than its own topics, or that the files cannot hold."""
    if not ACCOUNT.fullmatch(name) or ":" in name or name in SHARED_LEVELS:
        raise BrokerFilesError(
            f"{name!r} cannot be an account: take the terminal's device id, of 1 to 64 letters, digits, '.', '_' "
            "and '-'."
        )


def new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


def hashed(password: str) -> str:
    """As mosquitto_passwd writes it: $7$iterations$salt$PBKDF2-HMAC-SHA512."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode("utf-8"), salt, ITERATIONS)
    return "$7${}${}${}".format(ITERATIONS, *(base64.b64encode(part).decode("ascii") for part in (salt, digest)))


def write_private(file: Path, text: str) -> None:
    """Replace a file at once by one that only the owner of its folder can read; a broker may be reading it."""
    new = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    hand_over(new)
    new.replace(file)


def hand_over(file: Path) -> None:
    """As root: to the owner of its folder, whose account the broker runs as."""
    if os.geteuid() == 0:
        folder = file.parent.stat()
        os.chown(file, folder.st_uid, folder.st_gid)


def is_own_machine(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
