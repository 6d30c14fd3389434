"""In a real browser: note what somebody said from any page, and bring a file in step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.test_look_around import _accessible, _fits


def test_c_opens_the_dialog_completes_people_and_notes_without_leaving_the_page(open_page: Any) -> None:
    page = open_page("/w/tally/decide/")
    page.keyboard.press("c")
    words = page.locator("#capture textarea")
    expect(words).to_be_focused()
    words.fill("No export, no contract")
    page.locator("#note-who").press_sequentially("ann")
    expect(page.locator("#note-who-list option").first).to_be_attached()
    page.locator("#note-who").fill(page.locator("#note-who-list option").first.get_attribute("value"))
    page.locator("#capture summary").click()
    page.locator("#note-deal_amount").fill("lots")
    _accessible(page)
    page.locator("#capture button.go").click()
    expect(page.locator("#capture [role=alert]")).to_contain_text("not an amount")
    expect(words).to_have_value("No export, no contract")
    page.locator("#note-deal_amount").fill("12000")
    page.locator("#capture button.go").click()
    expect(page.locator("#capture [role=status]")).to_contain_text("Noted")
    assert page.url.endswith("/decide/")
    page.keyboard.press("Escape")
    expect(page.locator("#capture")).to_be_hidden()


def test_a_file_is_mapped_checked_stored_and_taken_back(open_page: Any, tmp_path: Path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("id,Body,mood\n" + "".join(f"{n},voice number {n},good\n" for n in range(2_500)) + "x,,bad\n")
    page = open_page("/w/tally/listen/imports")
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="Upload and look").click()
    expect(page.get_by_text("None of the first 200 rows would be refused")).to_be_visible()
    _fits(page)
    _accessible(page)
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("button", name="Store 2,500 rows")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("The row has no text").first).to_be_visible()
    page.get_by_role("button", name="Store 2,500 rows").click()
    expect(page.get_by_role("link", name="See them")).to_be_visible(timeout=60_000)
    _accessible(page)
    page.reload()
    page.get_by_text("Take this import back").click()
    page.on("dialog", lambda d: d.accept())
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back").first).to_be_visible(timeout=60_000)
