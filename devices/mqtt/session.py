"""A durable MQTT session: the broker keeps our queue while we are away, and waits for our acknowledgements."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.mqtt.connection import BufferedClient

UNACKNOWLEDGED_3_1_1 = 20
"""The most messages Mosquitto sends a 3.1.1 client before the first is acknowledged."""
LARGEST_RECEIVE_MAXIMUM = 65535
SESSION_SECONDS = 30 * 24 * 3600
"""How long the broker keeps our queue while no collector runs: longer than the longest run of public holidays."""
KEEP_ALIVE_SECONDS = 30
DROPPED = "$SYS/broker/publish/messages/dropped"
"""Where Mosquitto says how many messages it has dropped since its start; nothing comes before the first."""
REFUSES_ACCOUNT = {"Bad user name or password", "Not authorized"}


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """client_id: fixed, since the broker keeps the queue under it; two collectors must not share one."""

    host: str
    port: int
    client_id: str
    version: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    @property
    def broker(self) -> str:
        """Its name in health and logs."""
        return f"{self.host}:{self.port}"


def durable_client(access: BrokerAccess) -> BufferedClient:
    """A client that is not connected yet, acknowledges nothing by itself and is driven by its caller's loop."""
    v5 = access.version == "5"
    client = BufferedClient(
        CallbackAPIVersion.VERSION2,
        client_id=access.client_id,
        clean_session=None if v5 else False,
        protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    if access.username is not None:
        client.username_pw_set(access.username, access.password)
    if access.tls is not None:
        client.tls_set_context(access.tls)
    return client


def connect(client: Client, access: BrokerAccess, receive_maximum: int) -> None:
    """Never a clean start: it would wipe the queue kept for us, or keep the broker from saving it.

    receive_maximum: how many messages may be under way unacknowledged; MQTT 3.1.1 cannot say it.

    Raises:
        OSError: the broker cannot be reached.
    """
    if access.version == "3.1.1":
        client.connect(access.host, access.port, KEEP_ALIVE_SECONDS)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_SECONDS
    properties.ReceiveMaximum = receive_maximum
    client.connect(access.host, access.port, KEEP_ALIVE_SECONDS, clean_start=False, properties=properties)


def subscribe(client: Client, access: BrokerAccess, filters: Sequence[str]) -> None:
    """With QoS 1, and to the broker's own count last; harmless on a session that has these subscriptions already."""
    wanted = [*((name, 1) for name in filters), (DROPPED, 0)]
    if access.version == "5":
        client.subscribe([(name, SubscribeOptions(qos=qos)) for name, qos in wanted])
    else:
        client.subscribe(wanted)


def refusal(reason: ReasonCode) -> str:
    """What the broker's refusal of a connection means, and what to do."""
    name = reason.getName()
    if name == "Unsupported protocol version":
        return "does not speak MQTT 5: set TEPAT_MQTT_VERSION=3.1.1"
    if name in REFUSES_ACCOUNT:
        return f"refuses us ({name}): correct TEPAT_MQTT_USERNAME and TEPAT_MQTT_PASSWORD"
    return f"refuses us: {name}"
