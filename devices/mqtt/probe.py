"""Whether a broker answers, found out without an account: at many brokers the account's name is the client id.

Then a connection with our account, whatever client id it gives, would take over the collector's session and its queue.
"""

import contextlib
import socket
import ssl
import time
from secrets import token_hex

from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from devices import names
from devices.errors import FatalTerminalError, RetriableTerminalError, TerminalError
from devices.mqtt import tls
from devices.mqtt.connection import PunctualClient
from devices.mqtt.session import KEEP_ALIVE_SECONDS, REFUSES_ACCOUNT, BrokerAccess, refusal

PATIENCE_SECONDS = 5.0
OBJECTION_SECONDS = 0.5
"""A broker that misses our certificate says so after the handshake; one that is content waits for us."""


def probe(access: BrokerAccess, patience: float = PATIENCE_SECONDS) -> None:
    """Connect and leave again, with TLS after its handshake: a certificate of ours is an account too.

    Raises:
        TerminalError: the broker's name is not known, nothing answers, it is no broker, or TLS does not come about.
    """
    try:
        if access.tls is None:
            _ask_nameless(access, patience)
        else:
            _shake_hands(access, access.tls, patience)
    except OSError as error:
        raise _unreachable(access, error) from error


def _shake_hands(access: BrokerAccess, context: ssl.SSLContext, patience: float) -> None:
    with (
        names.SYSTEM.connected(access.host, access.port, patience) as raw,
        context.wrap_socket(raw, server_hostname=access.host) as connection,
    ):
        connection.settimeout(OBJECTION_SECONDS)
        with contextlib.suppress(TimeoutError):
            if not connection.recv(1):
                raise ConnectionResetError("the broker closed the connection")


def _ask_nameless(access: BrokerAccess, patience: float) -> None:
    answers: list[ReasonCode] = []
    client = _client(access)
    client.connect_timeout = patience
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(reason)
    try:
        client.connect(access.host, access.port, KEEP_ALIVE_SECONDS)
        until = time.monotonic() + patience
        while not answers and client.socket() is not None and time.monotonic() < until:
            client.loop(timeout=0.1)
    finally:
        with contextlib.suppress(OSError):
            client.disconnect()
    if not answers:
        raise RetriableTerminalError(f"What answers at {access.broker} is no MQTT broker, or hangs.", "broker_silent")
    asks_for_account = access.username is not None and answers[0].getName() in REFUSES_ACCOUNT
    if answers[0].is_failure and not asks_for_account:
        raise FatalTerminalError(f"The MQTT broker {access.broker} {refusal(answers[0])}.", "broker_refuses_us")


def _client(access: BrokerAccess) -> PunctualClient:
    v5 = access.version == "5"
    return PunctualClient(
        CallbackAPIVersion.VERSION2,
        client_id=f"tepat-doctor-{token_hex(4)}",
        clean_session=None if v5 else True,
        protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
    )


def _unreachable(access: BrokerAccess, error: OSError) -> TerminalError:
    if isinstance(error, socket.gaierror):
        return FatalTerminalError(
            f"The name {access.host} of the MQTT broker is not known to the network ({error.strerror}).", "broker_name"
        )
    if isinstance(error, ConnectionRefusedError):
        return RetriableTerminalError(f"{access.broker} refused the connection: no MQTT broker.", "broker_refused")
    if isinstance(error, ssl.SSLError):
        return FatalTerminalError(
            f"The MQTT broker {access.broker} {tls.refusal(error, access.host)}.", "broker_refuses_us"
        )
    hint = tls.HINT if access.tls is not None else ""
    return RetriableTerminalError(
        f"The MQTT broker {access.broker} cannot be reached: {error.strerror or error}{hint}.", "broker_silent"
    )
