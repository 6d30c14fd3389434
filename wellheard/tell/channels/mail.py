"""A notice as mail: the person's own words, what was done or decided about them, and a way out."""

from __future__ import annotations

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from wellheard.listen.models import Look
from wellheard.people.models import Person, Workspace

from .. import budget, wording
from ..models import Notice
from ..queries.wordings import text_for
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
    """What the notice says to its person, in their language: the team's own text for it, else ours."""
    language = language_of(notice.person)
    text = text_for(notice.workspace_id, kind_of(notice), language)
    return wording.write(text.subject, text.body, values_of(notice), language)


def message_for(notice: Notice) -> EmailMultiAlternatives:
    """The mail for a notice. Its Message-ID is made from the notice, so a second copy can be recognised; mails about
    one thing to one person hang together (References)."""
    person = notice.person
    return as_mail(
        notice.workspace,
        written(notice),
        person.name,
        person.email or "",
        page=f"{settings.PUBLIC_URL}/me/{person.page_key}",
        unsubscribe=f"{settings.PUBLIC_URL}/u/{notice.key}",
        key=notice.key,
        thread=thread_of(notice),
    )


def message_id(kind: str, key: str) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{kind}-{key[:32]}@{domain}>"


def thread_of(notice: Notice) -> str:
    """The id under which a person's mail program gathers what we write about one voice of theirs: an id that no mail has,
    the same for each mail, so that the "yes" and the release a month later stand together."""
    return message_id("voice", f"{notice.workspace_id}-{notice.voice_id}-{notice.person_id}") if notice.voice_id else ""


def as_mail(
    workspace: Workspace,
    said: Written,
    to_name: str,
    to: str,
    *,
    page: str,
    unsubscribe: str,
    key: str,
    thread: str = "",
) -> EmailMultiAlternatives:
    """Text and HTML of one message. Without `key` (a test) it has no way out and no id of its own."""
    words = {"said": said, "workspace": workspace, "page": page, "unsubscribe": unsubscribe}
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    with translation.override(said.language):
        text = plain(render_to_string("tell/mail/notice.txt", words))
        html = render_to_string("tell/mail/notice.html", words)
    headers = {"Auto-Submitted": "auto-generated", "Content-Language": said.language}
    if key:
        headers |= {"Message-ID": message_id("notice", key), **budget.headers(unsubscribe)}
    if thread:
        headers |= {"References": thread, "In-Reply-To": thread}
    message = EmailMultiAlternatives(
        subject=one_line(said.subject),
        body=text,
        from_email=formataddr((one_line(workspace.name or name), address)),
        to=[formataddr((one_line(to_name), to))],
        headers=headers,
    )
    message.attach_alternative(html, "text/html")
    return message
