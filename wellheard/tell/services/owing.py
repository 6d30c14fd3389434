"""Owing: one notice per person and thing, made inside the write that publishes the thing."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from wellheard.decide.models import Decision

from ..models import Notice, NoticeState, Release
from ..queries.notices import unreachable


def owe(thing: Release | Decision, newest: Mapping[int, tuple[int, int | None]]) -> int:
    """Owe word of `thing` to each person of person → (voice, problem). Those who cannot be reached by mail stay visible
    as such. Returns how many are owed to people who can be told."""
    out, silent = unreachable(list(newest))

    def state(person: int) -> NoticeState:
        if person in out:
            return NoticeState.OPTED_OUT
        return NoticeState.NO_ADDRESS if person in silent else NoticeState.OWED

    about = {"release": thing} if isinstance(thing, Release) else {"decision": thing}
    notices = [
        Notice(workspace_id=thing.workspace_id, person_id=person, voice_id=voice, problem_id=problem, state=state(person), **about)
        for person, (voice, problem) in newest.items()
    ]  # fmt: skip
    Notice.objects.bulk_create(notices, batch_size=1000, ignore_conflicts=True)
    return sum(n.state == NoticeState.OWED for n in notices)


def overtake(older: QuerySet[Notice]) -> int:
    """What was never sent and is no longer so is not owed any more: nobody reads "not now" on the day after "yes"."""
    never = older.filter(state__in=[NoticeState.OWED, NoticeState.NO_ADDRESS, NoticeState.OPTED_OUT], sent_at=None)
    return never.delete()[0]
