"""What the contact budget holds back, what it counted, and which addresses take no mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from wellheard.people.models import Person, Workspace

from ..budget import Verdict, limits_of, may_contact
from ..models import ABOUT, Contact, DeadAddress, FollowNotice, Mail, MailServer, Notice, NoticeState, OptOut, Purpose

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Held:
    """One mail that waits: about what, for whom, why, and when it is looked at again."""

    person: Person
    about: str
    why: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The budget today: how many mails wait and the first of them, mails of the last 30 days by purpose, people who
    want no mail by purpose, dead addresses, and the mail server when it is away."""

    held: int
    first: list[Held]
    mails: list[tuple[str, int, int]]
    people: int
    dead: Sequence[DeadAddress]
    away: MailServer | None


def standing(workspace: Workspace) -> Standing:
    notices = Notice.objects.filter(workspace=workspace, state=NoticeState.OWED).exclude(held="")
    follows = FollowNotice.objects.filter(workspace=workspace, mail=Mail.OWED).exclude(held="")
    first = [
        Held(n.person, n.title, n.held, n.next_try_at)
        for n in notices.select_related("person", *ABOUT).order_by("next_try_at", "pk")[:SHOWN]
    ]
    first += [
        Held(f.person, f.change.idea.title, f.held, f.next_try_at)
        for f in follows.select_related("person", "change__idea").order_by("next_try_at", "pk")[:SHOWN]
    ]
    month = Contact.objects.filter(workspace=workspace, at__gt=timezone.now() - timedelta(days=30))
    sent = dict(month.values_list("purpose").annotate(n=Count("pk")))
    out = dict(OptOut.objects.filter(person__workspace=workspace).values_list("purpose").annotate(n=Count("pk")))
    return Standing(
        notices.count() + follows.count(),
        sorted(first, key=lambda h: h.until or timezone.now())[:SHOWN],
        [(p.label, sent.get(p.value, 0), out.get(p.value, 0)) for p in Purpose],
        month.values("person").distinct().count(),
        list(DeadAddress.objects.filter(workspace=workspace).order_by("-at", "-pk")[:SHOWN]),
        mail_server_away(),
    )


def mail_server_away() -> MailServer | None:
    """The mail server, while it cannot be reached."""
    return MailServer.objects.first()


def verdicts(person: Person, now: datetime | None = None) -> list[tuple[Purpose, Verdict]]:
    """May we write to this person now, for each purpose?"""
    limits = limits_of(person.workspace_id)
    return [(p, may_contact(person, p, now, limits)) for p in Purpose]


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the API and the command line tell it."""
    return {
        "allowed": verdict.allowed,
        "until": verdict.until.isoformat() if verdict.until else None,
        "why": verdict.why,
        "code": verdict.code,
        "mails": [{"about": m.about, "purpose": m.purpose, "at": m.at.isoformat()} for m in verdict.mails],
    }
