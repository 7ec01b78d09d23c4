"""Lines of text: USB exports, and what iclock terminals post."""

import io
from collections.abc import Sequence
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from devices import attlog
from devices.iclock import orders, uploads
from devices.iclock.private import is_private, without_private
from tests.fuzz.harness import Harness, chosen, raws

JAKARTA = ZoneInfo("Asia/Jakarta")
TABLES = ("ATTLOG", "rtlog", "", "OPERLOG", "tabledata", "USERINFO", "attphoto", "options", "rtstate")
BOM = b"\xef\xbb\xbf"
BLANKS = b" \r\n\0\t"
SIX = b"      7\t2026-01-05 07:28:00\t1\t0\t15\t0\n"
FIVE = b"7\t2026-01-05 07:28:00\t15\t0\t0\n"
KEYED = b"time=2026-01-05 07:28:00\tpin=7\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=1\tverifytype=15\tindex=21\n"


def usb(data: bytes) -> None:
    """Every line but its blanks is one record; the batches say how many bytes they were read from."""
    found = list(attlog.read(io.BytesIO(data), size=3))
    assert sum(size for _, size in found) == len(data)
    punches = [punch for (good, _), _ in found for punch in good]
    rejected = [record for (_, bad), _ in found for record in bad]
    assert raws(punches, rejected) == sorted(filter(None, map(bare, data.split(b"\n"))))


def bare(line: bytes) -> bytes:
    """A line without what may surround it: blanks of any number, byte order marks, line ends."""
    before = None
    while line != before:
        before = line
        line = line.strip(b" \r\n\0").removeprefix(BOM).removesuffix(BOM)
    return line if line.strip(BLANKS) else b""


def post(data: bytes) -> None:
    """Every line that may be kept is a record; a line of templates, photos or settings is counted and not kept."""
    table, body = chosen(data, TABLES)
    reading = uploads.read(uploads.Upload("A1", table, None, body), JAKARTA)
    ended = body.replace(b"\r", b"\n").split(b"\n")
    lines = [line for each in ended if (line := each.removeprefix(BOM).strip(b" \r\n\0")).strip(BLANKS)]
    kept = [line for line in lines if table not in uploads.UNKEPT_TABLES and not is_private(table, line)]
    assert raws(reading.punches, reading.rejected) == sorted(map(without_private, kept))
    assert reading.lines == len(lines)


def query_and_body(data: bytes) -> None:
    """Whatever stands in the query or before the body, and in the answers to orders, nothing raises."""
    query, _, body = data.partition(b"\n")
    said = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    uploads.read(uploads.taken(said, body), JAKARTA)
    uploads.options_of(body)
    orders.results(body)


def post_seeds() -> Sequence[bytes]:
    return [bytes([number]) + line * 2 for number in range(len(TABLES)) for line in (SIX, FIVE, KEYED)]


LINES = (
    Harness("usb export", usb, lambda: [SIX * 2, FIVE * 2, BOM + SIX]),
    Harness("iclock post", post, post_seeds),
    Harness(
        "iclock request",
        query_and_body,
        lambda: [
            b"SN=A1&table=ATTLOG&Stamp=77\n" + FIVE,
            b"\nSN=A1&table=ATTLOG&data=" + FIVE,
            b"\nID=1&Return=0&CMD=x",
        ],
    ),
)
