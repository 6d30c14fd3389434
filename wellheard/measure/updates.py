"""Updates for stakeholders: what was decided, shipped and measured of what concerns each, on their cadence, in one letter.

A member reads and changes each before it goes. Members get it at their own address; a known person as news, within their
budget; for a name from outside there is the text to take along. Sending it is a touch, so the next is counted from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from wellheard.core import clean
from wellheard.core.clean import day_of, midnight
from wellheard.decide.models import Bet, Decision, Stakeholder, Touch
from wellheard.decide.queries import stakeholders as reads
from wellheard.decide.services.stakeholders import touch
from wellheard.listen.models import Idea
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace
from wellheard.people.queries.money import today
from wellheard.tell.channels.mail import one_line
from wellheard.tell.models import Purpose, Release
from wellheard.tell.services import letters
from wellheard.understand.models import Problem

from .models import Fading, Outcome

LONGEST = timedelta(days=92)
Why = dict[int, list[str]]


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened, and whom it concerns: the stakeholder's key → why. `public` may be told outside."""

    words: str
    why: Why
    public: bool


@dataclass(frozen=True, slots=True)
class Update:
    """What one stakeholder would read. `lines` is empty when nothing of the days since concerns them; `to` is the address
    it goes to, empty when there is none of ours to send to."""

    stakeholder: Stakeholder
    since: date
    lines: list[str]
    subject: str
    words: str
    to: str

    @property
    def inside(self) -> bool:
        return self.stakeholder.inside


def updates(workspace: Workspace, everybody: bool = False) -> list[Update]:
    """Of those who are due, the longest overdue first; of everybody on the map when asked."""
    rows = reads.rows(workspace, "all" if everybody else "due")
    begin = min((_since(r.stakeholder, r.last, workspace) for r in rows), default=today(workspace))
    happened = list(_happened(workspace, begin))
    return [_update(r.stakeholder, _since(r.stakeholder, r.last, workspace), happened) for r in rows]


def update_for(stakeholder: Stakeholder) -> Update:
    row = reads.row(stakeholder)
    since = _since(stakeholder, stakeholder.touches.order_by("-on", "-pk").first(), stakeholder.workspace)  # type: ignore[attr-defined]
    return _update(row.stakeholder, since, list(_happened(stakeholder.workspace, since)))


def _since(found: Stakeholder, last: Touch | None, workspace: Workspace) -> date:
    day = last.on if last else day_of(found.made_at, workspace.time_zone)
    return max(day, today(workspace) - LONGEST)


def _happened(workspace: Workspace, since: date) -> Iterator[tuple[date, News]]:
    """Oldest first by kind; each thing's stakeholders are looked up once."""
    begin = midnight(since, workspace.time_zone)
    known: dict[tuple[str, int], Why] = {}

    def why(*things: Bet | Problem | Idea) -> Why:
        found: Why = {}
        for thing in things:
            key = (str(thing._meta.model_name), thing.pk)
            if key not in known:
                known[key] = {s.pk: reasons for s, reasons in reads.why_concerned(thing)}
            for pk, reasons in known[key].items():
                found[pk] = [*found.get(pk, []), *reasons]
        return found

    decided = Decision.objects.filter(workspace=workspace, published_at__gte=begin).order_by("published_at")
    for made in decided.select_related("bet__workspace", "problem__workspace", "idea__workspace"):
        assert made.published_at is not None
        words = f"{made.get_answer_display()}: {made.on}. {made.public_reason or ''}".strip()
        yield day_of(made.published_at, workspace.time_zone), News(words, why(made.on), bool(made.public_reason))
    for bet in Bet.objects.filter(workspace=workspace, started_at__gte=begin).select_related("workspace"):
        assert bet.started_at is not None
        yield day_of(bet.started_at, workspace.time_zone), News(f"Work started: {bet}.", why(bet), False)
    shipped = Release.objects.filter(workspace=workspace, published_at__gte=begin, audience=None).order_by(
        "published_at"
    )
    for release in shipped.prefetch_related("bets__workspace"):
        assert release.published_at is not None
        yield (
            day_of(release.published_at, workspace.time_zone),
            News(f"Shipped: {release}.", why(*release.bets.all()), True),
        )
    for outcome in Outcome.objects.filter(workspace=workspace, measured_at__gte=begin).select_related("bet__workspace"):
        before = Outcome.objects.filter(bet=outcome.bet, pk__lt=outcome.pk).order_by("-pk").first()
        if before is None or before.word != outcome.word:
            yield (
                day_of(outcome.measured_at, workspace.time_zone),
                News(f"Did it help? {outcome.bet}: {outcome.word}.", why(outcome.bet), False),
            )
    faded = Fading.objects.filter(workspace=workspace, raised_at__gte=begin).order_by("raised_at")
    for alarm in faded.select_related("bet__workspace", "relook"):
        words = f"Gone again: {alarm.bet}, in weeks {alarm.relook.first} to {alarm.relook.last} after its release."
        yield day_of(alarm.raised_at, workspace.time_zone), News(words, why(alarm.bet), False)


def _update(found: Stakeholder, since: date, happened: list[tuple[date, News]]) -> Update:
    """Somebody outside reads only what is public anyway; colleagues read all of it."""
    own = [n.words for day, n in happened if found.pk in n.why and day >= since and (n.public or found.inside)]
    product = found.workspace.name
    listed = "\n".join(f"- {line}" for line in own) or "- Nothing was decided or shipped of it in these days."
    words = f"Hello {found.name},\n\nthis is what happened in {product} since {since:%-d %B %Y} that concerns you:\n\n{listed}\n\nWhat did we overlook? Just answer."
    to = found.member.user.email if found.member else (found.person.email or "") if found.person else ""
    return Update(found, since, own, f"{product}: what concerns you", words, to)


def send(access: Access, stakeholder: Stakeholder, subject: str, words: str) -> Touch:
    """Send it, or, where there is no address, note that it was told by hand. Raises ValueError."""
    access.need(Role.EDITOR)
    text, head = clean.text(words, 4000, "The words"), clean.text(subject, 140, "The subject")
    if not text or not head:
        raise ValueError("Write a subject and what you want to say.")
    with transaction.atomic():
        made = touch(access, stakeholder, Touch.What.TOLD, f"{head}\n\n{text}")
        if stakeholder.member is not None:
            _mail(made, head, text)
        elif stakeholder.person is not None and stakeholder.person.email:
            letters.write_within(access, stakeholder.person, Purpose.NEWS, head, text, f"update-{made.pk}")
    return made


def _mail(made: Touch, subject: str, text: str) -> None:
    from .tasks import mail_update

    mail_update.enqueue(made.pk, subject, text)


def message_for(made: Touch, subject: str, text: str) -> EmailMessage | None:
    """To a colleague. Its Message-ID is the touch's, so that a repeat after a crash can be recognised."""
    member = made.stakeholder.member
    if member is None or not member.user.is_active:
        return None
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return EmailMessage(
        one_line(subject),
        f"{text}\n\n{made.by}, {made.workspace.name}\n",
        formataddr((one_line(made.workspace.name or name), address)),
        [formataddr((one_line(member.user.name), member.user.email))],
        headers={"Message-ID": f"<update-{made.workspace_id}-{made.pk}@{address.rpartition('@')[2] or 'localhost'}>", "Auto-Submitted": "auto-generated"},
    )  # fmt: skip
