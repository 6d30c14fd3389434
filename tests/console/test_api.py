"""The API: each endpoint as a program uses it, then everything it refuses, always in JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.console.worlds import World
from tests.engine import Events
from wellheard.decide.models import Bet, Tracker
from wellheard.listen.models import Board, Idea, Voice
from wellheard.measure.models import Celebration
from wellheard.people.models import Account, Person, Role
from wellheard.people.services import workspaces
from wellheard.store import Store
from wellheard.understand.models import Problem


class Api:
    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=True)

    def get(self, path: str, **query: object) -> tuple[int, Any]:
        reply = self.client.get(f"/api/{path}", query)
        return reply.status_code, reply.json()

    def post(self, path: str, body: object = None, raw: bytes | None = None) -> tuple[int, Any]:
        content = raw if raw is not None else json.dumps(body or {})
        reply = self.client.post(f"/api/{path}", content, content_type="application/json")
        return reply.status_code, reply.json()


@pytest.fixture
def worlds(db: None, event_store: Store) -> tuple[World, World]:
    return World("acme"), World("rival")


@pytest.fixture
def api(worlds: tuple[World, World]) -> Api:
    return Api(worlds[0].token)


def test_a_program_closes_the_loop(api: Api, worlds: tuple[World, World]) -> None:
    status, voice = api.post("voices", {"text": "Exports are slow", "who": "zoe@new.example", "account": "New Co"})
    assert (status, voice["relayed_by"], voice["channel"]) == (201, "first token", "other")
    status, person = api.post("people", {"email": "zoe@new.example", "name": "Zoe", "traits": {"seat": 3}})
    assert (status, person["name"], person["traits"]) == (200, "Zoe", {"seat": 3})
    status, account = api.post("accounts", {"name": "New Co", "plan": "pro", "state": "active"})
    assert (status, account["id"], account["plan"]) == (200, voice["account_id"], "pro")
    status, relation = api.post("relations", {"person": person["id"], "account": account["id"], "buys": True})
    assert (status, relation["roles"]) == (200, ["buys"])
    status, problem = api.post("problems", {"name": "Waiting for exports", "voices": [voice["id"]]})
    assert status == 201
    assert api.post(f"problems/{problem['id']}/evidence", {"voices": [voice["id"]]}) == (200, {"added": 0})
    assert [v["id"] for v in api.get("voices", problem=problem["id"])[1]] == [voice["id"]]
    terms = {
        "name": "Stream",
        "problems": [problem["id"]],
        "metric": "Exported",
        "expected_percent": 20,
        "smallest_percent": 10,
    }
    status, bet = api.post("bets", terms)
    assert (status, bet["state"]) == (201, "draft")
    assert api.post(f"bets/{bet['id']}/start")[1]["state"] == "started"
    assert api.post("decisions", {"answer": "yes", "reason": "many ask", "bet": bet["id"]})[0] == 201
    status, release = api.post("releases", {"title": "Exports stream", "bets": [bet["id"]]})
    assert status == 201
    status, told = api.post(f"releases/{release['id']}/publish")
    assert (status, told["owed"]) == (200, 1)
    assert any(p["owed"] or p["told"] for p in api.get("debt")[1]["problems"])
    assert {p["name"] for p in api.get("problems")[1]["problems"]} == {"acme problem", "Waiting for exports"}
    assert len(api.get("outcomes")[1]["outcomes"]) == 2


@pytest.mark.parametrize(
    ("path", "key"),
    [("voices", None), ("people", None), ("accounts", None), ("bets", None), ("problems", "problems"), ("debt", "problems"),
     ("outcomes", "outcomes"), ("themes", "themes"), ("ask/events", "events"), ("ask/count", "count"), ("ask/active", "points"),
     ("ask/retention", "cohorts")],
)  # fmt: skip
def test_each_list_answers_with_this_workspaces_things_only(api: Api, path: str, key: str | None) -> None:
    status, body = api.get(path)
    assert status == 200
    assert isinstance(body if key is None else body[key], list | int)
    assert "rival" not in json.dumps(body)


def test_questions_about_events(api: Api, worlds: tuple[World, World], event_store: Store) -> None:
    ours = Events(event_store, worlds[0].workspace.pk)
    ours.send(
        ours.track("ann", "Opened", "2026-03-02 10:00", account="shop"),
        ours.track("ann", "Exported", "2026-03-02 11:00", account="shop"),
        ours.track("bob", "Opened", "2026-03-03 10:00"),
    )
    days = {"from": "2026-03-02", "to": "2026-03-08"}
    assert api.get("ask/count", event="Opened", **days) == (200, {"count": 2, "people": 2, "accounts": 1})
    points = api.get("ask/active", every="week", **days)[1]["points"]
    assert points == [{"start": "2026-03-02", "people": 2, "accounts": 1}]
    steps = api.get("ask/funnel", steps="Opened,Exported", window="7d", **days)[1]["steps"]
    assert [s["count"] for s in steps] == [2, 1]
    assert api.get("ask/adoption", event="Exported", **days)[1]["people"] == 1
    assert Api(worlds[1].token).get("ask/count", event="Opened", **days)[1]["count"] == 0


def test_people_are_paged_and_found(api: Api, worlds: tuple[World, World]) -> None:
    for n in range(3):
        Person.objects.create(workspace=worlds[0].workspace, external_id=f"n{n}", email=f"n{n}@x.example")
    first = api.get("people", limit=2)[1]
    second = api.get("people", limit=2, after=first[-1]["id"])[1]
    assert len({p["id"] for p in first + second}) == 4
    assert [p["external_id"] for p in api.get("people", email="N1@X.example")[1]] == ["n1"]
    assert [p["external_id"] for p in api.get("people", external_id="n2")[1]] == ["n2"]
    newest = api.get("voices", limit=1)[1][0]["id"]
    assert api.get("voices", before=newest)[1] == []


WRITES: dict[str, dict[str, Any]] = {
    "voices": {"text": "x"},
    "language/accept": {"place": "problem:1:name", "start": 0, "words": "x"},
    "language/waive": {"place": "problem:1:name", "start": 0, "words": "x", "reason": "y"},
    "voices/sort": {"voices": [Voice], "kind": "bug"},
    "voices/batch": {"source": "forum", "voices": [{"id": "1", "text": "x"}]},
    "imports/{Import}/start": {},
    "imports/{Import}/stop": {},
    "imports/{Import}/undo": {},
    "sources": {"source": "github"},
    "sources/{Connection}/pause": {"paused": True},
    "releases/{Release}/silent": {},
    "bets/{Bet}/close": {"learned": "x"},
    "self-check": {},
    "bets/{Bet}/faded/dismiss": {"reason": "x"},
    "bets/{Bet}/open-again": {},
    "experiments": {
        "name": "x",
        "flag": "y",
        "variants": [{"key": "a"}, {"key": "b"}],
        "metrics": [{"event": "e", "role": "primary"}],
        "planned_total": 100,
    },
    "experiments/{Experiment}": {"do": "start"},
    "bets/{Bet}/staged": {"title": "x"},
    "bets/{Bet}/staged/do": {"do": "off"},
    "bets/{Bet}/staged/leave-out": {"person": Person},
    "updates/{Stakeholder}/send": {"subject": "s", "words": "w"},
    "flags": {"key": "beta"},
    "flags/{Flag}": {"name": "The new editor"},
    "flags/{Flag}/do": {"do": "kill"},
    "milestones": {"name": "x", "kind": "asked", "subject": "s", "words": "w"},
    "milestones/{Milestone}": {"do": "pause"},
    "celebrations/{Celebration}/send": {"person": Person, "subject": "s", "words": "w"},
    "celebrations/wave-off": {"celebrations": [Celebration]},
    "webhooks": {"url": "https://hooks.example.com/x", "kinds": ["voice.created"]},
    "webhooks/{Webhook}": {"do": "pause"},
    "webhooks/{Webhook}/replay": {},
    "people": {"email": "x@y.example"},
    "accounts": {"name": "X"},
    "relations": {"person": Person, "account": Account, "uses": True},
    "problems": {"name": "Some problem"},
    "problems/{Problem}/evidence": {"voices": [Voice]},
    "problems/{Problem}/behaviour": {"event": "Exported"},
    "patterns/{Pattern}/untie": {},
    "problems/{Problem}/refuse": {"voice": Voice},
    "meaning": {"method": "words"},
    "themes/find": {},
    "themes/{Theme}/confirm": {"name": "Exports open broken"},
    "themes/{Theme}/dismiss": {},
    "themes/{Theme}/rename": {"name": "Exports"},
    "bets": {"name": "b", "problems": [Problem], "metric": "E", "expected_percent": 9, "smallest_percent": 5},
    "bets/{Bet}/start": {},
    "bets/{Bet}/move": {"by": "moscow", "column": "must"},
    "bets/{Bet}/file": {"team": "Stores"},
    "bets/{Bet}/public": {"public": True, "title": "One clock"},
    "bets/{Bet}/costs": {"side": "us", "kind": "cost", "name": "Work", "likely": 100},
    "worth": {"hour_cents": 9000, "customer_hour_cents": 3000, "months": 12},
    "trackers": {"kind": "github", "settings": {"repository": "acme/shop", "api": "https://127.0.0.1"}, "token": "t"},
    "trackers/{Tracker}/pause": {"paused": True},
    "bets/{Bet}/issues": {"tracker": Tracker},
    "issues/{Issue}/refresh": {},
    "scores/method": {"method": "rice"},
    "bets/{Bet}/inputs": {"effort": {"likely": 2}},
    "decisions": {"answer": "no", "reason": "because", "bet": Bet},
    "decisions/{Decision}/publish": {"despite": "They are told by phone.", "words": "We looked at it."},
    "decisions/{Decision}/tell": {},
    "decisions/{Decision}/opinions": {"stand": "against", "words": "It costs us two deals.", "craft": "sales"},
    "decisions/{Decision}/consulted": {"name": "Olga"},
    "decisions/{Decision}/words": {"public_reason": "We will not build it."},
    "decisions/{Decision}/acknowledge": {"name": "Olga"},
    "decisions/{Decision}/remind": {},
    "decisions/{Decision}/brief": {"audience": "sales", "words": "Say it plainly."},
    "decisions/{Decision}/follow-ups": {"what": "Call them", "due": "2099-01-05", "account": Account},
    "follow-ups/{FollowUp}/close": {"note": "They stay."},
    "stakeholders": {"name": "The regulator", "power": 5, "problems": [Problem]},
    "stakeholders/{Stakeholder}/touches": {"what": "talked", "note": "About the clock."},
    "stakeholders/table": {"csv": "name,power\nThe board,5\n"},
    "decisions/{Decision}/withdraw": {"reason": "Too early."},
    "budget": {"per_week": 2},
    "debt/answer": {"voices": [Voice], "text": "We look at it."},
    "debt/targets": {"first_hours": 48, "close_days": 60},
    "messages": {"kind": "no", "language": "en", "subject": "About {{thing}}", "body": "{{hello}} {{reason}}"},
    "messages/reset": {"kind": "no", "language": "en"},
    "dead-addresses/{DeadAddress}/try": {},
    "releases": {"title": "A release", "bets": [Bet]},
    "releases/{Release}/publish": {},
    "segments": {"name": "Payers", "of": "accounts", "rule": {"match": "all", "of": [{"what": "pays"}]}},
    "people/{Person}/merge": {"gone": Person},
    "accounts/{Account}/merge": {"gone": Account},
    "merges/{Merge}/undo": {},
    "check-ins": {"account": Account, "every_days": 30},
    "check-ins/{CheckIn}/hold": {"note": "All is well"},
    "check-ins/{CheckIn}/skip": {"reason": "on holiday"},
    "check-ins/{CheckIn}/postpone": {"until": "2027-01-05", "reason": "on holiday"},
    "traits": {"of": "people", "key": "size", "kind": "number"},
    "dashboards": {"name": "Mornings", "tiles": [{"kind": "active", "title": "Active"}]},
    "boards": {"name": "Mobile"},
    "ideas": {"title": "Some wish", "who": "x@y.example", "board": Board},
    "ideas/{Idea}/comments": {"text": "x"},
    "ideas/{Idea}/votes": {"who": "x@y.example"},
    "ideas/{Idea}/votes/discount": {"votes": []},
    "ideas/{Idea}/notes": {"text": "x"},
    "ideas/{Idea}/merge": {"into": Idea},
    "ideas/{Idea}/unmerge": {},
    "queue": {"standing": "public", "ideas": [Idea]},
    "dashboards/{Dashboard}/tiles": {"kind": "active", "title": "Active"},
    "money/revenue": {"account": Account, "amount": "49.90", "since": "2026-01-05"},
    "money/revenue/{Revenue}/end": {"until": "2026-06-01"},
    "money/income": {"day": "2026-01-05", "amount": 12, "source": "advertising"},
    "widget": {"open": True, "sites": ["shop.example"]},
    "voices/{Voice}/answer": {"text": "Soon."},
    "billing": {"name": "Stripe"},
    "billing/{Billing}/secret": {"secret": "whsec_one_secret"},
    "billing/{Billing}/customers": {"customer": "cus_1", "account": Account},
}
READS = ["people/{Person}"]
POSTED_READS = {
    "similar": {"text": "x"},
    "suggest": {"text": "x"},
    "language/check": {"text": "x"},
    "route": {"text": "x"},
}


def filled(value: Any, world: World) -> Any:
    """A body or path with this world's numbers in it."""
    if isinstance(value, dict):
        return {k: filled(v, world) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, world) for v in value]
    if isinstance(value, type):
        return world.number(value)
    if isinstance(value, str) and "{" in value:
        return value.format(**{m.__name__: world.number(m) for m in world.things})
    return value


def is_error(answer: tuple[int, Any], status: int) -> None:
    assert answer[0] == status, answer
    assert isinstance(answer[1]["code"], str)
    assert isinstance(answer[1]["message"], str)
    assert answer[1]["message"]


def test_every_endpoint_is_tested_here(api: Api) -> None:
    paths = api.get("openapi.json")[1]["paths"]
    posts = {p for p, methods in paths.items() if "post" in methods}
    known = {"/api/" + re.sub(r"\{\w+\}", "{number}", p) for p in [*WRITES, *POSTED_READS]}
    assert posts == known


@pytest.mark.parametrize("path", [*WRITES, *POSTED_READS])
def test_T10_wrong_or_weak_tokens_write_nothing(path: str, worlds: tuple[World, World]) -> None:
    ours, _ = worlds
    body = {**WRITES, **POSTED_READS}[path]
    where, what = filled(path, ours), filled(body, ours)
    for token in ("", "wh_wrong", "Bearer", ours.workspace.secret_key):
        is_error(Api(token).post(where, what), 401)
    _, weak = workspaces.make_token(ours.access, "weak", Role.VIEWER)
    if path in WRITES:
        is_error(Api(weak).post(where, what), 403)
    made, gone = workspaces.make_token(ours.access, "gone", Role.OWNER)
    workspaces.revoke_token(ours.access, made)
    is_error(Api(gone).post(where, what), 401)


@pytest.mark.parametrize("path", WRITES)
def test_T07_numbers_of_another_workspace_are_not_found(path: str, api: Api, worlds: tuple[World, World]) -> None:
    ours, theirs = worlds
    foreign = filled(path, theirs), filled(WRITES[path], theirs)
    if foreign != (filled(path, ours), filled(WRITES[path], ours)):
        is_error(api.post(*foreign), 404)
        for number in (2**62, 2**70):
            body = {k: number if isinstance(v, type) else v for k, v in WRITES[path].items()}
            assert api.post(filled(path, ours), filled(body, ours))[0] in (200, 201, 404, 422)


def test_T07_voices_of_another_workspace_become_no_evidence(api: Api, worlds: tuple[World, World]) -> None:
    status, made = api.post("problems", {"name": "Ours", "voices": [worlds[1].number(Voice)]})
    assert status in (201, 404)
    assert status == 404 or api.get("voices", problem=made["id"])[1] == []
    is_error(api.get(f"people/{worlds[1].number(Person)}"), 404)
    assert api.get("voices", problem=worlds[1].number(Problem))[1] == []


@pytest.mark.parametrize("path", [*WRITES, *POSTED_READS])
def test_T11_fields_that_are_not_listed_are_refused(path: str, api: Api, worlds: tuple[World, World]) -> None:
    body = filled({**WRITES, **POSTED_READS}[path], worlds[0])
    if not body:
        return
    for extra in ("workspace", "workspace_id", "id", "role", "recorded_by", "unknown"):
        answer = api.post(filled(path, worlds[0]), {**body, extra: 1})
        is_error(answer, 422)
        assert extra in answer[1]["message"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("voices", {}), ("voices", {"text": ""}), ("voices", {"text": ["x"]}), ("voices", {"text": "x", "channel": "fax"}),
        ("voices", {"text": "nul \x00"}), ("voices", {"text": "half \ud800"}), ("voices", {"text": "x", "said_at": "soon"}),
        ("voices", {"text": "x", "said_at": "1850-01-01T00:00:00Z"}), ("voices", {"text": "x", "said_at": "9999-12-31T23:59:59-12:00"}),
        ("people", {}), ("people", {"email": "nobody"}), ("people", {"email": "a@b.example", "traits": {"x": {"y": "\x00"}}}),
        ("people", {"email": "a@b.example", "traits": []}), ("people", {"external_id": "x" * 256}),
        ("accounts", {"name": ""}), ("accounts", {"name": "x", "state": "odd"}), ("accounts", {"name": "x", "plan": "p" * 61}),
        ("accounts", {"name": "n" * 201}), ("problems", {"name": " "}), ("problems", {"name": "x" * 141}),
        ("bets", {"name": "b", "problems": [], "metric": "E", "expected_percent": 9, "smallest_percent": 5}),
        ("decisions", {"answer": "maybe", "reason": "x", "problem": 1, "bet": 1}), ("similar", {"text": "x", "limit": 0}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_reason(api: Api, path: str, body: dict[str, Any]) -> None:
    before = Voice.objects.count(), Person.objects.count(), Account.objects.count(), Problem.objects.count()
    is_error(api.post(path, body), 422)
    assert before == (Voice.objects.count(), Person.objects.count(), Account.objects.count(), Problem.objects.count())


def test_everything_else_is_told_in_json_too(api: Api) -> None:
    is_error(api.get("nothing/here"), 404)
    is_error(api.get("bets/1"), 404)
    is_error(api.post("voices", raw=b"{broken"), 400)
    is_error(api.post("voices", raw=b"[1, 2]"), 422)
    is_error(api.get("voices", triage="odd"), 422)
    is_error(api.get("voices", limit=0), 422)
    is_error(api.get("voices", before=2**70), 422) if api.get("voices", before=2**70)[0] != 200 else None
    is_error(api.get("ask/active", every="year"), 422)
    is_error(api.get("ask/count", **{"from": "2026-13-01"}), 422)
    is_error(api.get("ask/count", **{"from": "2026-03-02", "to": "2026-03-01"}), 422)
    is_error(api.get("ask/funnel", steps=""), 422)
    reply = api.client.delete("/api/voices")
    is_error((reply.status_code, reply.json()), 405)
    assert set(reply["Allow"].split(", ")) == {"GET", "POST"}
    reply = api.client.post("/api/voices", {"text": "as a form"})
    assert reply.status_code == 400
    assert reply.json()["code"]


def test_without_the_event_store_questions_say_so(worlds: tuple[World, World], api: Api, event_store: Store) -> None:
    from wellheard import store

    store.use(None)
    try:
        is_error(api.get("ask/count"), 503)
    finally:
        store.use(event_store)


def test_an_id_wins_over_somebody_elses_address(api: Api, worlds: tuple[World, World]) -> None:
    known = worlds[0].things[Person]
    status, made = api.post("people", {"external_id": "other", "email": "p@acme.example", "name": "Other"})
    assert (status, made["email"], made["external_id"]) == (200, None, "other")
    known.refresh_from_db()
    assert (known.email, known.name) == ("p@acme.example", "acme person")  # type: ignore[attr-defined]
    third = Person.objects.create(workspace=worlds[0].workspace, external_id="third")
    assert api.post("people", {"external_id": "third", "email": "P@acme.example"})[0] == 200
    third.refresh_from_db()
    assert third.email is None


def test_an_account_known_by_name_only_gets_its_id(api: Api) -> None:
    first = api.post("accounts", {"name": "Soon Known"})[1]
    assert api.post("accounts", {"name": "SOON known", "external_id": "c1"})[1]["id"] == first["id"]
    assert api.post("accounts", {"name": "Soon Known", "external_id": "c2"})[1]["id"] != first["id"]
