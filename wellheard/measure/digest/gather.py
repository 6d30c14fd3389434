"""A digest: each step of the loop in some days, with what to look at. Days are the workspace's, `first` to `last` inclusive.

Only what the team itself may see anyway goes in, and of what people said only what is published or evidence: no notes,
nothing that waits for a look (a letter is forwarded more easily than a page).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from wellheard.core.clean import midnight
from wellheard.decide.models import Bet, Decision
from wellheard.listen.models import Idea, Standing, Voice
from wellheard.listen.queries.checkins import due_count
from wellheard.people.models import Workspace
from wellheard.people.queries.money import today
from wellheard.tell.models import Notice, NoticeState, Release
from wellheard.tell.queries import webhooks
from wellheard.tell.queries.debt import owed
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.signals import signals

from ..fading.queries import alarms
from ..ledger import due_on
from ..models import Outcome

MOST = 6
AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: its words, what is said of it, and its page."""

    text: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    lines: list[Line]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Digest:
    """`sections` without the empty ones. `stirring`: whether anything happened or waits; if not, no letter goes out."""

    workspace: Workspace
    first: date
    last: date
    sections: list[Section]

    @property
    def stirring(self) -> bool:
        return bool(self.sections)

    def as_dict(self) -> dict[str, Any]:
        return {
            "from": self.first.isoformat(), "to": self.last.isoformat(),
            "sections": [
                {"key": s.key, "title": s.title, "more": s.more,
                 "lines": [{"text": line.text, "detail": line.detail, "url": line.url} for line in s.lines]}
                for s in self.sections
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Days:
    """The days as two moments: `begin` inclusive, `end` exclusive."""

    workspace: Workspace
    begin: datetime
    end: datetime

    def link(self, name: str, *args: Any, query: str = "") -> str:
        return settings.PUBLIC_URL + reverse(name, args=[self.workspace.slug, *args]) + query

    def within(self, field: str) -> Q:
        return Q(**{f"{field}__gte": self.begin, f"{field}__lt": self.end})


def gather(workspace: Workspace, first: date, last: date) -> Digest:
    """Raises ValueError when the days are the wrong way round or more than a quarter of a year."""
    if not first <= last <= first + timedelta(days=92):
        raise ValueError("A digest is of one day to three months; the first day comes before the last.")
    zone = workspace.time_zone
    days = Days(workspace, midnight(first, zone), midnight(last + timedelta(days=1), zone))
    found = [
        ("heard", "Heard", list(_heard(days))),
        ("rising", "Rising more than chance explains", list(_rising(days))),
        ("decided", "Decided", list(_decided(days))),
        ("shipped", "Started and shipped", list(_shipped(days))),
        ("measured", "Did it help?", list(_measured(days))),
        ("waiting", "Waiting for somebody", list(_waiting(days))),
    ]
    sections = [Section(key, title, lines[:MOST], max(0, len(lines) - MOST)) for key, title, lines in found if lines]
    return Digest(workspace, first, last, sections)


def _many(n: int, one: str, several: str) -> str:
    return f"{n:,} {one if n == 1 else several}"


def _heard(days: Days) -> Iterator[Line]:
    said = Voice.objects.filter(days.within("said_at"), workspace=days.workspace)
    found = said.aggregate(
        n=Count("pk"), people=Count("author", distinct=True), accounts=Count("account", distinct=True)
    )
    if not found["n"]:
        return
    who = f"from {_many(found['people'], 'person', 'people')} in {_many(found['accounts'], 'account', 'accounts')}"
    yield Line(_many(found["n"], "voice", "voices"), who, days.link("listen"))
    evidence = Evidence.objects.filter(
        voice__in=said, problem__workspace=days.workspace, problem__merged_into=None, problem__closed_at=None
    )
    counts = Counter(evidence.values_list("problem", flat=True))
    names = Problem.objects.in_bulk(counts)
    for number, n in counts.most_common(3):
        yield Line(names[number].name, _many(n, "new voice", "new voices"), days.link("problem", number))
    ideas = Idea.objects.filter(
        days.within("voice__said_at"), workspace=days.workspace, standing=Standing.PUBLIC, merged_into=None
    ).order_by("-votes_count", "pk")
    for idea in ideas[:3]:
        votes = _many(idea.votes_count, "vote", "votes")
        yield Line(idea.title, f"a new idea with {votes}", days.link("team_idea", idea.pk))


def _rising(days: Days) -> Iterator[Line]:
    now = signals(days.workspace)
    if not days.begin <= midnight(now.last_day, days.workspace.time_zone) < days.end:
        return  # the last whole week is not of these days
    for watched in now.alarms:
        r = watched.risen
        detail = f"{_many(r.count, 'voice', 'voices')} last week, {r.low} to {r.high} expected"
        yield Line(watched.problem.name, detail, days.link("problem", watched.problem.pk))


def _decided(days: Days) -> Iterator[Line]:
    rows = Decision.objects.filter(days.within("published_at"), workspace=days.workspace)
    for made in rows.select_related("bet", "problem").order_by("published_at", "pk"):
        where = days.link("bet", made.bet_id) if made.bet_id else days.link("problem", made.problem_id)
        yield Line(f"{made.get_answer_display()}: {made.bet or made.problem}", f"by {made.decided_by}", where)


def _shipped(days: Days) -> Iterator[Line]:
    for release in Release.objects.filter(days.within("published_at"), workspace=days.workspace).order_by(
        "published_at"
    ):
        told = Notice.objects.filter(release=release, state__in=[NoticeState.SENT, NoticeState.REACHED]).count()
        detail = f"shipped; {_many(told, 'person', 'people')} who asked {'was' if told == 1 else 'were'} told"
        yield Line(release.title, detail, days.link("release", release.pk))
    for bet in Bet.objects.filter(days.within("started_at"), workspace=days.workspace).order_by("started_at"):
        yield Line(bet.name, "work started; its terms are locked", days.link("bet", bet.pk))


def _measured(days: Days) -> Iterator[Line]:
    seen: set[int] = set()
    rows = Outcome.objects.filter(workspace=days.workspace).select_related("bet").order_by("bet", "-measured_at", "-pk")
    newest: dict[int, list[Outcome]] = {}
    for outcome in rows:
        newest.setdefault(outcome.bet_id, []).append(outcome)
    for found in newest.values():
        now = found[0]
        before = found[1].word if len(found) > 1 else None
        # A verdict that was looked at again and stayed as it was is no news.
        if days.begin <= now.measured_at < days.end and now.word != before:
            seen.add(now.bet_id)
            change = f"now: {now.word}; before: {before}" if before else now.word
            yield Line(now.bet.name, change, days.link("outcome", now.bet_id))
    for alarm in alarms(days.workspace):
        if days.begin <= alarm.raised_at < days.end:
            weeks = f"{alarm.relook.first} to {alarm.relook.last}"
            yield Line(
                alarm.bet.name,
                f"the effect is gone in weeks {weeks}; its problems are open again",
                days.link("outcome", alarm.bet_id),
            )
    until = days.end.date() + AHEAD
    for bet in Bet.objects.filter(workspace=days.workspace, state=Bet.State.SHIPPED):
        due = due_on(bet)
        if due is not None and days.end.date() <= due <= until and bet.pk not in newest:
            yield Line(bet.name, f"its verdict is due on {due:%-d %B}", days.link("bet", bet.pk))


def _waiting(days: Days) -> Iterator[Line]:
    debt = owed(days.workspace)
    if debt.people:
        oldest = (timezone.now() - debt.oldest).days if debt.oldest else 0
        detail = f"the oldest for {_many(oldest, 'day', 'days')}" if oldest else "since today"
        if debt.bounced:
            detail += f"; {debt.bounced:,} came back"
        yield Line(f"{_many(debt.people, 'person', 'people')} owed an answer", detail, days.link("notices"))
    held = Decision.objects.filter(workspace=days.workspace, published_at=None).select_related("bet", "problem")
    for made in held:
        if made.state == Decision.State.PREPARED:
            where = days.link("bet", made.bet_id) if made.bet_id else days.link("problem", made.problem_id)
            yield Line(f"{made.get_answer_display()}: {made.bet or made.problem}", "prepared, not published", where)
    if due := due_count(days.workspace):
        yield Line(f"{_many(due, 'check-in', 'check-ins')} due", "", days.link("check_ins", query="?which=due"))
    ill = webhooks.ailing(days.workspace)
    if ill:
        yield Line(
            f"{_many(ill, 'webhook', 'webhooks')} in trouble",
            "switched off, or with something given up",
            days.link("webhooks"),
        )


def days_before(workspace: Workspace, every: str, day: date | None = None) -> tuple[date, date]:
    """The days a digest of `day` tells about: yesterday, the seven days, or the month before it."""
    end = (day or today(workspace)) - timedelta(days=1)
    if every == "day":
        return end, end
    if every == "week":
        return end - timedelta(days=6), end
    return (end.replace(day=1) if (end + timedelta(days=1)).day == 1 else end - timedelta(days=29)), end
