"""A person with a browser: logs in, reads the recap, opens an employee and a deduction, switches the language."""

import os
import shutil
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from api import serving
from api.accounts import add_account
from config.settings import Settings
from ingest.database import ConnectionPool
from tests.api.conftest import PASSWORD
from tests.api.office import Office
from tests.conftest import missing

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

MILLISECONDS = 20_000
"""Longest wait for anything on a page; a loaded machine is slow, not broken."""


@pytest.fixture
def address(pool: ConnectionPool, office: Office) -> Iterator[str]:
    """Our real server on a free port, stopped at the end."""
    assert office.employees
    with pool.connection() as connection:
        add_account(connection, "kepegawaian", PASSWORD, role="hr", unit=None, actor="command:test")
    with serving.listening(Settings.model_validate({"listen_port": 0})) as listening:
        server = serving.server(pool)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield serving.address(listening)
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests of a file: its start takes a second of two processors."""
    chromium = os.environ.get("TEPAT_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        missing("no chromium on PATH, and TEPAT_TEST_CHROMIUM names none")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page that knows no cookie."""
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        expect.set_options(timeout=MILLISECONDS)
        yield page


def test_from_login_to_the_punch_behind_a_deduction(address: str, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    requested: set[str] = set()
    page.on("request", lambda request: requested.add(request.url))

    page.goto(address)
    expect(page).to_have_title("Masuk · Tepat")
    page.get_by_label("Nama akun").fill("kepegawaian")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Rekap presensi dan kinerja")
    page.get_by_label("Unit kerja").select_option("JKT")
    page.get_by_role("button", name="Tampilkan").click()
    row = page.get_by_role("row").filter(has_text="Siti Rahmawati")
    expect(row.get_by_role("link", name="TL1")).to_be_visible()
    expect(row).to_contain_text("95,50 %")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "only the table scrolls sideways"

    row.get_by_role("link", name="Siti Rahmawati").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Siti Rahmawati")
    reason = page.locator("details", has_text="Senin, 5 Januari 2026")
    expect(reason.get_by_text("lobi-jakarta").first).to_be_hidden()
    reason.locator("summary").click()
    expect(reason.get_by_text("5 Jan 2026 07:42:13")).to_be_visible()
    expect(reason.get_by_text("SK Sekjen Kemenag 13/2014")).to_be_visible()
    expect(reason.get_by_text("tanggal pastinya tidak diketahui")).to_be_visible()

    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Deductions and their reasons")).to_be_visible()
    page.get_by_role("link", name="Back to the recap").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Attendance and performance recap")

    page.get_by_role("link", name="TL1").click()
    expect(page.locator("details[open]")).to_have_count(1)
    page.get_by_role("button", name="Log out").click()
    page.goto(address + "recap")
    expect(page).to_have_title("Log in · Tepat")
    assert complaints == []
    assert {url for url in requested if not url.startswith(address)} == set()


@pytest.mark.parametrize(
    ("width", "height"),
    [(1280, 720), *(pytest.param(*size, marks=pytest.mark.long) for size in ((1366, 768), (1920, 1080)))],
)
def test_all_totals_and_the_name_are_in_sight_without_scrolling(
    address: str, pool: ConnectionPool, page: Page, width: int, height: int
) -> None:
    with pool.connection() as connection:  # the widest that can stand there, with its mark
        connection.execute(
            "UPDATE score SET basis = 'assumption', attendance = 10000, output = 10000, total = 10000, payable = 10000"
        )
        connection.execute(
            "UPDATE work_day SET steps = (SELECT steps FROM work_day WHERE codes = 'PSW2') WHERE kind = 'work'"
        )
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    page.get_by_label("Nama akun").fill("kepegawaian")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rekap presensi dan kinerja")
    row = page.get_by_role("row").filter(has_text="I Made Wirawan")
    row.get_by_role("link", name="I Made Wirawan").scroll_into_view_if_needed()
    for heading in ("Potongan", "Kinerja", "Nilai", "Dibayarkan"):
        assert in_sight(page.get_by_role("columnheader", name=heading, exact=True)), heading
    assert in_sight(page.get_by_role("columnheader", name="Pegawai"))
    cells = row.locator("td.sum")
    expect(cells).to_have_count(4)
    for number in range(4):
        assert in_sight(cells.nth(number)), number


def in_sight(cell: Locator) -> bool:
    """Whether the whole of a cell lies within the window, and nothing lies over any of its ends."""
    return bool(
        cell.evaluate(
            """cell => {
                const box = cell.getBoundingClientRect();
                const ink = (cell.querySelector(".figure") ?? cell).getBoundingClientRect();
                const inside = ink.left >= box.left - 1 && ink.right <= box.right + 1;
                return inside && box.left >= 0 && box.right <= innerWidth
                    && [box.left + 2, (box.left + box.right) / 2, box.right - 2].every(x =>
                        cell.contains(document.elementFromPoint(x, (box.top + box.bottom) / 2)));
            }"""
        )
    )


def test_the_recap_is_read_and_opened_by_keyboard_alone(address: str, page: Page) -> None:
    page.goto(address)
    expect(page.get_by_label("Nama akun")).to_be_focused()
    page.keyboard.type("kepegawaian")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Kata sandi")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rekap presensi dan kinerja")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    table = page.get_by_role("region", name="Satu baris per pegawai")
    table.focus()
    expect(table).to_be_focused()
    page.get_by_role("link", name="Siti Rahmawati").focus()
    page.keyboard.press("Enter")
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details[open]")).to_have_count(1)
