"""Rows of people and accounts files, a batch at a time. Each handler runs inside its batch's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower

from wellheard.core import clean
from wellheard.core.rows import Bad, Row, raw_of

from .models import Account, AccountState, Member, Person, Trait, Workspace
from .queries import known_as
from .queries.roles import Span
from .services import owners, roles
from .services.traits import Checker

Fields = dict[str, Any]


@dataclass(slots=True)
class Result:
    """What became of a batch."""

    stored: int = 0
    repeated: int = 0
    changed: int = 0
    bad: list[Bad] = field(default_factory=list)


Handler = Callable[[Workspace, Sequence[tuple[Row, Fields]]], Result]

PEOPLE_FIELDS = ("id", "email", "name", "account", "role", "role_from", "role_to", "language", "created_at")
ACCOUNT_FIELDS = ("id", "name", "plan", "mrr", "currency", "owner", "state", "domain", "since")

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


def given(value: Any) -> str:
    """A cell as text; a number 0 is something, None is nothing."""
    return "" if value is None else str(value).strip()


def people(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Persons with their accounts and roles. A row whose values are all held already counts as repeated."""
    result = Result()
    finder = Finder(workspace)
    finder.load_people((f.get("id"), f.get("email")) for _, f in batch)
    check = Checker(workspace, "people", Trait.Origin.FILE)
    finder.load_accounts(f.get("account") for _, f in batch)
    told: dict[tuple[int, int], list[Span]] = {}
    rows: list[tuple[bool, tuple[int, int] | None, set[Span]]] = []
    for row, f in batch:
        try:
            outer, email = clean.text(f.get("id"), 255, "The id") or None, clean.email(f.get("email"))
            if not (outer or email):
                raise ValueError("A person needs an id or an e-mail address.")
            words = _roles(f.get("role"))
            begins, ends = (clean.day(f[k], k) if given(f.get(k)) else None for k in ("role_from", "role_to"))
            if begins and ends and ends <= begins:
                raise ValueError(f"role_to {ends} is not after role_from {begins}.")
            account_key = clean.text(f.get("account"), 200, "The account")
            name = clean.text(f.get("name"), 200, "The name")
            language = clean.text(f.get("language"), 12, "The language")
            since = f.get("created_at")
            created = clean.moment(since, workspace.time_zone, "created_at") if given(since) else None
            traits = check(clean.traits(f.get("traits")))
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        person, changed = finder.person(outer, email)
        values = {
            "name": name or person.name,
            "language": language or person.language,
            "traits": {**person.traits, **traits},
            **({"created_at": created} if created else {}),
        }
        if any(getattr(person, k) != v for k, v in values.items()):
            for k, v in values.items():
                setattr(person, k, v)
            person.save(update_fields=list(values))
            changed = True
        pair, spans = None, set[Span]()
        if account_key:
            account, _ = finder.account(account_key)
            pair, spans = (person.pk, account.pk), {Span(word, begins, ends) for word in words}
            told.setdefault(pair, []).extend(spans)
        rows.append((changed, pair, spans))
    check.note()
    fresh = roles.add(workspace, told)
    for changed, pair, spans in rows:
        new = fresh.get(pair, set()) & spans if pair else set()
        if pair and new:
            fresh[pair] -= new  # the same told twice in one file is a repeat
        if changed or new:
            result.stored += 1
        else:
            result.repeated += 1
    return result


def accounts(workspace: Workspace, batch: Sequence[tuple[Row, Fields]]) -> Result:
    """Accounts; a changed `mrr` is recorded as revenue from `since`, or from today when `since` says nothing new."""
    result = Result()
    finder = Finder(workspace)
    finder.load_accounts(k for _, f in batch for k in (f.get("id"), f.get("name")))
    check, keepers = Checker(workspace, "accounts", Trait.Origin.FILE), dict[str, tuple[Member | None, str]]()
    for row, f in batch:
        try:
            outer, name = clean.text(f.get("id"), 200, "The id"), clean.text(f.get("name"), 200, "The name")
            if not (outer or name):
                raise ValueError("An account needs an id or a name.")
            state = clean.text(f.get("state"), 40, "The state").lower()
            if state and state not in AccountState.values:
                raise ValueError(f"{state!r} is not a state. Use {', '.join(v for v in AccountState.values if v)}.")
            mrr = clean.cents(f["mrr"], "mrr") if given(f.get("mrr")) else None
            currency = clean.currency(f.get("currency"), workspace.currency)
            since = clean.day(f["since"], "since") if given(f.get("since")) else None
            words = {
                "plan": clean.text(f.get("plan"), 60, "The plan"),
                "domain": clean.text(f.get("domain"), 200, "The domain"),
            }
            owner = given(f.get("owner"))
            if owner and owner not in keepers:
                keepers[owner] = owners.named(workspace, owner)
            traits = check(clean.traits(f.get("traits")))
        except ValueError as e:
            result.bad.append(Bad(row.line, raw_of(row), str(e)))
            continue
        account, changed = finder.account(outer or name, known_as=name if outer else "")
        values = {
            "name": name or account.name,
            **{k: v or getattr(account, k) for k, v in words.items()},
            "state": state or account.state or ("active" if mrr else ""),
            "since": since or account.since,
            **(dict(zip(("keeper", "owner"), keepers[owner], strict=True)) if owner else {}),
            "traits": {**account.traits, **traits},
        }
        if any(getattr(account, k) != v for k, v in values.items()):
            for k, v in values.items():
                setattr(account, k, v)
            account.save(update_fields=list(values))
            changed = True
        if mrr is not None:
            from .importing_money import set_monthly

            changed |= set_monthly(workspace, account, mrr, currency, since)
        if changed:
            result.stored += 1
        else:
            result.repeated += 1
    check.note()
    return result


def _roles(value: Any) -> list[str]:
    words = [
        w.strip().lower() for w in str(value or "uses").replace(";", ",").replace("|", ",").split(",") if w.strip()
    ]
    unknown = [w for w in words if w not in ROLE_WORDS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not a role in an account. Use uses, buys, administers, champions.")
    return sorted({ROLE_WORDS[w] for w in words})


class Finder:
    """Persons and accounts of one batch, looked up with a few queries and made when missing."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._by_id: dict[str, Person] = {}
        self._by_email: dict[str, Person] = {}
        self._account_by_id: dict[str, Account] = {}
        self._account_by_name: dict[str, Account] = {}
        # Ids, addresses and names of those who were merged into these.
        self._was_id: dict[str, Person] = {}
        self._was_email: dict[str, Person] = {}
        self._was_account_id: dict[str, Account] = {}
        self._was_account_name: dict[str, Account] = {}

    def load_people(self, keys: Iterable[tuple[Any, Any]]) -> None:
        pairs = [(given(i), given(e).lower()) for i, e in keys]
        held = Person.objects.filter(workspace=self.workspace)
        for person in [
            *held.filter(external_id__in={i for i, _ in pairs if i}),
            *held.filter(email__in={e for _, e in pairs if e}),
        ]:
            # One object for one row, found by whichever key, else two of them would undo each other's changes.
            self._keep(next((p for p in self.held_people_of(person)), person))
        mine = {p.pk: p for p in self.held_people()}
        for kind, was, said in (("id", self._was_id, 0), ("email", self._was_email, 1)):
            for value, person in known_as.people_by(self.workspace, kind, (pair[said] for pair in pairs)).items():
                was[value] = mine.setdefault(person.pk, person)

    def held_people_of(self, person: Person) -> list[Person]:
        by = (self._by_id.get(person.external_id or ""), self._by_email.get(person.email or ""))
        return [p for p in by if p is not None and p.pk == person.pk]

    def load_accounts(self, keys: Iterable[Any]) -> None:
        names = {n for k in keys if (n := given(k))}
        held = Account.objects.filter(workspace=self.workspace)
        found = {a.pk: a for a in held.filter(external_id__in=names)}
        lowered = held.annotate(lowered=Lower("name")).filter(
            Q(name__in=names) | Q(lowered__in={n.lower() for n in names})
        )
        found = {**{a.pk: a for a in lowered}, **found}
        for pk in sorted(found):
            self._keep_account(found[pk])
        mine = {a.pk: a for a in self.held_accounts()}
        for value, account in known_as.accounts_by(self.workspace, "id", names).items():
            self._was_account_id[value] = mine.setdefault(account.pk, account)
        for value, account in known_as.accounts_by(self.workspace, "name", (n.lower() for n in names)).items():
            self._was_account_name[value] = mine.setdefault(account.pk, account)

    def held_people(self) -> list[Person]:
        held = (self._by_id, self._by_email, self._was_id, self._was_email)
        return list({p.pk: p for by in held for p in by.values()}.values())

    def held_accounts(self) -> list[Account]:
        held = (self._account_by_id, self._account_by_name, self._was_account_id, self._was_account_name)
        return list({a.pk: a for by in held for a in by.values()}.values())

    def _keep(self, person: Person) -> None:
        if person.external_id:
            self._by_id[person.external_id] = person
        if person.email:
            self._by_email[person.email.lower()] = person

    def _keep_account(self, account: Account) -> None:
        if account.external_id:
            self._account_by_id[account.external_id] = account
        self._account_by_name.setdefault(account.name.lower(), account)

    def person(self, outer: str | None, email: str | None, name: str = "") -> tuple[Person, bool]:
        """The person, and whether it is new or was completed. An id wins over an address that is somebody else's."""
        named = self._by_id.get(outer or "") or self._was_id.get(outer or "")
        owner = self._by_email.get(email or "") or self._was_email.get(email or "")
        found = named or owner
        if named is None and found is not None and outer and found.external_id and found.external_id != outer:
            found = None
        if owner is not None:
            email = None
        if found is None:
            made = Person.objects.create(workspace=self.workspace, external_id=outer, email=email, name=name)
            self._keep(made)
            return made, True
        learnt = []
        if outer and not found.external_id and outer not in self._was_id:
            found.external_id = outer
            learnt.append("external_id")
        if email and not found.email:
            found.email = email
            learnt.append("email")
        if name and not found.name:
            found.name = name
            learnt.append("name")
        if learnt:
            found.save(update_fields=learnt)
            self._keep(found)
        return found, bool(learnt)

    def make_people(self, wanted: Iterable[tuple[str | None, str | None, str]]) -> None:
        """Make at once whoever is certainly missing: the fast way for a batch of voices. `person` does the rest."""
        fresh: list[Person] = []
        ids, mails = {*self._by_id, *self._was_id}, {*self._by_email, *self._was_email}
        for outer, email, name in wanted:
            certain = (outer or email) and outer not in ids and email not in mails
            ids.add(outer or "")
            mails.add(email or "")
            if certain:
                fresh.append(Person(workspace=self.workspace, external_id=outer, email=email, name=name))
        for person in Person.objects.bulk_create(fresh):
            self._keep(person)

    def make_accounts(self, keys: Iterable[str]) -> None:
        """Make at once those that are certainly missing, whose key is an id and a name alike: for a batch of voices."""
        ids = {*self._account_by_id, *self._was_account_id}
        names = {*self._account_by_name, *self._was_account_name}
        fresh: dict[str, Account] = {}
        for key in keys:
            if key and key not in ids and key.lower() not in names:
                names.add(key.lower())
                fresh[key] = Account(workspace=self.workspace, external_id=key, name=key)
        for account in Account.objects.bulk_create(fresh.values()):
            self._keep_account(account)

    def account(self, key: str, known_as: str = "") -> tuple[Account, bool]:
        """The account and whether it is new. `known_as` finds one that so far was only called by this name."""
        found = self._account_by_id.get(key) or self._was_account_id.get(key)
        if found is None and known_as:
            named = self._account_by_name.get(known_as.lower())
            if named is not None and named.external_id in (None, named.name):
                named.external_id = key
                named.save(update_fields=["external_id"])
                self._keep_account(named)
                return named, True
        elif found is None:
            found = self._account_by_name.get(key.lower()) or self._was_account_name.get(key.lower())
        if found is not None:
            return found, False
        made = Account.objects.create(workspace=self.workspace, external_id=key, name=known_as or key)
        self._keep_account(made)
        return made, True
