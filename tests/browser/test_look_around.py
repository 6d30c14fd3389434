"""Every page of the console and the portal, drawn by a real browser: accessible, in width, without complaints."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

CONSOLE = [
    "/w/tally/",
    "/w/tally/people/",
    "/w/tally/people/1",
    "/w/tally/people/accounts",
    "/w/tally/people/accounts/1",
    "/w/tally/listen/",
    "/w/tally/listen/capture",
    "/w/tally/listen/imports",
    "/w/tally/listen/relayed",
    "/w/tally/listen/voices/1",
    "/w/tally/portal/",
    "/w/tally/portal/ideas/49",
    "/w/tally/portal/ideas/49/votes",
    "/w/tally/portal/queue",
    "/w/tally/portal/boards",
    "/w/tally/portal/boards/new",
    "/w/tally/portal/look",
    "/w/tally/understand/",
    "/w/tally/understand/themes",
    "/w/tally/understand/themes/1",
    "/w/tally/understand/problems/1",
    "/w/tally/understand/problems/1/evidence",
    "/w/tally/understand/problems/1/people",
    "/w/tally/understand/problems/1/behaviour",
    "/w/tally/understand/problems/1/chain",
    "/w/tally/understand/signals",
    "/w/tally/decide/",
    "/w/tally/decide/bets/new",
    "/w/tally/decide/bets/3",
    "/w/tally/tell/",
    "/w/tally/tell/releases/new",
    "/w/tally/tell/releases/1",
    "/w/tally/tell/notices",
    "/w/tally/measure/",
    "/w/tally/measure/bets/3",
    "/w/tally/measure/learned",
    "/w/tally/measure/experiments/",
    "/w/tally/measure/experiments/1",
    "/w/tally/measure/experiments/3",
    "/w/tally/measure/experiments/new",
    "/w/tally/measure/flags/",
    "/w/tally/measure/flags/1",
    "/w/tally/measure/flags/new",
    "/w/tally/measure/ask?step1=Campaign+Opened&step2=Report+Opened",
    "/w/tally/settings/",
    "/w/tally/settings/sources",
    "/w/tally/settings/sources/connect/slack",
    "/w/tally/settings/journal",
]
PORTAL = [
    "/p/tally/",
    "/p/tally/?q=nothing+like+that",
    "/p/tally/boards/connections/",
    "/p/tally/ideas/49",
    "/p/tally/post",
    "/p/tally/roadmap",
    "/p/tally/changelog",
    "/p/tally/sign-in",
    "/accounts/login/",
]


def _fits(page: Any) -> None:
    sizes = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert sizes[0] <= sizes[1], f"{page.url} is {sizes[0]} px wide in a window of {sizes[1]}"


def _accessible(page: Any) -> None:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", CONSOLE)
def test_a_member_looks_at_each_page(path: str, open_page: Any) -> None:
    page = open_page(path)
    _fits(page)
    _accessible(page)
    small = open_page(path, width=390, scheme="dark")
    _fits(small)
    _accessible(small)


@pytest.mark.parametrize("path", PORTAL)
def test_a_stranger_looks_at_each_public_page(path: str, open_page: Any) -> None:
    page = open_page(path, member=False)
    _fits(page)
    _accessible(page)
    small = open_page(path, width=390, scheme="dark", member=False)
    _fits(small)
    _accessible(small)
