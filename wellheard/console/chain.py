"""A problem's whole chain, from quote to result, as one value: for the page that prints, for Markdown, and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from wellheard.decide.models import Bet, Decision
from wellheard.listen.models import Voice
from wellheard.measure.behaviour import Match, matches
from wellheard.measure.beside import beside
from wellheard.measure.ledger import due_on
from wellheard.measure.models import Outcome
from wellheard.measure.queries import newest_outcomes
from wellheard.people.models import Workspace
from wellheard.people.queries.lenses import Sight
from wellheard.tell.models import NoticeState, Release
from wellheard.tell.queries.debt import Debt, debts
from wellheard.understand.models import Problem
from wellheard.understand.queries import bias
from wellheard.understand.queries.evidence import ThenAndNow, then_and_now
from wellheard.understand.queries.problems import ProblemDetail, problem_detail
from wellheard.understand.queries.quotes import quotes
from wellheard.understand.queries.signals import Alarm, Band, band_of, raised

from . import history

QUOTES = 12
LENS = {(True, False): "user", (False, True): "customer", (True, True): "user and customer", (False, False): ""}


@dataclass(frozen=True, slots=True)
class Quote:
    """`who` is empty where nobody is known, or names are left out; `lens` says whom they speak for."""

    voice: Voice
    who: str
    account: str
    lens: str

    @property
    def where(self) -> str:
        return str(self.voice.get_channel_display())


@dataclass(frozen=True, slots=True)
class Bound:
    """A bet with what was decided on it, shipped for it, and measured of it; `due`: when the verdict is, if there is none."""

    bet: Bet
    decisions: list[Decision]
    releases: list[Release]
    outcome: Outcome | None
    due: date | None


@dataclass(frozen=True, slots=True)
class Chain:
    problem: Problem
    workspace: Workspace
    at: datetime
    named: bool
    detail: ProblemDetail
    money: ThenAndNow
    matches: list[Match]
    quotes: list[Quote]
    checked: bias.Checked
    band: Band | None
    alarms: list[Alarm]
    decisions: list[Decision]
    bets: list[Bound]
    debt: Debt | None
    happened: list[history.Happened]

    @property
    def states(self) -> list[tuple[str, int]]:
        """How many notices are in which state, in words."""
        return [(NoticeState(s).label, n) for s, n in self.debt.states.most_common()] if self.debt else []

    @property
    def here(self) -> str:
        return f"/w/{self.workspace.slug}/understand/problems/{self.problem.pk}"


def chain_of(problem: Problem, named: bool = True, most: int = QUOTES) -> Chain:
    """Without `named`, nobody's name and no account's name is in it; colleagues' names stay."""
    workspace = problem.workspace
    sight = Sight(workspace)
    bets = list(Bet.objects.filter(problems=problem).order_by("pk"))
    outcomes = newest_outcomes(workspace, bets)
    found = debts(workspace, [problem.pk])
    return Chain(
        problem, workspace, timezone.now(), named, problem_detail(problem), then_and_now(problem), matches(problem),
        [_quote(v, sight, named) for v in quotes(problem, most, sight)], bias.of_problem(problem),
        None if problem.merged_into_id else band_of(problem), raised(workspace, problem),
        list(Decision.objects.filter(workspace=workspace, problem=problem).order_by("decided_at", "pk")),
        [
            Bound(
                b, list(b.decisions.order_by("decided_at", "pk")), list(b.releases.order_by("shipped_on", "pk")),  # type: ignore[attr-defined]
                outcomes.get(b.pk), None if b.pk in outcomes else due_on(b),
            )
            for b in bets
        ],
        found[0] if found else None, history.of(workspace.pk, problem, 200)[::-1],
    )  # fmt: skip


def _quote(voice: Voice, sight: Sight, named: bool) -> Quote:
    seen = sight.look([(voice.author_id, voice.account_id)])
    who = str(voice.author) if voice.author and named else ""
    account = str(voice.account) if voice.account and named else ""
    return Quote(voice, who, account, LENS[bool(seen.users), bool(seen.customers)])


def as_dict(chain: Chain) -> dict[str, Any]:
    """Times in the workspace's zone; money in cents of its currency."""
    zone = ZoneInfo(chain.workspace.time_zone)
    d, p = chain.detail, chain.problem

    def at(moment: datetime) -> str:
        return moment.astimezone(zone).isoformat(timespec="seconds")

    checked = (
        bias.Checked(None, chain.checked.voices, chain.checked.checks) if chain.named else _nameless(chain.checked)
    )
    return {
        "problem": {
            "id": p.pk, "name": p.name, "summary": p.summary, "url": chain.here, "created_at": at(p.created_at),
            "merged_into": p.merged_into_id, "closed_at": at(p.closed_at) if p.closed_at else None,
        },
        "as_of": at(chain.at), "currency": chain.workspace.currency, "named": chain.named,
        "evidence": {
            "voices": d.voices, "users": len(d.lenses.users), "customers": len(d.lenses.customers), "accounts": len(d.lenses.accounts),
            "mrr_cents": d.lenses.cents, "customer_mrr_cents": d.lenses.customer_cents, "relayed": d.relayed,
            "channels": dict(d.channels), "account_states": {s or "unknown": n for s, n in d.states},
        },
        "revenue": {
            "accounts": chain.money.accounts, "then_cents": chain.money.then, "now_cents": chain.money.now, "more": chain.money.more,
            "less": chain.money.less, "gone": chain.money.gone, "unknown": chain.money.unknown,
        },
        "behaviour": [m.as_dict() for m in chain.matches],
        "quotes": [
            {
                "id": q.voice.pk, "text": q.voice.text, "who": q.who, "account": q.account, "lens": q.lens, "channel": q.voice.channel,
                "said_at": at(q.voice.said_at), "account_state": q.voice.account_state, "account_cents": q.voice.account_cents,
                "relayed_by": q.voice.relayed_by,
            }
            for q in chain.quotes
        ],
        "trust": {k: v for k, v in checked.as_dict().items() if k in ("look", "checks")},
        "weeks": [
            {"week": s.isoformat(), "voices": n, "expected": e, "low": low, "high": high}
            for s, n, e, low, high in zip(
                chain.band.starts, chain.band.voices, chain.band.expected, chain.band.low, chain.band.high, strict=True
            )
        ] if chain.band else [],
        "alarms": [{"week": a.week.isoformat(), "voices": a.voices, "low": a.low, "high": a.high, "p": a.p} for a in chain.alarms],
        "decisions": [_decision(x, at) for x in chain.decisions],
        "bets": [_bet(b, at) for b in chain.bets],
        "told": {"asked": chain.debt.asked, "waiting": chain.debt.waiting, "owed": chain.debt.owed, "told": chain.debt.told,
                 "states": dict(chain.debt.states)} if chain.debt else None,
        "history": [
            {"at": at(h.at), "who": h.who, "what": h.what, "detail": h.detail, "reason": h.reason} for h in chain.happened
        ],
    }  # fmt: skip


def _nameless(checked: bias.Checked) -> bias.Checked:
    """The checks without the sentences that name somebody or quote their words."""
    kept = [c for c in checked.checks if not (c.account or c.person or c.voices)]
    return bias.Checked(None, checked.voices, kept)


def _decision(made: Decision, at: Any) -> dict[str, Any]:
    return {"answer": made.answer, "reason": made.reason, "by": made.decided_by, "at": at(made.decided_at)}


def _bet(bound: Bound, at: Any) -> dict[str, Any]:
    b, o = bound.bet, bound.outcome
    return {
        "id": b.pk, "name": b.name, "state": b.state, "hypothesis": b.hypothesis, "metric": b.metric, "direction": b.direction,
        "expected_percent": float(b.expected_percent), "smallest_percent": float(b.smallest_percent), "window_weeks": b.window_weeks,
        "population": b.population, "undo_rule": b.undo_rule, "version": b.version,
        "started_at": at(b.started_at) if b.started_at else None, "shipped_on": b.shipped_on.isoformat() if b.shipped_on else None,
        "decisions": [_decision(d, at) for d in bound.decisions],
        "releases": [
            {"id": r.pk, "title": r.title, "shipped_on": r.shipped_on.isoformat(), "published_at": at(r.published_at) if r.published_at else None}
            for r in bound.releases
        ],
        "outcome": {
            "verdict": o.word, "level": o.level, "estimate": o.estimate, "low": o.low, "high": o.high, "asked": o.asked,
            "compared": o.compared, "measured_to": o.measured_to.isoformat(), "reasons": o.pieces.get("reasons", []),
            "beside": beside(o).as_dict(),
        } if o else None,
        "verdict_due": bound.due.isoformat() if bound.due else None,
    }  # fmt: skip
