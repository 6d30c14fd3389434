"""Merging on the page: what one sees afterwards, and who may not."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access, by_command
from wellheard.people.services.workspaces import create_workspace
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.services.problems import add_evidence, create_problem, merge_problems, undo_merge

HERE = "/w/acme/understand/problems"


@pytest.fixture
def pair(access: Access, town: Town) -> tuple[Problem, Problem]:
    """Two problems with two voices each, one of which is evidence for both."""
    one, both, two = (
        capture(access, text, who=str(p.email))
        for text, p in (("first", town.ann), ("both", town.otto), ("second", town.nora))
    )
    return (
        create_problem(access, "Days differ", voices=[one.pk, both.pk]),
        create_problem(access, "Midnight is wrong", voices=[both.pk, two.pk]),
    )


def _evidence() -> set[tuple[int, int]]:
    return set(Evidence.objects.values_list("problem", "voice"))


def test_merging_brings_all_voices_together(as_owner: Client, pair: tuple[Problem, Problem]) -> None:
    source, target = pair
    answer = as_owner.post(f"{HERE}/{source.pk}/merge", {"into": target.pk})
    assert answer.headers["Location"] == f"{HERE}/{target.pk}"
    assert target.evidence.count() == 3
    as_owner.get(answer.headers["Location"])  # shows the message that names both
    shown = as_owner.get("/w/acme/understand/").content.decode()
    assert "Midnight is wrong" in shown
    assert "Days differ" not in shown
    assert "Days differ" in as_owner.get("/w/acme/understand/settled").content.decode()


def test_voices_added_after_the_merge_stay_when_it_is_taken_back(
    as_owner: Client, access: Access, town: Town, pair: tuple[Problem, Problem]
) -> None:
    source, target = pair
    merge_problems(access, source, target)
    later = capture(access, "later", who=str(town.tim.email))
    add_evidence(access, target, [later])
    as_owner.post(f"{HERE}/{source.pk}/unmerge")
    assert (target.pk, later.pk) in _evidence()
    assert target.evidence.count() == 3


def test_a_merged_problem_says_where_it_went(as_viewer: Client, access: Access, pair: tuple[Problem, Problem]) -> None:
    source, target = pair
    merge_problems(access, source, target)
    shown = as_viewer.get(f"{HERE}/{source.pk}").content.decode()
    assert "Merged into" in shown
    assert "Take the merge back" not in shown


@pytest.mark.parametrize("into", ["self", "", "x"])
def test_a_merge_that_makes_no_sense_is_refused_in_place(
    as_owner: Client, pair: tuple[Problem, Problem], into: str
) -> None:
    source, _ = pair
    before = _evidence()
    answer = as_owner.post(f"{HERE}/{source.pk}/merge", {"into": source.pk if into == "self" else into})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert _evidence() == before


def test_viewers_and_other_workspaces_are_kept_out(
    as_owner: Client, as_viewer: Client, pair: tuple[Problem, Problem]
) -> None:
    source, target = pair
    foreign = create_problem(by_command(create_workspace("other", "Other").workspace), "Theirs")
    assert as_viewer.post(f"{HERE}/{source.pk}/merge", {"into": target.pk}).status_code == 403
    assert as_owner.post(f"{HERE}/{source.pk}/merge", {"into": foreign.pk}).status_code == 404
    assert as_owner.get(f"{HERE}/{foreign.pk}").status_code == 404


def test_the_target_of_a_merge_tells_of_it(access: Access, as_owner: Client) -> None:
    one, other = (create_problem(access, name) for name in ("Exports open broken", "Excel shows rubbish"))
    merge_problems(access, one, other)
    undo_merge(access, one)
    page = as_owner.get(f"/w/{access.workspace.slug}/understand/problems/{other.pk}").content.decode()
    assert "merged another one into it" in page
    assert "took such a merge back" in page
