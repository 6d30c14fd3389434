"""One server for all clients; a workspace for each."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.clients.flagged import Answers, Flagged, flagged_on
from tests.clients.live import CHROMIUM, Live, needs
from tests.clients.pages import Site, site_of
from tests.commands.shell import Shell

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    shell = Shell(tmp_path_factory.mktemp("clients"))
    keys = shell.init()
    with shell.serving():
        yield Live(shell, keys)


@pytest.fixture
def live(server: Live) -> Live:
    return server.another(f"shop-{next(_numbers)}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not os.environ.get("WELLHEARD_NEED_CLIENTS"):
        # Its loop stays in the thread, where Django's tests could not use the database any more.
        pytest.skip("clients in a browser run by themselves: make test-clients")
    needs(CHROMIUM, "Debian's chromium is not installed")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield found
        found.close()


@pytest.fixture
def site(live: Live) -> Iterator[Site]:
    with site_of(live) as found:
        yield found


@pytest.fixture(scope="session")
def shop(server: Live) -> Flagged:
    return flagged_on(server.another("flags"))


@pytest.fixture(scope="session")
def told(shop: Flagged) -> Answers:
    return shop.told()
