"""The commands that pretend to be terminals."""

import signal
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, cast, get_args
from zoneinfo import ZoneInfo, available_timezones

import typer

from devices.errors import RetriableTerminalError
from devices.mqtt import tls
from devices.records import Punch
from devices.simulator.iclock import SimulatedIclockTerminal
from devices.simulator.mqtt import SimulatedMqttTerminal
from devices.simulator.mqtt_messages import Dialect
from devices.simulator.zk.records import RecordSize, SimulatorError
from devices.simulator.zk.sources import people_of, read_attlog
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.address import Address


def simulate_zk(
    attlog: Annotated[Path, typer.Option(help="Attendance log file whose people and punches the terminal holds.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 4370,
    comm_key: Annotated[int, typer.Option(min=0, max=999_999, help="Its comm key; 0 = none.")] = 0,
    record_size: Annotated[int, typer.Option(help="Bytes of an attendance record: 8, 16, 22, 40 or 49.")] = 40,
    *,
    udp: Annotated[bool, typer.Option("--udp", help="Speak UDP on that port, and no TCP.")] = False,
    serial: Annotated[str, typer.Option(help="Its serial number; two terminals need two.")] = "SIMULATED0001",
    time_zone: Annotated[str, typer.Option(help="Time zone that its clock shows.")] = "Asia/Jakarta",
) -> None:
    """Pretend to be a ZK terminal until Ctrl-C: real protocol, real port, the punches of an attendance log file."""
    punches, rejected = read_attlog(attlog)
    for _, reason in rejected:
        print(f"{attlog}: left out, {reason}", file=sys.stderr)
    zone = _zone(time_zone)
    terminal = SimulatedTerminal(
        serial,
        people_of(punch.pin for punch in punches),
        punches,
        record_size=_known(record_size),
        comm_key=comm_key,
        capacity=max(len(punches), 100_000),
        clock=lambda: _time_in(zone),
    )
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with terminal.serving(port, udp=udp) as (host, bound):
        print(f"ZK terminal with {len(punches)} punches at {Address(host, bound, udp)}", flush=True)
        over.wait()


def simulate_mqtt(
    *,
    device: Annotated[str, typer.Option(help="Device id, the address it is registered under.")],
    host: Annotated[str, typer.Option(help="Host of the MQTT broker.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the MQTT broker.")] = 1883,
    attlog: Annotated[Path | None, typer.Option(help="Attendance log file whose punches it sends.")] = None,
    people: Annotated[int, typer.Option(min=1, help="Without --attlog: so many people clock in just now.")] = 10,
    batch: Annotated[
        int, typer.Option(min=1, help="Punches in one message; other dialects than tepat have always one.")
    ] = 1,
    dialect: Annotated[Dialect, typer.Option(help="Which dialect of docs/mqtt.md it speaks.")] = "tepat",
    time_zone: Annotated[str, typer.Option(help="Time zone that its clock shows.")] = "Asia/Jakarta",
    version: Annotated[Literal["5", "3.1.1"], typer.Option(help="Version of MQTT that it speaks.")] = "5",
    password: Annotated[
        str | None, typer.Option(help="Password of its account at the broker, which is named like the device.")
    ] = None,
    tls_ca: Annotated[str | None, typer.Option(help="Speak TLS, with a broker of this authority (a PEM file).")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds that it tries.")] = 60,
) -> None:
    """Pretend to be an MQTT terminal: send punches with QoS 1 until the broker has acknowledged them all."""
    punches = _of_file(attlog) if attlog else _just_now(people, time_zone)
    terminal = SimulatedMqttTerminal(
        device, host, port, dialect=dialect, time_zone=time_zone, batch=batch, version=version, password=password,
        tls=tls.context(tls_ca) if tls_ca else None,
    )  # fmt: skip
    delivery = terminal.send(punches, seconds=seconds)
    if delivery.buffered:
        why = f" ({delivery.refusal})" if delivery.refusal else ""
        raise RetriableTerminalError(
            f"MQTT terminal {device}: {delivery.buffered} messages are still in its buffer after {seconds:g} s{why}. "
            f"Look whether a broker runs at {host}:{port}, and whether tepat collect has ever listened to it."
        )
    print(f"MQTT terminal {device}: {delivery.punches} punches in {delivery.messages} messages acknowledged")


def simulate_iclock(
    *,
    url: Annotated[str, typer.Option(help="Where it pushes to, as http://127.0.0.1:8081.")],
    serial: Annotated[str, typer.Option(help="Its serial number, the address it is registered under.")],
    attlog: Annotated[Path | None, typer.Option(help="Attendance log file whose punches it holds.")] = None,
    people: Annotated[int, typer.Option(min=1, help="Without --attlog: so many people clock in just now.")] = 10,
    access: Annotated[bool, typer.Option("--access", help="Speak the dialect of access terminals.")] = False,
    time_zone: Annotated[str, typer.Option(help="Time zone that its clock shows.")] = "Asia/Jakarta",
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds that it tries.")] = 60,
) -> None:
    """Pretend to be an iclock terminal: push punches over HTTP until all are answered with OK."""
    punches = _of_file(attlog) if attlog else _just_now(people, time_zone)
    terminal = SimulatedIclockTerminal(url, serial, dialect="access" if access else "attendance")
    delivery = terminal.send(punches, seconds=seconds)
    if delivery.buffered:
        raise RetriableTerminalError(
            f"iclock terminal {serial}: {delivery.buffered} punches are still in its buffer after {seconds:g} s "
            f"({delivery.refusal}). Look whether tepat collect runs with TEPAT_PUSH_PORT, and tepat terminal pushing."
        )
    print(f"iclock terminal {serial}: {delivery.punches} punches in {delivery.posts} posts acknowledged")


def _of_file(attlog: Path) -> list[Punch]:
    punches, rejected = read_attlog(attlog)
    for _, reason in rejected:
        print(f"{attlog}: left out, {reason}", file=sys.stderr)
    return [(punch.pin, punch.local_time, punch.state, punch.verify, None, b"") for punch in punches]


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise SimulatorError(f"{name!r} is no time zone: in Indonesia Asia/Jakarta, Asia/Makassar or Asia/Jayapura.")
    return ZoneInfo(name)


def _time_in(zone: ZoneInfo) -> datetime:
    return datetime.now(zone).replace(tzinfo=None)


def _just_now(people: int, time_zone: str) -> list[Punch]:
    """One punch a second, the last of them now."""
    now = _time_in(_zone(time_zone)).replace(microsecond=0)
    return [(str(pin), now - timedelta(seconds=people - pin), 0, 1, None, b"") for pin in range(1, people + 1)]


def _known(record_size: int) -> RecordSize:
    for known in get_args(RecordSize):
        if known == record_size:
            return cast("RecordSize", known)
    raise SimulatorError(f"No terminal is known whose records have {record_size} bytes: take 8, 16, 22, 40 or 49.")
