"""Shipping something, and owing an answer to everybody whose voice is evidence for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.decide.models import Bet
from wellheard.decide.services import mark_shipped
from wellheard.people.access import Access
from wellheard.people.models import Role, Segment
from wellheard.people.queries.money import today
from wellheard.store import StoreError

from ..audience import for_them
from ..models import Notice, Release
from ..queries.notices import whom
from .owing import overtake, owe

EARLIEST = date(2000, 1, 1)


def draft_release(
    access: Access,
    title: str,
    body: str,
    bets: Sequence[Bet],
    shipped_on: date | None = None,
    audience: Segment | None = None,
) -> Release:
    """A changelog entry that nobody outside sees yet."""
    access.need(Role.EDITOR)
    head = clean.text(title, 140, "The title")
    if not head:
        raise ValueError("Give the release a title.")
    if any(b.workspace_id != access.workspace.pk for b in bets):
        raise ValueError("The bets must be in this workspace.")
    _not_dropped(bets)
    if audience is not None and audience.workspace_id != access.workspace.pk:
        raise ValueError("The segment must be in this workspace.")
    day = shipped_on or today(access.workspace)
    if not EARLIEST <= day <= today(access.workspace):
        raise ValueError(f"It cannot have shipped on {day.isoformat()}. Give a day from {EARLIEST.year} up to today.")
    with journal.record(access.actor, "release.drafted") as entry:
        release = Release.objects.create(
            workspace=access.workspace,
            title=head,
            body=clean.text(body, 50_000, "The text"),
            shipped_on=day,
            audience=audience,
        )
        release.bets.set(bets)
        entry.about(release, title=head, bets=[b.pk for b in bets], audience=str(audience or ""))
    return release


def edit_release(access: Access, release: Release, title: str, body: str) -> None:
    """Words may be mended also after publishing; whom it told does not change."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "release.edited") as entry:
        entry.about(release, before=release.title)
        release.title = clean.text(title, 140, "The title") or release.title
        release.body = clean.text(body, 50_000, "The text")
        release.save(update_fields=["title", "body"])


def publish_release(access: Access, release: Release) -> int:
    """Put it on the changelog, mark its bets shipped, and owe a notice to everybody whose voice is evidence.

    One transaction: after a crash either all of it happened or nothing. Publishing again changes nothing. Returns
    how many notices are owed to people who can be told.
    """
    access.need(Role.EDITOR)
    with journal.record(access.actor, "release.published") as entry:
        held = Release.objects.select_for_update().get(pk=release.pk)
        if held.published_at is not None:
            entry.nothing_changed()
            return 0
        held.published_at = timezone.now()
        held.save(update_fields=["published_at"])
        bets = list(held.bets.all())
        _not_dropped(bets)
        for bet in bets:
            mark_shipped(bet, held.shipped_on)
        made = owe(held, _for_them(held, whom(bets)))
        replaced = overtake(Notice.objects.filter(decision__bet__in=bets))
        entry.about(held, title=held.title, bets=[b.pk for b in bets], owed=made, overtaken=replaced)
    release.published_at = held.published_at
    return made


def _not_dropped(bets: Sequence[Bet]) -> None:
    """What people were told will not come does not come by the way."""
    dropped = [b.name for b in bets if b.state == Bet.State.DROPPED]
    if dropped:
        raise ValueError(f"“{dropped[0]}” was dropped. State a new bet for it, and decide on that, before it ships.")


def _for_them(release: Release, people: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    try:
        return for_them(release, people)
    except StoreError as e:
        raise ValueError(f"Who is in “{release.audience}” cannot be read now ({e}). Publish it in a moment.") from None
