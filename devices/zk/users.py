"""The people a ZK terminal holds: whom a `uid:<n>` record means today. No password, card or template is read."""

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from devices.zk.log import COUNT_BYTES, StrideError, text_pin, uid_pin

NUMBER_USER = struct.Struct("<HB5x8s8xI")
"""28 bytes: uid, privilege, name, pin as a number (docs/zk.md)."""
TEXT_USER = struct.Struct("<HB8x24s13x24s")
"""72 bytes: uid, privilege, name, pin as text."""


class User(NamedTuple):
    """One person on a terminal.

    uid: the terminal's internal number. pin: the number punches carry. privilege: 0 user … 14 administrator.
    """

    uid: int
    pin: str
    name: str
    privilege: int


def decode_users(stream: bytes, counts: Sequence[int], encoding: str = "utf-8") -> list[User]:
    """Decode the stream a terminal hands out for its people; names are in the terminal's own code page.

    Raises:
        StrideError: bytes ÷ people is no known record size.
    """
    body = stream[COUNT_BYTES:]
    if not body and 0 in counts:
        return []
    for kind in (NUMBER_USER, TEXT_USER):
        if any(kind.size * count == len(body) for count in counts):
            return [_user(fields, encoding) for fields in kind.iter_unpack(body)]
    raise StrideError(f"{len(body)} bytes for {' or '.join(map(str, counts))} people fit no known record size")


def _user(fields: tuple[Any, ...], encoding: str) -> User:
    uid, privilege, name, pin = fields
    text = str(pin) if isinstance(pin, int) else text_pin(pin)
    shown = name.split(b"\0", 1)[0].decode(encoding, errors="replace").strip()
    return User(uid, text or uid_pin(uid), shown, privilege)
