"""Closing a bet with what it taught, changing that, opening it again; and what was learned, to look through."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from wellheard.core import clean, journal
from wellheard.decide.models import Bet
from wellheard.people.access import Access
from wellheard.people.models import Role

from .models import Learning, Outcome

GOOD = frozenset({"helped", "likely helped"})
LONGEST = 4000


def close_bet(access: Access, bet: Bet, learned: str) -> Learning:
    """Close a measured bet. Raises ValueError before its verdict, when closed already, and when nothing was learned
    although the verdict does not say that it helped."""
    access.need(Role.EDITOR)
    found = Outcome.objects.filter(bet=bet).order_by("-measured_at", "-pk").first()
    if found is None:
        raise ValueError("It has no verdict yet. A bet is closed after it was measured.")
    text = _text(learned, found.word)
    with journal.record(access.actor, "bet.closed", text) as entry:
        made, new = Learning.objects.get_or_create(
            bet=bet,
            defaults={
                "workspace": access.workspace, "word": found.word, "learned": text, "closed_by": access.actor.name[:120]
            },
        )  # fmt: skip
        if not new:
            raise ValueError("It is closed already; change what was learned, or open it again.")
        entry.about(bet, word=found.word)
    return made


def change_learning(access: Access, made: Learning, learned: str) -> None:
    access.need(Role.EDITOR)
    text = _text(learned, made.word)
    with journal.record(access.actor, "bet.learned", text) as entry:
        entry.about(made.bet, was=made.learned)
        if text == made.learned:
            entry.nothing_changed()
        made.learned = text
        made.save(update_fields=["learned"])


def open_again(access: Access, made: Learning) -> None:
    """The words stay in the bet's history."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "bet.opened_again") as entry:
        entry.about(made.bet, was=made.learned, word=made.word)
        made.delete()


def _text(learned: str, word: str) -> str:
    text = clean.text(learned, LONGEST, "what was learned")
    if not text and word not in GOOD:
        raise ValueError(
            f"Say what you learned. The verdict is “{word}”: the next bet is better only if this one teaches something."
        )
    return text


def learnings(access: Access, words: str = "") -> QuerySet[Learning]:
    """What was learned, newest first; with `words`, only where each of them stands in it or in the bet's name."""
    found = Learning.objects.filter(workspace=access.workspace).exclude(learned="").select_related("bet")
    for word in words.split()[:8]:
        found = found.filter(Q(learned__icontains=word) | Q(bet__name__icontains=word))
    return found.order_by("-closed_at", "-pk")
