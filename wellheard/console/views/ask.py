"""Questions about what people did: one page a kind, and one for who stands behind a point."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from wellheard import store
from wellheard.console.drawings.draw import Drawn, draw, sample
from wellheard.measure import asking
from wellheard.measure.dashboards import queries as boards
from wellheard.measure.dashboards.words import PERIODS
from wellheard.measure.did import of
from wellheard.measure.kinds import KINDS, Asked, Kind
from wellheard.measure.offers import offers
from wellheard.measure.question import Unaskable
from wellheard.people.access import Access, enter
from wellheard.people.queries.money import today
from wellheard.people.segments import names as segment_names
from wellheard.store.reader import EventName, Reader

from ..frame import page

FIRST = "active"
STEPS_SHOWN = 3
MOST_STEPS = 12
LABELS = {
    "event": "Event", "every": "Per", "unit": "Counting", "days": "Days", "steps": "Steps", "window": "Within",
    "order": "Order", "without": "Without anyone who did", "returning": "Coming back is", "bounds": "Back",
    "direction": "Look", "length": "Steps", "show": "Show", "early": "First days", "stay_from": "Staying: from day",
    "stay_to": "to day", "person": "Person", "account": "Account",
}  # fmt: skip
SAID = {
    "": "as usual", "this": "in this order", "any": "in any order", "bounded": "in exactly that time",
    "unbounded": "then or later", "from": "at what comes after", "to": "at what comes before", "pages": "pages by path",
    "events": "events by name",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One input of the form. `steps` holds the values of a row of steps."""

    name: str
    label: str
    about: str
    value: str
    choices: list[tuple[str, str]]
    event: bool
    steps: list[str]

    @property
    def told(self) -> bool:
        """Whether the help is worth a line of its own."""
        return self.name in ("window", "without", "returning", "person", "account")


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str
    about: str
    url: str
    current: bool


def words_of(request: HttpRequest, kind: Kind[Any, Any], names: list[str]) -> dict[str, str]:
    """What the address says, in the words the question knows; an event picked by its name is that event, whatever
    signs are in it."""
    known = {w.name: w for w in (*kind.words, *asking.COMMON, *kind.points, asking.PART, asking.BEFORE)}
    plain = {name: str(of(name)) for name in names if str(of(name)) != name}
    found = {name: value.strip()[:2000] for name in known if (value := request.GET.get(name, "")).strip()}
    given = [step.strip()[:500] for step in request.GET.getlist("step") if step.strip()]
    if given and "steps" in known and not found.get("steps"):
        found["steps"] = ", ".join(plain.get(step, step) for step in given[:MOST_STEPS])
    for name, word in known.items():
        if word.event and name != "steps" and found.get(name) in plain:
            found[name] = plain[found[name]]
    return found


def _fields(kind: Kind[Any, Any], words: Mapping[str, str], request: HttpRequest) -> list[Field]:
    fields = []
    for word in kind.words:
        value = words.get(word.name) or word.default
        choices = [(c, SAID.get(c, c + "s" if word.name == "unit" else c)) for c in word.choices]
        steps: list[str] = []
        if word.name == "steps":
            steps = [s for s in request.GET.getlist("step") if s.strip()][:MOST_STEPS] or _split(value)
            steps += [""] * max(1, STEPS_SHOWN - len(steps))
        fields.append(Field(word.name, LABELS.get(word.name, word.name), word.about, value, choices, word.event, steps))
    return fields


def _split(text: str) -> list[str]:
    try:
        return [str(one) for one in asking.steps(text)]
    except Unaskable:
        return [text]


def _tabs(access: Access, current: str, words: Mapping[str, str]) -> list[Tab]:
    kept = {k: words[k] for k in ("from", "to", "lens", "segment", "event") if words.get(k)}
    more = f"?{urlencode(kept)}" if kept else ""
    return [
        Tab(
            kind.name, kind.title, kind.about,
            reverse("ask_kind", args=[access.workspace.slug, kind.name]) + more, kind.name == current,
        )
        for kind in KINDS.values()
    ]  # fmt: skip


def last_with_events(access: Access, names: list[EventName], words: dict[str, str], kind: str) -> dict[str, str]:
    """When nothing happened in the usual days, the last 90 days in which something did."""
    newest = max((n.last for n in names), default=None)
    end = today(access.workspace)
    if newest and not words.get("to") and not words.get("from") and kind != "aha" and newest < end - timedelta(days=89):
        return {**words, "from": str(newest - timedelta(days=89)), "to": str(newest)}
    return words


@login_required
@require_safe
def ask(request: HttpRequest, slug: str, kind: str = FIRST) -> HttpResponse:
    access = enter(request, slug)
    if kind not in KINDS:
        raise Http404("There is no such question.")
    wanted = KINDS[kind]
    try:
        reader = store.get().reader
    except store.StoreError:
        return page(request, access, "console/measure/ask.html", "measure", closed=True, kind=wanted)
    names = reader.event_names(access.workspace.pk)
    words = words_of(request, wanted, [n.name for n in names])
    said = last_with_events(access, names, words, kind)
    shown: dict[str, Any] = {
        "kind": wanted, "names": names, "fields": _fields(wanted, words, request), "words": words,
        "tabs": _tabs(access, kind, words), "segments": segment_names(access.workspace), "offers": _offers(reader, access, words, names), "query": urlencode(said),
        **_period(access, wanted, said), **_dashboards(access),
    }  # fmt: skip
    if names:
        shown |= _answer(reader, access, wanted, said, names)
    return page(request, access, "console/measure/ask.html", "measure", **shown)


def _period(access: Access, kind: Kind[Any, Any], words: Mapping[str, str]) -> dict[str, Any]:
    try:
        return {"period": asking.default_period(access.workspace, kind, words)}
    except Unaskable:
        return {"period": asking.default_period(access.workspace, kind, {})}


def _dashboards(access: Access) -> dict[str, Any]:
    """Those the answer can be put on."""
    if not access.may_contribute:
        return {}
    return {"boards": boards.changeable(boards.listed(access)), "tile_periods": PERIODS.items()}


def _unseen(kind: Kind[Any, Any], words: Mapping[str, str], names: list[EventName]) -> list[str]:
    """Events asked for that never came: as a rule a slip of the pen."""
    asked = [
        one
        for w in kind.words
        if w.event and words.get(w.name)
        for did in asking.steps(words[w.name])
        for one in did.names
    ]
    known = {"", *(n.name for n in names)}
    return sorted({name for name in asked if name not in known})


def _offers(reader: Reader, access: Access, words: Mapping[str, str], names: list[EventName]) -> list[str]:
    """What the asked events carry; without one, what the most frequent ones do."""
    with suppress(Unaskable):
        said = [name for did in asking.steps(words.get("event") or words.get("steps") or "") for name in did.names]
        if asked := [name for name in said if name]:
            return offers(reader, access.workspace, asked)
    return offers(reader, access.workspace, [n.name for n in names])


def _drawn(asked: Asked[Any, Any], access: Access) -> list[tuple[str, Drawn]]:
    with timezone.override(ZoneInfo(access.workspace.time_zone)):
        return draw(asked, access.workspace.slug)


def _answer(
    reader: Reader, access: Access, kind: Kind[Any, Any], words: dict[str, str], names: list[EventName]
) -> dict[str, Any]:
    missing = [w for w in kind.words if w.needed and not words.get(w.name)]
    if missing or (kind.name == "activity" and not (words.get("person") or words.get("account"))):
        return {"missing": True}
    try:
        asked = asking.ask(reader, access.workspace, kind.name, words)
    except Unaskable as e:
        return {"error": f"{str(e)[:1].upper()}{str(e)[1:]}."}
    return {
        "asked": asked, "pieces": _drawn(asked, access), "sample": sample(asked),
        "unfinished": asked.question.period.last >= today(access.workspace), "unseen": _unseen(kind, words, names),
    }  # fmt: skip
