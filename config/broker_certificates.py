"""A certificate authority of the office's own for its broker, made by OpenSSL: for those who have no other."""

import ipaddress
import re
import shutil
import subprocess
from pathlib import Path

from config.broker_files import AUTHORITY, CERTIFICATE, KEY, BrokerFilesError, hand_over, require_account

AUTHORITY_KEY = "ca.key"
OWN_FILES = {Path(file).stem for file in (AUTHORITY, CERTIFICATE)}
HOST_NAME = re.compile(r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?", re.ASCII)
AUTHORITY_DAYS = "3650"
DAYS = "825"
"""The longest that clients of today accept of a server."""


def make_certificate(folder: Path, names: list[str]) -> list[Path]:
    """The server's certificate for host names and addresses, and the authority that signs it where there is none yet.

    Returns the files. Raises BrokerFilesError as `signed`, and for what is no host name or address.
    """
    for name in names:
        if not _is_address(name) and not HOST_NAME.fullmatch(name):
            raise BrokerFilesError(
                f"{name!r} is no host name or address: give them singly, as broker.example 10.0.0.2."
            )
    made = signed(folder, CERTIFICATE, KEY, names[0], _alternatives(names))
    return [folder / AUTHORITY, *made]


def make_client_certificate(folder: Path, device: str) -> list[Path]:
    """A terminal's certificate, its common name being the device id. Raises BrokerFilesError as `signed`."""
    require_account(device)
    if device in OWN_FILES:
        raise BrokerFilesError(
            f"{device!r} is what the broker's own certificates are called: give the terminal another id."
        )
    return signed(folder, f"{device}.crt", f"{device}.key", device, "extendedKeyUsage=clientAuth")


def signed(folder: Path, certificate: str, key: str, name: str, extension: str) -> list[Path]:
    """A new key and its certificate, signed by the authority of the folder.

    Raises:
        BrokerFilesError: OpenSSL is missing or fails, or the files are there already.
    """
    for file in (folder / certificate, folder / key):
        if file.exists():
            raise BrokerFilesError(f"{file} is there already: move it away to make another.")
    if not (folder / AUTHORITY).exists():
        _openssl(
            "req", "-x509", *_new_key(folder / AUTHORITY_KEY), "-days", AUTHORITY_DAYS, "-out", folder / AUTHORITY,
            "-subj", "/CN=Tepat broker", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            makes=(folder / AUTHORITY, folder / AUTHORITY_KEY),
        )  # fmt: skip
    _openssl(
        "req", "-x509", *_new_key(folder / key), "-days", DAYS, "-out", folder / certificate, "-subj", f"/CN={name}",
        "-CA", folder / AUTHORITY, "-CAkey", folder / AUTHORITY_KEY, "-addext", extension,
        "-addext", "basicConstraints=critical,CA:FALSE",
        makes=(folder / certificate, folder / key),
    )  # fmt: skip
    made = [folder / certificate, folder / key]
    for file in made:
        hand_over(file)
    return made


def _new_key(file: Path) -> list[str | Path]:
    file.touch(mode=0o600, exist_ok=False)
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file]


def _alternatives(names: list[str]) -> str:
    return "subjectAltName=" + ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _openssl(*arguments: str | Path, makes: tuple[Path, Path]) -> None:
    """makes: the files that go again where it fails, or the next try would find them there."""
    program = shutil.which("openssl")
    if program is None:
        _remove(makes)
        raise BrokerFilesError("OpenSSL is not installed (Debian, Ubuntu: apt install openssl); it makes certificates.")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments, no shell
    if done.returncode:
        _remove(makes)
        raise BrokerFilesError(f"OpenSSL made no certificate: {done.stderr.strip().splitlines()[-1]}")


def _remove(files: tuple[Path, Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
