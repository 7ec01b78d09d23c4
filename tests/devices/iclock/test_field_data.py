"""Every collected exchange whose answer lies in the dialect; the others are asked of the running endpoint.

Where two projects disagree, docs/iclock.md says what is decided here and why.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from devices.iclock import orders, uploads

JAKARTA = ZoneInfo("Asia/Jakarta")
CASES_ELSEWHERE = {"s0-http2", "s0-http4", "s0-http6", "s0-http8", "s0-http10", "poll"}
"""Answers of the endpoint: tests/collector/test_push.py."""
READ = {
    "s0-1": [("123", "2024-01-01 08:00:00", 0, 1, "0")],
    "s0-3": [("789", "2024-01-01 15:00:00", 0, 1, "0")],  # Unix seconds are an instant: as a clock in Jakarta shows it
    "s0-5": [("999", "2024-01-01 08:00:00", 255, None, None)],
    "s0-7": [],
    "s0-9": [("100", "2024-01-01 08:00:00", 0, 1, "0"), ("300", "2024-01-01 09:00:00", 0, 1, "0")],
    "s0-11": [("100", "2024-01-01 08:00:00", 0, None, "0")],  # not 0, which would mean password
    "s0-tz1": [("123", "2024-06-15 09:00:00", 0, 15, "0")],
    "mb20": [("2", "2026-07-20 16:33:44", 255, 15, "0")],
    "palm2": [("11", "2025-08-27 10:57:49", 0, 25, "0"), ("11", "2025-08-27 10:58:58", 1, 1, "0")],
    "k40": [("78979877", "2026-07-11 10:15:00", 0, 1, "0")],
    "kv-time": [("99", "2026-10-04 09:00:00", 0, 2, None)],
    "form": [("EMP001", "2026-05-16 09:02:15", 0, 1, "0")],
    "head-line": [("11", "2025-08-27 10:57:49", 0, 1, "0")],
    "rfid-blank": [("1234567890", "2025-01-05 08:30:15", 0, 0, None)],
    "vendor-12": [("7", "2026-01-05 08:01:02", 0, 15, "0")],
    "vendor-idcard": [],
    "oplog": [],
    "s0-user1": [],
    "s0-user3": [],
    "s0-user5": [],
}


@pytest.fixture(scope="module")
def cases(field_data: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((field_data / "adms" / "adms_cases.json").read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in found}


def upload_of(case: dict[str, Any]) -> uploads.Upload:
    return uploads.taken(dict(parse_qsl(urlsplit(case["path"]).query)), case["body"].encode())


def test_no_case_is_left_out(cases: dict[str, dict[str, Any]]) -> None:
    orders_of = {name for name in cases if name.startswith("s0-cmd")}
    assert set(cases) == set(READ) | CASES_ELSEWHERE | orders_of | {"s0-registry"}


@pytest.mark.parametrize("name", READ)
def test_the_punches_of_a_post(cases: dict[str, dict[str, Any]], name: str) -> None:
    case = cases[name]
    reading = uploads.read(upload_of(case), JAKARTA)
    assert [(pin, str(time), *rest) for pin, time, *rest, _ in reading.punches] == READ[name]
    lines = [line for line in case["body"].replace("\r", "").split("\n") if line.strip()]
    headed = name == "head-line"
    assert reading.lines == len(reading.punches) + len(reading.rejected) == len(lines) - headed
    expected = case["expected"]
    if "count" in expected:
        assert expected["count"] == len(reading.punches)
    for said, record in zip(expected.get("records", []), reading.punches, strict=False):
        assert (said["pin"], datetime.fromisoformat(said["time"]), said["status"], said["verify"]) == record[:4]


def test_the_password_of_a_user_is_not_kept(cases: dict[str, dict[str, Any]]) -> None:
    ((raw, _),) = uploads.read(upload_of(cases["s0-user1"]), JAKARTA).rejected
    assert b"secret" not in raw
    assert b"PIN=1\tName=USER1" in raw


@pytest.mark.parametrize(
    "name", ["s0-cmd1", "s0-cmd3", "s0-cmd5", "s0-cmd7", "s0-cmd9", "s0-cmd11", "s0-cmd13", "s0-cmd15"]
)
def test_the_results_of_orders(cases: dict[str, dict[str, Any]], name: str) -> None:
    results = orders.results(cases[name]["body"].encode())
    assert [[result.id, result.code, result.command] for result in results] == cases[name]["expected"]["results"]


def test_a_registration_is_read(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["s0-registry"]
    assert uploads.options_of(case["body"].encode()) == case["expected"]["options"]
