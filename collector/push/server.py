"""Serves the endpoint for iclock terminals in a thread of the collector."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import structlog
import uvicorn

from collector.push.app import create_app
from config.errors import TepatError
from config.settings import Settings
from ingest.database import ConnectionPool

BACKLOG = 512
"""Connections that wait while all threads are busy."""
AT_ONCE = 512
"""Connections served; the next is told 503 and comes again."""
STOP_SECONDS = 10
"""What a running request gets to end when the process is told to stop."""

log = structlog.get_logger()


class PushAddressError(TepatError):
    """The address to take pushes on cannot be had."""


@contextlib.contextmanager
def serving(settings: Settings, pool: ConnectionPool, stop_event: threading.Event) -> Iterator[int | None]:
    """Serve while inside; gives the port, or None where no port is set. Sets stop_event when the server dies.

    Raises:
        PushAddressError: the address is not this machine's, or the port is taken.
    """
    if settings.push_port is None:
        yield None
        return
    with _listening(settings.push_host, settings.push_port) as listening:
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(pool),
                access_log=False,
                log_config=None,
                server_header=False,
                limit_concurrency=AT_ONCE,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )

        def run() -> None:
            try:
                server.run(sockets=[listening])
            finally:
                stop_event.set()  # a collector that takes no pushes is to be started again

        thread = threading.Thread(target=run, name="push")
        thread.start()
        try:
            port = int(listening.getsockname()[1])
            log.info("push.listening", host=settings.push_host, port=port)
            yield port
        finally:
            server.should_exit = True
            thread.join()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PushAddressError(
            f"Cannot take pushes on {host} port {port}: {error.strerror or error}. "
            "Set TEPAT_PUSH_HOST and TEPAT_PUSH_PORT to an address of this machine and a free port."
        ) from error
