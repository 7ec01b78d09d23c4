"""Serves the application on one address until it is told to stop."""

import socket

import uvicorn

from api.app import create_app
from config.conditions import POLL_SECONDS
from config.errors import TepatError
from config.settings import Settings
from ingest.database import ConnectionPool

BACKLOG = 128
"""Connections that wait while all threads are busy."""
STOP_SECONDS = 10
"""What a running request gets to end when the process is told to stop."""


class AddressError(TepatError):
    """The address to serve on cannot be had."""


def listening(settings: Settings) -> socket.socket:
    """The socket of the configured address, open before the first request, so that port 0 is known by then.

    Raises:
        AddressError: the address is not this machine's, or the port is taken.
    """
    host, port = settings.listen_host, settings.listen_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise AddressError(
            f"Cannot serve on {host} port {port}: {error.strerror or error}. "
            "Set TEPAT_LISTEN_HOST and TEPAT_LISTEN_PORT to an address of this machine and a free port."
        ) from error
    return opened


def address(opened: socket.socket) -> str:
    """What to type into a browser."""
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def server(pool: ConnectionPool, poll_seconds: float = POLL_SECONDS) -> uvicorn.Server:
    """A server on an open pool, to `run(sockets=[…])`. It writes no access log: the audit table records each look."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(pool, poll_seconds),
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )
