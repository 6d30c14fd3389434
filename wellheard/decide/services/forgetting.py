"""Inside the erasing of a person: what decisions hold of them goes as well, the counts stay."""

from __future__ import annotations

from collections.abc import Set

from wellheard.listen.models import Voice

from ..briefs import shortened
from ..models import Brief, Decision

SOMEBODY = "somebody erased"


def forget(workspace: int, people: Set[int], voices: Set[int]) -> None:
    """`people` are all numbers they ever had here, `voices` what of theirs is deleted with them."""
    _briefs(workspace, voices)
    rows = Decision.objects.filter(workspace=workspace).exclude(snapshot={})
    for decision in rows.select_for_update():
        quotes = decision.snapshot.get("quotes", [])
        if not any(q["person"] in people or q["voice"] in voices for q in quotes):
            continue
        for q in quotes:
            if q["voice"] in voices:
                q["text"] = ""
            if q["person"] in people:
                q |= {"person": None, "who": SOMEBODY, "account": None, "account_name": ""}
        decision.snapshot["quotes"] = [q for q in quotes if q["text"]]
        decision.save(update_fields=["snapshot"])


def _briefs(workspace: int, voices: Set[int]) -> None:
    """Briefs that members edited hold quotes as the template wrote them."""
    texts = {shortened(t) for t in Voice.objects.filter(pk__in=voices).values_list("text", flat=True) if t.strip()}
    for brief in Brief.objects.filter(workspace=workspace) if texts else ():
        words = brief.words
        for text in texts:
            words = words.replace(text, "…")
        if words != brief.words:
            Brief.objects.filter(pk=brief.pk).update(words=words)
