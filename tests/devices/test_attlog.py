"""The USB exports of real terminals, counted independently, and what damages them."""

import hashlib
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import attlog
from devices.records import Punch, Rejected

local = datetime.fromisoformat
FILES = [
    "Aurelius91_hr/1_attlog.dat",
    "Thrawn1_Time_work_table/1_attlog.dat",
    "hafidzSabri_Project-JakartaNEWS/1_attlog.dat",
    "tankwanghow_full_circle/1_attlog.dat",
]


def read(content: bytes) -> tuple[list[Punch], list[Rejected]]:
    punches: list[Punch] = []
    rejected: list[Rejected] = []
    for (good, bad), _ in attlog.read(io.BytesIO(content)):
        punches += good
        rejected += bad
    return punches, rejected


def cases(field_data: Path, name: str) -> Any:
    return json.loads((field_data / "attlog" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_gives_exactly_what_was_counted_independently(field_data: Path, name: str) -> None:
    expected = cases(field_data, "expected_counts.json")["files"][name]
    punches, rejected = read((field_data / "attlog" / name).read_bytes())
    assert (len(punches), len(rejected)) == (expected["records"], expected["rejected"])
    distinct = sorted({f"{pin} {local_time}" for pin, local_time, *_ in punches})
    assert hashlib.sha256("\n".join(distinct).encode()).hexdigest() == expected["unique_sha256"]
    times = [punch[1] for punch in punches]
    assert (str(min(times)), str(max(times))) == (expected["first"], expected["last"])
    pins = [punch[0] for punch in punches]
    assert {pin: pins.count(pin) for pin in set(pins)} == expected["by_user"]
    states = {f"{state}|{verify}|{work_code}" for _, _, state, verify, work_code, _ in punches}
    assert states == {columns.split("|", 1)[1] for columns in expected["columns_3_to_end"]}
    assert [int(reason.split()[1].rstrip(":")) for _, reason in rejected] == expected["rejected_lines"]


def test_all_counted_files_are_read(field_data: Path) -> None:
    assert set(FILES) == set(cases(field_data, "expected_counts.json")["files"])


def test_damage_of_real_files(field_data: Path) -> None:
    damage = {case["id"]: case for case in cases(field_data, "damage_cases.json")["cases"]}
    content = (field_data / "attlog" / damage["negative-time-1990"]["file"]).read_bytes()
    punches, rejected = read(content)
    assert rejected == [
        (b"9\t1990-00--8 -16:-29:-40\t1\t255\t1\t0", "line 7175: time not readable: '1990-00--8 -16:-29:-40'")
    ]
    reset = [punch for punch in punches if punch[1].year == 2000]
    assert len(reset) == len(damage["clock-reset"]["lines"])
    lines = content.split(b"\n")
    assert {punch[5] for punch in reset} == {lines[number - 1].strip() for number in damage["clock-reset"]["lines"]}
    twice, nothing = read("\n".join(damage["double-clock-reset"]["lines"]).encode())
    assert [punch[0] for punch in twice] == [str(number) for number in range(901, 909)]
    assert nothing == []
    wrong_keys, _ = read((field_data / "attlog" / damage["state-4"]["file"]).read_bytes())
    assert [number for number, punch in enumerate(wrong_keys, 1) if punch[2] == 4] == damage["state-4"]["lines"]


def test_parser_cases_of_five_columns(field_data: Path) -> None:
    for case in cases(field_data, "parser_cases.json")["cases"]:
        punches, rejected = read(case["text"].encode())
        assert (len(punches), len(rejected)) == (case["records"], case["errors"]), case
        if "error_lines" in case:
            assert [int(reason.split()[1].rstrip(":")) for _, reason in rejected] == case["error_lines"]
        for punch in punches:
            assert punch[2:5] == (0, 1, "0"), "five columns are id, time, verify, state, work code"


GOOD = b"10021\t2026-04-10 17:08:59\t1\t255\t15\t7"
TAKEN = ("10021", local("2026-04-10 17:08:59"), 255, 15, "7", GOOD)


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        b"   " + GOOD + b"\r\n",
        b"\xef\xbb\xbf" + GOOD + b"\n",
        b"\0\0 \xef\xbb\xbf \0" + GOOD + b" \0\xef\xbb\xbf\r\r\n",
    ],
    ids=["bare", "blanks and CRLF", "BOM", "everything"],
)
def test_what_surrounds_a_record_is_stripped_and_raw_is_the_rest(line: bytes) -> None:
    assert read(line) == ([TAKEN], [])


@pytest.mark.parametrize("line", [b"", b"\n", b"\r\n", b" \0 \r\n", b"\xef\xbb\xbf\n", b"\t \t\n"])
def test_an_empty_rest_is_no_record(line: bytes) -> None:
    assert read(line + b"\n" + GOOD) == ([TAKEN], [])


@pytest.mark.parametrize(
    ("line", "punch"),
    [
        (b"007\t2026-04-10 00:00:00\t1\t0\t3\t", ("007", local("2026-04-10 00:00:00"), 0, 3, "")),
        (b" 7 \t 2026-04-10 23:59:59 \t 1 \t 0 \t 3 \t 9 ", ("7", local("2026-04-10 23:59:59"), 0, 3, "9")),
        (b"7\t2026-04-10 08:00:00\t1\t0\t3\t9\t \t", ("7", local("2026-04-10 08:00:00"), 0, 3, "9")),
        (b"7\t2024-02-29 08:00:00\t3\t0\t9", ("7", local("2024-02-29 08:00:00"), 0, 3, "9")),
        ("é7\t2026-04-10 08:00:00\t3\t0\t9".encode(), ("é7", local("2026-04-10 08:00:00"), 0, 3, "9")),
        (b"7\x008\t2026-04-10 08:00:00\t3\t0\t9", ("78", local("2026-04-10 08:00:00"), 0, 3, "9")),
    ],
)
def test_unusual_records_that_are_taken(line: bytes, punch: tuple[object, ...]) -> None:
    punches, rejected = read(line)
    assert [taken[:5] for taken in punches] == [punch]
    assert punches[0][5] == line.strip(b" ")
    assert rejected == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"bad line without tabs", "1 columns, at least 5 are needed"),
        (b"7\t2026-04-10 08:00:00\t1\t0", "4 columns"),
        (b"\t2026-04-10 08:00:00\t1\t0\t1\t0", "no id"),
        (b"\0\t2026-04-10 08:00:00\t1\t0\t1\t0", "no id"),
        (b"7\t2026-02-29 08:00:00\t1\t0\t1\t0", "time 2026-02-29 08:00:00 does not exist"),
        (b"7\t2026-04-10 24:00:00\t1\t0\t1\t0", "time not readable: '2026-04-10 24:00:00'"),
        (b"7\t2026-04-10 23:59:60\t1\t0\t1\t0", "does not exist"),
        (b"7\t2026-04-10T08:00:00\t1\t0\t1\t0", "time not readable"),
        (b"7\t2026-4-10 08:00:00\t1\t0\t1\t0", "time not readable"),
        (b"7\t0000-01-01 08:00:00\t1\t0\t1\t0", "does not exist"),
        (b"7\t2026-04-10 08:00:00\tx\t0\t1\t0", "columns 3 to 5 are not all whole numbers"),
        (b"7\t2026-04-10 08:00:00\t1\t-1\t1\t0", "columns 3 to 5 are not all whole numbers"),
        (b"7\t2026-04-10 08:00:00\t1\t1.0\t1\t0", "columns 3 to 5 are not all whole numbers"),
        (b"7\t2026-04-10 08:00:00\t1\t\t1\t0", "columns 3 to 5 are not all whole numbers"),
        (b"7\t2026-04-10 08:00:00\t1\t256\t1\t0", "too large"),
        (b"9" * 65 + b"\t2026-04-10 08:00:00\t1\t0\t1\t0", "1 to 64 printable"),
        (b"7\x1b[2J\t2026-04-10 08:00:00\t1\t0\t1\t0", "1 to 64 printable"),
        (b"uid:7\t2026-04-10 08:00:00\t1\t0\t1\t0", "marks internal numbers"),
        (b"7\t2026-04-10 08:00:00\t1\t0\t32768\t0", "too large"),
        (b"7\t2026-04-10 08:00:00\t1\t" + b"9" * 5000 + b"\t1\t0", "not all whole numbers"),
        (b"\xff\t2026-04-10 08:00:00\t1\t0\t1\t0", "not UTF-8 text"),
    ],
)
def test_any_other_rest_is_one_record_rejected_whole(line: bytes, reason: str) -> None:
    punches, rejected = read(GOOD + b"\n" + line + b"\r\n" + GOOD)
    assert punches == [TAKEN, TAKEN]
    assert len(rejected) == 1
    assert rejected[0][1].startswith("line 2: ")
    assert reason in rejected[0][1]
    assert rejected[0][0] == line.strip(b"\0")


def test_only_lf_splits_and_two_lines_in_one_are_rejected_whole() -> None:
    punches, rejected = read(GOOD + b"\r" + GOOD + b"\n" + GOOD + b"\x0b")
    assert rejected == [(GOOD + b"\r" + GOOD, "line 1: 11 columns, at most 6 are known")]
    assert punches == [(*TAKEN[:5], GOOD + b"\x0b")]


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(GOOD), st.text(max_size=20).map(str.encode)), max_size=12))
def test_no_bytes_raise_and_no_record_is_lost(lines: list[bytes]) -> None:
    content = b"\n".join(lines)
    punches, rejected = read(content)
    surroundings = b" \r\n\0\t\xef\xbb\xbf"
    certain = sum(bool(line.strip(surroundings)) for line in content.split(b"\n"))
    assert certain <= len(punches) + len(rejected) <= len(content.split(b"\n"))


def test_batches_say_how_far_the_file_is_read() -> None:
    content = (GOOD + b"\r\n") * 12
    batches = list(attlog.read(io.BytesIO(content), size=5))
    assert [len(good) for (good, _), _ in batches] == [5, 5, 2]
    assert sum(size for _, size in batches) == len(content)


@pytest.mark.parametrize("content", [GOOD, b"", b"   1\t2015-06-22 17:33:15\t1\t0\t0\t0", b"MX\t"])
def test_a_log_is_no_other_format(content: bytes) -> None:
    assert attlog.other_format(content) is None


def test_plainly_other_formats_are_named() -> None:
    assert attlog.other_format(b"PK\x03\x04rest") == "a ZIP file or an Excel workbook"
    assert attlog.other_format("x".encode("utf-16")) == "UTF-16 text"
