"""A person with a browser looks for a rejected record, at the width of an office laptop."""

import pytest
from playwright.sync_api import Page, expect

from tests.api.conftest import PASSWORD
from tests.api.test_browser import address, browser, page
from tests.api.test_rejected import NIP, records

__all__ = ["address", "browser", "page", "records"]


@pytest.mark.long
@pytest.mark.usefixtures("records")
def test_a_rejected_record_is_found_by_what_is_wrong_and_by_its_text(address: str, page: Page) -> None:
    page.goto(address + "rejected")
    page.get_by_label("Nama akun").fill("kepegawaian")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Rekaman ditolak")
    expect(page.get_by_text("data dihapus")).to_be_visible()
    expect(page.get_by_text("Daftarkan mesin itu")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"

    page.get_by_role("link", name="tabel lain").click()
    expect(page.locator("code")).to_have_text(["Makassar"])
    page.get_by_label("Penyebab").select_option("")
    page.get_by_label("Memuat teks").fill(NIP)
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.locator("code")).to_have_text(["Jakarta \\x1b <b>1985***2001"])
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rejected records")
