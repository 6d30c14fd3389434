"""Unchanged browser libraries in a real browser, on a page of another origin, send to a live server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.clients.live import Live
from tests.clients.pages import Site, bundled, until_quiet, visitor

NAME = "Report Opened"


# "together": events wait for each other and go out as one, in Segment's batches and RudderStack's beacons.
WAYS = ["segment", "segment#together", "rudder", "rudder#together", "jitsu", "posthog"]


@pytest.mark.parametrize("way", WAYS)
def test_a_browser_library_is_counted_once(live: Live, site: Site, browser: Browser, way: str) -> None:
    library, hash_, how = way.partition("#")
    site.files["/app.js"] = bundled(library)
    address = site.page("/reports", live, NAME, '<script src="/app.js"></script>')
    complaints: list[str] = []
    sent: list[str] = []
    page = visitor(browser, complaints)
    page.on("request", lambda r: sent.append(r.url.removeprefix(live.url)) if r.method == "POST" else None)
    page.goto(address + hash_ + how)
    expect(page).to_have_title("sent", timeout=20_000)
    until_quiet(page, lambda: len(sent), 3500 if library == "posthog" else 1200, some=not how)
    page.goto("about:blank")  # what has waited goes out when the page is left
    page.context.close()
    live.settled(NAME, (10, 1, 1))
    assert live.count("page")[:2] == (1, 1), "the visitor before and after signing in is one person"
    assert live.person("web-1")["name"] == "Wendy Web"
    if how:
        assert {path.partition("?")[0] for path in sent} <= {"/v1/b", "/beacon/v1/batch"}
    refused = [said for said in complaints if live.url in said and "/static/" not in said]
    assert refused == []
