"""A bet becomes an issue where the team builds, and how it stands comes back by signed webhook: GitHub, Jira, Linear."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from tests.decide.fake_trackers import FakeTrackers
from tests.decide.test_rank_bets import bet as make_bet
from wellheard.commands.root import cli
from wellheard.core.models import Entry
from wellheard.decide.models import Arrival, Bet, Issue, Tracker
from wellheard.decide.queries import tracking as reads
from wellheard.decide.services import tracking as services
from wellheard.decide.trackers import KINDS, NoAnswer
from wellheard.decide.trackers.base import moment
from wellheard.listen.sources.base import Arrived, Turned
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services.workspaces import Made

SECRET = "It's a Secret to Everybody"
TOKEN = "github_pat_very_secret_token"


@pytest.fixture
def there(settings: LazySettings) -> Iterator[FakeTrackers]:
    settings.OUTGOING_PRIVATE_HOSTS = ["127.0.0.1"]
    fake = FakeTrackers()
    yield fake
    fake.stop()


@pytest.fixture
def bet(access: Access, town: object) -> Bet:
    return make_bet(access, "One clock", "ann@shop.example")


def given(kind: str, there: FakeTrackers) -> dict[str, str]:
    return {
        "github": {"repository": "https://github.com/acme/shop", "api": there.url},
        "jira": {"site": there.url, "email": "olga@acme.example", "project": "shop"},
        "linear": {"team": "eng", "api": f"{there.url}/graphql"},
    }[kind]


def connected(access: Access, there: FakeTrackers, kind: str = "github") -> Tracker:
    return services.connect(access, kind, "", given(kind, there), TOKEN, SECRET)


def sign(kind: str, raw: bytes, secret: str = SECRET) -> dict[str, str]:
    made = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return {
        "github": {"X-Hub-Signature-256": f"sha256={made}", "X-GitHub-Event": "issues"}, "jira": {"X-Hub-Signature": f"sha256={made}"},
        "linear": {"Linear-Signature": made},
    }[kind]  # fmt: skip


def knock(tracker: Tracker, body: Any, secret: str = SECRET, **headers: str) -> tuple[int, str]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {**sign(tracker.kind, raw, secret), **{k.replace("_", "-"): v for k, v in headers.items()}}
    reply = Client().post(reverse("tracker_hook", args=[tracker.public_id]), raw, "application/json", headers=sent)
    return reply.status_code, reply.content.decode()


def github(issue: dict[str, Any], action: str = "closed", **more: Any) -> dict[str, Any]:
    return {"action": action, "issue": issue, "repository": {"full_name": "acme/shop", "node_id": "R_1"}, **more}


# Signatures: GitHub's published vector, and what each of them sends


def test_T20_github_s_published_vector_opens_and_anything_else_does_not() -> None:
    given = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    check = KINDS["github"].check
    check(Arrived({"x-hub-signature-256": given}, b"Hello, World!", None), SECRET)  # type: ignore[arg-type]
    for header, raw, secret in (
        (given, b"Hello, World?", SECRET), (given, b"Hello, World!", "another secret"), (given[:-1] + "0", b"Hello, World!", SECRET),
        (given.removeprefix("sha256="), b"Hello, World!", SECRET), ("", b"Hello, World!", SECRET), ("sha256=ü", b"Hello, World!", SECRET),
    ):  # fmt: skip
        with pytest.raises(Turned):
            check(Arrived({"x-hub-signature-256": header}, raw, None), secret)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(KINDS))
def test_T20_unsigned_and_wrongly_signed_news_change_nothing(
    access: Access, there: FakeTrackers, bet: Bet, kind: str
) -> None:
    tracker = connected(access, there, kind)
    issue = services.make_issue(access, bet, tracker, "https://here/bet")
    body = {
        "action": "remove",
        "type": "Issue",
        "data": there.linear,
        "issue": {**there.jira},
        "webhookEvent": "jira:issue_deleted",
    }
    assert knock(tracker, body, "another secret of theirs")[0] == 401
    url = reverse("tracker_hook", args=[tracker.public_id])
    assert Client().post(url, b"{}", "application/json").status_code == 401
    assert Client().get(url).content == b"Send a POST here."
    assert Client().post(url[:-4] + "beef", b"{}", "application/json").status_code == 404
    issue.refresh_from_db()
    assert (issue.state, Arrival.objects.count()) == ("open", 0)


# Making and linking


def test_a_bet_becomes_an_issue_with_its_terms_and_nobody_s_words(
    access: Access, there: FakeTrackers, bet: Bet
) -> None:
    tracker = connected(access, there)
    issue = services.make_issue(access, bet, tracker, "https://here/bet")
    assert (issue.key, issue.remote_id, issue.state, issue.url) == (
        "acme/shop#12",
        "I_node_12",
        "open",
        "https://github.com/acme/shop/issues/12",
    )
    _, path, headers, body = there.calls[-1]
    assert (path, headers["authorization"], body["title"]) == (
        "/repos/acme/shop/issues",
        f"Bearer {TOKEN}",
        "One clock",
    )
    assert "We expect 20% more of “Exported”" in body["body"]
    assert "https://here/bet" in body["body"]
    assert "ann" not in body["body"].lower().replace("anna", "")
    assert [e.verb for e in Entry.objects.filter(thing="bet", thing_id=bet.pk).order_by("-pk")[:2]] == [
        "bet.issue_linked",
        "bet.issue_asked",
    ]


@pytest.mark.parametrize(("kind", "key"), [("jira", "SHOP-7"), ("linear", "ENG-3")])
def test_the_same_in_jira_and_linear(access: Access, there: FakeTrackers, bet: Bet, kind: str, key: str) -> None:
    tracker = connected(access, there, kind)
    issue = services.make_issue(access, bet, tracker, "https://here/bet")
    assert (issue.key, issue.state) == (key, "open")
    sent = [b for m, p, _, b in there.calls if m == "POST"]
    if kind == "jira":
        assert there.calls[0][2]["authorization"].startswith("Basic ")
        assert sent[0]["fields"]["issuetype"] == {"name": "Task"}
        assert sent[0]["fields"]["description"]["content"][0]["type"] == "paragraph"
        assert issue.url == f"{there.url}/browse/SHOP-7"
    else:
        assert there.calls[0][2]["authorization"] == TOKEN
        assert sent[-1]["variables"]["input"]["teamId"] == "team-1"


@pytest.mark.parametrize(
    ("kind", "reference"),
    [("github", "https://github.com/acme/shop/issues/40"), ("github", "#40"), ("github", "40"), ("github", "acme/shop#40"), ("github", "I_node_40"),
     ("jira", "https://acme.atlassian.net/browse/SHOP-7"), ("jira", "SHOP-7"), ("jira", "10042"), ("linear", "ENG-3"),
     ("linear", "https://linear.app/acme/issue/ENG-3/one-clock"), ("linear", "0d6f6b0a-0000-4000-8000-000000000001")],
)  # fmt: skip
def test_an_issue_that_exists_is_linked_by_what_people_paste(
    access: Access, there: FakeTrackers, bet: Bet, kind: str, reference: str
) -> None:
    there.issue(40, "Clock", state="closed", state_reason="completed")
    issue = services.link_issue(access, bet, connected(access, there, kind), reference)
    assert issue.key == {"github": "acme/shop#40", "jira": "SHOP-7", "linear": "ENG-3"}[kind]
    with pytest.raises(ValueError, match="linked already"):
        services.link_issue(access, bet, Tracker.objects.get(), reference)


def test_what_is_no_issue_is_not_linked(access: Access, there: FakeTrackers, bet: Bet) -> None:
    tracker = connected(access, there)
    there.issue(41, "A pull request", pull_request={})
    for reference, words in (
        ("", "Paste the address"),
        ("what?", "Paste the address"),
        ("99", "does not know it"),
        ("41", "pull request"),
        ("I_gone", "does not know that issue"),
    ):
        with pytest.raises(ValueError, match=words):
            services.link_issue(access, bet, tracker, reference)
    assert not Issue.objects.exists()


# What can go wrong on the way


@pytest.mark.parametrize(
    ("says", "words"),
    [((401, {"message": "Bad credentials"}, {}), "refuses the token"), ((403, {}, {}), "refuses the token"), ((404, {}, {}), "does not know it"),
     ((429, {}, {}), "asks us to wait"), ((422, {"message": "Validation Failed"}, {}), "answered 422: Validation Failed"), ((500, b"<html>", {}), "answered 500"),
     ((200, b"<html>", {}), "cannot be read"), ((200, b"[1]", {}), "cannot be read"), ((200, {}, {}), "without an issue"), ((200, b"[" * 100_000, {}), "cannot be read"),
     ((302, {}, {"Location": "https://evil.example/"}), "the token goes nowhere else"), ((302, {}, {}), "the token goes nowhere else")],
)  # fmt: skip
def test_a_refusal_is_told_and_nothing_stays(
    access: Access, there: FakeTrackers, bet: Bet, says: Any, words: str
) -> None:
    tracker = connected(access, there)
    there.says = says
    with pytest.raises(NoAnswer, match=words):
        services.make_issue(access, bet, tracker, "x")
    assert not Issue.objects.exists()
    assert all("evil" not in p for _, p, _, _ in there.calls)


def test_nobody_home_is_told(access: Access, there: FakeTrackers, bet: Bet) -> None:
    tracker = connected(access, there)
    there.stop()
    with pytest.raises(NoAnswer, match="could not be asked"):
        services.make_issue(access, bet, tracker, "x")


def test_T18_addresses_within_are_not_called(access: Access, there: FakeTrackers, settings: LazySettings) -> None:
    settings.OUTGOING_PRIVATE_HOSTS = []
    with pytest.raises(NoAnswer, match="could not be asked"):
        services.connect(access, "github", "", {"repository": "acme/shop", "api": "https://169.254.169.254"}, TOKEN)
    assert not there.calls
    assert not Tracker.objects.exists()


def test_a_crash_between_asking_and_hearing_is_seen_and_can_be_mended(
    access: Access, there: FakeTrackers, bet: Bet, as_owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = connected(access, there)

    def dies(*args: Any) -> Any:
        there.issue(40, "One clock")
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "kind_of", lambda t: type("K", (), {"make": staticmethod(dies)}))
    with pytest.raises(KeyboardInterrupt):
        services.make_issue(access, bet, tracker, "x")
    monkeypatch.undo()
    assert "It was being made when we stopped" in as_owner.get(f"/w/acme/decide/bets/{bet.pk}").content.decode()
    with pytest.raises(ValueError, match="being made"):
        services.make_issue(access, bet, tracker, "x")
    services.link_issue(access, bet, tracker, "40")
    assert [(i.key, i.state) for i in Issue.objects.all()] == [("acme/shop#40", "open")]


# News


@pytest.fixture
def issue(access: Access, there: FakeTrackers, bet: Bet) -> Issue:
    return services.make_issue(access, bet, connected(access, there), "x")


def stands(issue: Issue) -> tuple[str, str, bool]:
    issue.refresh_from_db()
    return issue.state, issue.state_name, issue.reopened


def test_closing_and_reopening_comes_back_and_changes_no_bet(
    there: FakeTrackers, bet: Bet, issue: Issue, as_owner: Client
) -> None:
    tracker = Tracker.objects.get()
    held = there.issues[12]
    assert knock(
        tracker, github({**held, "state": "closed", "state_reason": "completed", "updated_at": "2026-01-06T10:00:00Z"})
    ) == (200, "Taken in.")
    assert stands(issue) == ("done", "closed", False)
    entry = Entry.objects.get(verb="bet.issue_changed")
    assert (entry.thing_id, entry.actor_kind, entry.data["changed"]["state"]) == (bet.pk, "system", ["open", "done"])
    bet.refresh_from_db()
    assert bet.state == "draft"
    page = as_owner.get(f"/w/acme/decide/bets/{bet.pk}").content.decode()
    assert "It is done there, and work never started here" in page
    assert "acme/shop#12: open to closed" in page
    knock(tracker, github({**held, "updated_at": "2026-01-07T10:00:00Z"}, "reopened"))
    assert stands(issue) == ("open", "open", True)
    knock(
        tracker,
        github({**held, "state": "closed", "state_reason": "not_planned", "updated_at": "2026-01-08T10:00:00Z"}),
    )
    assert stands(issue)[0] == "dropped"


def test_T20_a_replay_does_nothing_twice_whatever_its_headers(there: FakeTrackers, issue: Issue) -> None:
    tracker = Tracker.objects.get()
    closed = github({**there.issues[12], "state": "closed", "updated_at": "2026-01-06T10:00:00Z"})
    knock(tracker, closed)
    knock(tracker, github({**there.issues[12], "updated_at": "2026-01-07T10:00:00Z"}, "reopened"))
    entries = Entry.objects.count()
    assert knock(tracker, closed, X_GitHub_Delivery="another") == (200, "Held already.")
    assert stands(issue)[0] == "open"
    assert Entry.objects.count() == entries


def test_news_that_come_late_do_not_turn_it_back(there: FakeTrackers, issue: Issue) -> None:
    tracker = Tracker.objects.get()
    knock(tracker, github({**there.issues[12], "state": "closed", "updated_at": "2026-01-09T10:00:00Z"}))
    assert knock(tracker, github({**there.issues[12], "updated_at": "2026-01-08T10:00:00Z"}, "edited")) == (
        200,
        "Left out.",
    )
    assert stands(issue)[0] == "done"


def test_links_survive_renames_of_issue_and_repository(
    access: Access, there: FakeTrackers, bet: Bet, issue: Issue
) -> None:
    tracker = Tracker.objects.get()
    knock(
        tracker,
        github({**there.issues[12], "title": "One clock for all", "updated_at": "2026-01-06T10:00:00Z"}, "edited"),
    )
    there.moved_from, there.repository = "acme/shop", "acme/till"
    for i in there.issues.values():
        i["html_url"] = i["html_url"].replace("acme/shop", "acme/till")
    services.refresh(access, issue)  # before anybody told us: the old address leads on
    renamed = {
        "action": "renamed",
        "changes": {"repository": {"name": {"from": "shop"}}},
        "repository": {"full_name": "acme/till", "node_id": "R_1"},
    }
    assert knock(tracker, renamed, X_GitHub_Event="repository") == (200, "Renamed.")
    issue.refresh_from_db()
    assert (issue.key, issue.url, issue.remote_id) == (
        "acme/till#12",
        "https://github.com/acme/till/issues/12",
        "I_node_12",
    )
    tracker.refresh_from_db()
    assert tracker.settings["repository"] == "acme/till"
    assert services.make_issue(access, bet, tracker, "x").key.startswith("acme/till#")


def test_an_issue_that_is_transferred_is_followed(there: FakeTrackers, issue: Issue) -> None:
    new = {
        **there.issues[12],
        "node_id": "I_new",
        "number": 3,
        "html_url": "https://github.com/acme/other/issues/3",
        "repository_url": "",
    }
    body = github(
        there.issues[12], "transferred", changes={"new_issue": new, "new_repository": {"full_name": "acme/other"}}
    )
    assert knock(Tracker.objects.get(), body) == (200, "Taken in.")
    issue.refresh_from_db()
    assert (issue.remote_id, issue.key) == ("I_new", "acme/other#3")


def test_a_deleted_issue_says_so_and_stays_deleted(there: FakeTrackers, issue: Issue) -> None:
    tracker = Tracker.objects.get()
    knock(tracker, github(there.issues[12], "deleted"))
    assert stands(issue)[:2] == ("gone", "deleted")
    assert (
        knock(tracker, github({**there.issues[12], "updated_at": "2027-01-01T00:00:00Z"}, "edited"))[1] == "Left out."
    )


def test_other_repositories_with_our_secret_and_odd_bodies_change_nothing(there: FakeTrackers, issue: Issue) -> None:
    tracker = Tracker.objects.get()
    assert knock(tracker, {"zen": "Keep it simple."}, X_GitHub_Event="ping") == (200, "Left out.")
    assert knock(tracker, github({**there.issues[12], "node_id": "I_else"})) == (200, "Left out.")
    for raw in (
        b"",
        b"[]",
        b"{",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"issue": 5}',
        b'{"issue": {"node_id": {"a": 1}}, "action": ["x"]}',
    ):
        assert knock(tracker, raw)[0] in (200, 400)
    assert stands(issue)[0] == "open"


def test_jira_s_status_comes_back_and_a_new_key_too(access: Access, there: FakeTrackers, bet: Bet) -> None:
    tracker = connected(access, there, "jira")
    issue = services.make_issue(access, bet, tracker, "x")
    fields = {
        **there.jira["fields"],
        "status": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
        "updated": "2026-01-06T10:00:00.000+0100",
    }  # type: ignore[dict-item]
    moved = {"id": "10042", "key": "TILL-1", "self": f"{there.url}/rest/api/3/issue/10042", "fields": fields}
    assert knock(tracker, {"webhookEvent": "jira:issue_updated", "issue": moved}) == (200, "Taken in.")
    issue.refresh_from_db()
    assert (issue.key, issue.state, issue.state_name, issue.url) == (
        "TILL-1",
        "started",
        "In Progress",
        f"{there.url}/browse/TILL-1",
    )
    rejected = {
        **moved,
        "fields": {
            **fields,
            "status": {"name": "Won't do", "statusCategory": {"key": "done"}},
            "updated": "2026-01-07T10:00:00.000+0100",
        },
    }
    knock(tracker, {"webhookEvent": "jira:issue_updated", "issue": rejected})
    assert stands(issue)[0] == "dropped"


def test_linear_s_status_comes_back(access: Access, there: FakeTrackers, bet: Bet) -> None:
    tracker = connected(access, there, "linear")
    issue = services.make_issue(access, bet, tracker, "x")
    data = {
        **there.linear,
        "state": {"name": "Done", "type": "completed"},
        "updatedAt": "2026-01-06T10:00:00.000Z",
        "identifier": "OPS-9",
    }
    assert knock(
        tracker, {"action": "update", "type": "Issue", "data": data, "url": "https://linear.app/acme/issue/OPS-9/x"}
    ) == (200, "Taken in.")
    issue.refresh_from_db()
    assert (issue.key, issue.state, issue.url) == ("OPS-9", "done", "https://linear.app/acme/issue/OPS-9/x")
    assert knock(tracker, {"action": "create", "type": "Comment", "data": {}}) == (200, "Left out.")


def test_addresses_that_run_something_are_not_kept(access: Access, there: FakeTrackers, bet: Bet) -> None:
    there.issue(40, "Clock", html_url="javascript:alert(1)")
    assert services.link_issue(access, bet, connected(access, there), "40").url == ""


@pytest.mark.parametrize("value", ["2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000+0000", "2026-01-05T10:00:00+00:00"])
def test_their_ways_to_write_a_moment(value: str) -> None:
    found = moment(value)
    assert found is not None
    assert found.timestamp() == 1767607200
    assert moment("soon") is moment("2026-01-05T10:00:00") is moment(None) is moment("9" * 400) is None


def test_what_is_suggested_depends_on_both(access: Access, bet: Bet) -> None:
    def said(state: str, bet_state: str, reopened: bool = False) -> str:
        bet.state = bet_state
        return reads.suggests(Issue(state=state, reopened=reopened), bet)

    assert "Start the bet" in said("started", "draft")
    assert "write its release" in said("done", "started")
    assert "drop the bet" in said("dropped", "started")
    assert "opened again" in said("open", "shipped", True)
    assert (
        said("done", "shipped") == said("open", "draft") == said("open", "started") == said("dropped", "dropped") == ""
    )


# Pages, roles, secrets


def test_an_owner_connects_and_sees_the_made_secret_once(as_owner: Client, there: FakeTrackers) -> None:
    form = as_owner.get("/w/acme/settings/trackers/connect/github").content.decode()
    assert "fine-grained personal access token" in form
    reply = as_owner.post("/w/acme/settings/trackers/connect/github", {**given("github", there), "token": TOKEN})
    tracker = Tracker.objects.get()
    assert tracker.secret in reply.content.decode()
    assert f"http://testserver/hooks/tracker/{tracker.public_id}" in reply.content.decode()
    for url in ("/w/acme/settings/trackers", f"/w/acme/settings/trackers/{tracker.pk}", "/w/acme/settings/journal"):
        shown = as_owner.get(url).content.decode()
        assert tracker.secret not in shown
        assert TOKEN not in shown
    assert not Entry.objects.filter(data__icontains=TOKEN).exists()


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [("github", {"repository": "shop"}, "owner/name"), ("github", {"token": ""}, "Token is needed"), ("github", {"token": "two words"}, "Token is needed"),
     ("github", {"secret": "short"}, "at least 16"), ("jira", {"email": ""}, "is needed"), ("jira", {"project": "?"}, "such as SHOP"), ("linear", {"team": "OPS"}, "knows no team"),
     ("jira", {"site": "https://acme.atlassian.net/jira/x"}, "is written like")],
)  # fmt: skip
def test_what_cannot_work_is_refused_at_once(
    as_owner: Client, there: FakeTrackers, kind: str, change: dict[str, str], words: str
) -> None:
    reply = as_owner.post(f"/w/acme/settings/trackers/connect/{kind}", {**given(kind, there), "token": TOKEN, **change})
    assert (reply.status_code, words in reply.content.decode()) == (422, True)
    assert TOKEN not in reply.content.decode()
    assert not Tracker.objects.exists()


def test_pausing_renewing_and_removing(
    as_owner: Client, access: Access, there: FakeTrackers, bet: Bet, issue: Issue
) -> None:
    tracker = Tracker.objects.get()
    url = f"/w/acme/settings/trackers/{tracker.pk}/do"
    as_owner.post(url, {"do": "pause"})
    assert knock(tracker, github(there.issues[12]))[0] == 503
    with pytest.raises(ValueError, match="is paused"):
        services.make_issue(access, bet, Tracker.objects.get(), "x")
    as_owner.post(url, {"do": "resume"})
    as_owner.post(url, {"do": "renew", "secret": "a new secret of theirs"})
    assert knock(tracker, github(there.issues[12]))[0] == 401
    assert knock(tracker, github(there.issues[12]), "a new secret of theirs")[0] == 200
    there.says = (401, {}, {})
    assert as_owner.post(url, {"do": "renew", "token": "worse"}).status_code == 422
    assert Tracker.objects.get().token == TOKEN
    as_owner.post(url, {"do": "remove"})
    assert not Tracker.objects.exists()
    page = as_owner.get(f"/w/acme/decide/bets/{bet.pk}").content.decode()
    assert "https://github.com/acme/shop/issues/12" in page
    assert "not connected any more" in page


def test_from_the_bet_s_page_and_back(as_owner: Client, access: Access, there: FakeTrackers, bet: Bet) -> None:
    tracker = connected(access, there)
    as_owner.post(f"/w/acme/decide/bets/{bet.pk}/issues", {"tracker": tracker.pk})
    issue = Issue.objects.get()
    there.issues[12] |= {"state": "closed", "updated_at": "2026-01-06T10:00:00Z"}
    as_owner.post(f"/w/acme/decide/issues/{issue.pk}", {"do": "refresh"})
    assert stands(issue)[0] == "done"
    refused = as_owner.post(f"/w/acme/decide/bets/{bet.pk}/issues", {"tracker": tracker.pk, "reference": "what?"})
    assert (refused.status_code, "Paste the address" in refused.content.decode()) == (422, True)
    as_owner.post(f"/w/acme/decide/issues/{issue.pk}", {"do": "forget"})
    assert not Issue.objects.exists()
    assert (
        len([c for c in there.calls if c[0] == "POST"]) == 2
    )  # one issue was made, one asked for; nothing deleted there


def test_who_may_not_does_not(access: Access, there: FakeTrackers, bet: Bet, issue: Issue) -> None:
    editor = Access(access.workspace, access.actor, Role.EDITOR)
    viewer = Access(access.workspace, access.actor, Role.VIEWER)
    tracker = Tracker.objects.get()
    for refused in (
        lambda: services.connect(editor, "github", "", given("github", there), TOKEN), lambda: services.renew(editor, tracker, TOKEN),
        lambda: services.remove(editor, tracker), lambda: services.make_issue(viewer, bet, tracker, "x"), lambda: services.unlink(viewer, issue),
        lambda: services.link_issue(viewer, bet, tracker, "12"), lambda: services.refresh(viewer, issue),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            refused()


def test_the_same_over_the_api_and_the_command_line(client: Client, made: Made, there: FakeTrackers, bet: Bet) -> None:
    key = {"authorization": f"Bearer {made.api_token}"}
    body = {"kind": "github", "settings": given("github", there), "token": TOKEN}
    told = client.post("/api/trackers", body, "application/json", headers=key).json()
    assert told["secret"] == Tracker.objects.get().secret
    listed = client.get("/api/trackers", headers=key).content.decode()
    assert told["secret"] not in listed
    assert TOKEN not in listed
    issue = client.post(f"/api/bets/{bet.pk}/issues", {"tracker": told["id"]}, "application/json", headers=key).json()
    assert (issue["key"], issue["suggests"]) == ("acme/shop#12", "")
    there.issues[12] |= {"state": "closed", "updated_at": "2026-01-06T10:00:00Z"}
    assert (
        client.post(f"/api/issues/{issue['id']}/refresh", {}, "application/json", headers=key).json()["changed"] is True
    )
    found = client.get(f"/api/issues?bet={bet.pk}", headers=key).json()
    typed = cli.commands["issues"].main(["--workspace", "acme"], standalone_mode=False)
    assert json.loads(typed.show(True)) == found
    assert "acme/shop#12" in typed.show(False)
    assert client.delete(f"/api/issues/{issue['id']}", headers=key).status_code == 200
    assert client.delete(f"/api/trackers/{told['id']}", headers=key).json() == {"removed": told["id"]}
