"""Messages that say no time: when each was first received, whatever died between then and its acknowledgement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg

from devices.records import Punch

# A number that comes anew belongs to another message; one that comes again keeps the time of the first delivery.
NOTE = """
INSERT INTO mqtt_receipt AS r (client_id, packet, sha256, received_at)
VALUES (%(client_id)s, %(packet)s, %(sha256)s, %(received_at)s)
ON CONFLICT (client_id, packet) DO UPDATE SET
    sha256 = excluded.sha256,
    received_at = CASE WHEN %(again)s AND r.sha256 = excluded.sha256
        AND r.received_at > excluded.received_at - %(oldest)s THEN r.received_at ELSE excluded.received_at END
RETURNING received_at
"""

BEFORE = """
SELECT local_time FROM punch
WHERE terminal_id = %s AND pin = %s AND state = %s AND source = 'mqtt' AND local_time BETWEEN %s AND %s
ORDER BY local_time DESC LIMIT 1
"""


OLDEST = timedelta(days=30)
"""The broker keeps no session longer, so no message comes again after it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker delivered it. packet: its number. again: the broker says that this is no first time."""

    client_id: str
    packet: int
    again: bool
    topic: str
    payload: bytes
    received_at: datetime


def first_receipt(connection: psycopg.Connection[Any], delivery: Delivery) -> datetime:
    """When the message was first delivered; to be committed before anything is made of it."""
    values = {
        "client_id": delivery.client_id,
        "packet": delivery.packet,
        "sha256": sha256(delivery.topic.encode() + b"\0" + delivery.payload).digest(),
        "received_at": delivery.received_at,
        "again": delivery.again,
        "oldest": OLDEST,
    }
    row = connection.execute(NOTE, values).fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def forget(connection: psycopg.Connection[Any], client_id: str) -> None:
    """When the broker has begun a new session: it counts anew, and sends nothing of the former one again."""
    connection.execute("DELETE FROM mqtt_receipt WHERE client_id = %s", [client_id])


def punch_before(
    connection: psycopg.Connection[Any], terminal_id: int, punch: Punch, seconds: float
) -> datetime | None:
    """The local time of the last stored punch of the same key at most so many seconds before this one."""
    pin, local_time, state, *_ = punch
    earliest = local_time - timedelta(seconds=seconds)
    row = connection.execute(BEFORE, [terminal_id, pin, state, earliest, local_time]).fetchone()
    return row[0] if row else None
