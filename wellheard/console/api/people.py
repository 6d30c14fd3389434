"""People and accounts over the API: merges, roles, traits, owners."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router
from ninja.responses import Status

from wellheard.measure.health import health_of, healths
from wellheard.people.models import Account, Merge, Person, Relation, Role, Trait
from wellheard.people.queries import traits as trait_queries
from wellheard.people.queries.roles import Span, spans
from wellheard.people.services import merges, persons, roles, traits
from wellheard.tell.services import erasing
from wellheard.understand.queries import silent as silent_queries
from wellheard.understand.queries.reweigh import reweigh

from .loop import AccountOut, PersonOut, Strict, _access

router = Router()


class MergeIn(Strict):
    gone: int = Field(description="The one that becomes part of the one in the address")
    take: list[str] = Field([], description="Fields whose value of the gone one wins: name, email, external_id, …")


def merge_as_dict(made: Merge) -> dict[str, Any]:
    return {
        "id": made.pk, "of": made.of, "kept": made.kept, "gone": made.gone, "kept_name": made.kept_name,
        "gone_name": made.gone_name, "origin": made.origin, "made_by": made.made_by, "made_at": made.made_at,
        "undone_at": made.undone_at, "left": made.left,
    }  # fmt: skip


def preview_as_dict(seen: merges.Preview) -> dict[str, Any]:
    return {
        "kept": seen.kept.pk, "gone": seen.gone.pk,
        "differ": [{"field": f.name, "kept": f.kept, "gone": f.gone} for f in seen.differ],
        "moves": [{"what": what, "count": n} for what, n in seen.moves],
        "once": [{"what": what, "count": n} for what, n in seen.settled],
    }  # fmt: skip


@router.get("/people/{number}/merge", summary="What merging another person into this one would do")
def preview_people(request: HttpRequest, number: int, gone: int) -> dict[str, Any]:
    access = _access(request)
    return preview_as_dict(merges.preview(access, access.get(Person, number), access.get(Person, gone)))


@router.post("/people/{number}/merge", response={201: dict[str, Any]}, summary="Merge another person into this one")
def merge_people(request: HttpRequest, number: int, given: MergeIn) -> Any:
    access = _access(request)
    made = merges.merge(access, access.get(Person, number), access.get(Person, given.gone), given.take)
    return Status(201, merge_as_dict(made))


@router.get("/accounts/{number}/merge", summary="What merging another account into this one would do")
def preview_accounts(request: HttpRequest, number: int, gone: int) -> dict[str, Any]:
    access = _access(request)
    return preview_as_dict(merges.preview(access, access.get(Account, number), access.get(Account, gone)))


@router.post("/accounts/{number}/merge", response={201: dict[str, Any]}, summary="Merge another account into this one")
def merge_accounts(request: HttpRequest, number: int, given: MergeIn) -> Any:
    access = _access(request)
    made = merges.merge(access, access.get(Account, number), access.get(Account, given.gone), given.take)
    return Status(201, merge_as_dict(made))


@router.get("/merges", summary="Merges, newest first")
def list_merges(
    request: HttpRequest,
    of: Literal["", "people", "accounts"] = "",
    before: int = Query(0, description="Only merges with a smaller id: the next page"),
    limit: int = Query(50, ge=1, le=500),
) -> dict[str, Any]:
    rows = Merge.objects.filter(workspace=_access(request).workspace).defer("steps").order_by("-pk")
    if of:
        rows = rows.filter(of=of)
    if before:
        rows = rows.filter(pk__lt=before)
    return {"merges": [merge_as_dict(m) for m in rows[:limit]]}


@router.post("/merges/{number}/undo", summary="Take a merge apart; `left` names what had changed since")
def undo_merge(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    return merge_as_dict(merges.undo(access, access.get(Merge, number)))


class PersonChange(Strict):
    name: str | None = None
    language: str | None = None
    email: str | None = None
    external_id: str | None = None
    traits: dict[str, Any] | None = Field(None, description="What is named is set; null takes a trait away")


class AccountChange(Strict):
    name: str | None = None
    plan: str | None = None
    domain: str | None = None
    external_id: str | None = None
    state: str | None = None
    owner: str | None = Field(None, description="A colleague's e-mail address or name; empty: nobody")
    since: date | None = None
    traits: dict[str, Any] | None = Field(None, description="What is named is set; null takes a trait away")


@router.get("/people/{number}", response=PersonOut, summary="One person")
def one_person(request: HttpRequest, number: int) -> Any:
    return _access(request).get(Person, number)


@router.get("/accounts/{number}", response=AccountOut, summary="One account")
def one_account(request: HttpRequest, number: int) -> Any:
    return _access(request).get(Account, number)


@router.patch("/people/{number}", response=PersonOut, summary="Change what is known of a person")
def change_person(request: HttpRequest, number: int, given: PersonChange) -> Any:
    access = _access(request)
    values = given.dict(exclude_unset=True)
    told = values.pop("traits", None)
    return persons.change_person(access, access.get(Person, number), values, told)


@router.patch("/accounts/{number}", response=AccountOut, summary="Change what is known of an account")
def change_account(request: HttpRequest, number: int, given: AccountChange) -> Any:
    access = _access(request)
    values = given.dict(exclude_unset=True)
    told = values.pop("traits", None)
    return persons.change_account(access, access.get(Account, number), values, told)


@router.get("/accounts/{number}/health", summary="How an account fares, with every signal")
def account_health(request: HttpRequest, number: int) -> dict[str, Any]:
    return health_of(_access(request).get(Account, number, "workspace")).as_dict()


@router.get("/silent", summary="How much of the base never spoke, part by part")
def list_silent(request: HttpRequest, days: int | None = Query(None, ge=1, le=3650)) -> dict[str, Any]:
    return silent_queries.silence(_access(request).workspace, days).as_dict()


@router.get("/silent/problems", summary="Problems as spoken beside re-weighted to the base")
def weighed_problems(
    request: HttpRequest,
    by: list[str] = Query([]),  # noqa: B008
    days: int | None = Query(None, ge=1, le=3650),
) -> dict[str, Any]:
    return reweigh(_access(request).workspace, by, days).as_dict()


@router.get("/health", summary="How accounts fare, the worst first")
def list_health(
    request: HttpRequest,
    word: Literal["", "at risk", "mixed", "well", "unknown"] = "",
    limit: int = Query(100, ge=1, le=1000),
) -> dict[str, Any]:
    found = [h for h in healths(_access(request).workspace) if not word or h.word == word]
    return {"total": len(found), "accounts": [h.as_dict() for h in found[:limit]]}


class TraitIn(Strict):
    of: Literal["people", "accounts"]
    key: str
    kind: str = "text"
    label: str = ""
    choices: list[str] = []


class TraitChange(Strict):
    kind: str | None = Field(None, description="text, number, money, date, yes_no or choice")
    label: str | None = None
    choices: list[str] | None = None


@router.get("/traits", summary="Traits of people and of accounts, those that wait to be confirmed first")
def list_traits(request: HttpRequest, of: Literal["", "people", "accounts"] = "") -> dict[str, Any]:
    workspace = _access(request).workspace
    sides = [of] if of else ["people", "accounts"]
    return {"traits": [row.as_dict() for side in sides for row in trait_queries.rows(workspace, side)]}


@router.post("/traits", response={201: dict[str, Any]}, summary="Say of a trait that nobody has yet what it is")
def add_trait(request: HttpRequest, given: TraitIn) -> Any:
    made = traits.add(_access(request), **given.dict())
    return Status(201, trait_queries.rows(made.workspace, made.of, [made.pk])[0].as_dict())


@router.patch("/traits/{number}", summary="Confirm or change what a trait is")
def define_trait(request: HttpRequest, number: int, given: TraitChange) -> dict[str, Any]:
    access = _access(request)
    made = traits.define(access, access.get(Trait, number), **given.dict())
    return trait_queries.rows(access.workspace, made.of, [made.pk])[0].as_dict()


class RelationIn(Strict):
    person: int
    account: int
    uses: bool = False
    buys: bool = False
    administers: bool = False
    champions: bool = False
    since: date | None = Field(None, description="The day of the change; today when left out")


class SpanIn(Strict):
    role: Literal["uses", "buys", "administers", "champions"]
    begin: date | None = Field(None, alias="from", description="Nobody knows since when, when left out")
    end: date | None = Field(None, alias="to", description="The first day it no longer holds; left out while it holds")


class HistoryIn(Strict):
    person: int
    account: int
    history: list[SpanIn] = Field(description="All roles over time; an empty list parts the two")


def relation_as_dict(relation: Relation, held: list[Span]) -> dict[str, Any]:
    return {
        "person": relation.person_id, "account": relation.account_id, "roles": relation.words,
        "history": [s.as_dict() for s in held],
    }  # fmt: skip


def _told(rows: Any) -> dict[str, Any]:
    relations = list(rows)
    held = spans(relations)
    return {"relations": [relation_as_dict(r, held[r.pk]) for r in relations]}


@router.post("/relations", summary="What a person is to an account now; what they no longer are stays in the history")
def put_relation(request: HttpRequest, given: RelationIn) -> dict[str, Any]:
    access = _access(request)
    words = given.dict(exclude={"person", "account", "since"})
    person, account = access.get(Person, given.person), access.get(Account, given.account)
    made = roles.relate(access, person, account, given.since, **words)
    return relation_as_dict(made, spans([made])[made.pk])


@router.put("/relations", summary="What a person was to an account over time, as a whole")
def put_history(request: HttpRequest, given: HistoryIn) -> dict[str, Any]:
    access = _access(request)
    person, account = access.get(Person, given.person), access.get(Account, given.account)
    made = roles.set_history(access, person, account, [Span(s.role, s.begin, s.end) for s in given.history])
    return _told([made] if made.pk else [])


@router.get("/people/{number}/relations", summary="What a person is and was, in which accounts")
def person_relations(request: HttpRequest, number: int) -> dict[str, Any]:
    return _told(_access(request).get(Person, number).relations.order_by("pk"))


@router.get("/accounts/{number}/relations", summary="Who is and was in an account; `on`: as of a day")
def account_relations(request: HttpRequest, number: int, on: date | None = None) -> dict[str, Any]:
    found = _told(_access(request).get(Account, number).relations.order_by("pk"))
    if on is None:
        return found
    for row in found["relations"]:
        days = [Span(s["role"], _day(s["from"]), _day(s["to"])) for s in row["history"]]
        row["roles"] = [word for word in Relation.WORDS if any(s.role == word and s.holds(on) for s in days)]
    return {"on": on, "relations": [r for r in found["relations"] if r["roles"]]}


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


@router.delete("/people/{number}", summary="Erase a person for good")
def erase_person(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    access.need(Role.OWNER)
    made = erasing.erase(access, access.get(Person, number, "workspace"))
    return {"erased": made.person, "voices": made.voices, "votes": made.votes, "kept": made.kept}
