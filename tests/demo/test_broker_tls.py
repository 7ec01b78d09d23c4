"""TLS between collector, terminals and a real Mosquitto, with certificates made on the spot."""

import json
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.broker_certificates import make_certificate, make_client_certificate
from config.broker_files import COLLECTOR
from demo.broker import HOST, Mosquitto, free_port
from devices.errors import FatalTerminalError, TerminalError
from devices.mqtt import tls
from devices.mqtt.client import Consumer
from devices.mqtt.probe import probe
from devices.mqtt.session import BrokerAccess
from devices.mqtt.tls import TlsError
from devices.simulator.mqtt import SimulatedMqttTerminal
from tests.demo.broker_clients import connected
from tests.demo.test_broker_durability import punches, taken
from tests.waiting import until

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture
def broker(mosquitto: str, tmp_path: Path) -> Iterator[Mosquitto]:
    """With accounts and TLS, under the name localhost."""
    folder = tmp_path / "broker"
    folder.mkdir()
    make_certificate(folder, ["localhost"])
    it = Mosquitto(mosquitto, folder, accounts=(COLLECTOR, "gate-1"))
    it.doors = replace(it.doors, tls_host=HOST, tls_port=free_port())
    with it:
        yield it


def collecting(broker: Mosquitto, authority: Path, host: str = "localhost", port: int = 0) -> Consumer:
    access = BrokerAccess(
        host,
        port or broker.doors.tls_port,
        COLLECTOR,
        username=COLLECTOR,
        password=broker.passwords[COLLECTOR],
        tls=tls.context(str(authority)),
    )
    return Consumer(access, ["tepat/+/punch"])


def refusal(consumer: Consumer) -> str:
    with consumer:
        until(lambda: consumer.error not in {None, "not connected yet"})
        return str(consumer.error)


def test_punches_travel_in_secret_from_terminal_to_collector(broker: Mosquitto) -> None:
    authority = broker.folder / "ca.crt"
    with collecting(broker, authority) as consumer:
        until(lambda: consumer.error is None)
        gate = SimulatedMqttTerminal(
            "gate-1",
            "localhost",
            broker.doors.tls_port,
            password=broker.passwords["gate-1"],
            tls=tls.context(str(authority)),
        )
        assert gate.send(punches(3000)).buffered == 0
        assert len(taken(consumer, 3000)) == 3000


@pytest.mark.parametrize("door", ["in the clear", "with TLS"])
def test_at_no_listener_a_terminal_takes_over_the_collector_s_session(broker: Mosquitto, door: str) -> None:
    authority = broker.folder / "ca.crt"
    with collecting(broker, authority) as consumer:
        until(lambda: consumer.error is None)
    assert SimulatedMqttTerminal("gate-1", HOST, broker.port, password=broker.passwords["gate-1"]).send(punches(9))
    port, context = (
        (broker.port, None) if door == "in the clear" else (broker.doors.tls_port, tls.context(str(authority)))
    )
    with connected("localhost", port, "gate-1", broker.passwords["gate-1"], client_id=COLLECTOR, tls=context):
        pass
    with collecting(broker, authority) as consumer:
        assert len(taken(consumer, 9)) == 9


@pytest.mark.parametrize("door", ["in the clear", "with TLS", "with certificates"])
def test_the_doctor_neither_evicts_the_collector_nor_wipes_its_queue(broker: Mosquitto, door: str) -> None:
    made = make_client_certificate(broker.folder, COLLECTOR) if door == "with certificates" else (None, None)
    if door == "with certificates":
        broker.stop()
        broker.doors = replace(broker.doors, client_certificates=True)
        broker.start()
    secret = door != "in the clear"
    context = tls.context(str(broker.folder / "ca.crt"), *made) if secret else None
    port = broker.doors.tls_port if secret else broker.port
    access = BrokerAccess("localhost", port, COLLECTOR, "5", COLLECTOR, broker.passwords[COLLECTOR], context)
    with Consumer(access, ["tepat/+/punch"]) as consumer:
        until(lambda: consumer.error is None)
        probe(access)
        gate = SimulatedMqttTerminal("gate-1", HOST, broker.port, password=broker.passwords["gate-1"])
        assert gate.send(punches(9)).buffered == 0
        assert len(taken(consumer, 9)) == 9
    assert "already connected" not in broker.log.read_text(encoding="utf-8")
    assert gate.send(punches(19)).buffered == 0
    probe(access)
    came: set[int] = set()
    with Consumer(access, ["tepat/+/punch"]) as consumer:

        def the_queue_came() -> bool:
            """Maybe with some of the nine before, whose acknowledgements ended with the connection."""
            came.update(json.loads(one)["seq"] for one in taken(consumer, 1))
            return came >= set(range(9, 28))

        until(the_queue_came)


def test_the_doctor_says_of_tls_what_the_collector_says(broker: Mosquitto, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_certificate(other, ["localhost"])
    distrusting = BrokerAccess("localhost", broker.doors.tls_port, COLLECTOR, tls=tls.context(str(other / "ca.crt")))
    with pytest.raises(FatalTerminalError, match="name its own in TEPAT_MQTT_TLS_CA"):
        probe(distrusting)
    broker.stop()
    broker.doors = replace(broker.doors, client_certificates=True)
    broker.start()
    nameless = BrokerAccess(
        "localhost", broker.doors.tls_port, COLLECTOR, tls=tls.context(str(broker.folder / "ca.crt"))
    )
    with pytest.raises(TerminalError, match="TEPAT_MQTT_TLS_CERTIFICATE"):
        probe(nameless)


def test_a_broker_of_another_authority_is_not_believed(broker: Mosquitto, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_certificate(other, ["localhost"])
    assert "an authority that we do not trust: name its own in TEPAT_MQTT_TLS_CA" in refusal(
        collecting(broker, other / "ca.crt")
    )


def test_a_certificate_of_another_host_is_not_believed(broker: Mosquitto) -> None:
    assert f"not for {HOST}" in refusal(collecting(broker, broker.folder / "ca.crt", host=HOST))


def test_a_port_without_tls_is_told(broker: Mosquitto) -> None:
    assert "TEPAT_MQTT_PORT" in refusal(collecting(broker, broker.folder / "ca.crt", port=broker.port))


@pytest.mark.parametrize(("code", "words"), [(10, "has expired"), (9, "look at the clocks"), (1, "cannot be trusted")])
def test_what_else_is_wrong_with_a_certificate_is_said_in_plain_words(code: int, words: str) -> None:
    error = ssl.SSLCertVerificationError(1, "said by OpenSSL")
    error.verify_code, error.verify_message = code, "odd"
    assert words in tls.refusal(error, "broker.example")


def test_a_terminal_s_certificate_is_its_identity(broker: Mosquitto) -> None:
    broker.stop()
    make_client_certificate(broker.folder, "gate-7")
    broker.doors = replace(broker.doors, client_certificates=True)
    broker.start()
    own = tls.context(str(broker.folder / "ca.crt"), broker.folder / "gate-7.crt", broker.folder / "gate-7.key")
    with connected("localhost", broker.doors.tls_port, tls=own) as gate:
        assert gate.publish("tepat/gate-7/punch", b"{}") in {"Success", "No matching subscribers"}
        assert gate.publish("tepat/gate-1/punch", b"{}") == "Not authorized"
    assert "TEPAT_MQTT_TLS_CERTIFICATE" in refusal(collecting(broker, broker.folder / "ca.crt"))


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "odd.pem").write_text("no certificate", encoding="utf-8")
    with pytest.raises(TlsError, match=r"TEPAT_MQTT_TLS_CA names .*odd\.pem, which is not a certificate"):
        tls.context(str(tmp_path / "odd.pem"))
    with pytest.raises(TlsError, match="No such file"):
        tls.context(str(tmp_path / "none.pem"))
    with pytest.raises(TlsError, match="belong together"):
        tls.context(tls.SYSTEM, certificate=tmp_path / "odd.pem")
    with pytest.raises(TlsError, match="TEPAT_MQTT_TLS_CERTIFICATE"):
        tls.context(tls.SYSTEM, tmp_path / "odd.pem", tmp_path / "odd.pem")
