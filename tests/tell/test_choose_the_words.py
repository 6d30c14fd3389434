"""What messages say can be changed by kind and language, seen before it is sent, and never reaches further than its places."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.core.models import Entry
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Member, Person, Role
from wellheard.tell import wording
from wellheard.tell.models import Notice, Release, Wording
from wellheard.tell.services import notices
from wellheard.tell.services.wordings import reset, set_wording
from wellheard.tell.webhooks import slack

MINE = "Dear {name},\n\n{said}\n\nWe did it: {thing}\n\n{reason}\n\nThe team of {workspace}"


def _told(access: Access, person: Person, said: str = "It is slow.") -> mail.EmailMultiAlternatives:
    release = Release.objects.create(
        workspace=access.workspace, title="Exports", body="They are **fast**.", shipped_on=timezone.localdate(),
        published_at=timezone.now(),
    )  # fmt: skip
    voice = Voice.objects.create(workspace=access.workspace, text=said, author=person, said_at=timezone.now())
    Notice.objects.create(workspace=access.workspace, release=release, person=person, voice=voice)
    mail.outbox.clear()
    assert notices.send_due() == 1
    return mail.outbox[0]  # type: ignore[return-value]


def test_the_teams_own_text_is_what_they_read_in_text_and_html(access: Access, town: Town) -> None:
    set_wording(access, "release", "en", "{name}, it is there: {thing}", MINE)
    told = _told(access, town.ann, "It is <slow>.")
    assert told.subject == "Ann Assistant, it is there: Exports"
    text, html = str(told.body), str(told.alternatives[0][0])
    for part in (text, html):
        assert "Dear Ann Assistant," in part
        assert "The team of Acme Reports" in part
        assert "We listened" not in part
    assert "It is <slow>." in text
    assert "It is &lt;slow&gt;." in html
    assert "<strong>fast</strong>" in html


def test_each_language_falls_back_on_the_text_that_came_with_it(access: Access, town: Town) -> None:
    set_wording(access, "release", "en", "Look: {thing}", MINE)
    Person.objects.filter(pk=town.ann.pk).update(language="fr")
    town.ann.refresh_from_db()
    assert _told(access, town.ann).subject == "Vous l’avez dit, nous l’avons fait : Exports"
    set_wording(access, "release", "fr", "Voilà : {thing}", MINE)
    assert _told(access, town.ann).subject == "Voilà : Exports"
    assert _told(access, town.tim).subject == "Look: Exports"
    reset(access, "release", "fr")
    reset(access, "release", "fr")
    assert Entry.objects.filter(verb="message.reset").count() == 1
    assert _told(access, town.ann).subject.startswith("Vous")


def test_somebody_without_a_name_is_greeted_without_one(access: Access, town: Town) -> None:
    Person.objects.filter(pk=town.tim.pk).update(name="")
    town.tim.refresh_from_db()
    assert str(_told(access, town.tim).body).startswith("Hello,\n")
    set_wording(access, "release", "en", "{thing}", MINE)
    assert "Dear" not in str(_told(access, town.tim).body), "a paragraph with nothing to show is left out"


@pytest.mark.parametrize(
    ("subject", "body", "says"),
    [("", "{thing} {reason}", "needs a subject"), ("x", "", "needs a subject"), ("{secret}", "{thing} {reason}", "{secret}"),
     ("x", "{reason}", "{thing}"), ("{thing}", "hello", "{reason}"), ("{said} {thing}", "{reason}", "too long for a subject"),
     ("{thing}", "{person.page_key}{reason}{name}" + "{}", "not a place"), ("{thing}\nBcc: x", "{reason}", "one line")],
)  # fmt: skip
def test_texts_that_cannot_be_filled_in_are_refused(access: Access, subject: str, body: str, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("{", r"\{").replace("}", r"\}")):
        set_wording(access, "no", "en", subject, body)
    assert not Wording.objects.exists()


def test_the_text_that_came_with_it_is_no_text_of_their_own(access: Access) -> None:
    assert set_wording(access, "no", "en", *wording.built_in("no", "en")) is None
    assert not Wording.objects.exists()


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
def test_T01_whatever_people_are_called_and_said_only_places_are_filled(said: str, name: str, thing: str) -> None:
    values = wording.Values(name=name, workspace="W", thing=thing, reason="SECRET", said=said)
    made = wording.write("{thing}", "{hello}\n\n{said}\n\n{thing}", values, "en")
    assert all("SECRET" not in b.text or "SECRET" in said + name + thing for b in made.blocks)
    assert "\n" not in made.subject
    assert not said or any(b.kind == "quote" and b.text == said for b in made.blocks)


def test_an_editor_sees_how_it_reads_and_sends_it_to_themselves(
    as_owner: Client, owner: Member, access: Access
) -> None:
    where = "/w/acme/settings/messages/no/en"
    assert "As it comes with Wellheard" in as_owner.get(where).content.decode()
    mine = {"subject": "About {thing}", "body": "{hello}\r\n\r\n{said}\r\n\r\nSorry.\r\n\r\n{reason}"}
    seen = as_owner.post(where, {**mine, "do": "preview"}).content.decode()
    assert "Hello Ann Example," in seen
    assert "Sorry." in seen
    assert not Wording.objects.exists()
    assert as_owner.post(where, {**mine, "do": "test"}).status_code == 200
    assert mail.outbox[0].to == ["Olga Owner <olga@acme.example>"]
    assert "Sorry." in str(mail.outbox[0].body)
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers
    assert as_owner.post(where, {**mine, "do": "save"}).status_code == 302
    assert Wording.objects.get().body == "{hello}\n\n{said}\n\nSorry.\n\n{reason}"
    wrong = as_owner.post(where, {"subject": "x", "body": "{hallo}", "do": "preview"})
    assert wrong.status_code == 422
    assert "is not a place" in wrong.content.decode()
    assert as_owner.get("/w/acme/settings/messages").content.decode().count("your own text") == 1
    assert as_owner.post(where, {"do": "reset"}).status_code == 302
    assert not Wording.objects.exists()
    assert as_owner.get("/w/acme/settings/messages/no/xx").status_code == 404


def test_a_viewer_reads_the_texts_and_cannot_change_them(as_viewer: Client, viewer: Member, access: Access) -> None:
    assert as_viewer.get("/w/acme/settings/messages/no/de").status_code == 200
    assert as_viewer.post("/w/acme/settings/messages/no/de", {"subject": "{thing}"}).status_code == 403
    low = Access(access.workspace, access.actor, Role.VIEWER)
    with pytest.raises(PermissionDenied):
        set_wording(low, "no", "de", "{thing}", "{reason}")


def test_mails_about_one_voice_hang_together(access: Access, town: Town) -> None:
    voice = Voice.objects.create(workspace=access.workspace, text="Slow.", author=town.ann, said_at=timezone.now())
    for title in ("First", "Second"):
        release = Release.objects.create(
            workspace=access.workspace, title=title, shipped_on=timezone.localdate(), published_at=timezone.now()
        )
        Notice.objects.create(workspace=access.workspace, release=release, person=town.ann, voice=voice)
    notices.send_due()
    first, second = (m.message() for m in mail.outbox)
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert first["Message-ID"] != second["Message-ID"]


# Slack ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "says"),
    [({"type": "release.published", "data": {"id": 1, "name": "Exports <!channel> & more", "link": "https://x.example/r/1", "owed": 42}},
      "Something was shipped: <https://x.example/r/1|Exports &lt;!channel&gt; &amp; more> (42 people are being told)"),
     ({"type": "decision.published", "data": {"id": 1, "answer": "no", "on": {"name": "One clock"}, "link": "https://x.example/b/1"}},
      "Decided: no: <https://x.example/b/1|One clock>"),
     ({"type": "person.erased", "data": {"id": 3}}, "A person was erased: erase them as well: "),
     ({"type": "webhook.test", "data": {"words": "A test from Acme."}}, "A test from Acme.")],
    ids=["shipped", "decided", "no link", "test"],
)  # fmt: skip
def test_colleagues_in_slack_read_a_sentence(told: dict[str, Any], says: str) -> None:
    assert json.loads(slack.body(json.dumps(told)))["text"] == says


def test_only_slacks_own_addresses_are_told_in_slacks_way() -> None:
    assert slack.is_slack("https://hooks.slack.com/services/T0/B0/x")
    assert not slack.is_slack("https://hooks.slack.com.evil.example/services")
    assert not slack.is_slack("https://shop.example/hooks.slack.com")


def test_a_webhook_of_slack_is_called_in_slacks_way(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    from wellheard.core import http
    from wellheard.tell.services import telling, webhooks

    sent: list[bytes] = []

    def post(url: str, body: bytes, headers: Any) -> http.Answer:
        sent.append(body)
        return http.Answer(200, {}, b"ok")

    monkeypatch.setattr(http, "post", post)
    hook = webhooks.make(access, "https://hooks.slack.com/services/T0/B0/x", ["release.published"], "Slack")
    webhooks.test(access, hook)
    assert telling.tell_all(hook.pk) == 1
    assert json.loads(sent[0])["text"] == "A test from Acme Reports."
