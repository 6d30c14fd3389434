"""The portal's board, one idea, and the roadmap, as one guest may see them. Other things exist for nobody outside."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from wellheard.core import search
from wellheard.people.models import Person, Workspace

from ..models import SEEN, Board, Comment, Follow, Idea, IdeaStatus, Standing, StatusChange, Tag, Vote
from .boards import Guest, visible

PAGE = 30
ORDERS = {"votes": "-votes_count", "new": "-posted_at", "trending": "-heat"}
# Counting hits stops here, so that a word which nearly every idea holds costs no more than others.
MOST_COUNTED = 3000


@dataclass(frozen=True, slots=True)
class Ask:
    """What a board shows; empty means any."""

    q: str = ""
    status: str = ""
    tag: str = ""
    order: str = ""
    mine: bool = False

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.status or self.tag or self.mine)


@dataclass(frozen=True, slots=True)
class IdeaRow:
    idea: Idea
    voted: bool
    votes: int
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BoardPage:
    """`board` is None for all boards together. `more`: there are more hits than `total` says."""

    board: Board | None
    rows: list[IdeaRow]
    total: int
    more: bool
    number: int
    counts: dict[str, int]
    tags: list[str]

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE))


def seen(boards: list[Board]) -> QuerySet[Idea]:
    """The ideas of these boards that the public may see."""
    only: list[int] = [b.pk for b in boards]
    # One board is asked for by "=", so that its index gives the order.
    return Idea.objects.filter(SEEN, **({"board": only[0]} if len(only) == 1 else {"board__in": only}))


def shown_votes(idea: Idea, board: Board) -> int:
    return idea.verified_count if board.counted == Board.Counted.VERIFIED else idea.votes_count


def board(who: Guest, boards: list[Board], ask: Ask, number: int = 1, one: Board | None = None) -> BoardPage:
    """Pinned ideas first, then by the order asked for. `boards` are those the guest sees and looks at."""
    held = {b.pk: b for b in boards}
    rows = seen(boards)
    statuses = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    counts = {s: statuses.get(s, 0) for s in IdeaStatus.values}
    # Asked tag by tag: each stops at its first idea.
    links = Idea.tags.through.objects.filter(tag=OuterRef("pk"), idea__in=rows)
    named_so = Tag.objects.filter(Exists(links), workspace=who.workspace).values_list("name", flat=True)[:40]
    tags = sorted(named_so, key=str.casefold)
    if ask.status in IdeaStatus.values:
        rows = rows.filter(status=ask.status)
    if ask.tag:
        rows = rows.filter(
            pk__in=Idea.tags.through.objects.filter(tag__workspace=who.workspace, tag__name=ask.tag).values("idea")
        )
    if ask.mine:
        rows = rows.filter(_mine(who.person))
    if ask.q:
        rows = with_words(rows, ask.q)
    if ask.q or ask.tag or ask.mine:
        total = rows.order_by()[: MOST_COUNTED + 1].count()
    else:
        total = counts[ask.status] if ask.status in counts else sum(counts.values())
    more, total = total > MOST_COUNTED and bool(ask.q or ask.tag or ask.mine), total
    if more:
        total = MOST_COUNTED
    number = min(max(1, number), max(1, -(-total // PAGE)))
    first = ORDERS.get(ask.order, "-votes_count")
    if first == "-votes_count" and one is not None and one.counted == Board.Counted.VERIFIED:
        first = "-verified_count"
    found = list(rows.order_by("-pinned", first, "-pk")[(number - 1) * PAGE : number * PAGE])
    mine = _voted(who.person, found)
    named = _tags(found) if tags else {}
    return BoardPage(
        one,
        [IdeaRow(i, i.pk in mine, shown_votes(i, held[i.board_id]), named.get(i.pk, [])) for i in found],
        total, more, number, counts, tags,
    )  # fmt: skip


def with_words(rows: QuerySet[Idea], words: str) -> QuerySet[Idea]:
    """Ideas whose words, or whose title as the team changed it, hold all of these."""
    every = Idea.objects.all()
    said = search.matching(every, "voice__text", words).values("pk")
    titled = search.matching(every, "title", words).values("pk")
    return rows.filter(Q(pk__in=said) | Q(pk__in=titled))


def _mine(person: Person | None) -> Q:
    """What somebody posted, voted for, follows or spoke about."""
    if person is None:
        return Q(pk__in=[])
    return (
        Q(voice__author=person)
        | Q(pk__in=Vote.objects.filter(person=person).values("idea"))
        | Q(pk__in=Follow.objects.filter(person=person).values("idea"))
        | Q(pk__in=Comment.objects.filter(author=person, standing=Standing.PUBLIC).values("idea"))
    )


def _voted(person: Person | None, found: list[Idea]) -> set[int]:
    if person is None:
        return set()
    return set(Vote.objects.filter(person=person, idea__in=[i.pk for i in found]).values_list("idea", flat=True))


def _tags(found: list[Idea]) -> dict[int, list[str]]:
    named: dict[int, list[str]] = {}
    links = Idea.tags.through.objects.filter(idea__in=[i.pk for i in found]).order_by("tag__name")
    for pk, name in links.values_list("idea", "tag__name"):
        named.setdefault(pk, []).append(name)
    return named


def public_idea(who: Guest, number: int) -> Idea | None:
    """The idea, when the guest may see it; one merged into another comes back with `merged_into`, to lead there."""
    found = Idea.objects.filter(workspace=who.workspace, pk=number).select_related("voice__author", "board").first()
    if found is None or found.hidden:
        return None
    if found.standing != Standing.PUBLIC and not _own_waiting(found, who):
        return None
    return found if found.board in visible(who, archived=True) else None


def _own_waiting(idea: Idea, who: Guest) -> bool:
    """Authors see that their post waits, and nobody else does."""
    return idea.standing == Standing.PENDING and who.person is not None and idea.voice.author_id == who.person.pk


@dataclass(frozen=True, slots=True)
class CommentRow:
    comment: Comment
    waiting: bool
    replies: list[CommentRow]


def comments(idea: Idea, who: Guest, merged: list[int]) -> list[CommentRow]:
    """Oldest first, replies beneath what they answer. A deleted one stays as a gap while it has replies."""
    rows = Comment.objects.filter(idea__in=[idea.pk, *merged]).select_related("author").order_by("created_at", "pk")
    mine = Q(standing=Standing.PENDING, author=who.person) if who.person else Q(pk__in=[])
    above: dict[int, CommentRow] = {}
    top: list[CommentRow] = []
    for c in rows.filter(Q(standing=Standing.PUBLIC) | mine)[:2000]:
        row = CommentRow(c, c.standing == Standing.PENDING, [])
        if c.parent_id is None:
            above[c.pk] = row
            top.append(row)
        elif c.parent_id in above and c.deleted_at is None:
            above[c.parent_id].replies.append(row)
    return [r for r in top if r.comment.deleted_at is None or r.replies]


def changes(idea: Idea) -> list[StatusChange]:
    """The statuses and answers an idea had, newest first."""
    return list(StatusChange.objects.filter(idea=idea).order_by("-at", "-pk")[:50])


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a visitor stands to an idea."""

    voted: bool
    follows: bool


def stand(idea: Idea, visitor: Person | None) -> Stand:
    if visitor is None:
        return Stand(False, False)
    return Stand(
        Vote.objects.filter(idea=idea, person=visitor).exists(),
        Follow.objects.filter(idea=idea, person=visitor).exists(),
    )


@dataclass(frozen=True, slots=True)
class Lane:
    status: IdeaStatus
    rows: list[IdeaRow]
    total: int


def roadmap(who: Guest, boards: list[Board]) -> list[Lane]:
    """What is in work, planned and being considered, and what shipped last: only what the public may see of it."""
    held = {b.pk: b for b in boards}
    lanes = []
    for status in (IdeaStatus.STARTED, IdeaStatus.PLANNED, IdeaStatus.CONSIDERING, IdeaStatus.SHIPPED):
        rows = seen(boards).filter(status=status)
        order = ("-posted_at", "-pk") if status == IdeaStatus.SHIPPED else ("-votes_count", "-pk")
        found = list(rows.order_by(*order)[:20])
        mine = _voted(who.person, found)
        shown = [IdeaRow(i, i.pk in mine, shown_votes(i, held[i.board_id])) for i in found]
        lanes.append(Lane(status, shown, rows.count()))
    return lanes


def own_public(person: Person, workspace: Workspace) -> QuerySet[Vote]:
    """A person's votes for ideas they may see."""
    boards = visible(Guest(workspace, person), archived=True)
    return Vote.objects.filter(SEEN_VOTE, person=person, idea__board__in=boards).select_related("idea").order_by("-at")


SEEN_VOTE = Q(idea__hidden=False, idea__standing=Standing.PUBLIC, idea__merged_into=None)
