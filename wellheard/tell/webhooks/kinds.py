"""What other systems can be told, and in which words. Ids and links, never what people wrote nor who they are: whoever
wants the text asks the API with a token, where every rule about who may read it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from wellheard.core.models import Entry
from wellheard.decide.models import Bet, Decision
from wellheard.listen.models import Idea, Standing
from wellheard.people.models import Workspace
from wellheard.understand.models import Problem

from ..models import Release

Facts = Callable[[Entry], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of happening. `verbs` are the journal's; `facts` gives the data, or None when it is not to be told."""

    name: str
    about: str
    verbs: tuple[str, ...]
    facts: Facts = field(repr=False)


def _link(slug: str, name: str, number: int | None) -> str:
    return settings.PUBLIC_URL + reverse(name, args=[slug] if number is None else [slug, number])


def _slug(entry: Entry) -> str:
    return Workspace.objects.get(pk=entry.workspace_id).slug


def _ids(page: str, *keep: str) -> Facts:
    """The number of the thing, its page, and facts of the entry that name nobody."""

    def facts(entry: Entry) -> dict[str, Any]:
        data = {k: entry.data[k] for k in keep if k in entry.data}
        return {"id": entry.thing_id, "link": _link(_slug(entry), page, entry.thing_id), **data}

    return facts


def _named(model: type[Model], page: str, *keep: str) -> Facts:
    """The same, with the name the team gave it."""
    told = _ids(page, *keep)

    def facts(entry: Entry) -> dict[str, Any] | None:
        thing = model._default_manager.filter(pk=entry.thing_id or 0, workspace=entry.workspace_id).first()
        made = told(entry) or {}
        return {**made, "name": str(thing)} if thing else None

    return facts


def _decided(entry: Entry) -> dict[str, Any] | None:
    number = entry.data.get("decision", entry.thing_id)
    made = (
        Decision.objects.filter(pk=number or 0, workspace=entry.workspace_id).select_related("bet", "problem").first()
    )
    if made is None:
        return None
    on = made.bet or made.problem
    return {
        "id": made.pk,
        "answer": made.answer,
        "on": {"kind": "bet" if made.bet_id else "problem", "id": on.pk if on else None, "name": str(on)},
        "link": _link(_slug(entry), "bet" if made.bet_id else "problem", on.pk if on else 0),
    }


def _idea(entry: Entry) -> dict[str, Any] | None:
    """What waits for a look or was refused is nobody's news."""
    held = Idea.objects.filter(pk=entry.thing_id or 0, workspace=entry.workspace_id, standing=Standing.PUBLIC).first()
    if held is None:
        return None
    return {"id": held.pk, "status": held.status, "link": _link(_slug(entry), "team_idea", held.pk)}


def _confirmed(entry: Entry) -> dict[str, Any] | None:
    """A theme that joins a problem makes no new one."""
    return _named(Problem, "problem")(entry) if entry.data.get("made", True) else None


def _many(entry: Entry) -> dict[str, Any] | None:
    stored = entry.data.get("stored", 0)
    return {"import": entry.thing_id, "stored": stored, "link": _link(_slug(entry), "listen", None)} if stored else None


def _erased(entry: Entry) -> dict[str, Any]:
    return {"id": entry.data.get("person")}


KINDS: dict[str, Kind] = {
    k.name: k
    for k in (
        Kind("voice.created", "Somebody said something", ("voice.said", "voice.captured", "voice.heard"), _ids("voice")),
        Kind("voices.imported", "A file of voices was brought in", ("import.done",), _many),
        Kind("idea.created", "Somebody posted an idea", ("idea.posted", "idea.approved"), _idea),
        Kind("idea.answered", "An idea's status or answer changed", ("idea.answered",), _idea),
        Kind("problem.confirmed", "A problem was confirmed", ("problem.created", "theme.confirmed"), _confirmed),
        Kind("problem.rising", "A problem is raised more often than chance explains", ("signal.rose",), _named(Problem, "problem", "voices", "week", "low", "high")),
        Kind("bet.started", "Work on a bet started", ("bet.started",), _named(Bet, "bet")),
        Kind("bet.dropped", "A bet was dropped", ("bet.dropped",), _named(Bet, "bet")),
        Kind("decision.published", "A decision was made known", ("decision.published",), _decided),
        Kind("release.published", "Something was shipped", ("release.published",), _named(Release, "release", "bets", "owed")),
        Kind("outcome.measured", "The outcome of a bet was measured", ("bet.measured",), _named(Bet, "bet", "word", "level")),
        Kind("outcome.faded", "What a bet had done is gone", ("bet.faded",), _named(Bet, "bet", "first", "last")),
        Kind("person.erased", "A person was erased: erase them as well", ("person.erased",), _erased),
    )
}  # fmt: skip
TEST = "webhook.test"
