"""Bias checks of each problem and of the whole ranking, from what was said and who is known."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from wellheard.listen.models import Channel, Triage, Voice
from wellheard.people.models import Account, AccountState, Person, Workspace
from wellheard.people.queries.lenses import Sight, known

from .. import bias
from ..bias import Base, Check, Said
from ..models import Evidence, Problem
from ..wording import Text, authors
from .reweigh import strata
from .silent import few, label

LEFT = (AccountState.CHURNED, AccountState.LOST)


@dataclass(frozen=True, slots=True)
class Checked:
    """Of one problem, or of the ranking (`problem` None). `look` are the checks that ask for a look."""

    problem: Problem | None
    voices: int
    checks: list[Check]

    @property
    def look(self) -> list[Check]:
        return bias.looked(self.checks)

    @property
    def fine(self) -> list[Check]:
        return [c for c in self.checks if c.state == bias.State.FINE]

    @property
    def cannot(self) -> list[Check]:
        return [c for c in self.checks if c.state == bias.State.CANNOT]

    def as_dict(self) -> dict[str, Any]:
        whose = {"id": self.problem.pk, "name": self.problem.name} if self.problem else {}
        return {**whose, "voices": self.voices, "look": len(self.look), "checks": [c.as_dict() for c in self.checks]}


def base_of(workspace: Workspace) -> Base:
    """What voices are compared with: everybody known, their accounts, and everything that was said."""
    now = timezone.now()
    sight = Sight(workspace)
    people = frozenset(known(workspace).values_list("pk", flat=True))
    told = {pk: values for pk, values in strata(workspace).items() if pk in people}
    cuts = [(k, label(k)) for k in few(told) if k != "state"]
    accounts = Account.objects.filter(workspace=workspace).aggregate(
        n=Count("pk"), left=Count("pk", filter=Q(state__in=LEFT))
    )
    voices = Voice.objects.filter(workspace=workspace).exclude(triage=Triage.ASIDE)
    heard = voices.aggregate(
        n=Count("pk"), new=Count("pk", filter=Q(said_at__gt=now - bias.RECENT)), first=Min("said_at")
    )
    return Base(
        now=now, people=people, users=people - sight.only_buys,
        buyers=frozenset(p for p, a in sight.buys if sight.cents.get(a, 0) > 0) & people,
        accounts=accounts["n"], left=accounts["left"], told=told, cuts=cuts, voices=heard["n"], recent=heard["new"],
        first=heard["first"], names=_name,
    )  # fmt: skip


def _name(of: str, pk: int) -> str:
    kind = {"account": Account, "person": Person}[of]
    found = kind.objects.filter(pk=pk).first()  # type: ignore[attr-defined]
    return str(found) if found else f"one {of}"


def said_of(problems: Sequence[Problem]) -> dict[int, list[Said]]:
    """Problem → its voices as the checks see them."""
    found: dict[int, list[Said]] = defaultdict(list)
    rows = Evidence.objects.filter(problem__in=problems).values_list(
        "problem", "voice", "voice__author", "voice__account", "voice__said_at", "voice__relayed_by", "voice__channel",
        "voice__traits", "voice__account_state", "voice__account__state", "voice__text",
    )  # fmt: skip
    for problem, voice, person, account, at, by, channel, traits, then, now, text in rows.iterator(chunk_size=5000):
        question = traits.get("question") or ""
        asked = str(question) if channel == Channel.SURVEY else ""
        found[problem].append(
            Said(voice, person, account, at, by, channel, asked, then in LEFT or now in LEFT, text)
        )  # fmt: skip
    return found


def of_problem(problem: Problem) -> Checked:
    said = said_of([problem])[problem.pk]
    kept = _Wordings(problem.workspace)
    return Checked(problem, len(said), _checks(said, base_of(problem.workspace), kept.of(problem.pk, said)))


def of_ranking(workspace: Workspace) -> tuple[Checked, dict[int, Checked]]:
    """The checks over everything that is evidence of an open problem, each voice once; and those of each problem. Same wordings are
    those within one problem; of very many voices those that were looked at before, and some more each time."""
    problems = {p.pk: p for p in Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None)}
    state = Evidence.objects.filter(problem__in=problems).aggregate(n=Count("pk"), last=Max("pk"), at=Max("placed_at"))
    mark = (state["n"], state["last"], state["at"], tuple((p.pk, p.name) for p in problems.values()))
    ranked = _ranked.get(workspace.pk)
    if state["n"] > MANY and ranked and ranked[0] == mark and time.monotonic() - ranked[1] < KEPT_SECONDS:
        return ranked[2]
    found = _ranking(workspace, problems)
    if state["n"] > MANY:
        _ranked[workspace.pk] = (mark, time.monotonic(), found)
    return found


MANY, KEPT_SECONDS = 20_000, 60.0  # of so many voices, the list may be a minute old
_ranked: dict[int, tuple[tuple[Any, ...], float, tuple[Checked, dict[int, Checked]]]] = {}


def _ranking(workspace: Workspace, problems: dict[int, Problem]) -> tuple[Checked, dict[int, Checked]]:
    said = said_of(list(problems.values()))
    base = base_of(workspace)
    kept = _Wordings(workspace, PATIENCE)
    groups = {pk: kept.of(pk, said[pk]) for pk in problems}
    each = {pk: Checked(p, len(said[pk]), _checks(said[pk], base, groups[pk])) for pk, p in problems.items()}
    once = {s.voice: s for rows in said.values() for s in rows}
    found = {frozenset(t.key for t in g): g for held in groups.values() for g in held or ()}
    largest = sorted(found.values(), key=lambda g: (-authors(g), -len(g), g[0].key))
    everything = None if None in groups.values() and not largest else largest
    return Checked(None, len(once), _checks(list(once.values()), base, everything)), each


def _checks(said: list[Said], base: Base, groups: list[list[Text]] | None) -> list[Check]:
    """`groups` None: the wordings were not looked at."""
    found = [check(said, base) for check in bias.CHECKS if check is not bias.campaign]
    if groups is not None:
        return [*found, bias.campaign(said, base, groups)]
    says = f"{len(said):,} voices are too many to compare on this page at once. A problem’s own page does."
    return [*found, Check("wording", "Same wording", bias.State.CANNOT, says, numbers={"voices": len(said)})]


PATIENCE = 10_000  # voices whose texts a list may compare while somebody waits
_lock = threading.Lock()
_held: OrderedDict[tuple[int, int], tuple[int, list[list[Text]]]] = OrderedDict()


class _Wordings:
    """Groups of the same wording per problem, kept in this process until its voices change. After `patience` texts were read
    what is not kept is left out."""

    def __init__(self, workspace: Workspace, patience: int | None = None) -> None:
        self.workspace, self.patience, self.read = workspace, patience, 0

    def of(self, problem: int, said: list[Said]) -> list[list[Text]] | None:
        key, mark = (self.workspace.pk, problem), hash(frozenset((s.voice, s.person, s.at, s.text) for s in said))
        with _lock:
            held = _held.get(key)
        if held is not None and held[0] == mark:
            return held[1]
        if self.patience is not None and self.read >= self.patience:
            return None
        self.read += len(said)
        found = bias.wordings(said)
        with _lock:
            _held[key] = (mark, found)
            while len(_held) > 1000:
                _held.popitem(last=False)
        return found
