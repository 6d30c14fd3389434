"""outcome selfcheck, later, faded, dismiss, track: what watches over verdicts."""

from __future__ import annotations

import click

from wellheard.decide.models import Bet
from wellheard.measure.fading import queries, services
from wellheard.measure.models import Fading, Outcome, Relook
from wellheard.measure.selfcheck.services import Standing, check_workspace, standing
from wellheard.measure.track.queries import track as found_track

from .answer import Answer, Refused, engine, found_in, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def outcome() -> None:
    """What watches over verdicts."""


@outcome.command()
@click.option("--show", is_flag=True, help="Only tell what the newest check said.")
@WORKSPACE
@JSON
def selfcheck(show: bool, slug: str, as_json: bool) -> Answer:
    """Try the method on things that did not ship: can “likely” be believed here?"""
    access = workspace_access(slug)
    if not show:
        check_workspace(access.workspace, engine(), access.actor)
    found = standing(access.workspace)
    rows = [(p.name, compared, likely) for p, compared, likely in found.topics]
    return Answer(found.as_dict(), f"{_said(found)}\n{table(['problem', 'comparisons', 'likely'], rows)}".rstrip())


def _said(found: Standing) -> str:
    n = found.newest
    if n is None:
        return "Not checked yet."
    if found.state == "too few":
        return f"Cannot be checked yet: {n.compared} of {found.needed} comparisons could be made." + (
            " “Likely” stays switched off." if n.off else ""
        )
    word = "switched off" if n.off else "in use"
    return f"“Likely” is {word}: {n.likely} of {n.compared} false ({found.share_percent}%); at most {found.allowed_percent}% may be."


def _numbers(found: Outcome | Relook) -> str:
    if found.estimate is None or found.low is None or found.high is None:
        return ""
    return f"{found.estimate:+.0%} ({found.low:+.0%} to {found.high:+.0%})"


@outcome.command()
@click.argument("bet", type=click.IntRange(1))
@click.option("--measure", is_flag=True, help="Look first at the later weeks that are over.")
@WORKSPACE
@JSON
def later(bet: int, measure: bool, slug: str, as_json: bool) -> Answer:
    """What was said of a measured bet's later weeks."""
    found = found_in(workspace_access(slug), Bet, bet, "workspace")
    if measure:
        services.look_again(found, engine())
    seen = queries.later(found)
    rows = [(f"{r.first} to {r.last}", r.word, _numbers(r), r.asked, r.compared) for r in seen.looks]
    if seen.verdict:
        v = seen.verdict
        rows.insert(0, (f"1 to {found.window_weeks}", v.word, _numbers(v), v.asked, v.compared))
    text = table(["weeks", "said", "change", "asked", "compared"], rows)
    if seen.fading and not seen.fading.dismissed_at:
        text += f"\nThe effect is gone since weeks {seen.fading.relook.first} to {seen.fading.relook.last}."
    return Answer(seen.as_dict(), text)


@outcome.command()
@WORKSPACE
@JSON
def faded(slug: str, as_json: bool) -> Answer:
    """Effects that were there and are gone."""
    rows = queries.alarms(workspace_access(slug).workspace)
    told = [
        (f.bet_id, f.bet.name, _numbers(f.outcome), f"{f.relook.first} to {f.relook.last}", _numbers(f.relook))
        for f in rows
    ]
    return Answer(
        {"faded": [queries.alarm(f) for f in rows]}, table(["bet", "name", "at first", "weeks", "then"], told)
    )


@outcome.command()
@click.argument("bet", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why the alarm needs nothing more.")
@WORKSPACE
@JSON
def dismiss(bet: int, reason: str, slug: str, as_json: bool) -> Answer:
    """Dismiss the alarm that an effect is gone."""
    access = workspace_access(slug)
    rows = Fading.objects.select_related("bet", "relook", "outcome")
    found = rows.filter(bet=found_in(access, Bet, bet)).first()
    if found is None:
        raise Refused("There is no alarm for this bet.")
    try:
        services.dismiss(access, found, reason)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(queries.alarm(found), f"Dismissed: {found.bet}.")


@outcome.command()
@WORKSPACE
@JSON
def track(slug: str, as_json: bool) -> Answer:
    """How many bets helped, by quarter, and how good our expectations were."""
    found = found_track(workspace_access(slug).workspace)
    rows = []
    for q in [*found.quarters, found.whole]:
        span = (
            f"{q.share:.0%} ({q.interval[0]:.0%} to {q.interval[1]:.0%})" if q.share is not None and q.interval else ""
        )
        chance = f"{q.by_chance:.1f}" if q.judged else ""
        rows.append((q.name, q.measured, *q.counts.values(), span, chance))
    text = table(["shipped", "measured", *found.whole.counts, "helped, of judged", "by chance"], rows)
    return Answer(found.as_dict(), f"{text}\n{found.calibration.says}\n{found.calibration.says_sure}")


COMMANDS = [outcome]
