"""What a person is and was to an account: the history, edited as a whole."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from wellheard.core import clean
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, Person, Relation, Role
from wellheard.people.queries.named import account_named, person_named
from wellheard.people.queries.roles import Span, spans
from wellheard.people.services import roles as services

from ..frame import page

BLANK = 2
Line = tuple[str, str, str]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def relation(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The roles of one person in one account, over time."""
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Relation, number, "person__workspace", "account")
    return _edit(request, access, found.person, found.account, found)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join_account(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A person gets a role in a further account, which is named."""
    access = enter(request, slug, Role.EDITOR)
    person = access.get(Person, number, "workspace")
    return _join(request, access, person, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join_person(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Somebody, who is named, gets a role in an account."""
    access = enter(request, slug, Role.EDITOR)
    return _join(request, access, None, access.get(Account, number, "workspace"))


def _join(request: HttpRequest, access: Access, person: Person | None, account: Account | None) -> HttpResponse:
    said = request.POST.get("who", "").strip()
    if request.method != "POST":
        return _form(request, access, person, account, [])
    try:
        if not said:
            raise ValueError("Name the account." if account is None else "Name the person.")
        if person is None:
            person_found, account_found = person_named(access.workspace, said), account
        else:
            person_found, account_found = person, account_named(access.workspace, said)
        assert account_found is not None
        held = Relation.objects.filter(person=person_found, account=account_found).first()
        known = spans([held])[held.pk] if held else []
        told = _lines(request)
        if not told:
            raise ValueError("Choose at least one role.")
        services.set_history(access, person_found, account_found, [*known, *_spans(told)])
    except ValueError as e:
        return _form(request, access, person, account, _lines(request), error=str(e), who=said)
    messages.success(request, f"It is noted what {person_found} is to {account_found}.")
    return _back(access, person, account_found)


def _edit(request: HttpRequest, access: Access, person: Person, account: Account, found: Relation) -> HttpResponse:
    if request.method != "POST":
        held = [(s.role, _iso(s.since), _iso(s.until)) for s in spans([found])[found.pk]]
        return _form(request, access, person, account, held, relation=found)
    told = _lines(request)
    try:
        services.set_history(access, person, account, _spans(told))
    except ValueError as e:
        return _form(request, access, person, account, told, error=str(e), relation=found)
    messages.success(request, f"It is noted what {person} is and was to {account}.")
    return _back(access, person, account)


def _back(access: Access, person: Person | None, account: Account) -> HttpResponse:
    if person is None:
        return redirect("account", access.workspace.slug, account.pk)
    return redirect("person", access.workspace.slug, person.pk)


def _lines(request: HttpRequest) -> list[Line]:
    """What stands in the form; a line whose role is empty is left out."""
    columns = (request.POST.getlist(name) for name in ("role", "since", "until"))
    return [(r.strip(), a.strip(), b.strip()) for r, a, b in zip(*columns, strict=False) if r.strip()][:250]


def _spans(lines: list[Line]) -> list[Span]:
    return [
        Span(role, clean.day(since, "The first day") if since else None, clean.day(until, "The end") if until else None)
        for role, since, until in lines
    ]


def _iso(day: object) -> str:
    return "" if day is None else str(day)


def _form(
    request: HttpRequest, access: Access, person: Person | None, account: Account | None, lines: list[Line],
    error: str = "", who: str = "", relation: Relation | None = None,
) -> HttpResponse:  # fmt: skip
    return page(
        request, access, "console/people/roles.html", "people", status=422 if error else 200, person=person, account=account,
        lines=[*lines, *[("", "", "")] * BLANK], words=Relation.WORDS, error=error, who=who, relation=relation,
    )  # fmt: skip
