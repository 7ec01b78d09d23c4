"""What table OPERLOG tells of work in a terminal's menu that can change or hide punches: evidence, no punch. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from devices.iclock.attlog import local
from devices.iclock.private import without_private
from devices.iclock.uploads import Upload, records_of

ACTIONS = {5: "settings changed", 13: "data cleared", 21: "clock set"}
"""Operations by their code, as the audit names them. All others are everyday work, alarms and doors."""
TABLES = frozenset({"operlog", ""})
FIELD = re.compile(r"[^\t]{1,64}")
LINE = re.compile(r"OPLOG +([0-9]{1,4})\t([^\t]{0,64})\t([^\t]{0,32})((?:\t[^\t]{0,64}){0,8})")


@dataclass(frozen=True, slots=True)
class Operation:
    """Somebody's work in the menu. who: pin of the administrator, 0 where nobody logged in.

    local_time: as the terminal's clock showed it; None where it cannot be read. values: what was changed, in figures of
    the firmware's own. digest: of the line, by which one that comes again is known.
    """

    code: int
    who: str
    local_time: datetime | None
    values: tuple[str, ...]
    digest: bytes

    @property
    def action(self) -> str:
        """In words."""
        return ACTIONS[self.code]


def operations(upload: Upload, zone: ZoneInfo) -> list[Operation]:
    """Those of a post that may be tampering. Never raises."""
    if upload.table.lower() not in TABLES:
        return []
    lines = map(without_private, records_of(upload))
    return [found for line in lines if (found := _operation(line, zone)) is not None]


def _operation(raw: bytes, zone: ZoneInfo) -> Operation | None:
    said = LINE.fullmatch(raw.decode("utf-8", "replace"))
    if said is None or int(said[1]) not in ACTIONS:
        return None
    values = tuple(FIELD.findall(said[4]))
    return Operation(int(said[1]), said[2].strip(), local(said[3].strip(), zone), values, sha256(raw).digest())
