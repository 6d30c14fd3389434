"""Other systems tell us as people speak: signed, kept first, worked on after the answer, once however often it is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from tests.conftest import Town
from wellheard.core import background, ratelimit
from wellheard.core.models import Entry
from wellheard.listen import sources
from wellheard.listen.models import Connection, Delivery, Handle, Knock, Triage, Voice
from wellheard.listen.services import connections, hearing
from wellheard.listen.sources.base import Arrived, Turned
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services import workspaces


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    ratelimit.forget()


class Door:
    """A connection and somebody who sends to it the way its source does."""

    def __init__(self, access: Access, source: str, *switches: str) -> None:
        theirs = sources.hooks()[source].hook.theirs  # type: ignore[union-attr]
        self.connection = connections.connect(
            access, source, secret="a-secret-of-theirs" if theirs else "", switches=switches
        )
        self.source, self.secret, self.client = source, self.connection.secret, Client()
        self.address = f"/hooks/{source}/{self.connection.public_id}"
        self.count = 0

    def headers(self, raw: bytes, key: str, stamp: float | None = None) -> dict[str, str]:
        at = time.time() if stamp is None else stamp
        made = lambda data, algorithm=hashlib.sha256: hmac.new(self.secret.encode(), data, algorithm)  # noqa: E731
        if self.source == "github":
            return {"X-Hub-Signature-256": f"sha256={made(raw).hexdigest()}", "X-GitHub-Delivery": key}
        if self.source == "slack":
            return {
                "X-Slack-Signature": f"v0={made(f'v0:{int(at)}:'.encode() + raw).hexdigest()}",
                "X-Slack-Request-Timestamp": str(int(at)),
            }
        if self.source == "intercom":
            return {"X-Hub-Signature": f"sha1={made(raw, hashlib.sha1).hexdigest()}"}
        if self.source == "zendesk":
            when = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
            signature = base64.b64encode(made(when.encode() + raw).digest()).decode()
            return {
                "X-Zendesk-Webhook-Signature": signature,
                "X-Zendesk-Webhook-Signature-Timestamp": when,
                "X-Zendesk-Webhook-Invocation-Id": key,
            }
        return {"Authorization": f"Bearer {self.secret}"}

    def send(
        self,
        body: Any,
        key: str = "",
        work: bool = True,
        type: str = "application/json",
        stamp: float | None = None,
        **more: str,
    ) -> Any:
        self.count += 1
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            **self.headers(raw, key or f"d{self.count}", stamp),
            **{k.replace("_", "-"): v for k, v in more.items()},
        }
        reply = self.client.post(self.address, raw, content_type=type, headers=headers)
        if work:
            background.run_all()
        return reply


def issue(**more: Any) -> dict[str, Any]:
    return {
        "node_id": "I_1", "number": 7, "title": "Export hangs", "body": "It never ends", "state": "open", "labels": [],
        "user": {"login": "ann", "type": "User"}, "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z",
        "html_url": "https://github.com/acme/app/issues/7", **more,
    }  # fmt: skip


def event(action: str, thing: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"action": action, "issue": thing, "repository": {"full_name": "acme/app"}, **more}


def test_vectors_of_the_protocols() -> None:
    """Computed with the providers' own libraries."""
    hooks = {name: s.hook for name, s in sources.hooks().items()}
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
        b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
        b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    slack = Arrived(
        {"x-slack-signature": signature, "x-slack-request-timestamp": "1531420618"},
        body,
        datetime.fromtimestamp(1531420618, UTC),
    )
    hooks["slack"].check(slack, ("8f742231b10e8888abcd99yyyzzz85a5",))  # type: ignore[union-attr]
    late = Arrived(slack.headers, body, datetime.fromtimestamp(1531420618 + 301, UTC))
    with pytest.raises(Turned, match="five minutes"):
        hooks["slack"].check(late, ("8f742231b10e8888abcd99yyyzzz85a5",))  # type: ignore[union-attr]
    early = Arrived(slack.headers, body, datetime.fromtimestamp(1531420618 - 301, UTC))
    with pytest.raises(Turned, match="five minutes"):
        hooks["slack"].check(early, ("8f742231b10e8888abcd99yyyzzz85a5",))  # type: ignore[union-attr]
    github = Arrived(
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
        timezone.now(),
    )
    hooks["github"].check(github, ("other", "It's a Secret to Everybody"))  # type: ignore[union-attr]
    with pytest.raises(Turned, match="wrong signature"):
        hooks["github"].check(github, ("It's a secret to Everybody",))  # type: ignore[union-attr]


@pytest.mark.parametrize("source", sorted(sources.hooks()))
@pytest.mark.parametrize("wrong", ["none", "other secret", "half", "body changed", "not ascii"])
def test_T20_what_is_not_signed_is_turned_away_and_counted(access: Access, source: str, wrong: str) -> None:
    door = Door(access, source)
    raw = b'{"id": "x", "event_id": "x"}'
    headers = door.headers(raw, "k")
    name = next(iter(headers))
    if wrong == "none":
        headers.pop(name)
    elif wrong == "other secret":
        door.secret = "another-secret"
        headers = door.headers(raw, "k")
    elif wrong == "half":
        headers[name] = headers[name][: len(headers[name]) // 2]
    elif wrong == "not ascii":
        headers[name] = "sha256=ü"
    elif source == "mail":
        headers[name] = headers[name].lower() + "x"
    else:
        raw += b" "
    reply = Client().post(door.address, raw, content_type="application/json", headers=headers)
    assert reply.status_code == 401
    assert not Delivery.objects.exists()
    assert Knock.objects.get().count == 1
    Client().post(door.address, raw, content_type="application/json", headers=headers)
    assert Knock.objects.get().count == 2, "a flood stays one row"


@pytest.mark.parametrize("source", ["slack", "zendesk"])
@pytest.mark.parametrize("off", [-303, 303])
def test_T20_a_replay_after_five_minutes_is_refused(access: Access, source: str, off: int) -> None:
    door = Door(access, source)
    assert door.send({"event_id": "x"}, stamp=time.time() + off).status_code == 401
    assert "five minutes" in Knock.objects.get().reason


def test_github_tells_of_an_issue_from_its_opening_to_its_end(access: Access) -> None:
    door = Door(access, "github")
    assert door.send({"zen": "x"}, X_GitHub_Event="ping").content == b"Kept."
    door.send(event("opened", issue()), X_GitHub_Event="issues")
    voice = Voice.objects.get()
    assert (voice.text, voice.source, voice.source_id, voice.channel) == (
        "Export hangs\n\nIt never ends",
        "github",
        "I_1",
        "issue",
    )
    assert voice.traits["repository"] == "acme/app"
    assert Entry.objects.filter(verb="voice.heard").count() == 1
    door.send(
        event("edited", issue(body="It ends after an hour", updated_at="2026-03-02T10:00:00Z")), X_GitHub_Event="issues"
    )
    door.send(
        event("closed", issue(body="It ends after an hour", state="closed", updated_at="2026-03-03T10:00:00Z")),
        X_GitHub_Event="issues",
    )
    voice.refresh_from_db()
    assert (voice.text.split("\n")[-1], voice.traits["state"]) == ("It ends after an hour", "closed")
    door.send(event("edited", issue(body="older words", updated_at="2026-03-02T09:00:00Z")), X_GitHub_Event="issues")
    voice.refresh_from_db()
    assert "older" not in voice.text, "news that come out of order do not turn it back"
    moved = issue(
        node_id="I_9",
        html_url="https://github.com/acme/other/issues/1",
        updated_at="2026-03-04T10:00:00Z",
        body="It ends after an hour",
    )
    changes = {"new_issue": moved, "new_repository": {"full_name": "acme/other"}}
    door.send(event("transferred", issue(), changes=changes), X_GitHub_Event="issues")
    voice.refresh_from_db()
    assert (voice.source_id, voice.url, voice.traits["repository"]) == (
        "I_9",
        "https://github.com/acme/other/issues/1",
        "acme/other",
    )
    door.send(event("deleted", issue(node_id="I_9")), X_GitHub_Event="issues")
    voice.refresh_from_db()
    assert (voice.triage, voice.traits["state"]) == (Triage.ASIDE, "deleted")
    assert Voice.objects.count() == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done", "aside"}
    assert not any(bytes(d.raw) for d in Delivery.objects.all()), "what is done is not kept"


def test_github_leaves_out_comments_until_asked_and_answers_what_it_does_not_know(access: Access) -> None:
    door = Door(access, "github")
    comment = {
        "node_id": "C_1",
        "body": "Same here",
        "user": {"login": "bo"},
        "created_at": "2026-03-02T10:00:00Z",
        "html_url": "https://github.com/c",
    }
    assert door.send(event("created", issue(), comment=comment), X_GitHub_Event="issue_comment").status_code == 200
    assert door.send({"action": "x"}, X_GitHub_Event="star").status_code == 200
    assert door.send(event("opened", issue(pull_request={})), X_GitHub_Event="issues").status_code == 200
    assert not Voice.objects.exists()
    assert set(Delivery.objects.values_list("about", flat=True)) == {
        "left out: comments",
        "left out: star events",
        "left out: pull requests",
    }
    other = Door(access, "github", "comments")
    other.send(event("created", issue(), comment=comment), X_GitHub_Event="issue_comment")
    assert Voice.objects.get().thread == "I_1"


def test_github_may_send_a_form(access: Access) -> None:
    door = Door(access, "github")
    raw = urlencode({"payload": json.dumps(event("opened", issue()))}).encode()
    assert door.send(raw, type="application/x-www-form-urlencoded", X_GitHub_Event="issues").status_code == 200
    assert Voice.objects.count() == 1


def test_githubs_own_bodies(access: Access) -> None:
    folder = Path(os.environ.get("WELLHEARD_TRIAL_DATA", "/nowhere")) / "formats/github_webhooks"
    if not folder.is_dir():
        pytest.skip("set WELLHEARD_TRIAL_DATA to the folder with the trial data to run this")
    door = Door(access, "github", "comments")
    for path in sorted(folder.glob("*.json")):
        kind = next(
            k
            for k in ("issue_comment", "discussion_comment", "issues", "discussion", "release")
            if path.name.startswith(k)
        )
        assert door.send(path.read_bytes(), X_GitHub_Event=kind).status_code == 200
    assert not Delivery.objects.filter(state="failed").exists()
    assert Voice.objects.filter(text__startswith="Spelling error").count() == 1
    assert Voice.objects.count() == 4, "an issue, a discussion, and a comment of each"


def slack(**more: Any) -> dict[str, Any]:
    message = {
        "type": "message",
        "user": "U1",
        "text": "Exports are <https://a.example|slow>",
        "ts": "1772359200.000100",
        "channel": "C1",
        **more,
    }
    return {"type": "event_callback", "event_id": f"Ev{more}", "event": message}


def test_slack_is_verified_heard_once_and_follows_edits_and_deletions(access: Access) -> None:
    door = Door(access, "slack")
    reply = door.send({"type": "url_verification", "challenge": "abc", "token": "x"})
    assert (reply.status_code, reply.content) == (200, b"abc")
    assert (
        Client()
        .post(door.address, '{"type": "url_verification", "challenge": "abc"}', content_type="application/json")
        .status_code
        == 401
    )
    assert Client().get(f"{door.address}?ssl_check=1").status_code == 200
    door.send(slack())
    door.send(slack(), X_Slack_Retry_Num="1")
    door.send(slack(client_msg_id="same message, other event"))
    voice = Voice.objects.get()
    assert (voice.text, voice.source_id) == ("Exports are slow (https://a.example)", "C1:1772359200.000100")
    door.send(
        slack(subtype="message_changed", message={"user": "U1", "text": "Exports are fast", "ts": "1772359200.000100"})
    )
    voice.refresh_from_db()
    assert voice.text == "Exports are fast"
    for left in (
        slack(bot_id="B1", ts="1"),
        slack(subtype="channel_join", ts="2"),
        slack(channel_type="im", ts="3"),
        slack(text="", ts="4"),
    ):
        door.send(left)
    door.send(slack(subtype="message_deleted", deleted_ts="1772359200.000100", text=None))
    voice.refresh_from_db()
    assert voice.triage == Triage.ASIDE
    assert Voice.objects.count() == 1


def test_zendesk_tells_of_tickets_and_comments_but_not_of_notes(access: Access) -> None:
    door = Door(access, "zendesk")
    requester = {"id": 5, "name": "Ann", "email": "ann@shop.example"}
    ticket = {
        "id": 10,
        "subject": "Slow",
        "description": "Export is slow",
        "requester": requester,
        "created_at": "2026-03-01T10:00:00Z",
    }
    door.send({"ticket": ticket})
    door.send({"type": "zen:event-type:ticket.comment_added", "detail": {"id": "10"}, "time": "2026-03-02T10:00:00Z",
               "event": {"comment": {"id": "7", "body": "Still", "is_public": True, "author": {"id": 5, "name": "Ann", "email": "ann@shop.example"}}}})  # fmt: skip
    for hidden in ({"is_public": False}, {"is_public": True, "author": {"id": 1, "is_staff": True}}):
        door.send(
            {
                "type": "zen:event-type:ticket.comment_added",
                "detail": {"id": "10"},
                "event": {"comment": {"id": "8", "body": "whale", **hidden}},
            }
        )
    door.send({"type": "zen:event-type:ticket.status_changed", "detail": {"id": "10", "status": "SOLVED"}})
    door.send({"type": "zen:event-type:user.created", "detail": {}})
    first, second = Voice.objects.order_by("said_at")
    assert (first.text, str(first.author), first.traits["status_there"]) == ("Slow\n\nExport is slow", "Ann", "solved")
    assert (second.text, second.thread, second.author) == ("Still", "ticket:10", first.author)


def test_intercom_tells_of_conversations_without_notes(access: Access) -> None:
    door = Door(access, "intercom")
    talk = {
        "type": "conversation",
        "id": "77",
        "created_at": 1772359200,
        "source": {"body": "<p>Export is slow</p>", "author": {"type": "user", "id": "u", "email": "ann@shop.example"}},
    }
    door.send(
        {"type": "notification_event", "id": "notif_1", "topic": "conversation.user.created", "data": {"item": talk}}
    )
    parts = [{"id": "1", "part_type": "comment", "body": "<p>Still</p>", "author": {"type": "user", "id": "u", "email": "ann@shop.example"}, "created_at": 1772359300},
             {"id": "2", "part_type": "note", "body": "<p>whale</p>", "author": {"type": "admin", "id": "a"}, "created_at": 1772359301}]  # fmt: skip
    door.send(
        {
            "id": "notif_2",
            "topic": "conversation.user.replied",
            "data": {"item": {**talk, "conversation_parts": {"conversation_parts": parts}}},
        }
    )
    door.send({"id": "notif_3", "topic": "contact.created", "data": {"item": {}}})
    door.send({"id": "notif_4", "topic": "conversation.admin.closed", "data": {"item": talk}})
    assert list(Voice.objects.order_by("said_at").values_list("text", flat=True)) == ["Export is slow", "Still"]
    assert Voice.objects.get(text="Export is slow").traits["state"] == "closed"


def test_an_event_id_counts_once_and_what_failed_is_worked_on_again(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(access, "github")
    assert door.send(event("opened", issue()), key="one", X_GitHub_Event="issues").content == b"Kept."
    assert (
        door.send(event("opened", issue(node_id="I_2")), key="one", X_GitHub_Event="issues").content == b"Held already."
    )
    assert Voice.objects.count() == 1
    bad = event("opened", issue(node_id="I_3", created_at="1850-01-01"))
    door.send(bad, key="bad", X_GitHub_Event="issues")
    failed = Delivery.objects.get(key="bad")
    assert (failed.state, "before 1970" in failed.about) == ("failed", True)
    assert bytes(failed.raw), "what failed is kept for a while"
    door.send(event("opened", issue(node_id="I_3")), key="bad", X_GitHub_Event="issues")
    failed.refresh_from_db()
    assert failed.state == "done", "sent again it is tried again"


def test_nothing_is_lost_when_the_work_stumbles_after_the_answer(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door(access, "github")
    real, tries = hearing.voices, []

    def shaky(*given: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("database is locked")
        return real(*given)

    monkeypatch.setattr(hearing, "voices", shaky)
    assert door.send(event("opened", issue()), X_GitHub_Event="issues", work=False).status_code == 200
    assert (Delivery.objects.get().state, Voice.objects.count()) == ("waiting", 0), (
        "kept first, worked on after the answer"
    )
    background.run_all()
    assert (Delivery.objects.get().state, Voice.objects.count()) == ("done", 1)


def test_a_file_of_history_and_the_webhook_agree(access: Access, tmp_path: Path) -> None:
    from wellheard.listen.services import imports
    from wellheard.listen.services.reading import Manual

    path = tmp_path / "issues.json"
    path.write_text(json.dumps([issue()]))
    job = imports.start_import(access, "voices", path, Manual(format="github"), "github")
    imports.run(job.pk)
    Door(access, "github").send(
        event("edited", issue(body="New words", updated_at="2026-03-05T10:00:00Z")), X_GitHub_Event="issues"
    )
    assert Voice.objects.get().text.endswith("New words")


def test_a_secret_is_shown_once_rotated_with_a_days_grace_and_paused(as_owner: Client, access: Access) -> None:
    page = as_owner.post(
        "/w/acme/settings/sources/connect/github", {"name": "Our repository", "switch": ["comments"]}
    ).content.decode()
    held = Connection.objects.get()
    assert held.secret in page
    assert held.switches == ["comments"]
    address = f"/w/acme/settings/sources/{held.pk}"
    assert held.secret not in as_owner.get(address).content.decode()
    assert f"/hooks/github/{held.public_id}" in as_owner.get(address).content.decode()
    door = Door(access, "github")
    door.connection, door.secret, door.address = held, held.secret, f"/hooks/github/{held.public_id}"
    old = held.secret
    page = as_owner.post(f"{address}/do", {"do": "secret"}).content.decode()
    held.refresh_from_db()
    assert held.secret != old
    assert held.secret in page
    assert old not in page
    assert door.send({}, X_GitHub_Event="ping").status_code == 200, "the old one holds for a day"
    door.secret = held.secret
    assert door.send({}, X_GitHub_Event="ping").status_code == 200
    Connection.objects.filter(pk=held.pk).update(earlier_until=timezone.now() - timedelta(seconds=1))
    door.secret = old
    assert door.send({}, X_GitHub_Event="ping").status_code == 401
    door.secret = held.secret
    as_owner.post(f"{address}/do", {"do": "pause"})
    assert door.send({}, X_GitHub_Event="ping").status_code == 503
    as_owner.post(f"{address}/do", {"do": "resume"})
    assert door.send({}, X_GitHub_Event="ping").status_code == 200
    listed = as_owner.get("/w/acme/settings/sources").content.decode()
    assert "Our repository" in listed
    assert "wrong signature" in as_owner.get(address).content.decode()
    as_owner.post(f"{address}/do", {"do": "set up", "name": "Repo", "switch": []})
    held.refresh_from_db()
    assert (held.name, held.switches) == ("Repo", [])
    as_owner.post(f"{address}/do", {"do": "remove"})
    assert door.send({}, X_GitHub_Event="ping").status_code == 404


def test_a_pasted_secret_is_needed_where_the_other_side_makes_it_and_never_shown(as_owner: Client) -> None:
    reply = as_owner.post("/w/acme/settings/sources/connect/slack", {"secret": "short"})
    assert (reply.status_code, Connection.objects.count()) == (422, 0)
    page = as_owner.post(
        "/w/acme/settings/sources/connect/slack", {"secret": "signing-secret-of-slack"}
    ).content.decode()
    assert "signing-secret-of-slack" not in page
    assert Connection.objects.get().secret == "signing-secret-of-slack"
    for source in ("canny", "stripe", "fax"):
        assert as_owner.post(f"/w/acme/settings/sources/connect/{source}", {}).status_code == 302
    assert Connection.objects.count() == 1


def test_what_is_too_large_too_often_or_no_json_is_refused(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(access, "slack")
    assert door.send(b"x" * (2 * 1024**2 + 1)).status_code == 413
    for raw in (
        b"",
        b"not json",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b"{" * 100_000,
        b'{"event_id": ""}',
        b'{"event_id": "a\\u0000b"}',
    ):
        assert door.send(raw).status_code == 400, raw[:20]
    assert not Delivery.objects.exists()
    ratelimit.forget()
    monkeypatch.setattr("wellheard.listen.hooks.PER_MINUTE", 2)
    codes = [door.send(slack()).status_code for _ in range(4)]
    assert codes == [200, 200, 429, 429]


def test_a_stranger_learns_nothing_and_another_source_does_not_open(access: Access) -> None:
    door = Door(access, "github")
    for address in (
        "/hooks/github/unknown",
        f"/hooks/slack/{door.connection.public_id}",
        "/hooks/fax/x",
        f"/hooks/canny/{door.connection.public_id}",
    ):
        assert Client().post(address, "{}", content_type="application/json").status_code == 404
    assert not Knock.objects.exists()
    assert Client(enforce_csrf_checks=True).post(door.address, "{}", content_type="application/json").status_code == 401


def test_T12_a_secret_of_one_connection_does_not_open_another(access: Access) -> None:
    one, two = Door(access, "github"), Door(access, "github")
    two.secret = one.secret
    assert two.send({}, X_GitHub_Event="ping").status_code == 401
    rival = workspaces.create_workspace("rival", "Rival")
    theirs = Door(Access(rival.workspace, access.actor, Role.OWNER), "github")
    theirs.send(event("opened", issue()), X_GitHub_Event="issues")
    assert Voice.objects.get().workspace == rival.workspace


def test_a_contributor_may_look_and_only_an_owner_removes(access: Access, as_viewer: Client) -> None:
    door = Door(access, "github")
    address = f"/w/acme/settings/sources/{door.connection.pk}"
    assert as_viewer.get(address).status_code == 403
    editor = Client()
    editor.force_login(workspaces.add_member(access, "ed@acme.example", Role.EDITOR).user)
    assert editor.post(f"{address}/do", {"do": "remove"}).status_code == 403
    assert Connection.objects.exists()


# --- noting by command


def command(text: str, **more: str) -> bytes:
    return urlencode(
        {
            "command": "/heard",
            "text": text,
            "user_id": "U7",
            "user_name": "olga",
            "trigger_id": "t1",
            "response_url": "https://evil.example",
            **more,
        }
    ).encode()


FORM = "application/x-www-form-urlencoded"


def test_heard_notes_what_a_customer_said_for_a_member_who_has_said_who_they_are(
    access: Access, as_owner: Client, owner: Member, town: Town
) -> None:
    door = Door(access, "slack")
    told = door.send(command("Exports are slow @ann@shop.example"), type=FORM).json()
    assert told["response_type"] == "ephemeral"
    assert "U7" in told["text"]
    assert "/w/acme/settings/sources" in told["text"]
    assert not Voice.objects.exists()
    as_owner.post("/w/acme/settings/sources/link/slack", {"outer": "U7"})
    told = door.send(command("Exports are slow @ann@shop.example"), type=FORM).json()
    voice = Voice.objects.get()
    assert f"/voices/{voice.pk}" in told["text"]
    assert (voice.text, voice.author, voice.account) == ("Exports are slow", town.ann, town.lind)
    assert (voice.relayed_by, voice.recorded_by, voice.account_state) == ("Olga Owner", owner, "active")
    door.send(command("Exports are slow @ann@shop.example"), type=FORM)
    assert Voice.objects.count() == 1, "the same press sent again notes nothing twice"
    for text, who in (
        ("Slow &amp; bad @Ann Assistant", town.ann),
        ("nobody knows who", None),
        ("it hurts from otto@shop.example", town.otto),
    ):
        door.send(command(text, trigger_id=text), type=FORM)
        assert Voice.objects.latest("pk").author == who, text
    assert Voice.objects.filter(text="Slow & bad").exists()
    assert "Write what they said" in door.send(command("", trigger_id="e"), type=FORM).json()["text"]
    assert "Write what they said" in door.send(command("@ann@shop.example", trigger_id="f"), type=FORM).json()["text"]


def test_a_viewer_and_an_unsigned_command_note_nothing(access: Access, viewer: Member) -> None:
    door = Door(access, "slack")
    Handle.objects.create(workspace=access.workspace, member=viewer, source="slack", outer="U7")
    assert "role" in door.send(command("x @ann"), type=FORM).json()["text"]
    assert Client().post(door.address, command("x"), content_type=FORM).status_code == 401
    assert not Voice.objects.exists()


def test_nobody_takes_the_id_that_somebody_else_said_is_theirs(
    access: Access, as_owner: Client, viewer: Member
) -> None:
    as_owner.post("/w/acme/settings/sources/link/slack", {"outer": "U7"})
    other = workspaces.add_member(access, "con@acme.example", Role.CONTRIBUTOR)
    client = Client()
    client.force_login(other.user)
    page = client.post("/w/acme/settings/sources/link/slack", {"outer": "U7"}, follow=True).content.decode()
    assert "Olga Owner has said so" in page
    as_owner.post("/w/acme/settings/sources/link/slack", {"outer": ""})
    client.post("/w/acme/settings/sources/link/slack", {"outer": "U7"})
    assert Handle.objects.get().member == other
