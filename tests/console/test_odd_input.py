"""Odd words in addresses and forms get an answer, never an error of ours."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.console.worlds import World
from wellheard.people.models import Role
from wellheard.tell.models import Notice


@pytest.fixture
def world(db: None) -> World:
    return World("acme")


@pytest.fixture
def editor(world: World) -> Client:
    client = Client()
    client.force_login(world.member(Role.OWNER).user)
    return client


@pytest.mark.parametrize(
    "where", ["0000", "-1", "NaN", "9999-12-31", "😀", "//evil.example", "https://evil.example", "\\\\evil", "²"]
)
def test_T17_a_place_to_go_back_to_is_an_address_here_or_nothing(world: World, editor: Client, where: str) -> None:
    notice = world.number(Notice)
    for path in (f"/w/acme/tell/notices/{notice}/again", f"/w/acme/tell/notices/{notice}/told"):
        reply = editor.post(path, {"next": where})
        assert (reply.status_code, reply["Location"].startswith("/w/acme/")) == (302, True)
    reply = editor.post("/w/acme/listen/triage", {"voice": "1", "state": "kept", "next": where})
    assert reply.status_code in (302, 404)


def test_numbers_that_are_no_numbers(editor: Client) -> None:
    assert editor.get("/w/acme/tell/releases/new?bet=²").status_code == 200
    assert editor.post("/w/acme/tell/releases/new", {"title": "x", "bets": "²"}).status_code in (200, 302, 422)


@pytest.mark.parametrize("path", ["people/", "people/accounts", "people/1/merge", "listen/", "understand/"])
def test_words_nobody_types_are_refused_clearly(editor: Client, path: str) -> None:
    reply = editor.get(f"/w/acme/{path}", {"q": "x" * 60_000})
    assert reply.status_code == 400
    assert "10,000 characters" in reply.content.decode()


@pytest.mark.parametrize("who", ["x" * 70_000, "x" * 301], ids=["very long", "long"])
def test_a_name_nobody_has_in_a_form(world: World, editor: Client, who: str) -> None:
    from wellheard.people.models import Account, Person

    for path in (f"people/{world.number(Person)}/join", f"people/accounts/{world.number(Account)}/join"):
        assert editor.post(f"/w/acme/{path}", {"who": who, "role": "uses"}).status_code == 422
    assert editor.post("/w/acme/listen/portal/boards/new", {"name": "B", "accounts": who}).status_code in (404, 422)
