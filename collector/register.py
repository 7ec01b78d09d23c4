"""Whether a terminal can be reached as it is described: what only its dialect knows of an address."""

import ipaddress
from typing import Any

import psycopg

from devices.errors import FatalTerminalError
from devices.mqtt.fields import DEVICE
from devices.zk.address import Address, parse_address
from ingest.terminals import Kind, TerminalRegisterError, list_terminals


def check_reachable(
    connection: psycopg.Connection[Any], *, name: str, kind: Kind, address: str | None, comm_key: int
) -> None:
    """For a terminal that is to be registered, or changed, under this name.

    Raises:
        TerminalRegisterError: it could never be read so, or another ZK terminal has that address.
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
        here = _normal(parse_address(address))
    except FatalTerminalError as error:
        raise TerminalRegisterError(f"--address: {error}") from error
    in_use = [other for other in list_terminals(connection) if other.retired_at is None]
    for other in in_use:
        if other.kind == "zk" and other.name != name and other.address and same_address(other.address, here):
            raise TerminalRegisterError(f"The terminal {other.name!r} has the address {here} already.")


def same_address(address: str, here: Address) -> bool:
    """Whether the text is this address in any spelling; names are not looked up."""
    try:
        return _normal(parse_address(address)) == _normal(here)
    except FatalTerminalError:
        return False


def _normal(address: Address) -> Address:
    """With the host in one spelling."""
    try:
        host = str(ipaddress.ip_address(address.host))
    except ValueError:
        host = address.host.lower().rstrip(".")
    return Address(host, address.port)
