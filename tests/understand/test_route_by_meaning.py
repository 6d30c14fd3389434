"""A text finds its problem from a few examples, says when there is none yet, and learns from each correction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.understand.test_group_by_meaning import SUBJECTS
from wellheard.understand.meaning import encoders
from wellheard.understand.meaning.routing import Example, Route, Router, unit

NAMES = {1: "Exports open broken", 2: "Sign-in links expire", 3: "Tablet text is small"}
EXAMPLES = [Example(n, t) for n, held in enumerate(SUBJECTS.values(), 1) for t in held]


def english() -> encoders.Encoder:
    found = encoders.encoder("english")
    assert found is not None, encoders.why_not("english")
    return found


def made(examples: list[Example], meant: bool = True) -> Router:
    if not meant:
        return Router.fit(examples, None, NAMES)
    encode = english().encode
    return Router.fit(examples, encode([e.text for e in examples]), NAMES, encode(list(NAMES.values())))


def ask(router: Router, text: str, meant: bool = True, without: frozenset[int] = frozenset()) -> Route:
    (found,) = router.route([text], english().encode([text]) if meant else None, [without])
    return found


@pytest.mark.parametrize("meant", [True, False], ids=["meaning", "words"])
def test_a_text_finds_its_problem(meant: bool) -> None:
    router = made(EXAMPLES, meant)
    assert ask(router, "my Excel file from the export is broken", meant).label == 1
    assert ask(router, "the link I got to sign in had expired", meant).label == 2
    assert ask(router, "tiny text on the tablet", meant).label == 3


def test_other_words_for_the_same_thing_are_found_by_meaning() -> None:
    assert ask(made(EXAMPLES), "spreadsheet download comes out garbled").label == 1


@pytest.mark.parametrize("meant", [True, False], ids=["meaning", "words"])
def test_what_is_about_something_else_belongs_to_none_yet(meant: bool) -> None:
    router = made(EXAMPLES, meant)
    found = ask(router, "When do you open on Sundays?", meant)
    assert found.label is None
    assert found.score < ask(router, "Excel export is broken", meant).score


def test_a_refusal_teaches_at_once_and_the_same_text_is_never_named_again() -> None:
    said = "The export takes ten minutes"
    assert ask(made(EXAMPLES), said).best == 1
    refused = [*EXAMPLES, Example(1, said, refused=True)]
    assert ask(made(refused), said).score < ask(made(EXAMPLES), said).score
    assert ask(made(EXAMPLES), said, without=frozenset({1})).best != 1
    near = "Exporting takes very long, ten minutes"
    assert ask(made(refused), near).score < ask(made(EXAMPLES), near).score


def test_a_placed_voice_teaches_at_once() -> None:
    said = "Why must I log in with a mail each morning?"
    before = ask(made(EXAMPLES), said)
    after = ask(made([*EXAMPLES, Example(2, "Logging in with a mail each day is a pain")]), said)
    assert after.best == 2
    assert after.score > (before.score if before.best == 2 else 0)


def test_without_problems_or_examples_there_is_no_answer_or_the_name_speaks() -> None:
    assert Router.fit([], None, {}).route(["anything"], None) == [Route(None, 0.0)]
    assert ask(made([], meant=False), "exports open broken", meant=False).best == 1
    assert Router.fit(EXAMPLES, None, NAMES).route([], None) == []


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), problems=st.integers(1, 9), n=st.integers(0, 60))
def test_scores_are_chances_and_refused_problems_are_never_the_answer(seed: int, problems: int, n: int) -> None:
    random = np.random.default_rng(seed)
    names = {10 * i: f"problem {i}" for i in range(problems)}
    labels = [10 * int(i) for i in random.integers(0, problems, n)]
    examples = [Example(label, f"word{label} text{i}", bool(random.random() < 0.2)) for i, label in enumerate(labels)]
    vectors = unit(random.normal(size=(n, 16))) if n else np.zeros((0, 16))
    if n:
        vectors[random.random(n) < 0.2] = 0
    router = Router.fit(examples, vectors, names, unit(random.normal(size=(problems, 16))))
    asked = unit(random.normal(size=(5, 16)))
    without = [frozenset(10 * int(i) for i in random.integers(0, problems, 2)) for _ in range(5)]
    for ranks, route, refused in zip(
        router.ranks(["word0 text"] * 5, asked, without, 9), router.route(["word0 text"] * 5, asked, without), without, strict=True
    ):  # fmt: skip
        chances = [c for _, c in ranks]
        assert all(0 <= c <= 1 for c in chances)
        assert {label for label, _ in ranks} == set(names) - refused
        assert route.best not in refused
        assert route.label in (None, route.best)
        assert route.best == (ranks[0][0] if ranks else None)
