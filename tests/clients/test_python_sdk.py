"""segment-analytics-python against a real server, which is killed and stopped in the middle."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import segment.analytics
from segment.analytics.client import Client

from tests.commands.shell import Server, Shell


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, dict[str, str]]:
    shell = Shell(tmp_path_factory.mktemp("sdk"))
    return shell, shell.init()


@pytest.fixture
def served(prepared: tuple[Shell, dict[str, str]]) -> Iterator[tuple[Shell, dict[str, str], Server]]:
    shell, keys = prepared
    with shell.serving() as server:
        yield shell, keys, server


def client_of(shell: Shell, keys: dict[str, str], **more: Any) -> Client:
    segment.analytics.log = None
    return Client(keys["write_key"], host=shell.url, upload_interval=0.05, timeout=3, max_queue_size=10_000, **more)


def counted(shell: Shell, event: str, expected: int) -> dict[str, int]:
    """What the server counts, once it has had a moment."""
    end = time.monotonic() + 20
    while True:
        found: dict[str, int] = shell.json("ask", "count", "--workspace", "acme", "--event", event)
        if found["count"] >= expected or time.monotonic() > end:
            return found
        time.sleep(0.2)


def test_events_of_the_sdk_are_counted_once_each(served: tuple[Shell, dict[str, str], Server]) -> None:
    shell, keys, _ = served
    client = client_of(shell, keys)
    for n in range(30):
        client.identify(f"sdk{n}", {"email": f"sdk{n}@shop.example", "name": f"Person {n}"})
        client.group(f"sdk{n}", f"account{n % 3}", {"name": f"Account {n % 3}"})
        client.track(f"sdk{n}", "Opened", {"n": n}, context={"groupId": f"account{n % 3}"})
    client.track("sdk0", "Opened", {"again": True}, message_id="once")
    client.track("sdk0", "Opened", {"again": True}, message_id="once")
    client.flush()
    client.join()
    assert counted(shell, "Opened", 31) == {"count": 31, "people": 30, "accounts": 3}
    headers = {"Authorization": f"Bearer {keys['api_token']}"}
    end = time.monotonic() + 15
    while time.monotonic() < end:
        found = httpx.get(f"{shell.url}/api/people", params={"external_id": "sdk7"}, headers=headers).json()
        if found and found[0]["name"]:
            break
        time.sleep(0.2)
    assert (found[0]["name"], found[0]["email"]) == ("Person 7", "sdk7@shop.example")


def test_a_wrong_key_is_told_and_not_tried_again(served: tuple[Shell, dict[str, str], Server]) -> None:
    shell, _, _ = served
    errors: list[Any] = []
    client = client_of(shell, {"write_key": "wrong"}, on_error=lambda error, batch: errors.append(error))
    client.track("x", "Opened wrongly")
    began = time.monotonic()
    client.flush()
    client.join()
    assert time.monotonic() - began < 3
    assert errors
    assert "401" in str(errors[0]) or "unknown_write_key" in str(errors[0])


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(prepared: tuple[Shell, dict[str, str]]) -> None:
    shell, keys = prepared
    client = client_of(shell, keys, upload_size=10, max_retries=30)
    total = 1500
    sent = 0
    with shell.serving() as first:
        while sent < total // 2:
            client.track(f"p{sent % 50}", "Survived", {"n": sent})
            sent += 1
        time.sleep(0.3)
        began = time.monotonic()
        first.kill(signal.SIGKILL)
        assert first.family() == [], "parent and child are gone"
        assert time.monotonic() - began < 5
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", shell.port))  # free at once
    while sent < total:
        client.track(f"p{sent % 50}", "Survived", {"n": sent})
        sent += 1
    with shell.serving():
        client.flush()
        client.join()
        assert counted(shell, "Survived", total) == {"count": total, "people": 50, "accounts": 0}


def test_only_the_child_killed_leaves_nothing_behind_either(prepared: tuple[Shell, dict[str, str]]) -> None:
    shell, _ = prepared
    with shell.serving() as server:
        (child, *_) = [c for c in server.children if c]
        subprocess.run(["kill", "-9", str(child)], check=True)
        end = time.monotonic() + 15
        while server.process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        assert server.process.poll() not in (None, 0), "whoever watches over it sees the failure"
        assert server.family() == []


def test_a_stop_is_clean_and_quick(prepared: tuple[Shell, dict[str, str]]) -> None:
    shell, _ = prepared
    with shell.serving() as server:
        assert (shell.data / "server.json").exists()
        assert server.children
        began = time.monotonic()
        server.kill(signal.SIGTERM)
        assert time.monotonic() - began < 8
        assert server.family() == []
        assert not (shell.data / "server.json").exists(), "the folder was let go of in order"


def test_an_import_started_on_the_page_survives_a_kill(prepared: tuple[Shell, dict[str, str]]) -> None:
    shell, _ = prepared
    rows = 6000
    content = "id,text\n" + "".join(f"{n},{'' if n % 100 == 0 else f'said {n}'}\n" for n in range(rows))
    link = shell.json("member", "link", "olga@acme.example")["sign_in"]

    with shell.serving() as first, httpx.Client(base_url=shell.url, follow_redirects=True) as page:
        path = httpx.URL(link).path

        def press(address: str, **more: Any) -> httpx.Response:
            page.get(address)
            data = {"csrfmiddlewaretoken": page.cookies["csrftoken"], **more.pop("data", {})}
            return page.post(address, data=data, headers={"Referer": shell.url}, **more)

        assert press(path).status_code == 200
        reply = press(
            "/w/acme/listen/imports", data={"what": "voices", "source": "big"}, files={"file": ("big.csv", content)}
        )
        assert reply.status_code == 200, reply.text
        assert str(reply.url).endswith("/mapping"), reply.url
        address = reply.url.path.removesuffix("/mapping")
        token = {"csrfmiddlewaretoken": page.cookies["csrftoken"], "do": "store"}
        assert page.post(f"{address}/do", data=token, headers={"Referer": shell.url}).status_code == 200
        end = time.monotonic() + 20
        while time.monotonic() < end and _stored(shell) == 0:
            time.sleep(0.02)
        first.kill(signal.SIGKILL)
    part = _stored(shell)
    assert 0 < part < rows, "killed in the middle"
    with shell.serving(), httpx.Client(base_url=shell.url, cookies=dict(page.cookies)) as again:
        end = time.monotonic() + 40
        while time.monotonic() < end and "<progress" in again.get(address).text:
            time.sleep(0.2)
        text = again.get(address).text
        refused = again.get(f"{address}/refused.csv").text
    assert "<b>Stored</b>" in text
    assert _stored(shell) == rows - rows // 100
    lines = [line.split(",")[0] for line in refused.splitlines()[1:]]
    assert lines == [str(n + 2) for n in range(0, rows, 100)], "each refused row once"


def _stored(shell: Shell) -> int:
    import sqlite3

    with sqlite3.connect(f"file:{shell.data / 'wellheard.sqlite3'}?mode=ro", uri=True) as db:
        return int(db.execute("SELECT count(*) FROM listen_voice WHERE source = 'big'").fetchone()[0])


def test_the_first_answer_comes_soon(prepared: tuple[Shell, dict[str, str]]) -> None:
    shell, _ = prepared
    server = Server(shell)
    try:
        assert server.wait() < 20
    finally:
        server.kill(signal.SIGTERM)


def test_a_second_server_on_the_folder_is_refused(served: tuple[Shell, dict[str, str], Server]) -> None:
    shell, _, _ = served
    second = subprocess.run(
        [sys.executable, "-m", "wellheard", "serve", "--port", "0"], env=shell.environment, cwd=shell.folder,
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert "holds the data folder" in second.stderr


def test_server_file_is_for_its_owner_only(served: tuple[Shell, dict[str, str], Server]) -> None:
    shell, _, _ = served
    for name in ("server.json", "secret_key"):
        assert (Path(shell.data) / name).stat().st_mode & 0o077 == 0
    assert httpx.post(f"{shell.url}/-/command", json={"argv": ["workspace", "list"], "cwd": "/"}).status_code == 404
