"""Changing by hand what is known of a person or an account, and saying what their traits are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from wellheard.people.access import Access, enter
from wellheard.people.models import Account, AccountState, Member, Person, Role, Trait
from wellheard.people.queries import traits as queries
from wellheard.people.services import persons
from wellheard.people.services import traits as services

from ..frame import page

PERSON = {"name": "Name", "email": "E-mail", "external_id": "Your id", "language": "Language"}
ACCOUNT = {
    "name": "Name", "external_id": "Your id", "domain": "Domain", "plan": "Plan", "state": "State", "owner": "Owner",
    "since": "Customer since",
}  # fmt: skip
T = "trait."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    return _edit(request, access, access.get(Person, number, "workspace"), PERSON)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.CONTRIBUTOR)
    return _edit(request, access, access.get(Account, number, "workspace"), ACCOUNT)


def _edit(request: HttpRequest, access: Access, thing: Person | Account, fields: dict[str, str]) -> HttpResponse:
    of, kind = ("people", "person") if isinstance(thing, Person) else ("accounts", "account")
    error = ""
    given = request.POST.dict() if request.method == "POST" else None
    if given is not None:
        values = {name: given[name].strip() for name in fields if name in given}
        told = {
            k.removeprefix(T): v for k, v in given.items() if k.startswith(T) and v != given.get(f"was.{k[len(T) :]}")
        }
        if given.get("new_key", "").strip():
            told[given["new_key"].strip()] = given.get("new_value", "")
        try:
            if isinstance(thing, Person):
                persons.change_person(access, thing, values, told)
            else:
                persons.change_account(access, thing, values, told)
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"What is known of {thing} is changed.")
            return redirect(kind, access.workspace.slug, thing.pk)
    return page(
        request, access, "console/people/edit.html", "people", status=422 if error else 200, thing=thing, kind=kind, error=error,
        fields=[(n, label, (given or {}).get(n, _held(thing, n))) for n, label in fields.items()],
        traits=_lines(access, of, thing, given or {}), states=AccountState.choices, given=given or {},
        colleagues=Member.objects.filter(workspace=access.workspace).select_related("user").order_by("user__name"),
    )  # fmt: skip


def _held(thing: Person | Account, name: str) -> Any:
    value = getattr(thing, name)
    return "" if value is None else str(value)


def _lines(access: Access, of: str, thing: Person | Account, given: dict[str, str]) -> list[dict[str, Any]]:
    """A line of the form for each trait held or confirmed: its kind decides how it is asked."""
    known = {t.key: t for t in Trait.objects.filter(workspace=access.workspace, of=of).exclude(key__in=queries.HIDDEN)}
    keys = [k for k in thing.traits if k not in queries.HIDDEN and not isinstance(thing.traits[k], dict | list)]
    keys += [k for k, t in known.items() if t.confirmed and k not in thing.traits]
    lines = []
    for key in keys:
        trait, value = known.get(key), thing.traits.get(key, "")
        if trait and trait.confirmed and value != "" and services.fits(trait, value):
            value = services.fitting(trait, value)
        written = "yes" if value is True else "no" if value is False else "" if value is None else str(value)
        sure = trait.kind if trait and trait.confirmed else "text"
        lines.append({
            "key": key, "label": str(trait or key), "kind": sure, "choices": trait.choices if trait else [],
            "was": written, "value": given.get(T + key, written),
        })  # fmt: skip
    return sorted(lines, key=lambda line: line["label"].casefold())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def traits(request: HttpRequest, slug: str) -> HttpResponse:
    """All traits; posting adds one that nobody has yet."""
    access = enter(request, slug, Role.EDITOR if request.method == "POST" else Role.VIEWER)
    error, given = "", request.POST.dict()
    if request.method == "POST":
        try:
            made = services.add(
                access, given.get("of", ""), given.get("key", ""), given.get("kind", ""), given.get("label", ""),
                given.get("choices", "").splitlines(),
            )  # fmt: skip
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"“{made}” can be filled in now.")
            return redirect("traits", slug)
    sides = [(of, queries.rows(access.workspace, of)) for of in ("people", "accounts")]
    return page(
        request, access, "console/people/traits.html", "people", status=422 if error else 200, sides=sides, error=error,
        given=given, kinds=Trait.Kind.choices,
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def trait(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    access = enter(request, slug, Role.EDITOR)
    found = access.get(Trait, number, "workspace")
    error, given = "", {"kind": found.kind, "label": found.label, "choices": "\n".join(map(str, found.choices))}
    if request.method == "POST":
        given |= {k: request.POST[k] for k in given if k in request.POST}
        try:
            services.define(
                access, found, kind=given["kind"], label=given["label"], choices=given["choices"].splitlines()
            )
        except ValueError as e:
            error = str(e)
        else:
            messages.success(request, f"“{given['label'] or found.key}” is confirmed.")
            return redirect("traits", slug)
    row = queries.rows(access.workspace, found.of, [found.pk])
    return page(
        request, access, "console/people/trait.html", "people", status=422 if error else 200, trait=found, error=error,
        row=row[0] if row else None, given=given, kinds=Trait.Kind.choices,
    )  # fmt: skip
