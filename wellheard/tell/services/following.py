"""Whoever follows an idea hears by mail when its status or the team's answer changes."""

from __future__ import annotations

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from wellheard.core.markdown import to_text
from wellheard.listen.models import Board, Follow, Idea, Standing, StatusChange
from wellheard.listen.queries.boards import Guest, visible

from .. import budget
from ..channels.mail import one_line
from ..models import FollowNotice, Purpose
from . import handing


def owe(idea: Idea, change: StatusChange) -> int:
    """Inside the write that changed it: each follower with a confirmed address is owed the news once."""
    if idea.hidden or idea.standing != Standing.PUBLIC:
        return 0
    followers = Follow.objects.filter(idea=idea, person__email__isnull=False).exclude(
        person__opt_outs__purpose="answers"
    )
    made = FollowNotice.objects.bulk_create(
        [FollowNotice(workspace_id=idea.workspace_id, change=change, person_id=pk) for pk in followers.values_list("person", flat=True)],
        ignore_conflicts=True,
    )  # fmt: skip
    return len(made)


def send_due() -> int:
    return handing.send_due(handing.Kind(FollowNotice, message_for, "follow.told", "follow"))


def message_for(notice: FollowNotice) -> EmailMultiAlternatives | None:
    """None when they may not see it any more, or no longer follow it."""
    change = StatusChange.objects.select_related("idea__board", "idea__workspace").get(pk=notice.change_id)
    idea, person = change.idea, notice.person
    seen = idea.board.sight == Board.Sight.OPEN or idea.board in visible(Guest(idea.workspace, person, None))
    follows = Follow.objects.filter(idea=idea, person=person).exists()
    if not seen or not follows or idea.hidden or idea.standing != Standing.PUBLIC:
        return None
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    answer = f"\n\n{to_text(change.answer)}" if change.answer else ""
    body = (
        f"“{idea.title}” is now: {change.get_status_display()}.{answer}\n\n"
        f"{settings.PUBLIC_URL}/p/{idea.workspace.slug}/ideas/{idea.pk}\n\n"
        f"You get this because you follow it. All you said, and how to get no more mail:\n{settings.PUBLIC_URL}/me/{person.page_key}\n"
    )
    return EmailMultiAlternatives(
        subject=one_line(f"{change.get_status_display()}: {idea.title}"),
        body=body,
        from_email=formataddr((one_line(idea.workspace.name or name), address)),
        to=[formataddr((one_line(person.name), person.email or ""))],
        headers={
            "Message-ID": f"<follow-{notice.workspace_id}-{notice.pk}@{address.rpartition('@')[2] or 'localhost'}>",
            "Auto-Submitted": "auto-generated",
            **budget.headers(budget.unsubscribe_url(person, Purpose.ANSWERS)),
        },
    )
