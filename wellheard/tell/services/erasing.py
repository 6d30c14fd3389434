"""Erasing somebody: who they were, what they said, voted and were told, and what they did.

What stays, and is said before: the words of an idea or comment that others voted for, follow or answered, without its
author; numbers in the journal; sums that others are part of. Files that were imported and backups are not reached.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wellheard import store
from wellheard.core import journal
from wellheard.core.models import Entry
from wellheard.decide.services.forgetting import forget
from wellheard.listen.counting import recount_ideas
from wellheard.listen.models import Comment, Follow, Idea, Picture, SignInCode, Voice, Vote
from wellheard.listen.services import pictures
from wellheard.people.access import Access
from wellheard.people.models import Merge, Person, PersonKey, Role, Segment

from ..models import DeadAddress, Erasure

TRIES = 10
SOMEBODY = "somebody erased"


class Moved(Exception):
    """They voted or commented elsewhere while the ideas were being locked: look again."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What erasing would do."""

    voices: int
    stays: int
    votes: int
    comments: int
    relations: int
    events: bool


def outlook(person: Person) -> Outlook:
    said = Voice.objects.filter(author=person)
    stays = _for_others(said, person).count()
    return Outlook(
        said.count() - stays, stays, Vote.objects.filter(person=person, came_from=None).count(),
        Comment.objects.filter(author=person).count(), person.relations.count(), bool(_numbers(person)),
    )  # fmt: skip


def _for_others(said: QuerySet[Voice], person: Person) -> QuerySet[Voice]:
    """Voices that are ideas others have a part in."""
    of = {"idea__voice": OuterRef("pk")}
    others = (
        Exists(Vote.objects.filter(**of).exclude(person=person))
        | Exists(Follow.objects.filter(**of).exclude(person=person))
        | Exists(Comment.objects.filter(**of).exclude(author=person))
        | Exists(Idea.objects.filter(merged_into__voice=OuterRef("pk")))
    )
    return said.filter(others)


def erase(access: Access, person: Person) -> Erasure:
    """Everything of them here goes at once; their events follow within a minute (`finish`). It cannot be undone."""
    access.need(Role.OWNER)
    for _ in range(TRIES):
        try:
            with journal.record(access.actor, "person.erased") as entry:
                made, files = _erase(access, person)
                entry.about(made, person=made.person)
                transaction.on_commit(lambda files=files: _unlink(files))  # type: ignore[misc]
            return made
        except Moved:
            continue
    raise ValueError("They are active at this very moment. Try again in a minute.")


def _erase(access: Access, person: Person) -> tuple[Erasure, list[str]]:
    ideas = _ideas(person)
    # Ideas before people, as whoever votes does: so neither waits for the other for good.
    list(Idea.objects.select_for_update().filter(pk__in=ideas).order_by("pk").values_list("pk", flat=True))
    held = Person.objects.select_for_update().filter(workspace=access.workspace, pk=person.pk).first()
    if held is None:
        raise ValueError("They are gone already.")
    if not _ideas(held) <= ideas:
        raise Moved
    numbers, gone, merges = _numbers(held), _people(held), _merges(held)
    said = Voice.objects.filter(author=held)
    stays = list(_for_others(said, held).values_list("pk", flat=True))
    files = list(Picture.objects.filter(voice__author=held).values_list("name", flat=True))
    votes = Vote.objects.filter(person=held, came_from=None).count()
    Picture.objects.filter(voice__in=stays).delete()
    Voice.objects.filter(pk__in=stays).update(author=None, traits={})
    _comments(held)
    deleted = set(Voice.objects.filter(author=held).values_list("pk", flat=True))
    count = len(deleted)
    forget(access.workspace.pk, gone, deleted)
    Voice.objects.filter(author=held).delete()
    addresses = {a for a in (held.email, held.traits.get("unconfirmed_email")) if a}
    addresses |= set(PersonKey.objects.filter(person=held, kind="email").values_list("value", flat=True))
    SignInCode.objects.filter(workspace=access.workspace, email__in=addresses).delete()
    DeadAddress.objects.filter(workspace=access.workspace, address__in=[a.lower() for a in addresses]).delete()
    held.delete()
    Merge.objects.filter(pk__in=merges).delete()
    recount_ideas(Idea.objects.filter(pk__in=ideas).values_list("pk", flat=True))
    _journal(access.workspace.pk, gone)
    made = Erasure.objects.create(
        workspace=access.workspace, person=person.pk, numbers=numbers, voices=count, votes=votes, kept=len(stays),
        asked_by=access.actor.name, done_at=None if numbers else timezone.now(),
    )  # fmt: skip
    return made, files


def _ideas(person: Person) -> set[int]:
    """Ideas whose counts they are part of, with those that stand for them after merging."""
    mine = Q(votes__person=person) | Q(follows__person=person) | Q(comments__author=person) | Q(voice__author=person)
    found = set(Idea.objects.filter(mine).values_list("pk", flat=True))
    level = found
    while level:
        up = Idea.objects.filter(pk__in=level, merged_into__isnull=False).values_list("merged_into", flat=True)
        level = {pk for pk in up if pk is not None} - found
        found |= level
    return found


def _comments(person: Person) -> None:
    """A comment others answered stays as an empty place; the rest goes."""
    mine = Comment.objects.filter(author=person)
    answered = mine.filter(Exists(Comment.objects.filter(parent=OuterRef("pk")).exclude(author=person)))
    answered.update(text="", author=None, deleted_at=timezone.now(), reason="")
    Comment.objects.filter(author=person).delete()


def _merges(person: Person) -> list[int]:
    """Merges that made this person, which hold whole rows of who they were before."""
    rows = Merge.objects.filter(workspace=person.workspace_id, of=Segment.Of.PEOPLE)
    found: set[int] = set()
    level = {person.pk}
    while level:
        more = list(rows.filter(kept__in=level).exclude(pk__in=found).values_list("pk", "gone"))
        found |= {pk for pk, _ in more}
        level = {gone for _, gone in more}
    return list(found)


def _people(person: Person) -> set[int]:
    gone = Merge.objects.filter(pk__in=_merges(person)).values_list("gone", flat=True)
    return {person.pk, *gone}


def _numbers(person: Person) -> list[int]:
    """Numbers of the events, of all they were."""
    held = PersonKey.objects.filter(person=person, kind="number").values_list("value", flat=True)
    return sorted({n for n in (person.number, *(int(v) for v in held if v.isdecimal())) if n})


def _journal(workspace: int, people: set[int]) -> None:
    """That something happened stays; what it was called, and what was written with it, goes."""
    rows = Entry.objects.filter(workspace_id=workspace)
    rows.filter(actor_kind="person", actor_id__in=people).update(actor_name=SOMEBODY)
    rows.filter(thing="person", thing_id__in=people).update(data={}, reason="")


def _unlink(names: list[str]) -> None:
    for name in names:
        (pictures.folder() / name).unlink(missing_ok=True)


def finish() -> int:
    """Erase the events of those who are gone here already; safe to repeat after any crash. How many were finished."""
    done = 0
    for row in Erasure.objects.filter(done_at=None).order_by("pk"):
        try:
            store.get().forget_person(row.workspace_id, row.numbers)
        except store.StoreError:
            return done  # open in another process: that one does it
        Erasure.objects.filter(pk=row.pk).update(done_at=timezone.now(), numbers=[])
        done += 1
    return done
