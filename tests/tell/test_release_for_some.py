"""A release can be for a segment: only its people are told and see it; nobody else learns of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from tests.conftest import Town
from tests.console.test_api import Api
from wellheard.decide.models import Bet
from wellheard.decide.queries.board import public_bets
from wellheard.decide.services import Terms, create_bet
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Role, Segment, Workspace
from wellheard.people.services import segments, workspaces
from wellheard.tell.models import Notice, Release
from wellheard.tell.queries.news import published
from wellheard.tell.queries.notices import expected, outside
from wellheard.tell.services import releases
from wellheard.understand.services.problems import create_problem


@pytest.fixture
def growth(access: Access, town: Town) -> Segment:
    return Segment.objects.create(
        workspace=access.workspace, name="Growth plan", of="accounts",
        rule={"match": "all", "of": [{"what": "account", "field": "plan", "how": "is", "value": "growth"}]},
    )  # fmt: skip


@pytest.fixture
def draft(access: Access, town: Town, growth: Segment) -> Release:
    voices = [
        capture(access, "Exports!", who=p, account=a) for p, a in ((town.ann, town.lind), (town.nora, town.fjord))
    ]
    problem = create_problem(access, "No exports", voices=[v.pk for v in voices])
    bet = create_bet(access, [problem], Terms("Exports", "Exported", Decimal(20), Decimal(10)))
    return releases.draft_release(access, "Exports for growth", "Here they are.", [bet], audience=growth)


def test_only_those_within_are_told(access: Access, town: Town, draft: Release) -> None:
    assert (expected(draft).people, outside(draft)) == (1, 1)
    assert releases.publish_release(access, draft) == 1
    assert list(Notice.objects.values_list("person", flat=True)) == [town.ann.pk]


def test_T08_others_see_it_neither_on_the_page_nor_in_the_feed(access: Access, town: Town, draft: Release) -> None:
    releases.publish_release(access, draft)
    assert [n.release for n in published(access.workspace, person=town.ann)] == [draft]
    assert [n.release for n in published(access.workspace, person=town.otto)] == [draft], "of the same account"
    assert published(access.workspace, person=town.nora) == []
    assert published(access.workspace) == []
    Workspace.objects.filter(pk=access.workspace.pk).update(portal_open=True)
    for where in ("/p/acme/changelog", "/p/acme/changelog.atom", "/widget/acme/hello"):
        reply = Client().get(where)
        assert reply.status_code == 200, where
        assert "Exports for growth" not in reply.content.decode()


def test_a_segment_that_a_release_is_for_stays(access: Access, draft: Release, growth: Segment) -> None:
    with pytest.raises(ValueError, match="Exports for growth"):
        segments.delete_segment(access, growth)


def test_another_workspaces_segment_is_refused(access: Access, draft: Release) -> None:
    other = workspaces.create_workspace("other", "Other", "UTC").workspace
    theirs = Segment.objects.create(workspace=other, name="x", of="people", rule={"match": "all", "of": []})
    with pytest.raises(ValueError, match="in this workspace"):
        releases.draft_release(access, "x", "", [], audience=theirs)
    api = Api(workspaces.make_token(access, "t", Role.EDITOR)[1])
    assert api.post("releases", {"title": "x", "audience": theirs.pk})[0] == 404


def test_on_the_page(access: Access, town: Town, draft: Release, growth: Segment, as_owner: Client) -> None:
    shown = as_owner.get("/w/acme/tell/releases/new").content.decode()
    assert "Growth plan (accounts)" in shown
    one = as_owner.get(f"/w/acme/tell/releases/{draft.pk}").content.decode()
    assert "Not in “Growth plan”" in one
    made = as_owner.post("/w/acme/tell/releases/new", {"title": "Two", "audience": str(growth.pk)})
    assert made.status_code == 302
    assert Release.objects.get(title="Two").audience == growth


def test_T08_the_public_roadmap_does_not_say_that_it_is_done(access: Access, town: Town, draft: Release) -> None:
    bet = draft.bets.get()
    Bet.objects.filter(pk=bet.pk).update(public=True, public_title="Exports", public_words="Soon.")
    releases.publish_release(access, draft)
    assert [(b.title, b.status) for b in public_bets(access.workspace)] == [("Exports", "started")]
    releases.publish_release(access, releases.draft_release(access, "For all", "", [bet]))
    assert [(b.title, b.status) for b in public_bets(access.workspace)] == [("Exports", "shipped")]


def test_the_team_sees_it_on_the_portal(access: Access, town: Town, draft: Release, as_viewer: Client) -> None:
    releases.publish_release(access, draft)
    assert "Exports for growth" in as_viewer.get("/p/acme/changelog").content.decode()


def test_what_was_dropped_does_not_ship_by_the_way(access: Access, draft: Release) -> None:
    bet = draft.bets.get()
    Bet.objects.filter(pk=bet.pk).update(state=Bet.State.DROPPED)
    with pytest.raises(ValueError, match="was dropped"):
        releases.publish_release(access, draft)
    with pytest.raises(ValueError, match="was dropped"):
        releases.draft_release(access, "Again", "", [Bet.objects.get(pk=bet.pk)])
    draft.refresh_from_db()
    assert draft.published_at is None
