"""A developer watches events arrive while the product sends them."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.clients.live import Live


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_event_shows_by_itself_and_not_while_paused(server: Live, browser: Browser, scheme: str) -> None:
    def send(event: str) -> None:
        said = {"userId": "ann", "event": event, "properties": {"html": "<b id='bold'>x</b>"}}
        answer = httpx.post(f"{server.url}/v1/track", json=said, auth=(server.keys["write_key"], ""))
        assert answer.status_code == 200

    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    link = server.shell.json("member", "link", "olga@acme.example")["sign_in"]
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/w/acme/"))
    page.goto(f"{server.url}/w/acme/settings/live")
    send(f"Watched in {scheme}")
    expect(page.get_by_text(f"Watched in {scheme}")).to_be_visible(timeout=10_000)
    assert page.locator("#bold").count() == 0, "what people sent is shown, not run"
    page.get_by_role("link", name="Pause").click()
    send(f"Unseen in {scheme}")
    page.wait_for_timeout(3_000)
    expect(page.get_by_text(f"Unseen in {scheme}")).to_have_count(0)
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_text(f"Unseen in {scheme}")).to_be_visible()
    context.close()
    assert complaints == []
