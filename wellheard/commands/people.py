"""people …, accounts …: merge, unmerge, merges."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from wellheard import store
from wellheard.measure.health import healths
from wellheard.people.access import Access
from wellheard.people.models import Account, Merge, Person
from wellheard.people.queries import traits as trait_queries
from wellheard.people.queries.named import account_named, person_named
from wellheard.people.services import merges as services
from wellheard.people.services import traits as trait_services
from wellheard.tell.services import erasing
from wellheard.understand.queries import silent as silent_queries
from wellheard.understand.queries.reweigh import reweigh

from .answer import Answer, Refused, engine, table, workspace_access

WORKSPACE = click.option("--workspace", "slug", required=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
KEPT, GONE = click.argument("kept"), click.argument("gone")
TAKE = click.option("--take", multiple=True, help="A field whose value of the gone one wins; may be repeated.")
DRY = click.option("--preview", "dry", is_flag=True, help="Only say what would happen.")
MERGE = click.argument("merge", type=click.IntRange(1))


@click.group("people")
def people() -> None:
    """People: who is the same as whom."""


@click.group("accounts")
def accounts() -> None:
    """Accounts: which are the same."""


def _merge(access: Access, kept: Any, gone: Any, take: tuple[str, ...], dry: bool) -> Answer:
    from wellheard.console.api.people import merge_as_dict, preview_as_dict  # slow to load

    try:
        if dry:
            seen = services.preview(access, kept, gone)
            lines = [f"{gone} ({gone.pk}) would become part of {kept} ({kept.pk})."]
            lines += [f"moves: {n} {what}" for what, n in seen.moves] + [
                f"once: {n} {what}" for what, n in seen.settled
            ]
            lines += [f"{f.name}: {f.kept} stays, not {f.gone}" for f in seen.differ]
            return Answer(preview_as_dict(seen), "\n".join(lines))
        _events()
        made = services.merge(access, kept, gone, take)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer(merge_as_dict(made), f"{made.gone_name} is part of {made.kept_name} now (merge {made.pk}).")


def _events() -> None:
    """Merged numbers are told to the events where we can; else the server does it within seconds."""
    try:
        engine()
    except store.StoreError:
        return


def _undo(slug: str, of: str, merge: int) -> Answer:
    from wellheard.console.api.people import merge_as_dict  # slow to load

    access = workspace_access(slug)
    made = Merge.objects.filter(workspace=access.workspace, of=of, pk=merge).first()
    if made is None:
        raise Refused(f"There is no merge {merge} of {of} in this workspace. See them with: wellheard {of} merges")
    _events()
    try:
        undone = services.undo(access, made)
    except ValueError as e:
        raise Refused(str(e)) from None
    said = f"{undone.gone_name} and {undone.kept_name} are two again."
    return Answer(merge_as_dict(undone), "\n".join([said, *undone.left]))


def _list(slug: str, of: str) -> Answer:
    from wellheard.console.api.people import merge_as_dict  # slow to load

    access = workspace_access(slug)
    rows = list(Merge.objects.filter(workspace=access.workspace, of=of).defer("steps").order_by("-pk")[:200])
    lines = [
        (
            m.pk,
            f"{m.made_at:%Y-%m-%d}",
            m.gone_name,
            m.kept_name,
            m.made_by or m.origin,
            "undone" if m.undone_at else "",
        )
        for m in rows
    ]
    head = ["id", "day", "merged", "into", "by", ""]
    return Answer({"merges": [merge_as_dict(m) for m in rows]}, table(head, lines))


def _person(access: Access, ref: str) -> Person:
    try:
        return person_named(access.workspace, ref)
    except ValueError as e:
        raise Refused(str(e)) from None


def _account(access: Access, ref: str) -> Account:
    try:
        return account_named(access.workspace, ref)
    except ValueError as e:
        raise Refused(str(e)) from None


@people.command()
@click.argument("person")
@click.option("--yes", is_flag=True, help="Really do it; without, only say what would go and what would stay.")
@WORKSPACE
@JSON
def erase(person: str, yes: bool, slug: str, as_json: bool) -> Answer:
    """Erase somebody for good: an id, an e-mail address, or the number of their page."""
    access = workspace_access(slug)
    try:
        found = person_named(access.workspace, person)
        look = erasing.outlook(found)
        if not yes:
            told = f"{look.voices:,} voices, {look.votes:,} votes, {look.comments:,} comments would go; {look.stays:,} ideas stay without them."
            return Answer({"would": asdict(look)}, f"{told}\nNothing was erased. Add --yes to do it.")
        engine()
        made = erasing.erase(access, found)
        erasing.finish()
    except ValueError as e:
        raise Refused(str(e)) from None
    data = {"erased": made.person, "voices": made.voices, "votes": made.votes, "kept": made.kept}
    return Answer(
        data, f"Erased: {made.voices:,} voices, {made.votes:,} votes; {made.kept:,} ideas stay without an author."
    )


@people.command("merge")
@KEPT
@GONE
@TAKE
@DRY
@WORKSPACE
@JSON
def merge_people(kept: str, gone: str, take: tuple[str, ...], dry: bool, slug: str, as_json: bool) -> Answer:
    """GONE becomes part of KEPT: ids, e-mail addresses, or numbers of their pages."""
    access = workspace_access(slug)
    return _merge(access, _person(access, kept), _person(access, gone), take, dry)


@people.command("unmerge")
@MERGE
@WORKSPACE
@JSON
def unmerge_people(merge: int, slug: str, as_json: bool) -> Answer:
    """Take a merge apart, by its number in the list of merges."""
    return _undo(slug, "people", merge)


@people.command("merges")
@WORKSPACE
@JSON
def people_merges(slug: str, as_json: bool) -> Answer:
    """Merges of people, newest first."""
    return _list(slug, "people")


@accounts.command("merge")
@KEPT
@GONE
@TAKE
@DRY
@WORKSPACE
@JSON
def merge_accounts(kept: str, gone: str, take: tuple[str, ...], dry: bool, slug: str, as_json: bool) -> Answer:
    """GONE becomes part of KEPT: ids, names, or numbers of their pages."""
    access = workspace_access(slug)
    return _merge(access, _account(access, kept), _account(access, gone), take, dry)


@accounts.command("unmerge")
@MERGE
@WORKSPACE
@JSON
def unmerge_accounts(merge: int, slug: str, as_json: bool) -> Answer:
    """Take a merge apart, by its number in the list of merges."""
    return _undo(slug, "accounts", merge)


@accounts.command("merges")
@WORKSPACE
@JSON
def accounts_merges(slug: str, as_json: bool) -> Answer:
    """Merges of accounts, newest first."""
    return _list(slug, "accounts")


@accounts.command("health")
@click.option("--word", type=click.Choice(["at risk", "mixed", "well", "unknown"]), default=None, help="Only these.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@WORKSPACE
@JSON
def account_health(word: str | None, limit: int, slug: str, as_json: bool) -> Answer:
    """How accounts fare, the worst first, with what pulls each down most."""
    access = workspace_access(slug)
    engine()
    found = [h for h in healths(access.workspace) if not word or h.word == word]
    lines = [
        (h.account.name, h.word, "" if h.points is None else h.points, h.worst.words if h.worst else "")
        for h in found[:limit]
    ]
    return Answer(
        {"total": len(found), "accounts": [h.as_dict() for h in found[:limit]]},
        table(["account", "health", "sum", "what pulls it down most"], lines),
    )


@click.group("traits")
def traits() -> None:
    """Traits: what else is known of people and accounts."""


@traits.command("list")
@click.option("--of", "of", type=click.Choice(["people", "accounts"]), default=None, help="Only of these.")
@WORKSPACE
@JSON
def list_traits(of: str | None, slug: str, as_json: bool) -> Answer:
    """Every trait: what it is, of how many it is known, and its commonest values."""
    workspace = workspace_access(slug).workspace
    trait_services.discover(workspace)
    rows = [row for side in ([of] if of else ["people", "accounts"]) for row in trait_queries.rows(workspace, side)]
    lines = [
        (
            r.trait.of,
            r.trait.key,
            r.trait.kind + ("" if r.trait.confirmed else " (guessed)"),
            r.known,
            ", ".join(r.examples),
        )
        for r in rows
    ]
    return Answer({"traits": [r.as_dict() for r in rows]}, table(["of", "trait", "is", "known", "commonest"], lines))


@click.command("silent")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=None, help="Only the last so many days count as speaking."
)
@click.option("--by", multiple=True, help="Weigh problems by this: language, plan, state, trait:NAME; at most twice.")
@WORKSPACE
@JSON
def silent(days: int | None, by: tuple[str, ...], slug: str, as_json: bool) -> Answer:
    """How much of the base never spoke, and problems re-weighted to the base."""
    workspace = workspace_access(slug).workspace
    engine()
    found = silent_queries.silence(workspace, days)
    try:
        weighed = reweigh(workspace, by, days)
    except ValueError as e:
        raise Refused(str(e)) from None
    shares = [("people", found.people), ("accounts", found.accounts), ("accounts that pay", found.paying)]
    shares += [(f"{c.of} by {c.label.lower()}: {p.words}", p) for c in found.cuts for p in c.parts]
    told = [(name, p.base, p.silent, "" if p.share is None else f"{p.share:.0%}") for name, p in shares]
    rows = [(p.raw_rank, p.rank, f"{p.raw:.1%}", f"{p.weighted:.1%}", p.problem.name) for p in weighed.problems]
    text = "\n\n".join([
        table(["who", "known", "silent", "share"], told),
        f"{weighed.spoke} spoke of a problem and count as {weighed.effective:.0f}, weighed by {', '.join(weighed.by) or 'nothing'}.",
        table(["rank as spoken", "re-weighted", "as spoken", "re-weighted", "problem"], rows),
    ])  # fmt: skip
    return Answer({**found.as_dict(), "weighed": weighed.as_dict()}, text)


COMMANDS = [people, accounts, traits, silent]
