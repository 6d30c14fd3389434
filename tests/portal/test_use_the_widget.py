"""The widget's server side: what anybody says arrives, who is who, what is refused, what comes back."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import Town
from wellheard.core import ratelimit
from wellheard.listen.models import Picture, Voice
from wellheard.listen.services import pictures
from wellheard.listen.services.widgets import set_widget
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Workspace
from wellheard.people.services import visitors
from wellheard.people.services.workspaces import create_workspace
from wellheard.portal.widget_words import ENGLISH, OTHERS, language_of
from wellheard.tell.models import OptOut, Reply
from wellheard.tell.services import replies

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02" + b"0" * 50
SITE = {"Origin": "https://shop.example"}


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    ratelimit.forget()


def post(
    what: str, /, picture: bytes | None = None, origin: str = "https://shop.example", **fields: Any
) -> tuple[int, Any]:
    """As a page of another site sends it: a form, no cookie."""
    if picture is not None:
        fields["picture"] = SimpleUploadedFile("p.svg", picture, content_type="image/svg+xml")
    reply = Client(enforce_csrf_checks=True).post(f"/widget/acme/{what}", fields, headers={"Origin": origin})
    assert reply["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply
    return reply.status_code, reply.json()


def signed(workspace: Workspace, key: str = "", **claims: Any) -> str:
    told = {"sub": "ann", "exp": int(time.time()) + 600, **claims}
    return jwt.encode({k: v for k, v in told.items() if v is not None}, key or workspace.secret_key, algorithm="HS256")


def test_anybody_says_something_with_the_page_it_is_about(workspace: Workspace) -> None:
    context = {
        "page": "https://u:pw@shop.example/cart?session=secret#x",
        "title": "Cart",
        "browser": "Firefox",
        "cookie": "no",
    }
    status, told = post("say", text=" The total is wrong ", kind="bug", context=json.dumps(context))
    assert status == 201
    voice = Voice.objects.get()
    assert (voice.text, voice.kind, voice.channel, voice.source) == ("The total is wrong", "bug", "widget", "widget")
    assert voice.traits == {"page": "https://shop.example/cart", "title": "Cart", "browser": "Firefox"}
    assert voice.author is not None
    assert (voice.author.email, told["mailed"]) == (None, False)
    again = post("say", text="And again", key=told["key"])[1]
    assert {v.author for v in Voice.objects.all()} == {voice.author}, "the key remembers who it was"
    assert again["key"]


def test_an_answer_reaches_who_said_it_and_nobody_else(workspace: Workspace, access: Access) -> None:
    key = post("say", text="Where is the export?")[1]["key"]
    other = post("say", text="Something else")[1]["key"]
    voice = Voice.objects.get(text__startswith="Where")
    made = replies.answer(access, voice, "Under **Reports**, top right.")
    assert made.mail == "none", "no address is known"
    found = post("inbox", key=key)[1]
    assert (found["unseen"], found["threads"][0]["answers"][0]["text"]) == (1, "Under **Reports**, top right.")
    assert Reply.objects.get().seen_at is None, "only asking changes nothing"
    post("inbox", key=key, seen="yes")
    assert Reply.objects.get().seen_at is not None
    assert [t["text"] for t in post("inbox", key=other)[1]["threads"]] == ["Something else"]
    assert post("inbox", key=f"{key[:-2]}xx")[1] == {"threads": [], "told": [], "unseen": 0}
    assert post("inbox")[1]["threads"] == []


def test_an_address_counts_once_its_owner_confirmed_it(workspace: Workspace, access: Access) -> None:
    told = post("say", text="Write to me", email="Eve@mail.example")[1]
    assert told["mailed"]
    assert outbox.outbox[-1].to == ["Eve@mail.example"]
    person = Person.objects.get()
    assert person.email is None
    confirmed = visitors.confirm(outbox.outbox[-1].body.split("/confirm/")[1].split()[0])
    assert confirmed is not None
    assert confirmed.email == "eve@mail.example"
    assert post("inbox", key=told["key"])[1]["threads"] == [], "whoever typed the address holds that key too"
    replies.answer(access, Voice.objects.get(), "Here.\r\nBcc: x@y.example")
    assert replies.send_due() == 1
    message = outbox.outbox[-1]
    assert "Here." in message.body
    assert '"Write to me"' in message.body
    assert f"/me/{confirmed.page_key}" in message.body
    assert Reply.objects.get().mail == "sent"
    assert replies.send_due() == 0, "once"
    page = Client().get(f"/me/{confirmed.page_key}").content.decode()
    assert "Here." in page


def test_who_wants_no_mail_reads_it_on_their_page(town: Town, access: Access) -> None:
    OptOut.objects.create(person=town.ann, how="mail link")
    voice = Voice.objects.create(workspace=town.workspace, text="Hm", author=town.ann, said_at="2026-03-01T10:00:00Z")
    assert replies.answer(access, voice, "Soon.").mail == "none"
    nobody = Voice.objects.create(workspace=town.workspace, text="Hm", said_at="2026-03-01T10:00:00Z")
    with pytest.raises(ValueError, match="nobody to answer"):
        replies.answer(access, nobody, "Soon.")
    with pytest.raises(ValueError, match="Write what you answer"):
        replies.answer(access, voice, "  ")


def test_a_signed_token_says_who_somebody_is(town: Town) -> None:
    status, told = post("say", text="From my account", token=signed(town.workspace, account="lind"))
    assert (status, told["key"]) == (201, "")
    voice = Voice.objects.get()
    assert (voice.author, voice.account, voice.account_cents) == (town.ann, town.lind, 4900)
    post(
        "say",
        text="New here",
        token=signed(town.workspace, sub="zoe", email="zoe@shop.example", name="Zoe", account="new co"),
    )
    zoe = Person.objects.get(external_id="zoe")
    assert (zoe.email, zoe.name) == ("zoe@shop.example", "Zoe")
    assert Account.objects.filter(external_id="new co").exists()
    claims = {"sub": 7, "aud": "us", "iat": "then", "exp": int(time.time()) + 60}
    number = jwt.encode(claims, town.workspace.secret_key, algorithm="HS256")
    assert post("say", text="By number", token=number)[0] == 201
    assert Person.objects.filter(external_id="7").exists()
    assert post("inbox", token=signed(town.workspace, sub="zoe"))[1]["threads"][0]["text"] == "New here"


@pytest.mark.parametrize(
    "flaw",
    ["key", "none", "expired", "forever", "no exp", "no sub", "empty", "other", "garbage", "email", "list", "words"],
)
def test_T12_a_token_that_is_not_the_teams_is_nobody(town: Town, flaw: str) -> None:
    other = create_workspace("other", "Other").workspace
    w = town.workspace
    token = {
        "key": lambda: signed(w, key="x" * 40),
        "none": lambda: jwt.encode({"sub": "ann", "exp": int(time.time()) + 60}, None, algorithm="none"),
        "expired": lambda: signed(w, exp=int(time.time()) - 60),
        "forever": lambda: signed(w, exp=int(time.time()) + 30 * 86_400),
        "no exp": lambda: signed(w, exp=None),
        "no sub": lambda: signed(w, sub=None),
        "empty": lambda: signed(w, sub=" "),
        "other": lambda: signed(other),
        "garbage": lambda: "a.b.c",
        "email": lambda: signed(w, email="no address"),
        "list": lambda: signed(w, account=["x"]),
        "words": lambda: jwt.encode({"sub": "ann", "exp": "soon"}, w.secret_key, algorithm="HS256"),
    }[flaw]()
    for what in ("say", "inbox"):
        status, told = post(what, text="As Ann", token=token)
        assert (status, told["code"]) == (401, "forged"), told
    assert not Voice.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": " "}, "Write something"),
        ({"text": "x" * 5001}, "5001 characters"),
        ({"text": "x", "kind": "praise"}, "feedback or bug"),
        ({"text": "x", "context": "[1]"}, "object"),
        ({"text": "x", "context": "{"}, "not a JSON object"),
        ({"text": "x", "context": "[" * 10_000}, "not a JSON object"),
        ({"text": "x", "picture": b"\x89PNG\r\n\x1a\n0000"}, "neither PNG nor JPEG"),
        ({"text": "x", "email": "no address"}, "not an e-mail address"),
        ({"text": "x", "picture": b"<svg onload=alert(1)>"}, "neither PNG nor JPEG"),
        ({"text": "x", "picture": PNG + b"0" * 3 * 1024 * 1024}, "larger than 3 MB"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    workspace: Workspace, fields: dict[str, Any], words: str
) -> None:
    status, told = post("say", **fields)
    assert status == 422
    assert words in told["message"]
    assert not Voice.objects.exists()
    assert not Person.objects.exists()


def test_T03_a_picture_is_what_its_content_is_and_only_members_see_it(workspace: Workspace, as_viewer: Client) -> None:
    post("say", text="Look", picture=PNG)
    kept = Picture.objects.get()
    assert (kept.kind, kept.name.endswith(".png"), "p.svg" in kept.name) == ("png", True, False)
    where = f"/w/acme/listen/pictures/{kept.pk}"
    reply = as_viewer.get(where)
    assert (reply["Content-Type"], reply["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert b"".join(reply.streaming_content) == PNG  # type: ignore[attr-defined]
    assert Client().get(where).status_code == 302
    assert where in as_viewer.get(f"/w/acme/listen/voices/{kept.voice_id}").content.decode()
    Voice.objects.all().delete()
    path = pictures.folder() / kept.name
    assert pictures.forget() == 0, "not within a day, for its row may not be written yet"
    import os

    os.utime(path, (0, 0))
    assert pictures.forget() == 1
    assert not path.exists()


def test_a_team_says_where_it_may_stand_and_what_it_takes(access: Access, as_owner: Client) -> None:
    set_widget(
        access, open_=True, sites=["https://Shop.example/path", "*.paper.example"], greeting="Hello!", pictures=False
    )
    assert post("say", text="x")[0] == 201
    assert post("say", text="x", origin="https://a.shop.example")[0] == 201
    for origin in (
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "null",
        "",
        "http://[",
        "http://[::1",
    ):
        assert post("say", text="x", origin=origin)[0] == 404
    assert post("say", text="x", picture=PNG)[0] == 422
    hello = Client().get("/widget/acme/hello?lang=de-AT,en", headers=SITE).json()
    assert (hello["language"], hello["greeting"], hello["pictures"]) == ("de", "Hello!", False)
    set_widget(access, open_=False, sites=[], greeting="", pictures=True)
    assert Client().get("/widget/acme/hello", headers=SITE).status_code == 404
    assert Client().get("/widget/nobody/hello", headers=SITE).status_code == 404
    page = as_owner.post("/w/acme/settings/widget", {"sites": "shop example!"})
    assert (page.status_code, "is not a site" in page.content.decode()) == (422, True)
    as_owner.post("/w/acme/settings/widget", {"open": "on", "sites": "shop.example\nlab.example", "greeting": "Hi"})
    assert "lab.example" in as_owner.get("/w/acme/settings/widget").content.decode()
    with pytest.raises(ValueError, match="too many"):
        set_widget(access, open_=True, sites=[f"a{n}.example" for n in range(51)], greeting="", pictures=True)


def test_who_writes_too_much_waits(workspace: Workspace) -> None:
    for _ in range(30):
        assert post("say", text="again")[0] == 201
    status, told = post("say", text="again")
    assert (status, told["code"]) == (429, "too_often")
    assert Voice.objects.count() == 30


def test_T24_looking_changes_nothing(workspace: Workspace) -> None:
    for what in ("say", "inbox"):
        assert Client().get(f"/widget/acme/{what}?text=x&key=y", headers=SITE).status_code == 405
    assert Client().post("/widget/acme/hello", headers=SITE).status_code == 405
    assert not Voice.objects.exists()


def test_the_script_is_small_and_known_by_its_tag(workspace: Workspace) -> None:
    reply = Client().get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert reply["Content-Encoding"] == "gzip"
    assert len(reply.content) <= 15_000
    assert b"wellheardWidget" in gzip.decompress(reply.content)
    assert Client().get("/widget.js", headers={"If-None-Match": reply["ETag"]}).status_code == 304
    source = (Path(__file__).parents[2] / "wellheard/static/wellheard/widget.js").read_text()
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "document.write",
        "document.cookie",
        ".style.",
    ):
        assert forbidden not in source, forbidden


def test_it_speaks_every_language_whole() -> None:
    for language, told in OTHERS.items():
        assert set(told) == set(ENGLISH), language
    assert [language_of(a) for a in (["sv", "fr-CA"], ["en-GB", "de"], [], ["xx"], ["AR_EG"])] == [
        "fr",
        "en",
        "en",
        "en",
        "ar",
    ]


def test_a_member_answers_on_the_page_and_over_the_api(town: Town, as_owner: Client, access: Access, made: Any) -> None:
    voice = Voice.objects.create(workspace=town.workspace, text="Hm", author=town.ann, said_at="2026-03-01T10:00:00Z")
    as_owner.post(f"/w/acme/listen/voices/{voice.pk}/answer", {"text": "We know."})
    api = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    told = api.post(
        f"/api/voices/{voice.pk}/answer", json.dumps({"text": "It ships in May."}), content_type="application/json"
    )
    assert (told.status_code, told.json()["mail"]) == (201, "owed")
    page = as_owner.get(f"/w/acme/listen/voices/{voice.pk}").content.decode()
    assert "We know." in page
    assert "It ships in May." in page
