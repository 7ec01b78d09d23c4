"""What a terminal posts to /iclock/cdata: which table it is, and its records."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from devices.iclock import attlog, keyed
from devices.iclock.private import is_private, without_private
from devices.records import Punch, Rejected

SERIAL_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
STAMP = re.compile(r"[0-9A-Za-z:T.+-]{1,32}")
PUNCH_TABLES = frozenset({"attlog", "rtlog", "transaction"})
UNKEPT_TABLES = frozenset({"options", "rtstate"})
"""Settings of the terminal (with its passwords) and the present state of doors: no records of anything."""
HEAD_LINE = re.compile(rb"\s*(ATTLOG|OPERLOG|RTLOG|rtlog|USERINFO|ERRORLOG|BIODATA|options)[ \t]*\r?\n")
"""The name of the table as the first line of the body."""
LINE_END = re.compile(rb"\r\n|\n|\r")
OUTER = b" \r\n\0"
BOM = b"\xef\xbb\xbf"
CODE_PAGES = ("utf-8", "gb18030")
PACKED = "3"
NO_FIELDS = "no fields time= and pin= in a record of table transaction"
OTHER_TABLE = re.compile(r"table '([^']*)': no attendance|of table (\w+)")


@dataclass(frozen=True, slots=True)
class Upload:
    """A post. serial_number: as claimed, checked by nobody yet. stamp: the terminal's own mark of how far it got.

    packed: the body is compressed in the vendor's way.
    """

    serial_number: str
    table: str
    stamp: str | None
    body: bytes
    packed: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a post held. lines: how many records it consisted of, kept or not; the terminal is told this number."""

    punches: list[Punch]
    rejected: list[Rejected]
    lines: int


def taken(query: Mapping[str, str], body: bytes) -> Upload:
    """A post by its query and body; some terminals write the query, or the table's name, into the body."""
    said = {name.lower(): value for name, value in query.items()}
    if "sn" not in said and body[:3].lower() == b"sn=":
        head, _, body = body.partition(b"&data=")
        for part in head.decode("latin-1").split("&"):
            name, _, value = part.partition("=")
            said.setdefault(name.strip().lower(), value.strip())
        if b"\t" not in body and b"%09" in body:
            body = unquote_to_bytes(body.replace(b"+", b" "))
    table = said.get("table", "")
    if not table and (head_line := HEAD_LINE.match(body)):
        table, body = head_line[1].decode("ascii"), body[head_line.end() :]
    if table.lower() in {"tabledata", ""}:
        table = said.get("tablename") or table
    stamp = said.get("stamp", "")
    packed = said.get("datafmt") == PACKED and table.lower() == "transaction"
    return Upload(said.get("sn", ""), table, stamp if STAMP.fullmatch(stamp) else None, body, packed)


def read(upload: Upload, zone: ZoneInfo) -> Reading:
    """The records of a post. Never raises; every line that may be kept is a punch or rejected, with its bytes.

    A post without a table is read as attendance: a line that is none is rejected anyway.
    """
    reading = Reading([], [], 0)
    table = upload.table.lower()
    if upload.packed and upload.body:
        return Reading([], [(upload.body, "compressed records of table transaction, which Tepat cannot unpack")], 1)
    lines = records_of(upload)
    for raw in lines:
        if is_private(table, raw) or table in UNKEPT_TABLES:
            continue
        record = _record(table, without_private(raw), zone)
        if isinstance(record, str):
            reading.rejected.append((without_private(raw), record))
        else:
            reading.punches.append(record)
    return Reading(reading.punches, reading.rejected, len(lines))


def records_of(upload: Upload) -> list[bytes]:
    """The lines of a post that hold anything."""
    return [raw for line in LINE_END.split(upload.body) if (raw := _stripped(line))]


def read_again(raw: bytes, reason: str, zone: ZoneInfo) -> Punch | str:
    """A record that was rejected once. reason: why; it names the table, where that was the fault."""
    named = OTHER_TABLE.search(reason)
    return _record((named[1] or named[2]).lower() if named else "", raw, zone)


def options_of(body: bytes) -> dict[str, str]:
    """The settings a terminal tells (DeviceType=acc,~DeviceName=…), parted by commas or line ends; ~ is dropped."""
    found: dict[str, str] = {}
    for part in re.split(r"[,\r\n\t]", body.decode("utf-8", "replace")):
        name, equals, value = part.strip(" \0").removeprefix("~").partition("=")
        if equals and name:
            found.setdefault(name, value)
    return found


def _record(table: str, raw: bytes, zone: ZoneInfo) -> Punch | str:
    if table and table not in PUNCH_TABLES:
        return f"table {table[:32]!a}: no attendance"
    line = _text(raw)
    if line is None:
        return "not text"
    if table == "transaction":
        line = line.removeprefix("transaction ")
    if keyed.is_keyed(line):
        return keyed.parse(line, raw, zone)
    return NO_FIELDS if table == "transaction" else attlog.parse(line, raw, zone)


def _text(raw: bytes) -> str | None:
    for code_page in CODE_PAGES:
        try:
            return raw.decode(code_page)
        except UnicodeDecodeError:
            continue
    return None


def _stripped(line: bytes) -> bytes:
    """The line without what surrounds a record; one of blanks and tabs alone is empty."""
    rest = line.removeprefix(BOM).strip(OUTER)
    return rest if rest.strip(b"\t" + OUTER) else b""
