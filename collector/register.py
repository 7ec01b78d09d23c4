"""Whether a terminal can be reached as it is described: what only its dialect knows of an address."""

import ipaddress
from typing import Any

import psycopg

from collector.lookup import addresses_of
from devices.errors import FatalTerminalError
from devices.mqtt.fields import DEVICE
from devices.zk.address import Address, parse_address
from ingest.terminals import Kind, Terminal, TerminalRegisterError, list_terminals


def check_reachable(
    connection: psycopg.Connection[Any], *, name: str, kind: Kind, address: str | None, comm_key: int
) -> None:
    """For a terminal that is to be registered, or changed, under this name.

    Raises:
        TerminalRegisterError: it could never be read so, or another ZK terminal has that address, perhaps by a name.
    """
    if kind != "zk" and comm_key:
        raise TerminalRegisterError(f"A terminal of kind {kind} has no comm key: leave --comm-key out.")
    if kind == "mqtt" and address and not DEVICE.fullmatch(address):
        raise TerminalRegisterError(
            f"{address!r} is no device id: 1 to 64 of A-Z a-z 0-9 . _ : - as the terminal sends it in its topic."
        )
    if kind == "zk" and address:
        _check_alone(connection, name, address)


def _check_alone(connection: psycopg.Connection[Any], name: str, address: str) -> None:
    """A terminal serves one connection at a time; read under two names, its punches would count twice."""
    try:
        here = parse_address(address)
    except FatalTerminalError as error:
        raise TerminalRegisterError(f"--address: {error}") from error
    others = {other.name: _of(other) for other in list_terminals(connection) if other.name != name}
    same_port = {other: there for other, there in others.items() if there is not None and there.port == here.port}
    leads_to = addresses_of({here.host, *(there.host for there in same_port.values())})
    for other, there in same_port.items():
        if there.host == _spelled(here.host) or leads_to[there.host] & leads_to[here.host]:
            raise TerminalRegisterError(f"The terminal {other!r} has the address {there} already.")


def _of(terminal: Terminal) -> Address | None:
    """The address of a ZK terminal in use."""
    if terminal.kind != "zk" or terminal.retired_at is not None:
        return None
    try:
        there = parse_address(terminal.address or "")
    except FatalTerminalError:
        return None
    return Address(_spelled(there.host), there.port, there.udp)


def _spelled(host: str) -> str:
    """A host in one spelling; names are not looked up."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower().rstrip(".")
