"""One contact budget per person, over answers, news, surveys and invitations: decided here and nowhere else.

Whoever sends a mail to a customer asks `spend` in the moment of handing it over, with the person's row locked, so that
two workers cannot both use the last of it. What is held back is never dropped: `until` says when to ask again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from wellheard.people.models import Person, Workspace

from .models import Contact, DeadAddress, Limits, OptOut, Purpose
from .quiet import opens, zone_of

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
SALT = "tell.unsubscribe"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one mail may go now. If not, `until` is when to ask again (None: not at all), `why` says so to a member,
    `code` is opted_out, bounced, complained, no_address, week, month, gap or quiet, and `mails` are those that count."""

    allowed: bool
    until: datetime | None = None
    why: str = ""
    code: str = ""
    mails: Sequence[Contact] = ()


GO = Verdict(True)


def limits_of(workspace: Workspace | int) -> Limits:
    """The workspace's limits; where none were set, the ones everybody starts with (not stored)."""
    pk = workspace if isinstance(workspace, int) else workspace.pk
    return Limits.objects.filter(workspace=pk).first() or Limits(workspace_id=pk)


def may_contact(
    person: Person, purpose: str, now: datetime | None = None, limits: Limits | None = None, pressing: bool = False
) -> Verdict:
    """Whether a mail for this purpose may go to the person now. Reads only; `spend` decides.

    `pressing` is for an answer somebody wrote by hand to what was just said: it counts, but is not held back.
    """
    now = now or timezone.now()
    if never := _never(person, purpose):
        return never
    if pressing:
        return GO
    held = limits or limits_of(person.workspace_id)
    mails = list(
        Contact.objects.filter(person=person, at__gt=now - max(MONTH, _gap(held, purpose))).order_by("at", "pk")
    )
    reasons = [*_counts(held, mails, now), *_gaps(held, mails, purpose, now)]
    until = max((r.until for r in reasons if r.until), default=now)
    quiet = _quiet(person, held, until)
    if quiet:
        return quiet if not reasons else _with(max(reasons, key=_until), quiet.until)
    return max(reasons, key=_until) if reasons else GO


def spend(
    person: Person, purpose: str, what: str, ref: int, about: str = "", now: datetime | None = None, limits: Limits | None = None,
    pressing: bool = False,
) -> Verdict:  # fmt: skip
    """Take one mail from the person's budget, or say when to come again. Inside the transaction that claims the mail.

    `what` and `ref` name the mail: asked again for the same one (after a crash) it is allowed and counts once.
    """
    with transaction.atomic():
        locked = Person.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=person.pk)
        now = now or timezone.now()
        paid = Contact.objects.filter(what=what, ref=ref).exists()
        verdict = (_never(locked, purpose) or GO) if paid else may_contact(locked, purpose, now, limits, pressing)
        if verdict.allowed and not paid:
            Contact.objects.create(
                workspace_id=locked.workspace_id, person=locked, purpose=purpose, what=what, ref=ref, about=about[:200], at=now
            )  # fmt: skip
    return verdict


def give_back(what: str, ref: int) -> None:
    """The mail surely did not go out: it does not count."""
    Contact.objects.filter(what=what, ref=ref).delete()


def unsubscribe_url(person: Person, purpose: str) -> str:
    """The address for List-Unsubscribe and the mail's foot: ends this purpose, for this person, without signing in."""
    return f"{settings.PUBLIC_URL}/u/{signing.dumps([person.pk, purpose], salt=SALT, compress=True)}"


def unsubscriber(key: str) -> tuple[Person, str] | None:
    """Whose such an address is, and for which purpose; None when it is none of ours."""
    try:
        pk, purpose = signing.loads(key, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = Person.objects.select_related("workspace").filter(pk=pk).first()
    return (person, purpose) if person and purpose in Purpose.values else None


def headers(url: str) -> dict[str, str]:
    """RFC 8058, for each mail to a customer."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _never(person: Person, purpose: str) -> Verdict | None:
    if not person.email:
        return Verdict(False, None, "There is no e-mail address for them.", "no_address")
    out = OptOut.objects.filter(person=person, purpose=purpose).first()
    if out is not None:
        return Verdict(False, None, f"They want no mail of this kind ({out.how}, {out.at:%-d %b %Y}).", "opted_out")
    dead = DeadAddress.objects.filter(workspace=person.workspace_id, address__iexact=person.email).first()
    if dead is None:
        return None
    if dead.why == DeadAddress.Why.COMPLAINED:
        return Verdict(False, None, f"Mail to {dead.address} was called spam on {dead.at:%-d %b %Y}.", "complained")
    return Verdict(False, None, f"Mail to {dead.address} came back on {dead.at:%-d %b %Y}: {dead.error}", "bounced")


def _counts(held: Limits, mails: list[Contact], now: datetime) -> list[Verdict]:
    found = []
    for code, most, span, words in (
        ("week", held.per_week, WEEK, "7 days"), ("month", held.per_month, MONTH, "30 days"),
    ):  # fmt: skip
        counted = [m for m in mails if m.at > now - span]
        if len(counted) >= most:
            until = counted[len(counted) - most].at + span
            many = f"{len(counted)} mail{'' if len(counted) == 1 else 's'}"
            found.append(Verdict(False, until, f"They got {many} in the last {words}; {most} at most.", code, counted))
    return found


def _gap(held: Limits, purpose: str) -> timedelta:
    return timedelta(days=held.gaps.get(purpose, 0))


def _gaps(held: Limits, mails: list[Contact], purpose: str, now: datetime) -> list[Verdict]:
    gap = _gap(held, purpose)
    last = next((m for m in reversed(mails) if m.purpose == purpose), None)
    if last is None or last.at + gap <= now:
        return []
    label = Purpose(purpose).label.lower()
    days = f"{gap.days} day{'' if gap.days == 1 else 's'}"
    return [Verdict(False, last.at + gap, f"{days} pass between two mails of this kind ({label}).", "gap", [last])]


def _quiet(person: Person, held: Limits, at: datetime) -> Verdict | None:
    if held.quiet_from is None or held.quiet_until is None:
        return None
    where = zone_of(person.traits, person.workspace.time_zone)
    moment = opens(at, held.quiet_from, held.quiet_until, where)
    if moment == at:
        return None
    span = f"{held.quiet_from:%H:%M} to {held.quiet_until:%H:%M}"
    return Verdict(False, moment, f"It is quiet where they live ({where.key}) from {span}.", "quiet")


def _until(verdict: Verdict) -> datetime:
    assert verdict.until is not None
    return verdict.until


def _with(verdict: Verdict, until: datetime | None) -> Verdict:
    return Verdict(False, until, verdict.why, verdict.code, verdict.mails)
