"""Comments under ideas: write, reply, edit, take back; of people and of the team."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Person, Role

from ..counting import beneath, recount_ideas
from ..models import Comment, Idea, Standing, Triage, Voice
from .ideas import acting, hold, new_voice, still_there

LIMIT = 5000
EDITABLE = timedelta(hours=1)


def comment(
    idea: Idea, text: str, *, person: Person | None = None, team: Access | None = None, parent: Comment | None = None
) -> Comment:
    """A comment of a person, of the team (`team` alone), or of a person through a member (both).

    On a moderated board a person's comment waits. Raises ValueError when the idea takes no comments.
    """
    if team is not None:
        team.need(Role.CONTRIBUTOR)
    words = clean.text(text, LIMIT, "The comment")
    if not words:
        raise ValueError("Write your comment first.")
    actor = acting(person, team) if person else team.actor  # type: ignore[union-attr]
    with journal.record(actor, "comment.posted") as entry:
        held = hold(idea)
        if person is not None:
            still_there(person)
        if held.board.archived_at is not None:
            raise ValueError("This board is archived; nothing new is written there.")
        if held.comments_locked and team is None:
            raise ValueError("The team has closed the comments on this idea.")
        if parent is not None:
            parent = _above(held, parent)
        waits = held.board.moderated and team is None
        voice = None
        if person is not None:
            voice = new_voice(held.workspace, person, words, team)
            if waits:
                Voice.objects.filter(pk=voice.pk).update(triage=Triage.ASIDE)
        made = Comment.objects.create(
            workspace_id=held.workspace_id, idea=held, parent=parent, author=person,
            member=team.member if team else None, team_name=team.actor.name[:120] if team and person is None else "",
            voice=voice, text=words, standing=Standing.PENDING if waits else Standing.PUBLIC,
        )  # fmt: skip
        recount_ideas([held.pk])
        entry.about(made, idea=held.pk, standing=made.standing)
    return made


def _above(idea: Idea, parent: Comment) -> Comment:
    """Replies stand one level deep: a reply to a reply answers the same comment."""
    top = parent.parent or parent
    if top.idea_id not in (idea.pk, *beneath(idea.pk)) or top.standing != Standing.PUBLIC or top.deleted_at:
        raise ValueError("The comment you reply to is not there any more.")
    return top


def may_change(comment: Comment, person: Person | None, team: Access | None) -> bool:
    """Its author for an hour; of the team's own comments, whoever wrote it, at any time."""
    if comment.deleted_at is not None or comment.standing not in (Standing.PUBLIC, Standing.PENDING):
        return False
    if team is not None and comment.member_id is not None and team.member is not None:
        return comment.member_id == team.member.pk
    own = person is not None and comment.author_id == person.pk and comment.member_id is None
    return own and timezone.now() - comment.created_at < EDITABLE


def edit(comment: Comment, text: str, *, person: Person | None = None, team: Access | None = None) -> None:
    """The author changes their words. On a moderated board they wait again."""
    words = clean.text(text, LIMIT, "The comment")
    if not words:
        raise ValueError("Write your comment first, or delete it.")
    _need(comment, person, team)
    actor = acting(person) if person else team.actor  # type: ignore[union-attr]
    with journal.record(actor, "comment.edited") as entry:
        held = hold(comment.idea)
        comment = Comment.objects.select_for_update().get(pk=comment.pk)
        _need(comment, person, team)
        waits = person is not None and held.board.moderated
        comment.text, comment.edited_at = words, timezone.now()
        if waits:
            comment.standing = Standing.PENDING
        comment.save(update_fields=["text", "edited_at", "standing"])
        if comment.voice_id is not None:
            Voice.objects.filter(pk=comment.voice_id).update(text=words, **({"triage": Triage.ASIDE} if waits else {}))
        recount_ideas([held.pk])
        entry.about(comment, idea=held.pk)


def _need(comment: Comment, person: Person | None, team: Access | None) -> None:
    if not may_change(comment, person, team):
        raise ValueError("A comment can be changed for an hour, by who wrote it.")


def delete(comment: Comment, *, person: Person | None = None, team: Access | None = None) -> None:
    """The author takes their words back, or an editor removes them. Replies stay; the voice goes with the words."""
    if not may_change(comment, person, team):
        if team is None:
            raise ValueError("A comment can be deleted for an hour, by who wrote it.")
        team.need(Role.EDITOR)
    actor = acting(person) if person and team is None else team.actor  # type: ignore[union-attr]
    with journal.record(actor, "comment.deleted") as entry:
        held = hold(comment.idea)
        comment = Comment.objects.select_for_update().get(pk=comment.pk)
        if comment.deleted_at is not None:
            entry.nothing_changed()
            return
        comment.deleted_at, comment.text = timezone.now(), ""
        voice, comment.voice = comment.voice, None
        comment.save(update_fields=["deleted_at", "text", "voice"])
        if voice is not None:
            voice.delete()
        recount_ideas({held.pk, comment.idea_id})
        entry.about(comment, idea=held.pk)
