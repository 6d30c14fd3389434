"""A language model proposes a name: only where the operator and an owner allowed it, only on a press, only quotes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from wellheard.core.models import Entry
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.understand.models import Theme, ThemeVoice
from wellheard.understand.services import encoding, naming
from wellheard.understand.writing_model import Unavailable


class Model(HTTPServer):
    """Answers as an OpenAI-compatible server does, and keeps what it was sent."""

    status = 200
    answer: bytes = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []

    def says(self, content: str) -> None:
        self.answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


class Handler(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append({"path": self.path, "key": self.headers.get("authorization"), "body": json.loads(raw)})
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("location", "http://169.254.169.254/latest/")
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    served = Model()
    threading.Thread(target=served.serve_forever, daemon=True).start()
    monkeypatch.setattr(settings, "MODEL_URL", f"http://127.0.0.1:{served.server_port}/v1")
    monkeypatch.setattr(settings, "MODEL_NAME", "small")
    monkeypatch.setattr(settings, "MODEL_KEY", "k-123")
    yield served
    served.shutdown()
    served.server_close()


@pytest.fixture
def theme(access: Access) -> Theme:
    made = Theme.objects.create(workspace=access.workspace, name="Excel, export", size=20)
    person = Person.objects.create(workspace=access.workspace, name="Petra Privat", email="petra@private.example")
    for n in range(20):
        said = Voice.objects.create(
            workspace=access.workspace, text=f"Export {n} opens broken in Excel. " + "x" * 900, said_at=timezone.now(),
            author=person,
        )  # fmt: skip
        ThemeVoice.objects.create(theme=made, voice=said, rank=n)
    return made


def test_a_member_presses_and_sees_a_proposal_that_is_not_stored(
    access: Access, as_owner: Client, theme: Theme, model: Model
) -> None:
    encoding.choose(access, "", uses_model=True)
    model.says('Sure! {"name": "Exports open broken in Excel", "summary": "Bookkeepers cannot read exports."}')
    page = as_owner.post(f"/w/{access.workspace.slug}/understand/themes/{theme.pk}/propose").content.decode()
    assert "Exports open broken in Excel" in page
    assert "Bookkeepers cannot read exports." in page
    theme.refresh_from_db()
    assert theme.name == "Excel, export"
    assert Entry.objects.get(verb="model.asked").data == {"host": f"127.0.0.1:{model.server_port}", "quotes": 12}


def test_only_twelve_short_quotes_go_out_and_nobodys_name(access: Access, theme: Theme, model: Model) -> None:
    encoding.choose(access, "", uses_model=True)
    model.says('{"name": "n", "summary": "s"}')
    naming.propose(access, theme)
    (asked,) = model.asked
    assert asked["path"] == "/v1/chat/completions"
    assert asked["key"] == "Bearer k-123"
    assert asked["body"]["model"] == "small"
    quotes = json.loads(asked["body"]["messages"][1]["content"])
    assert len(quotes) == 12
    assert all(len(q) <= 400 for q in quotes)
    assert "petra" not in json.dumps(asked["body"]).lower()


def test_nothing_is_sent_before_an_owner_allows_it(
    access: Access, as_owner: Client, theme: Theme, model: Model
) -> None:
    page = as_owner.post(f"/w/{access.workspace.slug}/understand/themes/{theme.pk}/propose")
    assert page.status_code == 422
    assert "An owner can allow it" in page.content.decode()
    assert model.asked == []


def test_without_an_address_in_the_settings_nobody_is_asked(access: Access, theme: Theme) -> None:
    encoding.choose(access, "", uses_model=True)
    assert naming.may_ask(access.workspace) == ""
    with pytest.raises(Unavailable, match="No language model"):
        naming.propose(access, theme)


@pytest.mark.parametrize(
    "content", ["no JSON at all", '{"name": 3, "summary": "s"}', '{"name": "n"}', "}{", '["a", "b"]', '{"name":' * 5000]
)
def test_an_odd_answer_is_said_and_changes_nothing(access: Access, theme: Theme, model: Model, content: str) -> None:
    encoding.choose(access, "", uses_model=True)
    model.says(content)
    with pytest.raises(Unavailable, match="something else"):
        naming.propose(access, theme)


@pytest.mark.parametrize("status", [302, 401, 500])
def test_a_refusal_or_a_redirect_is_not_followed(access: Access, theme: Theme, model: Model, status: int) -> None:
    encoding.choose(access, "", uses_model=True)
    model.status = status
    with pytest.raises(Unavailable, match=str(status)):
        naming.propose(access, theme)
    assert len(model.asked) == 1


def test_a_flood_is_cut_off(access: Access, theme: Theme, model: Model) -> None:
    encoding.choose(access, "", uses_model=True)
    model.answer = b"x" * 600_000
    with pytest.raises(Unavailable, match="far too much"):
        naming.propose(access, theme)


def test_a_server_that_is_away_is_said(
    access: Access, theme: Theme, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding.choose(access, "", uses_model=True)
    monkeypatch.setattr(settings, "MODEL_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(Unavailable, match="could not be reached"):
        naming.propose(access, theme)


def test_what_the_model_says_is_shown_as_text(access: Access, as_owner: Client, theme: Theme, model: Model) -> None:
    encoding.choose(access, "", uses_model=True)
    model.says(json.dumps({"name": '"><script>alert(1)</script>', "summary": "</textarea><script>x</script>"}))
    page = as_owner.post(f"/w/{access.workspace.slug}/understand/themes/{theme.pk}/propose").content.decode()
    assert "<script>alert" not in page
    assert "<script>x" not in page
