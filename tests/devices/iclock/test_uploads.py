"""Posts of terminals: every line ends once, with its bytes, whatever a terminal sends."""

import re
import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.iclock import orders, uploads
from devices.iclock.private import without_private
from devices.iclock.uploads import Upload

JAKARTA = ZoneInfo("Asia/Jakarta")
RTLOG = (
    b"time=2026-08-14 15:28:03\tpin=123456\tcardno=0\tsitecode=0\tlinkid=0\teventaddr=1\tevent=0\tinoutstatus=1"
    b"\tverifytype=15\tindex=21\tmaskflag=0\ttemperature=255\tconvtemperature=255"
)
FIELDS = st.sampled_from(
    [b"7", b"0", b"2024-01-01 08:00:00", b"2024-13-01 08:00:00", b"255", b"999", b"", b"x", b"pin=7", b"time=", b"\xff"]
)
NEAR_RECORDS = st.lists(st.lists(FIELDS, max_size=12).map(b"\t".join), max_size=5).map(b"\n".join)
TABLES = st.sampled_from(["", "ATTLOG", "rtlog", "OPERLOG", "unheard-of"])


def read(body: bytes, table: str = "ATTLOG") -> uploads.Reading:
    return uploads.read(Upload("A1", table, None, body), JAKARTA)


def test_the_line_of_an_x903_with_its_last_tab() -> None:
    line = b"7\t2024-07-07 01:29:01\t0\t1\t0\t0\t0\t0\t0\t0\t"
    ((pin, at, state, verify, work_code, raw),) = read(line + b"\r\n").punches
    assert (pin, str(at), state, verify, work_code, raw) == ("7", "2024-07-07 01:29:01", 0, 1, "0", line)


@pytest.mark.parametrize("table", ["rtlog", "ATTLOG", ""])
def test_the_line_of_an_access_terminal_under_any_table(table: str) -> None:
    ((pin, at, state, verify, work_code, raw),) = read(RTLOG, table).punches
    assert (pin, str(at), state, verify, work_code, raw) == ("123456", "2026-08-14 15:28:03", 1, 15, None, RTLOG)


def test_fields_of_an_access_terminal_in_any_order_and_number() -> None:
    ((pin, _, state, verify, *_),) = read(b"inoutstatus=2\tpin=007\ttime=2026-08-14 15:28:03", "rtlog").punches
    assert (pin, state, verify) == ("007", 255, None)


def test_a_method_as_bits_is_kept_raw_and_never_a_number() -> None:
    line = RTLOG.replace(b"verifytype=15", b"verifytype=0000000000000010")
    ((_, _, _, verify, _, raw),) = read(line, "rtlog").punches
    assert (verify, raw) == (None, line)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (RTLOG.replace(b"pin=123456", b"pin=0"), "pin 0 is nobody"),
        (RTLOG.replace(b"pin=123456\t", b""), "no pin"),
        (RTLOG.replace(b"event=0", b"event=5001"), "abnormal"),
        (RTLOG.replace(b"event=0", b"event=6001"), "alarm"),
        (b"pin=7\tevent=0", "no time"),
    ],
)
def test_events_without_a_punch_are_kept_as_such(line: bytes, reason: str) -> None:
    reading = read(line, "rtlog")
    assert (reading.punches, reading.rejected[0][0]) == ([], line)
    assert reason in reading.rejected[0][1]


@pytest.mark.parametrize("event", [b"4999", b"4000", b"77"])
def test_events_below_the_abnormal_ones_are_punches(event: bytes) -> None:
    assert len(read(RTLOG.replace(b"event=0", b"event=" + event), "rtlog").punches) == 1


@pytest.mark.parametrize(("state", "taken"), [(b"0", 0), (b"255", 255), (b"", 255), (b"256", None), (b"in", None)])
def test_a_state_that_is_none_is_rejected_and_never_zero(state: bytes, taken: int | None) -> None:
    reading = read(b"7\t2024-01-01 08:00:00\t" + state + b"\t1")
    assert [punch[2] for punch in reading.punches] == ([] if taken is None else [taken])
    assert len(reading.rejected) == (taken is None)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (b"FP PIN=1\tFID=0\tSize=4\tValid=1\tTMP=QUJDRA==", None),
        (b"FACE PIN=1\tFID=0\tTMP=QUJDRA==", None),
        (
            b"USER PIN=1\tName=USER1\tPri=0\tPasswd=12 34\tCard=\tGrp=1",
            b"USER PIN=1\tName=USER1\tPri=0\tPasswd=(not kept)\tCard=\tGrp=1",
        ),
        (b"OPLOG 4\t0\t2026-01-05 08:01:02\t0\t0\t0\t0", b"OPLOG 4\t0\t2026-01-05 08:01:02\t0\t0\t0\t0"),
    ],
)
def test_operations_are_kept_without_templates_and_passwords(line: bytes, kept: bytes | None) -> None:
    for table in ("OPERLOG", "", "unheard-of"):
        reading = read(line, table)
        assert reading.punches == []
        assert [raw for raw, _ in reading.rejected] == ([] if kept is None else [kept])
        assert reading.lines == 1


@pytest.mark.parametrize("table", ["BIODATA", "BIOPHOTO", "USERPIC", "ATTPHOTO", "templatev10", "options", "rtstate"])
def test_nothing_is_kept_of_tables_that_are_no_records(table: str) -> None:
    reading = read(b"Pin=1\tNo=0\tIndex=0\tTmp=QUJDRA==\nPin=2\tSize=4", table)
    assert (reading.punches, reading.rejected, reading.lines) == ([], [], 2)


def test_a_long_coded_value_in_an_unknown_table_is_not_kept() -> None:
    ((raw, _),) = read(b"pin=1\tnewthing=" + b"QUJD" * 100, "unheard-of").rejected
    assert raw == b"pin=1\tnewthing=(not kept)"


@pytest.mark.parametrize(
    "line", [b"pin=1\tMPwd=4711", b'{"pin": 1, "password": "4711"}', b"pin=1\tface_template10 = 4711", b"ComKey=4711"]
)
def test_private_fields_are_found_by_a_part_of_their_name(line: bytes) -> None:
    for table in ("unheard-of", "rtlog"):
        assert b"4711" not in b"".join(raw for raw, _ in read(line, table).rejected)


def test_temperature_is_no_template() -> None:
    assert read(RTLOG, "rtlog").punches[0][-1] == RTLOG


def test_a_long_line_of_private_words_takes_no_long_time() -> None:
    begin = time.monotonic()
    read(b"pwd" * 300_000 + b"\n" + b"pwd_" * 300_000)
    assert time.monotonic() - begin < 5


def test_tabledata_is_known_by_its_table_name() -> None:
    upload = uploads.taken({"SN": "A1", "table": "tabledata", "tablename": "biophoto", "count": "1"}, b"x")
    assert upload.table == "biophoto"


def test_a_pin_may_look_like_a_table_of_templates() -> None:
    assert [punch[0] for punch in read(b"FP\t2024-01-01 08:00:00\t0\t1").punches] == ["FP"]


def test_a_form_that_is_coded_is_read() -> None:
    body = b"SN=DEV001&table=ATTLOG&Stamp=9999&data=7%092026-05-16+09%3A02%3A15%090%091%090"
    upload = uploads.taken({}, body)
    assert (upload.serial_number, upload.table, upload.stamp) == ("DEV001", "ATTLOG", "9999")
    assert [punch[0] for punch in uploads.read(upload, JAKARTA).punches] == ["7"]


@given(body=st.binary(max_size=300) | NEAR_RECORDS, table=TABLES)
def test_reading_never_raises_and_loses_no_byte(body: bytes, table: str) -> None:
    reading = read(body, table)
    lines = [line.removeprefix(b"\xef\xbb\xbf").strip(b" \r\n\0") for line in re.split(rb"\r\n|\n|\r", body)]
    kept = sorted([punch[-1] for punch in reading.punches] + [raw for raw, _ in reading.rejected])
    assert kept == sorted(without_private(line) for line in lines if line.strip(b"\t \r\0"))
    assert reading.lines == len(kept)


@given(query=st.dictionaries(st.sampled_from(["SN", "table", "Stamp", "tablename", "x"]), st.text()), body=st.binary())
def test_any_post_is_taken(query: dict[str, str], body: bytes) -> None:
    uploads.read(uploads.taken(query, body), JAKARTA)
    uploads.options_of(body)
    orders.results(body)
