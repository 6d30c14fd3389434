"""Our own script in a real browser: what it sends, what it keeps to itself, and how small it is."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Request

from tests.clients.live import Live
from tests.clients.pages import Site, visitor

NAME = "Plan Chosen"
BUTTONS = '<button data-wellheard="Plan Chosen" data-wellheard-plan="pro"><b>Pro</b></button><button>Other</button>'


class Sent:
    """Every message that a page tried to send, however it was sent."""

    def __init__(self, page: Page, live: Live) -> None:
        self.messages: list[dict[str, Any]] = []
        self.asked = 0
        self._live = live
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if request.url != f"{self._live.url}/v1/b":
            return
        if request.method == "OPTIONS":
            self.asked += 1
        elif body := request.post_data:
            self.messages += json.loads(body)["batch"]


def shop(live: Live, site: Site, options: str = "", more: str = "") -> str:
    script = f'<script defer src="{live.url}/wellheard.js" data-key="{live.keys["write_key"]}" {options}></script>'
    site.files["/more.js"] = more.encode()
    return site.page("/shop", live, NAME, f'{script}{BUTTONS}<script defer src="/more.js"></script>')


def test_it_is_small_and_kept_by_browsers(server: Live) -> None:
    answer = httpx.get(f"{server.url}/wellheard.js", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "max-age" in answer.headers["Cache-Control"]
    assert len(gzip.compress(answer.content, 9)) < 3_000
    assert int(answer.headers["Content-Length"]) < 3_000, "sent compressed"
    again = httpx.get(f"{server.url}/wellheard.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert b"Wellheard" in httpx.get(f"{server.url}/wellheard.js", headers={"Accept-Encoding": "identity"}).content


def test_pages_time_clicks_and_names(live: Live, site: Site, browser: Browser) -> None:
    complaints: list[str] = []
    more = """
    const next = "/checkout?token=secret&utm_source=mail#top";
    document.querySelector("button").addEventListener("dblclick", () => history.pushState({}, "", next));
    document.querySelectorAll("button")[1].addEventListener("click", () => {
      wellheard.identify("web-1", { email: "web-1@shop.example", name: "Wendy Web" });
      wellheard.group("acme", { name: "Acme Inc" });
      wellheard.track("Bought", { items: 2 });
    });"""
    page = visitor(browser, complaints)
    sent = Sent(page, live)
    page.goto(shop(live, site, more=more))
    page.wait_for_timeout(700)
    page.get_by_role("button", name="Pro").locator("b").click()
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Pro").dispatch_event("dblclick")
    page.get_by_role("button", name="Other").click()
    page.wait_for_timeout(600)
    assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
    page.goto("about:blank")
    page.context.close()
    live.settled(NAME, (1, 1, 0))
    live.settled("Bought", (1, 1, 1))
    live.settled("page", (2, 1, 0))
    assert live.person("web-1")["name"] == "Wendy Web"
    assert sent.asked == 0, "no page has to ask before it sends"
    assert complaints == []
    said = json.dumps(sent.messages)
    assert "secret" not in said
    assert "utm_source=mail" in said
    (clicked,) = [m for m in sent.messages if m.get("event") == NAME]
    assert clicked["properties"] == {"plan": "pro"}
    left = next(m for m in sent.messages if m.get("event") == "$pageleave")
    assert left["context"]["page"]["path"] == "/shop"
    assert 0.5 < left["properties"]["duration"] < 20
    live.settled("$pageleave", (2, 1, 1))  # the second went out with the page itself
    first, second = (m["context"]["page"] for m in sent.messages if m["type"] == "page")
    assert (first["path"], second["path"]) == ("/shop", "/checkout")
    assert second["referrer"] == f"{site.url}/shop"


def test_nothing_is_sent_before_consent(live: Live, site: Site, browser: Browser) -> None:
    more = """
    const [yes, no] = document.querySelectorAll("button");
    yes.addEventListener("dblclick", () => wellheard.consent(true));
    no.addEventListener("dblclick", () => wellheard.consent(false));"""
    page = visitor(browser, [])
    sent = Sent(page, live)
    page.goto(shop(live, site, 'data-consent="required" data-remember', more))
    page.get_by_role("button", name="Pro").click()
    page.wait_for_timeout(900)
    assert sent.messages == []
    assert page.evaluate("localStorage.length") == 0
    page.get_by_role("button", name="Pro").dispatch_event("dblclick")
    page.wait_for_timeout(500)
    live.settled("page", (1, 1, 0))
    live.settled(NAME, (1, 1, 0))
    page.reload()
    page.wait_for_timeout(600)
    live.settled("page", (2, 1, 0))
    ids = {m["anonymousId"] for m in sent.messages}
    assert ids == {page.evaluate("localStorage.getItem('wellheard_id')")}, "remembered after they agreed"
    page.get_by_role("button", name="Other").dispatch_event("dblclick")
    page.get_by_role("button", name="Pro").click()
    page.wait_for_timeout(600)
    assert page.evaluate("localStorage.length") == 0
    live.settled(NAME, (1, 1, 0))
    page.context.close()


def test_who_asks_not_to_be_followed_is_not(live: Live, site: Site, browser: Browser) -> None:
    address = shop(live, site, more="wellheard.consent(true);")
    for refusal in ("globalPrivacyControl', { get: () => true", "doNotTrack', { get: () => '1'"):
        context = browser.new_context()
        context.add_init_script(f"Object.defineProperty(navigator, '{refusal} }})")
        page = context.new_page()
        sent = Sent(page, live)
        page.goto(address)
        page.get_by_role("button", name="Pro").click()
        page.wait_for_timeout(700)
        page.goto("about:blank")
        context.close()
        assert sent.messages == []


def test_a_server_that_is_busy_gets_it_later(live: Live, site: Site, browser: Browser) -> None:
    tries: list[int] = []

    def busy(route: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            route.fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"}, body="{}")
        else:
            route.continue_()

    context = browser.new_context()
    page = context.new_page()
    page.route("**/v1/b", busy)
    page.goto(shop(live, site))
    page.wait_for_timeout(5500)
    live.settled("page", (1, 1, 0))
    assert len(tries) == 2
    context.close()


def test_calls_before_it_is_there_are_kept(live: Live, site: Site, browser: Browser) -> None:
    site.files["/early.js"] = b'(window.wellheard = window.wellheard || []).push(["track", "Came Early", { n: 1 }]);'
    script = f'<script defer src="{live.url}/wellheard.js" data-key="{live.keys["write_key"]}" data-manual></script>'
    address = site.page("/early", live, NAME, f'<script src="/early.js"></script>{script}')
    page = visitor(browser, [])
    page.goto(address)
    page.wait_for_timeout(800)
    live.settled("Came Early", (1, 1, 0))
    live.settled("page", (0, 0, 0))
    page.context.close()
