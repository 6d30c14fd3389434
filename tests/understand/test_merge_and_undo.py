"""Merging problems, taking a merge back, and moving voices: nothing is lost on the way."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.services import problems as services


def voices(access: Access, count: int) -> list[Voice]:
    now = timezone.now()
    return Voice.objects.bulk_create(
        [Voice(workspace=access.workspace, text=f"voice {i}", said_at=now) for i in range(count)]
    )


def of(problem: Problem) -> set[int]:
    return set(Evidence.objects.filter(problem=problem).values_list("voice", flat=True))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_undoing_a_merge_restores_both_exactly(access: Access, left: set[int], right: set[int]) -> None:
    said = voices(access, 12)
    a = services.create_problem(access, "A", voices=[said[i].pk for i in left])
    b = services.create_problem(access, "B", voices=[said[i].pk for i in right])
    before = of(a), of(b)
    services.merge_problems(access, a, b)
    assert of(b) == before[0] | before[1]
    a.refresh_from_db()
    assert a.merged_into_id == b.pk
    services.undo_merge(access, a)
    assert (of(a), of(b)) == before
    a.refresh_from_db()
    assert a.merged_into_id is None
    assert a.closed_at is None


def test_a_problem_cannot_be_merged_into_itself_or_twice(access: Access) -> None:
    a, b, c = (services.create_problem(access, name) for name in "ABC")
    with pytest.raises(ValueError, match="into itself"):
        services.merge_problems(access, a, a)
    services.merge_problems(access, a, b)
    with pytest.raises(ValueError, match="already merged"):
        services.merge_problems(access, a, c)
    with pytest.raises(ValueError, match="not merged"):
        services.undo_merge(access, c)


def test_a_voice_moves_to_the_problem_it_speaks_of(access: Access) -> None:
    (voice,) = voices(access, 1)
    a = services.create_problem(access, "A", voices=[voice.pk])
    b = services.create_problem(access, "B")
    services.move_voice(access, voice, a, b)
    assert (of(a), of(b)) == (set(), {voice.pk})
    with pytest.raises(ValueError, match="not evidence"):
        services.move_voice(access, voice, a, b)
    assert of(b) == {voice.pk}


def test_merge_on_the_page_and_take_it_back(access: Access, as_owner: Client, as_viewer: Client) -> None:
    (voice,) = voices(access, 1)
    a = services.create_problem(access, "A", voices=[voice.pk])
    b = services.create_problem(access, "B")
    assert as_viewer.post(f"/w/acme/understand/problems/{a.pk}/merge", {"into": b.pk}).status_code == 403
    as_owner.post(f"/w/acme/understand/problems/{a.pk}/merge", {"into": b.pk})
    assert of(b) == {voice.pk}
    as_owner.post(f"/w/acme/understand/problems/{a.pk}/unmerge")
    assert of(b) == set()
    for page in ("", "themes", "settled", f"problems/{a.pk}", f"problems/{a.pk}/evidence", f"problems/{a.pk}/people"):
        assert as_viewer.get(f"/w/acme/understand/{page}").status_code == 200, page
