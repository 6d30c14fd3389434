"""The portal's writes: post, vote, follow. Counts always equal a recount."""

from __future__ import annotations

from math import log2

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.core.journal import Actor
from wellheard.core.models import Entry
from wellheard.people.access import Access
from wellheard.people.models import Merge, Person, Role, Workspace

from ..counting import beneath, recount_ideas, weight_at
from ..importing import Past
from ..models import Board, Channel, Follow, Idea, IdeaStatus, Standing, StatusChange, Triage, Voice, Vote
from . import stuffing
from .boards import default_board


def acting(person: Person, on_behalf: Access | None = None) -> Actor:
    """Whoever writes: the person, or the member (or token) that writes on their behalf."""
    return on_behalf.actor if on_behalf else Actor(person.workspace_id, "person", person.pk, str(person))


def new_voice(workspace: Workspace, person: Person, words: str, on_behalf: Access | None = None) -> Voice:
    """Inside a service: what somebody said on the portal, with their account as it was then."""
    relation = person.relations.select_related("account").first()
    account = relation.account if relation else None
    then = Past(workspace, [account] if account else []).at(account, timezone.now())
    return Voice.objects.create(
        workspace=workspace, text=words, channel=Channel.PORTAL, author=person, account=account, said_at=timezone.now(),
        account_state=then.state, account_cents=then.cents, source="portal",
        relayed_by=on_behalf.actor.name if on_behalf else "", recorded_by=on_behalf.member if on_behalf else None,
    )  # fmt: skip


def post(
    workspace: Workspace,
    person: Person,
    title: str,
    text: str,
    board: Board | None = None,
    *,
    network: str = "",
    on_behalf: Access | None = None,
) -> Idea:
    """A new idea: a voice of its author, who follows it and votes for it. On a moderated board it waits for a
    member to look at it, unless a member posts it."""
    if on_behalf:
        on_behalf.need(Role.CONTRIBUTOR)
    head, body = _head(title), clean.text(text, 5000, "The text")
    board = board or default_board(workspace)
    if board.archived_at is not None:
        raise ValueError(f"The board {board} is archived; nothing new is posted there.")
    waits = board.moderated and on_behalf is None
    with journal.record(acting(person, on_behalf), "idea.posted") as entry:
        voice = new_voice(workspace, person, f"{head}\n\n{body}" if body else head, on_behalf)
        if waits:  # what nobody has looked at joins no theme and is like nothing yet
            Voice.objects.filter(pk=voice.pk).update(triage=Triage.ASIDE)
        idea = Idea.objects.create(
            workspace=workspace, board=board, voice=voice, title=head,
            standing=Standing.PENDING if waits else Standing.PUBLIC,
        )  # fmt: skip
        mine = Vote.objects.create(
            idea=idea, person=person, network=stuffing.network_key(workspace.pk, network),
            placed_by=on_behalf.actor.name if on_behalf else "",
        )  # fmt: skip
        Follow.objects.create(idea=idea, person=person)
        stuffing.note_doubts(idea, mine, person)
        recount_ideas([idea.pk])
        idea.refresh_from_db()
        entry.about(idea, title=head, standing=idea.standing)
    return idea


def check_post(title: str, text: str) -> None:
    """Raises ValueError for what cannot be posted."""
    _head(title)
    clean.text(text, 5000, "The text")


def _head(title: str) -> str:
    head = " ".join(clean.text(title, 140, "The title").split())
    if len(head) < 4:
        raise ValueError("Say in a few words what you would like or what goes wrong.")
    return head


def hold(idea: Idea) -> Idea:
    """One press at a time per idea: of a vote and its taking back at once, one sees what the other did.

    Returns the idea as it now is, or the one it was merged into, which is held as well.
    """
    while True:
        root = standing_for(Idea.objects.get(pk=idea.pk))
        mark = transaction.savepoint()
        found = Idea.objects.select_for_update().get(pk=root.pk)
        if found.merged_into_id is None:
            return found
        transaction.savepoint_rollback(mark)  # merged while we waited: let it go, or two could wait for each other


def still_there(person: Person) -> None:
    """Inside a write of theirs, once the idea is held: they cannot be erased before it ends. Raises Http404 when they were."""
    if not Person.objects.select_for_update(no_key=True).filter(pk=person.pk).exists():
        raise Http404("Who did this is gone.")


def standing_for(idea: Idea) -> Idea:
    """The idea itself, or the one that stands for it after merging."""
    for _ in range(50):
        if idea.merged_into_id is None:
            return idea
        idea = Idea.objects.get(pk=idea.merged_into_id)
    return idea


def vote(idea: Idea, person: Person, *, network: str = "", on_behalf: Access | None = None) -> bool:
    """Vote once; a voter also follows. Returns whether this call added the vote."""
    if on_behalf:
        on_behalf.need(Role.CONTRIBUTOR)
    with journal.record(acting(person, on_behalf), "idea.voted") as entry:
        held = hold(idea)
        still_there(person)
        made, added = Vote.objects.get_or_create(
            idea=held,
            person=person,
            defaults={
                "network": stuffing.network_key(held.workspace_id, network),
                "placed_by": on_behalf.actor.name if on_behalf else "",
            },
        )
        if not added:
            entry.nothing_changed()
            return False
        Follow.objects.get_or_create(idea=held, person=person)
        stuffing.note_doubts(held, made, person)
        _add(held, made, person)
        entry.about(held, **({"person": person.pk} if on_behalf else {}))
    return True


def _add(idea: Idea, vote: Vote, person: Person) -> None:
    """One vote more, without reading the others: the idea is locked and was read under the lock."""
    weight = weight_at(timezone.now())
    top = max(idea.heat, weight)
    Idea.objects.filter(pk=idea.pk).update(
        votes_count=idea.votes_count + 1,
        verified_count=idea.verified_count + (1 if person.email else 0),
        heat=top + log2(2 ** max(idea.heat - top, -60) + 2 ** (weight - top)),
    )


def unvote(idea: Idea, person: Person) -> bool:
    """Take a vote back, also where it was given to an idea merged into this one."""
    with journal.record(acting(person), "idea.unvoted") as entry:
        held = hold(idea)
        family = [held.pk, *beneath(held.pk)]
        gone, _ = Vote.objects.filter(idea__in=family, person=person).delete()
        if not gone:
            entry.nothing_changed()
            return False
        recount_ideas(family)
        entry.about(held)
    return True


def follow(idea: Idea, person: Person, on: bool) -> None:
    with journal.record(acting(person), "idea.followed" if on else "idea.unfollowed") as entry:
        held = hold(idea)
        still_there(person)
        if on:
            _, changed = Follow.objects.get_or_create(idea=held, person=person)
        else:
            family = [held.pk, *beneath(held.pk)]
            changed = bool(Follow.objects.filter(idea__in=family, person=person).delete()[0])
        if not changed:
            entry.nothing_changed()
            return
        entry.about(held)


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
    person = Person.objects.get(pk=entry.thing_id or 0)
    for vote in Vote.objects.filter(person=person).select_related("idea"):
        if vote.doubt:  # what spoke against an unconfirmed vote no longer does
            Vote.objects.filter(pk=vote.pk).update(doubt="")
            vote.doubt = ""
        stuffing.note_doubts(vote.idea, vote, person)


def _recount(ideas: set[int]) -> None:
    held = Idea.objects.select_for_update().filter(pk__in=ideas).order_by("pk")
    recount_ideas(list(held.values_list("pk", flat=True)))


def answer(access: Access, idea: Idea, status: IdeaStatus, text: str = "", hidden: bool | None = None) -> None:
    """Set an idea's public status and answer; what the public could read before stays in its history."""
    access.need(Role.CONTRIBUTOR)
    if hidden is not None and hidden != idea.hidden:
        access.need(Role.EDITOR)
    words = clean.text(text, 5000, "The answer")
    with journal.record(access.actor, "idea.answered") as entry:
        changed = (idea.status, idea.answer) != (status.value, words)
        entry.about(idea, before=idea.status, after=status.value, changed=changed)
        if changed:
            StatusChange.objects.create(idea=idea, status=status, answer=words, by_name=access.actor.name[:120])
        idea.status, idea.answer = status, words
        if hidden is not None:
            idea.hidden = hidden
        idea.save(update_fields=["status", "answer", "hidden"])


def decline_within(idea: Idea, words: str, by: str) -> None:
    """Inside the publishing of a decision: its words stand on the idea; who follows it is told by the decision."""
    idea.status, idea.answer = IdeaStatus.DECLINED, words or idea.answer
    idea.save(update_fields=["status", "answer"])
    StatusChange.objects.create(idea=idea, status=idea.status, answer=idea.answer, by_name=by[:120])
