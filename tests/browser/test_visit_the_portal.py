"""A visitor and a member at the portal with a real browser: what happens without a new page, by keyboard, right to left."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .test_look_around import _accessible, _fits


def test_a_vote_counts_where_it_stands_and_can_be_taken_back(open_page: Any) -> None:
    page = open_page("/p/tally/", member=False)
    button = page.locator("#vote-49")
    before = int(button.locator("b").inner_text())
    button.click()
    expect(page.locator("#vote-49")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#vote-49 b")).to_have_text(str(before + 1))
    assert page.url.endswith("/p/tally/"), "the page stayed"
    expect(page.locator("#vote-49")).to_be_focused()
    page.locator("#vote-49").press("Enter")
    expect(page.locator("#vote-49 b")).to_have_text(str(before))


def test_what_is_alike_shows_while_typing_and_a_vote_replaces_a_post(open_page: Any) -> None:
    board = open_page("/p/tally/", member=False)
    said = board.locator(".ideas h2 a").first.inner_text()  # the sample's words differ from day to day
    page = open_page("/p/tally/post", member=False)
    page.get_by_label("In a few words").press_sequentially(f"Also here: {said}"[:130], delay=5)
    expect(page.get_by_role("heading", name="Is it one of these?")).to_be_visible()
    _accessible(page)
    near = page.locator("#near .vote").first
    near.click()
    expect(page.locator("#near .vote").first).to_have_attribute("aria-pressed", "true")


def test_a_post_on_a_moderated_board_passes_the_queue_by_keyboard(open_page: Any) -> None:
    page = open_page("/p/tally/post?board=connections", member=False)
    page.get_by_label("In a few words").fill("Talk to our quartz till by itself")
    page.get_by_role("button", name=re.compile("Put it on the board|something else")).click()
    if page.get_by_role("button", name=re.compile("something else")).count():
        page.get_by_role("button", name=re.compile("something else")).click()
    expect(page.get_by_text("The team looks at it first")).to_be_visible()
    queue = open_page("/w/tally/portal/queue")
    row = queue.locator("[data-row]", has_text="quartz till")
    row.focus()
    queue.keyboard.press("a")
    expect(queue.get_by_text("1 published.")).to_be_visible()
    expect(queue.locator("[data-row]", has_text="quartz till")).to_have_count(0)
    board = open_page("/p/tally/boards/connections/", member=False)
    expect(board.get_by_role("link", name="Talk to our quartz till by itself")).to_be_visible()


def test_a_visitor_comments_and_the_team_replies(open_page: Any) -> None:
    page = open_page("/p/tally/ideas/49", member=False)
    page.get_by_label("Your comment").fill("We need it **by March**, umbrella")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator("strong", has_text="by March")).to_be_visible()
    team = open_page("/p/tally/ideas/49")
    team.locator(".comment", has_text="umbrella").get_by_role("link", name="Reply").click()
    team.get_by_label("Comment as the team").fill("You will have it")
    team.get_by_role("button", name="Comment").click()
    expect(team.locator(".replies .comment.team", has_text="You will have it")).to_be_visible()
    _accessible(team)


def test_right_to_left_fits_and_is_accessible(open_page: Any) -> None:
    for width in (1280, 390):
        page = open_page("/p/tally/", width=width, member=False)
        page.get_by_label("Language").select_option("ar")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        _fits(page)
        _accessible(page)
        page.goto(page.url.split("/p/")[0] + "/p/tally/ideas/49")
        _fits(page)
        found = Axe().run(page)
        assert not [v for v in found.response["violations"] if v["impact"] == "critical"], found.generate_report()
