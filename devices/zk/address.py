"""Where a terminal is: HOST or HOST:PORT, as people write it."""

from typing import NamedTuple

from devices.errors import FatalTerminalError

DEFAULT_PORT = 4370
LARGEST_PORT = 65535


class Address(NamedTuple):
    """A host (name, IPv4 or IPv6 address) and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.

    Raises:
        FatalTerminalError: the text is none of them.
    """
    host, port = text.strip(), str(DEFAULT_PORT)
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise _unusable(text)
        port = rest[1:] or port
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    number = int(port) if port.isascii() and port.isdecimal() else 0
    if not host or any(mark.isspace() for mark in host) or not 0 < number <= LARGEST_PORT:
        raise _unusable(text)
    return Address(host, number)


def _unusable(text: str) -> FatalTerminalError:
    return FatalTerminalError(
        f"{text!r} is no terminal's address: write HOST or HOST:PORT, for example 192.168.1.201 or 192.168.1.201:4370."
    )
