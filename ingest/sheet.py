"""Rows of one table with every fault in them, whether they came as CSV or as JSON."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from unicodedata import category

from config.errors import TepatError
from ingest.check import writable

SHOWN = 1_000
"""Faults in one message; rows with more are told how many."""
LARGEST_HUNDREDTHS = 10**12
CONTROLS = {"Cc", "Zl", "Zp"}
"""Unicode categories of signs that are no part of a name."""
NIP = re.compile(r"[0-9]{18}")
PERIOD = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?", re.ASCII)
AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,2}))?")
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a cell, and how to mend it. column and value are empty where it is the row as a whole."""

    row: int
    column: str
    value: str
    cure: str

    def __str__(self) -> str:
        where = f", column {self.column}, value {self.value!r}" if self.column else ""
        return f"row {self.row}{where}: {self.cure}"


class FaultyRowsError(TepatError):
    """Rows cannot be imported; nothing of them was. The message lists row, column, value and cure of every fault."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; number: the line of the file where it begins, or its place in the list, from 1.

    cells have no outer blanks; an optional column that the table leaves out has none.
    """

    number: int
    cells: dict[str, str]


@dataclass(slots=True)
class Sheet:
    """The rows of a table and the faults found so far.

    source: where they came from; actor: who brings them; own: they are what the caller says for himself; at: aware, the
    time of the import; latest: the last day of what is done already. Both None = not known.
    """

    source: str
    rows: list[Row]
    faults: list[Fault] = field(default_factory=list)
    actor: str = ""
    own: bool = False
    at: datetime | None = None
    latest: date | None = None

    def fault(self, row: Row, column: str, cure: str) -> None:
        """Note a fault in a cell."""
        self.faults.append(Fault(row.number, column, row.cells.get(column, ""), cure))

    def end(self) -> None:
        """Raises: FaultyRowsError: a fault was noted."""
        if self.faults:
            rest = len(self.faults) - SHOWN
            found = sorted(self.faults, key=lambda fault: fault.row)
            lines = [*map(str, found[:SHOWN]), *([f"and {rest} more"] if rest > 0 else [])]
            raise FaultyRowsError(f"{self.source}: nothing was imported; mend these:\n  " + "\n  ".join(lines), found)

    def text(self, row: Row, column: str) -> str:
        """A cell that must not be empty, on one line."""
        value = row.cells[column]
        if not value:
            self.fault(row, column, "must not be empty: fill it in")
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
            if re.fullmatch(r"(19|2\d)\d\d-\d\d-\d\d", value, re.ASCII):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.fault(row, column, "write an existing date as YYYY-MM-DD, from 1900 on")
        return date.min

    def moment(self, row: Row, column: str, day: date) -> datetime:
        """A time of this day, HH:MM; its midnight where it is faulty."""
        match = CLOCK.fullmatch(row.cells[column])
        if match is None:
            self.fault(row, column, "write a time of the day as HH:MM")
            return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall-clock time of the unit
        return datetime(day.year, day.month, day.day, int(match[1]), int(match[2]))  # noqa: DTZ001 - as above

    def choice(self, row: Row, column: str, *options: str) -> str:
        """One of a few words."""
        if row.cells[column] not in options:
            words = ", ".join(filter(None, options))
            self.fault(row, column, f"choose one of {words}{', or nothing' if '' in options else ''}")
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
            self.fault(row, column, "must be above 0: write how much")
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


def listed(
    source: str, rows: Sequence[Mapping[str, object]], required: Sequence[str], optional: Sequence[str] = ()
) -> Sheet:
    """A sheet of rows by column name, counted from 1. Cells are text, whole or decimal numbers, true, false or null.

    What a row leaves out of the columns that another one has is empty. What is no column of the table is a fault.
    """
    sheet, known = Sheet(source, []), (*required, *optional)
    named = [name for name in known if name in required or any(name in row for row in rows)]
    for number, cells in enumerate(rows, 1):
        said = {name: _cell(cells.get(name)) for name in named}
        sheet.rows.append(Row(number, {name: writable(cell) for name, cell in said.items()}))
        sheet.faults += [
            Fault(number, writable(name), writable(_cell(cells[name])), column_unknown(name, known))
            for name in cells
            if name not in known
        ]
        sheet.faults += [
            Fault(number, name, "", "this column must be there: add it to the row")
            for name in required
            if name not in cells
        ]
        sheet.faults += [
            Fault(number, name, writable(cell), "holds a sign that no text can hold: write it anew")
            for name, cell in said.items()
            if cell != writable(cell)
        ]
    return sheet


def column_unknown(name: str, known: Sequence[str]) -> str:
    """What to say of a column that the table has not."""
    close = get_close_matches(name, known, n=1)
    hint = f": did you mean {close[0]}?" if close else ""
    return f"there is no such column{hint} Write one of {', '.join(known)}."


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip()
