"""Letters to a secret address: what their writer said, and who wrote it only when that is proven."""

from __future__ import annotations

import io
import json
import sys
from email.message import EmailMessage
from typing import Any

import pytest
from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent, inbound
from django.test import Client

from tests.conftest import Town
from wellheard.__main__ import run
from wellheard.core import background
from wellheard.listen.models import Connection, Delivery, Voice
from wellheard.listen.queries.connections import mailbox
from wellheard.listen.services import connections
from wellheard.listen.services import mail as letters
from wellheard.listen.sources.mail.letter import NotALetter, forwarded, open_letter, own_words
from wellheard.people.access import Access
from wellheard.people.models import Member, Person

PASSED = "mx.acme.example; dkim=pass (good) header.d=shop.example header.i=@shop.example; spf=pass smtp.mailfrom=ann@shop.example"


def letter(text: str = "Exports are slow", html: str = "", **more: str) -> bytes:
    made = EmailMessage()
    held = {"From": "Ann Assistant <ann@shop.example>", "To": "feedback@acme.example", "Subject": "Export", "Message-ID": "<m1@shop.example>",
            "Date": "Sun, 01 Mar 2026 10:00:00 +0100", **{k.replace("_", "-"): v for k, v in more.items()}}  # fmt: skip
    for name, value in held.items():
        if value:
            made[name] = value
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    return made.as_bytes()


@pytest.fixture
def box(access: Access, settings: Any) -> Connection:
    settings.MAIL_SERVER, settings.MAIL_INBOX = "mx.acme.example", "feedback@acme.example"
    return connections.connect(access, "mail")


def take(box: Connection, raw: bytes) -> Voice | None:
    letters.receive(raw, [mailbox(box)])
    background.run_all()
    return Delivery.objects.latest("pk").voice


def test_a_customers_letter_is_their_voice(box: Connection, town: Town) -> None:
    voice = take(box, letter(Authentication_Results=PASSED))
    assert voice is not None
    assert (voice.text, voice.author, voice.account) == ("Export\n\nExports are slow", town.ann, town.lind)
    assert (voice.channel, voice.source, voice.said_at.isoformat()) == ("email", "mail", "2026-03-01T09:00:00+00:00")
    take(box, letter(Authentication_Results=PASSED))
    assert Voice.objects.count() == 1, "a letter that comes twice counts once"
    again = take(
        box,
        letter(
            "Still.\n\n> Exports",
            Message_ID="<m2@x>",
            In_Reply_To="<m1@shop.example>",
            Subject="Re: Export",
            Authentication_Results=PASSED,
        ),
    )
    assert again is not None
    assert (again.text, again.thread) == ("Still.", "m1@shop.example")


@pytest.mark.parametrize(
    "header",
    ["", "evil.example; dkim=pass header.d=shop.example", "mx.acme.example; dkim=fail header.d=shop.example",
     "mx.acme.example; dkim=pass header.d=evil.example", "mx.acme.example; spf=pass smtp.mailfrom=x@evil.example",
     "mx.acme.example; dkim=pass header.d=example", "mx.acme.example; dkim=pass (header.d=shop.example)",
     "mx.acme.example; none", "mx.acme.example.evil; dkim=pass header.d=shop.example"],
)  # fmt: skip
def test_T05_a_sender_that_nobody_proved_is_nobody_until_a_member_says_so(
    box: Connection, town: Town, as_owner: Client, header: str
) -> None:
    voice = take(box, letter(Authentication_Results=header))
    assert voice is not None
    assert (voice.author, voice.account) == (None, None)
    assert voice.traits["claims_to_be"] == "ann@shop.example"
    assert Person.objects.count() == 4, "nobody is made of a claim"
    address = f"/w/acme/listen/voices/{voice.pk}"
    page = as_owner.get(address).content.decode()
    assert "not proven" in page
    assert 'value="ann@shop.example"' in page
    as_owner.post(f"{address}/author", {"who": "ann@shop.example"})
    voice.refresh_from_db()
    assert (voice.author, voice.account, voice.account_state) == (town.ann, town.lind, "active")
    assert "claims_to_be" not in voice.traits


def test_T05_a_second_header_that_the_writer_put_in_is_not_believed(box: Connection, town: Town) -> None:
    raw = b"Authentication-Results: mx.acme.example; dkim=none\r\n" + letter(Authentication_Results=PASSED)
    voice = take(box, raw)
    assert voice is not None
    assert voice.author is None


def test_without_the_name_of_our_server_nobody_is_believed(box: Connection, town: Town, settings: Any) -> None:
    settings.MAIL_SERVER = ""
    voice = take(box, letter(Authentication_Results=PASSED.replace("mx.acme.example", "")))
    assert voice is not None
    assert voice.author is None


FORWARD = """See below, they pay a lot.

---------- Forwarded message ---------
From: Otto Owner <otto@shop.example>
Date: Sun, Mar 1, 2026 at 10:00 AM
Subject: Export
To: Olga <olga@acme.example>

The export takes minutes.
Please help.

> older
"""


def test_what_a_colleague_forwards_is_said_by_who_wrote_it_first(box: Connection, town: Town, owner: Member) -> None:
    proven = PASSED.replace("shop.example", "acme.example")
    voice = take(
        box, letter(FORWARD, From="Olga <olga@acme.example>", Subject="Fwd: Export", Authentication_Results=proven)
    )
    assert voice is not None
    assert (voice.text, voice.author, voice.account) == (
        "The export takes minutes.\nPlease help.",
        town.otto,
        town.lind,
    )
    assert (voice.relayed_by, voice.recorded_by) == ("Olga Owner", owner)


def test_where_a_colleague_cut_the_head_off_somebody_has_to_say(box: Connection, town: Town, owner: Member) -> None:
    proven = PASSED.replace("shop.example", "acme.example")
    voice = take(box, letter("They say exports are slow", From="olga@acme.example", Authentication_Results=proven))
    assert voice is not None
    assert (voice.author, voice.relayed_by) == (None, "Olga Owner")


@pytest.mark.parametrize(
    "more",
    [{"Auto-Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Precedence": "list"}, {"Precedence": "auto_reply"},
     {"X-Auto-Response-Suppress": "All"}, {"List-Id": "<x.example>"}, {"Return-Path": "<>"}],
)  # fmt: skip
def test_robots_lists_and_bounces_are_left_out(box: Connection, more: dict[str, str]) -> None:
    assert take(box, letter(**more)) is None
    assert Delivery.objects.get().state == "aside"
    assert not Voice.objects.exists()


def test_auto_submitted_no_is_a_person(box: Connection) -> None:
    assert take(box, letter(**{"Auto-Submitted": "no"})) is not None


def test_any_charset_flowed_text_html_and_coded_heads_are_read() -> None:
    raw = (b"From: =?iso-8859-1?Q?Zo=EB?= <zoe@shop.example>\r\nSubject: =?utf-8?B?w5xiZXJzaWNodA==?=\r\nMessage-ID: <a@b>\r\n"
           b"Content-Type: text/plain; charset=iso-8859-1; format=flowed\r\n\r\nF\xfcr \r\ndie Liste \r\n\xe4 und\r\n> alt\r\n")  # fmt: skip
    found = open_letter(raw)
    assert (found.name, found.subject, found.text) == ("Zoë", "Übersicht", "Für die Liste ä und")
    for charset in (b"no-such-charset", b"utf-7", b"x" * 300, b"\xff"):
        raw = b"From: a@b.example\r\nContent-Type: text/plain; charset=" + charset + b"\r\n\r\nhello\r\n"
        assert "hello" in open_letter(raw).text
    only = open_letter(letter(" ", html="<p>Hi <b>there</b></p><style>p{}</style><script>x</script>"))
    assert only.text == "Hi there"
    assert open_letter(b"From: a@b.example\r\n\r\nno id").id.startswith("sha256:")
    assert open_letter(b"From: a@b.example\r\n\r\nno id").id == open_letter(b"From: a@b.example\r\n\r\nno id").id


def test_T05_no_head_of_a_letter_carries_line_breaks_on() -> None:
    found = open_letter(
        b"From: a@b.example\r\nSubject: =?utf-8?Q?a=0D=0ABcc:_x@y.example?=\r\nMessage-ID: <a@b>\r\n\r\nx"
    )
    assert "\n" not in found.subject
    assert "\r" not in found.subject


def test_letters_made_to_hurt_are_refused_quickly() -> None:
    deep = b"From: a@b.example\r\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(60)
    ) + b"\r\nx"  # fmt: skip
    wide = b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"--x\r\n\r\na\r\n" * 2_000
    for raw in (deep, wide, b"x" * (25 * 1024**2 + 1)):
        with pytest.raises(NotALetter):
            open_letter(raw)
    for raw in (b"", b"\x00" * 1000, b"\xff\xfe" * 50, b":\r\n\r\n", b"From: " + b"(" * 50_000):
        try:
            open_letter(raw)
        except NotALetter as e:
            text = str(e)
            assert "letter" in text
    quotes = "a\n" + "On " + "x " * 100_000 + "wrote\n" + ">" * 100_000
    assert own_words(quotes).startswith("a")


@pytest.mark.parametrize(
    ("text", "kept"),
    [("Yes\n\nOn Mon, 2 Mar 2026 at 10:00, Us <us@x> wrote:\n> no", "Yes"),
     ("Ja\n\nAm Mo., 2. März 2026 um 10:00 Uhr schrieb Us <us@x>:\n> nein", "Ja"),
     ("Oui\n\nLe lun. 2 mars 2026 à 10:00, Us <us@x> a écrit :\n> non", "Oui"),
     ("Yes\n\nOn Mon, 2 Mar 2026 at 10:00, Somebody With A Long Name\n<us@x.example> wrote:\n\n> no", "Yes"),
     ("Yes\n\n-----Original Message-----\nFrom: x", "Yes"),
     ("Yes\n\nFrom: Us\nSent: Monday\nTo: Ann\nSubject: Export\n\nno", "Yes"),
     ("Yes\n-- \nAnn\nShop", "Yes"), ("Yes\n\nSent from my iPhone", "Yes"),
     ("> no\nYes\n> no\nBut", "Yes\nBut"), ("From: the beginning it was slow", "From: the beginning it was slow")],
)  # fmt: skip
def test_quotes_and_signatures_are_cut(text: str, kept: str) -> None:
    assert own_words(text) == kept


def test_the_first_writer_is_found_in_several_languages() -> None:
    assert forwarded(FORWARD) == ("Otto Owner", "otto@shop.example", "The export takes minutes.\nPlease help.")
    german = "-----Ursprüngliche Nachricht-----\nVon: Otto <otto@shop.example>\nGesendet: Montag\nAn: Olga\nBetreff: Export\n\nZu langsam."
    assert forwarded(german) == ("Otto", "otto@shop.example", "Zu langsam.")
    quoted = "> From: otto@shop.example\n> Date: today\n> Subject: x\n>\n> Too slow."
    assert forwarded(quoted) == ("", "otto@shop.example", "Too slow.")
    assert forwarded("From: the start it was bad\nreally") is None


def test_a_raw_letter_is_posted_with_the_secret(box: Connection) -> None:
    address = f"/hooks/mail/{box.public_id}"
    ok = Client().post(
        address, letter(), content_type="message/rfc822", headers={"Authorization": f"Bearer {box.secret}"}
    )
    assert ok.status_code == 200
    background.run_all()
    assert Voice.objects.count() == 1
    assert Client().post(address, letter(), content_type="message/rfc822").status_code == 401
    refused = Client().post(
        address, b"", content_type="message/rfc822", headers={"Authorization": f"Bearer {box.secret}"}
    )
    assert refused.status_code == 422


def test_a_mail_server_hands_letters_to_the_command(
    box: Connection, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    def piped(raw: bytes, *argv: str, **environ: str) -> tuple[int, str, str]:
        for name in ("ORIGINAL_RECIPIENT", "RECIPIENT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        return run(["mail", "receive", *argv])

    code, out, _ = piped(letter(), "--json", ORIGINAL_RECIPIENT=mailbox(box).upper())
    assert (code, json.loads(out)["new"]) == (0, True)
    assert piped(letter(), "--to", mailbox(box))[:2] == (0, "Held already.\n")
    assert piped(letter(Message_ID="<m2@x>", To=mailbox(box)))[0] == 0, "the letter itself says where it was sent"
    assert piped(letter(Message_ID="<m3@x>"))[0] == 67, "no secret, no such box"
    assert piped(letter(Message_ID="<m3@x>", To=f"feedback+{'0' * 32}@acme.example"))[0] == 67
    assert piped(b"", "--to", mailbox(box))[0] == 65
    background.run_all()
    assert Voice.objects.count() == 2
    connections.pause(access, box, True)
    assert piped(letter(Message_ID="<m4@x>"), "--to", mailbox(box))[0] == 67


def test_the_secret_address_is_shown_to_editors_only(box: Connection, as_owner: Client, access: Access) -> None:
    from wellheard.people.models import Role
    from wellheard.people.services import workspaces

    address = f"/w/acme/settings/sources/{box.pk}"
    assert f"feedback+{box.secret}@acme.example" in as_owner.get(address).content.decode()
    client = Client()
    client.force_login(workspaces.add_member(access, "con@acme.example", Role.CONTRIBUTOR).user)
    assert box.secret not in client.get(address).content.decode()


def test_a_providers_inbound_letter_is_taken_the_same_way(box: Connection, town: Town) -> None:
    message = AnymailInboundMessage.parse_raw_mime_bytes(letter(Authentication_Results=PASSED))
    message.envelope_recipient = mailbox(box)
    inbound.send(sender=object, event=AnymailInboundEvent(event_type="inbound", message=message), esp_name="Test")
    background.run_all()
    assert Voice.objects.get().author == town.ann
    message.envelope_recipient = "feedback@acme.example"
    inbound.send(sender=object, event=AnymailInboundEvent(event_type="inbound", message=message), esp_name="Test")
    assert Delivery.objects.count() == 1, "a letter without the secret part of the address is nobody's"


def test_a_providers_doors_are_shut_until_a_secret_is_set() -> None:
    assert Client().post("/hooks/anymail/postmark/inbound/", "{}", content_type="application/json").status_code == 404
