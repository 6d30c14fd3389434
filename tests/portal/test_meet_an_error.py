"""Something goes wrong, and the page says in plain words what and how to go on."""

from __future__ import annotations

from unittest import mock

import pytest
from django.template import loader
from django.test import Client

from tests.conftest import Town
from wellheard.people.models import Member

pytestmark = pytest.mark.django_db


def test_an_address_with_a_slip(client: Client) -> None:
    reply = client.get("/nothing/here")
    assert reply.status_code == 404
    assert "There is nothing here" in reply.content.decode()
    assert "Resolver404" not in reply.content.decode()
    assert "There is no such portal." in client.get("/p/nowhere/").content.decode()


def test_what_is_not_yours_says_which_role_it_needs(as_viewer: Client, town: Town) -> None:
    from django.core.exceptions import PermissionDenied

    with mock.patch(
        "wellheard.portal.views.board.reads.board", side_effect=PermissionDenied("This needs <b>owner</b>.")
    ):
        reply = as_viewer.get("/p/acme/")
    assert reply.status_code == 403
    assert "This needs &lt;b&gt;owner&lt;/b&gt;." in reply.content.decode()


def test_a_fault_of_ours_needs_nothing_to_say_so(town: Town) -> None:
    client = Client(raise_request_exception=False)
    with mock.patch("wellheard.portal.views.board.reads.board", side_effect=RuntimeError("secret detail")):
        reply = client.get("/p/acme/")
    assert reply.status_code == 500
    assert "went wrong on our side" in reply.content.decode()
    assert "secret detail" not in reply.content.decode()
    assert "unsafe" not in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
def test_every_error_page_renders_without_context(name: str) -> None:
    shown = loader.get_template(f"{name}.html").render()
    assert "<h1>" in shown
    assert 'href="/"' in shown
    assert "style=" not in shown


def test_T01_a_hostile_address_stays_words(client: Client) -> None:
    reply = client.get("/p/<script>alert(1)</script>/")
    assert "<script>alert" not in reply.content.decode()
    assert client.get("/p/acme/?q=%00").status_code == 400


def test_a_form_of_another_site_is_refused_kindly(owner: Member) -> None:
    reply = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example", "password": "x"})
    assert reply.status_code == 403
    assert "Nothing was changed" in reply.content.decode()
