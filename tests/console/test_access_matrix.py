"""T06: every address of the console, for everybody, with own and foreign numbers. The routes come from the resolver."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.console.policy import POLICY, WORDS
from tests.console.worlds import World
from wellheard.console import urls
from wellheard.people.models import Role
from wellheard.store import Store


def routes() -> dict[str, set[str]]:
    """name → what its address takes, for everything under /w/<slug>/."""

    def walk(patterns: list[URLPattern | URLResolver], taken: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
        for p in patterns:
            inner = taken | set(p.pattern.converters)
            if isinstance(p, URLResolver):
                yield from walk(p.url_patterns, inner)
            elif "slug" in inner:
                yield str(p.name), set(inner)

    return dict(walk(list(urls.urlpatterns), frozenset()))


ROUTES = routes()


def test_no_two_addresses_share_a_name() -> None:
    """A name that two addresses have leads templates of one to the other."""
    found: dict[str, list[str]] = {}

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for p in patterns:
            if isinstance(p, URLResolver):
                if p.namespace is None:
                    walk(p.url_patterns, before + str(p.pattern))
            elif p.name:
                found.setdefault(p.name, []).append(before + str(p.pattern))

    walk(get_resolver().url_patterns, "")
    assert len(found) > 150
    assert {name: at for name, at in found.items() if len(at) > 1} == {}


def test_every_route_has_a_rule_and_every_rule_a_route() -> None:
    assert set(POLICY) == set(ROUTES), "say in tests/console/policy.py who may look and press"
    for name, takes in ROUTES.items():
        assert ("number" in takes) == (POLICY[name][2] is not None), name
        assert takes - {"slug", "number"} <= set(WORDS), name


@pytest.fixture
def worlds(db: None, event_store: Store) -> tuple[World, World]:
    return World("acme"), World("rival")


def client_of(world: World, role: Role) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(world.member(role).user)
    return client


def ask(client: Client, method: str, url: str) -> int:
    """The answer's status; what was written is taken back."""
    with transaction.atomic():
        reply = getattr(client, method)(url)
        transaction.set_rollback(True)
    assert reply.status_code < 500, (method, url)
    return 0 if reply.status_code == 302 and "/accounts/login/" in reply["Location"] else int(reply.status_code)


SIGN_IN = 0
# Right to come, but there is nothing behind the address yet: no refused row, no verdict, no voice named in the form.
NOTHING_YET = {"voice_picture", "import_refused", "outcome_people", "add_evidence", "move_evidence"}


@pytest.mark.parametrize("name", sorted(set(ROUTES) & set(POLICY)))
def test_T06_who_may_look_and_press(name: str, worlds: tuple[World, World]) -> None:
    ours, theirs = worlds
    look, press, model = POLICY[name]
    words = {w: v for w, v in WORDS.items() if w in ROUTES[name]}
    own = reverse(name, kwargs={"slug": "acme", **words, **({"number": ours.number(model)} if model else {})})
    foreign = reverse(name, kwargs={"slug": "acme", **words, "number": theirs.number(model)}) if model else ""
    none = reverse(name, kwargs={"slug": "acme", **words, "number": 2**62}) if model else ""
    unknown = own.replace("/w/acme/", "/w/nobody/")
    clients = {role: client_of(ours, role) for role in Role}
    stranger, anybody = client_of(theirs, Role.OWNER), Client()
    for method, need in (("get", look), ("post", press)):
        for url in filter(None, (own, foreign, none, unknown)):
            assert ask(anybody, method, url) == SIGN_IN, "who is not signed in learns nothing"
            if need is None:
                assert ask(clients[Role.OWNER], method, url) == 405
                continue
            assert ask(stranger, method, url) == 404, "another workspace's member"
            if url == unknown:
                continue
            for role, client in clients.items():
                status = ask(client, method, url)
                if role.rank < need.rank:
                    assert status == 403, (role, method, url)
                elif url != own:
                    assert status == 404, (role, method, url)
                else:
                    assert status in (200, 302, 422) or (name in NOTHING_YET and status == 404), (role, method, url)


def test_T07_a_number_of_another_workspace_in_a_form_is_not_taken(worlds: tuple[World, World]) -> None:
    from wellheard.listen.models import Triage, Voice
    from wellheard.understand.models import Evidence, Problem

    ours, theirs = worlds
    client = client_of(ours, Role.OWNER)
    foreign = theirs.number(Voice)
    assert client.post("/w/acme/listen/triage", {"voice": foreign, "state": "aside"}).status_code == 404
    place = f"/w/acme/listen/voices/{ours.number(Voice)}/place"
    assert client.post(place, {"problem": theirs.number(Problem)}).status_code == 404
    assert client.post(place, {"remove": theirs.number(Problem)}).status_code == 404
    assert Voice.objects.get(pk=foreign).triage == Triage.NEW
    assert Evidence.objects.count() == 2


@pytest.mark.parametrize("slip", ["²", "-1", "9" * 30, "9" * 5000, "1e3", " "])
def test_what_is_no_number_is_no_thing(worlds: tuple[World, World], slip: str) -> None:
    client = client_of(worlds[0], Role.OWNER)
    assert client.post("/w/acme/listen/triage", {"voice": slip}).status_code == 404
    assert client.get("/w/acme/people/", {"page": slip}).status_code == 200
    assert client.get("/w/acme/settings/journal", {"before": slip}).status_code == 200
    assert client.get("/w/acme/listen/", {"after": f"1.5_{slip}"}).status_code == 200


def test_T41_a_nul_in_an_address_or_a_form_is_refused(worlds: tuple[World, World]) -> None:
    client = client_of(worlds[0], Role.OWNER)
    assert client.get("/w/acme/listen/", {"q": "a\x00b"}).status_code == 400
    assert client.post("/w/acme/listen/capture", {"text": "a\x00b"}).status_code == 400
