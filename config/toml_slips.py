"""What a person most likely did when a file of law cannot be read, and how to mend it."""

import re

AT_LINE = re.compile(r"\(at line (\d+)")
SLIPS = (
    (
        re.compile("[\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb]"),
        'Write plain quotes ("…"), not those of a word processor',
    ),
    (re.compile(r"=\s*\d+,\d+"), "Write decimals with a point, as in 0.5"),
    (re.compile(r"=\s*\d+(\.\d+)?\s*%"), "Write the percentage without %, as in 0.5"),
    (re.compile(r"=\s*\d{1,2}[-/. ]\w+[-/. ]\d{4}"), "Write a date as year-month-day, as in 2026-01-31"),
    (
        re.compile(r"^[^=]*=\s*\d{4}-\d{2}-\d{2}"),
        "Write a day that exists, as year-month-day, without quotes: 2026-01-31",
    ),
    (re.compile(r"=\s*\d{1,2}[.:]\d{2}\b"), "Write a time with seconds, as in 07:30:00"),
)
"""What a line looks like and its cure, the likeliest first."""


def slip(text: str, message: str) -> tuple[str, str]:
    """(what is wrong, cure) of a text that tomllib refuses with a message."""
    found = AT_LINE.search(message)
    lines = text.splitlines()
    if found is None or not 1 <= int(found.group(1)) <= len(lines):
        return f"the file ends too early ({message})", "Close every quote, { and [ that is open"
    number = int(found.group(1))
    line = lines[number - 1].strip()
    return f"line {number} cannot be read: {line}", _cure(line, message)


def _cure(line: str, message: str) -> str:
    if any(word in message.lower() for word in ("overwrite", "duplicate")):
        return "A key is given twice. Keep one of the two"
    for looks, cure in SLIPS:
        if looks.search(line):
            return cure
    if line.count('"') % 2:
        return 'Close the quotes: each text begins and ends with "'
    if line.count("{") != line.count("}"):
        return "Close the row: each { needs its }"
    words = re.match(r"[\w-]+\s*=\s*([A-Za-z][\w ]*)$", line)
    if words and words.group(1) not in {"true", "false"}:
        return f'Put text in quotes, as in "{words.group(1)}"'
    return "Compare it with a line of the same kind in another file: name = value, rows in { }, lists in [ ]"
