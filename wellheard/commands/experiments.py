"""experiment list, show, make, sizes, start, look, stop, conclude."""

from __future__ import annotations

import json
from collections.abc import Callable

import click

from wellheard.measure.models import Experiment
from wellheard.measure.trials import looking, queries, services
from wellheard.measure.trials.plan import MetricPlan, Plan
from wellheard.people.access import Access

from .answer import Answer, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
NUMBER = click.argument("experiment", type=click.IntRange(1))


@click.group()
def experiment() -> None:
    """Variants of a flag against each other."""


def _held(access: Access, number: int) -> Experiment:
    found = Experiment.objects.select_related("workspace").filter(workspace=access.workspace, pk=number).first()
    if found is None:
        raise Refused(f"There is no experiment {number} in {access.workspace.slug}.")
    return found


def _answer(held: Experiment) -> Answer:
    from wellheard.console.api.experiments import told  # slow to load

    held.refresh_from_db()
    data = told(held)
    report = data["report"] or {}
    lines = [f"{held.name}: {held.get_state_display()}", report.get("headline") or "Nobody’s window is full yet."]
    lines += [c["words"] for c in report.get("comparisons", ())] + [g["words"] for g in report.get("guards", ())]
    lines += [e["words"] for e in report.get("explorations", ())]
    lines += [text for text in (report.get("left_out"), held.learned) if text]
    return Answer(json.loads(json.dumps(data, default=str)), "\n".join(lines))


def _does(number: int, slug: str, do: Callable[[Access, Experiment], object]) -> Answer:
    access = workspace_access(slug)
    held = _held(access, number)
    try:
        do(access, held)
    except ValueError as e:
        raise Refused(str(e)) from None
    return _answer(held)


@experiment.command("list")
@WORKSPACE
@JSON
def list_(slug: str, as_json: bool) -> Answer:
    """Experiments, running ones first, with what the newest look says."""
    rows = queries.experiments(workspace_access(slug).workspace)
    data = [
        {"id": r.experiment.pk, "name": r.experiment.name, "flag": r.experiment.flag, "state": r.experiment.state, "says": r.says, "total": r.total}
        for r in rows
    ]  # fmt: skip
    cells = [(d["id"], d["name"], d["state"], d["total"], d["says"]) for d in data]
    return Answer({"experiments": data}, table(("id", "name", "state", "looked at", "says"), cells))


@experiment.command()
@NUMBER
@WORKSPACE
@JSON
def show(experiment: int, slug: str, as_json: bool) -> Answer:
    """One experiment and its newest look."""
    return _answer(_held(workspace_access(slug), experiment))


@experiment.command()
@click.argument("name")
@click.option("--flag", required=True, help="The key that programs ask for.")
@click.option(
    "--variant", "variants", multiple=True, required=True, help="KEY or KEY=SHARE, the control first; repeat it."
)
@click.option("--metric", required=True, help="The event that decides.")
@click.option("--kind", default="mean", help="proportion, mean, revenue, ratio or time.")
@click.option("--amount", default="", help="The property that is summed.")
@click.option("--per", "per_event", default="", help="The event a ratio is over.")
@click.option("--less", is_flag=True, help="Less of it is wanted.")
@click.option(
    "--guardrail", "guardrails", multiple=True, help="An event that must not become less frequent by 5 %; repeat it."
)
@click.option("--method", type=click.Choice(Experiment.Method.values), default="spending", help="How it is looked at.")
@click.option("--total", type=int, help="How many it takes in all.")
@click.option(
    "--unit", type=click.Choice(Experiment.Unit.values), default="person", help="What the variants are dealt by."
)
@click.option("--window-days", type=int, default=14, help="How long each is watched.")
@click.option("--before-days", type=int, default=28, help="How far back is looked.")
@click.option(
    "--apart", "apart", multiple=True, help="Look apart by plan, trait:KEY, account:KEY or segment:NAME; repeat it."
)
@WORKSPACE
@JSON
def make(
    name: str, flag: str, variants: tuple[str, ...], metric: str, kind: str, amount: str, per_event: str, less: bool,
    guardrails: tuple[str, ...], method: str, total: int | None, unit: str, window_days: int, before_days: int, apart: tuple[str, ...],
    slug: str, as_json: bool,
) -> Answer:  # fmt: skip
    """Plan an experiment; it is locked at its start."""
    dealt = []
    for text in variants:
        key, _, share = text.partition("=")
        try:
            dealt.append((key, float(share or 1)))
        except ValueError:
            raise Refused(f"--variant {text}: {share!r} is no number.") from None
    metrics = [MetricPlan(metric, kind, metric, amount, per_event, "down" if less else "", "primary")]
    metrics += [MetricPlan(g, "mean", g, role="guardrail") for g in guardrails]
    plan = Plan(name, flag, dealt, metrics, "", unit, method, 0.05, total, window_days, before_days, apart)
    try:
        return _answer(services.make(workspace_access(slug), plan))
    except ValueError as e:
        raise Refused(str(e)) from None


@experiment.command()
@NUMBER
@WORKSPACE
@JSON
def sizes(experiment: int, slug: str, as_json: bool) -> Answer:
    """How many it takes to show a change, from what people did lately."""
    found = looking.sizes(_held(workspace_access(slug), experiment), engine())
    if found is None:
        return Answer({"sizes": []}, "Too few were active lately to say, or nobody did it.")
    data = [{"change": lift, "total": total, "weeks": weeks} for lift, total, weeks in found.rows]
    cells = [(f"±{d['change']:.0%}", d["total"] or "–", f"{d['weeks']:.0f}" if d["weeks"] else "–") for d in data]
    return Answer({"sizes": data}, table(("to show", "in all", "weeks, about"), cells))


@experiment.command()
@NUMBER
@WORKSPACE
@JSON
def start(experiment: int, slug: str, as_json: bool) -> Answer:
    """Lock the plan; who first sees a variant from now on is in it."""
    return _does(experiment, slug, services.start)


@experiment.command()
@NUMBER
@WORKSPACE
@JSON
def look(experiment: int, slug: str, as_json: bool) -> Answer:
    """Judge it now and keep what was found."""
    held = engine()
    return _does(experiment, slug, lambda access, one: looking.look(one, held, access.actor))


@experiment.command()
@NUMBER
@click.option("--why", required=True, help="Why it is stopped.")
@WORKSPACE
@JSON
def stop(experiment: int, why: str, slug: str, as_json: bool) -> Answer:
    """Nobody new comes in; those who are in are watched until their window is full."""
    return _does(experiment, slug, lambda access, one: services.stop(access, one, why))


@experiment.command()
@NUMBER
@click.option("--chosen", required=True, help="The variant everybody gets.")
@click.option("--learned", required=True, help="What was learned.")
@WORKSPACE
@JSON
def conclude(experiment: int, chosen: str, learned: str, slug: str, as_json: bool) -> Answer:
    """Write down what was learned."""
    return _does(experiment, slug, lambda access, one: services.conclude(access, one, chosen, learned))


@experiment.command()
@NUMBER
@WORKSPACE
@JSON
def give(experiment: int, slug: str, as_json: bool) -> Answer:
    """Let the flag of a concluded experiment give everybody what was chosen."""
    return _does(experiment, slug, services.give_to_all)


COMMANDS = [experiment]
