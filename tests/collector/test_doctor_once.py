"""The doctor tells each fault once, with one cure, in both languages, on real terminals, brokers and databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg_pool import ConnectionPool

from collector.doctor import walk
from collector.poll import poll
from config.only_one import only_one
from config.settings import Settings
from demo.broker import Mosquitto
from devices.simulator.iclock import SimulatedIclockTerminal
from ingest import health, push_terminals
from ingest.terminals import Terminal, add_terminal, change_terminal, terminal_named
from tests.brokers import broker, mosquitto
from tests.collector.listening import punches
from tests.collector.pushing import SERIAL, endpoint
from tests.collector.pushing import register as register_iclock
from tests.collector.test_doctor import enrol, jakarta, settings
from tests.collector.test_poll import register, terminal_with

__all__ = ["broker", "mosquitto", "settings"]

NOBODYS = "enrolled"
"""Nobody is enrolled in these offices: a fault of its own."""


def faults(pool: ConnectionPool, settings: Settings) -> list[str]:
    """The steps told with a cure, each in both languages and each cure once."""
    told = [finding for finding in walk.examine("lobi", pool, settings) if finding.cure("en")]
    for language in ("id", "en"):
        cures = [finding.cure(language) for finding in told]
        assert len(set(cures)) == len(cures)
    return [finding.step for finding in told if finding.step != NOBODYS]


def test_never_read_and_nobody_reads(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(100, pool, clock=jakarta):
        assert faults(pool, settings) == ["collector"]
        found = {finding.step: finding for finding in walk.examine("lobi", pool, settings)}
        assert found["unread"].state == "broken", "what it costs is told"
        assert "last_punch" not in found
        with only_one(settings.data_dir / "collector.lock", "taken"):
            assert faults(pool, settings) == ["unread"]


def test_wrong_key(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(10, pool, comm_key=777) as (_, terminal):
        assert poll(terminal, pool).error is not None
        assert faults(pool, settings) == ["key"]


def test_no_such_host_while_days_wait(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(10, pool, clock=jakarta) as (_, terminal):
        poll(terminal, pool)
    enrol(pool, range(1, 11))
    with pool.connection() as connection:
        change_terminal(connection, "lobi", address="no-such-host.invalid")
        connection.execute("INSERT INTO waiting_day SELECT employee_id, '2026-01-06', terminal_id,"
                           " '2026-01-06 17:00Z', false FROM enrolment")  # fmt: skip
    assert faults(pool, settings) == ["name"]
    scored = next(finding for finding in walk.examine("lobi", pool, settings) if finding.step == "scored")
    assert scored.sentence("id").startswith("10 hari kerja pegawai menunggu mesin ini")
    assert scored.sentence("en").startswith("10 days of employees wait for this terminal")


def test_out_of_use(pool: ConnectionPool, settings: Settings) -> None:
    register(pool, "lobi", "192.0.2.1")
    with pool.connection() as connection:
        change_terminal(connection, "lobi", retired_at=datetime.now(UTC))
    assert faults(pool, settings) == ["in_use"]


def test_clock_off(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(10, pool, clock=lambda: jakarta() + timedelta(days=75)) as (_, terminal):
        poll(terminal, pool)
        assert faults(pool, settings) == ["clock"]


@pytest.fixture
def device(pool: ConnectionPool) -> Terminal:
    with pool.connection() as connection:
        return add_terminal(connection, name="lobi", kind="mqtt", address="gate-1", comm_key=0,
                            time_zone="Asia/Jakarta", added_at=datetime.now(UTC))  # fmt: skip


def test_mqtt_silent_and_gone(
    pool: ConnectionPool, settings: Settings, broker: Mosquitto, device: Terminal, tmp_path: Path
) -> None:
    with_broker = settings.model_copy(update={"mqtt_host": broker.host, "mqtt_port": broker.port})
    with only_one(tmp_path / "collector.lock", "taken"):
        assert faults(pool, settings) == ["broker_set"]
        with pool.connection() as connection:
            health.seen(connection, device.id, datetime.now(UTC) - timedelta(days=9))
        assert faults(pool, with_broker) == ["broker_account", "heard"], "nobody knows whether it lets us in"
        with pool.connection() as connection:
            health.failed(connection, device.id, datetime.now(UTC), "It is gone.", "went_offline")
        assert faults(pool, with_broker) == ["broker_account", "told"]
        broker.stop()
        assert faults(pool, with_broker) == ["broker"]


def test_push_terminal_that_may_not(pool: ConnectionPool, settings: Settings) -> None:
    register_iclock(pool, name="lobi")
    with_port = settings.model_copy(update={"push_port": 8081})
    with only_one(settings.data_dir / "collector.lock", "taken"):
        assert faults(pool, settings) == ["push_set"]
        assert faults(pool, with_port) == ["asked"]
        with endpoint(pool) as url:
            SimulatedIclockTerminal(url, SERIAL, error_delay=0.02).send(punches(3), seconds=5)
            with pool.connection() as connection:
                connection.execute("UPDATE push_terminal SET status = 'blocked'")
                known = terminal_named(connection, "lobi")
                health.failed(connection, known.id, datetime.now(UTC), "It is blocked (::1)", "push_blocked")
            assert faults(pool, with_port) == ["approved"]
            with pool.connection() as connection:
                push_terminals.approve(connection, SERIAL, "192.0.2.0/24", datetime.now(UTC))
                connection.execute("UPDATE push_terminal SET last_from = '127.0.0.1'")
                health.failed(connection, known.id, datetime.now(UTC), "It pushes from 127.0.0.1", "push_elsewhere")
            assert faults(pool, with_port) == ["network"]
