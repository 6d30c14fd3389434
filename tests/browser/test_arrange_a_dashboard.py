"""A dashboard in a browser: copied from a built-in one, arranged with the mouse and with keys alone, and accessible."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

HERE = "/w/tally/measure/boards"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def _accessible(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


def _fits(page: Page) -> None:
    sizes = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert sizes[0] <= sizes[1], f"{page.url} is {sizes[0]} px wide in a window of {sizes[1]}"


def _answered(page: Page) -> None:
    expect(page.locator(".skeleton")).to_have_count(0)


def _order(page: Page) -> list[str]:
    return page.locator("[data-tile] h2").all_inner_texts()


def _copied(open_page: Any) -> Page:
    page: Page = open_page(f"{HERE}/built-in/health")
    page.get_by_role("button", name="Copy and change").click()
    page.wait_for_url(re.compile(rf"{HERE}/\d+$"))
    _answered(page)
    return page


def _saved(page: Page, times: int) -> None:
    expect(page.locator("[data-board]")).to_have_attribute("data-saved", str(times))


def _drop_on(page: Page, handle: Any, tile: Any, late: bool) -> None:
    handle.scroll_into_view_if_needed()
    start, goal = handle.bounding_box(), tile.bounding_box()
    assert start
    assert goal
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(goal["x"] + goal["width"] * (0.8 if late else 0.2), goal["y"] + 60, steps=6)


def test_the_mouse_drags_a_tile_and_escape_puts_it_back(open_page: Any) -> None:
    page = _copied(open_page)
    before = _order(page)
    tiles = page.locator("[data-tile]")
    _drop_on(page, tiles.nth(1).locator("[data-handle]"), tiles.nth(0), late=False)
    page.mouse.up()
    _saved(page, 1)
    wanted = [before[1], before[0], *before[2:]]
    assert _order(page) == wanted
    _drop_on(page, tiles.nth(0).locator("[data-handle]"), tiles.nth(1), late=True)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert _order(page) == wanted
    page.reload()
    assert _order(page) == wanted


def test_keys_alone_move_and_resize_and_are_told(open_page: Any) -> None:
    page = _copied(open_page)
    before = _order(page)
    handle = page.get_by_role("button", name=f"Move “{before[0]}”")
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-arranged]")).to_have_text(f"{before[0]}, place 3 of {len(before)}")
    expect(handle).to_be_focused()
    page.keyboard.press("+")
    expect(page.locator("[data-arranged]")).to_have_text(f"{before[0]}: full width")
    page.keyboard.press("+")
    expect(page.locator("[data-arranged]")).to_have_text(f"{before[0]} cannot be larger")
    _saved(page, 3)
    page.reload()
    assert _order(page) == [*before[1:3], before[0], *before[3:]]
    assert "full" in (page.locator("[data-tile]").nth(2).get_attribute("class") or "")


def test_without_a_script_buttons_do_the_same(open_page: Any, browser: Any, signed_in: Any) -> None:
    address = _copied(open_page).url
    context = browser.new_context(storage_state=signed_in, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    before = _order(page)
    expect(page.locator("[data-handle]").first).to_be_hidden()
    expect(page.get_by_role("link", name="Open the question").first).to_be_visible()
    page.locator(".tile-menu summary").first.click()
    page.get_by_role("button", name="Later").first.click()
    assert _order(page)[:2] == [before[1], before[0]]
    context.close()


def test_a_question_is_put_on_a_dashboard_from_its_page(open_page: Any) -> None:
    page = open_page("/w/tally/measure/ask/stickiness")
    page.get_by_text("Add to a dashboard").click()
    _accessible(page)
    page.get_by_label("Title of the tile").fill("How sticky")
    page.get_by_label("Dashboard", exact=True).select_option("")
    page.get_by_label("Name, for a new one").fill("From a question")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="From a question")).to_be_visible()
    assert _order(page) == ["How sticky"]
    _answered(page)


def test_each_page_is_accessible_and_fits(open_page: Any) -> None:
    own = _copied(open_page).url
    number = own.rpartition("/")[2]
    pages = ("all", "built-in/adoption", "built-in/health?days=28&lens=customers", "new", number, f"{number}/edit",
             f"{number}/delete")  # fmt: skip
    for path in pages:
        for width, scheme in ((1280, "light"), (390, "dark")):
            page = open_page(f"{HERE}/{path}", width=width, scheme=scheme)
            _answered(page)
            _fits(page)
            _accessible(page)


def test_a_menu_opens_over_its_tile_and_escape_closes_it(open_page: Any) -> None:
    page = _copied(open_page)
    page.locator(".tile-menu summary").first.click()
    expect(page.get_by_role("button", name="Earlier").first).to_be_visible()
    _accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Earlier").first).to_be_hidden()


def test_on_paper_there_is_no_rail_and_tables_are_open(open_page: Any) -> None:
    page = _copied(open_page)
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".print-only")).to_be_visible()
    expect(page.locator(".board-pick")).to_be_hidden()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".board .answer details:not([open])").count() == 0
    expect(page.locator(".board .answer details table").first).to_be_visible()
