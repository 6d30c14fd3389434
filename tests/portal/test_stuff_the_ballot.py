"""Somebody votes many times: noticed, shown to the team with its reasons, left out only by a member."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from tests.conftest import Town
from wellheard.core import ratelimit
from wellheard.listen.models import Idea, Vote
from wellheard.listen.queries.moderation import vote_sum
from wellheard.listen.services import ideas, stuffing
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from .conftest import page
from .test_talk_about_an_idea import team


def press(idea: Idea, address: str, **more: str) -> None:
    """A browser without cookies votes from this network."""
    Client(REMOTE_ADDR=address, **more).post(f"/p/acme/ideas/{idea.pk}/vote")


def person(town: Town, email: str | None) -> Person:
    return Person.objects.create(workspace=town.workspace, email=email)


def test_T23_clearing_cookies_is_seen_from_the_third_vote_on(idea: Idea) -> None:
    for _ in range(2):
        press(idea, "203.0.113.5")
    assert not Vote.objects.exclude(doubt="").exists(), "two of one household are nothing odd"
    press(idea, "203.0.113.5")
    assert Vote.objects.filter(doubt="network").count() == 3
    press(idea, "198.51.100.7")
    assert Vote.objects.filter(doubt="network").count() == 3


def test_T23_a_whole_ipv6_64_is_one_network(idea: Idea) -> None:
    for n in range(4):
        press(idea, f"2001:db8:1:2::{n:x}")
    assert Vote.objects.filter(doubt__contains="network").count() == 4


def test_T25_a_forged_forwarded_header_makes_no_other_network(idea: Idea) -> None:
    for n in range(4):
        press(idea, "203.0.113.5", HTTP_X_FORWARDED_FOR=f"10.9.8.{n}")
    assert Vote.objects.filter(doubt__contains="network").count() == 4
    Vote.objects.all().delete()
    with override_settings(PROXY_HOPS=1):
        for n in range(4):
            press(idea, "10.0.0.1", HTTP_X_FORWARDED_FOR=f"1.2.3.4, 10.9.8.{n}")
        assert not Vote.objects.exclude(doubt="").exists(), "the last hop is ours and says who it was"


def test_T23_many_unconfirmed_votes_in_an_hour_are_a_burst(idea: Idea, town: Town) -> None:
    for n in range(25):
        ideas.vote(idea, person(town, None), network=f"10.1.{n}.1")
    assert Vote.objects.filter(doubt__contains="burst").count() == 25
    assert "burst" not in Vote.objects.get(idea=idea, person=town.ann).doubt, "a confirmed address is none of it"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("a@x.example", "a+1@x.example", True), ("a+1@x.example", "a+2@x.example", True), ("a.b@gmail.com", "ab@googlemail.com", True),
     ("a.b@x.example", "ab@x.example", False), ("a@x.example", "a@y.example", False), ("ab@gmail.com", "ac@gmail.com", False)],
)  # fmt: skip
def test_T23_plus_addresses_of_one_owner_are_seen(idea: Idea, town: Town, one: str, other: str, same: bool) -> None:
    for email in (one, other):
        ideas.vote(idea, person(town, email))
    assert Vote.objects.filter(doubt="plus").count() == (2 if same else 0)


@pytest.mark.parametrize(
    "domain", ["tempmail.example", "trash-mail.example", "10minutemail.net", "yopmail.com", "guerrillamail.org"]
)
def test_T23_throw_away_services_are_seen(idea: Idea, town: Town, domain: str) -> None:
    ideas.vote(idea, person(town, f"x@{domain}"))
    assert Vote.objects.filter(doubt="disposable").count() == 1


@pytest.mark.parametrize(
    "domain", ["gmail.com", "contemporary.example", "template-shop.example", "mailbox.org", "minutes.example"]
)
def test_ordinary_addresses_are_no_throw_away(domain: str) -> None:
    assert not stuffing.disposable(f"x@{domain}")


@override_settings(DISPOSABLE_DOMAINS=["odd.example"])
def test_a_server_names_more_of_them() -> None:
    assert stuffing.disposable("x@odd.example")
    assert stuffing.disposable("x@sub.odd.example")
    assert not stuffing.disposable("x@notodd.example")


def test_T23_a_member_leaves_doubtful_votes_out_and_takes_them_in_again(idea: Idea, town: Town, access: Access) -> None:
    for _ in range(4):
        press(idea, "203.0.113.5")
    client, _ = team(access, Role.CONTRIBUTOR)
    calm = ideas.post(town.workspace, town.nora, "Nothing odd about this", "")
    listed = page(client, "/w/acme/portal/?state=doubtful")
    assert f"/portal/ideas/{idea.pk}" in listed
    assert f"/portal/ideas/{calm.pk}" not in listed
    shown = page(client, f"/w/acme/portal/ideas/{idea.pk}")
    assert "several unconfirmed votes came from one network" in shown
    assert "several unconfirmed" not in page(Client(), f"/p/acme/ideas/{idea.pk}"), "the team's alone"
    assert (vote_sum(idea).verified, vote_sum(idea).anonymous, vote_sum(idea).doubtful) == (1, 4, 4)
    client.post(f"/w/acme/portal/ideas/{idea.pk}/discount", {"all": 1, "on": 1})
    idea.refresh_from_db()
    assert (idea.votes_count, idea.verified_count) == (1, 1)
    assert vote_sum(idea).discounted == 4
    one = Vote.objects.filter(discounted=True).first()
    assert one is not None
    client.post(f"/w/acme/portal/ideas/{idea.pk}/discount", {"vote": one.pk, "on": 0})
    idea.refresh_from_db()
    assert idea.votes_count == 2


def test_a_confirmed_address_clears_what_spoke_against_an_anonymous_vote(idea: Idea, town: Town) -> None:
    from wellheard.people.services import visitors

    nobody = visitors.new_visitor(town.workspace)
    for one in (nobody, person(town, None), person(town, None)):
        ideas.vote(idea, one, network="203.0.113.5")
    assert Vote.objects.get(person=nobody).doubt == "network"
    visitors.arrive(town.workspace, "new@shop.example", nobody)
    mine = Vote.objects.get(person__email="new@shop.example")
    assert mine.doubt == ""
    idea.refresh_from_db()
    assert idea.verified_count == 2


def test_the_database_does_not_tell_where_a_vote_came_from(idea: Idea) -> None:
    press(idea, "203.0.113.5")
    held = Vote.objects.exclude(network="").get().network
    assert "203" not in held or len(held) == 16
    assert held == stuffing.network_key(idea.workspace_id, "203.0.113.5")
    assert held != stuffing.network_key(idea.workspace_id + 1, "203.0.113.5")


def test_T22_the_same_visitor_never_has_two_votes_also_in_the_database(idea: Idea, town: Town) -> None:
    from django.db import IntegrityError, transaction

    nobody = person(town, None)
    Vote.objects.create(idea=idea, person=nobody)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(idea=idea, person=nobody, came_from=None)
    assert not Vote._meta.get_field("person").null
    assert not Vote._meta.get_field("idea").null


def test_a_vote_on_somebodys_behalf_says_who_placed_it(idea: Idea, town: Town, access: Access) -> None:
    client, _ = team(access)
    client.post(f"/w/acme/portal/ideas/{idea.pk}/vote-for", {"who": "otto@shop.example"})
    placed = Vote.objects.get(person=town.otto)
    assert placed.placed_by == "Tina Team"
    assert "placed by Tina Team" in page(client, f"/w/acme/portal/ideas/{idea.pk}/votes")
    shown = client.post(f"/w/acme/portal/ideas/{idea.pk}/vote-for", {"who": ""}, follow=True).content.decode()
    assert "Write whose vote it is" in shown
    ratelimit.forget()
