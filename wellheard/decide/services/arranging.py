"""Where bets stand on the board, whose they are, what they serve, and what the public reads of them."""

from __future__ import annotations

from wellheard.core import clean, journal
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from ..models import Bet
from ..queries.board import COLUMNS, OPEN, in_order

WAYS = ("", "first", "last", "up", "down")


def place_bet(
    access: Access, bet: Bet, by: str, column: str | None = None, before: Bet | None = None, way: str = ""
) -> None:
    """Put an open bet into a column of the board (`by` horizon or moscow; None: the one it is in) and there before another
    bet, or `way`: first, last, up, down. In another column without either it comes last. Nothing changed: no entry."""
    access.need(Role.EDITOR)
    if by not in COLUMNS:
        raise ValueError(f"{by[:20]!r} is no way to see the board. Use {', '.join(COLUMNS)}.")
    column = str(getattr(bet, by)) if column is None else column
    names = dict(COLUMNS[by])
    if column not in names:
        raise ValueError(f"{column[:20]!r} is no column. Use {', '.join(k or 'nothing' for k in names)}.")
    if way not in WAYS:
        raise ValueError(f"{way[:20]!r} is no way to go. Use {', '.join(w for w in WAYS if w)}.")
    if bet.state not in OPEN:
        raise ValueError("It has shipped or was dropped, so it stands on no board.")
    if before is not None and (before.pk == bet.pk or before.state not in OPEN or getattr(before, by) != column):
        raise ValueError("The bet it should stand before is not in that column any more. Load the board anew.")
    with journal.record(access.actor, "bet.moved") as entry:
        Workspace.objects.select_for_update().get(pk=access.workspace.pk)  # one arranging at a time
        was, order = str(getattr(bet, by)), [c.bet for c in in_order(access.workspace)]
        mine = [b for b in order if getattr(b, by) == column and b.pk != bet.pk]
        at = _at(order, mine, bet, was == column, before, way)
        after = _with(order, mine, bet, at)
        places = {b.pk: i for i, b in enumerate(after, 1)}
        moved = [b for b in order if b.place != places[b.pk]]
        if was == column and [b.pk for b in after] == [b.pk for b in order]:
            entry.nothing_changed()
        for b in moved:
            b.place = places[b.pk]
        Bet.objects.bulk_update(moved, ["place"])
        bet.place = places[bet.pk]
        setattr(bet, by, column)
        bet.save(update_fields=[by])
        entry.about(bet, by=by, before=was, after=column, place=at + 1)


def _at(order: list[Bet], mine: list[Bet], bet: Bet, stays: bool, before: Bet | None, way: str) -> int:
    """Its place in the column, from 0."""
    if before is not None:
        return next(i for i, b in enumerate(mine) if b.pk == before.pk)
    if way == "first":
        return 0
    if way == "last" or not stays:
        return len(mine)
    above = {b.pk for b in order[: [b.pk for b in order].index(bet.pk)]}
    now = sum(b.pk in above for b in mine)
    return min(len(mine), max(0, now + {"up": -1, "down": 1}.get(way, 0)))


def _with(order: list[Bet], mine: list[Bet], bet: Bet, at: int) -> list[Bet]:
    """The whole order with the bet right before the one it should precede, or right after the last of its column."""
    rest = [b for b in order if b.pk != bet.pk]
    keys = [b.pk for b in rest]
    if at < len(mine):
        index = keys.index(mine[at].pk)
    elif mine:
        index = keys.index(mine[-1].pk) + 1
    else:
        index = [b.pk for b in order].index(bet.pk)
    own = next(b for b in order if b.pk == bet.pk)
    return [*rest[:index], own, *rest[index:]]


def file_bet(access: Access, bet: Bet, team: str, goal: str) -> None:
    """Whose it is and which outcome it serves. Empty takes it back."""
    access.need(Role.EDITOR)
    team, goal = clean.text(team, 60, "The team"), clean.text(goal, 140, "The outcome")
    with journal.record(access.actor, "bet.filed") as entry:
        if (team, goal) == (bet.team, bet.goal):
            entry.nothing_changed()
        changed = {k: [getattr(bet, k), v] for k, v in (("team", team), ("goal", goal)) if getattr(bet, k) != v}
        bet.team, bet.goal = team, goal
        bet.save(update_fields=["team", "goal"])
        entry.about(bet, changed=changed)


def show_bet(access: Access, bet: Bet, public: bool, title: str = "", words: str = "") -> None:
    """Whether the public roadmap has it, and in which words. Its name, metric and reasons stay with the team."""
    access.need(Role.EDITOR)
    title, words = clean.text(title, 140, "The public title"), clean.text(words, 1000, "The public words")
    if public and not title:
        raise ValueError("Give it a title that people outside understand.")
    if public and bet.state == Bet.State.DROPPED:
        raise ValueError("It was dropped; the roadmap shows what is under way.")
    with journal.record(access.actor, "bet.shown" if public else "bet.hidden") as entry:
        if (public, title, words) == (bet.public, bet.public_title, bet.public_words):
            entry.nothing_changed()
        bet.public, bet.public_title, bet.public_words = public, title, words
        bet.save(update_fields=["public", "public_title", "public_words"])
        entry.about(bet, title=title, words=words)
