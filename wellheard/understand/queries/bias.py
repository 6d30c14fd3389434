"""Bias checks of each problem and of the whole ranking, from what was said and who is known."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from wellheard.listen.models import Channel, Triage, Voice
from wellheard.people.models import Account, AccountState, Person, Workspace
from wellheard.people.queries.lenses import Sight, known

from .. import bias
from ..bias import Base, Check, Said
from ..models import Evidence, Problem
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
    return Checked(problem, len(said), _kept(problem.workspace, problem.pk, said, None))


def of_ranking(workspace: Workspace) -> tuple[Checked, dict[int, Checked]]:
    """The checks over everything that is evidence of an open problem, each voice once; and those of each problem."""
    problems = {p.pk: p for p in Problem.objects.filter(workspace=workspace, merged_into=None, closed_at=None)}
    said = said_of(list(problems.values()))
    base = base_of(workspace)
    each = {
        pk: Checked(problem, len(said[pk]), _kept(workspace, pk, said[pk], base)) for pk, problem in problems.items()
    }
    once = {s.voice: s for rows in said.values() for s in rows}
    return Checked(None, len(once), _kept(workspace, 0, list(once.values()), base)), each


_lock = threading.Lock()
_held: OrderedDict[tuple[int, int], tuple[int, Check]] = OrderedDict()


def _kept(workspace: Workspace, problem: int, said: list[Said], base: Base | None) -> list[Check]:
    """The checks; that of the wording, which reads every text, is kept until the voices change."""
    base = base or base_of(workspace)
    mark = hash(frozenset((s.voice, s.person, hash(s.text)) for s in said))
    with _lock:
        held = _held.get((workspace.pk, problem))
    if held is None or held[0] != mark:
        held = (mark, bias.campaign(said, base))
        with _lock:
            _held[workspace.pk, problem] = held
            while len(_held) > 500:
                _held.popitem(last=False)
    return [held[1] if check is bias.campaign else check(said, base) for check in bias.CHECKS]
