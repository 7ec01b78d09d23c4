"""Whether a broker takes us: one connection under a name of its own, which subscribes to nothing and leaves nothing."""

import contextlib
import socket
import ssl
import time
from secrets import token_hex

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices.errors import FatalTerminalError, RetriableTerminalError, TerminalError
from devices.mqtt.session import KEEP_ALIVE_SECONDS, BrokerAccess, refusal

PATIENCE_SECONDS = 5.0


def probe(access: BrokerAccess, patience: float = PATIENCE_SECONDS) -> None:
    """Connect and leave again.

    Raises:
        TerminalError: the broker's name is not known, nothing answers, it is no broker, or it refuses the account.
    """
    answers: list[ReasonCode] = []
    client = _client(access)
    client.connect_timeout = patience
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(reason)
    try:
        client.connect(access.host, access.port, KEEP_ALIVE_SECONDS)
        until = time.monotonic() + patience
        while not answers and client.socket() is not None and time.monotonic() < until:
            client.loop(timeout=0.1)
    except OSError as error:
        raise _unreachable(access, error) from error
    finally:
        with contextlib.suppress(OSError):
            client.disconnect()
    if not answers:
        raise RetriableTerminalError(f"What answers at {access.broker} is no MQTT broker, or hangs.", "broker_silent")
    if answers[0].is_failure:
        raise FatalTerminalError(f"The MQTT broker {access.broker} {refusal(answers[0])}.", "broker_refuses_us")


def _client(access: BrokerAccess) -> Client:
    v5 = access.version == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"tepat-doctor-{token_hex(4)}",
        clean_session=None if v5 else True,
        protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
    )
    if access.username is not None:
        client.username_pw_set(access.username, access.password)
    if access.tls is not None:
        client.tls_set_context(access.tls)
    return client


def _unreachable(access: BrokerAccess, error: OSError) -> TerminalError:
    if isinstance(error, socket.gaierror):
        return FatalTerminalError(
            f"The name {access.host} of the MQTT broker is not known to the network ({error.strerror}).", "broker_name"
        )
    if isinstance(error, ConnectionRefusedError):
        return RetriableTerminalError(f"{access.broker} refused the connection: no MQTT broker.", "broker_refused")
    if isinstance(error, ssl.SSLError):
        return FatalTerminalError(
            f"The MQTT broker {access.broker} and Tepat do not trust each other ({error.reason}).", "broker_refuses_us"
        )
    return RetriableTerminalError(
        f"The MQTT broker {access.broker} cannot be reached: {error.strerror or error}.", "broker_silent"
    )
