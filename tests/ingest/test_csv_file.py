"""CSV as offices write it, and every fault with its row, column, value and cure."""

from datetime import date
from pathlib import Path

import pytest

from ingest.csv_file import read
from ingest.sheet import SHOWN, FaultyRowsError, Sheet


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def sheet_of(path: Path, content: bytes) -> Sheet:
    path.write_bytes(content)
    return read(path, ("nip", "name"), ("class",))


@pytest.mark.parametrize(
    "content",
    [
        b"nip,name\n1,Sari\n2,Budi\n",
        b"\xef\xbb\xbfnip,name\r\n1,Sari\r\n2,Budi\r\n",
        b"nip;name\n1;Sari\n2;Budi",
        b" NIP , Name \n 1 , Sari \n\n , \n2,Budi\n",
        b'name,nip\n"Sari",1\n"Budi","2"\n',
        b"sep=;\nnip;name\n1;Sari\n2;Budi\n",
        b"\n ;;\r\nsep=;\nnip;name\n1;Sari\n2;Budi\n",
        b"\n\nnip,name\n1,Sari\n2,Budi\n",
        b'\xef\xbb\xbf"SEP=,"\r\nnip,name,class\r\n1,Sari,a;b\r\n2,Budi,\r\n',
    ],
    ids=[
        "plain",
        "BOM and CRLF",
        "semicolons",
        "blanks",
        "turned and quoted",
        "sep",
        "blank, sep",
        "leading",
        "quoted sep",
    ],
)
def test_the_ways_offices_write_csv(path: Path, content: bytes) -> None:
    rows = sheet_of(path, content).rows
    assert [(row.cells["nip"], row.cells["name"]) for row in rows] == [("1", "Sari"), ("2", "Budi")]


def test_quoted_cells_may_hold_separators_and_line_ends(path: Path) -> None:
    rows = sheet_of(path, b'nip,name\n1,"Sari, S.Kom\nIbu"\n2,Budi\n').rows
    assert [(row.number, row.cells["name"]) for row in rows] == [(2, "Sari, S.Kom\nIbu"), (4, "Budi")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty: its first line must be nip,name"),
        (b"\xef\xbb\xbf\r\n\n", "is empty"),
        (b"class\n", "column 'nip' is missing. The first line must be nip,name and may add class."),
        (b"nip\tname\n1\tSari\n", "separates its cells by tabs: save it as CSV with comma or semicolon"),
        (b'nip,name\n1,"Sari\nx"\n2,"Budi" x\n', "row 4 is no CSV"),
        (b"nip\n", "column 'name' is missing"),
        (b"nip,nama\n", "there is no column 'nama': did you mean name?"),
        (b"nip,name,nip\n", "column 'nip' is there twice"),
        (b"nip,name\n1,\xff\n", "save it as CSV UTF-8"),
        (b"nip,name\n1,\0\n", "NUL"),
        (b'nip,name\n1,"Sari\n', "mend its quotes"),
        (b'nip,name\n1,"Sari" x\n', "row 2 is no CSV"),
    ],
)
def test_what_is_no_table_is_refused_with_its_cure(path: Path, content: bytes, said: str) -> None:
    with pytest.raises(FaultyRowsError) as raised:
        sheet_of(path, content)
    assert said in str(raised.value)
    assert str(path) in str(raised.value)


def test_rows_are_numbered_as_an_editor_numbers_lines(path: Path) -> None:
    rows = sheet_of(path, b'\n\nnip,name\n\n1,"Sari\n\nx"\n2,Budi\n').rows
    assert [row.number for row in rows] == [5, 8]


def test_a_choice_that_may_be_left_open_says_so(path: Path) -> None:
    sheet = sheet_of(path, b"nip,name\n1,x\n")
    sheet.choice(sheet.rows[0], "name", "above", "below", "")
    assert sheet.faults[0].cure == "choose one of above, below, or nothing"


def test_every_fault_is_named_in_the_order_of_the_rows(path: Path) -> None:
    sheet = sheet_of(path, b"sep=,\nnip,name\n1\n2,\n1,2,3\n3,\n")
    for row in reversed(sheet.rows):
        sheet.text(row, "name")
        sheet.nip(row)
    with pytest.raises(FaultyRowsError) as raised:
        sheet.end()
    assert [line.split(":")[0].strip() for line in str(raised.value).splitlines()[1:]] == [
        "row 3",
        "row 4, column name, value ''",
        "row 4, column nip, value '2'",
        "row 5",
        "row 6, column name, value ''",
        "row 6, column nip, value '3'",
    ]


@pytest.mark.parametrize("name", ["Sa\tri", "Sa\nri", "Sa\x1b[2Jri", "Sa\x85ri", "Sa\u2028ri"])
def test_a_name_with_control_characters_is_a_fault(path: Path, name: str) -> None:
    sheet = sheet_of(path, f'nip,name\n1,"{name}"\n2,"Nur\u00a0Aïni"\n'.encode())
    for row in sheet.rows:
        sheet.text(row, "name")
    with pytest.raises(FaultyRowsError, match=r"column name, value .*: holds a line end, a tab or another") as raised:
        sheet.end()
    assert len(str(raised.value).splitlines()) == 2


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FaultyRowsError, match="No such file"):
        read(tmp_path / "not there.csv", ("nip",))
    with pytest.raises(FaultyRowsError, match="Is a directory"):
        read(tmp_path, ("nip",))


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [("0", 0), ("2.5", 250), ("2,5", 250), ("2.50", 250), ("0.01", 1), ("12", 1200), ("0012,30", 1230)],
)
def test_decimals_become_hundredths_exactly(path: Path, text: str, hundredths: int) -> None:
    sheet = sheet_of(path, f'nip,name\n1,"{text}"\n'.encode())
    assert sheet.hundredths(sheet.rows[0], "name") == hundredths
    sheet.end()


@pytest.mark.parametrize("text", ["", "2.555", "1.000", "1,000", "1.000,50", "-1", "+1", "1e3", "²", "1 000", "9" * 11])
def test_other_numbers_are_faults(path: Path, text: str) -> None:
    sheet = sheet_of(path, f'nip,name\n1,"{text}"\n'.encode())
    sheet.hundredths(sheet.rows[0], "name")
    with pytest.raises(FaultyRowsError, match=r"row 2, column name, value .*: write a number like 12 or 2.5"):
        sheet.end()


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "20260205", "05/02/2026", "2026-2-5", "2026-W06-4", "2026-02-05T00"]
)
def test_other_dates_are_faults(path: Path, text: str) -> None:
    sheet = sheet_of(path, f"nip,name\n1,{text}\n".encode())
    sheet.day(sheet.rows[0], "name")
    with pytest.raises(FaultyRowsError, match="write an existing date as YYYY-MM-DD"):
        sheet.end()


def test_a_date(path: Path) -> None:
    sheet = sheet_of(path, b"nip,name\n1,2026-02-28\n")
    assert sheet.day(sheet.rows[0], "name") == date(2026, 2, 28)
    sheet.end()


@pytest.mark.parametrize(
    "nip", ["1.98001E+17", "19800101200604100", "1980010120060410011", "19800101200604100X", "²" * 18]
)
def test_a_nip_has_18_digits(path: Path, nip: str) -> None:
    sheet = sheet_of(path, f"nip,name\n{nip},Sari\n".encode())
    sheet.nip(sheet.rows[0])
    with pytest.raises(FaultyRowsError, match="a spreadsheet must keep the column as text"):
        sheet.end()


def test_every_fault_is_listed_and_the_list_has_an_end(path: Path) -> None:
    sheet = sheet_of(path, b"nip,name\n" + b"".join(b"%d,\n" % number for number in range(SHOWN + 10)))
    for row in sheet.rows:
        sheet.text(row, "name")
    with pytest.raises(FaultyRowsError) as raised:
        sheet.end()
    lines = str(raised.value).splitlines()
    assert "nothing was imported" in lines[0]
    assert lines[1] == "  row 2, column name, value '': must not be empty: fill it in"
    assert lines[-1] == "  and 10 more"
    assert len(lines) == SHOWN + 2


def test_a_repeated_row_is_a_fault(path: Path) -> None:
    sheet = sheet_of(path, b"nip,name\n1,a\n2,b\n1,c\n")
    assert len(list(sheet.once("nip"))) == 3
    with pytest.raises(FaultyRowsError, match="row 4, column nip, value '1': is in row 2 already"):
        sheet.end()
