"""People and accounts: lists through both lenses, and one page with one timeline for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from wellheard.listen.queries.checkins import of as check_in_of
from wellheard.measure.health import health_of
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, AccountState, Person, Segment
from wellheard.people.queries import known_as, lists
from wellheard.people.queries import roles as role_queries
from wellheard.people.queries import traits as trait_queries
from wellheard.people.queries.money import cents_by_account, steps, today
from wellheard.people.segments import UnknownSegment, members
from wellheard.store import StoreError
from wellheard.tell.queries.budget import verdicts

from .. import timeline
from ..frame import page

KINDS = ("said", "did", "told", "talked", "paid")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A list narrowed to a segment: `keys` None is everybody, and nobody when the segment cannot be asked."""

    choices: list[Segment]
    said: str = ""
    keys: frozenset[int] | None = None
    trouble: str = ""


def narrow(request: HttpRequest, access: Access, of: str) -> Narrowed:
    rows = Segment.objects.filter(workspace=access.workspace, of=of).select_related("workspace")
    choices = sorted(rows, key=lambda s: s.name.casefold())
    said = request.GET.get("segment", "").strip()
    if not said:
        return Narrowed(choices)
    chosen = next((s for s in choices if str(s.pk) == said), None)
    if chosen is None:
        return Narrowed(choices, said, frozenset(), "There is no such segment any more.")
    try:
        return Narrowed(choices, said, members(chosen).keys)
    except (UnknownSegment, StoreError) as e:
        return Narrowed(choices, said, frozenset(), str(e))


def _number(request: HttpRequest) -> int:
    value = request.GET.get("page", "1")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 8 else 1


def _kinds(request: HttpRequest) -> list[str]:
    return [k for k in KINDS if k == request.GET.get("show")]


def _moved(access: Access, of: Segment.Of, model: type[Person] | type[Account], number: int) -> int | None:
    """Where a page went whose person or account has been merged into another."""
    if number >= 2**63 or model._default_manager.filter(workspace=access.workspace, pk=number).exists():
        return None
    return known_as.became(access.workspace, of, number)


@dataclass(frozen=True, slots=True)
class Spans:
    """Roles over time that say something; `one_since` when all hold and began on one day."""

    rows: list[role_queries.Span]
    one_since: date | None


def _told(held: list[role_queries.Span]) -> Spans | None:
    rows = [s for s in held if s.since or s.until]
    if not rows:
        return None
    same = len(rows) == len(held) and all(s.until is None and s.since == rows[0].since for s in rows)
    return Spans(rows, rows[0].since if same else None)


@login_required
@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    ask = {k: request.GET.get(k, "").strip() for k in ("q", "lens", "spoke")}
    narrowed = narrow(request, access, "people")
    found = lists.people(access.workspace, **ask, number=_number(request), keys=narrowed.keys)
    return page(
        request, access, "console/people/people.html", "people", found=found, ask=ask | {"segment": narrowed.said},
        overview=lists.overview(access.workspace), segments=narrowed.choices, trouble=narrowed.trouble,
    )  # fmt: skip


@login_required
@require_safe
def accounts(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    ask = {k: request.GET.get(k, "").strip() for k in ("q", "lens", "state", "spoke", "owner")}
    narrowed = narrow(request, access, "accounts")
    found = lists.accounts(access.workspace, **ask, number=_number(request), keys=narrowed.keys, mine=access.member)
    states = [s for s in AccountState.choices if s[0]]
    return page(
        request, access, "console/people/accounts.html", "people", found=found, ask=ask | {"segment": narrowed.said},
        states=states, owners=lists.owners(access.workspace), overview=lists.overview(access.workspace), segments=narrowed.choices, trouble=narrowed.trouble,
    )  # fmt: skip


@login_required
@require_safe
def person(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    if now := _moved(access, Segment.Of.PEOPLE, Person, number):
        return redirect("person", slug, now)
    found = access.get(Person, number, "workspace")
    relations = list(found.relations.select_related("account").order_by("pk"))
    over_time = role_queries.spans(relations)
    cents = cents_by_account(access.workspace, today(access.workspace), [r.account_id for r in relations])
    return page(
        request, access, "console/people/person.html", "people", person=found, kinds=KINDS, show=request.GET.get("show", ""),
        relations=[(r, cents.get(r.account_id), _told(over_time[r.pk])) for r in relations], moments=timeline.of_person(found, _kinds(request))[:200],
        opted_out=found.opt_outs.exists(), may=verdicts(found), traits=trait_queries.shown(found), check_in=check_in_of(found), also=known_as.also(found), votes=found.votes.select_related("idea").order_by("-at")[:20],
    )  # fmt: skip


@login_required
@require_safe
def account(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug)
    if now := _moved(access, Segment.Of.ACCOUNTS, Account, number):
        return redirect("account", slug, now)
    found = access.get(Account, number, "workspace")
    relations = role_queries.present(found.relations.select_related("person")).order_by(
        "-buys", "-champions", "person__name"
    )
    former = list(role_queries.ended(found.relations.select_related("person")).order_by("person__name")[:30])
    shown = list(relations[:30])
    over_time = role_queries.spans([*shown, *former])
    history = steps(found)
    return page(
        request, access, "console/people/account.html", "people", account=found, health=health_of(found), kinds=KINDS, show=request.GET.get("show", ""),
        relations=[(r, _told(over_time[r.pk])) for r in shown], more=max(0, relations.count() - 30), history=history,
        former=[(r, _told(over_time[r.pk])) for r in former],
        cents=cents_by_account(access.workspace, today(access.workspace), [found.pk]).get(found.pk, 0),
        moments=timeline.of_account(found, _kinds(request))[:200], traits=trait_queries.shown(found), check_in=check_in_of(found), also=known_as.also(found),
    )  # fmt: skip
