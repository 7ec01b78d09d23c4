"""Look through a network for ZK terminals, and see by serial number which registered ones they are."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from collector.lookup import addresses_of
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
NOBODY = {"refused", "no_connection", "no_route", "no_udp", "not_zk"}
"""Troubles that mean that no terminal is there."""


Owners: TypeAlias = Mapping[str, Terminal]
"""Serial number → the terminal whose machine has it."""
Homes: TypeAlias = Mapping[str, set[Address]]
"""Name of a terminal → the addresses to which its registered one leads."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something at an address that speaks as a ZK terminal.

    serial_number: None where it says none. terminal: the name under which its machine is registered, None where it is
    not. registered_at: that one's address; moved: it is another, and nothing speaks against correcting it. twice:
    another machine says the same number. problem: why it did not say who it is, or why it is not called moved.
    """

    address: str
    serial_number: str | None = None
    terminal: str | None = None
    registered_at: str | None = None
    moved: bool = False
    twice: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came from one address. said: the serial number; error: why none came; here: who is registered there."""

    address: Address
    said: str | None = None
    error: TerminalError | None = None
    here: Terminal | None = None


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
    addresses: Sequence[Address],
    terminals: Sequence[Terminal],
    data_dir: Path,
    done: Callable[[], object],
    *,
    every_key: bool = False,
) -> list[Found]:
    """Ask each address who is there; nothing changes on what answers. Those where nothing answers are left out.

    terminals: the registered ZK terminals in use; an address of theirs is asked in its turn. done: called after each.
    every_key: offer the communication keys of all of them to every address, and not only to their own.
    """
    homes = _homes(terminals)
    here = {address: terminal for terminal in reversed(terminals) for address in homes[terminal.name]}
    others = [terminal.comm_key for terminal in terminals] if every_key else []
    owners = {terminal.serial_number: terminal for terminal in terminals if terminal.serial_number is not None}

    def asked(address: Address) -> Answer:
        try:
            return _asked(address, here.get(address), others, data_dir)
        finally:
            done()

    with ThreadPoolExecutor(WORKERS, "find") as workers:
        answers = {answer.address: answer for answer in workers.map(asked, addresses)}
        left = {home for answer in answers.values() for home in _elsewhere(answer, owners, homes)} - answers.keys()
        everywhere = answers | {answer.address: answer for answer in workers.map(asked, left)}
    heard = [answer for answer in answers.values() if answer.here or not _nobody(answer)]
    return [_found(answer, owners, homes, everywhere) for answer in heard]


def _homes(terminals: Sequence[Terminal]) -> Homes:
    """Looked up once, all names together."""
    parsed: dict[str, Address] = {}
    for terminal in terminals:
        with suppress(FatalTerminalError):
            parsed[terminal.name] = parse_address(terminal.address or "")
    hosts = addresses_of({address.host for address in parsed.values()})
    return {
        terminal.name: {Address(host, parsed[terminal.name].port) for host in hosts[parsed[terminal.name].host]}
        if terminal.name in parsed
        else set()
        for terminal in terminals
    }


def _asked(address: Address, here: Terminal | None, others: Sequence[int], data_dir: Path) -> Answer:
    held = partial(turn, data_dir, here.id, wait_seconds=TURN_SECONDS) if here else nullcontext
    keys = list(dict.fromkeys([here.comm_key if here else 0, 0, *others]))
    try:
        with held():
            return Answer(address, _serial_number(address, keys), here=here)
    except TerminalError as error:
        return Answer(address, error=error, here=here)


def _serial_number(address: Address, keys: Sequence[int]) -> str | None:
    """What it says to the first key that opens; where none does, the error is that of the first, the terminal's own."""
    refused: TerminalError | None = None
    for key in keys:
        try:
            with open_terminal(str(address), key, patience=PATIENCE_SECONDS) as device:
                return device.read_identity().serial_number
        except TerminalError as error:
            if error.trouble != "wrong_key":
                raise
            refused = refused or error
    assert refused is not None
    raise refused


def _nobody(answer: Answer) -> bool:
    return answer.error is not None and answer.error.trouble in NOBODY


def _elsewhere(answer: Answer, owners: Owners, homes: Homes) -> set[Address]:
    """Where the machine that answered is registered, if that is another address."""
    owner = owners.get(serial_numbers.told(answer.said) or "")
    home = homes[owner.name] if owner else set()
    return set() if answer.address in home else home


def _found(answer: Answer, owners: Owners, homes: Homes, everywhere: Mapping[Address, Answer]) -> Found:
    found = Found(str(answer.address), answer.said)
    if answer.error is not None:
        return replace(found, problem=_problem(answer))
    number = serial_numbers.told(answer.said)
    if number is None:
        return found
    owner = owners.get(number)
    home = homes[owner.name] if owner else set()
    saying = {address for address, other in everywhere.items() if other.said == number}
    found = replace(found, twice=len(saying - home) + bool(saying & home) > 1)
    if owner is None:
        return found
    found = replace(found, terminal=owner.name, registered_at=owner.address)
    if found.twice or answer.address in home:
        return found
    unclear = [
        everywhere[address] for address in home if everywhere[address].error and not _nobody(everywhere[address])
    ]
    if unclear:
        return replace(
            found, problem=f"not called moved, because its registered address is unclear: {_problem(unclear[0])}"
        )
    return replace(found, moved=True)


def _problem(answer: Answer) -> str:
    assert answer.error is not None
    if answer.here is None and answer.error.trouble == "wrong_key":
        return f"{answer.error.what} With --every-key those of all registered terminals are tried."
    return str(answer.error.of(answer.here.name) if answer.here else answer.error)
