"""Connections, imports and many voices at once, over the API and on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.core import background
from wellheard.core.models import Entry
from wellheard.listen.models import Connection, Import, Voice
from wellheard.listen.services import imports, uploads
from wellheard.listen.services.reading import Manual
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services import workspaces


@pytest.fixture
def call(access: Access) -> Any:
    _, token = workspaces.make_token(access, "t", Role.EDITOR)

    def asked(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        reply = getattr(Client(), method)(f"/api/{path}", headers={"Authorization": f"Bearer {token}"}, **data)
        return reply.status_code, reply.json()

    return asked


def test_a_thousand_voices_in_one_call_each_once(call: Any, town: Town) -> None:
    voices = [
        {"id": str(n), "text": f"voice {n}", "author": "ann" if n % 2 else "", "traits": {"n": n}} for n in range(998)
    ]
    voices += [{"id": "bad", "text": ""}, {"id": "worse", "text": "x", "created_at": "1850-01-01"}]
    code, told = call("post", "voices/batch", {"source": "forum", "voices": voices})
    assert (code, told["stored"], told["repeated"]) == (200, 998, 0)
    assert [(r["index"], r["reason"][:14]) for r in told["refused"]] == [
        (998, "The row has no"),
        (999, "created_at '18"),
    ]
    assert Voice.objects.filter(author=town.ann, account=town.lind).count() == 499
    assert Entry.objects.filter(verb="voices.brought").count() == 1
    assert call("post", "voices/batch", {"source": "forum", "voices": voices[:3]})[1]["repeated"] == 3
    edited = {"source": "forum", "voices": [{"id": "1", "text": "other words"}]}
    assert "other words" in call("post", "voices/batch", edited)[1]["refused"][0]["reason"]
    assert call("post", "voices/batch", {**edited, "follow": True})[1]["changed"] == 1
    assert Voice.objects.get(source_id="1").text == "other words"
    for wrong in ({"source": "", "voices": voices[:1]}, {"source": "portal", "voices": voices[:1]}, {"source": "x", "voices": []},
                  {"source": "x", "voices": voices + voices[:1]}, {"source": "x", "voices": [{"text": "no id"}]}, {"source": "x", "voices": [{"id": "1", "text": "x", "role": "owner"}]}):  # fmt: skip
        assert call("post", "voices/batch", wrong)[0] == 422


def test_an_import_is_watched_started_and_taken_back(call: Any, access: Access) -> None:
    path = uploads.keep_file([b"id,text\n1,one\n2,\n"], "said.csv")
    job = imports.draft(access, "voices", path, Manual(), "said", name="said.csv")
    assert call("get", "imports")[1][0]["state"] == "draft"
    assert call("post", f"imports/{job.pk}/start")[0] == 200
    assert call("post", f"imports/{job.pk}/start")[0] == 422, "once is enough"
    background.run_all()
    told = call("get", f"imports/{job.pk}")[1]
    assert (told["state"], told["read"], told["stored"], told["refused"]) == ("done", 2, 1, 1)
    assert call("post", f"imports/{job.pk}/stop")[0] == 422
    assert call("post", f"imports/{job.pk}/undo")[1]["state"] == "undoing"
    background.run_all()
    assert (Voice.objects.count(), Import.objects.get().state) == (0, "undone")


def test_sources_are_connected_and_paused(call: Any, access: Access) -> None:
    code, made = call("post", "sources", {"source": "github", "name": "Repo", "switches": ["comments"]})
    held = Connection.objects.get()
    assert (code, made["secret"], made["path"]) == (201, held.secret, f"/hooks/github/{held.public_id}")
    assert call("post", "sources", {"source": "slack"})[0] == 422
    assert call("post", "sources", {"source": "slack", "secret": "signing-secret"})[1]["secret"] is None
    assert call("post", f"sources/{held.pk}/pause", {"paused": True})[1] == {"id": held.pk, "paused": True}
    told = json.dumps(call("get", "sources")[1])
    assert '"paused": true' in told
    assert held.secret not in told


def test_the_same_by_command(access: Access, tmp_path: Path) -> None:
    code, out, _ = run(["source", "connect", "github", "--with", "comments", "--workspace", "acme", "--json"])
    held = Connection.objects.get()
    assert (code, json.loads(out)["secret"], held.switches) == (0, held.secret, ["comments"])
    assert run(["source", "connect", "slack", "--workspace", "acme"])[0] == 1
    assert run(["source", "pause", str(held.pk), "--workspace", "acme"])[0] == 0
    listed = run(["source", "list", "--workspace", "acme"])[1]
    assert "paused" in listed
    assert held.secret not in listed
    assert run(["source", "resume", str(held.pk), "--workspace", "acme"])[0] == 0
    assert run(["source", "pause", "999", "--workspace", "acme"])[0] == 1


def test_a_file_of_another_product_by_command(access: Access, tmp_path: Path) -> None:
    path = tmp_path / "issues.json"
    issue = {
        "id": "I_1",
        "title": "Slow",
        "body": "",
        "author": {"login": "ann"},
        "url": "https://github.com/a/b/issues/1",
        "createdAt": "2026-03-01T10:00:00Z",
        "labels": [],
    }
    path.write_text(json.dumps([issue, {**issue, "id": "I_2", "author": {"login": "x[bot]"}}]))
    there = ("--workspace", "acme")
    code, out, err = run(["import", "voices", str(path), "--from", "guess", *there, "--dry-run"])
    assert (code, err) == (0, "")
    assert "1 voices would be stored" in out
    assert "left out: written by a bot (1)" in out
    told = json.loads(run(["import", "voices", str(path), "--from", "github", *there, "--json"])[1])
    assert (told["read"], told["stored"], told["skipped"], told["skips"]) == (2, 1, 1, {"written by a bot": 1})
    assert Voice.objects.get().source == "github"
    for wrong in (["--from", "fax"], ["--from", "github", "--with", "nothing"]):
        code, _, err = run(["import", "voices", str(path), *wrong, *there])
        assert code == 1
        assert "There is no source" in err or "has no switch" in err
