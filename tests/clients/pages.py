"""Pages of a customer's product, on another origin and under a strict content policy, in a real browser."""

from __future__ import annotations

import functools
import html
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser, Page

from tests.clients.live import HERE, Live, needs_npm_clients

BODY = (
    '<!doctype html><title>waiting</title><body data-host="{host}" data-key="{key}" data-name="{name}">'
    "<h1>Shop</h1>{more}"
)


class Site:
    """`files` are what the site serves by path; every page forbids everything but its own and Wellheard's scripts."""

    def __init__(self, allowed: str) -> None:
        self.files: dict[str, bytes] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = site.files.get(self.path.partition("?")[0])
                self.send_response(200 if found is not None else 404)
                kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
                self.send_header("Content-Type", kind)
                self.send_header(
                    "Content-Security-Policy",
                    f"default-src 'none'; script-src 'self' {allowed}; connect-src {allowed}",
                )
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, path: str, live: Live, name: str, more: str) -> str:
        said = {"host": live.url, "key": live.keys["write_key"], "name": name}
        self.files[path] = BODY.format(more=more, **{k: html.escape(v) for k, v in said.items()}).encode()
        return self.url + path


@contextmanager
def site_of(live: Live) -> Iterator[Site]:
    site = Site(live.url)
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()


def until_quiet(page: Page, seen: Callable[[], int], milliseconds: int, some: bool = True) -> None:
    """Until something was seen (with `some`) and then nothing more for so long: how soon a library sends depends on the machine.
    Gives up after twenty seconds; what is missing then, the test will say."""
    end, held, since = time.monotonic() + 20, seen(), time.monotonic()
    while time.monotonic() < end:
        page.wait_for_timeout(100)
        if seen() != held:
            held, since = seen(), time.monotonic()
        elif (held or not some) and time.monotonic() - since > milliseconds / 1000:
            return


@functools.cache
def bundled(library: str) -> bytes:
    """The library as a team's build would ship it."""
    needs_npm_clients()
    done = subprocess.run(
        [str(HERE / "node_modules/.bin/esbuild"), str(HERE / "browser" / f"{library}.js"), "--bundle", "--minify",
         "--format=iife", "--define:process.env.NODE_ENV=\"production\""],
        capture_output=True, check=False, timeout=120, cwd=HERE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def visitor(browser: Browser, complaints: list[str], **options: Any) -> Page:
    """An empty page of somebody who was never here."""
    # A browser that says it is driven by a program is left alone by some libraries.
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
    context = browser.new_context(**({"user_agent": agent} | options))
    context.add_init_script("Object.defineProperty(navigator, 'webdriver', { get: () => false })")
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    return page
