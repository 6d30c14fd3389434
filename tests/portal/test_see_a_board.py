"""Boards: open, for chosen people, for the team; who sees and who writes, by every door."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.listen.counting import recount_ideas
from wellheard.listen.models import Board, Comment, Idea, Note
from wellheard.listen.queries.boards import Guest, may_see
from wellheard.listen.services import boards, comments, curating, ideas
from wellheard.listen.services.boards import default_board
from wellheard.people.access import Access
from wellheard.people.models import Account, Merge, Person, Segment
from wellheard.people.services.roles import relate
from wellheard.people.services.segments import make_list

from .conftest import page


def signed_in(person: Person) -> Client:
    """A browser whose visitor is this person, with a confirmed address."""
    from django.http import HttpResponse

    from wellheard.portal import doors

    client = Client()
    for name, morsel in doors.remember(HttpResponse(), person.workspace, person).cookies.items():
        client.cookies[name] = morsel.value
    return client


def test_a_workspace_begins_with_one_board_and_gets_more(client: Client, access: Access, idea: Idea) -> None:
    assert idea.board == default_board(access.workspace)
    made = boards.make_board(access, "Mobile app", description="All about phones")
    assert made.slug == "mobile-app"
    shown = page(client, "/p/acme/")
    assert "Mobile app" in shown
    assert "All about phones" in page(client, "/p/acme/boards/mobile-app/")
    assert "Export to our ERP" in shown, "all boards together"
    assert "Export to our ERP" not in page(client, "/p/acme/boards/mobile-app/")
    page(client, "/p/acme/boards/nowhere/", 404)


def test_a_post_goes_on_the_chosen_board(client: Client, access: Access, idea: Idea) -> None:
    mobile = boards.make_board(access, "Mobile")
    client.post("/p/acme/post", {"title": "Bigger buttons", "board": "mobile", "looked": 1})
    assert Idea.objects.get(title="Bigger buttons").board == mobile


@pytest.mark.parametrize(
    ("values", "told"),
    [({"name": " "}, "name"), ({"name": "x" * 81}, "80"), ({"name": "A", "slug": "!!"}, "letters"),
     ({"name": "A", "slug": "ideas"}, "Another board"), ({"name": "A", "sight": "nobody"}, "sight"),
     ({"name": "A", "posting": "x"}, "posting"), ({"name": "A", "counted": "x"}, "counted")],
)  # fmt: skip
def test_what_no_board_can_be_is_refused(access: Access, idea: Idea, values: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        boards.make_board(access, **values)
    assert Board.objects.filter(workspace=access.workspace).count() == 1


@pytest.fixture
def private(access: Access, town: Town) -> Idea:
    """An idea on a board for the people of one segment, and one account."""
    board = boards.make_board(access, "Beta", sight="chosen")
    made = ideas.post(town.workspace, town.ann, "Secret beta wish", "zebra words", board)
    comments.comment(made, "zebra comment", person=town.ann)
    curating.tag(access, made, ["zebratag"])
    return made


DOORS = ["/p/acme/", "/p/acme/?q=zebra", "/p/acme/?order=new", "/p/acme/?order=trending", "/p/acme/?tag=zebratag", "/p/acme/roadmap",
         "/p/acme/sitemap.xml", "/p/acme/changelog", "/p/acme/changelog.atom", "/p/acme/similar?title=Secret+beta+wish+zebra+words",
         "/p/acme/post"]  # fmt: skip


def test_T08_a_private_board_exists_by_no_door_for_others(
    client: Client, private: Idea, access: Access, town: Town
) -> None:
    from wellheard.listen.models import IdeaStatus

    ideas.answer(access, private, IdeaStatus.PLANNED, "zebra answer")
    for who in (client, signed_in(town.otto)):
        for path in DOORS:
            shown = page(who, path)
            assert "Secret beta" not in shown, path
            assert not re.search(r"zebra (words|comment|answer)|# zebratag", shown), path
            assert f"/ideas/{private.pk}" not in shown, path
            assert "Beta" not in shown, path
        page(who, f"/p/acme/ideas/{private.pk}", 404)
        page(who, "/p/acme/boards/beta/", 404)
        for what in ("vote", "follow", "comments"):
            assert who.post(f"/p/acme/ideas/{private.pk}/{what}", {"text": "x"}).status_code == 404
    assert private.votes.count() == 1


def test_chosen_people_see_it_by_segment_or_account(private: Idea, access: Access, town: Town) -> None:
    assert "Secret beta" not in page(signed_in(town.otto), "/p/acme/")
    private.board.segments.add(make_list(access, "Testers", "people", [town.otto.email or ""]))
    assert "Secret beta" in page(signed_in(town.otto), "/p/acme/")
    assert "Secret beta" in page(signed_in(town.otto), f"/p/acme/ideas/{private.pk}")
    assert "Secret beta" not in page(signed_in(town.nora), "/p/acme/")
    account = Account.objects.create(workspace=town.workspace, name="Nora's")
    private.board.accounts.add(account)
    relation = town.nora.relations.create(workspace=town.workspace, account=account, uses=True)
    assert "Secret beta" not in page(signed_in(town.nora), "/p/acme/"), (
        "as events would have it, which anybody can send"
    )
    relate(access, town.nora, account, buys=True)
    assert "Secret beta" in page(signed_in(town.nora), "/p/acme/")
    relation.delete()
    assert "Secret beta" not in page(signed_in(town.nora), "/p/acme/")
    relate(access, town.nora, account, uses=True)
    assert "Secret beta" in page(signed_in(town.nora), "/p/acme/"), "a member said so"


def test_whom_events_made_one_with_another_is_not_let_in(private: Idea, access: Access, town: Town) -> None:
    private.board.segments.add(make_list(access, "Testers", "people", [town.otto.email or ""]))
    assert may_see(private.board, Guest(town.workspace, town.otto))
    words = {"workspace": town.workspace, "of": "people", "gone_name": "x", "kept_name": "y"}
    by_hand = Merge.objects.create(**words, kept=town.otto.pk, gone=900, origin="hand")
    assert may_see(private.board, Guest(town.workspace, town.otto))
    Merge.objects.create(**words, kept=900, gone=901, origin="events")
    assert not may_see(private.board, Guest(town.workspace, town.otto)), "also through who was merged by hand"
    by_hand.delete()
    Merge.objects.create(**words, kept=town.otto.pk, gone=902, origin="events")
    assert not may_see(private.board, Guest(town.workspace, town.otto))


def test_a_live_segment_opens_no_board(private: Idea, access: Access, town: Town) -> None:
    live = Segment.objects.create(
        workspace=town.workspace, name="Everybody", of="people", rule={"match": "all", "of": [{"what": "said"}]}
    )
    with pytest.raises(ValueError, match="live segment"):
        boards.change_board(access, private.board, segments=[live])
    private.board.segments.add(live)  # however it came there
    assert not may_see(private.board, Guest(town.workspace, town.ann))


def test_a_claimed_address_opens_no_private_board(private: Idea, access: Access, town: Town, client: Client) -> None:
    private.board.segments.add(make_list(access, "Testers", "people", [town.otto.email or ""]))
    client.post("/p/acme/post", {"title": "Just looking", "email": town.otto.email, "looked": 1})
    assert "Secret beta" not in page(client, "/p/acme/")


def test_the_team_sees_every_board_and_says_so(private: Idea, access: Access, town: Town) -> None:
    from wellheard.people.models import Role
    from wellheard.people.services import workspaces

    user = workspaces.add_member(access, "vera@acme.example", Role.VIEWER, "Vera").user
    client = Client()
    client.force_login(user)
    assert "Secret beta" in page(client, "/p/acme/")
    other = workspaces.create_workspace("other", "Other")
    assert other.workspace.boards.count() == 1
    assert "Secret beta" not in page(client, "/p/other/")


def test_a_board_without_anonymous_visitors_asks_to_sign_in_first(
    client: Client, idea: Idea, access: Access, town: Town
) -> None:
    boards.change_board(access, idea.board, anonymous=False)
    for what, body in (("vote", {}), ("follow", {}), ("comments", {"text": "x"})):
        reply = client.post(f"/p/acme/ideas/{idea.pk}/{what}", body)
        assert reply.status_code == 302, what
        assert "/p/acme/sign-in" in reply["location"]
    assert "/sign-in" in client.post("/p/acme/post", {"title": "Dark colours"})["location"]
    assert not Person.objects.filter(traits__came_by="portal").exists(), "nobody was made on the way"
    assert signed_in(town.otto).post(f"/p/acme/ideas/{idea.pk}/vote").status_code == 302
    idea.refresh_from_db()
    assert idea.votes_count == 2


def test_an_archived_board_is_read_only(client: Client, idea: Idea, access: Access) -> None:
    boards.change_board(access, idea.board, archived=True)
    assert "This board is closed" in page(client, f"/p/acme/ideas/{idea.pk}")
    assert "Export to our ERP" in page(client, "/p/acme/boards/ideas/")
    assert "Export to our ERP" not in page(client, "/p/acme/")
    client.post(f"/p/acme/ideas/{idea.pk}/vote")
    client.post(f"/p/acme/ideas/{idea.pk}/comments", {"text": "late"})
    assert idea.votes.count() == 1
    assert not Comment.objects.exists()
    for address in (f"/p/acme/ideas/{idea.pk}", f"/p/acme/boards/{idea.board.slug}/"):
        seen = page(client, address)
        assert "aria-pressed" not in seen
        assert 'class="vote still"' in seen


def test_only_the_team_posts_where_it_says_so(client: Client, idea: Idea, access: Access) -> None:
    boards.change_board(access, idea.board, posting="team")
    reply = client.post("/p/acme/post", {"title": "Dark colours", "looked": 1}, follow=True)
    assert "The team posts here itself" in reply.content.decode()
    assert Idea.objects.count() == 1


def test_the_public_number_counts_what_the_board_says(client: Client, idea: Idea, access: Access) -> None:
    client.post(f"/p/acme/ideas/{idea.pk}/vote")
    assert "<b>2</b>" in page(Client(), f"/p/acme/ideas/{idea.pk}")
    boards.change_board(access, idea.board, counted="verified")
    assert "<b>1</b>" in page(Client(), f"/p/acme/ideas/{idea.pk}")
    assert "<b>1</b>" in page(Client(), "/p/acme/")


def test_T08_notes_are_nowhere_outside(client: Client, idea: Idea, access: Access, town: Town) -> None:
    curating.note(access, idea, "walrus: they will churn")
    for path in [*DOORS, "/p/acme/?q=walrus", "/p/acme/similar?title=walrus+they+will+churn", f"/p/acme/ideas/{idea.pk}",
                 f"/me/{town.ann.page_key}"]:  # fmt: skip
        shown = page(client, path)
        assert "they will churn" not in shown, path
        assert f'id="idea-{idea.pk}"' not in shown or "walrus" not in path
    assert Note.objects.get().text.startswith("walrus")
    from wellheard.core.models import Entry

    assert not any("walrus" in str(e.data) for e in Entry.objects.all()), "not in the journal's facts either"


def test_the_sitemap_and_robots_name_what_is_open(client: Client, idea: Idea, private: Idea) -> None:
    shown = page(client, "/p/acme/sitemap.xml")
    assert f"http://testserver/p/acme/ideas/{idea.pk}<" in shown
    robots = page(client, "/robots.txt")
    assert "Disallow: /w/" in robots
    assert "Sitemap: http://testserver/p/acme/sitemap.xml" in robots
    assert 'content="noindex"' in page(client, "/p/acme/post")
    assert 'content="noindex"' not in page(client, f"/p/acme/ideas/{idea.pk}")


def test_trending_prefers_what_gets_votes_now(client: Client, idea: Idea, town: Town) -> None:
    from datetime import timedelta

    from django.utils import timezone

    for person in (town.otto, town.nora):
        ideas.vote(idea, person)
    idea.votes.update(at=timezone.now() - timedelta(days=120))
    recount_ideas([idea.pk])
    newer = ideas.post(town.workspace, town.nora, "Dark colours", "")
    shown = page(client, "/p/acme/?order=trending")
    assert shown.index(f'id="idea-{newer.pk}"') < shown.index(f'id="idea-{idea.pk}"')
    shown = page(client, "/p/acme/")
    assert shown.index(f'id="idea-{newer.pk}"') > shown.index(f'id="idea-{idea.pk}"')


def test_heat_added_vote_by_vote_is_the_heat_counted_anew(idea: Idea, town: Town) -> None:
    for person in (town.otto, town.nora):
        ideas.vote(idea, person)
    idea.refresh_from_db()
    added = idea.heat
    recount_ideas([idea.pk])
    idea.refresh_from_db()
    assert added == pytest.approx(idea.heat, abs=1e-5)


def test_what_others_said_is_shown_before_a_second_post(client: Client, idea: Idea) -> None:
    reply = client.post("/p/acme/post", {"title": "Export to our ERP please"})
    assert "Is it one of these?" in reply.content.decode()
    assert Idea.objects.count() == 1
    assert "Export to our ERP" in page(client, "/p/acme/similar?title=Export+ERP")
    assert page(client, "/p/acme/similar?title=Holiday") == ""
    client.post("/p/acme/post", {"title": "Export to our ERP please", "looked": 1})
    assert Idea.objects.count() == 2


def test_mine_lists_what_somebody_did(idea: Idea, town: Town) -> None:
    ideas.post(town.workspace, town.nora, "Dark colours", "")
    shown = page(signed_in(town.otto), "/p/acme/?mine=1")
    assert "What you post, vote for" in shown
    ideas.vote(idea, town.otto)
    shown = page(signed_in(town.otto), "/p/acme/?mine=1")
    assert f'id="idea-{idea.pk}"' in shown
    assert "Dark colours" not in shown
