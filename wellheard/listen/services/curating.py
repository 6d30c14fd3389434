"""What the team does to ideas: title, board, tags, pin, hide, lock, notes, and merging with its undoing."""

from __future__ import annotations

from collections.abc import Sequence

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..counting import beneath, recount_ideas
from ..models import Board, Follow, Idea, Note, Tag, Vote
from .ideas import _head

SWITCHES = {"pinned": ("idea.pinned", "idea.unpinned"), "hidden": ("idea.hidden", "idea.shown"),
            "comments_locked": ("idea.locked", "idea.unlocked")}  # fmt: skip


def retitle(access: Access, idea: Idea, title: str) -> None:
    """The author's words stay as they are in the voice; the title is how the board calls them."""
    access.need(Role.CONTRIBUTOR)
    head = _head(title)
    with journal.record(access.actor, "idea.retitled") as entry:
        if head == idea.title:
            entry.nothing_changed()
            return
        entry.about(idea, before=idea.title, after=head)
        idea.title = head
        idea.save(update_fields=["title"])


def move(access: Access, idea: Idea, board: Board) -> None:
    access.need(Role.CONTRIBUTOR)
    if board.workspace_id != access.workspace.pk:
        raise ValueError("The board must be of this workspace.")
    if board.archived_at is not None:
        raise ValueError(f"The board {board} is archived.")
    with journal.record(access.actor, "idea.moved") as entry:
        if board.pk == idea.board_id:
            entry.nothing_changed()
            return
        entry.about(idea, before=idea.board_id, after=board.pk)
        idea.board = board
        idea.save(update_fields=["board"])


def switch(access: Access, idea: Idea, what: str, on: bool) -> None:
    """Pin, hide or lock (`pinned`, `hidden`, `comments_locked`), or the opposite."""
    access.need(Role.EDITOR if what == "hidden" else Role.CONTRIBUTOR)
    verbs = SWITCHES[what]
    with journal.record(access.actor, verbs[0] if on else verbs[1]) as entry:
        if getattr(idea, what) == on:
            entry.nothing_changed()
            return
        setattr(idea, what, on)
        idea.save(update_fields=[what])
        entry.about(idea)


def tag(access: Access, idea: Idea, names: Sequence[str]) -> list[Tag]:
    """Make these the idea's tags; new words become new tags."""
    access.need(Role.CONTRIBUTOR)
    wanted = {" ".join(clean.text(n, 40, "A tag").split()).lower(): " ".join(n.split()) for n in names if n.strip()}
    if len(wanted) > 10:
        raise ValueError("An idea has ten tags at most.")
    with journal.record(access.actor, "idea.tagged") as entry:
        found = []
        for name in wanted.values():
            held = Tag.objects.filter(workspace=access.workspace, name__iexact=name).first()
            found.append(held or Tag.objects.create(workspace=access.workspace, name=name))
        idea.tags.set(found)
        # A tag that no idea has any more is no filter either.
        Tag.objects.filter(workspace=access.workspace, ideas=None).delete()
        entry.about(idea, tags=[t.name for t in found])
    return found


def note(access: Access, idea: Idea, text: str) -> Note:
    """Words for the team alone."""
    access.need(Role.CONTRIBUTOR)
    words = clean.text(text, 5000, "The note")
    if not words:
        raise ValueError("Write the note.")
    with journal.record(access.actor, "idea.noted") as entry:
        made = Note.objects.create(
            workspace=access.workspace, idea=idea, member=access.member, by_name=access.actor.name[:120], text=words
        )
        entry.about(idea, note=made.pk)
    return made


def drop_note(access: Access, found: Note) -> None:
    """A contributor takes back their own notes, an editor any."""
    own = access.member is not None and found.member_id == access.member.pk
    access.need(Role.CONTRIBUTOR if own else Role.EDITOR)
    with journal.record(access.actor, "idea.note_dropped") as entry:
        entry.about(found.idea, note=found.pk)
        found.delete()


def merge(access: Access, idea: Idea, into: Idea) -> None:
    """`idea` goes on as part of `into`: its voters and followers are copied there (once each), its comments are
    shown there, its address leads there. What it had stays on it, so that undoing gives all of it back."""
    access.need(Role.EDITOR)
    if idea.workspace_id != access.workspace.pk or into.workspace_id != access.workspace.pk:
        raise ValueError("Both ideas must be of this workspace.")
    with journal.record(access.actor, "idea.merged") as entry:
        one, other = _hold_both(idea, into)
        if one.pk == other.pk:
            raise ValueError("An idea cannot be merged into itself.")
        if one.merged_into_id is not None:
            raise ValueError("This idea is merged already. Undo that first.")
        if other.merged_into_id is not None:
            raise ValueError("The other idea is merged itself. Choose the one that stands for it.")
        Idea.objects.filter(pk=one.pk).update(merged_into=other)
        _copy(one, other)
        recount_ideas([other.pk])
        entry.about(one, into=other.pk, votes=one.votes_count)
    idea.refresh_from_db()
    into.refresh_from_db()


def _copy(one: Idea, other: Idea) -> None:
    voted = Vote.objects.filter(idea=other).values("person")
    Vote.objects.bulk_create(
        [
            Vote(idea=other, person_id=v.person_id, at=v.at, came_from=one, network=v.network, doubt=v.doubt,
                 discounted=v.discounted, placed_by=v.placed_by)
            for v in Vote.objects.filter(idea=one).exclude(person__in=voted)
        ],
        batch_size=2000,
    )  # fmt: skip
    follows = Follow.objects.filter(idea=other).values("person")
    Follow.objects.bulk_create(
        [Follow(idea=other, person_id=f.person_id, at=f.at, came_from=one)
         for f in Follow.objects.filter(idea=one).exclude(person__in=follows)],
        batch_size=2000,
    )  # fmt: skip


def unmerge(access: Access, idea: Idea) -> None:
    """Undo a merge: what was copied goes, what people did since to the other idea stays there."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "idea.unmerged") as entry:
        into = Idea.objects.get(pk=idea.pk).merged_into
        if into is None:
            raise ValueError("This idea is not merged into another.")
        one, other = _hold_both(idea, into)
        if one.merged_into_id != other.pk:
            raise ValueError("Somebody changed this merge just now. Look again.")
        if other.merged_into_id is not None:
            raise ValueError(f"“{other}” is merged itself. Undo that first.")
        Vote.objects.filter(idea=other, came_from=one).delete()
        Follow.objects.filter(idea=other, came_from=one).delete()
        Idea.objects.filter(pk=one.pk).update(merged_into=None)
        recount_ideas([one.pk, other.pk, *beneath(one.pk)])
        entry.about(one, out_of=other.pk)
    idea.refresh_from_db()


def _hold_both(a: Idea, b: Idea) -> tuple[Idea, Idea]:
    """Locked in the order of their numbers, as everywhere, so that two merges never wait for each other."""
    held = {i.pk: i for i in Idea.objects.select_for_update().filter(pk__in=[a.pk, b.pk]).order_by("pk")}
    return held[a.pk], held[b.pk]
