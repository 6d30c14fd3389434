"""A notice as mail: the person's own words, what was done or decided about them, and a way out."""

from __future__ import annotations

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from wellheard.listen.models import Look
from wellheard.people.models import Person

from .. import wording
from ..models import Notice
from ..wording import Values, Written


def one_line(value: str) -> str:
    """No line break survives, so no name or title can add a header."""
    return " ".join(value.split())


def plain(rendered: str) -> str:
    """A rendered plain text is marked safe, though nothing in it is escaped: shown in a page it must count as text."""
    return "".join(["", *rendered])


def kind_of(notice: Notice) -> str:
    return notice.decision.answer if notice.decision else wording.RELEASE


def language_of(person: Person) -> str:
    """Theirs; else the portal's, which is the workspace's; else English."""
    if code := wording.spoken(person.language):
        return code
    look = Look.objects.filter(workspace_id=person.workspace_id).values_list("language", flat=True).first()
    return wording.spoken(look or "") or "en"


def values_of(notice: Notice) -> Values:
    voice, person = notice.voice, notice.person
    own = voice is not None and voice.author_id == person.pk
    return Values(
        name=person.name,
        workspace=notice.workspace.name,
        thing=notice.title,
        reason=notice.words,
        said=voice.text[:600] if voice and own else "",
        followed=voice.text.split("\n")[0][:200] if voice and not own else "",
        said_at=voice.said_at if voice else None,
        zone=notice.workspace.time_zone,
    )


def written(notice: Notice) -> Written:
    """What the notice says to its person, in their language."""
    language = language_of(notice.person)
    subject, body = wording.built_in(kind_of(notice), language)
    return wording.write(subject, body, values_of(notice), language)


def message_for(notice: Notice) -> EmailMultiAlternatives:
    """The mail for a notice. Its Message-ID is made from the notice, so a second copy can be recognised."""
    workspace, person = notice.workspace, notice.person
    unsubscribe = f"{settings.PUBLIC_URL}/u/{notice.key}"
    said = written(notice)
    words = {
        "said": said,
        "workspace": workspace,
        "page": f"{settings.PUBLIC_URL}/me/{person.page_key}",
        "unsubscribe": unsubscribe,
    }
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    with translation.override(said.language):
        text = plain(render_to_string("tell/mail/notice.txt", words))
        html = render_to_string("tell/mail/notice.html", words)
    message = EmailMultiAlternatives(
        subject=one_line(said.subject),
        body=text,
        from_email=formataddr((one_line(workspace.name or name), address)),
        to=[formataddr((one_line(person.name), person.email or ""))],
        headers={
            "Message-ID": f"<notice-{notice.key[:32]}@{address.rpartition('@')[2] or 'localhost'}>",
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(html, "text/html")
    return message
