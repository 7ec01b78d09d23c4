"""The people a ZK terminal holds: whom a `uid:<n>` record means today. No password, card or template is decoded."""

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from devices.zk.log import COUNT_BYTES, JUNK_PREFIX, StrideError, text_pin, uid_pin

NUMBER_USER = struct.Struct("<HB5x8s8xI")
"""28 bytes: uid, privilege, name, pin as a number (docs/zk.md)."""
TEXT_USER = struct.Struct("<HB8x24s13x24s")
"""72 bytes: uid, privilege, name, pin as text."""
KINDS = {kind.size: kind for kind in (NUMBER_USER, TEXT_USER)}


class User(NamedTuple):
    """One person on a terminal.

    uid: the terminal's internal number. pin: the number punches carry. privilege: 0 user … 14 administrator.
    """

    uid: int
    pin: str
    name: str
    privilege: int


def user_records(stream: bytes, counts: Sequence[int]) -> list[bytes]:
    """The records, of 28 or 72 bytes each, in the stream a terminal hands out for its people, past a junk prefix.

    Raises:
        StrideError: bytes ÷ people is no known record size.
    """
    heads = [COUNT_BYTES, COUNT_BYTES + len(JUNK_PREFIX)]
    for head in heads if stream.startswith(JUNK_PREFIX, COUNT_BYTES) else heads[:1]:
        body = stream[head:]
        for size in KINDS if body else ():
            if any(size * count == len(body) for count in counts):
                return [body[start : start + size] for start in range(0, len(body), size)]
        if not body and 0 in counts:
            return []
    found = f"{len(stream) - COUNT_BYTES} bytes for {' or '.join(map(str, counts))} people"
    raise StrideError(f"{found} fit no known record size")


def decode_user(record: bytes, encoding: str) -> User:
    """One record of `user_records`; what the code page cannot read of a name shows as replacement characters."""
    fields: tuple[Any, ...] = KINDS[len(record)].unpack(record)
    uid, privilege, name, pin = fields
    text = str(pin) if isinstance(pin, int) else text_pin(pin)
    shown = name.split(b"\0", 1)[0].decode(encoding, errors="replace").strip()
    return User(uid, text or uid_pin(uid), shown, privilege)
