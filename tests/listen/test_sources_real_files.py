"""Files that real products made. They are not part of the checkout: WELLHEARD_TRIAL_DATA names their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.listen.files import Files
from wellheard.core.bundle import Bundle
from wellheard.listen import sources
from wellheard.listen.models import Import, Voice


def real(name: str) -> Path:
    path = Path(os.environ.get("WELLHEARD_TRIAL_DATA", "/nowhere")) / name
    if not path.exists():
        pytest.skip(f"{name} is not here; name its folder in WELLHEARD_TRIAL_DATA")
    return path


def bring(files: Files, path: Path, **mapping: str) -> Import:
    job = files.job(path, format=sources.guess(Bundle.of(path)).name, **mapping)
    assert job.state == "done", job.error
    return job


def test_zendesks_tables(files: Files) -> None:
    job = bring(files, real("formats/zendesk_seed"))
    assert (job.format, job.read, job.stored, job.refused) == ("zendesk", 30, 28, 0)
    assert job.skips == {"deleted tickets": 2}
    earnest = Voice.objects.get(text__contains="Ticket to test field history changes")
    assert str(earnest.author) == "Earnest End User"
    assert Voice.objects.filter(source_id__startswith="comment:", thread="ticket:7367").count() == 6
    assert bring(files, real("formats/zendesk_seed")).repeated == 28


def test_githubs_bodies(files: Files) -> None:
    for name in ("issues_opened", "issues_edited", "issues_labeled"):
        job = bring(files, real(f"formats/github_webhooks/{name}.json"))
        assert (job.format, job.stored + job.repeated + job.changed, job.refused) == ("github", 1, 0)
    assert Voice.objects.get().text.startswith("Spelling error in the README file")


def test_app_reviews(files: Files) -> None:
    job = bring(files, real("feedback/is22_app_reviews_10k.csv"))
    assert (job.format, job.stored, job.refused) == ("reviews", 6250, 0)
    assert set(Voice.objects.values_list("channel", flat=True)) == {"review"}


def test_answers_of_a_survey_in_long_form(files: Files) -> None:
    job = bring(files, real("feedback/jupyter2015_feedback_themes.csv"), id="respondent+question", author="respondent")
    assert (job.format, job.stored, job.refused) == ("table", 2458, 0)
    voice = Voice.objects.get(source_id="1/features_changes")
    assert (voice.traits["themes"], voice.traits["question"]) == ("editor;cli;version_control", "features_changes")


def test_notes_of_usability_sessions_below_an_empty_line(files: Files) -> None:
    notes = "Notes: where they got confused, interesting things users said"
    job = bring(files, real("survey/jupyterlab_usability_test_2018.csv"), text=notes, author="Code Name")
    assert job.read == 1581
    assert job.stored == 268, "as many as have notes"
    assert job.stored + job.refused == job.read
