"""Mails to colleagues who have not acknowledged a decision yet."""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from wellheard.core import clock, journal

from .models import Acknowledgement
from .queries.hurt import ColleagueHurt, whom
from .services.empathy import AGAIN_AFTER, MOST_MAILS

log = logging.getLogger(__name__)


@clock.every(minutes=1)
def ask_for_acknowledgements() -> None:
    """At once, then every three days, three times at most. Each mail is claimed before it goes out: rather none than two."""
    now = timezone.now()
    waiting = Acknowledgement.objects.filter(
        remind_at__lte=now, at=None, member__isnull=False, decision__published_at=None, decision__withdrawn_at=None
    )
    for ack in waiting.select_related("member__user", "decision__workspace").order_by("pk")[:50]:
        again = now + AGAIN_AFTER if ack.mails + 1 < MOST_MAILS else None
        claimed = Acknowledgement.objects.filter(pk=ack.pk, remind_at=ack.remind_at, at=None)
        if not claimed.update(remind_at=again, mails=F("mails") + 1):
            continue
        try:
            _letter(ack).send()
        except (OSError, smtplib.SMTPException) as e:
            log.warning("could not mail %s about a decision; tried again in ten minutes: %s", ack.name, e)
            Acknowledgement.objects.filter(pk=ack.pk, at=None).update(
                remind_at=now + timedelta(minutes=10), mails=ack.mails
            )
            continue
        with journal.record(journal.system(ack.workspace_id), "decision.asked") as entry:
            entry.about(ack.decision.on, decision=ack.decision_id, owner=ack.name)


def _letter(ack: Acknowledgement) -> EmailMessage:
    decision, member = ack.decision, ack.member
    assert member is not None
    mine = next((c for c in whom(decision).colleagues if c.member == member), None)
    where = settings.PUBLIC_URL + reverse("whom_it_hurts", args=[decision.workspace.slug, decision.pk])
    about = " ".join(str(decision.on).split())
    lines = [
        f"Hello {member},", f"{decision.decided_by} has prepared a {decision.get_answer_display().lower()} to “{about}”:", decision.reason,
        _touched(mine, decision.workspace.currency), f"Before it is published, please say that you know, and what should be done first:\n{where}",
    ]  # fmt: skip
    return EmailMessage(
        f"Before it is published: {decision.get_answer_display().lower()} to {about}"[:200], "\n\n".join(x for x in lines if x) + "\n",
        settings.DEFAULT_FROM_EMAIL, [member.user.email],
    )  # fmt: skip


def _touched(mine: ColleagueHurt | None, currency: str) -> str:
    if mine is None:
        return ""
    said = []
    if mine.accounts:
        names = ", ".join(a.account.name for a in mine.accounts[:5])
        more = f" and {len(mine.accounts) - 5} more" if len(mine.accounts) > 5 else ""
        said.append(
            f"Of the accounts you look after it touches {names}{more}: {currency} {mine.cents / 100:,.0f} a month."
        )
    if mine.deal_cents:
        said.append(f"Open deals of at least {currency} {mine.deal_cents / 100:,.0f} hang on it.")
    if mine.voices:
        said.append(f"You passed on {mine.voices} voice{'' if mine.voices == 1 else 's'} about it.")
    return "\n".join(said)
