"""Looking for themes, and for voices like one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from wellheard.listen.models import Triage, Voice
from wellheard.people.access import Access
from wellheard.understand.meaning.grouping import group
from wellheard.understand.models import Evidence, Theme
from wellheard.understand.queries.similar import routes, similar, theme_rows
from wellheard.understand.services.problems import confirm_theme, create_problem, dismiss_theme
from wellheard.understand.services.themes import find_themes

SUBJECTS = {
    "export": ["The export opens broken in Excel", "Excel export has broken columns", "My export file is broken again",
               "Broken columns whenever I export to Excel", "Export to Excel loses columns"],
    "login": ["The sign-in link expires too soon", "Sign-in link had expired already", "Why does my link expire",
              "Expired link when signing in", "The link to sign in expires within minutes"],
    "tablet": ["Text on the tablet is too small", "Tablet at the till: tiny text", "I cannot read the tablet text",
               "Small text on our tablet", "The till tablet shows tiny text"],
}  # fmt: skip


@pytest.fixture
def voices(access: Access) -> dict[str, list[int]]:
    made: dict[str, list[int]] = {}
    for subject, texts in SUBJECTS.items():
        for i, text in enumerate(texts):
            voice = Voice.objects.create(
                workspace=access.workspace, text=text, said_at=timezone.now(), source="f", source_id=f"{subject}-{i}"
            )
            made.setdefault(subject, []).append(voice.pk)
    return made


def test_voices_about_one_thing_are_grouped_and_named_by_their_words(
    access: Access, voices: dict[str, list[int]]
) -> None:
    themes = find_themes(access)
    found = [set(t.members.values_list("voice", flat=True)) for t in themes]
    for subject in SUBJECTS:
        assert any(len(set(voices[subject]) & f) >= 4 and len(f) <= 6 for f in found), subject
    said = {word.strip(":") for texts in SUBJECTS.values() for text in texts for word in text.lower().split()}
    assert all(set(t.name.lower().split()) <= said | {"and"} for t in themes)


def test_what_was_settled_is_not_suggested_again(access: Access, voices: dict[str, list[int]]) -> None:
    themes = find_themes(access)
    confirmed, dismissed = themes[0], themes[1]
    problem = confirm_theme(access, confirmed, "A settled problem")
    dismiss_theme(access, dismissed)
    again = find_themes(access)
    assert Evidence.objects.filter(problem=problem).count() == confirmed.size
    held = set(Evidence.objects.values_list("voice", flat=True)) | set(
        dismissed.members.values_list("voice", flat=True)
    )
    for theme in again:
        members = set(theme.members.values_list("voice", flat=True))
        assert len(members & held) <= len(members) / 2


def test_every_voice_is_in_a_theme_or_named_as_ungrouped(access: Access, voices: dict[str, list[int]]) -> None:
    find_themes(access)
    rows, ungrouped = theme_rows(access.workspace)
    ids = [i for row in rows for i in row["source_ids"]] + ungrouped
    assert sorted(ids) == sorted(f"{s}-{i}" for s in SUBJECTS for i in range(5))


def test_voices_like_a_text_come_best_first(access: Access, voices: dict[str, list[int]]) -> None:
    found = similar(access.workspace, "excel export is broken", 3)
    assert len(found) == 3
    assert all(r.id in voices["export"] for r in found)
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)


def test_a_text_is_routed_to_its_problem_or_to_none(access: Access, voices: dict[str, list[int]]) -> None:
    problem = create_problem(access, "Exports open broken", voices=voices["export"])
    found, none = routes(access.workspace, ["the export to Excel is broken", "please support dark roast coffee"])
    assert found["problem"] == {"id": problem.pk, "name": "Exports open broken"}
    assert none["problem"] is None


def test_voices_set_aside_are_neither_grouped_nor_found(access: Access, voices: dict[str, list[int]]) -> None:
    Voice.objects.filter(pk__in=voices["export"]).update(triage=Triage.ASIDE)
    assert not similar(access.workspace, "excel export broken columns", 3)
    find_themes(access)
    assert not Theme.objects.filter(members__voice__in=voices["export"]).exists()


def test_another_workspace_is_never_looked_at(access: Access, voices: dict[str, list[int]], db: None) -> None:
    from wellheard.people.services.workspaces import create_workspace

    other = create_workspace("other", "Other").workspace
    assert similar(other, "excel export is broken") == []


@pytest.mark.parametrize(
    "texts", [[], ["one"], ["", "", "", "", "", "", "", "", ""], ["!!! ???"] * 10, ["same words here"] * 12]
)
def test_odd_texts_are_grouped_or_left_alone(texts: list[str]) -> None:
    found = group(list(range(len(texts))), texts, None)
    assert sorted([m for g in found.fine for m in g.members] + found.rest) == list(range(len(texts)))
