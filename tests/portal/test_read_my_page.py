"""Somebody reads what became of their words, chooses about mail, and leaves with one click."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.listen.models import Idea
from wellheard.listen.services import ideas
from wellheard.people.models import Person, Workspace
from wellheard.tell.models import Notice, NoticeState, OptOut
from wellheard.tell.services import notices

from .conftest import HOSTILE, Tell, page
from .test_look_at_the_board import assert_inert


def test_my_page_says_what_i_said_and_what_was_done(client: Client, told: Notice) -> None:
    shown = page(client, f"/me/{told.person.page_key}")
    assert "Ann, this is what became of it" in shown
    assert "Each month I type it all again." in shown
    assert "We did: " in shown
    assert "Exports open in your ERP" in shown
    assert "<strong>that</strong>" in shown
    assert "noindex" in shown


def test_my_page_shows_only_what_is_mine(client: Client, told: Notice, town: Town) -> None:
    shown = page(client, f"/me/{town.otto.page_key}")
    assert "Each month I type" not in shown
    assert "Exports open" not in shown
    page(client, "/me/unknown", 404)


def test_a_browser_that_shows_my_page_tells_that_it_reached_me(told: Notice) -> None:
    browser = Client(enforce_csrf_checks=True)
    address = f"/me/{told.person.page_key}"
    page(browser, address)
    told.refresh_from_db()
    assert told.state == NoticeState.SENT
    assert browser.post(f"{address}/seen").status_code == 403
    token = browser.cookies["csrftoken"].value
    assert browser.post(f"{address}/seen", {"csrfmiddlewaretoken": token}).status_code == 204
    told.refresh_from_db()
    assert told.state == NoticeState.REACHED


def test_the_address_of_my_page_leaves_for_no_other_site(client: Client, told: Notice) -> None:
    reply = client.get(f"/me/{told.person.page_key}")
    assert reply["Referrer-Policy"] == "same-origin"
    assert reply["X-Robots-Tag"] == "noindex"
    assert "no-store" in reply["Cache-Control"]


def test_T32_no_more_mail_stops_what_is_still_owed(client: Client, idea: Idea, tell: Tell) -> None:
    owed = tell(idea).notices.get()
    assert owed.state == NoticeState.OWED
    address = f"/me/{owed.person.page_key}"
    assert "No more mail, please" in page(client, address)
    reply = client.post(f"{address}/mail", {"want": "no"}, follow=True)
    assert "no more mail" in reply.content.decode()
    owed.refresh_from_db()
    assert owed.state == NoticeState.OPTED_OUT
    assert notices.send_due() == 0
    later = tell(idea, "Another answer").notices.get()
    assert later.state == NoticeState.OPTED_OUT
    assert "Another answer" in page(client, address), "the page still tells it"


def test_wanting_mail_again_owes_again(client: Client, idea: Idea, tell: Tell) -> None:
    owed = tell(idea).notices.get()
    address = f"/me/{owed.person.page_key}"
    client.post(f"{address}/mail", {"want": "no"})
    client.post(f"{address}/mail", {"want": "no"})
    client.post(f"{address}/mail", {"want": "yes"})
    owed.refresh_from_db()
    assert owed.state == NoticeState.OWED
    assert not OptOut.objects.exists()


def test_unsubscribing_takes_a_button(client: Client, told: Notice) -> None:
    assert "No more of this kind" in page(client, f"/u/{told.key}")
    assert not OptOut.objects.exists()
    reply = client.post(f"/u/{told.key}")
    assert "No more mail" in reply.content.decode()
    assert OptOut.objects.get().person == told.person


def test_T24_a_mail_program_unsubscribes_by_one_post_without_cookies(told: Notice) -> None:
    """RFC 8058: a POST with this one field, no cookies, no token, no redirect."""
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        reply = program.post(f"/u/{told.key}", {"List-Unsubscribe": "One-Click"})
        assert reply.status_code == 200
    assert OptOut.objects.get().how == "one click"
    assert program.get(f"/u/{told.key}x").status_code == 404
    assert program.post(f"/u/{told.key}x").status_code == 404


def test_T24_scanners_that_open_every_link_change_nothing(client: Client, told: Notice) -> None:
    for path in (f"/u/{told.key}", f"/me/{told.person.page_key}"):
        client.get(path, headers={"purpose": "prefetch"})
        client.head(path)
    told.refresh_from_db()
    assert told.state == NoticeState.SENT
    assert not OptOut.objects.exists()


def test_a_page_without_anything_says_so(client: Client, workspace: Workspace) -> None:
    person = Person.objects.create(workspace=workspace)
    shown = page(client, f"/me/{person.page_key}")
    assert "This is what became of it" in shown
    assert "Nothing yet" in shown
    assert "no confirmed address" in shown


def test_my_page_stays_when_the_portal_closes(client: Client, told: Notice) -> None:
    Workspace.objects.update(portal_open=False)
    shown = page(client, f"/me/{told.person.page_key}")
    assert "/p/acme/" not in shown
    page(client, f"/u/{told.key}")


@pytest.mark.parametrize("text", HOSTILE)
def test_T01_hostile_words_on_my_page_and_the_changelog_stay_words(
    client: Client, town: Town, tell: Tell, text: str
) -> None:
    town.otto.name = text
    town.otto.save()
    idea = ideas.post(town.workspace, town.otto, f"Wish {text}"[:140], text)
    tell(idea, f"Done {text}"[:140], text)
    for path in (f"/me/{town.otto.page_key}", "/p/acme/changelog"):
        assert_inert(page(client, path))
