"""Reads a CSV file into a sheet."""

import csv
import io
import re
from difflib import get_close_matches
from pathlib import Path

from ingest.sheet import Fault, FaultyRowsError, Row, Sheet

SEPARATOR_LINE = re.compile(r'"?sep=([,;])"?[,;]*\r?\n', re.IGNORECASE)
"""What Excel writes, and wants, before the header."""
BLANK_LINES = re.compile(r"([ \t,;]*\r?\n)+")


def read(path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Sheet:
    """The rows of a CSV file: UTF-8 with or without BOM, comma or semicolon, a header line, columns in any order.

    Blank lines are skipped, a first line sep=, or sep=; is taken; a row has the number of the line where it begins.
    A row with too many or too few cells is a fault of the sheet, told at its end.

    Raises:
        FaultyRowsError: the file cannot be read, or its header is not the one expected.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FaultyRowsError(f"{path} cannot be read ({error.strerror}): name an existing CSV file.") from error
    except UnicodeDecodeError as error:
        raise FaultyRowsError(f"{path} is not UTF-8 text: save it as CSV UTF-8.") from error
    if "\0" in text:
        raise FaultyRowsError(f"{path} holds NUL characters, so it is no text: save it as CSV UTF-8.")
    if not text.strip():
        raise FaultyRowsError(f"{path} is empty: its first line must be {','.join(required)}.")
    blank = BLANK_LINES.match(text)
    said = SEPARATOR_LINE.match(text, blank.end() if blank else 0)
    first = max(found.end() if found else 0 for found in (blank, said))
    before, table = text.count("\n", 0, first), text[first:]
    separator = said[1] if said else _separator(path, table.partition("\n")[0])
    reader = csv.reader(io.StringIO(table, newline=""), delimiter=separator, strict=True)
    sheet = Sheet(str(path), [])
    begins = before + 1
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_header(path, columns, required, optional)
        begins = before + reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _add(sheet, begins, columns, cells)
            begins = before + reader.line_num + 1
    except csv.Error as error:
        raise FaultyRowsError(f"{path}, row {begins} is no CSV ({error}): mend its quotes.") from error
    return sheet


def _separator(path: Path, header: str) -> str:
    if "\t" in header and not set(",;") & set(header):
        raise FaultyRowsError(f"{path} separates its cells by tabs: save it as CSV with comma or semicolon.")
    return ";" if ";" in header else ","


def _add(sheet: Sheet, number: int, columns: list[str], cells: list[str]) -> None:
    if len(cells) != len(columns):
        said = f"{len(cells)} cells under {len(columns)} columns: mend separators or quotes"
        sheet.faults.append(Fault(number, "", "", said))
    else:
        sheet.rows.append(Row(number, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))


def _check_header(path: Path, columns: list[str], required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    known = (*required, *optional)
    wanted = (
        f"The first line must be {','.join(required)}" + (f" and may add {','.join(optional)}" * bool(optional)) + "."
    )
    for name in columns:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            raise FaultyRowsError(f"{path}: there is no column {name!r}: {hint}{wanted}")
        if columns.count(name) > 1:
            raise FaultyRowsError(f"{path}: column {name!r} is there twice. {wanted}")
    absent = [name for name in required if name not in columns]
    if absent:
        raise FaultyRowsError(f"{path}: column {absent[0]!r} is missing. {wanted}")
