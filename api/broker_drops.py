"""What MQTT brokers dropped lately: punches of any terminal may be among it, so all who see terminals are told."""

from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.sql import SQL
from pydantic import BaseModel

TOLD_DAYS = 30
DROPS = SQL("""
SELECT broker, sum(messages)::bigint AS messages, min(noticed_at) AS since FROM broker_drop
WHERE noticed_at >= %s::timestamptz - make_interval(days => %s) GROUP BY broker ORDER BY broker
""")


class BrokerDrops(BaseModel):
    """messages: about so many, although the broker acknowledged them."""

    broker: str
    messages: int
    since: datetime


def broker_drops(connection: Connection[Any], now: datetime) -> list[BrokerDrops]:
    """By broker, of the last TOLD_DAYS days."""
    with connection.cursor(row_factory=class_row(BrokerDrops)) as cursor:
        return cursor.execute(DROPS, [now, TOLD_DAYS]).fetchall()
