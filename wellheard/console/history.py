"""What happened to one thing, in sentences: the journal's verbs as people would tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model

from wellheard.core import journal
from wellheard.core.models import Entry

VERBS = {
    "problem.created": "confirmed this problem",
    "problem.renamed": "renamed it",
    "problem.merged": "merged it into another problem",
    "problem.unmerged": "took the merge back",
    "theme.confirmed": "confirmed a suggested theme",
    "evidence.added": "added evidence",
    "evidence.moved": "moved a voice here",
    "evidence.removed": "took a voice off",
    "pattern.tied": "said what people do who have it",
    "pattern.untied": "took off what people do who have it",
    "signal.rose": "saw it rise more than chance explains",
    "decision.made": "decided",
    "bet.created": "stated the bet",
    "bet.revised": "revised it",
    "bet.moved": "moved it",
    "bet.started": "started work; the bet is locked",
    "bet.dropped": "dropped it",
    "bet.measured": "measured the outcome",
    "release.drafted": "wrote the draft",
    "release.edited": "changed the words",
    "release.published": "published it",
    "person.merged": "merged somebody into this person",
    "person.unmerged": "took a merge apart",
    "account.merged": "merged another account into this one",
    "account.unmerged": "took a merge apart",
    "person.edited": "changed what is known",
    "account.edited": "changed what is known",
    "person.saved": "wrote down what is known",
    "account.saved": "wrote down what is known",
    "trait.defined": "said what it is",
    "check_in.planned": "planned it",
    "check_in.changed": "changed the plan",
    "check_in.held": "held it",
    "check_in.skipped": "skipped one",
    "check_in.postponed": "postponed one",
    "check_in.stopped": "stopped it",
    "relation.set": "said what they are to an account",
    "relation.history": "said what they are and were to an account",
    "segment.made": "made the segment",
    "segment.changed": "changed it",
    "segment.frozen": "made this list of whoever was in a segment",
    "segment.deleted": "deleted it",
}


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime
    who: str
    what: str
    detail: str
    reason: str


def of(workspace: int, thing: Model, limit: int = 40) -> list[Happened]:
    """Newest first."""
    entries = journal.history(workspace, thing, limit)
    return [
        Happened(e.at, e.actor_name or e.actor_kind, VERBS.get(e.verb, e.verb.replace(".", " ")), _detail(e), e.reason)
        for e in entries
    ]


def _detail(entry: Entry) -> str:
    data = entry.data
    if entry.verb in ("pattern.tied", "pattern.untied"):
        return f"“{data.get('name')}”"
    if entry.verb == "signal.rose":
        return f"{data.get('voices')} voices in the week of {data.get('week')}, {data.get('low')} to {data.get('high')} expected"
    if "voices" in data:
        n = len(data["voices"])
        return f"{n} voice{'' if n == 1 else 's'}"
    if entry.verb == "problem.renamed" and data.get("before") != data.get("after"):
        return f"“{data.get('before')}” to “{data.get('after')}”"
    if entry.verb == "bet.moved":
        return f"from {data.get('before')} to {data.get('after')}"
    if entry.verb == "decision.made":
        return {"yes": "yes", "no": "no", "not_now": "not now"}.get(str(data.get("answer")), "")
    if entry.verb in ("bet.created", "bet.revised"):
        return f"version {data.get('version', 1)}"
    if entry.verb == "bet.measured":
        return str(data.get("word", ""))
    if entry.verb == "release.published":
        return f"{data.get('owed', 0)} people are owed an answer"
    return ""
