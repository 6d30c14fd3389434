"""Kind and feeling: suggested with an honest probability, never put over what a member said, and learning from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.listen.files import Files
from wellheard.core import background, clock
from wellheard.core.models import Entry, Turn
from wellheard.listen.models import Voice
from wellheard.listen.queries.voices import Ask, inbox
from wellheard.listen.services import voices
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace
from wellheard.people.segments.evaluation import of_rule
from wellheard.people.segments.facts import Facts
from wellheard.people.segments.rule import check, decode
from wellheard.understand import sorting
from wellheard.understand.models import Suggestion
from wellheard.understand.queries.suggestions import kept, of_texts
from wellheard.understand.services import suggestions
from wellheard.understand.suggesting import FEELING, FLOOR, KIND, learn

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS, FEELINGS = learn(KIND), learn(FEELING)


def said(workspace: Workspace, text: str, **more: object) -> Voice:
    return Voice.objects.create(**{"workspace": workspace, "text": text, "said_at": WHEN, **more})


@pytest.mark.parametrize(
    ("text", "kind", "feeling"),
    [
        ("The app crashes whenever I open the camera", "bug", "negative"),
        ("Since the last update the page does not load", "bug", ""),
        ("Please add a way to export the table", "request", "neutral"),
        ("Would be nice if you could sort by date", "request", ""),
        ("Absolutely love it, best tool we ever had", "praise", "positive"),
        ("How do I move my notes to another phone?", "question", "neutral"),
        ("Die Seite stürzt ab, eine Fehlermeldung erscheint", "bug", "negative"),
        ("Es wäre schön, wenn man Felder ausblenden könnte", "request", ""),
        ("Wie kann ich meine Adresse ändern?", "question", "neutral"),
        ("L'application plante à chaque démarrage", "bug", "negative"),
        ("Il faudrait ajouter un filtre par date", "request", ""),
        ("Parfait, merci beaucoup !", "praise", "positive"),
        ("La aplicación no funciona desde ayer", "bug", ""),
        ("¿Cómo puedo cambiar mi correo?", "question", ""),
        ("Me encanta, muy fácil de usar", "praise", "positive"),
    ],
)
def test_it_works_without_having_been_taught(text: str, kind: str, feeling: str) -> None:
    assert KINDS.guess([text])[0].value == kind
    if feeling:
        assert FEELINGS.guess([text])[0].value == feeling


@pytest.mark.parametrize("text", ["", "  ", "ok", "Plotting", "1234", "…", "\x00", "𝔘𝔫𝔦", "a" * 60_000])
def test_it_is_not_sure_of_what_says_nothing(text: str) -> None:
    guess = KINDS.guess([text])[0]
    assert guess.value == ""
    assert guess.confidence < FLOOR


def test_a_denial_turns_a_word_round_and_closing_thanks_are_no_praise() -> None:
    assert FEELINGS.guess(["Not good, not easy, not helpful"])[0].value == "negative"
    assert FEELINGS.guess(["No problems, no errors, works well"])[0].value == "positive"
    letter = "Hello again,\n\nthe report is broken and wrong, I gave up.\n\nThanks\nBjarne"
    assert FEELINGS.guess([letter])[0].value == "negative"
    assert KINDS.guess([letter])[0].value == "bug"


@given(st.lists(st.text(max_size=200), max_size=8))
@settings(max_examples=40, deadline=None)
def test_probabilities_are_probabilities_and_the_order_of_texts_matters_not(texts: list[str]) -> None:
    shares = KINDS.probabilities(texts)
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.allclose(KINDS.probabilities(texts[::-1])[::-1], shares)


def test_lessons_change_its_mind_and_vectors_help_where_words_do_not() -> None:
    lesson = ["Zibbel is quorky"] * 4
    taught = learn(KIND, [*lesson, "Hum"], ["bug", "bug", "bug", "bug", "praise"])
    assert (
        KINDS.guess(["Zibbel is quorky today"])[0].best != "bug"
        or KINDS.guess(["Zibbel is quorky"])[0].confidence < 0.5
    )
    assert taught.guess(["Zibbel is quorky today"])[0].value == "bug"
    vectors = np.array([[1.0, 0.0]] * 8 + [[0.0, 1.0]] * 8)
    words = [f"w{n}" for n in range(16)]
    by_meaning = learn(KIND, words, ["request"] * 8 + ["question"] * 8, vectors)
    guesses = by_meaning.guess(["new", "other"], np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert [g.best for g in guesses] == ["request", "question"]
    with pytest.raises(ValueError, match="no kind"):
        learn(KIND, ["x"], ["complaint"])


def test_with_many_lessons_the_confidence_is_as_often_right_as_it_says() -> None:
    """One text in four is sorted otherwise than its words say: nobody can be surer than three in four."""
    rng = np.random.default_rng(3)
    texts = [("alpha" if n % 2 else "omega") + f" {n % 7}" for n in range(400)]
    labels = [
        ("bug" if n % 2 else "request") if rng.random() < 0.75 else ("request" if n % 2 else "bug") for n in range(400)
    ]
    model = learn(KIND, texts[:300], labels[:300])
    guesses = model.guess(texts[300:])
    right = np.mean([g.best == label for g, label in zip(guesses, labels[300:], strict=True)])
    assert abs(np.mean([g.confidence for g in guesses]) - right) < 0.1


def test_a_voice_that_comes_in_gets_its_suggestion_in_the_background(access: Access) -> None:
    voice = voices.capture(access, "It crashes on every start, terrible")
    assert not Suggestion.objects.exists()
    background.run_all()
    voice.refresh_from_db()
    assert (voice.suggestion.kind, voice.suggestion.sentiment) == ("bug", "negative")
    assert (voice.kind, voice.sentiment) == ("", "")


def test_imports_are_found_by_the_clock_batch_after_batch(
    access: Access, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "BATCH", 7)
    Voice.objects.bulk_create(
        [Voice(workspace=access.workspace, text=f"Please add {n}", said_at=WHEN) for n in range(20)]
    )
    Turn.objects.all().delete()
    clock.tick()
    clock.tick()
    background.run_all()
    assert Suggestion.objects.filter(kind="request").count() == 20
    assert suggestions.suggest_waiting(access.workspace) == 0


def test_stopped_in_the_middle_it_goes_on_where_it_was(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "BATCH", 5)
    Voice.objects.bulk_create([Voice(workspace=access.workspace, text=f"t {n}", said_at=WHEN) for n in range(12)])
    background.stopping.set()
    try:
        sorting.suggest_new.func(access.workspace.pk)
    finally:
        background.stopping.clear()
    assert Suggestion.objects.count() == 5
    background.run_all()
    assert Suggestion.objects.count() == 12


def test_an_edited_voice_is_looked_at_again(access: Access) -> None:
    voice = said(access.workspace, "Please add a filter")
    suggestions.suggest_waiting(access.workspace)
    Voice.objects.filter(pk=voice.pk).update(text="It crashes", changed_at=timezone.now() + timedelta(seconds=1))
    assert suggestions.suggest_waiting(access.workspace) == 1
    assert Suggestion.objects.get(voice=voice).kind == "bug"


def test_what_a_member_said_stays_whatever_is_suggested(access: Access) -> None:
    voice = said(access.workspace, "It crashes, terrible", kind="praise")
    suggestions.suggest_waiting(access.workspace)
    suggestions.suggest_again(access.workspace, None)
    suggestions.accept(access, [voice])
    voice.refresh_from_db()
    assert (voice.kind, voice.sentiment) == ("praise", "negative")
    assert Suggestion.objects.get(voice=voice).kind == ""


def test_corrections_teach_and_the_inbox_says_how_often_it_was_right(access: Access, as_owner: Client) -> None:
    w = access.workspace
    taught = [said(w, f"Gizmo frobs the widget {n}") for n in range(6)]
    other = said(w, "Gizmo frobs the widget again")
    right = said(w, "It crashes on start")
    suggestions.suggest_waiting(w)
    assert Suggestion.objects.get(voice=other).kind != "question"
    voices.sort(access, taught, kind="question")
    voices.sort(access, [right], kind="bug")
    suggestions.suggest_again(w)
    assert Suggestion.objects.get(voice=other).kind == "question"
    assert of_texts(w, ["Gizmo frobs it"])[0].kind == "question"
    assert (kept(w, "kind").right, kept(w, "kind").sorted) == (1, kept(w, "kind").sorted)
    assert b"it had the kind right for" in as_owner.get("/w/acme/listen/?triage=all").content


def test_sorting_queues_one_lesson_however_many_presses(access: Access) -> None:
    from django_tasks_db.models import DBTaskResult

    for n in range(3):
        voices.sort(access, [said(access.workspace, f"v{n}")], kind="bug")
    waiting = DBTaskResult.objects.filter(task_path=sorting.learn_from_members.module_path, status="READY")
    assert waiting.count() == 1
    sorting.learn_from_members.func(access.workspace.pk)


def test_one_press_says_it_is_right_another_says_what_it_is(access: Access, as_owner: Client) -> None:
    w = access.workspace
    voice = said(w, "It crashes, terrible")
    suggestions.suggest_waiting(w)
    page = as_owner.get("/w/acme/listen/").content.decode()
    assert "Bug? " in page
    assert 'data-key="s"' in page
    where = f"/w/acme/listen/voices/{voice.pk}/sort"
    assert as_owner.post(where, {"accept": "1", "next": "/w/acme/listen/"})["Location"] == "/w/acme/listen/"
    voice.refresh_from_db()
    assert (voice.kind, voice.sentiment) == ("bug", "negative")
    assert "Bug? " not in as_owner.get("/w/acme/listen/").content.decode()
    as_owner.post(where, {"kind": "request"})
    as_owner.post(where, {"sentiment": "none"})
    voice.refresh_from_db()
    assert (voice.kind, voice.sentiment) == ("request", "")
    assert as_owner.get(f"/w/acme/listen/voices/{voice.pk}").status_code == 200
    assert [e.verb for e in Entry.objects.filter(verb__startswith="voice.")] == ["voice.sorted"] * 3


def test_ticked_voices_are_sorted_together_in_one_entry(access: Access, as_owner: Client) -> None:
    rows = [said(access.workspace, f"v{n}") for n in range(3)]
    as_owner.post("/w/acme/listen/sort", {"voice": [r.pk for r in rows[:2]], "kind": "bug", "sentiment": "neutral"})
    assert Voice.objects.filter(kind="bug", sentiment="neutral").count() == 2
    entry = Entry.objects.get(verb="voices.sorted")
    assert [b["voice"] for b in entry.data["before"]] == [r.pk for r in rows[:2]]
    assert b"Tick at least one" in as_owner.post("/w/acme/listen/sort", {"kind": "bug"}, follow=True).content
    answer = as_owner.post("/w/acme/listen/sort", {"voice": rows[2].pk, "kind": "nonsense"}, follow=True)
    assert b"is no kind" in answer.content
    assert b"Say a kind" in as_owner.post("/w/acme/listen/sort", {"voice": rows[2].pk}, follow=True).content


def test_T09_a_viewer_sorts_nothing(access: Access, viewer: object, workspace: Workspace) -> None:
    voice = said(workspace, "x")
    weak = Access(workspace, access.actor, Role.VIEWER)
    for press in (lambda: voices.sort(weak, [voice], kind="bug"), lambda: suggestions.accept(weak, [voice])):
        with pytest.raises(PermissionDenied):
            press()


def test_filters_and_segments_count_what_was_said_else_suggested(access: Access, town: object) -> None:
    w = access.workspace
    said(w, "It crashes, terrible", author=town.ann)  # type: ignore[attr-defined]
    said(w, "Zibbel quorks", author=town.otto, kind="praise", sentiment="positive")  # type: ignore[attr-defined]
    said(w, "Plotting", author=town.nora)  # type: ignore[attr-defined]
    suggestions.suggest_waiting(w)
    authors = lambda ask: [v.author.external_id for v in inbox(w, ask).voices if v.author]  # noqa: E731
    assert authors(Ask(kind="bug")) == ["ann"]
    assert authors(Ask(kind="praise")) == ["otto"]
    assert authors(Ask(kind="none")) == ["nora"]
    assert authors(Ask(sentiment="negative")) == ["ann"]
    rule = decode({"match": "all", "of": [{"what": "said", "sentiment": "negative"}]})
    check(rule, w, "people")
    assert len(of_rule(Facts(w, date(2026, 3, 31)), "people", rule).keys) == 1
    with pytest.raises(ValueError, match="no feeling"):
        check(decode({"match": "all", "of": [{"what": "said", "sentiment": "cross"}]}), w, "people")
