"""The attendance log that a terminal writes to a USB stick (1_attlog.dat), as records.

Two layouts are known: six columns on older firmware (id, time, machine, state, verify, work code) and five columns
(id, time, verify, state, work code), with a tab between columns.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from devices.records import UNKNOWN_STATE, Punch, Rejected, text_pin_fault

BATCH = 5000
LARGEST_VERIFY = 32767
BOM = b"\xef\xbb\xbf"
OUTER = b" \r\n\0"

RECORD = re.compile(
    r"([^\t]+)\t"
    r" *([0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}) *\t"
    r" *([0-9]{1,18}) *\t *([0-9]{1,18}) *\t *([0-9]{1,18}) *(?:\t([^\t]*)[\t ]*)?"
)
"""id, time, three whole numbers, and the work code of the six-column layout. More columns are two lines in one."""

SIGNATURES = {
    b"PK\x03\x04": "a ZIP file or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}

Records: TypeAlias = tuple[list[Punch], list[Rejected]]


def other_format(start: bytes) -> str | None:
    """What a file with these first bytes plainly is instead of an attendance log, or None."""
    return next((name for signature, name in SIGNATURES.items() if start.startswith(signature)), None)


def read(lines: Iterable[bytes], size: int = BATCH) -> Iterator[tuple[Records, int]]:
    """The records of an export in batches of at most `size` lines, each with the number of bytes it was read from.

    lines: the file split at LF. CR, BOM, NUL and blanks are stripped at both ends; an empty rest is no record, any
    other rest is one record, accepted or rejected whole; `raw` is the rest.
    """
    numbered = enumerate(lines, start=1)
    while block := list(islice(numbered, size)):
        punches: list[Punch] = []
        rejected: list[Rejected] = []
        for number, line in block:
            raw = _stripped(line)
            if not raw:
                continue
            record = parse(raw)
            if isinstance(record, str):
                rejected.append((raw, f"line {number}: {record}"))
            else:
                punches.append(record)
        yield (punches, rejected), sum(len(line) for _, line in block)


def parse(raw: bytes) -> Punch | str:
    """One stripped, non-empty line as a punch, or the reason why it is none."""
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8 text"
    match = RECORD.fullmatch(line)
    if match is None:
        return _fault(line)
    pin, time, third, fourth, fifth, sixth = match.groups()
    pin = _text(pin)
    state = int(fourth)
    verify, work_code = (int(third), fifth) if sixth is None else (int(fifth), _text(sixth))
    if pin_said := text_pin_fault(pin):
        return pin_said
    if state > UNKNOWN_STATE or verify > LARGEST_VERIFY:
        return f"state {state} or verify method {verify} is too large"
    try:
        return pin, datetime.fromisoformat(time), state, verify, work_code, raw
    except ValueError:
        return f"time {time} does not exist"


def exported(punches: Iterable[Punch], rejected: Iterable[Rejected]) -> Iterator[bytes]:
    """Records as lines of six columns; those that are no punches as their bytes in hexadecimal, which `read` rejects.

    What is not said of how a person was recognised is written as UNKNOWN_STATE.
    """
    for pin, local_time, state, verify, work_code, _ in punches:
        method = UNKNOWN_STATE if verify is None else verify
        yield f"{pin}\t{local_time:%Y-%m-%d %H:%M:%S}\t1\t{state}\t{method}\t{work_code or ''}\n".encode()
    for raw, _ in rejected:
        yield raw.hex().encode() + b"\n"


def _text(value: str) -> str:
    return value.replace("\0", "").strip() if value else value


def _stripped(line: bytes) -> bytes:
    """The line without what surrounds a record; a line of blanks and tabs alone is empty."""
    rest = line.strip(OUTER)
    while rest.startswith(BOM) or rest.endswith(BOM):
        rest = rest.removeprefix(BOM).removesuffix(BOM).strip(OUTER)
    return rest if rest.strip(b"\t" + OUTER) else b""


def _fault(line: str) -> str:
    columns = line.split("\t")
    if len(columns) < 5:  # noqa: PLR2004  # the narrower of the two layouts
        return f"{len(columns)} columns, at least 5 are needed"
    if len(line.rstrip("\t ").split("\t")) > 6:  # noqa: PLR2004  # the wider of the two layouts
        return f"{len(columns)} columns, at most 6 are known"
    if not columns[0]:
        return "no id"
    if all(re.fullmatch(" *[0-9]{1,18} *", column) for column in columns[2:5]):
        return f"time not readable: {columns[1]!r}"
    return "columns 3 to 5 are not all whole numbers"
