"""The board of bets in a browser: by keys alone, by mouse, without a script; and its pages are accessible and fit."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

HERE = "/w/tally/decide/"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def _columns(page: Page) -> dict[str, list[str]]:
    return {
        str(c.get_attribute("data-name")): c.locator("article h3").all_inner_texts()
        for c in page.locator("[data-column]").all()
    }


def _saved(page: Page, times: int) -> None:
    expect(page.locator("[data-bets]")).to_have_attribute("data-saved", str(times))


def test_keys_alone_move_a_bet_to_another_column_and_back(open_page: Any) -> None:
    """From the top of the page with nothing but a keyboard: walk to a card, to its handle, and move it."""
    page = open_page(HERE)
    before = _columns(page)
    first, second = before["Next"][0], before["Next"][1]
    while page.locator("[data-bet][aria-current=true] h3").all_inner_texts() != [first]:
        page.keyboard.press("j")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    handle = page.get_by_role("button", name=f"Move “{first}”")
    expect(handle).to_be_focused()
    page.keyboard.press("ArrowDown")
    told = page.locator("[data-told]")
    expect(told).to_have_text(f"{first}: Next, place 2 of {len(before['Next'])}")
    expect(handle).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(told).to_have_text(f"{first}: Later, place 2 of {len(before['Later']) + 1}")
    page.keyboard.press("ArrowRight")
    expect(told).to_have_text("There is no column after Later")
    _saved(page, 2)
    page.reload()
    after = _columns(page)
    assert after["Next"][0] == second
    assert after["Later"][1] == first
    handle.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    _saved(page, 2)
    page.reload()
    assert _columns(page) == before


def test_the_mouse_drags_a_card_and_escape_puts_it_back(open_page: Any) -> None:
    page = open_page(HERE)
    before = _columns(page)
    name = before["Next"][0]
    card = page.locator("[data-bet]").filter(has=page.get_by_role("heading", name=name, exact=True))

    def drag(column: str) -> None:
        start = card.locator("[data-handle]").bounding_box()
        goal = page.locator(f"[data-column={column}] > h2").bounding_box()
        assert start
        assert goal
        page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        page.mouse.down()
        page.mouse.move(goal["x"] + 60, goal["y"] + goal["height"] + 8, steps=6)

    drag("later")
    page.keyboard.press("Escape")
    page.mouse.up()
    assert _columns(page) == before
    drag("later")
    page.mouse.up()
    _saved(page, 1)
    page.reload()
    assert _columns(page)["Later"][0] == name
    drag("next")
    page.mouse.up()
    _saved(page, 1)
    page.reload()
    assert _columns(page) == before


def test_without_a_script_the_menu_moves_it(open_page: Any, browser: Any, signed_in: Any) -> None:
    address = open_page(f"{HERE}?by=moscow").url
    context = browser.new_context(storage_state=signed_in, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    before = _columns(page)
    name = before["Should"][0]
    expect(page.locator("[data-handle]").first).to_be_hidden()
    card = page.locator("[data-bet]").filter(has=page.get_by_role("heading", name=name, exact=True))
    card.locator("summary").click()
    card.get_by_role("button", name="Must").click()
    assert "by=moscow" in page.url
    assert _columns(page)["Must"][-1] == name
    card.locator("summary").click()
    card.get_by_role("button", name="Should").click()
    card.locator("summary").click()
    if len(before["Should"]) > 1:
        card.get_by_role("button", name="To the top").click()
    assert _columns(page) == before
    context.close()


PAGES = (
    "",
    "?by=moscow&rows=team",
    "scores",
    "scores?method=weighted&lens=customers",
    "bets/6",
    "bets/6/costs",
    "bets/6/inputs",
)


@pytest.mark.parametrize(
    "path",
    [
        *(HERE + p for p in PAGES),
        "/w/tally/settings/trackers",
        "/w/tally/settings/trackers/connect/jira",
        "/p/tally/roadmap",
    ],
)
def test_each_page_is_accessible_and_fits(open_page: Any, path: str) -> None:
    for width, scheme in ((1280, "light"), (390, "dark")):
        page = open_page(path, width=width, scheme=scheme)
        sizes = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert sizes[0] <= sizes[1], f"{path} is {sizes[0]} px wide in a window of {sizes[1]}"
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        if page.locator(".mover summary").count():
            page.locator(".mover summary").first.click()
            expect(page.locator(".mover[open] button").first).to_be_visible()
