"""Somebody tells the team something, without signing up."""

from __future__ import annotations

from unittest import mock

import pytest
from django.core import mail
from django.test import Client

from wellheard.listen.models import Idea, Voice
from wellheard.people.models import Person, Workspace

from .conftest import visitors_of

pytestmark = pytest.mark.django_db


def test_a_post_is_on_the_board_with_a_vote_of_its_author(client: Client, workspace: Workspace) -> None:
    reply = client.post("/p/acme/post", {"title": " Dark \n colours ", "text": "My eyes hurt."}, follow=True)
    assert reply.status_code == 200
    idea = Idea.objects.get()
    assert (idea.title, idea.votes_count, idea.voice.channel) == ("Dark colours", 1, "portal")
    assert "It is on the board now" in reply.content.decode()
    assert 'aria-pressed="true"' in reply.content.decode()
    assert mail.outbox == []


def test_the_next_post_from_the_same_browser_is_the_same_persons(client: Client, workspace: Workspace) -> None:
    for title in ("First wish", "Second wish"):
        client.post("/p/acme/post", {"title": title})
    assert len(visitors_of(workspace)) == 1
    assert len({v.author_id for v in Voice.objects.all()}) == 1


def test_with_an_address_we_ask_whether_it_is_theirs(client: Client, workspace: Workspace) -> None:
    given = {"looked": 1, "title": "Dark colours", "name": "Ida Busy", "email": "Ida@Shop.example"}
    reply = client.post("/p/acme/post", given, follow=True)
    assert "confirm your address" in reply.content.decode()
    assert [m.to for m in mail.outbox] == [["Ida@Shop.example"]]
    assert "/p/acme/confirm/" in mail.outbox[0].body
    person = visitors_of(workspace)[0]
    assert (person.name, person.email) == ("Ida Busy", None)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"title": "ab"}, "few words"),
        ({"title": ""}, "few words"),
        ({"title": "x" * 141}, "140 at most"),
        ({"looked": 1, "title": "Dark colours", "text": "y" * 5001}, "5000 at most"),
        ({"looked": 1, "title": "Dark colours", "email": "not an address"}, "not an e-mail address"),
        ({"looked": 1, "title": "Dark colours", "name": "n" * 201}, "200 at most"),
    ],
)
def test_a_refused_post_says_why_keeps_the_words_and_leaves_nothing(
    client: Client, workspace: Workspace, given: dict[str, str], reason: str
) -> None:
    reply = client.post("/p/acme/post", given)
    assert reply.status_code == 422
    assert reason in reply.content.decode()
    assert given["title"] in reply.content.decode()
    assert (Idea.objects.count(), Person.objects.count(), len(mail.outbox)) == (0, 0, 0)


def test_the_words_searched_for_in_vain_begin_the_post(client: Client, workspace: Workspace) -> None:
    assert 'href="/p/acme/post?title=dark%20mode"' in client.get("/p/acme/?q=dark+mode").content.decode()
    assert 'value="dark mode"' in client.get("/p/acme/post?title=dark+mode").content.decode()


def test_a_nul_nobody_can_type_is_refused(client: Client, workspace: Workspace) -> None:
    assert client.post("/p/acme/post", {"title": "Dark\x00 colours", "text": "a\x00b"}).status_code == 400
    assert (Idea.objects.count(), Person.objects.count()) == (0, 0)


def test_a_mail_server_that_is_away_does_not_lose_the_post(client: Client, workspace: Workspace) -> None:
    with mock.patch("wellheard.portal.doors.EmailMultiAlternatives.send", side_effect=OSError("away")):
        reply = client.post(
            "/p/acme/post", {"looked": 1, "title": "Dark colours", "email": "ida@shop.example"}, follow=True
        )
    assert "could not send you a mail" in reply.content.decode()
    assert Idea.objects.count() == 1


def test_T13_the_reply_is_the_same_for_an_address_we_know_and_one_we_do_not(client: Client, town: object) -> None:
    said = []
    for address in ("ann@shop.example", "nobody@shop.example"):
        reply = Client().post("/p/acme/post", {"looked": 1, "title": "Dark colours", "email": address})
        said.append((reply.status_code, [str(m) for m in Client().get(reply["Location"]).context["messages"]]))
    assert said[0] == said[1]
    assert len(mail.outbox) == 2


def test_T05_a_name_or_address_never_makes_a_mail_header(client: Client, workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(name="Acme\r\nBcc: all@shop.example")
    client.post(
        "/p/acme/post",
        {"looked": 1, "title": "Dark colours", "email": "ida@shop.example", "name": "I\r\nBcc: x@y.example"},
    )
    message = mail.outbox[0].message()
    assert message["Bcc"] is None
    assert "\n" not in str(message["Subject"])
    refused = client.post(
        "/p/acme/post", {"looked": 1, "title": "Dark colours", "email": "ida@shop.example\r\nBcc: x@y.example"}
    )
    assert refused.status_code == 422


def test_T07_ids_in_the_body_change_nothing(client: Client, town: object, workspace: Workspace) -> None:
    ann = Person.objects.get(external_id="ann")
    forged = {
        "looked": 1,
        "title": "Dark colours",
        "author": ann.pk,
        "person": ann.pk,
        "workspace": 999,
        "status": "shipped",
    }
    client.post("/p/acme/post", forged | {"votes_count": 99, "hidden": 1, "confirmed": 1, "page_key": "x"})
    idea = Idea.objects.get()
    assert idea.voice.author_id != ann.pk
    assert (idea.status, idea.votes_count, idea.hidden, idea.workspace_id) == ("open", 1, False, workspace.pk)


def test_T15_a_post_from_another_site_is_refused_in_plain_words(workspace: Workspace) -> None:
    reply = Client(enforce_csrf_checks=True).post("/p/acme/post", {"looked": 1, "title": "Dark colours"})
    assert reply.status_code == 403
    assert "once more" in reply.content.decode()
    assert Idea.objects.count() == 0
