"""Experiments over the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router
from ninja.responses import Status

from wellheard import store
from wellheard.decide.models import Bet
from wellheard.measure.models import Experiment
from wellheard.measure.trials import looking, queries, services
from wellheard.measure.trials.plan import MetricPlan, Plan
from wellheard.people.models import Role

from .loop import Strict, _access

router = Router()


def told(held: Experiment) -> dict[str, Any]:
    """One experiment with its newest look."""
    found = queries.standing(held)
    return {
        "id": held.pk, "name": held.name, "hypothesis": held.hypothesis, "bet": held.bet_id, "flag": held.flag, "unit": held.unit,
        "variants": held.variants, "metrics": held.metrics, "method": held.method, "alpha": held.alpha, "planned_total": held.planned_total,
        "window_days": held.window_days, "before_days": held.before_days, "apart": held.apart, "state": held.state, "version": held.version,
        "started_at": held.started_at, "stopped_at": held.stopped_at, "stopped_why": held.stopped_why, "chosen": held.chosen,
        "learned": held.learned, "looked_at": found.newest.taken_at if found.newest else None, "report": found.report or None,
    }  # fmt: skip


@router.get("/experiments", summary="Experiments, with what the newest look says")
def list_experiments(request: HttpRequest) -> dict[str, Any]:
    rows = queries.experiments(_access(request).workspace)
    return {"experiments": [
        {"id": r.experiment.pk, "name": r.experiment.name, "flag": r.experiment.flag, "state": r.experiment.state, "says": r.says, "void": r.void,
         "total": r.total, "chosen": r.experiment.chosen} for r in rows
    ]}  # fmt: skip


@router.get("/experiments/{number}", summary="One experiment: its plan and its newest look")
def one_experiment(request: HttpRequest, number: int) -> dict[str, Any]:
    return told(_access(request).get(Experiment, number))


class VariantIn(Strict):
    key: str
    share: float = 1.0


class MetricIn(Strict):
    event: str
    kind: str = Field("mean", description="proportion, mean, revenue, ratio or time")
    name: str = ""
    amount: str = Field("", description="the property that is summed")
    per_event: str = Field("", description="the event a ratio is over")
    wanted: str = Field(
        "", description="up or down: more or less of it, of a time later or sooner; empty: more, and sooner"
    )
    role: str = Field("secondary", description="primary (exactly one), secondary or guardrail")
    margin: float = 0.05
    winsorise: float | None = None


class ExperimentIn(Strict):
    name: str
    flag: str
    variants: list[VariantIn] = Field(description="the control first")
    metrics: list[MetricIn]
    hypothesis: str = ""
    bet: int | None = None
    unit: str = "person"
    method: str = Field("spending", description="fixed, spending or sequence")
    alpha: float = 0.05
    planned_total: int | None = None
    window_days: int = 14
    before_days: int = 28
    apart: list[str] = Field([], description="looked at apart by: plan, trait:KEY, account:KEY, segment:NAME")

    def plan(self) -> Plan:
        return Plan(
            self.name, self.flag, [(v.key, v.share) for v in self.variants], [MetricPlan(**m.dict()) for m in self.metrics], self.hypothesis,
            self.unit, self.method, self.alpha, self.planned_total, self.window_days, self.before_days, self.apart,
        )  # fmt: skip


@router.post("/experiments", response={201: dict[str, Any]}, summary="Plan an experiment")
def make_experiment(request: HttpRequest, given: ExperimentIn) -> Any:
    access = _access(request)
    access.need(Role.EDITOR)
    bet = access.get(Bet, given.bet) if given.bet is not None else None
    return Status(201, told(services.make(access, given.plan(), bet)))


@router.put("/experiments/{number}", summary="Change the plan, before its start")
def revise_experiment(request: HttpRequest, number: int, given: ExperimentIn) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    held = access.get(Experiment, number)
    bet = access.get(Bet, given.bet) if given.bet is not None else None
    return told(services.revise(access, held, given.plan(), bet))


@router.get("/experiments/{number}/sizes", summary="How many it takes, from what people did lately")
def sizes(request: HttpRequest, number: int) -> dict[str, Any]:
    held = _access(request).get(Experiment, number, "workspace")
    found = looking.sizes(held, store.get())
    if found is None:
        return {"people": 0, "sizes": []}
    return {
        "people": found.base.n, "mean": found.base.mean, "weekly": found.weekly, "planned_shows": found.shows,
        "sizes": [{"change": lift, "total": total, "weeks": weeks} for lift, total, weeks in found.rows],
    }  # fmt: skip


class ExperimentDo(Strict):
    do: str = Field(
        description="start, look, stop, conclude, give (let its flag give everybody what was chosen) or discard"
    )
    why: str = Field("", description="why it is stopped")
    chosen: str = Field("", description="the variant everybody gets")
    learned: str = ""


@router.post("/experiments/{number}", summary="Start it, look at it, stop it, conclude it, or discard a draft")
def do_experiment(request: HttpRequest, number: int, given: ExperimentDo) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.EDITOR)
    held = access.get(Experiment, number, "workspace")
    if given.do == "start":
        services.start(access, held)
    elif given.do == "look":
        looking.look(held, store.get(), access.actor)
    elif given.do == "stop":
        services.stop(access, held, given.why)
    elif given.do == "conclude":
        services.conclude(access, held, given.chosen, given.learned)
    elif given.do == "give":
        services.give_to_all(access, held)
    elif given.do == "discard":
        services.discard(access, held)
        return {"id": number, "discarded": True}
    else:
        raise ValueError(
            f"There is nothing called {given.do[:20]!r} to do. Use start, look, stop, conclude, give or discard."
        )
    return told(access.get(Experiment, number))
