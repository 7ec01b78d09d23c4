"""What is never kept of a terminal's words: passwords, biometric templates, photos (design: invariant 9)."""

import re

SECRET = re.compile(
    rb"(?i)(?<![A-Za-z0-9_])(pass|pw|[A-Za-z0-9_]{0,40}(?:pass ?w|pwd|verifypass|tmp|templ|feature|content|photo|pic"
    rb"|image|img|biodata|comm?key|token|secret)[A-Za-z0-9_]{0,40})[\"']?[ ]*[=:][^\t\r\n]*"
)
"""A field named so in part, with its value up to the next TAB or line end: blanks may stand in a password."""
CODED = re.compile(rb"[A-Za-z0-9+/_-]{256,}=*")
"""Base64 that is too long for anything but a picture or a template."""
DROPPED = b"(not kept)"
PRIVATE_TABLES = frozenset(
    {
        "attphoto", "biodata", "biophoto", "face", "facev7", "fingertmp", "fp", "fvein", "palm", "templatev10",
        "userpic", "photo", "comparephoto",
    }
)  # fmt: skip
"""Tables, and first words of OPERLOG lines, that consist of templates or photos."""
FIRST_WORD = re.compile(rb"\s*([A-Za-z0-9]+) +[^\r\n]*=")
"""FP PIN=1…, as OPERLOG mixes tables."""


def without_private(line: bytes) -> bytes:
    """A line with the values of private fields, and whatever is long and coded, taken out; else as it came."""
    rest = SECRET.sub(lambda found: found[1] + b"=" + DROPPED, line)
    return CODED.sub(lambda found: found[0] if found[0].isdigit() else DROPPED, rest)


def is_private(table: str, line: bytes) -> bool:
    """Whether nothing of a line may be kept: a template or a photo by its table, or by its first word."""
    word = FIRST_WORD.match(line)
    return table.lower() in PRIVATE_TABLES or (word is not None and word[1].decode("ascii").lower() in PRIVATE_TABLES)
