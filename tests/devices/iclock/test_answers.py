"""Answers to the byte, and the only two orders there are."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.iclock import answers, orders

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent.parent


def test_the_handshake_to_the_byte() -> None:
    said = answers.handshake("CO8G000000001", {"attlog": "9999", "operlog": "9999"}, ZoneInfo("UTC"), NOW)
    assert said == (
        "GET OPTION FROM: CO8G000000001\nATTLOGStamp=9999\nOPERLOGStamp=9999\nATTPHOTOStamp=None\nErrorDelay=30\n"
        "Delay=10\nTransTimes=00:00;14:05\nTransInterval=1\nTransFlag=1100000000\nTimeZone=0\nRealtime=1\nEncrypt=None"
    )
    assert len(said) == 202, "as long as the one that terminals are known to take"


def test_a_terminal_never_heard_before_uploads_everything() -> None:
    said = answers.handshake("A1", {}, ZoneInfo("Asia/Jakarta"), NOW).split("\n")
    assert {"ATTLOGStamp=0", "OPERLOGStamp=0", "TimeZone=7"} <= set(said)


@pytest.mark.parametrize(
    ("zone", "figure"),
    [("Asia/Jayapura", 9), ("Asia/Kolkata", 330), ("America/St_Johns", -210), ("America/New_York", -5), ("UTC", 0)],
)
def test_zones_are_hours_when_whole_and_minutes_when_not(zone: str, figure: int) -> None:
    assert answers.zone_figure(ZoneInfo(zone), NOW) == figure


def test_an_access_terminal_is_registered_without_line_end_and_asked_for_events_only() -> None:
    said = answers.access_handshake("c0de", ZoneInfo("Asia/Jakarta"), NOW)
    assert answers.registry_code("c0de") == "RegistryCode=c0de"
    assert said.startswith("registry=ok\nRegistryCode=c0de\n")
    assert "\nTransTables=Transaction\n" in said
    assert "\nRequestDelay=10\n" in said
    assert "\nDelay=" not in said
    assert len(answers.session("c0de")) == 32


def test_orders_as_a_terminal_takes_them() -> None:
    first, last = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-31T23:59:59")
    asked = [orders.Asked(7, "upload", first, last), orders.Asked(8, "count", first, last)]
    assert orders.text(asked) == (
        "C:7:DATA QUERY ATTLOG StartTime=2026-01-01 00:00:00\tEndTime=2026-01-31 23:59:59\n"
        "C:8:VERIFY SUM ATTLOG StartTime=2026-01-01 00:00:00\tEndTime=2026-01-31 23:59:59\n"
    )
    assert orders.text([]) == "OK"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (b"ID=8&Return=12&CMD=VERIFY SUM", 12),
        (b"ID=8&Return=0&CMD=VERIFY SUM&AttLogCount=12", 12),
        (b"ID=8&Return=0&CMD=VERIFY SUM&AttLogCount=0", 0),
        (b"ID=8&Return=0&CMD=VERIFY SUM", None),
        (b"ID=8&Return=-1002&CMD=VERIFY SUM", None),
    ],
)
def test_the_count_is_found_where_firmware_puts_it(body: bytes, count: int | None) -> None:
    assert [result.count for result in orders.results(body)] == [count]


def test_no_order_that_changes_a_terminal_stands_in_the_code() -> None:
    forbidden = re.compile(
        r"\b(SHELL|PutFile|GetFile|UPGRADE|REBOOT|AC_UNLOCK|CLEAR (LOG|DATA)|DATA DELETE|SET OPTION)\b"
    )
    for path in [*ROOT.glob("devices/iclock/*.py"), *ROOT.glob("collector/push/*.py"), *ROOT.glob("ingest/push*.py")]:
        assert not forbidden.search(path.read_text(encoding="utf-8")), path
