"""Who a flag is asked about: what the team's data knows of them, and over it what the asking program says.

Known people are kept for a moment, and for as long as the database is away.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection

from wellheard.people.models import Account, Person, PersonKey, Relation
from wellheard.people.queries.known_as import account_by, person_by

from .conditions import Person as These
from .conditions import Subject
from .evaluate import Ready
from .snapshot import AWAY, Snapshot

REMEMBER = 2.0
MOST = 20_000


class Known(NamedTuple):
    """A person or account of ours: `id` is the team's own. An unknown one has pk 0."""

    pk: int = 0
    id: str = ""
    traits: dict[str, Any] = {}


NOBODY = Known()
ANYBODY = (
    f"SELECT 1 FROM {Person._meta.db_table} WHERE workspace_id = %s AND external_id = %s UNION ALL "  # noqa: S608 - our own names
    f"SELECT 1 FROM {PersonKey._meta.db_table} WHERE workspace_id = %s AND kind = 'id' AND value = %s LIMIT 1"
)
_people: dict[tuple[int, str], tuple[float, tuple[Known, Known]]] = {}
_accounts: dict[tuple[int, str], tuple[float, Known]] = {}


def subject(
    held: Snapshot,
    flags: Iterable[Ready],
    id_: str,
    said: dict[str, Any],
    account: str = "",
    account_said: dict[str, Any] | None = None,
) -> Subject:
    """`said`: traits as the program gives them. Our own data is only asked when one of `flags` depends on it."""
    flags = list(flags)
    if not any(asks(flag, held.flags) for flag in flags):
        return Subject(id_, said, account, account_said or {})
    person, own_account = _person(held.workspace, id_) if id_ else (NOBODY, NOBODY)
    found = _account(held.workspace, account) if account else own_account
    segments = frozenset(
        pk for pk, (of_accounts, keys) in held.segments.items() if (found.pk if of_accounts else person.pk) in keys
    )
    return Subject(
        id_,
        {**person.traits, **said} if person.traits else said,
        account or found.id,
        {**found.traits, **(account_said or {})},
        segments,
    )


def asks(flag: Ready, flags: dict[str, Ready]) -> bool:
    """Whether its answer may depend on what our data knows: by its own rules, or those of a flag that it needs."""
    if flag.always is not None:
        return False
    if flag.unit == "account" and flag.deals:
        return True
    if any(not isinstance(when, These) for rule in flag.definition.rules for when in rule.when):
        return True
    return any(n.flag in flags and asks(flags[n.flag], flags) for n in flag.definition.needs)


def is_known(workspace: int, id_: str) -> bool:
    return _person(workspace, id_)[0].pk > 0


def forget() -> None:
    _people.clear()
    _accounts.clear()


def _person(workspace: int, id_: str) -> tuple[Known, Known]:
    """(the person, the account that they belong to: the first of several)"""
    now = time.monotonic()
    until, found = _people.get((workspace, id_), (0.0, (NOBODY, NOBODY)))
    if now < until:
        return found
    try:
        found = _read_person(workspace, id_)
    except AWAY:
        _close()
    if len(_people) > MOST:
        _people.clear()
    _people[workspace, id_] = now + REMEMBER, found
    return found


def _read_person(workspace: int, id_: str) -> tuple[Known, Known]:
    if "\0" in id_ or len(id_) > 255 or not _anybody(workspace, id_):
        return NOBODY, NOBODY
    row = Person.objects.filter(workspace=workspace, external_id=id_).first() or person_by(workspace, "id", id_)
    if row is None:
        return NOBODY, NOBODY
    own = {"email": row.email, "name": row.name, "language": row.language}
    person = Known(row.pk, id_, {**{k: v for k, v in own.items() if v}, **row.traits})
    relation = Relation.objects.filter(person=row).select_related("account").order_by("pk").first()
    return person, _told(relation.account) if relation else NOBODY


def _anybody(workspace: int, id_: str) -> bool:
    """Whether the id is one of ours at all. Most who ask are strangers, and building the queries takes ten times as long as
    asking them."""
    with connection.cursor() as cursor:
        cursor.execute(ANYBODY, [workspace, id_, workspace, id_])
        return cursor.fetchone() is not None


def _account(workspace: int, id_: str) -> Known:
    now = time.monotonic()
    until, found = _accounts.get((workspace, id_), (0.0, NOBODY))
    if now < until:
        return found
    try:
        if "\0" not in id_ and len(id_) <= 255:
            row = Account.objects.filter(workspace=workspace, external_id=id_).first() or account_by(
                workspace, "id", id_
            )
            found = _told(row) if row else NOBODY
    except AWAY:
        _close()
    if len(_accounts) > MOST:
        _accounts.clear()
    _accounts[workspace, id_] = now + REMEMBER, found
    return found


def _told(row: Account) -> Known:
    own = {"name": row.name, "domain": row.domain, "plan": row.plan, "state": row.state}
    return Known(row.pk, row.external_id or f"#{row.pk}", {**{k: v for k, v in own.items() if v}, **row.traits})


def _close() -> None:
    if not connection.in_atomic_block:
        connection.close()
