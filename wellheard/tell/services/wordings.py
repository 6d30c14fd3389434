"""The team's own texts of messages: kept, given up for ours, tried out by mail to oneself."""

from __future__ import annotations

from django.utils import timezone

from wellheard.core import clean, journal, ratelimit
from wellheard.people.access import Access
from wellheard.people.models import Role

from .. import wording
from ..channels.mail import as_mail
from ..models import Wording
from ..queries.wordings import sample, text_for
from .post import Post

MOST = 8000


def checked(subject: str, body: str) -> tuple[str, str]:
    """Trimmed. Raises ValueError naming what is missing or cannot be filled in."""
    head, text = clean.text(subject, 200, "The subject"), clean.text(body.replace("\r\n", "\n"), MOST, "The text")
    if not head or not text:
        raise ValueError("A message needs a subject and a text.")
    if "\n" in head:
        raise ValueError("A subject is one line.")
    wording.check(head, text)
    if "{thing}" not in head + text:
        raise ValueError("Say what it is about: put {thing} into the subject or the text.")
    if "{reason}" not in text:
        raise ValueError("Put {reason} into the text: else nobody reads what was done, or why not.")
    return head, text


def set_wording(access: Access, kind: str, language: str, subject: str, body: str) -> Wording | None:
    """Holds for every mail from now on. The same as ours is none of their own. Raises ValueError."""
    access.need(Role.EDITOR)
    before = text_for(access.workspace.pk, kind, language)
    head, text = checked(subject, body)
    if (head, text) == wording.built_in(kind, language):
        reset(access, kind, language)
        return None
    with journal.record(access.actor, "message.worded") as entry:
        made, _ = Wording.objects.update_or_create(
            workspace=access.workspace,
            kind=kind,
            language=language,
            defaults={
                "subject": head,
                "body": text,
                "changed_by": access.actor.name[:120],
                "changed_at": timezone.now(),
            },
        )
        entry.about(made, kind=kind, language=language, before=[before.subject, before.body], after=[head, text])
    return made


def reset(access: Access, kind: str, language: str) -> None:
    """Back to the text that comes with us."""
    access.need(Role.EDITOR)
    own = text_for(access.workspace.pk, kind, language).own
    if own is None:
        return
    with journal.record(access.actor, "message.reset") as entry:
        entry.about(own, kind=kind, language=language, before=[own.subject, own.body])
        own.delete()


def send_test(access: Access, kind: str, language: str, subject: str, body: str) -> str:
    """One mail to the member themselves, of what stands there now, saved or not. Returns the address."""
    access.need(Role.EDITOR)
    if access.member is None:
        raise ValueError("Only a member who is signed in can have a test sent: it goes to their own address.")
    text_for(access.workspace.pk, kind, language)
    head, text = checked(subject, body)
    if not ratelimit.allow("test-mail", str(access.member.pk), most=20, seconds=3600):
        raise ValueError("That were many tests within an hour. Wait a little.")
    user = access.member.user
    said = sample(access.workspace, kind, language, head, text)
    with journal.record(access.actor, "message.tested") as entry:
        entry.about(access.member, kind=kind, language=language)
    message = as_mail(access.workspace, said, user.name, user.email, page="", unsubscribe="", key="")
    with Post() as post:
        handed = post.hand(message)
    if handed.what != "sent":
        raise ValueError(f"The mail server did not take it: {handed.error}")
    return str(user.email)
