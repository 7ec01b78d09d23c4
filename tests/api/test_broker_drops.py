"""Whoever sees terminals is told what the MQTT broker dropped, in both languages."""

from datetime import UTC, datetime, timedelta

import pytest

from api.broker_drops import TOLD_DAYS
from ingest import broker_health
from ingest.database import ConnectionPool
from tests.api.conftest import Asker


@pytest.mark.usefixtures("office")
def test_drops_are_told_until_they_are_old(pool: ConnectionPool, person: Asker) -> None:
    assert TOLD_DAYS == broker_health.TOLD_DAYS
    now = datetime.now(UTC)
    with pool.connection() as connection:
        broker_health.counted(connection, "old:1883", 5, now - timedelta(days=TOLD_DAYS, minutes=1))
        broker_health.counted(connection, "broker:1883", 1207, now - timedelta(days=TOLD_DAYS - 1))
    client = person("hr")
    page = client.get("/terminals").text
    assert "Broker MQTT broker:1883 membuang kira-kira 1.207 pesan" in page
    assert "naikkan max_queued_messages" in page
    assert "old:1883" not in page
    english = client.get("/terminals?lang=en").text
    assert "has dropped about 1,207 messages" in english
    assert "raise max_queued_messages" in english
