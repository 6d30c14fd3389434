"""A real server with the sample product, and a real browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
expect.set_options(timeout=20_000)  # machines that run this are small and busy
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM or os.environ.get("WELLHEARD_NEED_BROWSER"):
        return
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.skip(reason="Debian's chromium is not installed"))


class Server:
    """`wellheard serve` on a data folder of its own, with the sample loaded."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, "WELLHEARD_DATA": str(folder), "WELLHEARD_URL": self.url}
        self.environment.pop("DATABASE_URL", None)
        self.log = (folder / "server.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wellheard", "demo", f"--port={port}"],
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )
        for _ in range(400):
            try:
                if httpx.get(f"{self.url}/-/health", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                assert self.process.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.3)
        raise AssertionError("the server did not start:\n" + (folder / "server.log").read_text())

    def run(self, *arguments: str) -> str:
        """A command line, typed while the server runs."""
        done = subprocess.run(
            [sys.executable, "-m", "wellheard", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sign_in_link(self, email: str = "ines@tally.example") -> str:
        found = re.search(r"/enter/\S+", self.run("member", "link", email))
        assert found
        return self.url + found[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("browser"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def signed_in(server: Server, browser: Browser) -> Any:
    """The cookies of an owner who came in by the one-time link."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.sign_in_link())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/w/tally/"))
    state = context.storage_state()
    context.close()
    return state


class Complaints(list[str]):
    """What the browser complained about: script errors, blocked resources, policy violations."""


@pytest.fixture
def open_page(server: Server, browser: Browser, signed_in: Any) -> Iterator[Any]:
    """`open_page(path, width, scheme, member)` → page; fails at the end on any complaint of the browser."""
    contexts: list[BrowserContext] = []
    complaints = Complaints()

    def opened(path: str, width: int = 1280, scheme: str = "light", member: bool = True) -> Page:
        context = browser.new_context(
            storage_state=signed_in if member else None, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(f"{path}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda e: complaints.append(f"{path}: {e}"))
        reply = page.goto(server.url + path)
        assert reply is not None
        assert reply.status == 200, f"{path} answered {reply.status}"
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints, complaints
