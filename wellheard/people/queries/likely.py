"""Who is likely the same as somebody else, with the reason: for a member to look at, never merged by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Lower

from wellheard.people.models import Account, Person, Relation, Workspace

MOST = 8
LEGAL = re.compile(
    r"[\s,]+(gmbh|mbh|ag|kg|se|ug|inc|llc|ltd|limited|plc|corp|co|company|ab|as|a/s|aps|oy|oyj|sa|sas|sarl|srl|spa|"
    r"bv|nv|pty|s\.a\.|s\.r\.l\.|b\.v\.)\.?$"
)
HOSTS = frozenset({"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "gmx.net", "web.de"})


@dataclass(frozen=True, slots=True)
class Likely:
    thing: Person | Account
    why: str


@dataclass(frozen=True, slots=True)
class Same:
    """Several that share a name or domain: the two that were known first, and how many there are."""

    first: Person | Account
    second: Person | Account
    count: int
    why: str


def like(thing: Person | Account) -> list[Likely]:
    """Likely doubles of one, the surest first."""
    return _people(thing) if isinstance(thing, Person) else _accounts(thing)


def _mailbox(address: str | None) -> str:
    return (address or "").split("@")[0].split("+")[0].lower()


def _people(person: Person) -> list[Likely]:
    others = Person.objects.filter(workspace=person.workspace_id).exclude(pk=person.pk)
    found: dict[int, Likely] = {}
    name, box = person.name.strip(), _mailbox(person.email)
    host = (person.email or "").rpartition("@")[2].lower()
    if box and host:
        tagged = others.filter(Q(email__istartswith=f"{box}@") | Q(email__istartswith=f"{box}+"))
        for other in tagged.order_by("pk")[:MOST]:
            theirs = (other.email or "").rpartition("@")[2].lower()
            if theirs == host:
                found[other.pk] = Likely(other, "the same mailbox")
            elif len(box) > 3 and not {theirs, host} & HOSTS:
                found[other.pk] = Likely(other, "the same name before the @")
    if name and " " in name:
        for other in others.filter(name__iexact=name).order_by("pk")[:MOST]:
            found.setdefault(other.pk, Likely(other, "the same name"))
    return list(found.values())[:MOST]


def bare_domain(domain: str) -> str:
    said = re.sub(r"^[a-z]+://", "", domain.strip().lower()).split("/")[0].split(":")[0]
    return said.removeprefix("www.")


def bare_name(name: str) -> str:
    """A name without its legal form: "Lind GmbH" and "lind" are the same."""
    said = name.strip().lower()
    while (shorter := LEGAL.sub("", said)) != said and shorter:
        said = shorter
    return said


def _accounts(account: Account) -> list[Likely]:
    others = Account.objects.filter(workspace=account.workspace_id).exclude(pk=account.pk)
    found: dict[int, Likely] = {}
    domain, name = bare_domain(account.domain), bare_name(account.name)
    if domain:
        for other in others.filter(domain__icontains=domain).order_by("pk")[: 10 * MOST]:
            if bare_domain(other.domain) == domain:
                found[other.pk] = Likely(other, "the same domain")
    if name:
        for other in others.filter(name__istartswith=name[:60]).order_by("pk")[: 10 * MOST]:
            if bare_name(other.name) == name:
                found.setdefault(other.pk, Likely(other, "the same name"))
    return list(found.values())[:MOST]


def shared(workspace: Workspace, model: type[Person] | type[Account], most: int = 20) -> list[Same]:
    """Names (and domains of accounts) that several have, in the order of the alphabet; at most `most` of each.

    Of people, only those of one account: in a large product many strangers share a name."""
    return _in_one_account(workspace, most) if model is Person else _same_field(workspace, most)


def _in_one_account(workspace: Workspace, most: int) -> list[Same]:
    held = Relation.objects.filter(workspace=workspace, person__name__contains=" ").annotate(said=Lower("person__name"))
    twice = held.values("said", "account").annotate(n=Count("person")).filter(n__gt=1).order_by("said", "account")
    found: list[Same] = []
    for row in list(twice[:most]):
        one, other = (
            held.filter(said=row["said"], account=row["account"]).order_by("person").select_related("person")[:2]
        )
        if not any(s.first.pk == one.person_id for s in found):
            found.append(Same(one.person, other.person, row["n"], "the same name in the same account"))
    return found


def _same_field(workspace: Workspace, most: int) -> list[Same]:
    found: list[Same] = []
    for field in ("domain", "name"):
        held = Account.objects.filter(workspace=workspace).exclude(**{field: ""}).annotate(said=Lower(field))
        twice = held.values("said").annotate(n=Count("pk")).filter(n__gt=1).order_by("said")[:most]
        for row in list(twice):
            first, second = held.filter(said=row["said"]).order_by("pk")[:2]
            if not any({first.pk, second.pk} == {s.first.pk, s.second.pk} for s in found):
                found.append(Same(first, second, row["n"], f"the same {field}"))
    return found


def search(thing: Person | Account, q: str, most: int = 20) -> list[Person | Account]:
    """Others whose name, address, domain or id has these words in it."""
    model = type(thing)
    others = model._default_manager.filter(workspace=thing.workspace_id).exclude(pk=thing.pk)
    by = Q(name__icontains=q) | Q(external_id__iexact=q)
    by |= Q(email__icontains=q) if model is Person else Q(domain__icontains=q)
    return list(others.filter(by).order_by("name", "pk")[:most])
