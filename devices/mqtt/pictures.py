"""Pictures and biometric templates in messages are dropped before anything is kept (design: invariant 9).

One rule for every dialect and every path: a field named like a picture, and any text that holds one.
"""

import re
from functools import lru_cache

from devices.mqtt.fields import UnreadableError, compact, json_of

ANY = r'[^"\\]{0,40}'
WORDS = (
    r"pic\d*|pics|pic(?:data|bytes)"
    rf"|{ANY}(?:snap|sanp|face|scene|live|person|register|head|card|full)_?pic\d*"
    rf"|{ANY}(?:picture|photo|image|img|snapshot|template|tmpl|feature|thumbnail|embedding|biodata|biometric){ANY}"
    r"|snap|face(?:s|data)?\d*|finger(?:s|print|prints|data|printdata)?\d*|fp(?:data)?\d*|palm(?:data)?|iris(?:data)?"
    rf"|{ANY}base_?64"
)
NAME = re.compile(WORDS, re.IGNORECASE)
"""Of a field. Numbers, true, false and null are kept under any name: they hold no picture."""

CODE = "[A-Za-z0-9+/_-]"
CONTENT = re.compile(
    rf"data:(?:image|video)|;base64,|(?<!{CODE}){CODE}{{256}}"
    rf"|(?:(?<!{CODE})|(?<=\\[rn]))(?:{CODE}{{60,}}+(?:\s|\\[rn])++){{3}}",
    re.IGNORECASE,
)
"""Of a text: a data address, or base64 too long for anything else, in one piece or in lines.

Each piece is looked at from its begin only and nothing is tried twice: the time grows with the text, not its square.
"""

TEXT = r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)'
FIELD = re.compile(rf'"(?:{WORDS})"\s*+:\s*+(?:{TEXT}|\[[^\]]*\]?|{{[^}}]*}}?)'.encode(), re.DOTALL | re.IGNORECASE)
SHORT = 180
"""Characters that are too few for base64 as CONTENT knows it: three lines of 60."""
QUOTED = re.compile(TEXT.encode(), re.DOTALL)
ADDRESS = re.compile(rb"data:(?:image|video)[A-Za-z0-9+/=:;,.\\-]*", re.IGNORECASE)
CODED = re.compile(rb"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{256,}+")
"""For what is no JSON: a field with its value, a text, a data address, base64; each may break off at the end."""


def pictureless(payload: bytes) -> bytes:
    """What is kept of a message: its bytes as they came, unless there is a picture to take out."""
    try:
        return kept(payload, json_of(payload))
    except (UnreadableError, RecursionError):
        return _cut_out(payload)


def kept(payload: bytes, message: object) -> bytes:
    """As `pictureless`, of a message whose JSON has been read."""
    rest = without_pictures(message)
    return payload if rest is message or rest == message else compact(rest)


def without_pictures(value: object) -> object:
    """A JSON value without the fields and texts that are pictures or templates, at any depth."""
    if isinstance(value, dict):
        if _is_plain(value):
            return value
        return {name: without_pictures(field) for name, field in value.items() if not _is_picture(name, field)}
    if isinstance(value, list):
        return [without_pictures(field) for field in value if not _holds_picture(field)]
    return "" if _holds_picture(value) else value


def _is_plain(fields: dict[str, object]) -> bool:
    """Whether a look at all fields at once shows that none is a picture; most messages are such, and it is quick."""
    texts = "".join(text for text in fields.values() if isinstance(text, str))
    if len(texts) >= SHORT or sum(map(len, fields)) >= SHORT or not _name_no_picture(tuple(fields)):
        return False
    if any(isinstance(field, dict | list) for field in fields.values()):
        return False
    lower = texts.lower()
    return "data:" not in lower and ";base64," not in lower


@lru_cache(1024)
def _name_no_picture(names: tuple[str, ...]) -> bool:
    return not any(map(_names_picture, names))


def _is_picture(name: str, field: object) -> bool:
    return (isinstance(field, str | list | dict) and _names_picture(name)) or _holds_picture(field)


def _names_picture(name: str) -> bool:
    return _fits(name) if len(name) < SHORT else NAME.fullmatch(name.strip()) is not None


@lru_cache(1024)
def _fits(name: str) -> bool:
    """As a terminal chooses the name, only a short one may be remembered."""
    return NAME.fullmatch(name.strip()) is not None


def _holds_picture(value: object) -> bool:
    return isinstance(value, str) and CONTENT.search(value) is not None


def _cut_out(payload: bytes) -> bytes:
    rest = ADDRESS.sub(b"", QUOTED.sub(_unless_content, FIELD.sub(b"", payload)))
    return CODED.sub(lambda found: found[0] if found[0].isdigit() else b"", rest)


def _unless_content(found: re.Match[bytes]) -> bytes:
    return b"" if _holds_picture(found[0].decode("latin-1")) else found[0]
