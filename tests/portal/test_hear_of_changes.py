"""Whoever follows an idea hears by mail when its status or the team's answer changes: once, and only what they may see."""

from __future__ import annotations

import pytest
from django.core import mail as outbox
from django.utils import timezone

from tests.conftest import Town
from wellheard.listen.models import Board, Follow, Idea, IdeaStatus, Voice
from wellheard.listen.services import ideas
from wellheard.listen.services.boards import default_board
from wellheard.people.access import Access
from wellheard.people.models import Person
from wellheard.tell.models import FollowNotice, OptOut
from wellheard.tell.services import following


@pytest.fixture
def followed(town: Town) -> Idea:
    """Ann, Otto and somebody without an address follow it; Otto wants no mail."""
    said = Voice.objects.create(workspace=town.workspace, text="Dark mode", said_at=timezone.now())
    idea = Idea.objects.create(
        workspace=town.workspace, board=default_board(town.workspace), voice=said, title="Dark mode"
    )
    for person in (town.ann, town.otto, Person.objects.create(workspace=town.workspace)):
        Follow.objects.create(idea=idea, person=person)
    OptOut.objects.create(person=town.otto, how="mail link")
    return idea


def test_a_follower_hears_what_changed_once(followed: Idea, access: Access, town: Town) -> None:
    ideas.answer(access, followed, IdeaStatus.PLANNED, "In **spring**.\r\nBcc: x@y.example")
    assert [n.person for n in FollowNotice.objects.all()] == [town.ann]
    assert following.send_due() == 1
    message = outbox.outbox[-1]
    assert message.to == ["Ann Assistant <ann@shop.example>"]
    assert message.subject == "Planned: Dark mode"
    assert "“Dark mode” is now: Planned." in message.body
    assert "In spring." in message.body
    assert f"/p/acme/ideas/{followed.pk}" in message.body
    assert f"/me/{town.ann.page_key}" in message.body
    assert following.send_due() == 0
    ideas.answer(access, followed, IdeaStatus.PLANNED, "In **spring**.\r\nBcc: x@y.example")
    assert following.send_due() == 0, "nothing changed"
    ideas.answer(access, followed, IdeaStatus.STARTED)
    assert following.send_due() == 1


@pytest.mark.parametrize("why", ["hidden", "unfollowed", "closed board", "no mail"])
def test_T08_what_they_may_not_see_any_more_is_not_told(followed: Idea, access: Access, town: Town, why: str) -> None:
    ideas.answer(access, followed, IdeaStatus.PLANNED)
    if why == "hidden":
        Idea.objects.filter(pk=followed.pk).update(hidden=True)
    elif why == "unfollowed":
        Follow.objects.filter(person=town.ann).delete()
    elif why == "closed board":
        Board.objects.filter(pk=followed.board_id).update(sight=Board.Sight.TEAM)
    else:
        OptOut.objects.create(person=town.ann, how="mail link")
    before = len(outbox.outbox)
    assert following.send_due() == 0
    assert len(outbox.outbox) == before
    assert FollowNotice.objects.get().mail == "none"


def test_a_hidden_idea_owes_nobody_anything(followed: Idea, access: Access) -> None:
    ideas.answer(access, followed, IdeaStatus.DECLINED, "No.", hidden=True)
    assert not FollowNotice.objects.exists()
