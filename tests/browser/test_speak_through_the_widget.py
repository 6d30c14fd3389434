"""A visitor of another site speaks through the widget: by keyboard, under the strictest policy a page can have."""

from __future__ import annotations

import re
import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server

PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><title>Shop</title></head><body><main><h1>Shop</h1><p>Our shop.</p>
<button id="own">Our button</button></main><script async src="{url}/widget.js" data-workspace="tally" {more}></script></body></html>"""


def red_dot() -> bytes:
    """A picture of three by two."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + b"\xff\0\0" * 3 for _ in range(2))
    head = struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


class Shop:
    """A page of somebody else's, that forbids all but our address as script and connection, and any markup from strings."""

    def __init__(self, wellheard: str) -> None:
        shop = self
        self.more, self.lang = "", "en"

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/cart?secret=1" or self.path == "/cart" else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header(
                    "Content-Security-Policy",
                    f"default-src 'none'; script-src {wellheard}; connect-src {wellheard}; require-trusted-types-for 'script'; trusted-types 'none'",
                )
                self.end_headers()
                way = "rtl" if shop.lang == "ar" else "ltr"
                self.wfile.write(PAGE.format(url=wellheard, more=shop.more, lang=shop.lang, dir=way).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}/cart?secret=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shop(server: Server) -> Iterator[Shop]:
    made = Shop(server.url)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def visit(browser: Browser, shop: Shop) -> Iterator[Any]:
    """Opens the shop's page; fails at the end on any complaint of the browser."""
    contexts, complaints = [], []

    def opened(width: int = 1280, scheme: str = "light", **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: complaints.append(str(e)))
        page.goto(shop.url)
        return page

    yield opened
    for context in contexts:
        context.close()
    complaints = [c for c in complaints if "favicon" not in c]
    assert not complaints, complaints


def test_a_visitor_says_something_by_keyboard_and_reads_the_answer(server: Server, visit: Any, open_page: Any) -> None:
    page = visit()
    requests: list[str] = []
    page.on("request", lambda r: requests.append(r.url))
    button = page.get_by_role("button", name="Feedback")
    expect(button).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0
    assert requests == [], "nothing is asked of the network before it is opened"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    box = page.get_by_label("What would make this better for you?")
    expect(box).to_be_focused()
    page.keyboard.type("The basket forgets what I put in")
    page.get_by_text("What is sent with it").click()
    expect(page.get_by_text(re.compile(r"^http://localhost:\d+/cart$"))).to_be_visible()
    with page.expect_response("**/widget/tally/say") as kept:
        page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. It has arrived.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()

    console = open_page(f"/w/tally/listen/voices/{kept.value.json()['id']}")
    expect(console.get_by_text("The basket forgets what I put in").first).to_be_visible()
    console.get_by_label(re.compile("^Answer ")).fill("We found it; it stays from tomorrow on.")
    console.get_by_role("button", name="Answer", exact=True).click()
    expect(console.get_by_text("We found it; it stays from tomorrow on.")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="Feedback").click()
    page.get_by_role("tab", name="Say something").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Answers")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("We found it; it stays from tomorrow on.")).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Report a bug")).to_have_attribute("aria-selected", "true")


def test_a_bug_comes_with_a_picture_the_visitor_chose(server: Server, visit: Any, open_page: Any) -> None:
    page = visit()
    page.get_by_role("button", name="Feedback").click()
    page.get_by_role("tab", name="Report a bug").click()
    page.get_by_label("What went wrong, and what did you expect?").fill("The total is red and wrong")
    page.locator("input[type=file]").set_input_files(
        {"name": "secret-name.png", "mimeType": "image/png", "buffer": red_dot()}
    )
    expect(page.get_by_role("img", name="The picture that will be sent")).to_be_visible()
    expect(page.get_by_label("What went wrong, and what did you expect?")).to_have_value("The total is red and wrong")
    with page.expect_response("**/widget/tally/say") as kept:
        page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you. It has arrived.")).to_be_visible()
    console = open_page(f"/w/tally/listen/voices/{kept.value.json()['id']}")
    sent = console.get_by_alt_text("The picture they sent with it")
    expect(sent).to_be_visible()
    assert sent.evaluate("i => i.decode().then(() => [i.naturalWidth, i.naturalHeight])") == [3, 2]


def test_an_empty_word_and_a_closed_door_are_said(visit: Any, shop: Shop) -> None:
    page = visit()
    page.get_by_role("button", name="Feedback").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Write something first.")
    page.get_by_label("What would make this better for you?").fill("Words that must not be lost")
    page.evaluate("void (window.fetch = () => Promise.reject(new TypeError('away')))")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("It did not arrive. Your words are still here: try again.")
    expect(page.get_by_label("What would make this better for you?")).to_have_value("Words that must not be lost")


@pytest.mark.parametrize(
    ("width", "scheme", "lang"),
    [(1280, "light", "en"), (390, "dark", "ar"), (390, "light", "de"), (1280, "dark", "fr")],
)
def test_it_can_be_used_by_everybody(visit: Any, shop: Shop, width: int, scheme: str, lang: str) -> None:
    shop.lang = lang
    page = visit(width, scheme)
    page.get_by_role("button", name="Feedback").click()
    expect(page.get_by_role("tab").first).to_be_visible()
    for tab in range(4):
        page.get_by_role("tab").nth(tab).click()
        page.wait_for_timeout(150)
        found = Axe().run(page, context="wellheard-widget")
        wrong = [
            v
            for v in found.response["violations"]
            if v["id"] not in ("region", "landmark-one-main", "page-has-heading-one")
        ]
        assert not wrong, wrong
    panel = page.get_by_role("dialog").bounding_box()
    assert panel is not None
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it never widens the page"


def test_a_page_opens_it_from_its_own_button(visit: Any, shop: Shop) -> None:
    shop.more = 'data-button="off" data-lang="de"'
    page = visit()
    page.wait_for_function("window.wellheardWidget && document.querySelector('wellheard-widget')")
    assert page.get_by_role("button", name="Feedback").count() == 0
    page.locator("#own").focus()
    page.evaluate("wellheardWidget.open('news')")
    expect(page.get_by_role("tab", name="Neues")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("article").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#own")).to_be_focused()


def test_it_never_slows_the_page_down(visit: Any) -> None:
    page = visit()
    page.get_by_role("button", name="Feedback").wait_for()
    shifts = page.evaluate(
        "new Promise(done => { let sum = 0; new PerformanceObserver(l => l.getEntries().forEach(e => sum += e.value))"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 200); })"
    )
    assert shifts == 0, "nothing on the page moves"
    render = page.evaluate(
        "performance.getEntriesByType('resource').filter(e => e.name.includes('widget.js'))[0].renderBlockingStatus"
    )
    assert render == "non-blocking"
