"""Somebody opens the portal, looks around, searches and reads."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.listen.models import Idea, IdeaStatus, Voice
from wellheard.listen.services import ideas
from wellheard.people.access import Access
from wellheard.people.models import Workspace
from wellheard.tell.models import Notice

from .conftest import HOSTILE, page


def test_the_board_shows_ideas_with_their_votes_and_the_idea_its_words(client: Client, idea: Idea) -> None:
    board = page(client, "/p/acme/")
    assert "Export to our ERP" in board
    assert f"/p/acme/ideas/{idea.pk}" in board
    one = page(client, f"/p/acme/ideas/{idea.pk}")
    assert "Each month I type it all again." in one
    assert "Ann" in one
    assert "Assistant" not in one


def test_most_votes_come_first_and_newest_on_request(client: Client, idea: Idea, town: Town) -> None:
    ideas.vote(idea, town.otto)
    newer = ideas.post(town.workspace, town.nora, "Dark colours", "")
    order = [int(n) for n in re.findall(r'id="idea-(\d+)"', page(client, "/p/acme/"))]
    assert order == [idea.pk, newer.pk]
    order = [int(n) for n in re.findall(r'id="idea-(\d+)"', page(client, "/p/acme/?order=new"))]
    assert order == [newer.pk, idea.pk]


def test_searching_finds_all_words_and_takes_wildcards_literally(client: Client, idea: Idea) -> None:
    assert "Export to our ERP" in page(client, "/p/acme/?q=erp+type")
    assert "Export to our ERP" not in page(client, "/p/acme/?q=holiday")
    assert "Export to our ERP" not in page(client, "/p/acme/?q=%25")


def test_an_answer_and_a_status_stand_on_the_idea(client: Client, idea: Idea, access: Access) -> None:
    ideas.answer(access, idea, IdeaStatus.PLANNED, "Coming in spring.")
    one = page(client, f"/p/acme/ideas/{idea.pk}")
    assert "Coming in spring." in one
    assert "Planned" in one
    assert "Export to our ERP" in page(client, "/p/acme/?status=planned")
    assert "Export to our ERP" not in page(client, "/p/acme/?status=shipped")


def test_an_empty_board_says_what_will_be_here(client: Client, workspace: Workspace) -> None:
    assert "Be the first" in page(client, "/p/acme/")


def test_long_boards_have_pages(client: Client, town: Town) -> None:
    for n in range(35):
        ideas.post(town.workspace, town.ann, f"Wish number {n}", "")
    assert "Page 1 of 2" in page(client, "/p/acme/")
    assert "Page 2 of 2" in page(client, "/p/acme/?page=2")
    assert "Page 2 of 2" in page(client, "/p/acme/?page=999999")
    assert "Page 1 of 2" in page(client, "/p/acme/?page=-1&status=nonsense&order=nonsense")


def test_a_closed_portal_or_an_unknown_idea_is_not_there(client: Client, idea: Idea, workspace: Workspace) -> None:
    page(client, "/p/nowhere/", 404)
    page(client, "/p/acme/ideas/99999999999999999999999999", 404)
    Workspace.objects.filter(pk=workspace.pk).update(portal_open=False)
    for path in ("", "post", f"ideas/{idea.pk}", "changelog", "changelog.atom"):
        page(client, f"/p/acme/{path}", 404)


def test_T06_an_idea_of_another_workspace_is_not_on_this_portal(client: Client, idea: Idea, db: None) -> None:
    from wellheard.people.services.workspaces import create_workspace

    create_workspace("other", "Other")
    page(client, f"/p/other/ideas/{idea.pk}", 404)
    assert client.post(f"/p/other/ideas/{idea.pk}/vote").status_code == 404
    assert client.post(f"/p/other/ideas/{idea.pk}/follow").status_code == 404


def test_T08_a_hidden_idea_is_nowhere_outside(client: Client, idea: Idea, access: Access, told: Notice) -> None:
    ideas.answer(access, idea, IdeaStatus.PLANNED, "secret answer", hidden=True)
    for path in ("/p/acme/", "/p/acme/?q=ERP", "/p/acme/?status=planned", "/p/acme/?order=new"):
        shown = page(client, path)
        assert f'id="idea-{idea.pk}"' not in shown
        assert "secret answer" not in shown
        assert not re.search(r"Planned <span", shown), "counted although hidden"
    page(client, f"/p/acme/ideas/{idea.pk}", 404)
    for what in ("vote", "follow"):
        assert client.post(f"/p/acme/ideas/{idea.pk}/{what}").status_code == 404
    assert f"/ideas/{idea.pk}" not in page(client, "/p/acme/changelog.atom")
    assert f"/ideas/{idea.pk}" not in page(client, f"/me/{told.person.page_key}")


def test_T09_no_address_is_on_any_public_page(client: Client, idea: Idea, town: Town, told: Notice) -> None:
    town.ann.name = "ann@shop.example"
    town.ann.save()
    for path in ("/p/acme/", f"/p/acme/ideas/{idea.pk}", "/p/acme/changelog", "/p/acme/changelog.atom", "/p/acme/post"):
        assert "@" not in page(client, path), path
    assert "Somebody" in page(client, f"/p/acme/ideas/{idea.pk}")


def test_no_public_page_leads_to_a_secret_one(client: Client, idea: Idea, told: Notice) -> None:
    for path in ("/p/acme/", f"/p/acme/ideas/{idea.pk}", "/p/acme/changelog", "/p/acme/changelog.atom", "/p/acme/post"):
        shown = page(client, path)
        assert told.person.page_key not in shown
        assert told.key not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_T01_hostile_words_stay_words(client: Client, town: Town, access: Access, text: str) -> None:
    town.ann.name = text
    town.ann.save()
    Workspace.objects.filter(pk=town.workspace.pk).update(name=text[:120])
    idea = ideas.post(town.workspace, town.ann, text[:140], text)
    ideas.answer(access, idea, IdeaStatus.OPEN, text)
    for path in (
        "/p/acme/",
        f"/p/acme/ideas/{idea.pk}",
        f"/me/{town.ann.page_key}",
        "/p/acme/post",
        "/p/acme/changelog",
    ):
        assert_inert(page(client, path))
    refused = client.post("/p/acme/post", {"title": text * 9, "text": text, "name": text, "email": text})
    assert refused.status_code == 422
    assert_inert(refused.content.decode())


def assert_inert(shown: str) -> None:
    """Nothing in the page runs, and no element stands there that our templates did not write."""
    assert not re.search(r"<script(?! src=\"/static/)", shown), shown
    assert not re.search(r"<(img|iframe|math|style|object|embed|base)\b", shown)
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', shown))
    assert not re.search(r'(href|src|action)="\s*(javascript|data):', shown)


PUBLIC = ["/p/acme/", "/p/acme/post", "/p/acme/changelog", "/p/acme/changelog.atom", "/p/acme/confirm/x", "/nothing",
          "/enter/x", "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/",
          "/accounts/signup/"]  # fmt: skip


def test_T02_the_strict_policy_stands_on_every_public_page(client: Client, idea: Idea, told: Notice) -> None:
    paths = [*PUBLIC, f"/p/acme/ideas/{idea.pk}", f"/me/{told.person.page_key}", f"/u/{told.key}"]
    for path in paths:
        reply = client.get(path)
        policy = reply.headers["Content-Security-Policy"]
        assert "unsafe" not in policy, path
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        shown = reply.content.decode()
        assert not re.search(r"\sstyle=|<style", shown), path
        assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", shown), path


def test_T24_looking_never_writes(client: Client, idea: Idea, told: Notice) -> None:
    from wellheard.core.models import Entry
    from wellheard.people.models import Person

    before = (Entry.objects.count(), Person.objects.count())
    paths = [*PUBLIC, f"/p/acme/ideas/{idea.pk}", f"/me/{told.person.page_key}", f"/u/{told.key}"]
    for path in paths:
        client.get(path)
        client.head(path)
    for what in ("vote", "follow"):
        assert client.get(f"/p/acme/ideas/{idea.pk}/{what}").status_code == 405
    for what in ("seen", "mail"):
        assert client.get(f"/me/{told.person.page_key}/{what}").status_code == 405
    assert (Entry.objects.count(), Person.objects.count()) == before
    told.refresh_from_db()
    assert told.state == "sent"


def test_numbers_in_addresses_and_anchors_are_plain_however_large(client: Client, idea: Idea, told: Notice) -> None:
    Idea.objects.filter(pk=idea.pk).update(votes_count=1234)
    Idea.objects.bulk_create(
        [
            Idea(
                pk=54321,
                workspace=idea.workspace,
                voice=told_voice(idea),
                title="Late",
                votes_count=1,
                board=idea.board,
            )
        ]
    )
    assert 'id="idea-54321"' in page(client, "/p/acme/")
    assert "1,234" in page(client, "/p/acme/")


def told_voice(idea: Idea) -> Voice:
    return Voice.objects.create(workspace=idea.workspace, text="Late", said_at=idea.posted_at)
