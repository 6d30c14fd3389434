"""Voices, problems, bets, releases, outcomes over the API."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, model_validator

from wellheard.core import clean
from wellheard.decide import services as decide
from wellheard.decide.models import Bet
from wellheard.listen.models import Kind, Sentiment, Triage, Voice
from wellheard.listen.services import voices as voice_services
from wellheard.listen.sorting import being
from wellheard.people.access import Access
from wellheard.people.models import Account, Person, Segment
from wellheard.people.services import persons
from wellheard.tell.models import Release
from wellheard.tell.queries.debt import debts
from wellheard.tell.services import releases as release_services
from wellheard.understand.models import Problem
from wellheard.understand.queries import suggestions as suggested
from wellheard.understand.queries.disagree import stands
from wellheard.understand.queries.problems import problem_rows
from wellheard.understand.services import problems as problem_services
from wellheard.understand.services.suggestions import accept

router = Router()


def _access(request: HttpRequest) -> Access:
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Access)
    return found


class Strict(Schema):
    """Unknown fields are refused, so that a slip is told and nothing can be set that is not listed."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def characters(cls, given: Any) -> Any:
        """No text anywhere may hold what a database cannot: NUL, or half a character."""
        inner = getattr(given, "_obj", given)
        if isinstance(inner, dict) and (wrong := clean.flaw_inside(inner)):
            raise ValueError(f"The body holds {wrong}; leave it out.")
        return given


class VoiceIn(Strict):
    text: str
    who: str = Field("", description="E-mail address, id or name of the person who said it")
    account: str = ""
    channel: str = "other"
    kind: str = ""
    sentiment: str = Field("", description="negative, neutral or positive; left out: suggested")
    relayed: bool = True
    said_at: datetime | None = None
    url: str = Field("", description="Where it was said")
    deal_amount: str = Field("", description="What hangs on it, such as 12000 or 1500.50")
    deal_currency: str = Field("", description="Three letters; left out: the workspace's")
    deal_stage: str = Field("", description="open, won or lost; an amount without a stage is open")


class SuggestedOut(Schema):
    """Empty words mean "not sure"; the numbers are probabilities."""

    kind: str
    kind_sure: float
    sentiment: str
    sentiment_sure: float


class VoiceOut(Schema):
    """`kind` and `sentiment` are what somebody said; `suggestion` is what we would say (null: not looked at yet)."""

    id: int
    text: str
    kind: str
    sentiment: str
    suggestion: SuggestedOut | None = None
    channel: str
    author_id: int | None
    account_id: int | None
    relayed_by: str
    said_at: datetime
    account_state: str
    account_cents: int | None
    triage: str
    source: str
    source_id: str | None
    url: str
    deal_cents: int | None
    deal_currency: str
    deal_stage: str


@router.get("/voices", response=list[VoiceOut], summary="Voices, newest first")
def list_voices(
    request: HttpRequest,
    triage: str = "",
    kind: str = Query("", description="As sorted, else as suggested"),
    sentiment: str = Query("", description="As said, else as suggested"),
    problem: int | None = None,
    before: int | None = Query(None, description="Only voices with a smaller id: the next page"),
    limit: int = Query(50, ge=1, le=500),
) -> Any:
    rows = Voice.objects.filter(workspace=_access(request).workspace)
    if triage:
        if triage not in Triage.values:
            raise ValueError(f"triage is one of {', '.join(Triage.values)}.")
        rows = rows.filter(triage=triage)
    if kind:
        if kind not in Kind.values:
            raise ValueError(f"kind is one of {', '.join(k for k in Kind.values if k)}.")
        rows = rows.filter(being("kind", kind))
    if sentiment:
        if sentiment not in Sentiment.values:
            raise ValueError(f"sentiment is one of {', '.join(s for s in Sentiment.values if s)}.")
        rows = rows.filter(being("sentiment", sentiment))
    if problem is not None:
        rows = rows.filter(evidence__problem=problem)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[:limit])
    suggested.attach(found)
    return found


@router.post("/voices", response={201: VoiceOut}, summary="Note what somebody said")
def add_voice(request: HttpRequest, given: VoiceIn) -> Any:
    values = given.dict()
    return Status(201, voice_services.capture(_access(request), values.pop("text"), **values))


class SortIn(Strict):
    voices: list[int] = Field(min_length=1, max_length=500)
    kind: str | None = Field(None, description="bug, request, praise or question; empty takes it back")
    sentiment: str | None = Field(None, description="negative, neutral or positive; empty takes it back")
    accept: bool = Field(False, description="Take over what is suggested where nobody said anything")


@router.post("/voices/sort", summary="Say what voices are and how they feel")
def sort_voices(request: HttpRequest, given: SortIn) -> dict[str, int]:
    access = _access(request)
    chosen = [access.get(Voice, number) for number in given.voices]
    if given.accept:
        if given.kind is not None or given.sentiment is not None:
            raise ValueError("Either accept, or a kind and sentiment of your own.")
        return {"changed": accept(access, chosen)}
    return {"changed": voice_services.sort(access, chosen, given.kind, given.sentiment)}


class SaidIn(Strict):
    text: str = Field(max_length=20_000)


@router.post("/suggest", response=SuggestedOut, summary="The kind and sentiment a text seems to have")
def suggest(request: HttpRequest, given: SaidIn) -> Any:
    return suggested.of_texts(_access(request).workspace, [given.text])[0]


class PersonIn(Strict):
    external_id: str | None = None
    email: str | None = None
    name: str = ""
    language: str = ""
    traits: dict[str, Any] = {}


class PersonOut(Schema):
    id: int
    external_id: str | None
    email: str | None
    name: str
    language: str
    traits: dict[str, Any]


@router.get("/people", response=list[PersonOut], summary="People")
def list_people(
    request: HttpRequest, email: str = "", external_id: str = "", after: int = 0, limit: int = Query(50, ge=1, le=500)
) -> Any:
    """Ids and addresses of somebody who was merged away find the one who was kept."""
    rows = Person.objects.filter(workspace=_access(request).workspace, pk__gt=after)
    if email:
        rows = rows.filter(Q(email__iexact=email) | Q(keys__kind="email", keys__value=email.lower()))
    if external_id:
        rows = rows.filter(Q(external_id=external_id) | Q(keys__kind="id", keys__value=external_id))
    return list(rows.distinct().order_by("pk")[:limit])


@router.post("/people", response=PersonOut, summary="Find or make a person and update what is known")
def put_person(request: HttpRequest, given: PersonIn) -> Any:
    if not (given.external_id or given.email):
        raise ValueError("A person needs an external_id or an email.")
    return persons.save_person(_access(request), **given.dict())


class AccountIn(Strict):
    name: str
    external_id: str | None = None
    plan: str = ""
    state: str = ""
    owner: str = ""
    domain: str = ""
    traits: dict[str, Any] = {}


class AccountOut(Schema):
    id: int
    external_id: str | None
    name: str
    plan: str
    state: str
    owner: str
    domain: str
    traits: dict[str, Any]


@router.get("/accounts", response=list[AccountOut], summary="Accounts")
def list_accounts(request: HttpRequest, after: int = 0, limit: int = Query(50, ge=1, le=500)) -> Any:
    return list(Account.objects.filter(workspace=_access(request).workspace, pk__gt=after).order_by("pk")[:limit])


@router.post("/accounts", response=AccountOut, summary="Find or make an account and update what is known")
def put_account(request: HttpRequest, given: AccountIn) -> Any:
    return persons.save_account(_access(request), **given.dict())


@router.get("/disagreement", summary="Problems as users and as customers rank them, and what chance explains")
def disagreement(request: HttpRequest, days: int | None = Query(None, ge=1, le=36500)) -> dict[str, Any]:
    return {"problems": [s.as_dict() for s in stands(_access(request).workspace, days)]}


class ProblemIn(Strict):
    name: str
    summary: str = ""
    voices: list[int] = []


class ProblemOut(Schema):
    id: int
    name: str
    summary: str
    merged_into_id: int | None


@router.get("/problems", summary="Problems through both lenses")
def list_problems(request: HttpRequest) -> dict[str, Any]:
    return {
        "problems": [
            {"id": r.problem.pk, "name": r.problem.name, "voices": r.voices, "users": r.users, "customers": r.customers,
             "accounts": r.accounts, "mrr_cents": r.cents, "user_rank": r.user_rank, "customer_rank": r.customer_rank}
            for r in problem_rows(_access(request).workspace)
        ]
    }  # fmt: skip


@router.post("/problems", response={201: ProblemOut}, summary="Confirm a problem")
def add_problem(request: HttpRequest, given: ProblemIn) -> Any:
    access = _access(request)
    return Status(
        201,
        problem_services.create_problem(
            access, given.name, given.summary, [access.get(Voice, v).pk for v in given.voices]
        ),
    )


class EvidenceIn(Strict):
    voices: list[int]


@router.post("/problems/{number}/evidence", summary="Make voices evidence of a problem")
def add_evidence(request: HttpRequest, number: int, given: EvidenceIn) -> dict[str, int]:
    access = _access(request)
    problem = access.get(Problem, number)
    return {"added": problem_services.add_evidence(access, problem, [access.get(Voice, v) for v in given.voices])}


class BetIn(Strict):
    name: str
    problems: list[int]
    metric: str = Field(description="Name of the event whose weekly count per person should shift")
    expected_percent: Decimal
    smallest_percent: Decimal
    window_weeks: int = 5
    direction: str = "up"
    population: str = ""
    hypothesis: str = ""
    undo_rule: str = ""
    expected_low: Decimal | None = None
    expected_high: Decimal | None = None
    sure_percent: int | None = None


class BetOut(Schema):
    id: int
    name: str
    state: str
    version: int
    metric: str
    direction: str
    expected_percent: Decimal
    smallest_percent: Decimal
    expected_low: Decimal | None
    expected_high: Decimal | None
    sure_percent: int | None
    window_weeks: int
    undo_rule: str
    shipped_on: date | None


@router.get("/bets", response=list[BetOut], summary="Bets")
def list_bets(request: HttpRequest) -> Any:
    return list(Bet.objects.filter(workspace=_access(request).workspace).order_by("pk"))


@router.post("/bets", response={201: BetOut}, summary="State a bet")
def add_bet(request: HttpRequest, given: BetIn) -> Any:
    access = _access(request)
    terms = decide.Terms(**given.dict(exclude={"problems"}))
    return Status(201, decide.create_bet(access, [access.get(Problem, p) for p in given.problems], terms))


@router.post("/bets/{number}/start", response=BetOut, summary="Start work: locks the bet")
def start_bet(request: HttpRequest, number: int) -> Any:
    access = _access(request)
    bet = access.get(Bet, number)
    decide.start_bet(access, bet)
    return bet


class ReleaseIn(Strict):
    title: str
    body: str = ""
    bets: list[int] = []
    shipped_on: date | None = None
    audience: int | None = None


@router.post("/releases", response={201: dict}, summary="Draft a release")
def add_release(request: HttpRequest, given: ReleaseIn) -> Any:
    access = _access(request)
    bets = [access.get(Bet, b) for b in given.bets]
    audience = access.get(Segment, given.audience) if given.audience else None
    made = release_services.draft_release(access, given.title, given.body, bets, given.shipped_on, audience)
    return Status(201, {"id": made.pk, "title": made.title, "published_at": None})


@router.post("/releases/{number}/publish", summary="Publish a release and owe everybody who asked an answer")
def publish_release(request: HttpRequest, number: int) -> dict[str, Any]:
    access = _access(request)
    release = access.get(Release, number)
    owed = release_services.publish_release(access, release)
    return {"id": release.pk, "owed": owed, "published_at": release.published_at}


@router.get("/debt", summary="Who asked and still waits, by problem")
def reply_debt(request: HttpRequest) -> dict[str, Any]:
    return {
        "problems": [
            {
                "id": d.problem.pk,
                "name": d.problem.name,
                "asked": d.asked,
                "waiting": d.waiting,
                "owed": d.owed,
                "told": d.told,
                "states": dict(d.states),
            }
            for d in debts(_access(request).workspace)
        ]
    }
