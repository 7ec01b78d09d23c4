"""Imports the grade (golongan) of employees from a day on: nip, from, grade."""

import re
from typing import Any

import psycopg

from ingest import employees, upsert
from ingest.changes import Changes
from ingest.sheet import Sheet
from ingest.table import Table

COLUMNS = ("nip", "from", "grade")
GRADES = {"I": 1, "II": 2, "III": 3, "IV": 4}
GRADE = re.compile(r"(IV|I{1,3})(/[a-eA-E])?")


def load(connection: psycopg.Connection[Any], sheet: Sheet) -> Changes:
    """Add and change grades in the caller's transaction; employee and first day together name one.

    Raises:
        FaultyRowsError: with every fault of the sheet.
    """
    ids = employees.ids_of(connection, sheet)
    grades: dict[upsert.Key, upsert.Values] = {}
    for row in sheet.once("nip", "from"):
        match = GRADE.fullmatch(row.cells["grade"])
        if match is None:
            sheet.fault(row, "grade", "write I, II, III or IV, with or without the letter, as in III/c")
        grades[ids.get(row.cells["nip"], 0), sheet.day(row, "from")] = (GRADES[match[1]] if match else 0,)
    sheet.end()
    return upsert.bring(connection, "employee_grade", ("employee_id", "valid_from"), ("grade",), grades).changes


TABLE = Table("grades (golongan) by the day: nip, from, grade (I to IV, or as III/c)", COLUMNS, (), load)
