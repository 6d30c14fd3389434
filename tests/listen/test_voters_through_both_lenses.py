"""Votes of an idea through both lenses: people who use, and paying accounts through somebody who buys for them."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from tests.conftest import Town
from wellheard.listen.models import Vote
from wellheard.listen.queries.voters import voter_lenses
from wellheard.listen.services import ideas
from wellheard.people.models import Person


def test_users_and_customers_behind_the_votes(town: Town, as_viewer: Client) -> None:
    idea = ideas.post(town.workspace, town.ann, "Export to our ERP", "Each month I type it all again.")
    other = ideas.post(town.workspace, town.ann, "Dark colours", "Please.")
    Vote.objects.filter(idea=other).delete()
    visitor = Person.objects.create(workspace=town.workspace)
    for person in (town.otto, town.nora, town.tim, visitor):
        ideas.vote(idea, person)
    Vote.objects.filter(person=town.tim).update(discounted=True)
    found = voter_lenses(town.workspace, [idea, other])
    assert found[idea.pk].users == {town.ann.pk, town.nora.pk, visitor.pk}
    assert found[idea.pk].customers == {town.lind.pk, town.fjord.pk}
    assert found[idea.pk].customer_cents == 34800
    assert (found[other.pk].users, found[other.pk].customers) == (set(), set())
    assert "€348" in as_viewer.get(reverse("team_ideas", args=["acme"])).content.decode()
