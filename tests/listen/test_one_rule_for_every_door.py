"""T10: what may be said is the same whether it comes by page, API, command, file, webhook or letter."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client

from wellheard.__main__ import run
from wellheard.core import background, ratelimit
from wellheard.listen.models import Voice
from wellheard.listen.queries.connections import mailbox
from wellheard.listen.services import connections, imports
from wellheard.listen.services import mail as letters
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services import workspaces

Door = Callable[[str], None]


@pytest.fixture
def doors(access: Access, as_owner: Client, owner: Member, tmp_path: Path) -> dict[str, Door]:
    ratelimit.forget()
    _, token = workspaces.make_token(access, "t", Role.EDITOR)
    github, mail = connections.connect(access, "github"), connections.connect(access, "mail")

    def page(text: str) -> None:
        as_owner.post("/w/acme/listen/capture", {"text": text})

    def api(text: str) -> None:
        Client().post(
            "/api/voices",
            json.dumps({"text": text}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    def command(text: str) -> None:
        run(["capture", text, "--workspace", "acme"])

    def file(text: str) -> None:
        path = tmp_path / "v.jsonl"
        path.write_bytes(json.dumps({"id": "1", "text": text}).encode())
        with suppress(ValueError):  # no row at all can be read
            imports.run(imports.start_import(access, "voices", path, {}, "file").pk)

    def webhook(text: str) -> None:
        issue = {
            "node_id": "I",
            "title": "",
            "body": text,
            "user": {"login": "a"},
            "created_at": "2026-03-01T10:00:00Z",
            "html_url": "https://github.com/a/b/issues/1",
        }
        raw = json.dumps({"action": "opened", "issue": issue}).encode()
        signature = hmac.new(github.secret.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={signature}", "X-GitHub-Delivery": "1", "X-GitHub-Event": "issues"}
        Client().post(f"/hooks/github/{github.public_id}", raw, content_type="application/json", headers=headers)
        background.run_all()

    def letter(text: str) -> None:
        made = EmailMessage()
        made["From"], made["Message-ID"] = "a@shop.example", "<1@x>"
        made.set_content(text.encode("utf-8", "replace").decode())
        letters.receive(made.as_bytes(), [mailbox(mail)])
        background.run_all()

    return {"page": page, "api": api, "command": command, "file": file, "webhook": webhook, "letter": letter}


SAYABLE = {
    "plain": "Export is slow", "emoji": "I ❤ it 👩‍👩‍👧", "right to left": "التصدير بطيء", "combining": "Zoë" + "\u0301" * 5,
    "script": "<script>alert(1)</script>", "formula": '=cmd|"/c calc"!A1', "template": "{{ 7*7 }} {% if %}", "long": "x" * 50_000,
}  # fmt: skip
UNSAYABLE = {"empty": "", "spaces": "  \n ", "too long": "x" * 50_001, "NUL": "a\x00b", "half a character": "a\ud800b"}


@pytest.mark.parametrize("door", ["page", "api", "command", "file", "webhook", "letter"])
@pytest.mark.parametrize("what", SAYABLE)
def test_T10_what_people_may_say_arrives_as_it_was(doors: dict[str, Door], door: str, what: str) -> None:
    doors[door](SAYABLE[what])
    assert Voice.objects.get().text == SAYABLE[what]


@pytest.mark.parametrize("door", ["page", "api", "command", "file", "webhook"])
@pytest.mark.parametrize("what", UNSAYABLE)
def test_T10_what_nobody_can_say_is_refused_at_every_door(doors: dict[str, Door], door: str, what: str) -> None:
    if door == "page" and what == "half a character":
        pytest.skip("no form can send it")
    doors[door](UNSAYABLE[what])
    assert not Voice.objects.exists()


@pytest.mark.parametrize("what", UNSAYABLE)
def test_T10_a_letter_is_kept_without_what_no_database_holds(doors: dict[str, Door], what: str) -> None:
    doors["letter"](UNSAYABLE[what])
    held = [v.text for v in Voice.objects.all()]
    assert held in ([], ["ab"], ["a?b"]), "a NUL is dropped, as mail programs do; too much or nothing is refused"
