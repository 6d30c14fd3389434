"""Suggesting kind and sentiment for voices, and taking suggestions over.

What is suggested can be worked out anew at any time, so it is no entry in the journal; what a member says is one.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from wellheard.core import background
from wellheard.listen.models import Voice
from wellheard.listen.services.voices import resort
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from ..lessons import model_of
from ..models import Suggestion
from ..suggesting import FEELING, KIND

BATCH = 500
# After a lesson the newest voices that nobody sorted are looked at again.
AGAIN = 3000


def waiting(workspace: Workspace) -> QuerySet[Voice]:
    """Voices nothing was suggested for yet, or whose words changed since."""
    rows = Voice.objects.filter(workspace=workspace).order_by("-pk")
    return rows.filter(Q(suggestion=None) | Q(changed_at__gt=F("suggestion__made_at")))


def suggest(workspace: Workspace, voices: Sequence[Voice]) -> int:
    """Write what is suggested for these voices; returns for how many it is new or other than before.

    A field that a member has filled keeps the suggestion it had, and gets none if it had none.
    """
    kinds, feelings = model_of(workspace, KIND), model_of(workspace, FEELING)
    texts = [v.text for v in voices]
    held = {s.voice_id: s for s in Suggestion.objects.filter(voice__in=[v.pk for v in voices])}
    now = timezone.now()
    rows = []
    for voice, kind, feeling in zip(voices, kinds.guess(texts), feelings.guess(texts), strict=True):
        old = held.get(voice.pk)
        # Never before the change it looked at, even when a clock was set back: else the voice would wait for ever.
        new = Suggestion(workspace=workspace, voice=voice, made_at=max(now, voice.changed_at or now))
        if not voice.kind:
            new.kind, new.kind_sure = kind.value, kind.confidence
        elif old is not None:
            new.kind, new.kind_sure = old.kind, old.kind_sure
        if not voice.sentiment:
            new.sentiment, new.sentiment_sure = feeling.value, feeling.confidence
        elif old is not None:
            new.sentiment, new.sentiment_sure = old.sentiment, old.sentiment_sure
        same = old is not None and _said(old) == _said(new)
        if not same or (old is not None and voice.changed_at is not None and voice.changed_at > old.made_at):
            rows.append(new)
    # A voice may be gone by now (an import taken back): its suggestion has nowhere to go.
    alive = set(Voice.objects.filter(pk__in=[r.voice_id for r in rows]).values_list("pk", flat=True))
    Suggestion.objects.bulk_create(
        [r for r in rows if r.voice_id in alive],
        update_conflicts=True,
        unique_fields=["voice"],
        update_fields=["kind", "kind_sure", "sentiment", "sentiment_sure", "made_at"],
    )
    return len(rows)


def _said(s: Suggestion) -> tuple[object, ...]:
    return s.kind, round(s.kind_sure, 3), s.sentiment, round(s.sentiment_sure, 3)


def suggest_waiting(workspace: Workspace) -> int:
    """Batch after batch until none waits, each kept as it is done; raises background.Stopping between two of them."""
    done = 0
    while True:
        batch = list(waiting(workspace)[:BATCH])
        if not batch:
            return done
        suggest(workspace, batch)
        done += len(batch)
        if background.stopping.is_set():
            raise background.Stopping


def suggest_again(workspace: Workspace, most: int | None = AGAIN) -> int:
    """Look anew at the newest voices that nobody sorted; returns for how many something else is suggested now."""
    rows = Voice.objects.filter(workspace=workspace).filter(Q(kind="") | Q(sentiment="")).order_by("-pk")
    changed, last, seen = 0, None, 0
    while most is None or seen < most:
        batch = list((rows if last is None else rows.filter(pk__lt=last))[:BATCH])
        if not batch:
            break
        changed += suggest(workspace, batch)
        last, seen = batch[-1].pk, seen + len(batch)
        if background.stopping.is_set():
            raise background.Stopping
    return changed


def accept(access: Access, voices: Sequence[Voice]) -> int:
    """What is suggested becomes what a member said, where none said anything; returns how many voices changed."""
    access.need(Role.CONTRIBUTOR)
    held = {s.voice_id: s for s in Suggestion.objects.filter(voice__in=[v.pk for v in voices])}
    changes = []
    for voice in voices:
        s = held.get(voice.pk)
        said = (
            {}
            if s is None
            else {f: getattr(s, f) for f in ("kind", "sentiment") if getattr(s, f) and not getattr(voice, f)}
        )
        if said:
            changes.append((voice, said))
    return resort(access, changes)
