"""A live server that unchanged client libraries talk to, and what it has counted."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands.shell import Shell

HERE = Path(__file__).parent
NEEDED = bool(os.environ.get("WELLHEARD_NEED_CLIENTS"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def needs(there: object, what: str) -> None:
    """Skips in clear words, or fails where every client has to be there."""
    if there:
        return
    if NEEDED:
        pytest.fail(what)
    pytest.skip(what)


def needs_npm_clients() -> None:
    needs(shutil.which("node"), "node is not installed")
    needs((HERE / "node_modules").is_dir(), "the npm clients are not installed: make test-clients")


@dataclass
class Live:
    """One workspace on a running server."""

    shell: Shell
    keys: dict[str, str]

    @property
    def url(self) -> str:
        return self.shell.url

    def ask(self, path: str, **query: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.keys['api_token']}"}
        answer = httpx.get(f"{self.url}/api/{path}", params=query, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def count(self, event: str) -> tuple[int, int, int]:
        """(events, people, accounts)"""
        found = self.ask("ask/count", event=event)
        return found["count"], found["people"], found["accounts"]

    def settled(self, event: str, expected: tuple[int, int, int]) -> None:
        """It becomes this and stays so: a client that tries again adds nothing."""
        end = time.monotonic() + 20
        while self.count(event) != expected and time.monotonic() < end:
            time.sleep(0.2)
        assert self.count(event) == expected, self.ask("ask/refused")
        time.sleep(1.0)
        assert self.count(event) == expected
        assert self.ask("ask/refused")["refused"] == []

    def person(self, id_: str) -> dict[str, Any]:
        end = time.monotonic() + 15
        found: list[dict[str, Any]] = []
        while time.monotonic() < end and not (found and found[0]["email"]):
            time.sleep(0.2)
            found = self.ask("people", external_id=id_)
        assert found, f"{id_} is not known"
        return found[0]

    def another(self, slug: str) -> Live:
        """A workspace of its own on the same server, so that the same people can come by every library."""
        return Live(self.shell, self.shell.json("workspace", "create", slug, "--name", slug))

    def node(self, script: str, name: str) -> None:
        needs_npm_clients()
        done = subprocess.run(
            ["node", str(HERE / "node" / f"{script}.mjs")], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "HOST": self.url, "KEY": self.keys["write_key"], "NAME": name},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
