"""decisions list|show|make|opine|consult|words|publish|withdraw."""

from __future__ import annotations

import click

from wellheard.console.decision_words import log_in_markdown, markdown
from wellheard.decide import services
from wellheard.decide.models import Bet, Consulted, Craft, Decision, Opinion
from wellheard.decide.queries import log
from wellheard.listen.models import Idea
from wellheard.people.access import Access
from wellheard.tell.services import answers
from wellheard.understand.models import Problem

from .answer import Answer, Refused, found_in, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
WHICH = click.argument("which", type=click.IntRange(1))
MARKDOWN = click.option("--markdown", "in_markdown", is_flag=True, help="Print Markdown.")
NUMBER = click.IntRange(1)


@click.group()
def decisions() -> None:
    """The decision log."""


def _one(access: Access, number: int) -> Decision:
    return found_in(access, Decision, number, "workspace", "bet", "problem", "idea__voice")


@decisions.command("list")
@click.option("--answer", type=click.Choice(Decision.Answer.values), default=None)
@click.option("--state", type=click.Choice(Decision.State.values), default=None)
@click.option("--about", type=click.Choice(["bet", "problem", "idea"]), default=None)
@click.option("--words", default="", help="Words in reasons, names and deciders.")
@click.option("--dissent", is_flag=True, help="Only those somebody is against.")
@MARKDOWN
@WORKSPACE
@JSON
def list_(
    answer: str | None, state: str | None, about: str | None, words: str, dissent: bool, in_markdown: bool, slug: str, as_json: bool
) -> Answer:  # fmt: skip
    """Decisions, the newest first."""
    workspace = workspace_access(slug).workspace
    which = log.Which(answer or "", state or "", about or "", words=words, dissent=dissent)
    found = [log.record_of(d) for d in log.log(workspace, which)]
    data = {"decisions": [log.as_dict(r) for r in found]}
    if in_markdown:
        return Answer(data, log_in_markdown(workspace.name, found).rstrip("\n"))
    lines = [
        (r.decision.pk, f"{r.decision.decided_at:%Y-%m-%d}", r.decision.answer, r.decision.state, len(r.dissent) or "", str(r.decision.on))
        for r in found
    ]  # fmt: skip
    return Answer(data, table(["id", "decided", "answer", "state", "against", "about"], lines))


@decisions.command()
@WHICH
@WORKSPACE
@JSON
def show(which: int, slug: str, as_json: bool) -> Answer:
    """One decision with its evidence as it was, opinions and dissent."""
    found = log.record_of(_one(workspace_access(slug), which))
    return Answer(log.as_dict(found), markdown(found).rstrip("\n"))


@decisions.command()
@click.option("--bet", type=NUMBER, default=None, help="On this bet (its number).")
@click.option("--problem", type=NUMBER, default=None, help="On this problem.")
@click.option("--idea", type=NUMBER, default=None, help="On this idea.")
@click.option("--answer", type=click.Choice(Decision.Answer.values), required=True)
@click.option("--reason", required=True, help="For the team.")
@click.option("--words", default="", help="For those who asked.")
@WORKSPACE
@JSON
def make(
    bet: int | None, problem: int | None, idea: int | None, answer: str, reason: str, words: str, slug: str, as_json: bool
) -> Answer:  # fmt: skip
    """Decide; a no is prepared, the others are published at once."""
    access = workspace_access(slug)
    named = [n for n in (bet, problem, idea) if n is not None]
    if len(named) != 1:
        raise Refused("Give one of --bet, --problem and --idea.")
    model: type[Bet] | type[Problem] | type[Idea] = Bet if bet is not None else Problem if problem is not None else Idea
    on = found_in(access, model, named[0], "workspace")
    try:
        made = services.decide(access, on, answer, reason, words)
    except ValueError as e:
        raise Refused(str(e)) from None
    return _said(made)


def _said(made: Decision) -> Answer:
    return Answer({"id": made.pk, "answer": made.answer, "state": made.state}, f"Decision {made.pk} is {made.state}.")


@decisions.command()
@WHICH
@click.option("--stand", type=click.Choice(Opinion.Stand.values), required=True)
@click.option("--craft", type=click.Choice(Craft.values), required=True, help="From which work they look at it.")
@click.option("--name", default="", help="Whose opinion it is.")
@click.argument("words")
@WORKSPACE
@JSON
def opine(which: int, stand: str, craft: str, name: str, words: str, slug: str, as_json: bool) -> Answer:
    """Add an opinion; it is never changed."""
    access = workspace_access(slug)
    try:
        made = services.opine(access, _one(access, which), stand, words, craft, name)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": made.pk, "late": made.late}, f"Kept: {made}.")


@decisions.command()
@WHICH
@click.option("--name", required=True)
@click.option("--how", type=click.Choice(Consulted.How.values), default="asked", show_default=True)
@click.argument("words", required=False, default="")
@WORKSPACE
@JSON
def consult(which: int, name: str, how: str, words: str, slug: str, as_json: bool) -> Answer:
    """Note that somebody was asked or told, and what they said."""
    access = workspace_access(slug)
    try:
        made = services.consult(access, _one(access, which), name, how, words)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": made.pk}, f"Noted: {made}.")


@decisions.command()
@WHICH
@click.argument("text")
@WORKSPACE
@JSON
def words(which: int, text: str, slug: str, as_json: bool) -> Answer:
    """Change the words for those who asked."""
    access = workspace_access(slug)
    found = _one(access, which)
    try:
        services.say_publicly(access, found, text)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"id": found.pk, "public_reason": found.public_reason}, "Saved.")


@decisions.command()
@WHICH
@click.option("--despite", default="", help="Why it is published before everybody has acknowledged it.")
@click.option("--words", "said", default="", help="For those who asked, when the decision holds none yet.")
@WORKSPACE
@JSON
def publish(which: int, despite: str, said: str, slug: str, as_json: bool) -> Answer:
    """Publish a prepared decision and owe everybody who asked word of it."""
    access = workspace_access(slug)
    found = _one(access, which)
    try:
        owed = answers.publish_decision(access, found, despite, said)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(
        {**_said(found).data, "owed": owed}, f"Decision {found.pk} is published; {owed} will be told by mail."
    )


@decisions.command()
@WHICH
@click.option("--reason", required=True)
@WORKSPACE
@JSON
def withdraw(which: int, reason: str, slug: str, as_json: bool) -> Answer:
    """Withdraw a decision that was prepared."""
    access = workspace_access(slug)
    found = _one(access, which)
    try:
        services.withdraw(access, found, reason)
    except ValueError as e:
        raise Refused(str(e)) from None
    return _said(found)


COMMANDS = [decisions]
