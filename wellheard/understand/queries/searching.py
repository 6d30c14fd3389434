"""Search over everything said and settled: by words, and voices by meaning as well. For members only: it knows the
team's own notes and whatever the portal does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet

from wellheard.core import search
from wellheard.core.clean import midnight
from wellheard.core.search import Piece, Wanted
from wellheard.listen.models import Channel, Idea, Kind, Note, Sentiment, Talk, Triage, Voice
from wellheard.listen.sorting import being
from wellheard.people.models import Account, Segment, Workspace
from wellheard.people.segments import evaluation

from .. import holding
from ..models import Problem
from . import similar as alike

PAGE = 20
# So many hits by words, the newest, are ranked; counting stops a little later.
MOST_RANKED = 500
MOST_COUNTED = 2000
MOST_BY_MEANING = 30
# Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): 1 / (60 + rank), summed over both lists.
FUSE = 60
# Below this a text only shares a word or two.
LEAST_ALIKE = 0.9  # of what counts as alike for somebody who types
THINGS = ("voices", "ideas", "problems", "notes")


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty means any. `least_cents`: the account paid so much a month when it spoke, or so much hangs on it."""

    lens: str = ""
    account: int | None = None
    segment: int | None = None
    channel: str = ""
    kind: str = ""
    sentiment: str = ""
    since: date | None = None
    until: date | None = None
    least_cents: int | None = None

    @property
    def beyond_days(self) -> bool:
        return any((self.lens, self.account, self.segment, self.channel, self.kind, self.sentiment, self.least_cents))

    @property
    def any(self) -> bool:
        return self.beyond_days or self.since is not None or self.until is not None

    def check(self, workspace: Workspace) -> None:
        """Raises ValueError saying what cannot be."""
        for name, value, allowed in (
            ("lens", self.lens, ["users", "customers"]),
            ("channel", self.channel, Channel.values),
            ("kind", self.kind, [k for k in Kind.values if k]),
            ("sentiment", self.sentiment, [s for s in Sentiment.values if s]),
        ):
            if value and value not in allowed:
                raise ValueError(f"{value[:40]!r} is no {name}. Use {', '.join(allowed)}.")
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"From {self.since} is after to {self.until}.")
        if self.account is not None and not Account.objects.filter(workspace=workspace, pk=self.account).exists():
            raise ValueError(f"There is no account with the number {self.account}.")
        if self.segment is not None and not Segment.objects.filter(workspace=workspace, pk=self.segment).exists():
            raise ValueError(f"There is no segment with the number {self.segment}.")


@dataclass(frozen=True, slots=True)
class Hit:
    """`why` holds "words", "meaning" or both; `thing` is the row, for its address and what stands beside it."""

    what: str
    thing: Any
    title: str
    pieces: list[Piece]
    why: tuple[str, ...]
    at: datetime | None = None
    title_pieces: list[Piece] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The snippet as text, and where in it the hits lie (start, end)."""
        marks, at = [], 0
        for p in self.pieces:
            if p.hit:
                marks.append([at, at + len(p.text)])
            at += len(p.text)
        return {
            "what": self.what.removesuffix("s"),
            "id": self.thing.pk,
            "title": self.title,
            "snippet": "".join(p.text for p in self.pieces),
            "marks": marks,
            "why": list(self.why),
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """`hits` of one page; `counts` for each kind of thing, where `more` says that there are at least so many."""

    wanted: Wanted
    hits: list[Hit]
    counts: dict[str, int]
    more: frozenset[str]
    page: int
    last: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        return {
            "results": [h.as_dict() for h in self.hits],
            "counts": self.counts,
            "more": sorted(self.more),
            "page": self.page,
            "pages": self.last,
        }


def narrow(workspace: Workspace, filters: Filters) -> QuerySet[Voice]:
    """The voices that the filters let through."""
    rows = Voice.objects.filter(workspace=workspace)
    zone = workspace.time_zone
    if filters.since:
        rows = rows.filter(said_at__gte=midnight(filters.since, zone))
    if filters.until:
        rows = rows.filter(said_at__lt=midnight(filters.until + timedelta(days=1), zone))
    if filters.channel:
        rows = rows.filter(channel=filters.channel)
    if filters.kind:
        rows = rows.filter(being("kind", filters.kind))
    if filters.sentiment:
        rows = rows.filter(being("sentiment", filters.sentiment))
    if filters.account is not None:
        rows = rows.filter(account=filters.account)
    if filters.least_cents is not None:
        rows = rows.filter(Q(account_cents__gte=filters.least_cents) | Q(deal_cents__gte=filters.least_cents))
    if filters.lens == "users":
        rows = rows.filter(Q(author__relations__uses=True) | Q(author__isnull=False, author__relations=None)).distinct()
    elif filters.lens == "customers":
        rows = rows.filter(author__relations__buys=True).distinct()
    return rows


class _Segment:
    """Who is in a segment, held against voices in memory: its keys may be more than a statement takes."""

    def __init__(self, workspace: Workspace, number: int | None) -> None:
        segment = Segment.objects.get(workspace=workspace, pk=number) if number is not None else None
        self.members = evaluation.members(segment) if segment else None

    def voices(self, keys: Sequence[int]) -> list[int]:
        if self.members is None:
            return list(keys)
        column = "author" if self.members.of == "people" else "account"
        who = dict(Voice.objects.filter(pk__in=keys).values_list("pk", column))
        return [k for k in keys if who.get(k) in self.members.keys]


@dataclass(frozen=True, slots=True)
class Listed:
    """Keys of one kind of thing in the order shown, with why each is here; `more`: counting stopped."""

    keys: list[int]
    why: dict[int, tuple[str, ...]]
    more: bool


def find(
    workspace: Workspace, text: str, filters: Filters = Filters(), what: str = "", page: int = 1, newest: bool = False
) -> Found:
    """What holds the words or means the like, best first (or newest first). `what` is one of THINGS; left out, the
    page begins with a few of each kind."""
    if what and what not in THINGS:
        raise ValueError(f"{what[:40]!r} is nothing to search. Use {', '.join(THINGS)}.")
    filters.check(workspace)
    wanted = search.read(text[:400])
    lists: dict[str, Listed] = {}
    if wanted:
        allowed = narrow(workspace, filters)
        segment = _Segment(workspace, filters.segment)
        lists["voices"] = _voices(workspace, text[:400], wanted, allowed, segment, filters, newest)
        lists["ideas"] = _ideas(workspace, wanted, allowed, segment, filters, newest)
        lists["problems"] = _problems(workspace, wanted, allowed, segment, filters, newest)
        lists["notes"] = _notes(workspace, wanted, allowed, segment, filters)
    counts = {w: len(lists[w].keys) if w in lists else 0 for w in THINGS}
    more = frozenset(w for w, found in lists.items() if found.more)
    if what:
        keys = [(what, k) for k in lists[what].keys] if what in lists else []
    else:  # few problems and ideas lead, so that a thousand voices do not hide them; the rest follows
        heads = [(w, k) for w in ("problems", "ideas", "notes") if w in lists for k in lists[w].keys[:3]]
        keys = heads + [("voices", k) for k in (lists["voices"].keys if "voices" in lists else [])]
    last = max(1, -(-len(keys) // PAGE))
    page = min(max(1, page), last)
    shown = keys[(page - 1) * PAGE : page * PAGE]
    return Found(wanted, _hits(shown, lists, wanted), counts, more, page, last)


def _by_words(rows: QuerySet[Any], model: type[Model], field: str, wanted_text: str) -> tuple[list[int], bool]:
    """The newest keys that hold it, and whether there are more."""
    keys = list(
        search.matching(rows, field, wanted_text).order_by("-pk").values_list("pk", flat=True)[: MOST_COUNTED + 1]
    )
    return keys[:MOST_COUNTED], len(keys) > MOST_COUNTED


def _voices(
    workspace: Workspace, text: str, wanted: Wanted, allowed: QuerySet[Voice], segment: _Segment, filters: Filters,
    newest: bool,
) -> Listed:  # fmt: skip
    keys, more = _by_words(allowed, Voice, "text", text)
    keys = segment.voices(list(dict.fromkeys(keys)))
    words = keys[:MOST_RANKED]
    if not newest:
        fits = search.scores(Voice, wanted, words)
        words = sorted(words, key=lambda k: (-fits[k], -k))
    meaning = _meaning(workspace, text, wanted, allowed, segment)
    fused: dict[int, float] = {}
    for ranked in (words, meaning):
        for rank, key in enumerate(ranked):
            fused[key] = fused.get(key, 0.0) + 1 / (FUSE + rank + 1)
    held, like = set(keys), set(meaning)
    if newest:
        order = [*keys, *(k for k in meaning if k not in held)]
        said = dict(Voice.objects.filter(pk__in=order[:MOST_RANKED]).values_list("pk", "said_at"))
        order = sorted(said, key=lambda k: (said[k], k), reverse=True) + order[MOST_RANKED:]
    else:
        order = sorted(fused, key=lambda k: (-fused[k], -k)) + keys[MOST_RANKED:]
    why = {k: tuple(w for w, on in (("words", k in held), ("meaning", k in like)) if on) for k in order}
    return Listed(order, why, more)


def _meaning(
    workspace: Workspace, text: str, wanted: Wanted, allowed: QuerySet[Voice], segment: _Segment
) -> list[int]:  # fmt: skip
    """Voices that say the like in other words. Whoever puts words in quotes or leaves some out wants those alone."""
    if wanted.exact:
        return []
    least = LEAST_ALIKE * holding.much_alike(workspace)
    near = [s.id for s in alike.similar(workspace, text, MOST_BY_MEANING) if s.score >= least]
    inside = set(allowed.filter(pk__in=near).exclude(triage=Triage.ASIDE).values_list("pk", flat=True))
    return segment.voices([k for k in near if k in inside])


def _within(
    rows: QuerySet[Any], path: str, allowed: QuerySet[Voice], segment: _Segment, filters: Filters
) -> QuerySet[Any]:
    """Ideas, notes and problems have no filters of their own: a voice behind them must pass."""
    if segment.members is not None:
        column = "author" if segment.members.of == "people" else "account"
        behind = dict(rows.values_list("pk", f"{path}__{column}")) if path != "evidence__voice" else {}
        if path == "evidence__voice":
            pairs = rows.values_list("pk", f"{path}__{column}")
            kept = {pk for pk, who in pairs if who in segment.members.keys}
        else:
            kept = {pk for pk, who in behind.items() if who in segment.members.keys}
        rows = rows.filter(pk__in=list(kept)[:5000])
    if filters.any:
        rows = rows.filter(**{f"{path}__in": allowed.values("pk")}).distinct()
    return rows


def _ranked(model: type[Model], wanted: Wanted, keys: list[int], newest: bool) -> list[int]:
    if newest:
        return keys
    fits = search.scores(model, wanted, keys[:MOST_RANKED])
    return sorted(keys[:MOST_RANKED], key=lambda k: (-fits[k], -k)) + keys[MOST_RANKED:]


def _ideas(
    workspace: Workspace, wanted: Wanted, allowed: QuerySet[Voice], segment: _Segment, filters: Filters, newest: bool
) -> Listed:
    """By title as the team changed it, or by what the author said."""
    text = _text(wanted)
    rows = _within(Idea.objects.filter(workspace=workspace, merged_into=None), "voice", allowed, segment, filters)
    titled, more = _by_words(rows, Idea, "title", text)
    said, also = _by_words(rows, Idea, "voice__text", text)
    held = set(titled)
    keys = _ranked(Idea, wanted, titled, newest) + [k for k in said if k not in held]
    keys = sorted(keys, reverse=True) if newest else keys
    return Listed(keys, dict.fromkeys(keys, ("words",)), more or also)


def _problems(
    workspace: Workspace, wanted: Wanted, allowed: QuerySet[Voice], segment: _Segment, filters: Filters, newest: bool
) -> Listed:
    rows = Problem.objects.filter(workspace=workspace, merged_into=None)
    keys, more = _by_words(_within(rows, "evidence__voice", allowed, segment, filters), Problem, "name", _text(wanted))
    keys = _ranked(Problem, wanted, keys, newest)
    return Listed(keys, dict.fromkeys(keys, ("words",)), more)


def _notes(
    workspace: Workspace, wanted: Wanted, allowed: QuerySet[Voice], segment: _Segment, filters: Filters
) -> Listed:
    """The team's notes about ideas have positive keys, what was noted of check-ins negative ones; newest first."""
    text, zone = _text(wanted), workspace.time_zone
    notes = _within(Note.objects.filter(workspace=workspace), "idea__voice", allowed, segment, filters)
    keys, more = _by_words(notes, Note, "text", text)
    talks = Talk.objects.filter(check_in__workspace=workspace)
    if filters.account is not None:
        talks = talks.filter(
            Q(check_in__account=filters.account) | Q(check_in__person__relations__account=filters.account)
        )
    if filters.since:
        talks = talks.filter(at__gte=midnight(filters.since, zone))
    if filters.until:
        talks = talks.filter(at__lt=midnight(filters.until + timedelta(days=1), zone))
    others = Filters(account=filters.account, since=filters.since, until=filters.until)
    held, also = _by_words(talks, Talk, "note", text) if others == filters else ([], False)
    order = [*keys, *(-k for k in dict.fromkeys(held))]
    return Listed(order, dict.fromkeys(order, ("words",)), more or also)


def _text(wanted: Wanted) -> str:
    """The words again, as `search.read` takes them."""
    said = [t.text if t.begins else f'"{t.text}"' for t in wanted.terms]
    return " ".join([*said, *(f'-"{t.text}"' for t in wanted.without)])


def _hits(shown: list[tuple[str, int]], lists: dict[str, Listed], wanted: Wanted) -> list[Hit]:
    """The rows of one page, each kind in one query."""

    def held(rows: QuerySet[Any], what: str, sign: int = 1) -> dict[int, Any]:
        return rows.in_bulk([sign * k for w, k in shown if w == what and k * sign > 0])

    rows: dict[str, dict[int, Any]] = {
        "voices": held(Voice.objects.select_related("author", "account"), "voices"),
        "ideas": held(Idea.objects.select_related("voice__author", "voice__account"), "ideas"),
        "problems": held(Problem.objects.all(), "problems"),
        "notes": held(Note.objects.select_related("idea"), "notes"),
    }
    talks = held(Talk.objects.select_related("check_in__person", "check_in__account"), "notes", -1)
    out = []
    for what, key in shown:
        thing = talks.get(-key) if what == "notes" and key < 0 else rows[what].get(key)
        if thing is not None:
            out.append(_hit(what, thing, wanted, lists[what].why[key]))
    return out


def _hit(what: str, thing: Any, wanted: Wanted, why: tuple[str, ...]) -> Hit:
    if isinstance(thing, Voice):
        return Hit(what, thing, "", search.marked(thing.text, wanted), why, thing.said_at)
    if isinstance(thing, Idea):
        pieces = search.marked(thing.body, wanted)
        return Hit(what, thing, thing.title, pieces, why, thing.posted_at, search.marked(thing.title, wanted, 0))
    if isinstance(thing, Problem):
        pieces = search.marked(thing.summary, wanted)
        return Hit(what, thing, thing.name, pieces, why, thing.created_at, search.marked(thing.name, wanted, 0))
    if isinstance(thing, Note):
        return Hit(what, thing, thing.idea.title, search.marked(thing.text, wanted), why, thing.created_at)
    title = f"Check-in with {thing.check_in.whom}"
    return Hit(what, thing, title, search.marked(thing.note, wanted), why, thing.at)
