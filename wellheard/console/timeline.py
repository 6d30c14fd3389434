"""One timeline of a person or an account: what they said, did, were told, and paid."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from wellheard import store
from wellheard.core import clean
from wellheard.listen.models import Talk, Voice
from wellheard.listen.queries.checkins import talks
from wellheard.people.models import Account, Person, Workspace
from wellheard.people.queries.money import steps
from wellheard.tell.models import ABOUT, Notice, NoticeState

MOST_EVENTS = 400


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind` is said, did, told, talked or paid; `thing` the row behind it, if there is a page for it."""

    kind: str
    at: datetime
    voice: Voice | None = None
    notice: Notice | None = None
    events: list[tuple[str, int]] = field(default_factory=list)
    cents: int = 0
    change: int = 0
    who: str = ""
    talk: Talk | None = None


def _did(rows: Iterable[Any]) -> list[Moment]:
    """A day's events in one line: names with how often, most frequent first."""
    moments = []
    for _, events in groupby(rows, key=lambda e: e.time.date()):
        held = list(events)
        counts: dict[str, int] = {}
        for event in held:
            counts[event.name] = counts.get(event.name, 0) + 1
        moments.append(Moment("did", held[0].time, events=sorted(counts.items(), key=lambda c: -c[1])))
    return moments


def _events(workspace: Workspace, kind: str, number: int | None) -> list[Moment]:
    if number is None:
        return []
    try:
        reader = store.get().reader
    except store.StoreError:
        return []
    ask = reader.person_events if kind == "person" else reader.account_events
    return _did(ask(workspace.pk, [number], MOST_EVENTS))


def _said(voices: Sequence[Voice]) -> list[Moment]:
    return [Moment("said", v.said_at, voice=v, who=str(v.author or "")) for v in voices]


def _told(notices: Iterable[Notice]) -> list[Moment]:
    return [Moment("told", n.sent_at or n.created_at, notice=n, who=str(n.person)) for n in notices]


def _talked(thing: Person | Account) -> list[Moment]:
    return [Moment("talked", t.at, talk=t) for t in talks(thing)]


def of_person(person: Person, kinds: Sequence[str] = ()) -> list[Moment]:
    """Newest first; at most the last 400 events are looked at."""
    workspace = person.workspace
    voices = (
        Voice.objects.filter(author=person).select_related("account", "author").prefetch_related("evidence__problem")
    )
    told = Notice.objects.filter(person=person).exclude(state=NoticeState.OWED).select_related("person", *ABOUT)
    moments = [*_said(list(voices)), *_told(told), *_talked(person), *_events(workspace, "person", person.number)]
    return _sorted(moments, kinds)


def of_account(account: Account, kinds: Sequence[str] = ()) -> list[Moment]:
    workspace = account.workspace
    voices = (
        Voice.objects.filter(account=account).select_related("account", "author").prefetch_related("evidence__problem")
    )
    told = (
        Notice.objects.filter(person__relations__account=account)
        .exclude(state=NoticeState.OWED)
        .select_related("person", *ABOUT)
        .distinct()
    )
    paid = [
        Moment("paid", clean.midnight(s.day, workspace.time_zone), cents=s.cents, change=s.change)
        for s in steps(account)
    ]
    moments = [
        *_said(list(voices)),
        *_told(told),
        *_talked(account),
        *paid,
        *_events(workspace, "account", account.number),
    ]
    return _sorted(moments, kinds)


def _sorted(moments: list[Moment], kinds: Sequence[str]) -> list[Moment]:
    return sorted((m for m in moments if not kinds or m.kind in kinds), key=lambda m: m.at, reverse=True)
