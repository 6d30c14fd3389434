"""Somebody confirms the address they left, and what they did becomes theirs for good."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import count as numbers

import pytest
import time_machine
from django.core import mail, signing
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.listen.models import Follow, Idea, Vote
from wellheard.listen.services import ideas
from wellheard.people.models import Person, Relation, Workspace
from wellheard.people.services import visitors
from wellheard.people.services.workspaces import create_workspace
from wellheard.portal import doors
from wellheard.tell.models import OptOut


def link_in_mail() -> str:
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_pressing_the_button_confirms_and_opens_my_page(client: Client, workspace: Workspace) -> None:
    client.post("/p/acme/post", {"looked": 1, "title": "Dark colours", "name": "Ida", "email": "ida@shop.example"})
    link = link_in_mail()
    asked = client.get(link)
    assert "ida@shop.example" in asked.content.decode()
    reply = client.post(link, follow=True)
    ida = Person.objects.get(email="ida@shop.example")
    assert reply.redirect_chain[0][0] == f"/me/{ida.page_key}"
    assert "Dark colours" in reply.content.decode()
    assert "traits" not in reply.content.decode()
    assert visitors.CLAIMED not in ida.traits


def test_what_a_known_person_did_before_is_theirs_once(client: Client, idea: Idea, town: Town) -> None:
    ideas.vote(idea, town.otto)
    client.post(f"/p/acme/ideas/{idea.pk}/vote")
    client.post("/p/acme/post", {"looked": 1, "title": "Dark colours", "email": "otto@shop.example"})
    idea.refresh_from_db()
    assert idea.votes_count == 3
    client.post(link_in_mail())
    idea.refresh_from_db()
    assert idea.votes_count == Vote.objects.filter(idea=idea).count() == 2
    assert {v.text for v in town.otto.voices.all()} == {"Dark colours"}
    assert 'aria-pressed="true"' in client.get(f"/p/acme/ideas/{idea.pk}").content.decode()


def test_T24_looking_at_the_link_confirms_nothing(client: Client, workspace: Workspace) -> None:
    client.post("/p/acme/post", {"looked": 1, "title": "Dark colours", "email": "ida@shop.example"})
    for _ in range(3):
        assert client.get(link_in_mail()).status_code == 200
        assert client.head(link_in_mail()).status_code == 200
    assert not Person.objects.exclude(email=None).exists()


def test_T12_the_link_works_once(client: Client, workspace: Workspace, town: Town) -> None:
    for address in ("ida@shop.example", "otto@shop.example"):
        Client().post("/p/acme/post", {"looked": 1, "title": "Dark colours", "email": address})
        link = link_in_mail()
        assert client.post(link).status_code == 302
        assert client.post(link).status_code == 410
        assert client.get(link).status_code == 410


def test_T12_the_link_works_for_three_days(client: Client, workspace: Workspace) -> None:
    with time_machine.travel("2026-11-20 12:00Z", tick=False):
        client.post("/p/acme/post", {"looked": 1, "title": "Dark colours", "email": "ida@shop.example"})
    with time_machine.travel("2026-11-23 12:01Z", tick=False):
        assert client.post(link_in_mail()).status_code == 410
    with time_machine.travel("2026-11-23 11:59Z", tick=False):
        assert client.post(link_in_mail()).status_code == 302


def test_T12_a_token_is_bound_to_its_workspace_purpose_person_and_address(client: Client, workspace: Workspace) -> None:
    create_workspace("other", "Other")
    person = visitors.new_visitor(workspace)
    token = visitors.claim(person, "", "ida@shop.example")
    assert client.post(f"/p/other/confirm/{token}").status_code == 410
    swapped = [
        signing.dumps([workspace.pk, person.pk, "ida@shop.example"], salt=doors.SALT),
        signing.dumps([workspace.pk, person.pk, "victim@shop.example"], salt=visitors.SALT),
        signing.dumps([workspace.pk, person.pk + 1, "ida@shop.example"], salt=visitors.SALT),
        signing.dumps([workspace.pk, person.pk], salt=visitors.SALT),
        signing.dumps("ida@shop.example", salt=visitors.SALT),
        f"{token}x",
        "x",
    ]
    for forged in swapped:
        assert client.get(f"/p/acme/confirm/{forged}").status_code == 410, forged
        assert client.post(f"/p/acme/confirm/{forged}").status_code == 410, forged
    assert client.post(f"/p/acme/confirm/{token}").status_code == 302


def test_a_newer_claim_makes_the_older_link_useless(client: Client, workspace: Workspace) -> None:
    person = visitors.new_visitor(workspace)
    older = visitors.claim(person, "", "old@shop.example")
    visitors.claim(person, "", "new@shop.example")
    assert client.post(f"/p/acme/confirm/{older}").status_code == 410


def test_who_typed_a_strangers_address_does_not_become_the_stranger(idea: Idea, town: Town) -> None:
    """The stranger presses the button by mistake; the browser that typed the address is then nobody."""
    for address in ("otto@shop.example", "fresh@shop.example"):
        sly, owner = Client(), Client()
        sly.post(f"/p/acme/ideas/{idea.pk}/follow", {"email": address})
        owner.post(link_in_mail())
        shown = sly.get(f"/p/acme/ideas/{idea.pk}").content.decode()
        assert "Stop following" not in shown
        sly.post(f"/p/acme/ideas/{idea.pk}/vote")
        assert not Vote.objects.filter(person__email=address).exists()
        assert "Stop following" in owner.get(f"/p/acme/ideas/{idea.pk}").content.decode()


def test_a_visitor_cannot_rename_somebody_the_team_knows(client: Client, town: Town) -> None:
    client.post("/p/acme/post", {"looked": 1, "title": "Dark colours", "name": "Clown", "email": "otto@shop.example"})
    client.post(link_in_mail())
    client.post("/p/acme/post", {"looked": 1, "title": "More colours", "name": "Clown"})
    town.otto.refresh_from_db()
    assert town.otto.name == "Otto Owner"


def test_opting_out_before_stays_after(client: Client, town: Town) -> None:
    OptOut.objects.create(person=town.otto, how="my page")
    visitor = visitors.new_visitor(town.workspace)
    OptOut.objects.create(person=visitor, how="my page")
    token = visitors.claim(visitor, "", "otto@shop.example")
    client.post(f"/p/acme/confirm/{token}")
    assert OptOut.objects.filter(person=town.otto).count() == 1


@pytest.mark.django_db(transaction=True)
def test_T12_of_two_who_press_at_once_one_confirms(town: Town, idea: Idea) -> None:
    visitor = visitors.new_visitor(town.workspace)
    ideas.vote(idea, visitor)
    token = visitors.claim(visitor, "", "otto@shop.example")

    def press(_: int) -> int:
        try:
            return Client().post(f"/p/acme/confirm/{token}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(press, range(6))) == [302, 410, 410, 410, 410, 410]
    idea.refresh_from_db()
    assert idea.votes_count == 2


_names = numbers()
Acts = st.lists(
    st.tuples(st.sampled_from(["vote", "follow", "post", "account"]), st.booleans(), st.integers(0, 2)), max_size=12
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=Acts)
def test_T31_a_hand_over_keeps_each_thing_exactly_once(town: Town, acts: list[tuple[str, bool, int]]) -> None:
    """Whatever two did before they turned out to be one: afterwards the one has all of it, nothing twice."""
    place, n = town.workspace, next(_names)
    board = [ideas.post(place, town.ann, f"Idea {n}-{i}", "") for i in range(3)]
    known = Person.objects.create(workspace=place, email=f"p{n}@shop.example")
    visitor = visitors.new_visitor(place)
    accounts = [town.lind, town.fjord, town.free]
    did: dict[str, set[int]] = {"vote": set(), "follow": set(), "account": set()}
    posts = 0
    for act, as_visitor, which in acts:
        who = visitor if as_visitor else known
        if act == "vote":
            ideas.vote(board[which], who)
            did["follow"].add(board[which].pk)
        elif act == "follow":
            ideas.follow(board[which], who, True)
        elif act == "account":
            Relation.objects.get_or_create(workspace=place, person=who, account=accounts[which])
        else:
            posts += 1
            ideas.post(place, who, "Another wish", "")
        if act != "post":
            did[act].add(accounts[which].pk if act == "account" else board[which].pk)
    token = visitors.claim(visitor, "", f"P{n}@shop.example")
    assert token
    became = visitors.confirm(token)
    assert became == known
    mine = [i.pk for i in board]
    assert sorted(Vote.objects.filter(person=known, idea__in=mine).values_list("idea", flat=True)) == sorted(
        did["vote"]
    )
    assert sorted(Follow.objects.filter(person=known, idea__in=mine).values_list("idea", flat=True)) == sorted(
        did["follow"]
    )
    assert sorted(Relation.objects.filter(person=known).values_list("account", flat=True)) == sorted(did["account"])
    assert known.voices.count() == posts
    for relation in Person._meta.related_objects:
        assert not relation.related_model._default_manager.filter(**{relation.field.name: visitor}).exists()
    for idea in Idea.objects.filter(workspace=place):
        assert idea.votes_count == Vote.objects.filter(idea=idea).count()
