"""Questions about what people did: active people and accounts, adoption per event, a funnel."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from wellheard import store
from wellheard.charts.lines import Series, line_chart
from wellheard.measure import active, funnel
from wellheard.measure.question import Active, Funnel, Period, Unaskable, window
from wellheard.people.access import Access, enter
from wellheard.people.models import Account, Person
from wellheard.people.queries.lists import Page, cut
from wellheard.people.queries.money import today
from wellheard.store.reader import EventName, Reader

from ..asked import day, one_of, page_number, whole
from ..frame import page

EVERY = ("week", "day", "month")
UNITS = ("person", "session", "account")
MOST_DAYS = 800
# A database takes so many numbers in one question; longer lists say that they are cut.
MOST_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class Used:
    """One event in the adoption table, against everybody active in the period."""

    event: str
    people: int
    accounts: int
    share_people: float | None
    share_accounts: float | None
    url: str

    @property
    def accounts_url(self) -> str:
        return _of_accounts(self.url)


def _period(request: HttpRequest, access: Access, newest: date | None = None) -> Period:
    """What was asked for, else the last 90 days; when nothing happened in them, the last 90 days in which it did."""
    end = day(request, "to") or today(access.workspace)
    if newest and not request.GET.get("to") and newest < end - timedelta(days=89):
        end = newest
    begin = day(request, "from") or end - timedelta(days=89)
    if begin > end:
        begin, end = end, begin
    return Period(max(begin, end - timedelta(days=MOST_DAYS)), end)


@login_required
@require_safe
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    access = enter(request, slug)
    newest = None
    with suppress(store.StoreError):
        newest = max((n.last for n in store.get().reader.event_names(access.workspace.pk)), default=None)
    period = _period(request, access, newest)
    every = one_of(request, "every", EVERY)
    given = {k: request.GET.get(k, "").strip() for k in ("step1", "step2", "step3", "window")}
    shown: dict[str, Any] = {"period": period, "every": every, "everies": EVERY, "units": UNITS, "given": given}
    try:
        reader = store.get().reader
    except store.StoreError:
        return page(request, access, "console/measure/ask.html", "measure", closed=True, **shown)
    names = reader.event_names(access.workspace.pk)
    shown |= {"names": names, "unit": one_of(request, "unit", UNITS)}
    if names:
        shown |= {"chart": _active(reader, access, every, period), "adoption": _adoption(reader, access, names, period)}
        shown |= _funnel(reader, access, given, shown["unit"], period)
    return page(request, access, "console/measure/ask.html", "measure", **shown)


def _people_url(access: Access, first: date, last: date, event: str = "") -> str:
    query = f"?from={first}&to={last}"
    if event:
        query += f"&event={quote(event)}"
    return reverse("ask_people", args=[access.workspace.slug]) + query


def _of_accounts(url: str) -> str:
    return f"{url}&of=accounts"


def _active(reader: Reader, access: Access, every: str, period: Period) -> Any:
    points = active.active(reader, access.workspace.pk, Active(every, period))  # type: ignore[arg-type]
    form = "%b %Y" if every == "month" else "%-d %b"
    ends = [p.start - timedelta(days=1) for p in points[1:]] + [period.last]
    urls = [_people_url(access, max(p.start, period.first), end) for p, end in zip(points, ends, strict=True)]
    return line_chart(
        f"Active people and accounts per {every}",
        [p.start.strftime(form) for p in points],
        [
            Series("people", "u", [p.people for p in points], urls),
            Series("accounts", "c", [p.accounts for p in points], [_of_accounts(url) for url in urls]),
        ],
        head=every.capitalize(),
    )


def _adoption(reader: Reader, access: Access, names: list[EventName], period: Period) -> list[Used]:
    workspace = access.workspace.pk
    all_people = len(reader.people_behind(workspace, None, period.first, period.last))
    all_accounts = len(reader.accounts_behind(workspace, None, period.first, period.last))
    rows = []
    for name in names[:40]:
        people = len(reader.people_behind(workspace, name.name, period.first, period.last))
        accounts = len(reader.accounts_behind(workspace, name.name, period.first, period.last))
        rows.append(
            Used(
                name.name,
                people,
                accounts,
                people / all_people if all_people else None,
                accounts / all_accounts if all_accounts else None,
                _people_url(access, period.first, period.last, name.name),
            )
        )
    return sorted(rows, key=lambda r: -r.people)


def _funnel(reader: Reader, access: Access, given: dict[str, str], unit: str, period: Period) -> dict[str, Any]:
    steps = tuple(s for s in (given["step1"], given["step2"], given["step3"]) if s)
    if len(steps) < 2:
        return {"funnel_error": "Choose at least two steps." if steps else ""}
    try:
        length = window(given["window"] or "7d")
        order = "any" if unit == "session" else "this"
        found = funnel.funnel(reader, access.workspace.pk, Funnel(steps, period, length, unit, order=order))  # type: ignore[arg-type]
    except Unaskable as e:
        return {"funnel_error": f"{str(e)[:1].upper()}{str(e)[1:]}."}
    urls = [""] * len(found)
    if unit != "session":  # a visit has no page of its own
        where = reverse("ask_funnel", args=[access.workspace.slug])
        asked = {f"step{i}": step for i, step in enumerate(steps, 1)}
        asked |= {"from": str(period.first), "to": str(period.last), "window": given["window"] or "7d", "unit": unit}
        urls = [f"{where}?{urlencode({**asked, 'reached': n})}" for n in range(1, len(found) + 1)]
    return {"funnel": list(zip(found, urls, strict=True)), "most": found[0].count if found else 0}


@login_required
@require_safe
def funnel_people(request: HttpRequest, slug: str) -> HttpResponse:
    """The people, or accounts, who got as far as one step of a funnel."""
    access = enter(request, slug)
    period = _period(request, access)
    steps = tuple(s for i in (1, 2, 3) if (s := request.GET.get(f"step{i}", "").strip()[:200]))
    unit = one_of(request, "unit", ("person", "account"))
    reached = whole(request, "reached") or 1
    numbers: list[int] = []
    days = f"from {period.first:%-d %b %Y} to {period.last:%-d %b %Y}"
    about = f"took {' → '.join(steps[:reached])}, the first step {days}"
    try:
        question = Funnel(steps, period, window(request.GET.get("window") or "7d"), unit)  # type: ignore[arg-type]
        numbers = funnel.behind(store.get().reader, access.workspace.pk, question, reached).tolist()
    except Unaskable as e:
        about = f"cannot be listed: {e}"
    except store.StoreError:
        about = "cannot be listed: the event store is not open in this process"
    return _listed(request, access, numbers, unit == "account", about)


@login_required
@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """The people, or accounts, behind a point: active, or doing one event, on these days."""
    access = enter(request, slug)
    period = _period(request, access)
    event = request.GET.get("event", "")[:200]
    of_accounts = request.GET.get("of") == "accounts"
    numbers: list[int] = []
    with suppress(store.StoreError):
        reader = store.get().reader
        behind = reader.accounts_behind if of_accounts else reader.people_behind
        numbers = behind(access.workspace.pk, event or None, period.first, period.last).tolist()
    did = f"did “{event}”" if event else "were active"
    about = f"{did} from {period.first:%-d %b %Y} to {period.last:%-d %b %Y}"
    return _listed(request, access, numbers, of_accounts, about)


def _listed(request: HttpRequest, access: Access, numbers: list[int], of_accounts: bool, about: str) -> HttpResponse:
    """A page of those of the numbers whom we know by name; how many others there are is said."""
    held = Account if of_accounts else Person
    known = held.objects.filter(workspace=access.workspace, number__in=numbers[:MOST_LISTED]).order_by("name", "pk")
    rows, total, at = cut(known, page_number(request))  # type: ignore[type-var]
    return page(
        request, access, "console/measure/ask_people.html", "measure", found=Page(rows, total, at), about=about,
        unnamed=max(0, min(len(numbers), MOST_LISTED) - total), count=len(numbers), of_accounts=of_accounts,
        cut_off=len(numbers) > MOST_LISTED,
    )  # fmt: skip
