"""Addresses that somebody typed are called only on the open internet, at the very address that was checked, and not for long."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from wellheard.core import http

CLOSED = [
    "https://127.0.0.1/", "https://127.1/", "https://0/", "https://0.0.0.0/", "https://2130706433/", "https://0x7f000001/",
    "https://0177.0.0.1/", "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[fe80::1]/",
    "https://[fd00::1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[::7f00:1]/", "https://224.0.0.1/",
    "https://localhost/", "https://printer.local/", "https://metadata.google.internal/", "https://intranet/",
]  # fmt: skip
ODD = [
    "http://example.com/", "https://example.com:22/", "https://user:pw@example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://x/",
    "https://", "https:///x", "example.com", "https://exa mple.com/", "https://example.com/\r\nHost: x", "https://example.com\\@127.0.0.1/", "https://[::1",
    "https://example.com:99999/", "https://example.com/" + "x" * 600,
]  # fmt: skip


@pytest.mark.parametrize("url", CLOSED)
def test_T18_addresses_within_are_refused_when_they_are_typed_and_when_they_are_called(url: str) -> None:
    with pytest.raises(http.Refused):
        http.check_address(url)
    with pytest.raises(http.Refused):
        http.post(url, b"", {})


@pytest.mark.parametrize("url", ODD)
def test_T18_what_is_no_plain_https_address_is_refused(url: str) -> None:
    with pytest.raises(http.Refused):
        http.check_address(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "https://8.8.8.8/", "https://hooks.example.com:8443/x?y=1"]
)
def test_an_open_address_is_taken_as_typed(url: str) -> None:
    assert http.check_address(url) == url


Speak = Callable[[socket.socket], None]


class Peer:
    """A plain server that hears one request at a time and says whatever the test wants."""

    def __init__(self, speak: Speak) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.heard: list[bytes] = []
        self.speak = speak
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                raw = connection.recv(65536)
                if b"Content-Length: 7\r\n" in raw and not raw.endswith(b"}"):
                    raw += connection.recv(65536)
                self.heard.append(raw)
                try:
                    self.speak(connection)
                except OSError:
                    continue


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Speak], Peer]]:
    """A peer of our own network that the operator allows by its name."""
    made: list[Peer] = []
    monkeypatch.setattr(settings, "OUTGOING_PRIVATE_HOSTS", ["127.0.0.1"])

    def make(speak: Speak) -> Peer:
        made.append(Peer(speak))
        return made[-1]

    yield make
    for one in made:
        one.socket.close()


def says(raw: bytes) -> Speak:
    return lambda connection: connection.sendall(raw)


def test_a_named_machine_of_our_own_network_is_called(peer: Callable[[Speak], Peer]) -> None:
    there = peer(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: test\r\n\r\nok"))
    found = http.post(f"http://127.0.0.1:{there.port}/hook", b'{"a":1}', {"Content-Type": "application/json"})
    assert (found.status, found.body, found.headers["x-kind"]) == (200, b"ok", "test")
    assert there.heard[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert b'{"a":1}' in there.heard[0]


def test_T18_a_redirect_is_not_followed(peer: Callable[[Speak], Peer]) -> None:
    there = peer(says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"))
    assert http.post(f"http://127.0.0.1:{there.port}/", b"", {}).status == 302
    assert len(there.heard) == 1


def test_T18_a_name_that_changes_between_check_and_call_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: open when it was typed, within when it is called; and one closed address among open ones."""
    answers: list[list[str]] = [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]]
    called: list[Any] = []

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (n, port)) for n in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(http.httpcore.SyncBackend, "connect_tcp", lambda *a, **k: called.append(a))
    for _ in range(2):
        assert http.check_address("https://rebind.example/") == "https://rebind.example/"
        with pytest.raises(http.Refused, match="private network"):
            http.post("https://rebind.example/", b"", {})
    assert called == []


def test_T18_the_connection_goes_to_the_very_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[Any, ...]] = []

    def connect(self: Any, host: str, port: int, *rest: Any) -> Any:
        called.append((host, port))
        raise http.httpcore.ConnectError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", lambda h, p, **_: [(2, 1, 6, "", ("93.184.216.34", p))])
    monkeypatch.setattr(http.httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(http.Failed):
        http.post("https://example.com/", b"", {})
    assert called == [("93.184.216.34", 443)]


def test_T19_an_endless_answer_is_cut_off(peer: Callable[[Speak], Peer]) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10_000):
            connection.sendall(b"x" * 65536)

    found = http.get(f"http://127.0.0.1:{peer(flood).port}/", {})
    assert len(found.body) == http.MOST_BYTES


def test_T19_a_packed_answer_is_not_unpacked(peer: Callable[[Speak], Peer]) -> None:
    packed = gzip.compress(b"0" * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    found = http.get(f"http://127.0.0.1:{peer(says(head + packed)).port}/", {})
    assert found.body == packed[: http.MOST_BYTES]


@pytest.mark.parametrize(
    "first", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["in the head", "in the body"]
)
def test_T19_a_slow_peer_does_not_hold_a_worker(
    peer: Callable[[Speak], Peer], monkeypatch: pytest.MonkeyPatch, first: bytes
) -> None:
    monkeypatch.setattr(http, "WHOLE", 0.6)

    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(200):
            time.sleep(0.05)
            connection.sendall(b"x: y\r\n")

    began = time.monotonic()
    with pytest.raises(http.Failed, match="Timeout"):
        http.get(f"http://127.0.0.1:{peer(drip).port}/", {})
    assert time.monotonic() - began < 8


def test_nobody_there_is_said(peer: Callable[[Speak], Peer]) -> None:
    with pytest.raises(http.Failed, match="could not be reached"):
        http.get("http://127.0.0.1:9/", {})
    with pytest.raises(http.Failed, match="not known"):
        http.addresses("no-such-name.invalid", 443)


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_open_addresses_are_open(text: str) -> None:
    assert http.is_open(ipaddress.ip_address(text))
