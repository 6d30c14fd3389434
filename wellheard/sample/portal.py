"""The sample's portal: boards, tags, comments, a status with its answer, what waits, two ideas that are one."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from wellheard.core.journal import Actor
from wellheard.listen.models import Board, Comment, Idea, IdeaStatus, Standing, StatusChange
from wellheard.listen.services import boards, comments, curating, ideas
from wellheard.people.access import Access, by_command
from wellheard.people.models import Member, Person, Role, Workspace
from wellheard.understand.queries.similar import near_ideas

ANSWERS = {
    IdeaStatus.SHIPPED: "This is in the product now. **Thank you** for pressing us on it.",
    IdeaStatus.STARTED: "We are building this. Who asked hears first when it is there.",
    IdeaStatus.PLANNED: "We will take this up next.",
    IdeaStatus.DECLINED: "We decided against it for now. Why: what it would cost the many to serve the few.",
}
SAID = [
    "Same here, it costs us *an hour each week*.",
    "We found a way around it: export, then sort in a sheet. Not pretty.",
    "Would pay for this.",
    "How do others live with it until then?",
]
TAGS = {"export": ("export", "csv", "pdf", "excel"), "mobile": ("phone", "mobile", "tablet"), "speed": ("slow", "wait", "fast"),
        "money": ("invoice", "tax", "currency", "price")}  # fmt: skip
MOST_COMMENTED = 12


def fill_portal(workspace: Workspace) -> None:
    """Make the portal of a loaded sample look like one in use. Does nothing where there are no ideas."""
    access = by_command(workspace)
    held = list(Idea.objects.filter(workspace=workspace).select_related("voice").order_by("-votes_count", "-pk"))
    if not held:
        return
    _boards(access, held)
    team = _team(workspace) or access
    for idea in held:
        text = idea.voice.text.lower()
        if names := [name for name, words in TAGS.items() if any(w in text for w in words)]:
            curating.tag(access, idea, names)
        if idea.status != IdeaStatus.OPEN:
            _answer(team, idea)
    _comments(team, held[:MOST_COMMENTED])
    _waiting(workspace, held)
    _merge(access, held)
    if len(held) > 3:
        curating.note(
            team, held[0], "Two of our largest accounts asked about this in their last review. Ask before promising."
        )
        curating.switch(team, held[1], "pinned", True)


def _team(workspace: Workspace) -> Access | None:
    member = Member.objects.select_related("user").filter(workspace=workspace, role=Role.EDITOR).order_by("pk").first()
    if member is None:
        return None
    return Access(workspace, Actor(workspace.pk, "member", member.pk, str(member)), Role.EDITOR, member)


def _boards(access: Access, held: list[Idea]) -> None:
    first = boards.default_board(access.workspace)
    boards.change_board(access, first, description="What would make it better for you? All of the product.")
    boards.make_board(
        access,
        "Connections",
        description="Other programs it should talk to. Looked at by us before it shows.",
        moderated=True,
    )
    boards.make_board(access, "Inside the team", sight=Board.Sight.TEAM, description="Our own wishes, for ourselves.")


def _answer(team: Access, idea: Idea) -> None:
    now, asked = timezone.now(), idea.posted_at
    by = team.actor.name
    StatusChange.objects.create(
        idea=idea, status=IdeaStatus.CONSIDERING, by_name=by, at=min(now, asked + timedelta(days=4))
    )
    StatusChange.objects.create(
        idea=idea, status=idea.status, answer=ANSWERS.get(IdeaStatus(idea.status), ""), by_name=by,
        at=min(now, asked + timedelta(days=25)),
    )  # fmt: skip
    Idea.objects.filter(pk=idea.pk).update(answer=ANSWERS.get(IdeaStatus(idea.status), ""))


def _comments(team: Access, held: list[Idea]) -> None:
    for n, idea in enumerate(held):
        voters = list(Person.objects.filter(votes__idea=idea).exclude(pk=idea.voice.author_id or 0).order_by("pk")[:3])
        made = [
            comments.comment(idea, SAID[(n + k) % len(SAID)], person=person)
            for k, person in enumerate(voters[: 1 + n % 3])
        ]
        if made and n % 2 == 0:
            reply = comments.comment(idea, "Thank you. May we call you about it?", team=team, parent=made[0])
            Comment.objects.filter(pk=reply.pk).update(
                created_at=min(timezone.now(), idea.posted_at + timedelta(days=3, hours=n))
            )
        for k, one in enumerate(made):
            at = min(timezone.now(), idea.posted_at + timedelta(days=2 + k * 3, hours=n))
            Comment.objects.filter(pk=one.pk).update(created_at=at)
            if one.voice is not None:
                type(one.voice).objects.filter(pk=one.voice.pk).update(said_at=at, heard_at=at, triage="kept")


def _waiting(workspace: Workspace, held: list[Idea]) -> None:
    board = Board.objects.get(workspace=workspace, slug="connections")
    people = list(Person.objects.filter(workspace=workspace).order_by("pk")[:2])
    if not people:
        return
    ideas.post(
        workspace,
        people[0],
        "Book new orders into our ledger by itself",
        "Today somebody types each order again.",
        board,
    )
    Idea.objects.filter(workspace=workspace, board=board, standing=Standing.PENDING).update(
        posted_at=timezone.now() - timedelta(hours=5)
    )


def _merge(access: Access, held: list[Idea]) -> None:
    """The first idea that another of the same status is most like goes on as that one."""
    for idea in held:
        among = Idea.objects.filter(workspace=access.workspace, merged_into=None, status=idea.status).exclude(
            pk=idea.pk
        )
        near = near_ideas(access.workspace, idea.voice.text, among, 1, share=0.8)
        if near:
            small, large = sorted((idea, near[0]), key=lambda i: i.votes_count)
            curating.merge(access, small, large)
            return
