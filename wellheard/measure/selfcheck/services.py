"""Running the self-check, and what follows from it for verdicts."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from wellheard.core import journal
from wellheard.decide.models import Bet
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace
from wellheard.understand.models import Problem

from ..models import SelfCheck
from .placebos import LEAST, by_topic, check, limit, too_often
from .reading import ground, window_of

if TYPE_CHECKING:
    from wellheard.store import Store

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(days=28)
PRESSED_TWICE = timedelta(minutes=10)
SECONDS = 120.0


def check_workspace(
    workspace: Workspace, store: Store, by: journal.Actor | None = None, seconds: float = SECONDS
) -> SelfCheck:
    """Try the method on what did not ship, and switch "likely" off, or on again, by what comes out."""
    now = timezone.now()
    found = ground(workspace, store)
    weeks = window_of(workspace)
    done = check(found, weeks, seed=workspace.pk * 1000 + now.year * 12 + now.month, seconds=seconds)
    with journal.record(by or journal.system(workspace.pk), "workspace.self_checked") as entry:
        was = likely_off(workspace)
        decided = too_often(done.likely, done.compared)
        made = SelfCheck.objects.create(
            workspace=workspace, tried=len(done.tried), compared=done.compared, likely=done.likely, short=done.short,
            off=bool(was) if decided is None else decided, weeks=weeks, metrics=sorted(found.weekly),
            topics=[list(t) for t in by_topic(done)], seconds=round(done.seconds, 2),
        )  # fmt: skip
        entry.about(workspace, compared=made.compared, likely=made.likely, off=made.off, was_off=bool(was))
    made.refresh_from_db()
    return made


def check_all(store: Store, most: int = 1) -> int:
    """Check workspaces that have a shipped bet and were not checked for four weeks, at most `most`: what is left has its
    turn an hour later, and other jobs of the clock need not wait long."""
    done = 0
    since = timezone.now() - AGAIN_AFTER
    with_bets = Bet.objects.filter(state=Bet.State.SHIPPED).values("workspace")
    for workspace in Workspace.objects.filter(pk__in=with_bets).order_by("pk"):
        if done >= most:
            break
        if SelfCheck.objects.filter(workspace=workspace, made_at__gt=since).exists():
            continue
        try:
            check_workspace(workspace, store)
            done += 1
        except Exception:  # one workspace must not keep the others from their check
            log.exception("the self-check of workspace %s failed", workspace.pk)
    return done


def newest(workspace: Workspace) -> SelfCheck | None:
    return SelfCheck.objects.filter(workspace=workspace).order_by("-made_at", "-pk").first()


def just_checked(workspace: Workspace) -> bool:
    """Whether it was checked in the last ten minutes: pressing the button again would tell the same and cost the time."""
    return SelfCheck.objects.filter(workspace=workspace, made_at__gt=timezone.now() - PRESSED_TWICE).exists()


def likely_off(workspace: Workspace) -> SelfCheck | None:
    """The check that switched "likely" off here; None while the word may be used."""
    if not ((last := newest(workspace)) and last.off):
        return None
    rows = SelfCheck.objects.filter(workspace=workspace, compared__gte=LEAST)
    return rows.order_by("-made_at", "-pk").first()


def changed_at(workspace: Workspace) -> datetime | None:
    """When the word was last switched off or on again: verdicts from before are said anew."""
    was, changed = False, None
    for off, at in (
        SelfCheck.objects.filter(workspace=workspace).order_by("made_at", "pk").values_list("off", "made_at")
    ):
        if off != was:
            was, changed = off, at
    return changed


def why_off(found: SelfCheck) -> str:
    return (
        f"“Likely” is switched off in this workspace: of {found.compared} comparisons made for things that did not ship, "
        f"{found.likely} ({found.likely / found.compared:.0%}) were called likely; at most {limit(found.compared):.0%} may be "
        f"(checked on {found.made_at:%-d %B %Y})."
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What the self-check says here. `state`: "never", "too few", "on" or "off"."""

    newest: SelfCheck | None
    state: str
    share: float | None
    allowed: float | None
    topics: tuple[tuple[Problem, int, int], ...]

    @property
    def needed(self) -> int:
        return LEAST

    @property
    def share_percent(self) -> str:
        return f"{100 * self.share:.1f}" if self.share is not None else ""

    @property
    def allowed_percent(self) -> str:
        return f"{100 * self.allowed:.1f}" if self.allowed is not None else ""

    def as_dict(self) -> dict[str, Any]:
        n = self.newest
        return {
            "state": self.state, "likely_is_off": n.off if n else False, "needed": LEAST, "share": self.share, "allowed": self.allowed,
            "tried": n.tried if n else None, "compared": n.compared if n else None, "likely": n.likely if n else None,
            "weeks": n.weeks if n else None, "metrics": n.metrics if n else [], "short_of_time": n.short if n else False,
            "seconds": n.seconds if n else None, "made_at": n.made_at if n else None,
            "problems": [{"problem": p.pk, "name": p.name, "compared": c, "likely": k} for p, c, k in self.topics],
        }  # fmt: skip


def standing(workspace: Workspace) -> Standing:
    found = newest(workspace)
    if found is None:
        return Standing(None, "never", None, None, ())
    problems = Problem.objects.filter(workspace=workspace).in_bulk([t[0] for t in found.topics])
    topics = tuple((problems[p], c, k) for p, c, k in found.topics if p in problems)
    if found.compared < LEAST:
        return Standing(found, "too few", None, None, topics)
    share = found.likely / found.compared
    return Standing(found, "off" if found.off else "on", share, limit(found.compared), topics)


def ask_for_check(access: Access) -> None:
    """Have it checked in the background, now."""
    access.need(Role.EDITOR)
    from ..tasks import check_now

    check_now.enqueue(access.workspace.pk, access.actor.kind, access.actor.id, access.actor.name)
