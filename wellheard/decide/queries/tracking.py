"""Reads of trackers and of the issues that bets became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from wellheard.people.models import Workspace

from ..models import Bet
from ..models_trackers import Issue, Tracker


def trackers(workspace: Workspace) -> list[Tracker]:
    """With `n`, how many issues are linked."""
    return list(Tracker.objects.filter(workspace=workspace).annotate(n=Count("issues")).order_by("pk"))


@dataclass(frozen=True, slots=True)
class Linked:
    """An issue and what it suggests for its bet; nothing is done by itself."""

    issue: Issue
    suggests: str

    def as_dict(self) -> dict[str, Any]:
        i = self.issue
        return {
            "id": i.pk, "bet": i.bet_id, "tracker": i.tracker_id, "key": i.key, "url": i.url, "title": i.title, "state": i.state,
            "state_name": i.state_name, "reopened": i.reopened, "seen_at": i.seen_at.isoformat() if i.seen_at else None, "suggests": self.suggests,
        }  # fmt: skip


def linked(bet: Bet) -> list[Linked]:
    return [Linked(i, suggests(i, bet)) for i in bet.issues.select_related("tracker").order_by("pk")]


def all_linked(workspace: Workspace) -> list[Linked]:
    rows = Issue.objects.filter(workspace=workspace).select_related("bet", "tracker").order_by("pk")
    return [Linked(i, suggests(i, i.bet)) for i in rows]


def suggests(issue: Issue, bet: Bet) -> str:
    """What somebody may want to do, in a sentence; empty when all is well."""
    state, draft, started = Issue.State, bet.state == Bet.State.DRAFT, bet.state == Bet.State.STARTED
    if issue.state == state.MAKING:
        return "It was being made when we stopped. Look there: link it if it exists, or forget it and try again."
    if issue.state == state.GONE and (draft or started):
        return "It was deleted there. Is the bet still meant?"
    if issue.reopened and bet.state == Bet.State.SHIPPED:
        return "It was opened again there after this shipped. Something may be wrong with it."
    if issue.state == state.STARTED and draft:
        return "Work seems to have started there. Start the bet, so that its terms are locked before anything is seen."
    if issue.state == state.DONE and draft:
        return "It is done there, and work never started here: the bet is not locked."
    if issue.state == state.DONE and started:
        return "It is done there. If people have it, write its release; then those who asked are told."
    if issue.state == state.DROPPED and (draft or started):
        return "It was closed there without being done. If that is decided, drop the bet, so that those who asked hear why."
    return ""
