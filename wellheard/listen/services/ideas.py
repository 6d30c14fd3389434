"""The portal's writes: post, vote, follow, and the team's answer. Counts always equal a recount."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.core.journal import Actor
from wellheard.core.models import Entry
from wellheard.people.access import Access
from wellheard.people.models import Merge, Person, Role, Workspace

from ..importing import Past
from ..models import Channel, Follow, Idea, IdeaStatus, Voice, Vote


def _as(person: Person) -> Actor:
    return Actor(person.workspace_id, "person", person.pk, str(person))


def post(workspace: Workspace, person: Person, title: str, text: str) -> Idea:
    """A new idea on the portal: a voice of its author, who follows it and votes for it."""
    head = clean.text(title, 140, "The title")
    body = clean.text(text, 5000, "The text")
    if len(head) < 4:
        raise ValueError("Say in a few words what you would like or what goes wrong.")
    with journal.record(_as(person), "idea.posted") as entry:
        relation = person.relations.select_related("account").first()
        account = relation.account if relation else None
        then = Past(workspace, [account] if account else []).at(account, timezone.now())
        voice = Voice.objects.create(
            workspace=workspace,
            text=f"{head}\n\n{body}" if body else head,
            channel=Channel.PORTAL,
            author=person,
            account=account,
            said_at=timezone.now(),
            account_state=then.state,
            account_cents=then.cents,
            source="portal",
        )
        idea = Idea.objects.create(workspace=workspace, voice=voice, title=head, votes_count=1)
        Vote.objects.create(idea=idea, person=person)
        Follow.objects.create(idea=idea, person=person)
        entry.about(idea, title=head)
    return idea


def _hold(idea: Idea) -> None:
    """One press at a time per idea: of a vote and its taking back at once, one sees what the other did."""
    Idea.objects.select_for_update().filter(pk=idea.pk).first()


def vote(idea: Idea, person: Person) -> bool:
    """Vote once; a voter also follows. Returns whether this call added the vote."""
    with journal.record(_as(person), "idea.voted") as entry:
        _hold(idea)
        _, added = Vote.objects.get_or_create(idea=idea, person=person)
        if not added:
            entry.nothing_changed()
            return False
        Follow.objects.get_or_create(idea=idea, person=person)
        Idea.objects.filter(pk=idea.pk).update(votes_count=F("votes_count") + 1)
        entry.about(idea)
    return True


def unvote(idea: Idea, person: Person) -> bool:
    with journal.record(_as(person), "idea.unvoted") as entry:
        _hold(idea)
        gone, _ = Vote.objects.filter(idea=idea, person=person).delete()
        if not gone:
            entry.nothing_changed()
            return False
        Idea.objects.filter(pk=idea.pk).update(votes_count=F("votes_count") - 1)
        entry.about(idea)
    return True


def follow(idea: Idea, person: Person, on: bool) -> None:
    with journal.record(_as(person), "idea.followed" if on else "idea.unfollowed") as entry:
        _hold(idea)
        if on:
            _, changed = Follow.objects.get_or_create(idea=idea, person=person)
        else:
            changed = bool(Follow.objects.filter(idea=idea, person=person).delete()[0])
        if not changed:
            entry.nothing_changed()
            return
        entry.about(idea)


@journal.on("person.merged")
@journal.on("person.unmerged")
def recount_merged(entry: Entry) -> None:
    """The same after a merge by hand, and after it was undone: of both, and of votes that were left out or came back."""
    made = Merge.objects.filter(pk=entry.data.get("merge")).first()
    if made is None:
        return
    label = Vote._meta.label_lower
    ideas = {int(s["row"]["idea_id"]) for s in made.steps if s["do"] == "drop" and s["model"] == label}
    mine = Vote.objects.filter(person__in=[made.kept, made.gone])
    ideas |= set(mine.values_list("idea", flat=True))
    _recount(ideas)


@journal.on("person.confirmed")
def recount(entry: Entry) -> None:
    """Two turned out to be one: where both had voted one vote is left, and the counts follow in the same
    transaction. The ideas are locked first, so that a vote under way is either counted here or adds itself."""
    _recount(set(Vote.objects.filter(person=entry.thing_id).values_list("idea", flat=True)))


def _recount(ideas: set[int]) -> None:
    for idea in Idea.objects.select_for_update().filter(pk__in=ideas).order_by("pk"):
        Idea.objects.filter(pk=idea.pk).update(votes_count=Vote.objects.filter(idea=idea.pk).count())


def answer(access: Access, idea: Idea, status: IdeaStatus, text: str = "", hidden: bool | None = None) -> None:
    """Set an idea's public status and answer, or hide it from the portal."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, "idea.answered") as entry:
        entry.about(idea, before=idea.status, after=status.value)
        idea.status, idea.answer = status, clean.text(text, 5000, "The answer")
        if hidden is not None:
            idea.hidden = hidden
        idea.save(update_fields=["status", "answer", "hidden"])
