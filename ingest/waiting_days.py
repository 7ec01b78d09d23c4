"""The days that wait for a terminal, as whoever takes it out of use or back into use must know them."""

from typing import Any

import psycopg

HELD = "SELECT count(*), count(DISTINCT employee_id) FROM waiting_day WHERE terminal_id = %s AND NOT overruled"
MARK = """
INSERT INTO day_to_score (employee_id, day)
SELECT DISTINCT employee_id, day FROM waiting_day WHERE terminal_id = %s AND overruled
"""
FORGET = "DELETE FROM waiting_day WHERE terminal_id = %s AND overruled"


def held(connection: psycopg.Connection[Any], terminal_id: int) -> tuple[int, int]:
    """How many days wait for a terminal, and of how many employees."""
    row = connection.execute(HELD, [terminal_id]).fetchone()
    assert row is not None
    days, employees = row
    return days, employees


def judge_again(connection: psycopg.Connection[Any], terminal_id: int) -> None:
    """Have the days looked at again that were judged without a terminal: they may wait for it now."""
    connection.execute(MARK, [terminal_id])
    connection.execute(FORGET, [terminal_id])
