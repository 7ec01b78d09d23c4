"""The IP addresses that the hosts of terminals' addresses lead to, looked up together and not waited for long."""

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Collection

WORKERS = 16
SECONDS = 3.0
"""How long names are waited for. A terminal whose name takes longer cannot be polled well either."""


def addresses_of(hosts: Collection[str], seconds: float = SECONDS) -> dict[str, set[str]]:
    """Host → its IP addresses in one spelling; an address leads to itself, a name not known in time to none."""
    found = {host: _itself(host) for host in hosts}
    names: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[str, set[str]]] = queue.SimpleQueue()
    wanted = [host for host, addresses in found.items() if not addresses]
    for name in wanted:
        names.put(name)

    def look_up() -> None:
        while True:
            try:
                name = names.get_nowait()
            except queue.Empty:
                return
            answers.put((name, _looked_up(name)))

    for _ in range(min(WORKERS, len(wanted))):
        threading.Thread(target=look_up, daemon=True).start()  # a look-up cannot be ended, and nobody waits for it
    until = time.monotonic() + seconds
    for _ in wanted:
        try:
            name, addresses = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        found[name] = addresses
    return found


def _itself(host: str) -> set[str]:
    try:
        return {str(ipaddress.ip_address(host))}
    except ValueError:
        return set()


def _looked_up(name: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return set()
