"""Quotes stand for everybody who spoke: other people, accounts, channels and wordings before more of the same."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.listen.models import Channel, Voice
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.models_meaning import Vector
from wellheard.understand.queries.quotes import quotes
from wellheard.understand.spread import Voiced, choose


@st.composite
def some(draw: st.DrawFn) -> tuple[list[Voiced], np.ndarray, int]:
    n = draw(st.integers(1, 14))
    voices = [
        Voiced(i, draw(st.none() | st.integers(1, 5)), {"channel": draw(st.integers(1, 3)), "account": draw(st.integers(1, 4))})
        for i in range(n)
    ]  # fmt: skip
    rows = np.asarray([[draw(st.floats(0, 1)) for _ in range(4)] for _ in range(n)]) + 1e-3
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return voices, np.clip(rows @ rows.T, 0, 1), draw(st.integers(1, 8))


@given(some())
def test_nobody_is_quoted_twice_while_there_is_somebody_else(given: tuple[list[Voiced], np.ndarray, int]) -> None:
    voices, likeness, most = given
    chosen = choose(voices, likeness, most)
    assert len(chosen) == len(set(chosen)) == min(most, len(voices))
    people = [voices[k].by for k in chosen if voices[k].by is not None]
    distinct = len({v.by for v in voices if v.by is not None}) + sum(v.by is None for v in voices)
    if len(chosen) <= distinct:
        assert len(people) == len(set(people))


def test_the_other_wording_is_chosen_before_the_tenth_of_the_same() -> None:
    likeness = np.full((10, 10), 0.95)
    likeness[9, :9] = likeness[:9, 9] = 0.05
    np.fill_diagonal(likeness, 1)
    assert 9 in choose([Voiced(i, i) for i in range(10)], likeness, 2)


def test_a_side_nobody_chosen_has_comes_before_more_of_the_same() -> None:
    likeness = np.full((6, 6), 0.5)
    np.fill_diagonal(likeness, 1)
    voices = [Voiced(i, i, {"lens": "users", "channel": "email"}) for i in range(5)]
    assert 5 in choose([*voices, Voiced(5, 5, {"lens": "customers", "channel": "sales"})], likeness, 2)


def test_likeness_of_other_voices_is_refused() -> None:
    with pytest.raises(ValueError, match="as many rows"):
        choose([Voiced(1), Voiced(2)], np.ones((3, 3)), 2)


@pytest.fixture
def problem(town: Town) -> Problem:
    made = Problem.objects.create(workspace=town.workspace, name="Days differ")
    said = [
        (town.ann, town.lind, Channel.PORTAL, f"I see Sunday's sales on Monday, for the {i}th time.") for i in range(12)
    ]
    said += [
        (
            town.nora,
            town.fjord,
            Channel.SALES,
            "Our accountant cannot close the month because days are cut differently.",
        ),
        (town.tim, town.free, Channel.CHAT, "Which midnight does the report use?"),
    ]
    for i, (author, account, channel, text) in enumerate(said):
        voice = Voice.objects.create(
            workspace=town.workspace, author=author, account=account, channel=channel, text=text,
            said_at=timezone.now() - timedelta(days=20 * i),
        )  # fmt: skip
        Evidence.objects.create(problem=made, voice=voice)
    return made


def test_everybody_is_quoted_once_before_ann_is_again(problem: Problem, town: Town) -> None:
    assert {v.author for v in quotes(problem, 3)} == {town.ann, town.nora, town.tim}
    assert len(quotes(problem, 6)) == 6


def test_vectors_are_used_where_all_have_them(problem: Problem, town: Town) -> None:
    """By words Ann's twelve are alike; by these vectors two of them mean different things."""
    voices = list(Voice.objects.order_by("pk"))
    for i, voice in enumerate(voices):
        row = np.zeros(8, np.float16)
        row[1 if i == 5 else 0] = 1
        Vector.objects.create(workspace=town.workspace, voice=voice, model="m", digest=1, data=row.tobytes())
    assert voices[5].pk in {v.pk for v in quotes(problem, 4)}


def test_only_long_or_short_voices_are_still_quoted(town: Town) -> None:
    made = Problem.objects.create(workspace=town.workspace, name="Odd")
    assert quotes(made) == []
    for text in ("No.", "x" * 2000):
        voice = Voice.objects.create(workspace=town.workspace, text=text, said_at=timezone.now())
        Evidence.objects.create(problem=made, voice=voice)
    assert len(quotes(made)) == 2
