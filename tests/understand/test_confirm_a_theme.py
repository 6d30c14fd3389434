"""A suggested theme becomes a problem, joins one, or is dismissed."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import Town
from wellheard.core.models import Entry
from wellheard.listen.models import Triage, Voice
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.understand.models import Evidence, Problem, Theme, ThemeVoice
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/understand"


@pytest.fixture
def theme(access: Access, town: Town) -> Theme:
    voices = [
        capture(access, f"Refunds are missing from the totals, case {i}.", who=str(p.email))
        for i, p in enumerate((town.ann, town.otto, town.nora))
    ]
    made = Theme.objects.create(workspace=town.workspace, name="Refunds are missing", terms=["refunds"], size=3)
    ThemeVoice.objects.bulk_create([ThemeVoice(theme=made, voice=v, rank=i) for i, v in enumerate(voices)])
    return made


def test_the_tab_shows_name_size_words_and_quotes(as_viewer: Client, theme: Theme) -> None:
    shown = as_viewer.get(f"{HERE}/themes").content.decode()
    assert "Refunds are missing" in shown
    assert "3 voices" in shown
    assert "case 0" in shown
    assert "Confirm with" not in shown  # a viewer only looks


def test_confirming_makes_a_problem_with_all_its_voices(as_owner: Client, theme: Theme) -> None:
    answer = as_owner.post(f"{HERE}/themes/{theme.pk}/confirm", {"name": "Refunds missing from totals", "into": ""})
    problem = Problem.objects.get()
    assert answer.headers["Location"] == f"{HERE}/problems/{problem.pk}"
    assert problem.name == "Refunds missing from totals"
    assert Evidence.objects.filter(problem=problem).count() == 3
    assert set(Voice.objects.values_list("triage", flat=True)) == {Triage.KEPT}
    theme.refresh_from_db()
    assert (theme.state, theme.problem) == (Theme.State.CONFIRMED, problem)
    assert Entry.objects.filter(verb="theme.confirmed", actor_name="Olga Owner").count() == 1


def test_confirming_into_a_known_problem_adds_to_it(as_owner: Client, access: Access, theme: Theme) -> None:
    known = create_problem(access, "Totals are wrong")
    as_owner.post(f"{HERE}/themes/{theme.pk}/confirm", {"name": "ignored", "into": known.pk})
    assert Problem.objects.count() == 1
    assert known.evidence.count() == 3


def test_dismissing_keeps_the_voices(as_owner: Client, theme: Theme) -> None:
    as_owner.post(f"{HERE}/themes/{theme.pk}/dismiss")
    theme.refresh_from_db()
    assert theme.state == Theme.State.DISMISSED
    assert Voice.objects.count() == 3
    assert "No suggestion now" in as_owner.get(f"{HERE}/themes").content.decode() or Voice.objects.count() < 8


def test_without_a_name_the_form_comes_back_with_the_reason(as_owner: Client, theme: Theme) -> None:
    answer = as_owner.post(f"{HERE}/themes/{theme.pk}/confirm", {"name": "  "})
    assert answer.status_code == 422
    assert "Name the problem" in answer.content.decode()
    assert not Problem.objects.exists()


def test_a_settled_theme_is_not_confirmed_twice(as_owner: Client, theme: Theme) -> None:
    as_owner.post(f"{HERE}/themes/{theme.pk}/confirm", {"name": "Refunds"})
    assert as_owner.post(f"{HERE}/themes/{theme.pk}/confirm", {"name": "Again"}).status_code == 422
    assert Problem.objects.count() == 1


def test_a_viewer_may_not_confirm(as_viewer: Client, theme: Theme) -> None:
    assert as_viewer.post(f"{HERE}/themes/{theme.pk}/confirm", {"name": "Refunds"}).status_code == 403
    assert as_viewer.post(f"{HERE}/themes/look").status_code == 403
    assert not Problem.objects.exists()


def test_looking_anew_on_too_little_says_so(as_owner: Client, access: Access) -> None:
    shown = as_owner.post(f"{HERE}/themes/look", follow=True).content.decode()
    assert "No theme yet" in shown
    assert "Too little was said so far" in shown
