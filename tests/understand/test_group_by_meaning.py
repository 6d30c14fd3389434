"""Texts are grouped by what they say: every one exactly once, whatever order they come in, under names that differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellheard.understand.meaning import encoders
from wellheard.understand.meaning.grouping import Grouping, group, unit

SUBJECTS = {
    "export": ["The export opens broken in Excel", "Excel export has broken columns", "My export file is broken again",
               "Broken columns whenever I export to Excel", "Export to Excel loses columns"],
    "login": ["The sign-in link expires too soon", "Sign-in link had expired already", "Why does my link expire",
              "Expired link when signing in", "The link to sign in expires within minutes"],
    "tablet": ["Text on the tablet is too small", "Tablet at the till: tiny text", "I cannot read the tablet text",
               "Small text on our tablet", "The till tablet shows tiny text"],
}  # fmt: skip
TEXTS = [t for held in SUBJECTS.values() for t in held]


def placed(found: Grouping) -> list[int]:
    return sorted([i for g in found.fine for i in g.members] + found.rest)


@pytest.mark.parametrize("meant", [True, False], ids=["meaning", "words"])
def test_what_belongs_together_is_together(meant: bool) -> None:
    vectors = None
    if meant:
        english = encoders.encoder("english")
        assert english is not None, encoders.why_not("english")
        vectors = english.encode(TEXTS)
    found = group(list(range(15)), TEXTS, vectors)
    for n in range(3):
        mine = set(range(5 * n, 5 * n + 5))
        assert any(len(mine & set(g.members)) >= 4 and len(g.members) <= 6 for g in found.fine), (n, found)
    assert placed(found) == list(range(15))
    said = {word for text in TEXTS for word in text.lower().split()}
    assert all(set(g.name.lower().split()) <= said | {"and"} for g in found.fine)


def test_too_few_texts_are_left_alone() -> None:
    assert group([3, 1, 2], ["a b", "a b", "a b"], None) == Grouping(rest=[1, 2, 3])


def test_what_says_nothing_is_in_no_group() -> None:
    found = group(list(range(19)), [*TEXTS, "", "!!!", "🙂", "the of and"], None)
    assert {15, 16, 17} <= set(found.rest)
    assert placed(found) == list(range(19))


numbers = st.integers(0, 2**32 - 1)


@settings(max_examples=30, deadline=None)
@given(seed=numbers, n=st.integers(1, 120), kinds=st.integers(1, 8), blank=st.floats(0, 0.5))
def test_every_text_is_placed_exactly_once_in_any_order(seed: int, n: int, kinds: int, blank: float) -> None:
    random = np.random.default_rng(seed)
    middles = unit(random.normal(size=(kinds, 24)))
    kind = random.integers(0, kinds, n)
    vectors = unit(middles[kind] + 0.3 * random.normal(size=(n, 24)) / np.sqrt(24))
    vectors[random.random(n) < blank] = 0
    texts = [f"word{kind[i]} thing{random.integers(0, 5)} text{i}" if random.random() > blank else "" for i in range(n)]
    ids = [int(i) for i in random.permutation(10 * n)[:n]]
    found = group(ids, texts, vectors)
    assert placed(found) == sorted(ids)
    assert all(len(g.members) >= 4 for g in found.fine)
    names = [g.name for g in [*found.fine, *found.wide]]
    assert len({name.lower() for name in names}) == len(names)
    for number, wide in enumerate(found.wide):
        parts = [g for g in found.fine if g.parent == number]
        assert len(parts) > 1
        assert sorted(wide.members) == sorted(i for g in parts for i in g.members)
    shuffled = random.permutation(n)
    again = group([ids[i] for i in shuffled], [texts[i] for i in shuffled], vectors[shuffled])
    assert {frozenset(g.members) for g in again.fine} == {frozenset(g.members) for g in found.fine}


def test_names_are_short_clean_and_said_by_somebody() -> None:
    rude = [
        "This damn printer eats the paper",
        "The printer eats the paper",
        "Our printer eats paper",
        "Paper stuck in the printer",
    ]
    found = group(list(range(19)), [*rude, *TEXTS], None)
    names = [g.name for g in found.fine]
    assert names
    assert not any("damn" in name.lower() for name in names)
    assert all(len(name) <= 64 for name in names)


def test_a_name_is_the_phrase_that_many_say_and_others_do_not() -> None:
    asked = [
        "Please add dark mode",
        "Dark mode please!",
        "A dark mode would help at night",
        "I need dark mode",
        "dark mode?",
    ]
    found = group(list(range(20)), [*asked, *TEXTS], None)
    assert any(g.name == "Dark mode" and {0, 1, 3} <= set(g.members) for g in found.fine), [g.name for g in found.fine]


def test_names_hold_no_addresses_and_no_half_brackets() -> None:
    texts = [f"Write to me at ann{n}@example.org about the broken scanner (e.g. today) 555{n}123" for n in range(6)]
    found = group(list(range(21)), [*texts, *TEXTS], None)
    for name in [g.name for g in found.fine]:
        assert "@" not in name
        assert "555" not in name
        assert name.count("(") == name.count(")")


def test_praise_without_a_subject_is_called_by_what_was_said() -> None:
    praise = [
        "I like this app",
        "Love this app",
        "I like this application",
        "Good app, I like it",
        "Nice, I like this app",
    ]
    vectors = unit(np.vstack([np.tile([1.0, 0, 0], (5, 1)), np.repeat(np.eye(3)[[1, 2]], [5, 10], axis=0)]))
    found = group(list(range(20)), [*praise, *TEXTS], vectors)
    (theirs,) = [g for g in found.fine if set(g.members) == set(range(5))]
    assert theirs.name.lower().split()[0] in {"i", "love", "good", "nice"}
