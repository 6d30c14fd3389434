"""One person closes the loop in a browser: hears, places, bets, ships, tells, and reads a verdict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect


def test_sort_the_inbox_by_keyboard_only(open_page: Any) -> None:
    page = open_page("/w/tally/listen/")
    rows = page.locator("[data-row]")
    expect(rows.first).to_be_visible()
    first = rows.first.inner_text()
    page.keyboard.press("j")
    expect(page.locator("[data-row][aria-current=true]")).to_have_count(1)
    page.keyboard.press("e")
    page.wait_for_load_state()
    expect(page.locator("[data-row]").first).not_to_have_text(first)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_note_what_somebody_said_in_two_fields(open_page: Any) -> None:
    page = open_page("/w/tally/listen/capture")
    page.get_by_label("What did they say?").fill("The totals of our two stores never match on Mondays.")
    page.get_by_label("Who?").fill("vera@new-shop.example")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Noted. It stays theirs")).to_be_visible()
    expect(page.get_by_text("The totals of our two stores").first).to_be_visible()


def test_publish_a_release_and_see_mail_go_out(open_page: Any, server: Any) -> None:
    page = open_page("/w/tally/tell/")
    page.get_by_role("link", name="Advertising is counted once").first.click()
    page.once("dialog", lambda d: d.accept())
    page.get_by_role("button", name=re.compile("Publish")).first.click()
    page.wait_for_load_state()
    public = open_page("/p/tally/changelog", member=False)
    expect(public.get_by_role("heading", name="Advertising is counted once")).to_be_visible()
    mail = Path(server.environment["WELLHEARD_DATA"]) / "mail"
    for _ in range(60):
        found = list(mail.glob("*.eml")) if mail.exists() else []
        if len(found) > 50:
            break
        page.wait_for_timeout(500)
    assert len(found) > 50
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in found[0].read_bytes()


def test_read_the_ledger(open_page: Any) -> None:
    page = open_page("/w/tally/measure/")
    expect(page.get_by_role("cell").get_by_text(re.compile("Likely helped", re.I)).first).to_be_visible()
    expect(page.get_by_role("cell").get_by_text(re.compile("Likely hurt", re.I)).first).to_be_visible()
    page.get_by_role("link", name="One clock for all stores").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One clock for all stores")


def test_a_stranger_posts_votes_and_follows(open_page: Any) -> None:
    page = open_page("/p/tally/post", member=False)
    page.locator("input[name=title]").fill("A quiet mode for the night shift")
    page.locator("textarea[name=text]").fill("The tablet lights up the whole bakery at four.")
    page.locator("main form button.go").click()
    page.wait_for_url(re.compile(r"/ideas/\d+"))
    expect(page.get_by_role("heading", name="A quiet mode for the night shift")).to_be_visible()
    board = page.context.new_page()
    board.goto(page.url.split("/ideas/")[0] + "/?order=new")
    expect(board.get_by_text("A quiet mode for the night shift").first).to_be_visible()
