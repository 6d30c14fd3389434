"""Rows of people, accounts and money files, a batch at a time. Each handler runs inside its batch's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wellheard.core import clean
from wellheard.core.rows import Bad, Row, raw_of

from .models import Account, AccountState, Person, Relation, Revenue, Workspace

Fields = dict[str, Any]


@dataclass(slots=True)
class Result:
    """What became of a batch."""

    stored: int = 0
    repeated: int = 0
    bad: list[Bad] = field(default_factory=list)


Handler = Callable[[Workspace, Sequence[tuple[Row, Fields]]], Result]

PEOPLE_FIELDS = ("id", "email", "name", "account", "role", "language", "created_at")
ACCOUNT_FIELDS = ("id", "name", "plan", "mrr", "currency", "owner", "state", "domain", "since")
MONEY_FIELDS = ("account", "amount", "currency", "period", "from", "to", "source")

# Names that columns often have, so that a plain export needs no mapping.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "external_id", "user_id", "customer_id", "customerid", "uuid", "key"),
    "email": ("email", "e-mail", "mail", "email_address"),
    "name": ("name", "full_name", "title"),
    "account": ("account", "account_id", "company", "organization", "organisation", "company_id", "org"),
    "role": ("role", "roles"),
    "mrr": ("mrr", "monthly_revenue", "monthlycharges"),
    "amount": ("amount", "mrr", "total", "price"),
    "from": ("from", "start", "start_date", "since", "date"),
    "to": ("to", "end", "end_date", "until"),
    "created_at": ("created_at", "created", "timestamp", "time", "date", "submitted_at"),
    "text": ("text", "body", "message", "comment", "feedback", "content", "description", "review", "title"),
    "author": ("author", "author_id", "user", "user_id", "customer", "person", "respondent", "name"),
    "channel": ("channel", "via"),
    "kind": ("kind", "type", "category"),
}

ROLE_WORDS = {
    "uses": "uses", "user": "uses", "use": "uses",
    "buys": "buys", "buyer": "buys", "customer": "buys", "payer": "buys", "owner": "buys",
    "administers": "administers", "admin": "administers", "administrator": "administers",
    "champions": "champions", "champion": "champions",
}  # fmt: skip


def people(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Persons with their accounts and roles. A row whose values are all held already counts as repeated."""
    result = Result()
    finder = Finder(workspace)
    finder.load_people((f.get("id"), f.get("email")) for _, f in batch)
    finder.load_accounts(f.get("account") for _, f in batch)
    relations = {
        (r.person_id, r.account_id): r for r in Relation.objects.filter(person__in=[p.pk for p in finder.held_people()])
    }
    for row, f in batch:
        try:
            outer, email = clean.text(f.get("id"), 255, "The id") or None, clean.email(f.get("email"))
            if not (outer or email):
                raise ValueError("A person needs an id or an e-mail address.")
            roles = _roles(f.get("role"))
            name, language = (
                clean.text(f.get("name"), 200, "The name"),
                clean.text(f.get("language"), 12, "The language"),
            )
            traits = _traits(f.get("traits"))
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        person, new = finder.person(outer, email, name)
        before = (person.name, person.language, person.email, dict(person.traits))
        person.name, person.language = name or person.name, language or person.language
        if email and person.email is None:
            person.email = email
        person.traits = {**person.traits, **traits}
        changed = before != (person.name, person.language, person.email, person.traits)
        if changed and not new:
            person.save()
        elif changed:
            Person.objects.filter(pk=person.pk).update(language=person.language, traits=person.traits)
        if f.get("account"):
            account, _ = finder.account(str(f["account"]).strip())
            held = relations.get((person.pk, account.pk))
            if held is None:
                held = Relation(workspace=workspace, person=person, account=account)
            if held.pk is None or any(not getattr(held, r) for r in roles):
                for role in roles:
                    setattr(held, role, True)
                held.save()
                relations[person.pk, account.pk] = held
                changed = True
        if new or changed:
            result.stored += 1
        else:
            result.repeated += 1
    return result


def accounts(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Accounts; `mrr` with them is recorded as revenue from `since`, or from today."""
    from .queries.money import today

    result = Result()
    finder = Finder(workspace)
    finder.load_accounts(f.get("id") or f.get("name") for _, f in batch)
    for row, f in batch:
        try:
            key = clean.text(f.get("id") or f.get("name"), 200, "The id")
            if not key:
                raise ValueError("An account needs an id or a name.")
            state = clean.text(f.get("state"), 12, "The state").lower()
            if state and state not in AccountState.values:
                raise ValueError(f"{state!r} is not a state. Use {', '.join(v for v in AccountState.values if v)}.")
            mrr = clean.cents(f["mrr"], "mrr") if str(f.get("mrr") or "").strip() else None
            currency = clean.currency(f.get("currency"), workspace.currency)
            since = clean.day(f["since"], "since") if f.get("since") else None
            traits = _traits(f.get("traits"))
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        account, new = finder.account(key)
        values = {
            "name": clean.text(f.get("name"), 200, "The name") or account.name,
            "plan": str(f.get("plan") or account.plan)[:60],
            "owner": str(f.get("owner") or account.owner)[:120],
            "domain": str(f.get("domain") or account.domain)[:200],
            "state": state or account.state or ("active" if mrr else ""),
            "since": since or account.since,
            "traits": {**account.traits, **traits},
        }
        changed = any(getattr(account, k) != v for k, v in values.items())
        if changed:
            for k, v in values.items():
                setattr(account, k, v)
            account.save()
        if mrr is not None:
            changed |= _set_monthly(account, mrr, currency, since or today(workspace))
        if new or changed:
            result.stored += 1
        else:
            result.repeated += 1
    return result


def _set_monthly(account: Account, cents: int, currency: str, since: Any) -> bool:
    """The account's subscription is now `cents`; an open row with another amount ends. Returns whether it changed."""
    held = account.revenue.filter(source="subscription", once=False, until=None, currency=currency).first()
    if held is not None and held.cents == cents:
        return False
    if held is None and cents == 0:
        return False
    if held is not None:
        if held.since >= since:
            held.cents = cents
            held.save(update_fields=["cents"])
            return True
        held.until = since
        held.save(update_fields=["until"])
    if cents:
        Revenue.objects.create(
            workspace_id=account.workspace_id, account=account, cents=cents, currency=currency, since=since
        )
    return True


def money(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Revenue rows: `amount` per `period` (month, year or once) from `from` up to, not including, `to`."""
    result = Result()
    finder = Finder(workspace)
    finder.load_accounts(f.get("account") for _, f in batch)
    keys = ("account_id", "source", "since", "once", "currency")
    held = {
        tuple(getattr(r, k) for k in keys): r
        for r in Revenue.objects.filter(account__in=[a.pk for a in finder.held_accounts()])
    }
    fresh: list[Revenue] = []
    for row, f in batch:
        try:
            name = clean.text(f.get("account"), 200, "The account")
            if not name:
                raise ValueError("The row names no account.")
            period = str(f.get("period") or "month").strip().lower()
            if period not in ("month", "year", "once"):
                raise ValueError(f"{period!r} is not a period. Write month, year or once.")
            cents = clean.cents(f.get("amount"))
            since = clean.day(f.get("from"), "from")
            until = clean.day(f["to"], "to") if str(f.get("to") or "").strip() else None
            if until and until <= since:
                raise ValueError(f"It ends ({until}) before it begins ({since}).")
            currency = clean.currency(f.get("currency"), workspace.currency)
            source = clean.text(f.get("source"), 60, "The source") or "subscription"
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        account, _ = finder.account(name)
        made = Revenue(
            workspace=workspace,
            account=account,
            source=source,
            cents=round(cents / 12) if period == "year" else cents,
            currency=currency,
            since=since,
            until=until,
            once=period == "once",
        )
        key = tuple(getattr(made, k) for k in keys)
        old = held.get(key)
        if old is None:
            held[key] = made
            fresh.append(made)
            result.stored += 1
        elif (old.cents, old.until) == (made.cents, made.until):
            result.repeated += 1
        else:
            old.cents, old.until = made.cents, made.until
            if old.pk:
                old.save(update_fields=["cents", "until"])
            result.stored += 1
    Revenue.objects.bulk_create(fresh)
    return result


def _roles(value: Any) -> list[str]:
    words = [
        w.strip().lower() for w in str(value or "uses").replace(";", ",").replace("|", ",").split(",") if w.strip()
    ]
    unknown = [w for w in words if w not in ROLE_WORDS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a role in an account. Use uses, buys, administers, champions.")
    return sorted({ROLE_WORDS[w] for w in words})


def _traits(value: Any) -> dict[str, Any]:
    return {str(k)[:80]: v for k, v in (value or {}).items() if v not in (None, "")}


class Finder:
    """Persons and accounts of one batch, looked up with a few queries and made when missing."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._by_id: dict[str, Person] = {}
        self._by_email: dict[str, Person] = {}
        self._account_by_id: dict[str, Account] = {}
        self._account_by_name: dict[str, Account] = {}

    def load_people(self, keys: Any) -> None:
        pairs = [(str(i).strip() if i else "", str(e).strip().lower() if e else "") for i, e in keys]
        held = Person.objects.filter(workspace=self.workspace)
        for person in [
            *held.filter(external_id__in={i for i, _ in pairs if i}),
            *held.filter(email__in={e for _, e in pairs if e}),
        ]:
            self._keep(person)

    def load_accounts(self, keys: Any) -> None:
        names = {str(k).strip() for k in keys if k}
        held = Account.objects.filter(workspace=self.workspace)
        for account in [*held.filter(external_id__in=names), *held.filter(name__in=names)]:
            self._keep_account(account)

    def held_people(self) -> list[Person]:
        return list({p.pk: p for p in [*self._by_id.values(), *self._by_email.values()]}.values())

    def held_accounts(self) -> list[Account]:
        return list({a.pk: a for a in [*self._account_by_id.values(), *self._account_by_name.values()]}.values())

    def _keep(self, person: Person) -> None:
        if person.external_id:
            self._by_id[person.external_id] = person
        if person.email:
            self._by_email[person.email] = person

    def _keep_account(self, account: Account) -> None:
        if account.external_id:
            self._account_by_id[account.external_id] = account
        self._account_by_name.setdefault(account.name.lower(), account)

    def person(self, outer: str | None, email: str | None, name: str = "") -> tuple[Person, bool]:
        """The person and whether it is new. An id wins over an address that belongs to somebody else."""
        found = self._by_id.get(outer or "") or self._by_email.get(email or "")
        if found is not None and outer and found.external_id and found.external_id != outer:
            found, email = None, None
        if found is not None:
            if outer and not found.external_id:
                found.external_id = outer
                found.save(update_fields=["external_id"])
                self._keep(found)
            return found, False
        made = Person.objects.create(workspace=self.workspace, external_id=outer, email=email, name=name)
        self._keep(made)
        return made, True

    def make_people(self, wanted: Any) -> None:
        """Make all missing (id, email, name) at once: the fast way for a batch of voices."""
        fresh: dict[tuple[str, str], Person] = {}
        taken: set[str] = set()
        for outer, email, name in wanted:
            if (outer and outer in self._by_id) or (not outer and email and email in self._by_email):
                continue
            if outer and email and email in self._by_email:
                continue
            if not (outer or email) or (outer or "", email or "") in fresh or (email and email in taken):
                continue
            fresh[outer or "", email or ""] = Person(
                workspace=self.workspace, external_id=outer, email=email, name=name or ""
            )
            if email:
                taken.add(email)
        by_id: dict[str, Person] = {}
        for person in fresh.values():
            if person.external_id:
                if person.external_id in by_id:
                    continue
                by_id[person.external_id] = person
        unique = [p for p in fresh.values() if not p.external_id or by_id[p.external_id] is p]
        for person in Person.objects.bulk_create(unique):
            self._keep(person)

    def account(self, key: str) -> tuple[Account, bool]:
        found = self._account_by_id.get(key) or self._account_by_name.get(key.lower())
        if found is not None:
            return found, False
        made = Account.objects.create(workspace=self.workspace, external_id=key, name=key)
        self._keep_account(made)
        return made, True
