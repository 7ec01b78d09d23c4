"""A command's visit to one registered ZK terminal: in its turn, and only if the machine there is its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collector import machine
from collector.turn import turn
from devices.errors import TerminalError
from devices.zk import terminal as zk
from ingest.database import ConnectionPool
from ingest.terminals import Terminal, TerminalRegisterError, terminal_named

WAIT_SECONDS = 60.0
"""How long a command waits for the collector to be done with the terminal; live capture gives way at once."""


def zk_terminal(name: str, pool: ConnectionPool, why_not: str) -> Terminal:
    """The registered ZK terminal of that name. why_not: a sentence for terminals of other kinds.

    Raises:
        TerminalRegisterError: it is not registered, or of another kind.
    """
    with pool.connection() as connection:
        terminal = terminal_named(connection, name)
    if terminal.kind != "zk":
        raise TerminalRegisterError(
            f"{name} is of kind {terminal.kind}, and only zk terminals are spoken to. {why_not}"
        )
    return terminal


@contextmanager
def visit(terminal: Terminal, pool: ConnectionPool, data_dir: Path) -> Iterator[tuple[zk.Terminal, zk.Identity]]:
    """An open session with the terminal, as it is registered in its turn, and what it says of itself.

    Raises:
        TerminalError: it is retired or cannot be read, another machine hangs there, or others talk with it all along.
    """
    with _named(terminal.name), turn(data_dir, terminal.id, wait_seconds=WAIT_SECONDS):
        now = machine.in_use(terminal, pool)
        assert now.address is not None
        with zk.open_terminal(now.address, now.comm_key) as device:
            said, owner = machine.asked(device, now, pool)
            if owner.id != now.id:
                raise machine.moved(now, owner, stored=False)
            yield device, said


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Errors of the terminal name it in what they advise."""
    try:
        yield
    except TerminalError as error:
        error.of(name)
        raise
