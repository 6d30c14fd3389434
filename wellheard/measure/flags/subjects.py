"""Who a flag is asked about: what the team's data knows of them, and over it what the asking program says.

Known people are kept for a moment, and for as long as the database is away.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from wellheard.people.models import Account, AccountKey, Person, PersonKey, Relation

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
PERSON, KEY = Person._meta.db_table, PersonKey._meta.db_table
ACCOUNT, ACCOUNT_KEY, RELATION = Account._meta.db_table, AccountKey._meta.db_table, Relation._meta.db_table
OF_ACCOUNT = "a.id, a.external_id, a.name, a.domain, a.plan, a.state, a.traits"
# By their own id, else by the id of somebody who is part of them now; with the first of their accounts. In one question, and
# not by way of models, which cost ten times as much as the answer: this stands in the way of every page of the team's product.
ASK_PERSON = f"""
    WITH found AS (
        SELECT id, 0 AS by_key, 0 AS at FROM {PERSON} WHERE workspace_id = %s AND external_id = %s
        UNION ALL
        SELECT person_id, 1, id FROM {KEY} WHERE workspace_id = %s AND kind = 'id' AND value = %s
        ORDER BY 2, 3 LIMIT 1)
    SELECT p.id, p.email, p.name, p.language, p.traits, {OF_ACCOUNT}
    FROM found JOIN {PERSON} p ON p.id = found.id
    LEFT JOIN {RELATION} r ON r.person_id = p.id LEFT JOIN {ACCOUNT} a ON a.id = r.account_id
    ORDER BY r.id LIMIT 1"""  # noqa: S608 - our own names
ASK_ACCOUNT = f"""
    WITH found AS (
        SELECT id, 0 AS by_key, 0 AS at FROM {ACCOUNT} WHERE workspace_id = %s AND external_id = %s
        UNION ALL
        SELECT account_id, 1, id FROM {ACCOUNT_KEY} WHERE workspace_id = %s AND kind = 'id' AND value = %s
        ORDER BY 2, 3 LIMIT 1)
    SELECT {OF_ACCOUNT} FROM found JOIN {ACCOUNT} a ON a.id = found.id"""  # noqa: S608 - our own names
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
    row = _ask(ASK_PERSON, workspace, id_)
    if row is None:
        return NOBODY, NOBODY
    pk, email, name, language, traits, *account = row
    own = {"email": email, "name": name, "language": language}
    person = Known(pk, id_, {**{k: v for k, v in own.items() if v}, **json.loads(traits)})
    return person, _told(account) if account[0] is not None else NOBODY


def _ask(question: str, workspace: int, id_: str) -> Sequence[Any] | None:
    if "\0" in id_ or len(id_) > 255:
        return None
    with connection.cursor() as cursor:
        cursor.execute(question, [workspace, id_, workspace, id_])
        row: Sequence[Any] | None = cursor.fetchone()
        return row


def _account(workspace: int, id_: str) -> Known:
    now = time.monotonic()
    until, found = _accounts.get((workspace, id_), (0.0, NOBODY))
    if now < until:
        return found
    try:
        row = _ask(ASK_ACCOUNT, workspace, id_)
        found = _told(row) if row is not None else NOBODY
    except AWAY:
        _close()
    if len(_accounts) > MOST:
        _accounts.clear()
    _accounts[workspace, id_] = now + REMEMBER, found
    return found


def _told(row: Sequence[Any]) -> Known:
    pk, external_id, name, domain, plan, state, traits = row
    own = {"name": name, "domain": domain, "plan": plan, "state": state}
    return Known(pk, external_id or f"#{pk}", {**{k: v for k, v in own.items() if v}, **json.loads(traits)})


def _close() -> None:
    if not connection.in_atomic_block:
        connection.close()
