"""problems, problems show, signals: what people struggle with, all that became of it, and what rose."""

from __future__ import annotations

from typing import Any

import click

from wellheard.measure import behaviour as doing
from wellheard.understand.models import Problem
from wellheard.understand.queries.bias import of_ranking
from wellheard.understand.queries.problems import problem_rows
from wellheard.understand.queries.reweigh import reweigh
from wellheard.understand.queries.signals import raised
from wellheard.understand.queries.signals import signals as look

from .answer import Answer, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _problem(slug: str, number: int) -> Problem:
    workspace = workspace_access(slug).workspace
    found = Problem.objects.filter(workspace=workspace, pk=number).select_related("workspace", "merged_into").first()
    if found is None:
        raise Refused(f"There is no problem {number} in {slug}. List them: wellheard problems --workspace {slug}")
    return found


@click.group(invoke_without_command=True)
@click.option("--workspace", "slug", help="Needed without a further word.")
@JSON
@click.pass_context
def problems(context: click.Context, slug: str | None, as_json: bool) -> Answer | None:
    """Confirmed problems, through both lenses, as spoken and re-weighted, with what their voices leave open."""
    if context.invoked_subcommand is not None:
        return None
    if slug is None:
        raise click.MissingParameter(ctx=context, param_type="option", param_hint="--workspace")
    workspace = workspace_access(slug).workspace
    rows = problem_rows(workspace)
    _, each = of_ranking(workspace)
    weighed = {w.problem.pk: w for w in reweigh(workspace).problems}
    data: list[dict[str, Any]] = [
        {"id": r.problem.pk, "name": r.problem.name, "voices": r.voices, "users": r.users, "customers": r.customers,
         "accounts": r.accounts, "mrr_cents": r.cents, "user_rank": r.user_rank, "customer_rank": r.customer_rank,
         "rank_reweighted": weighed[r.problem.pk].rank, "look": [c.key for c in each[r.problem.pk].look]} for r in rows
    ]  # fmt: skip
    lines = [
        (d["id"], d["users"], d["customers"], d["voices"], round(d["mrr_cents"] / 100), d["rank_reweighted"], len(d["look"]) or "", d["name"])
        for d in data
    ]  # fmt: skip
    return Answer(
        {"problems": data},
        table(["id", "users", "customers", "voices", "MRR", "re-weighted", "look at", "problem"], lines),
    )


@problems.command()
@click.argument("number", type=int)
@click.option("--markdown", is_flag=True, help="The whole chain, from quote to result.")
@click.option("--without-names", is_flag=True, help="Leave out the names of people and accounts.")
@click.option("--quotes", default=12, show_default=True, type=click.IntRange(0, 200))
@WORKSPACE
@JSON
def show(number: int, markdown: bool, without_names: bool, quotes: int, slug: str, as_json: bool) -> Answer:
    """One problem: who has it, what its voices leave open, and what became of it."""
    from wellheard.console.chain import as_dict, chain_of
    from wellheard.console.chain_words import markdown as in_markdown

    problem = _problem(slug, number)
    found = chain_of(problem, not without_names, quotes)
    data = as_dict(found)
    if markdown:
        return Answer(data, in_markdown(found).rstrip("\n"))
    held = data["evidence"]
    lines = [
        problem.name,
        f"{held['users']} users, {held['customers']} paying accounts, {held['voices']} voices ({held['relayed']} passed on)",
        *(f"look: {c['title']}: {c['says']}" for c in data["trust"]["checks"] if c["state"] == "look"),
        *(f"decided: {d['answer']}, {d['by']}: {d['reason']}" for d in data["decisions"]),
        *(
            f"bet: {b['name']} ({b['state']}){': ' + b['outcome']['verdict'] if b['outcome'] else ''}"
            for b in data["bets"]
        ),
    ]
    return Answer(data, "\n".join(lines))


@problems.command()
@click.argument("number", type=int)
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 730), help="For what askers do more.")
@WORKSPACE
@JSON
def behaviour(number: int, days: int, slug: str, as_json: bool) -> Answer:
    """What people do who have a problem, who of them is silent, and what those who spoke of it do more."""
    problem = _problem(slug, number)
    engine()
    tied, suggested = doing.matches(problem), doing.suggestions(problem, days)
    rows = [(m.pattern.name, len(m.people), len(m.spoke), len(m.silent), len(m.never)) for m in tied]
    more = [(e.event, f"{e.asker_share:.0%}", f"{e.share:.0%}") for e in suggested.events]
    parts = [
        table(["they", "people", "spoke of it", "silent", "never spoke"], rows)
        if rows
        else "Tied to nothing people do yet.",
        suggested.cannot or table(["done more by those who spoke of it", "they", "others"], more),
    ]
    return Answer({"patterns": [m.as_dict() for m in tied], "suggested": suggested.as_dict()}, "\n\n".join(parts))


@click.command()
@WORKSPACE
@JSON
def signals(slug: str, as_json: bool) -> Answer:
    """Problems that rose in the last whole week more than chance explains."""
    workspace = workspace_access(slug).workspace
    found = look(workspace)
    before = [
        {"problem": a.problem, "name": a.name, "week": a.week.isoformat(), "voices": a.voices}
        for a in raised(workspace)
    ]
    rows = [
        (w.risen.count, f"{w.risen.expected:.1f}", f"{w.risen.low} to {w.risen.high}", f"{w.risen.p:.3f}", w.risen.word, w.problem.name)
        for w in found.watched
    ]  # fmt: skip
    text = (
        found.cannot
        or f"Week of {found.week}, {found.voices} voices, against {found.earlier} weeks before\n"
        + table(["voices", "expected", "nine of ten", "p", "says", "problem"], rows)
    )
    return Answer({**found.as_dict(), "raised": before}, text)


COMMANDS = [problems, signals]
