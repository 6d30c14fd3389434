"""No address that comes from outside is ever opened: what cannot reach out cannot be made to."""

from __future__ import annotations

import ast
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.core import ratelimit
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.services import billing, billing_work

ROOT = Path(__file__).parents[2] / "wellheard"
REACHING = {
    "httpx", "httpcore", "requests", "aiohttp", "urllib.request", "http.client", "socket", "ftplib", "smtplib", "telnetlib", "xmlrpc.client",
    "urllib3", "paramiko", "asyncio",
}  # fmt: skip
# Who may, and what for. Whoever adds a line says how far it can be led: see the tests of T18 and T19 it then needs.
ALLOWED = {
    ("__main__.py", "httpx"),  # the command line asks the server of the same data folder, on this machine
    ("core/background.py", "socket"),  # the name of this machine
    ("commands/running_commands.py", "socket"),  # whether a port is free, before it is listened on
    (
        "portal/oidc.py",
        "httpx",
    ),  # the issuer, which is a setting: bounded in size and time, follows nothing (test_sign_in_elsewhere)
    ("core/http.py", "httpcore"),  # what somebody typed, checked at each connection (test_call_another_machine)
    ("core/http.py", "socket"),
    ("understand/writing_model.py", "httpx"),  # an address in the operator's settings, on a press (test_ask_a_model)
    ("portal/doors.py", "smtplib"),  # the names of errors; the mail server is a setting
    ("tell/services/post.py", "smtplib"),
    ("decide/tasks.py", "smtplib"),
    ("measure/tasks.py", "smtplib"),
    ("measure/dashboards/subscribing.py", "smtplib"),
}
AWAY = [
    "http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:10.0.0.1]/", "http://2130706433/", "http://0.0.0.0:80/",
    "http://localhost.evil.example/", "file:///etc/passwd", "gopher://10.0.0.1:6379/_x",
]  # fmt: skip


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return found


def test_T18_T19_only_these_modules_can_reach_another_machine() -> None:
    reaching = {
        (str(path.relative_to(ROOT)), name)
        for path in ROOT.rglob("*.py")
        for name in imports(path)
        if name in REACHING or name.split(".")[0] in REACHING
    }
    assert {(p, n.split(".")[0]) for p, n in reaching} == ALLOWED


@pytest.fixture
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every attempt to connect or to look up a name, none of which succeeds."""
    tried: list[Any] = []

    def refuse(*args: Any, **kwargs: Any) -> Any:
        tried.append(args[-1:])
        raise OSError("nobody may be reached")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    return tried


@pytest.mark.parametrize("url", AWAY)
def test_T18_an_address_in_what_comes_in_is_kept_as_words_only(
    url: str, town: Town, access: Access, made: Any, nobody_answers: list[Any]
) -> None:
    ratelimit.forget()
    visitor, text = Client(), f"Look at {url} please"
    visitor.post("/p/acme/post", {"title": text, "text": f"![x]({url}) <img src='{url}'> [a]({url})"})
    visitor.post(
        "/widget/acme/say",
        {"text": text, "context": json.dumps({"page": url})},
        headers={"Origin": "https://shop.example"},
    )
    api = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    api.post("/api/voices", json.dumps({"text": text, "who": "ann"}), content_type="application/json")
    stripe = billing.make(access, "Stripe")
    kept = billing.keep(stripe, {
        "id": "evt_1", "type": "customer.created", "created": 1, "data": {"object": {"object": "customer", "id": "cus_1", "address": url, "email": f"a@{url}"}},
    })  # fmt: skip
    assert kept is not None
    billing_work.work(kept.pk)
    assert Voice.objects.filter(text__contains=url[:12]).count() >= 2
    for page in ("/p/acme/", "/p/acme/changelog.atom"):
        visitor.get(page)
    assert nobody_answers == []
