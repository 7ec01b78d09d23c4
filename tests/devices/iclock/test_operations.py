"""Which operations of OPERLOG are told as tampering, and that no line whatever breaks the reading."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.iclock.operations import ACTIONS, operations
from devices.iclock.uploads import Upload

ZONE = ZoneInfo("Asia/Jakarta")


def told(body: bytes, table: str = "OPERLOG") -> list[tuple[int, str, datetime | None, tuple[str, ...]]]:
    found = operations(Upload("A1", table, None, body), ZONE)
    return [(each.code, each.who, each.local_time, each.values) for each in found]


@pytest.mark.parametrize("code", range(60))
def test_settings_data_and_clock_alone_are_evidence(code: int) -> None:
    expected = [(code, "7", datetime.fromisoformat("2026-01-05T08:01:02"), ("1", "2", "0", "0"))]
    line = f"OPLOG {code}\t7\t2026-01-05 08:01:02\t1\t2\t0\t0\r\n".encode()
    assert told(line) == (expected if code in {5, 13, 21} else [])
    assert (code in ACTIONS) is (code in {5, 13, 21})


@pytest.mark.parametrize("line", [b"OPLOG 21\t0\t", b"OPLOG 21\t0\t2026-99-99 00:00:00\t0", b"OPLOG  21\t0\tsoon"])
def test_a_time_that_cannot_be_read_hides_no_evidence(line: bytes) -> None:
    assert [(code, time) for code, _, time, _ in told(line)] == [(21, None)]


@pytest.mark.parametrize(
    ("line", "table"),
    [
        (b"OPLOG 21", "OPERLOG"),
        (b"21\t0\t2026-01-05 08:01:02", "OPERLOG"),
        (b"USER PIN=21\tName=OPLOG 21", "OPERLOG"),
        (b"OPLOG 21\t0\t2026-01-05 08:01:02", "ATTLOG"),
    ],
)
def test_other_lines_are_none(line: bytes, table: str) -> None:
    assert told(line, table) == []


@given(st.binary(max_size=300))
def test_no_bytes_break_it(body: bytes) -> None:
    operations(Upload("A1", "OPERLOG", None, body), ZONE)
    operations(Upload("A1", "OPERLOG", None, b"OPLOG 21\t" + body), ZONE)
