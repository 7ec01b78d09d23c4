"""Decoding an attendance log up to rows ready for COPY, against pyzk's own loop over the same bytes."""

import statistics
import struct
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from devices.simulator.zk.records import RecordSize, StoredPunch, encode_record
from devices.zk.address import Address
from devices.zk.log import decode_log
from devices.zk.pyzk import FramedZK

NAME = "decode"
RECORDS = 50_000
RECORD_SIZE: RecordSize = 40
PEOPLE = 500
RUNS = 5
GOAL = 50.0
TERMINAL_ID = 1
RECEIVED_AT = datetime(2026, 2, 1, tzinfo=UTC)
FIRST = datetime(2025, 1, 1, 7, 0, 0)  # noqa: DTZ001 - as a terminal's clock shows it

Row: TypeAlias = tuple[Any, ...]


class OfflineZK(FramedZK):
    """pyzk with its own `get_attendance` untouched; only what would go over the network is answered from memory."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(Address("127.0.0.1", 4370), 0, 1.0)
        self.stream = stream

    def read_sizes(self) -> None:
        self.records = RECORDS

    def get_users(self) -> list[object]:
        return []

    def read_with_buffer(self, _command: int) -> tuple[bytes, int]:
        return self.stream, len(self.stream)


def run() -> Iterator[dict[str, Any]]:
    """Alternate both decoders over one log of the usual record size; the ratio is that of records per second."""
    stream = made_log()
    ratios, ours, peers = [], [], []
    for _ in range(RUNS):
        our_seconds, rows = timed(lambda: decoded_rows(stream))
        peer_seconds, attendances = timed(OfflineZK(stream).get_attendance)
        assert_equal(rows, attendances)
        ours.append(RECORDS / our_seconds)
        peers.append(RECORDS / peer_seconds)
        ratios.append(peer_seconds / our_seconds)
    yield {
        "name": NAME,
        "ours": round(statistics.median(ours)),
        "peer": round(statistics.median(peers)),
        "unit": f"{RECORD_SIZE}-byte records/s",
        "ratio": round(statistics.median(ratios), 1),
        "min": round(min(ratios), 1),
        "max": round(max(ratios), 1),
        "runs": RUNS,
        "goal": GOAL,
        "better": "higher",
    }


def made_log() -> bytes:
    """A clean log: each person in and out in turn, one punch every 97 seconds."""
    body = b"".join(
        encode_record(
            StoredPunch(str(1001 + n % PEOPLE), FIRST + timedelta(seconds=97 * n), n // PEOPLE % 2),
            1 + n % PEOPLE,
            RECORD_SIZE,
        )
        for n in range(RECORDS)
    )
    return struct.pack("<I", len(body)) + body


def decoded_rows(stream: bytes) -> list[Row]:
    """Bytes to the rows that COPY writes."""
    log = decode_log(stream, [RECORDS])
    return [
        (TERMINAL_ID, local_time, pin, state, verify, work_code, "poll", RECEIVED_AT, raw)
        for pin, local_time, state, verify, work_code, raw in log.punches
    ]


def timed(work: Callable[[], list[Any]]) -> tuple[float, list[Any]]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def assert_equal(rows: list[Row], attendances: list[Any]) -> None:
    """Both decoders said the same; pyzk calls verify `status` and state `punch`."""
    theirs = [(one.user_id, one.timestamp, one.punch, one.status) for one in attendances]
    assert [(row[2], row[1], row[3], row[4]) for row in rows] == theirs, "the decoders disagree on a clean log"
