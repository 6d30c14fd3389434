"""Other systems are told what happens: signed, tried again, given up in the open; and never by whom who may no longer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from tests.conftest import Town
from wellheard.console.history import VERBS
from wellheard.core import background, http
from wellheard.core.models import Entry
from wellheard.listen.models import Board, Standing
from wellheard.listen.services import ideas, moderation
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access, by_command, by_token
from wellheard.people.models import Role
from wellheard.people.services import workspaces
from wellheard.tell.models import Happening, Telling, Webhook
from wellheard.tell.queries import webhooks as reads
from wellheard.tell.services import telling, webhooks
from wellheard.tell.webhooks import signing
from wellheard.tell.webhooks.kinds import KINDS
from wellheard.understand.services.problems import create_problem


def by_role(access: Access, role: Role) -> Access:
    held = by_token(workspaces.make_token(access, role.value, role)[1])
    assert held is not None
    return held


class There(ThreadingHTTPServer):
    """Another system: answers what it is told to answer, and keeps what came."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Ear)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Ear(BaseHTTPRequestHandler):
    server: There

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
        status, more = self.server.answers.pop(0) if self.server.answers else (200, {})
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[There]:
    monkeypatch.setattr(settings, "OUTGOING_PRIVATE_HOSTS", ["127.0.0.1"])
    server = There()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook(there: There, access: Access) -> Webhook:
    return webhooks.make(access, there.url, ["voice.created", "problem.confirmed", "idea.created"], "Warehouse")


def again(hook: Webhook) -> None:
    """The rest is over."""
    Telling.objects.filter(webhook=hook).update(next_try_at=timezone.now())
    Webhook.objects.filter(pk=hook.pk).update(resting_until=None)


def test_what_happens_is_told_signed_and_verified_by_the_receivers_library(
    there: There, hook: Webhook, access: Access
) -> None:
    problem = create_problem(access, "Exports are slow")
    background.run_all()
    [(headers, body)] = there.heard
    told = Receiver(hook.secret).verify(body, headers)
    assert told["type"] == "problem.confirmed"
    assert told["data"] == {
        "id": problem.pk,
        "name": "Exports are slow",
        "link": f"http://testserver/w/acme/understand/problems/{problem.pk}",
    }
    assert told["timestamp"].endswith("Z")
    assert headers["webhook-id"].startswith("msg_")
    assert "." not in headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        Receiver(signing.make_secret()).verify(body, headers)
    [row] = reads.webhooks(access.workspace)
    assert (row.done, row.waiting, row.failed) == (1, 0, 0)


def test_the_published_vector_is_signed_as_published() -> None:
    made = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_T08_what_people_wrote_and_who_they_are_stays_here(there: There, hook: Webhook, access: Access) -> None:
    capture(access, "I am Ada Secretive and my number is 4711", who="ada@private.example")
    background.run_all()
    [(_, body)] = there.heard
    assert json.loads(body)["data"].keys() == {"id", "link"}
    for word in (b"ada@", b"Ada", b"4711", b"private.example"):
        assert word not in body


def test_T08_an_idea_that_waits_for_a_look_is_nobodys_news_until_it_is_published(
    there: There, hook: Webhook, access: Access, town: Town
) -> None:
    Board.objects.filter(workspace=access.workspace).update(moderated=True)
    idea = ideas.post(access.workspace, town.ann, "Dark mode", "")
    background.run_all()
    assert [b for _, b in there.heard if b"idea." in b] == []
    moderation.decide(access, [idea], Standing.PUBLIC)
    background.run_all()
    assert [json.loads(b)["type"] for _, b in there.heard if b"idea." in b] == ["idea.created"]


def test_T20_a_repeat_is_known_by_its_id_and_signed_anew(
    there: There, hook: Webhook, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.answers = [(500, {}), (200, {})]
    create_problem(access, "Exports are slow")
    background.run_all()
    held = Telling.objects.get()
    assert (held.state, held.tries, held.attempts[0]["status"]) == ("waiting", 1, 500)
    assert timedelta(seconds=4) < held.next_try_at - timezone.now() < timedelta(seconds=6)
    monkeypatch.setattr("django.utils.timezone.now", lambda now=timezone.now: now() + timedelta(seconds=60))
    background.run_all()
    telling.tell_all(hook.pk)
    (first, body), (second, same) = there.heard
    assert first["webhook-id"] == second["webhook-id"]
    assert body == same
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) >= 59
    assert Telling.objects.get().state == "done"


def test_T20_an_old_message_is_refused_by_the_receiver(there: There, hook: Webhook, access: Access) -> None:
    create_problem(access, "Exports are slow")
    background.run_all()
    [(headers, body)] = there.heard
    old = int(headers["webhook-timestamp"]) - 600
    replayed = {
        **headers,
        **signing.headers([hook.secret], headers["webhook-id"], old, body),
    }
    with pytest.raises(WebhookVerificationError, match="too old"):
        Receiver(hook.secret).verify(body, replayed)


def test_rests_grow_and_after_the_last_it_is_given_up_and_can_be_told_again(
    there: There, hook: Webhook, access: Access
) -> None:
    there.answers = [(500, {})] * 10
    create_problem(access, "Exports are slow")
    background.run_all()
    rests = []
    for _ in range(9):
        held = Telling.objects.get()
        rests.append((held.next_try_at - timezone.now()).total_seconds())
        again(hook)
        telling.tell_all(hook.pk)
    held = Telling.objects.get()
    assert (held.state, held.tries, len(there.heard)) == ("failed", 10, 10)
    planned = [r.total_seconds() for r in telling.RESTS]
    assert all(0.85 * p < r < 1.15 * p for r, p in zip(rests, planned, strict=True))
    assert Entry.objects.filter(verb="webhook.gave_up").count() == 1
    assert reads.ailing(access.workspace) == 1
    assert webhooks.replay(access, hook) == 1
    background.run_all()
    assert Telling.objects.get().state == "done"
    assert len({h["webhook-id"] for h, _ in there.heard}) == 1
    assert reads.ailing(access.workspace) == 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_machine_that_asks_us_to_wait_is_waited_for(there: There, hook: Webhook, access: Access, status: int) -> None:
    there.answers = [(status, {"Retry-After": "3600"})]
    create_problem(access, "One")
    create_problem(access, "Two")
    background.run_all()
    assert len(there.heard) == 1, "the second waits with the first"
    assert Telling.objects.order_by("-tries")[0].next_try_at - timezone.now() > timedelta(minutes=59)
    assert telling.due() == []


def test_410_switches_it_off_until_an_owner_lets_it_go_on(there: There, hook: Webhook, access: Access) -> None:
    there.answers = [(410, {})]
    create_problem(access, "One")
    background.run_all()
    hook.refresh_from_db()
    assert hook.state == "disabled"
    assert "410" in hook.about
    create_problem(access, "Two")
    background.run_all()
    assert len(there.heard) == 1
    webhooks.resume(access, hook)
    create_problem(access, "Three")
    background.run_all()
    assert len(there.heard) == 2


def test_T18_a_redirect_is_not_followed_and_said(there: There, hook: Webhook, access: Access) -> None:
    there.answers = [(302, {"Location": "http://169.254.169.254/"})]
    create_problem(access, "One")
    background.run_all()
    assert len(there.heard) == 1
    assert "redirects are not followed" in Telling.objects.get().attempts[0]["words"]


@pytest.mark.parametrize("url", ["http://example.com/x", "https://127.0.0.1/x", "https://169.254.169.254/", "nonsense"])
def test_T18_addresses_within_are_refused_at_saving_and_at_changing(access: Access, url: str) -> None:
    with pytest.raises(http.Refused):
        webhooks.make(access, url, ["voice.created"])
    held = webhooks.make(access, "https://hooks.example.com/x", ["voice.created"])
    with pytest.raises(http.Refused):
        webhooks.change(access, held, url, ["voice.created"], "")
    assert Webhook.objects.get().url == "https://hooks.example.com/x"


def test_T18_an_address_that_became_one_within_is_not_called_at_delivery(
    there: There, hook: Webhook, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OUTGOING_PRIVATE_HOSTS", [])
    create_problem(access, "One")
    background.run_all()
    held = Telling.objects.get()
    assert there.heard == []
    assert held.state == "waiting"
    assert held.attempts[0]["status"] is None
    assert held.attempts[0]["words"]


def test_T20_who_made_it_must_still_be_an_owner_when_it_is_told(there: There, access: Access) -> None:
    made, secret = workspaces.make_token(access, "warehouse", Role.OWNER)
    theirs = by_token(secret)
    assert theirs is not None
    hook = webhooks.make(theirs, there.url, ["problem.confirmed"])
    create_problem(access, "One")
    background.run_all()
    assert len(there.heard) == 1
    workspaces.revoke_token(access, made)
    create_problem(access, "Two")
    background.run_all()
    hook.refresh_from_db()
    assert (len(there.heard), hook.state) == (1, "disabled")
    webhooks.resume(access, hook)
    background.run_all()
    assert len(there.heard) == 2, "what waited is told once an owner answers for it"


def test_after_a_new_secret_both_sign_for_a_day(there: There, hook: Webhook, access: Access) -> None:
    fresh = webhooks.rotate(access, hook)
    create_problem(access, "One")
    background.run_all()
    headers, body = there.heard[0]
    assert Receiver(hook.secret).verify(body, headers)
    assert Receiver(fresh.secret).verify(body, headers)
    Webhook.objects.update(earlier_until=timezone.now() - timedelta(minutes=1))
    create_problem(access, "Two")
    background.run_all()
    headers, body = there.heard[1]
    with pytest.raises(WebhookVerificationError):
        Receiver(hook.secret).verify(body, headers)
    assert Receiver(fresh.secret).verify(body, headers)


def test_nothing_is_told_of_what_was_rolled_back(there: There, hook: Webhook, access: Access) -> None:
    with transaction.atomic():
        create_problem(access, "One")
        transaction.set_rollback(True)
    background.run_all()
    assert (there.heard, Happening.objects.count()) == ([], 0)


def test_two_workers_tell_it_once(there: There, hook: Webhook, access: Access) -> None:
    create_problem(access, "One")
    Webhook.objects.filter(pk=hook.pk).update(busy_until=timezone.now() + timedelta(minutes=1))
    assert telling.tell_all(hook.pk) == 0
    assert there.heard == []
    Webhook.objects.filter(pk=hook.pk).update(busy_until=timezone.now() - timedelta(minutes=1))
    assert telling.due() == [hook.pk], "a worker that died does not hold it for ever"
    assert telling.tell_all(hook.pk) == 1


def test_a_paused_one_is_told_nothing_and_a_removed_one_is_gone(there: There, hook: Webhook, access: Access) -> None:
    webhooks.pause(access, hook)
    create_problem(access, "One")
    background.run_all()
    assert there.heard == []
    webhooks.resume(access, hook)
    background.run_all()
    assert there.heard == [], "what happened meanwhile is not told"
    webhooks.remove(access, hook)
    create_problem(access, "Two")
    background.run_all()
    assert (there.heard, Webhook.objects.count()) == ([], 0)


def test_only_what_it_asked_for_and_only_of_its_own_workspace(there: There, access: Access) -> None:
    webhooks.make(access, there.url, ["bet.dropped"])
    other = workspaces.create_workspace("other", "Other", "UTC")
    theirs = by_command(other.workspace)
    webhooks.make(theirs, there.url, ["problem.confirmed"])
    create_problem(access, "Ours")
    background.run_all()
    assert there.heard == []
    create_problem(theirs, "Theirs")
    background.run_all()
    assert len(there.heard) == 1


def test_a_test_goes_the_same_way(there: There, hook: Webhook, access: Access) -> None:
    webhooks.test(access, hook)
    background.run_all()
    headers, body = there.heard[0]
    assert Receiver(hook.secret).verify(body, headers)["type"] == "webhook.test"


def test_what_makes_no_sense_is_refused(access: Access) -> None:
    with pytest.raises(ValueError, match="no kind 'all'"):
        webhooks.make(access, "https://hooks.example.com/x", ["all"])
    with pytest.raises(ValueError, match="at least one"):
        webhooks.make(access, "https://hooks.example.com/x", [])
    with pytest.raises(PermissionDenied):
        webhooks.make(by_role(access, Role.EDITOR), "https://hooks.example.com/x", ["voice.created"])
    for n in range(webhooks.MOST):
        webhooks.make(access, f"https://hooks.example.com/{n}", ["voice.created"])
    with pytest.raises(ValueError, match="remove one first"):
        webhooks.make(access, "https://hooks.example.com/x", ["voice.created"])


def test_every_kind_listens_to_verbs_that_are_written_somewhere() -> None:
    assert {v for k in KINDS.values() for v in k.verbs} - set(VERBS) <= {"decision.published"}


def test_what_is_over_is_forgotten_after_a_month(there: There, hook: Webhook, access: Access) -> None:
    create_problem(access, "One")
    background.run_all()
    assert telling.forget_old() == 0
    past = timezone.now() - timedelta(days=31)
    Telling.objects.update(ended_at=past)
    Happening.objects.update(at=past)
    assert telling.forget_old() == 1
    assert Happening.objects.count() == 0
