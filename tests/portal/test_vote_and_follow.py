"""Somebody votes, takes a vote back, and asks to hear what becomes of an idea."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail, signing
from django.db import connection
from django.test import Client

from tests.conftest import Town
from wellheard.listen.models import Follow, Idea, Vote
from wellheard.listen.services import ideas
from wellheard.people.models import Person
from wellheard.people.queries.lenses import known
from wellheard.people.queries.lists import overview
from wellheard.people.services.workspaces import create_workspace
from wellheard.portal import doors

from .conftest import visitors_of


def count(idea: Idea) -> int:
    idea.refresh_from_db()
    assert idea.votes_count == Vote.objects.filter(idea=idea).count(), "the count is not the recount"
    return idea.votes_count


def test_a_vote_counts_once_and_can_be_taken_back(client: Client, idea: Idea) -> None:
    address = f"/p/acme/ideas/{idea.pk}/vote"
    assert client.post(address)["Location"] == f"/p/acme/ideas/{idea.pk}"
    assert count(idea) == 2
    client.post(address)
    assert count(idea) == 2
    assert 'aria-pressed="true"' in client.get("/p/acme/").content.decode()
    client.post(address, {"take_back": "1"})
    client.post(address, {"take_back": "1"})
    assert count(idea) == 1
    assert 'aria-pressed="true"' not in client.get("/p/acme/").content.decode()


def test_after_a_vote_on_the_board_the_board_is_as_it_was(client: Client, idea: Idea) -> None:
    asked = {"from": "board", "ask": "q=erp&order=new&next=//evil.example&page=2"}
    there = client.post(f"/p/acme/ideas/{idea.pk}/vote", asked)["Location"]
    assert there == f"/p/acme/?q=erp&order=new&page=2#idea-{idea.pk}"


def test_T17_the_way_back_to_the_board_never_leads_elsewhere(client: Client, idea: Idea) -> None:
    for asked in (
        "//evil.example",
        "https://evil.example",
        "\\\\evil.example",
        "q=x#@evil.example",
        "%0d%0aSet-Cookie:a=b",
    ):
        there = client.post(f"/p/acme/ideas/{idea.pk}/vote", {"from": "board", "ask": asked})["Location"]
        assert there.startswith("/p/acme/")
        assert "\r" not in there


def test_nobody_taking_back_a_vote_makes_no_visitor(client: Client, idea: Idea) -> None:
    client.post(f"/p/acme/ideas/{idea.pk}/vote", {"take_back": "1"})
    client.post(f"/p/acme/ideas/{idea.pk}/follow", {"stop": "1"})
    assert visitors_of(idea.workspace) == []
    assert count(idea) == 1


def test_following_without_an_address_is_honest_about_it(client: Client, idea: Idea) -> None:
    reply = client.post(f"/p/acme/ideas/{idea.pk}/follow", follow=True)
    assert "Leave an e-mail address" in reply.content.decode()
    assert Follow.objects.filter(idea=idea).count() == 2
    reply = client.post(f"/p/acme/ideas/{idea.pk}/follow", {"stop": "1"}, follow=True)
    assert "no longer follow" in reply.content.decode()
    assert Follow.objects.filter(idea=idea).count() == 1


def test_following_with_an_address_asks_to_confirm_it(client: Client, idea: Idea) -> None:
    client.post(f"/p/acme/ideas/{idea.pk}/follow", {"email": "ida@shop.example"})
    assert [m.to for m in mail.outbox] == [["ida@shop.example"]]
    reply = client.post(f"/p/acme/ideas/{idea.pk}/follow", {"email": "no address"}, follow=True)
    assert "is not an e-mail address" in reply.content.decode()


def test_a_cookie_that_is_forged_or_of_another_workspace_is_nobody(client: Client, idea: Idea, town: Town) -> None:
    other = create_workspace("other", "Other").workspace
    stranger = Person.objects.create(workspace=other, name="Stranger")
    name = f"wh_visitor_{town.workspace.pk}"
    for raw in (
        "garbage",
        signing.dumps([other.pk, stranger.pk, False], salt=doors.SALT),
        signing.dumps([town.workspace.pk, stranger.pk, False], salt=doors.SALT),
        signing.dumps([town.workspace.pk, town.ann.pk, True], salt="another purpose"),
        signing.dumps([town.workspace.pk, town.ann.pk, False], salt=doors.SALT),
        signing.dumps({"a": 1}, salt=doors.SALT),
        signing.dumps(7, salt=doors.SALT),
    ):
        client.cookies[name] = raw
        assert 'aria-pressed="true"' not in client.get(f"/p/acme/ideas/{idea.pk}").content.decode(), raw
    client.cookies[name] = signing.dumps([town.workspace.pk, town.ann.pk, True], salt=doors.SALT)
    assert 'aria-pressed="true"' in client.get(f"/p/acme/ideas/{idea.pk}").content.decode()


def test_T15_the_visitors_cookie_is_for_the_server_only(client: Client, idea: Idea) -> None:
    client.post(f"/p/acme/ideas/{idea.pk}/vote")
    held = client.cookies[f"wh_visitor_{idea.workspace_id}"]
    assert held["httponly"]
    assert held["samesite"] == "Lax"


@pytest.mark.django_db(transaction=True)
def test_T21_one_vote_however_many_requests_run_at_once(idea: Idea) -> None:
    browser = Client()
    browser.post(f"/p/acme/ideas/{idea.pk}/vote", {"from": "board"})
    cookie = browser.cookies[f"wh_visitor_{idea.workspace_id}"].value

    def press(n: int) -> int:
        try:
            one = Client(REMOTE_ADDR=f"10.0.{n}.1")
            one.cookies[f"wh_visitor_{idea.workspace_id}"] = cookie
            return one.post(f"/p/acme/ideas/{idea.pk}/vote", {"take_back": "1"} if n % 3 == 0 else {}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(press, range(60))) == {302}
    assert count(idea) in (1, 2)
    assert Vote.objects.filter(idea=idea).exclude(person=idea.voice.author).count() <= 1


@pytest.mark.django_db(transaction=True)
def test_T21_votes_of_many_at_once_are_all_counted(idea: Idea, town: Town) -> None:
    people = [Person.objects.create(workspace=town.workspace) for _ in range(40)]

    def press(person: Person) -> None:
        try:
            ideas.vote(idea, person)
            ideas.vote(idea, person)
            if person.pk % 2:
                ideas.unvote(idea, person)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(press, people))
    assert count(idea) == 1 + sum(p.pk % 2 == 0 for p in people)


def test_while_we_wait_for_a_confirmation_the_idea_says_so(client: Client, idea: Idea) -> None:
    client.post(f"/p/acme/ideas/{idea.pk}/follow", {"email": "ida@shop.example"})
    shown = client.get(f"/p/acme/ideas/{idea.pk}").content.decode()
    assert "Open the link in the mail we sent you" in shown
    assert "ida@shop.example" not in shown


def test_a_passer_by_who_votes_is_no_known_user_and_not_silent(town: Town, idea: Idea) -> None:
    before, votes = overview(idea.workspace), count(idea)
    for _ in range(3):
        Client().post(f"/p/acme/ideas/{idea.pk}/vote")
    assert count(idea) == votes + 3
    after = overview(idea.workspace)
    assert (after.people, after.users) == (before.people, before.users)
    assert known(idea.workspace).count() == before.people
