"""Two rows turned out to be one person, or one account: merged, and taken apart again.

Undoing one merge of several goes back over the later ones first and does them again, so the order does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from wellheard.core import journal
from wellheard.core.journal import Actor
from wellheard.people.access import Access
from wellheard.people.models import Account, AccountKey, Income, Merge, Person, PersonKey, Revenue, Role, Segment

from . import folding, joins

PEOPLE, ACCOUNTS = Segment.Of.PEOPLE, Segment.Of.ACCOUNTS
MODELS: dict[str, type[Person] | type[Account]] = {PEOPLE: Person, ACCOUNTS: Account}
# What one has and the other lacks is filled in; of what both have the kept one's stays, unless it is taken.
VALUES = {
    PEOPLE: ("name", "email", "external_id", "language"),
    ACCOUNTS: ("name", "external_id", "domain", "plan", "state", "owner"),
}


def of_model(thing: Person | Account) -> str:
    return PEOPLE if isinstance(thing, Person) else ACCOUNTS


def merge(access: Access, kept: Person | Account, gone: Person | Account, take: Iterable[str] = ()) -> Merge:
    """`gone` becomes part of `kept`; of the fields named in `take` its values win. Both must be people, or both
    accounts. Raises ValueError, and then nothing was changed."""
    access.need(Role.EDITOR)
    with journal.record(access.actor, f"{'person' if of_model(kept) == PEOPLE else 'account'}.merged") as entry:
        made = _merge(access.actor, kept, gone, list(take), Merge.Origin.HAND)
        entry.about(kept, gone=made.gone, name=made.gone_name, merge=made.pk)
    joins.soon(access.workspace)
    return made


def merge_known_as_one(actor: Actor, kept: Person | Account, gone: Person | Account, origin: Merge.Origin) -> Merge:
    """Inside a service, or a reading of the feed: the events, or the owner of an address, say that they are one."""
    with journal.record(actor, f"{'person' if of_model(kept) == PEOPLE else 'account'}.merged") as entry:
        made = _merge(actor, kept, gone, [], origin)
        entry.about(kept, gone=made.gone, name=made.gone_name, merge=made.pk, origin=origin)
    joins.soon(kept.workspace)
    return made


@dataclass(frozen=True, slots=True)
class Field:
    """A value that both have and that differs: one of them must win."""

    name: str
    label: str
    kept: str
    gone: str


@dataclass(slots=True)
class Preview:
    """What a merge would do: `moves` and `settled` are (words, how many), most first."""

    kept: Person | Account
    gone: Person | Account
    differ: list[Field] = field(default_factory=list)
    moves: list[tuple[str, int]] = field(default_factory=list)
    settled: list[tuple[str, int]] = field(default_factory=list)


class _Done(Exception):
    """Carries the merge out of the transaction that is taken back."""


def preview(access: Access, kept: Person | Account, gone: Person | Account) -> Preview:
    """What `merge` would do, by doing it and taking it back: so it cannot differ. Raises ValueError as `merge` does."""
    access.need(Role.EDITOR)
    found = Preview(kept, gone, differ=differences(kept, gone))
    model = MODELS[of_model(kept)]
    one, other = model._default_manager.get(pk=kept.pk), model._default_manager.get(pk=gone.pk)
    steps: list[dict[str, Any]] = []
    try:
        with transaction.atomic():
            steps = _merge(access.actor, one, other, [], Merge.Origin.HAND).steps
            raise _Done
    except _Done:
        pass
    moved: dict[str, int] = {}
    twice: dict[str, int] = {}
    from django.apps import apps

    for step in steps:
        kind = apps.get_model(step["model"])
        if kind in (PersonKey, AccountKey):
            continue
        if step["do"] == "move":
            moved[step["model"]] = moved.get(step["model"], 0) + len(step["rows"])
        elif step["do"] == "drop" and kind is not model:
            twice[step["model"]] = twice.get(step["model"], 0) + 1
    name = lambda label, n: folding.words(apps.get_model(label), n)  # noqa: E731
    order = lambda held: sorted(((name(k, n), n) for k, n in held.items()), key=lambda p: (-p[1], p[0]))  # noqa: E731
    found.moves, found.settled = order(moved), order(twice)
    return found


def differences(kept: Person | Account, gone: Person | Account) -> list[Field]:
    found = []
    for name in VALUES[Segment.Of(of_model(kept))]:
        a, b = getattr(kept, name), getattr(gone, name)
        if a and b and a != b:
            label = {"external_id": "your id", "email": "e-mail address"}.get(name, name)
            found.append(Field(name, label, str(a), str(b)))
    return found


def _merge(
    actor: Actor, kept: Person | Account, gone: Person | Account, take: list[str], origin: Merge.Origin
) -> Merge:
    if type(kept) is not type(gone):
        raise ValueError("A person and an account cannot be merged.")
    if kept.pk == gone.pk:
        raise ValueError(f"{kept} is the same {'person' if isinstance(kept, Person) else 'account'}: choose another.")
    if kept.workspace_id != actor.workspace_id or gone.workspace_id != actor.workspace_id:
        raise ValueError("Both must be in this workspace.")
    of = Segment.Of(of_model(kept))
    if unknown := [name for name in take if name not in VALUES[of]]:
        raise ValueError(f"{unknown[0]!r} cannot be taken over. Name any of {', '.join(VALUES[of])}.")
    _hold(MODELS[of], [kept.pk, gone.pk])
    made = Merge.objects.create(
        workspace_id=actor.workspace_id, of=of, kept=kept.pk, gone=gone.pk, kept_name=str(kept)[:254],
        gone_name=str(gone)[:254], take=take, origin=origin, made_by=actor.name,
    )  # fmt: skip
    _do(made)
    kept.refresh_from_db()
    return made


def _hold(model: type[Person] | type[Account], pks: list[int]) -> None:
    """Two merges at once of the same two, in whatever order: one waits, and then finds one of them gone."""
    rows = model._default_manager.select_for_update().filter(pk__in=pks).order_by("pk")
    if len(rows) != len(pks):
        raise ValueError("One of the two is gone: somebody has merged it meanwhile. Look again.")


def _do(made: Merge) -> None:
    model = MODELS[made.of]
    rows = {row.pk: row for row in model._default_manager.filter(pk__in=[made.kept, made.gone])}
    kept, gone = rows[made.kept], rows[made.gone]
    steps: folding.Steps = []
    folding.fold(gone, kept, steps)
    folding.drop(model._default_manager.get(pk=gone.pk), steps)
    known = {name: (getattr(kept, name), getattr(gone, name)) for name in VALUES[Segment.Of(made.of)]}
    values: dict[str, Any] = {n: b if b and (not a or n in made.take) else a for n, (a, b) in known.items()}
    values["traits"] = {**gone.traits, **kept.traits}
    values["number"] = kept.number or gone.number
    values["created_at"] = min(kept.created_at, gone.created_at)
    if isinstance(kept, Account) and isinstance(gone, Account):
        values["keeper"] = kept.keeper if values["owner"] == kept.owner else gone.keeper
        values["since"] = min((d for d in (kept.since, gone.since) if d), default=None)
    folding.change(kept, values, steps)
    _keep_keys(made, kept, gone, {n: a for n, (a, b) in known.items() if a and a != values[n]}, steps)
    made.steps = steps
    made.save(update_fields=["steps"])


def _keep_keys(
    made: Merge, kept: Person | Account, gone: Person | Account, lost: dict[str, Any], steps: folding.Steps
) -> None:
    """What either was known by still finds the one that is left."""
    keys: list[tuple[str, Any]] = [("id", gone.external_id), ("id", lost.get("external_id")), ("number", gone.number)]
    if isinstance(kept, Person) and isinstance(gone, Person):
        keys += [("email", gone.email), ("email", lost.get("email"))]
        # A page is a secret, and events can be sent by anybody: only people of the team hand one's page to another.
        keys += [("page", gone.page_key)] if made.origin == Merge.Origin.HAND else []
        keys += [("mail", key) for key in _mail_keys(steps)]
        PersonKey.objects.bulk_create(
            PersonKey(workspace_id=made.workspace_id, person=kept, merge=made, kind=kind, value=str(value))
            for kind, value in keys if value
        )  # fmt: skip
    else:
        keys += [("name", cast(str, gone.name).lower()), ("name", str(lost.get("name") or "").lower())]
        AccountKey.objects.bulk_create(
            AccountKey(workspace_id=made.workspace_id, account=cast(Account, kept), merge=made, kind=kind, value=str(value))
            for kind, value in keys if value
        )  # fmt: skip


def _mail_keys(steps: folding.Steps) -> list[str]:
    """Of notices that both had one is left, but the link in the other's mail must still stop mails."""
    return [s["row"]["key"] for s in steps if s["do"] == "drop" and s["model"] == "tell.notice"]


def undo(access: Access, made: Merge) -> Merge:
    """Takes a merge apart. What has changed since stays where it is now, and is named in `left`.
    Raises ValueError, and then nothing was changed."""
    access.need(Role.EDITOR)
    verb = f"{'person' if made.of == PEOPLE else 'account'}.unmerged"
    with journal.record(access.actor, verb) as entry:
        made = Merge.objects.select_for_update().get(pk=made.pk)
        if made.undone_at is not None:
            raise ValueError(f"This merge was already undone by {made.undone_by or 'somebody'}.")
        if made.origin == Merge.Origin.EVENTS:
            raise ValueError("Your product said that these two are one, so their events cannot be told apart any more.")
        after = later(made)
        if any(m.origin == Merge.Origin.EVENTS for m in after):
            raise ValueError(
                "Since then your product said of one of them that it is somebody else, so their events cannot be told apart any more."
            )
        _hold(MODELS[made.of], [root(made.workspace_id, made.of, made.kept)])
        for one in reversed(after):
            _undo(one)
        made.left = _undo(made)
        for one in after:
            _do(one)
        made.undone_at, made.undone_by = timezone.now(), access.actor.name[:120]
        made.save(update_fields=["left", "undone_at", "undone_by"])
        entry.about(MODELS[made.of]._default_manager.get(pk=made.gone) if not after else made,
                    kept=made.kept, gone=made.gone, merge=made.pk, left=len(made.left))  # fmt: skip
    joins.soon(access.workspace)
    return made


def _undo(made: Merge) -> list[str]:
    model = MODELS[made.of]
    keys: Any = PersonKey if made.of == PEOPLE else AccountKey
    mine = keys.objects.filter(merge=made)
    # Events may have joined its number with another since: the key has followed, the written-down row has not.
    numbers = list(mine.filter(kind="number").values_list("value", flat=True)[:1])
    mine.delete()
    left = folding.unfold(made.steps)
    if numbers:
        model._default_manager.filter(pk=made.gone).update(number=int(numbers[0]))
        model._default_manager.filter(pk=made.kept, number=int(numbers[0])).update(number=None)
    return left


def later(made: Merge) -> list[Merge]:
    """Merges after this one of whoever is in it now, oldest first."""
    active = list(Merge.objects.filter(workspace=made.workspace_id, of=made.of, undone_at=None).order_by("pk"))
    into = {m.gone: m.kept for m in active}

    def top(pk: int) -> int:
        while pk in into:
            pk = into[pk]
        return pk

    mine = top(made.kept)
    return [m for m in active if m.pk > made.pk and top(m.kept) == mine]


def root(workspace: int, of: str, pk: int) -> int:
    """The number of the row that a row has become part of; its own when it still stands."""
    seen = set()
    while pk not in seen:
        seen.add(pk)
        into = Merge.objects.filter(workspace=workspace, of=of, gone=pk, undone_at=None).values_list("kept", flat=True)
        pk = next(iter(into), pk)
    return pk


@folding.settle("people.relation")
def _roles(gone: Any, kept: Any) -> folding.Settled:
    """Whoever used in one and bought in the other does both; what was over time is both, one after the other."""
    return folding.Settled(values={w: getattr(gone, w) or getattr(kept, w) for w in kept.WORDS})


@folding.settle("people.revenue")
def _money(gone: Revenue, kept: Revenue) -> folding.Settled:
    """The same money known twice counts once; different money of the same day keeps apart by its reference."""
    if (gone.cents, gone.until) == (kept.cents, kept.until):
        return folding.Settled()
    return folding.Settled(apart={"ref": _free_ref(gone, Revenue.objects.filter(account=kept.account_id))})


@folding.settle("people.income")
def _income(gone: Income, kept: Income) -> folding.Settled:
    if (gone.cents, gone.received) == (kept.cents, kept.received):
        return folding.Settled()
    return folding.Settled(apart={"ref": _free_ref(gone, Income.objects.filter(account=kept.account_id))})


def _free_ref(gone: Revenue | Income, held: Any) -> str:
    mine = type(gone)._default_manager.filter(account=gone.account_id)
    taken = {*held.values_list("ref", flat=True), *mine.values_list("ref", flat=True)}
    turn = 1
    while (named := f"{gone.ref[:200]} (merged{f' {turn}' if turn > 1 else ''})".strip()) in taken:
        turn += 1
    return named


def touched(model: type[Model], steps: folding.Steps) -> list[int]:
    """Keys of a model's rows that moved or went."""
    label = model._meta.label_lower
    moved = [pk for s in steps if s["do"] == "move" and s["model"] == label for pk in s["rows"]]
    return moved + [int(s["row"]["id"]) for s in steps if s["do"] == "drop" and s["model"] == label]
