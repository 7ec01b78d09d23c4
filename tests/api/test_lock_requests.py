"""A lock over JSON: what it takes, and what the audit says of it."""

from contextlib import ExitStack

from fastapi.testclient import TestClient

from ingest.database import ConnectionPool
from tests.api.conftest import Asker
from tests.api.test_locks import january, lock
from tests.scoring.database import found, mark, nip

__all__ = ["january"]


def test_a_lock_needs_no_second_connection(january: ConnectionPool, machine: Asker) -> None:
    """Else as many of them at once as there are connections would wait for each other, and everybody for them."""
    hr = machine("hr")
    with ExitStack() as taken:
        for _ in range(january.max_size - 1):
            taken.enter_context(january.connection())
        assert lock(hr)[1]["locked"] == 1


def test_who_was_shown_and_not_locked_stands_in_the_audit(january: ConnectionPool, machine: Asker) -> None:
    with january.connection() as connection:
        mark(connection, 0, "2026-01-09")
    hr: TestClient = machine("hr")
    assert lock(hr)[0] == 409
    ((who,),) = found(january, "SELECT id FROM employee WHERE nip = %s", nip(0))
    assert (lock(hr, dry_run=True)[0], lock(hr, only_ready=True)[0]) == (200, 200)
    audit = "SELECT action, object, detail -> 'employees' FROM audit WHERE object = 'period:2026-01' ORDER BY id"
    assert found(january, audit) == [
        ("refused", "period:2026-01", None),
        ("view", "period:2026-01", [who]),
        ("view", "period:2026-01", [who]),
    ]
