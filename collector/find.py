"""Look through a network for ZK terminals, and see by serial number which registered ones they are."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from collector.register import same_address
from collector.turn import turn
from config.errors import TepatError
from devices.errors import FatalTerminalError, TerminalError
from devices.zk.address import Address, parse_address
from devices.zk.terminal import open_terminal
from ingest import serial_numbers
from ingest.terminals import Terminal

LONGEST_PREFIX = 22
"""Of a network: 1,022 addresses."""
WORKERS = 16
PATIENCE_SECONDS = 3.0
TURN_SECONDS = 10.0
NOBODY = {"refused", "no_connection", "no_route", "not_zk"}
"""Troubles that mean that no terminal is there."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something at an address that speaks as a ZK terminal.

    serial_number: None where it says none. terminal: the name under which its machine is registered, None where it is
    not. registered_at: that one's address; moved: it is another. problem: why it did not say who it is.
    """

    address: str
    serial_number: str | None = None
    terminal: str | None = None
    registered_at: str | None = None
    moved: bool = False
    problem: str | None = None


def addresses_in(network: str, port: int) -> list[Address]:
    """The addresses of a network, as 192.168.1.0/24 or one address.

    Raises:
        TepatError: it is no network, too large, or not one's own: strangers' machines are not asked.
    """
    try:
        wanted = ipaddress.IPv4Network(network, strict=False)
    except ValueError as error:
        raise TepatError(f"{network!r} is no network of IPv4: write it as 192.168.1.0/24.") from error
    if wanted.prefixlen < LONGEST_PREFIX:
        raise TepatError(f"{network} has too many addresses: look through parts of at most /{LONGEST_PREFIX}.")
    if not wanted.is_private:
        raise TepatError(f"{network} is not a private network: only those of the office are looked through.")
    return [Address(str(host), port) for host in wanted.hosts()]


def find(
    addresses: Sequence[Address], terminals: Sequence[Terminal], data_dir: Path, done: Callable[[], object]
) -> list[Found]:
    """Ask each address who is there; nothing changes on what answers. Those where nothing answers are left out.

    terminals: the registered ZK terminals in use; an address of theirs is asked in its turn. done: called after each.
    """

    def asked(address: Address) -> Found | None:
        try:
            return _asked(address, terminals, data_dir)
        finally:
            done()

    with ThreadPoolExecutor(WORKERS, "find") as workers:
        return [found for found in workers.map(asked, addresses) if found is not None]


def _asked(address: Address, terminals: Sequence[Terminal], data_dir: Path) -> Found | None:
    there = next((each for each in terminals if each.address and same_address(each.address, address)), None)
    held = partial(turn, data_dir, there.id, wait_seconds=TURN_SECONDS) if there else nullcontext
    try:
        with held():
            said = _serial_number(address, _keys(there, terminals))
    except TerminalError as error:
        nobody = there is None and error.trouble in NOBODY
        return None if nobody else Found(str(address), problem=str(error))
    told = serial_numbers.told(said)
    owner = next((each for each in terminals if told is not None and each.serial_number == told), None)
    if owner is None:
        return Found(str(address), said)
    assert owner.address is not None
    return Found(str(address), said, owner.name, owner.address, moved=not _leads_to(owner.address, address))


def _leads_to(registered: str, address: Address) -> bool:
    """Whether a registered address, also one with a name in it, is the address of what was found."""
    try:
        host, port, _ = parse_address(registered)
        return address in {Address(str(found[4][0]), port) for found in socket.getaddrinfo(host, None, socket.AF_INET)}
    except (OSError, FatalTerminalError):
        return False


def _keys(there: Terminal | None, terminals: Sequence[Terminal]) -> list[int]:
    """The communication keys to try: the one of the terminal registered there, none, those in use elsewhere."""
    first = [there.comm_key] if there else []
    return list(dict.fromkeys([*first, 0, *(each.comm_key for each in terminals)]))


def _serial_number(address: Address, keys: list[int]) -> str | None:
    for number, key in enumerate(keys, start=1):
        try:
            with open_terminal(str(address), key, patience=PATIENCE_SECONDS) as device:
                return device.read_identity().serial_number
        except TerminalError as error:
            if error.trouble != "wrong_key" or number == len(keys):
                raise
    return None
