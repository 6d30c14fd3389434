"""Whoever only looks, a browser that fetches ahead or a mail scanner, changes nothing, at any address of the portal."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from tests.conftest import Town
from wellheard.listen.models import Comment, Idea
from wellheard.listen.services import comments
from wellheard.people.services.workspaces import create_workspace
from wellheard.portal.urls import urlpatterns
from wellheard.tell.models import Notice

from .conftest import page
from .test_see_a_board import signed_in

NAMES = sorted(str(p.name) for p in urlpatterns)


def rows() -> dict[str, int]:
    """How many rows each table has; what a row says is compared where it matters."""
    skipped = ("sessions", "contenttypes", "auth")
    models = [m for m in apps.get_models() if m._meta.app_label not in skipped]
    return {m._meta.label: m._default_manager.count() for m in models}


def address(name: str, idea: Idea, comment: Comment, told: Notice) -> str:
    values = {
        "slug": "acme", "number": comment.pk if name == "edit_comment" else idea.pk, "board": "ideas", "token": "x",
        "key": told.key if name == "unsubscribe" else told.person.page_key,
    }  # fmt: skip
    found = next(p for p in urlpatterns if p.name == name)
    wanted = found.pattern.converters
    return reverse(name, kwargs={k: values[k] for k in wanted})


@pytest.mark.parametrize("name", NAMES)
def test_T24_no_address_of_the_portal_writes_when_it_is_looked_at(
    name: str, client: Client, idea: Idea, town: Town, told: Notice
) -> None:
    comment = comments.comment(idea, "words", person=town.otto)
    where = address(name, idea, comment, told)
    before = rows()
    state = list(Idea.objects.values()), list(Comment.objects.values()), list(Notice.objects.values())
    for who in (client, signed_in(town.otto)):
        for query in ("", "?delete=1&stop=1&take_back=1&want=no&text=x&email=a@b.example&title=Some+title&language=de"):
            for method in (who.get, who.head):
                reply = method(where + query, headers={"Sec-Purpose": "prefetch"})
                assert reply.status_code in (200, 302, 404, 405, 410), (where, reply.status_code)
    assert rows() == before
    assert state == (list(Idea.objects.values()), list(Comment.objects.values()), list(Notice.objects.values()))


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n not in ("robots", "unsubscribe") and not n.startswith("my_page")]
)
def test_T06_nothing_of_one_portal_answers_at_another(
    name: str, client: Client, idea: Idea, town: Town, told: Notice
) -> None:
    create_workspace("other", "Other")
    comment = comments.comment(idea, "zebra words", person=town.otto)
    where = address(name, idea, comment, told).replace("/p/acme/", "/p/other/")
    for who in (client, signed_in(town.otto)):
        reply = who.get(where)
        assert reply.status_code in (200, 302, 404, 405, 410)
        if reply.status_code == 200 and not reply.streaming:
            assert "Export to our ERP" not in reply.content.decode(), where
            assert "zebra" not in reply.content.decode(), where
    assert who.post(f"/p/other/ideas/{idea.pk}/comments", {"text": "x"}).status_code == 404
    assert "Export to our ERP" in page(client, "/p/acme/")
