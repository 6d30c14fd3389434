"""Posts of another feedback board: the voice becomes an idea too, and whoever voted there votes and follows here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wellheard.core import clean
from wellheard.people.importing import Fields, Finder, given
from wellheard.people.models import Workspace

from .counting import recount_ideas
from .models import Follow, Idea, IdeaStatus, Voice, Vote
from .services.boards import default_board

Voter = tuple[str | None, str | None, str]
MOST_VOTERS = 20_000


def voters_of(f: Fields) -> list[Voter] | None:
    """(id, address, name) of each voter; None when the row is no post. Somebody known by a name alone cannot hear
    back and is left out. Raises ValueError for what is no list."""
    raw = f.get("voters")
    if raw is None or raw == "":
        return None
    if not isinstance(raw, list) or len(raw) > MOST_VOTERS:
        raise ValueError(f"The voters are no list of at most {MOST_VOTERS:,} people.")
    found: dict[tuple[str | None, str | None], Voter] = {}
    for one in raw:
        if isinstance(one, dict):
            outer = clean.text(one.get("author") or one.get("id"), 255, "A voter's id") or None
            email = clean.email(one.get("email"))
            if outer or email:
                found.setdefault((outer, email), (outer, email, given(one.get("name"))[:200]))
    return list(found.values())


def keys_of(ideas: Sequence[tuple[Voice, Fields]]) -> Iterator[tuple[Any, Any]]:
    yield from ((outer, email) for _, f in ideas for outer, email, _ in f["voters"])


def named_of(ideas: Sequence[tuple[Voice, Fields]]) -> Iterator[Voter]:
    for _, f in ideas:
        yield from f["voters"]


def make_ideas(workspace: Workspace, posts: Sequence[tuple[Voice, Fields]], finder: Finder, publish: bool) -> None:
    """Ideas for stored voices, once each; new voters are added to held ones. Votes are counted from their rows."""
    if not posts:
        return
    voices = [voice for voice, _ in posts]
    board = default_board(workspace)
    held = {i.voice_id: i for i in Idea.objects.filter(voice__in=[v.pk for v in voices])}
    for voice, f in posts:
        if voice.pk in held:
            continue
        status = given(f.get("status")).lower()
        title = given(f.get("title")) or voice.text.split("\n")[0]
        held[voice.pk] = Idea.objects.create(
            workspace=workspace,
            board=board,
            voice=voice,
            title=title if len(title) <= 140 else f"{title[:139]}…",
            status=status if status in IdeaStatus.values else IdeaStatus.OPEN,
            hidden=not publish,
            posted_at=voice.said_at,
        )
    votes, follows = [], []
    for voice, f in posts:
        idea = held[voice.pk]
        people = {p.pk: p for outer, email, name in f["voters"] for p in [finder.person(outer, email, name)[0]]}
        votes += [Vote(idea=idea, person=p) for p in people.values()]
        if voice.author_id and voice.author:
            people[voice.author_id] = voice.author
        follows += [Follow(idea=idea, person=p) for p in people.values()]
    Vote.objects.bulk_create(votes, batch_size=1000, ignore_conflicts=True)
    Follow.objects.bulk_create(follows, batch_size=1000, ignore_conflicts=True)
    recount_ideas([i.pk for i in held.values()])
