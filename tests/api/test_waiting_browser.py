"""The page of the terminals and an employee's waiting days, in a real browser."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from psycopg_pool import ConnectionPool

from tests.api.conftest import PASSWORD
from tests.api.office import MADE, Office
from tests.api.test_browser import address, browser, page

__all__ = ["address", "browser", "page"]

SHOTS = os.environ.get("TEPAT_TEST_SCREENSHOTS")
"""A folder for pictures of what was seen."""


@pytest.mark.parametrize(
    ("language", "late", "waits"),
    [("id", "diam sejak", "menunggu"), pytest.param("en", "silent since", "wait", marks=pytest.mark.long)],
)
def test_the_terminals_fit_the_screen_and_say_what_to_do(
    address: str, pool: ConnectionPool, office: Office, page: Page, *, language: str, late: str, waits: str
) -> None:
    made, gate, lobby = (
        office.employees[MADE], office.terminals["gerbang-makassar"], office.terminals["lobi-jakarta"],
    )  # fmt: skip
    with pool.connection() as connection:
        connection.execute("DELETE FROM work_day WHERE employee_id = %s AND day = '2026-01-20'", (made,))
        connection.execute("INSERT INTO waiting_day VALUES (%s, '2026-01-20', %s, now(), false)", (made, gate))
        connection.execute("INSERT INTO terminal_health (terminal_id, seen_at, synced_until) VALUES (%s, %s, %s)",
                           (gate, datetime.now(UTC) - timedelta(days=90), "2026-01-19 03:00Z"))  # fmt: skip
        connection.execute("UPDATE terminal_health SET error = 'The key is refused.', cure = 'wrong_key', unread = 1234"
                           " WHERE terminal_id = %s", (lobby,))  # fmt: skip
    page.goto(address)
    page.get_by_label("Nama akun").fill("kepegawaian")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for path, name in ((f"terminals?lang={language}", "terminals"), (f"employees/{made}?period=2026-01", "employee")):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "only the table scrolls sideways"
        expect(page.get_by_text(waits).first).to_be_visible()
        if name == "terminals":
            expect(page.get_by_text(late).first).to_be_visible()
            assert page.evaluate(
                "[...document.querySelectorAll('.wide')].every(one => one.scrollWidth <= one.clientWidth)"
            )
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{language}.png"), full_page=True)
