"""A broker that drops messages raises the alarm: real drops, through listen(), into the log and the database."""

from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from psycopg_pool import ConnectionPool

from collector.broker_watch import BrokerWatch
from config import broker_files
from config.troubles import cure
from demo.broker import Mosquitto
from devices.simulator.mqtt import SimulatedMqttTerminal
from ingest import broker_health
from tests.collector.listening import listening, punches, registered, settings_for, subscribed
from tests.waiting import until

__all__ = ["registered"]


def drops(pool: ConnectionPool) -> list[broker_health.Drops]:
    with pool.connection() as connection:
        return broker_health.drops(connection, datetime.now(UTC))


def alarms(logs: list[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    return [entry for entry in logs if entry["event"] == "mqtt.broker_dropped"]


def test_dropped_messages_are_an_error_in_the_log_and_stay_in_the_database(
    mosquitto: str,
    tmp_path_factory: pytest.TempPathFactory,
    registered: ConnectionPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = broker_files.configuration

    def small(*arguments: object, **named: object) -> str:
        text = whole(*arguments, **named)  # type: ignore[arg-type]
        return text.replace("max_queued_messages 2000000", "max_queued_messages 100") + "sys_interval 1\n"

    monkeypatch.setattr(broker_files, "configuration", small)
    with Mosquitto(mosquitto, tmp_path_factory.mktemp("broker")) as broker:
        subscribed(broker)
        assert SimulatedMqttTerminal("gate-1", broker.host, broker.port).send(punches(3000)).buffered == 0
        with structlog.testing.capture_logs() as logs, listening(settings_for(broker), registered):
            until(lambda: bool(drops(registered)))
        (found,) = drops(registered)
        assert found.broker == f"{broker.host}:{broker.port}"
        assert 0 < found.messages < 3000
        (alarm, *_) = alarms(logs)
        assert (alarm["log_level"], alarm["cure"]) == ("error", cure("broker_dropped", "en"))
        with structlog.testing.capture_logs() as logs, listening(settings_for(broker), registered):
            until(lambda: any(entry["event"] == "mqtt.connected" for entry in logs))
        assert drops(registered) == [found], "a restart of the collector is no new drop"


def test_while_the_database_is_away_it_is_told_once_and_written_later(registered: ConnectionPool) -> None:
    watch = BrokerWatch("broker:1")
    with structlog.testing.capture_logs() as logs:
        with ConnectionPool("host=127.0.0.1 port=1", min_size=1, open=True) as nowhere:
            watch.look(None, nowhere, 0.1)
            watch.look(7, nowhere, 0.1)
            watch.look(7, nowhere, 0.1)
        assert [entry.get("since_its_start") for entry in alarms(logs)] == [7]
        watch.look(7, registered, 5.0)
        watch.look(7, registered, 5.0)
    assert [entry.get("messages") for entry in alarms(logs)] == [None, 7]
    assert [it.messages for it in drops(registered)] == [7]
