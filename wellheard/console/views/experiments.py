"""Measure → Experiments: plans, looks and what was learned."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wellheard import store
from wellheard.decide.models import Bet
from wellheard.measure.experiment.report import SMALLEST_SEGMENT
from wellheard.measure.flags.queries import dealt
from wellheard.measure.floors import FLOOR
from wellheard.measure.models import Experiment, Flag
from wellheard.measure.segments import event_names
from wellheard.measure.trials import apart, looking, queries, services
from wellheard.measure.trials.plan import KINDS, MOST_METRICS, ROLES, MetricPlan, Plan, plan_of
from wellheard.people.access import Access, enter
from wellheard.people.models import Role

from ..frame import page

SPARE = 3
METRIC = ("name", "kind", "event", "amount", "per_event", "wanted", "role", "margin", "winsorise")


@login_required
@require_safe
def experiments(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    return page(
        request, access, "console/measure/experiments.html", "measure", rows=queries.experiments(access.workspace)
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_experiment(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    given = _first(access, request)
    if request.method == "POST":
        given |= _typed(request)
        try:
            made = services.make(access, _plan(given), _bet(access, given))
        except ValueError as e:
            return _form(request, access, given, str(e))
        messages.success(request, "Planned. Look at how long it takes, then start it.")
        return redirect("experiment", slug, made.pk)
    return _form(request, access, given)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_experiment(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    held = access.get(Experiment, number, "bet")
    given = _held(held)
    if request.method == "POST":
        given |= _typed(request)
        try:
            services.revise(access, held, _plan(given), _bet(access, given))
        except ValueError as e:
            return _form(request, access, given, str(e), held)
        messages.success(request, "Saved.")
        return redirect("experiment", slug, number)
    return _form(request, access, given, experiment=held)


@login_required
@require_safe
def experiment(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    held = access.get(Experiment, number, "bet")
    return _one(request, access, held)


def _one(request: HttpRequest, access: Access, held: Experiment, error: str = "") -> HttpResponse:
    found = queries.standing(held)
    known = {name for name, _ in event_names(access.workspace)} if not held.locked else set()
    try:
        sizes = looking.sizes(held, store.get()) if not held.locked else None
    except store.StoreError:
        sizes = None
    return page(
        request, access, "console/measure/experiment.html", "measure", status=422 if error else 200, experiment=held, found=found,
        sizes=sizes, error=error, least_apart=SMALLEST_SEGMENT,
        dealt_still=services.still_dealt(held), off=_switched_off(held),
        unseen=[m for m in found.metrics if known and m.event not in known and "[" not in m.event and "|" not in m.event],
        unknown=not held.locked and not Flag.objects.filter(workspace=access.workspace, key=held.flag, archived_at=None).exists(), given=request.POST.dict(),
    )  # fmt: skip


@login_required
@require_POST
def do_experiment(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Start, look, stop, conclude or discard."""
    access = enter(request, slug, Role.EDITOR)
    held = access.get(Experiment, number, "bet", "workspace")
    todo = request.POST.get("do", "")
    try:
        if todo == "start":
            services.start(access, held)
            messages.success(request, "It runs. The plan is locked.")
        elif todo == "look":
            looks = held.looks.count()  # type: ignore[attr-defined]
            look = looking.look(held, store.get(), access.actor)
            stands = held.looks.count() == looks  # type: ignore[attr-defined]
            if stands and look.report.get("ended") and look.report["state"] == "read":
                messages.info(
                    request,
                    "Its planned end was reached, and that result stands: to look on would break its promise about false alarms.",
                )
            elif stands:
                messages.info(
                    request,
                    f"Since the last look nobody has come, or fewer than {FLOOR} into a variant, whose numbers would show: it stands.",
                )
            else:
                messages.success(request, f"Looked at {look.total:,} whose window is full.")
        elif todo == "stop":
            services.stop(access, held, request.POST.get("why", ""))
            messages.success(
                request, "Stopped: nobody new comes in. Those who are in are watched until their window is full."
            )
        elif todo == "conclude":
            services.conclude(access, held, request.POST.get("chosen", ""), request.POST.get("learned", ""))
            messages.success(request, "Concluded. What was learned stays here.")
        elif todo == "give":
            flag = services.give_to_all(access, held)
            messages.success(request, f"The flag “{flag.key}” gives everybody “{held.chosen}” from now on.")
        elif todo == "discard":
            services.discard(access, held)
            messages.success(request, "The draft is gone.")
            return redirect("experiments", slug)
        else:
            raise ValueError("Say what to do: start, look, stop, conclude, give or discard.")
    except (ValueError, store.StoreError) as e:
        return _one(request, access, held, str(e))
    return redirect("experiment", slug, number)


def _switched_off(held: Experiment) -> bool:
    flags = Flag.objects.filter(workspace=held.workspace_id, key=held.flag, archived_at=None, killed_at__isnull=False)
    return held.state == Experiment.State.RUNNING and flags.exists()


def _bet(access: Access, given: dict[str, Any]) -> Bet | None:
    return access.get(Bet, given["bet"]) if given.get("bet") else None


def _first(access: Access, request: HttpRequest) -> dict[str, Any]:
    """A form half filled from the bet it is for, or from the flag."""
    given: dict[str, Any] = {
        "name": "", "hypothesis": "", "flag": request.GET.get("flag", "")[:200], "variants": "control 50\nnew 50", "unit": "person", "method": "spending",
        "alpha": "0.05", "planned_total": "", "window_days": "14", "before_days": "28", "bet": "", "metrics": [], "apart": "",
    }  # fmt: skip
    own = Flag.objects.filter(workspace=access.workspace, key=given["flag"], archived_at=None).first()
    if own is not None:
        given["variants"] = "\n".join(f"{key} {share:g}" for key, share in dealt(own))
    if number := request.GET.get("bet", ""):
        bet = access.get(Bet, number)
        wanted = "down" if bet.direction == Bet.Direction.DOWN else "up"
        given |= {"name": bet.name, "hypothesis": bet.hypothesis, "bet": str(bet.pk)}
        given["metrics"] = [
            {"name": bet.metric, "kind": "mean", "event": bet.metric, "wanted": wanted, "role": "primary"}
        ]
    return given


def _held(held: Experiment) -> dict[str, Any]:
    plan = plan_of(held)
    return {
        "name": held.name, "hypothesis": held.hypothesis, "flag": held.flag, "unit": held.unit, "method": held.method, "alpha": f"{held.alpha:g}",
        "variants": "\n".join(f"{k} {s:g}" for k, s in plan.variants), "planned_total": str(held.planned_total or ""),
        "apart": "\n".join(held.apart), "window_days": str(held.window_days), "before_days": str(held.before_days), "bet": str(held.bet_id or ""),
        "metrics": [
            {f: getattr(m, f) for f in METRIC} | {"margin": f"{m.margin:g}", "winsorise": f"{m.winsorise:g}" if m.winsorise else ""}
            for m in plan.metrics
        ],
    }  # fmt: skip


def _typed(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    rows = [{f: post.get(f"{f}-{i}", "").strip() for f in METRIC} for i in range(MOST_METRICS)]
    plain = {k: v for k, v in post.dict().items() if "-" not in k}
    return plain | {"metrics": [r for r in rows if r["event"] or r["name"]]}


def _plan(given: dict[str, Any]) -> Plan:
    variants = []
    for line in given["variants"].splitlines():
        if line.strip():
            key, _, share = line.strip().rpartition(" ")
            variants.append((key.strip() or share, _number(share if key else "1", f"The share of {key or share}")))
    metrics = [
        MetricPlan(
            m["name"], m["kind"], m["event"], m["amount"], m["per_event"], m["wanted"], m["role"] or "secondary",
            _number(m["margin"] or "0.05", "The margin"), _number(m["winsorise"], "The quantile") if m["winsorise"] else None,
        ) for m in given["metrics"]
    ]  # fmt: skip
    total = given["planned_total"].strip().replace(",", "")
    return Plan(
        given["name"], given["flag"].strip(), variants, metrics, given["hypothesis"], given["unit"], given["method"], _number(given["alpha"], "Alpha"),
        _whole(total, "How many it takes") if total else None, _whole(given["window_days"], "The window"), _whole(given["before_days"], "How far back"),
        given["apart"].splitlines(),
    )  # fmt: skip


def _number(text: str, what: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise ValueError(f"{what}: {text.strip()[:20]!r} is no number.") from None


def _whole(text: str, what: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError(f"{what}: {text[:20]!r} is no whole number.")
    return int(text)


def _form(
    request: HttpRequest, access: Access, given: dict[str, Any], error: str = "", experiment: Experiment | None = None
) -> HttpResponse:
    rows = [*given["metrics"], *({} for _ in range(SPARE))][:MOST_METRICS]
    if not given["metrics"]:
        rows[0] = {"role": "primary"}
    return page(
        request, access, "console/measure/experiment_form.html", "measure", status=422 if error else 200, given=given, error=error, rows=rows,
        experiment=experiment, kinds=KINDS.items(), roles=ROLES.items(), units=Experiment.Unit.choices, methods=Experiment.Method.choices,
        bets=Bet.objects.filter(workspace=access.workspace, state__in=["draft", "started"]).order_by("name"),
        events=[name for name, _ in event_names(access.workspace)], ways=apart.choices(access.workspace),
        flags=Flag.objects.filter(workspace=access.workspace, archived_at=None).order_by("key").values_list("key", flat=True),
    )  # fmt: skip
