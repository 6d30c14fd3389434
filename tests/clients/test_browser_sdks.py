"""Unchanged browser libraries in a real browser, on a page of another origin, send to a live server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.clients.live import Live
from tests.clients.pages import Site, bundled, visitor

NAME = "Report Opened"


@pytest.mark.parametrize("library", ["segment", "rudder", "jitsu", "posthog"])
def test_a_browser_library_is_counted_once(live: Live, site: Site, browser: Browser, library: str) -> None:
    site.files["/app.js"] = bundled(library)
    address = site.page("/reports", live, NAME, '<script src="/app.js"></script>')
    complaints: list[str] = []
    page = visitor(browser, complaints)
    page.goto(address)
    expect(page).to_have_title("sent", timeout=20_000)
    page.wait_for_timeout(3500 if library == "posthog" else 800)
    page.context.close()
    live.settled(NAME, (10, 1, 1))
    assert live.count("page")[:2] == (1, 1), "the visitor before and after signing in is one person"
    assert live.person("web-1")["name"] == "Wendy Web"
    refused = [said for said in complaints if live.url in said and "/static/" not in said]
    assert refused == []
