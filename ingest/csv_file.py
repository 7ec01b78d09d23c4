"""Reads a CSV file into rows, collecting every fault, so that a person can mend all of them at once."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from operator import itemgetter
from pathlib import Path
from unicodedata import category

from config.errors import TepatError

SHOWN = 1_000
"""Faults in one message; a file with more is told how many."""
LARGEST_HUNDREDTHS = 10**12
CONTROLS = {"Cc", "Zl", "Zp"}
"""Unicode categories of signs that are no part of a name."""
SEPARATOR_LINE = re.compile(r'"?sep=([,;])"?[,;]*\r?\n', re.IGNORECASE)
"""What Excel writes, and wants, before the header."""
NIP = re.compile(r"[0-9]{18}")
PERIOD = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,2}))?")


class CsvFileError(TepatError):
    """A file cannot be imported; nothing of it was. The message lists row, column, value and cure of every fault."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line below the header; number counts lines of the file from 1.

    cells have no outer blanks; an optional column that the file leaves out has none.
    """

    number: int
    cells: dict[str, str]


@dataclass(slots=True)
class Sheet:
    """The rows of a file and the faults found so far."""

    path: Path
    rows: list[Row]
    faults: list[tuple[int, str]] = field(default_factory=list)
    """Number of the row, and what is wrong in it."""

    def fault(self, row: Row, column: str, cure: str) -> None:
        """Note a fault in a cell."""
        value = row.cells.get(column, "")
        self.faults.append((row.number, f"row {row.number}, column {column}, value {value!r}: {cure}"))

    def end(self) -> None:
        """Raises: CsvFileError: a fault was noted."""
        if self.faults:
            rest = len(self.faults) - SHOWN
            found = [said for _, said in sorted(self.faults, key=itemgetter(0))]
            lines = [*found[:SHOWN], *([f"and {rest} more"] if rest > 0 else [])]
            raise CsvFileError(f"{self.path}: nothing was imported; mend these:\n  " + "\n  ".join(lines))

    def text(self, row: Row, column: str) -> str:
        """A cell that must not be empty, on one line."""
        value = row.cells[column]
        if not value:
            self.fault(row, column, "must not be empty")
        elif any(category(sign) in CONTROLS for sign in value):
            self.fault(row, column, "holds a line end, a tab or another control character: write it on one line")
        return value

    def nip(self, row: Row) -> str:
        """The number of a civil servant."""
        if not NIP.fullmatch(row.cells["nip"]):
            self.fault(row, "nip", "write the 18 digits; a spreadsheet must keep the column as text")
        return row.cells["nip"]

    def day(self, row: Row, column: str) -> date:
        """A date YYYY-MM-DD; some date where it is faulty."""
        value = row.cells[column]
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.fault(row, column, "write an existing date as YYYY-MM-DD")
        return date.min

    def choice(self, row: Row, column: str, *options: str) -> str:
        """One of a few words."""
        if row.cells[column] not in options:
            self.fault(row, column, f"choose one of {', '.join(options)}")
        return row.cells[column]

    def flag(self, row: Row, column: str) -> bool:
        """Whether a cell says yes."""
        return self.choice(row, column, "yes", "no") == "yes"

    def whole(self, row: Row, column: str, least: int, most: int) -> int:
        """A whole number; `least` where it is faulty."""
        value = row.cells[column]
        if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) and least <= int(value) <= most:
            return int(value)
        self.fault(row, column, f"write a whole number from {least} to {most}")
        return least

    def period(self, row: Row) -> str:
        """A month, a quarter or a year; 2000 where it is faulty."""
        if PERIOD.fullmatch(row.cells["period"]):
            return row.cells["period"]
        self.fault(row, "period", "write a month as 2026-01, a quarter as 2026-Q1 or a year as 2026")
        return "2000"

    def hundredths(self, row: Row, column: str, *, positive: bool = False) -> int:
        """A decimal number as whole hundredths, exactly: 2.5 or 2,5 is 250."""
        amount = self._hundredths(row.cells[column])
        if not 0 <= amount <= LARGEST_HUNDREDTHS:
            self.fault(row, column, "write a number like 12 or 2.5, with at most two decimals and no thousands mark")
        elif positive and amount == 0:
            self.fault(row, column, "must be above 0")
        return amount

    def product(self, row: Row, column: str, factor: str, most: int) -> None:
        """Note a fault where two cells of hundredths, both right in themselves, give more than `most` together."""
        amounts = [self._hundredths(row.cells[name]) for name in (column, factor)]
        if amounts[0] * amounts[1] > most * 100 * 100:
            self.fault(row, column, f"times {factor} {row.cells[factor]} is more than {most:,}: correct one of the two")

    @staticmethod
    def _hundredths(value: str) -> int:
        """-1 where the text is no such number."""
        match = AMOUNT.fullmatch(value)
        return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else -1

    def once(self, column: str, *with_columns: str) -> Iterator[Row]:
        """The rows; one whose cells in these columns repeat those of an earlier row is a fault."""
        seen: dict[tuple[str, ...], int] = {}
        for row in self.rows:
            key = tuple(row.cells[name] for name in (column, *with_columns))
            first = seen.setdefault(key, row.number)
            if first != row.number:
                self.fault(row, column, f"is in row {first} already: keep one of the two")
            yield row


def read(path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Sheet:
    """The rows of a CSV file: UTF-8 with or without BOM, comma or semicolon, a header line, columns in any order.

    A first line sep=, or sep=; is taken. A row with too many or too few cells is a fault of the sheet, told at its end.

    Raises:
        CsvFileError: the file cannot be read, or its header is not the one expected.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CsvFileError(f"{path} cannot be read ({error.strerror}): name an existing CSV file.") from error
    except UnicodeDecodeError as error:
        raise CsvFileError(f"{path} is not UTF-8 text: save it as CSV UTF-8.") from error
    if "\0" in text:
        raise CsvFileError(f"{path} holds NUL characters, so it is no text: save it as CSV UTF-8.")
    said = SEPARATOR_LINE.match(text)
    before = 1 if said else 0
    table = text[said.end() :] if said else text
    separator = said[1] if said else ";" if ";" in table.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(table, newline=""), delimiter=separator, strict=True)
    sheet = Sheet(path, [])
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_header(path, columns, required, optional)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _add(sheet, before + reader.line_num, columns, cells)
    except csv.Error as error:
        raise CsvFileError(f"{path}, row {before + reader.line_num} is no CSV ({error}): mend its quotes.") from error
    return sheet


def _add(sheet: Sheet, number: int, columns: list[str], cells: list[str]) -> None:
    if len(cells) != len(columns):
        said = f"row {number}: {len(cells)} cells under {len(columns)} columns: mend separators or quotes"
        sheet.faults.append((number, said))
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
            raise CsvFileError(f"{path}: there is no column {name!r}: {hint}{wanted}")
        if columns.count(name) > 1:
            raise CsvFileError(f"{path}: column {name!r} is there twice. {wanted}")
    absent = [name for name in required if name not in columns]
    if absent:
        raise CsvFileError(f"{path}: column {absent[0]!r} is missing. {wanted}")
