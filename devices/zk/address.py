"""Where a terminal is: HOST or HOST:PORT, with udp:// before it where it speaks UDP only."""

from typing import NamedTuple

from devices.errors import FatalTerminalError

DEFAULT_PORT = 4370
LARGEST_PORT = 65535
UDP = "udp://"


class Address(NamedTuple):
    """A host (name, IPv4 or IPv6 address) and a port, of TCP if not said otherwise."""

    host: str
    port: int
    udp: bool = False

    def __str__(self) -> str:
        place = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        return UDP + place if self.udp else place


def parse_address(text: str) -> Address:
    """Read HOST, HOST:PORT, [IPV6] or [IPV6]:PORT, each also behind udp://.

    Raises:
        FatalTerminalError: the text is none of them.
    """
    host, port = text.strip(), str(DEFAULT_PORT)
    udp = host.lower().startswith(UDP)
    host = host[len(UDP) :] if udp else host
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise _unusable(text)
        port = rest[1:] or port
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    number = int(port) if port.isascii() and port.isdecimal() else 0
    if not host or "/" in host or any(mark.isspace() for mark in host) or not 0 < number <= LARGEST_PORT:
        raise _unusable(text)
    return Address(host, number, udp)


def _unusable(text: str) -> FatalTerminalError:
    return FatalTerminalError(f"{text!r} is no terminal's address.", "bad_address")
