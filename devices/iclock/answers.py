"""What a terminal is answered, to the byte: firmware takes any other text for "keep it and try again"."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

OK = "OK"
PLAIN = "text/plain"
PUSH = "application/push;charset=UTF-8"
"""Content types: of attendance terminals, and of access terminals."""
ERROR_DELAY = 30
"""Seconds that a terminal waits after an answer that is not OK."""
DELAY = 10
"""Seconds between two questions for commands."""
WHOLE_UPLOAD = "0"
"""The stamp that makes a terminal upload everything it holds."""


def stored(lines: int) -> str:
    """So many records are committed."""
    return f"OK:{lines}"


def rows_stored(table: str, rows: int) -> str:
    """So many rows of a table are committed, as the document of access terminals wants it answered."""
    return f"{table}={rows}"


def zone_figure(zone: ZoneInfo, now: datetime) -> int:
    """The offset from UTC as a terminal takes it: hours where they are whole, else minutes (330, always above 60)."""
    offset = now.astimezone(zone).utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    return minutes // 60 if minutes % 60 == 0 else minutes


def handshake(serial_number: str, stamps: Mapping[str, str], zone: ZoneInfo, now: datetime) -> str:
    """The settings of an attendance terminal: LF between the lines, none after the last.

    stamps: by table, in small letters, what the terminal last sent; without one it uploads everything. TransFlag asks
    for punches and operations only: no photo, no template, no user data with passwords.
    """
    lines = (
        f"GET OPTION FROM: {serial_number}",
        f"ATTLOGStamp={stamps.get('attlog', WHOLE_UPLOAD)}",
        f"OPERLOGStamp={stamps.get('operlog', WHOLE_UPLOAD)}",
        "ATTPHOTOStamp=None",
        f"ErrorDelay={ERROR_DELAY}",
        f"Delay={DELAY}",
        "TransTimes=00:00;14:05",
        "TransInterval=1",
        "TransFlag=1100000000",
        f"TimeZone={zone_figure(zone, now)}",
        "Realtime=1",
        "Encrypt=None",
    )
    return "\n".join(lines)


def registry_code(code: str) -> str:
    """The answer to a registration; no line end."""
    return f"RegistryCode={code}"


def access_settings(code: str, zone: ZoneInfo, now: datetime) -> str:
    """The settings of an access terminal, as it gets them from /iclock/push."""
    lines = (
        "ServerVersion=3.1.2",
        "ServerName=Tepat",
        "PushProtVer=3.1.2",
        f"ErrorDelay={ERROR_DELAY}",
        f"RequestDelay={DELAY}",
        "TransTimes=00:00;14:05",
        "TransInterval=1",
        "TransTables=Transaction",
        "Realtime=1",
        f"SessionID={session(code)}",
        "TimeoutSec=10",
        f"TimeZone={zone_figure(zone, now)}",
    )
    return "\n".join(lines)


def access_handshake(code: str, zone: ZoneInfo, now: datetime) -> str:
    """The same to a terminal that is registered and asks /iclock/cdata."""
    return f"registry=ok\n{registry_code(code)}\n{access_settings(code, zone, now)}"


def session(code: str) -> str:
    """32 characters, the same for as long as the registration."""
    return sha256(code.encode("ascii")).hexdigest()[:32]
