"""The only two things that a terminal is ever asked to do: upload punches of a span again, and count them.

There is no other command on purpose: the channel could also clear a log, replace firmware and run a shell.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Order: TypeAlias = Literal["upload", "count"]
WORDS: dict[Order, str] = {"upload": "DATA QUERY ATTLOG", "count": "VERIFY SUM ATTLOG"}
ACCESS_WORDS: dict[Order, str] = {
    "upload": "DATA QUERY tablename=transaction,fielddesc=*,filter=*",
    "count": "DATA COUNT transaction",
}
"""To access terminals: of their whole log, as no filter by time is published. They answer to /iclock/querydata."""
NOTHING = "OK"
RESULT_KEYS = re.compile(r"(?i)\b(?:att_?log_?count|att_?log_?sum|count|sum)=([0-9]{1,9})\b")
"""How a number is said beside Return differs by firmware."""
COUNTED = re.compile(r"(?i)\b(?:transaction|count)=([0-9]{1,9})\b")
"""Where DATA COUNT is answered in the body; else it stands in the query."""
PART = re.compile(r"(ID|Return|CMD)=([^&\r\n]*)", re.IGNORECASE)
MEANINGS = {
    0: "done", -1: "wrong parameter", -2: "wrong size", -3: "read or write error", -9: "no such user",
    -10: "no such user", -629: "no such table",
    -1001: "full", -1002: "not supported", -1003: "time-out", -1004: "wrong configuration",
    -1005: "busy", -1006: "too long", -1007: "no memory", -1008: "could not get the data",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """An order with its number, for punches from first to last (local times, both included)."""

    id: int
    order: Order
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an order. code: 0 or more is good; 0 also where none can be read. count: where one is said."""

    id: int
    code: int
    command: str
    count: int | None = None


def text(asked: list[Asked], *, access: bool = False) -> str:
    """What a terminal that asks for commands is told: OK, or a line each. access: as access terminals take it."""
    return "".join(map(_access_line if access else _line, asked)) or NOTHING


def _access_line(asked: Asked) -> str:
    return f"C:{asked.id}:{ACCESS_WORDS[asked.order]}\n"


def _line(asked: Asked) -> str:
    first, last = (f"{time:%Y-%m-%d %H:%M:%S}" for time in (asked.first, asked.last))
    return f"C:{asked.id}:{WORDS[asked.order]} StartTime={first}\tEndTime={last}\n"


def results(body: bytes) -> list[Result]:
    """The results in a post to /iclock/devicecmd: a line each, or one result over several lines. Never raises.

    What has no number of ours is left out; a Return that is no number counts as 0, as the terminal did answer.
    """
    found: list[Result] = []
    for block in re.split(r"(?im)(?=^\s*ID=)", body.decode("utf-8", "replace")):
        said: dict[str, str] = {}
        for name, value in PART.findall(block):
            said.setdefault(name.lower(), value.strip())
        number = said.get("id", "")
        if re.fullmatch(r"[0-9]{1,9}", number):
            counted = RESULT_KEYS.search(block)
            code = int(said["return"]) if re.fullmatch(r"-?[0-9]{1,9}", said.get("return", "")) else 0
            count = int(counted[1]) if counted else code if code > 0 else None
            found.append(Result(int(number), code, said.get("cmd", ""), count))
    return found


def counted(query: Mapping[str, str], body: bytes) -> Result | None:
    """The answer to DATA COUNT in a post to /iclock/querydata; None where it holds no number of an order of ours."""
    number = query.get("cmdid", "")
    said = COUNTED.search(body.decode("utf-8", "replace"))
    count = said[1] if said else query.get("count", "")
    if not re.fullmatch(r"[0-9]{1,9}", number) or not re.fullmatch(r"[0-9]{1,9}", count):
        return None
    return Result(int(number), 0, ACCESS_WORDS["count"], int(count))
