"""Unchanged libraries ask for flags in a real browser, on a page of another origin under a strict policy."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.clients.flagged import PEOPLE, Answers, Flagged, as_posthog, default_of, names, picked
from tests.clients.pages import Site, bundled, site_of, until_quiet, visitor


def asked(
    shop: Flagged, site: Site, browser: Browser, way: str, people: list[dict[str, Any]], flags: list[str]
) -> tuple[Any, Counter[tuple[str, int]]]:
    """What the library says, and how often the server answered how: (method, status)."""
    site.files["/flags.js"] = bundled("flags")
    told = json.dumps({"people": people, "flags": {k: default_of(k) for k in flags}})
    address = site.page("/shop", shop.live, told, '<script src="/flags.js"></script>').replace(shop.live.url, "")
    complaints: list[str] = []
    answers: Counter[tuple[str, int]] = Counter()
    page: Page = visitor(browser, complaints)
    page.on("response", lambda r: answers.update([(r.request.method, r.status)]) if shop.live.url in r.url else None)
    page.goto(f"{address}#{way}")
    expect(page).to_have_title("sent", timeout=30_000)
    until_quiet(page, answers.total, 500)  # the browser tells of an answer a little after the page has it
    found = page.evaluate("window.found")
    page.context.close()
    assert [said for said in complaints if shop.live.url in said and "/static/" not in said] == []
    return found, answers


def test_openfeature_in_a_browser(shop: Flagged, told: Answers, browser: Browser) -> None:
    with site_of(shop.live) as site:
        again = [*PEOPLE, {"id": PEOPLE[0]["id"], "plan": "free"}, PEOPLE[0]]
        found, answers = asked(shop, site, browser, "openfeature", again, names())
    assert found == picked(told, names())
    assert answers["POST", 200] >= len(PEOPLE)


def test_an_answer_in_a_browser_is_kept_until_the_person_changes(shop: Flagged, browser: Browser) -> None:
    somebody = {"id": "u1", "plan": "pro"}
    with site_of(shop.live) as site:
        _, answers = asked(shop, site, browser, "openfeature", [somebody, somebody, somebody], names())
        assert answers["POST", 304] >= 2
        found, answers = asked(shop, site, browser, "openfeature", [somebody, somebody | {"plan": "free"}], names())
    assert answers["POST", 200] == 2
    assert found["u1"]["posthog-gate"] is False


def test_posthog_in_a_browser(shop: Flagged, told: Answers, browser: Browser) -> None:
    with site_of(shop.live) as site:
        found, _ = asked(shop, site, browser, "posthog", PEOPLE[:12], names())
    assert found == as_posthog(picked(told, names(), PEOPLE[:12]))


def test_growthbook_in_a_browser(shop: Flagged, told: Answers, browser: Browser) -> None:
    own = names("growthbook", "growthbook1")
    with site_of(shop.live) as site:
        found, _ = asked(shop, site, browser, "growthbook", PEOPLE, own)
    assert found == picked(told, own)
