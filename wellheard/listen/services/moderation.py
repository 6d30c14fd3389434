"""The queue: posts and comments that wait for a member, approved or refused one by one or many at once."""

from __future__ import annotations

from collections.abc import Sequence

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from ..counting import recount_ideas
from ..models import Comment, Idea, Standing, Triage, Voice
from .ideas import hold

VERBS = {Standing.PUBLIC: "approved", Standing.REFUSED: "refused", Standing.SPAM: "spam", Standing.PENDING: "reopened"}


def decide(
    access: Access, things: Sequence[Idea | Comment], standing: Standing, reason: str = ""
) -> list[Idea | Comment]:
    """Give each a standing; any can be given another later. Returns those that changed.

    What is published becomes a new voice in the inbox; what is refused or spam is set aside there.
    """
    access.need(Role.CONTRIBUTOR)
    why = clean.text(reason, 400, "The reason")
    return [t for t in things if _one(access, t, standing, why)]


def _one(access: Access, thing: Idea | Comment, standing: Standing, why: str) -> bool:
    what = "idea" if isinstance(thing, Idea) else "comment"
    with journal.record(access.actor, f"{what}.{VERBS[standing]}", why) as entry:
        model = type(thing)
        if isinstance(thing, Comment):
            hold(thing.idea)
        found = model._default_manager.select_for_update().get(pk=thing.pk)
        if found.standing == standing:
            entry.nothing_changed()
            return False
        before, found.standing = found.standing, standing
        found.reason = "" if standing == Standing.PUBLIC else why
        found.save(update_fields=["standing", "reason"])
        if found.voice_id is not None:
            triage = Triage.NEW if standing == Standing.PUBLIC else Triage.ASIDE
            Voice.objects.filter(pk=found.voice_id).update(triage=triage)
        if isinstance(found, Comment):
            recount_ideas(_upwards(found.idea))
        entry.about(found, before=before)
    thing.standing = standing.value
    return True


def _upwards(idea: Idea) -> list[int]:
    """The idea and those that stand for it: all that show its comments."""
    found = [idea.pk]
    while idea.merged_into_id is not None and len(found) < 50:
        idea = Idea.objects.get(pk=idea.merged_into_id)
        found.append(idea.pk)
    return found
