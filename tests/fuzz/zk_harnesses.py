"""Frames, logs, people, events and sizes of ZK terminals."""

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta

from devices.simulator.zk.records import Person, RecordSize, StoredPunch, encode_event, encode_user
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.events import ATTENDANCE, decode_event
from devices.zk.frames import HEADER, PREFIX, Command, Packet, announced_length, checksum, decode_packet, encode_frame
from devices.zk.log import RECORD_SIZES, StrideError, decode_log, decode_records
from devices.zk.sizes import COUNTS, decode_sizes
from devices.zk.users import NUMBER_USER, TEXT_USER, decode_user, user_records
from tests.fuzz.harness import Harness, chosen, raws

SIZES: tuple[RecordSize, ...] = (8, 16, 22, 40, 49)
MORNING = datetime.fromisoformat("2026-01-05T07:28:00")
PUNCHES = [StoredPunch(str(number), MORNING + timedelta(minutes=number), number % 2) for number in range(1, 8)]
CODE_PAGES = ("utf-8", "gbk", "cp1256", "ascii")


def log_of(size: RecordSize) -> bytes:
    return SimulatedTerminal("SEED", log=PUNCHES, record_size=size).memory.log_bytes()


def records(data: bytes) -> None:
    """Every record, and what is left over at the end, is kept once, byte for byte."""
    size, body = chosen(data, RECORD_SIZES)
    whole = len(body) - len(body) % size
    expected = [body[start : start + size] for start in range(0, whole, size)] + [body[whole:]] * (whole < len(body))
    assert raws(*decode_records(body, size)) == sorted(expected)


def record_seeds() -> Sequence[bytes]:
    return [bytes([number]) + log_of(size) for number, size in enumerate(SIZES)]


def stream(data: bytes) -> None:
    """A whole log is refused, to be read again, or head, body and surplus are all of it."""
    count, rest = data[:1], data[1:]
    try:
        log = decode_log(rest, [sum(count), sum(count) + 1])
    except StrideError:
        return
    surplus = rest[len(log.head) + len(log.body) :]
    assert rest == log.head + log.body + surplus
    assert sum(map(len, raws(log.punches, log.rejected))) == len(log.body) + len(surplus)


def stream_seeds() -> Sequence[bytes]:
    logs = [log_of(size) for size in SIZES if size != 22]
    return [bytes([len(PUNCHES)]) + struct.pack("<I", len(log)) + log for log in logs]


def people(data: bytes) -> None:
    """Refused, or the records are all that follows the head, and each is a person with a pin."""
    encoding, body = chosen(data, CODE_PAGES)
    try:
        found = user_records(body, [len(body) // NUMBER_USER.size, len(body) // TEXT_USER.size])
    except StrideError:
        return
    assert body.endswith(b"".join(found))
    assert all(decode_user(record, encoding).pin for record in found)


def people_seeds() -> Sequence[bytes]:
    enrolled = [Person(number, str(number), "Sari Dewi") for number in range(1, 4)]
    bodies = [b"".join(encode_user(person, size) for person in enrolled) for size in SIZES]
    return [b"\0" + struct.pack("<I", len(body)) + body for body in bodies]


def event(data: bytes) -> None:
    """Every byte of an event of attendance is in a record."""
    punches, rejected = decode_event(Packet(Command.EVENT, ATTENDANCE, 0, data))
    assert sum(map(len, raws(punches, rejected))) == len(data)
    assert decode_event(Packet(Command.EVENT, 2, 0, data)) == ([], [])


def event_seeds() -> Sequence[bytes]:
    return [encode_event(PUNCHES[0], 1, size) for size in SIZES]


def sizes(data: bytes) -> None:
    assert (decode_sizes(data) is None) == (len(data) < COUNTS.size)


def frames(data: bytes) -> None:
    """Whatever is announced, a packet says again what it was made of."""
    length = announced_length(data[:PREFIX])
    packet = data[PREFIX:][:length] if length else data
    if len(packet) < HEADER:
        return
    decoded = decode_packet(packet)
    again = encode_frame(decoded)[PREFIX:]
    assert again[:2] + again[4:] == packet[:2] + packet[4:]
    assert int.from_bytes(again[2:4], "little") == checksum(packet)


def frame_seeds() -> Sequence[bytes]:
    return [encode_frame(Packet(Command.DATA, 7, 8, log_of(40))), encode_frame(Packet(Command.CONNECT, 0, 0))]


ZK = (
    Harness("zk records", records, record_seeds),
    Harness("zk stream", stream, stream_seeds),
    Harness("zk people", people, people_seeds),
    Harness("zk event", event, event_seeds),
    Harness("zk sizes", sizes, lambda: [COUNTS.pack(*range(20))]),
    Harness("zk frames", frames, frame_seeds),
)
