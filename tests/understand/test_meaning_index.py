"""Somebody types a few words and sees who said the same before."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellheard.understand.meaning import bags, encoders
from wellheard.understand.meaning import index as module
from wellheard.understand.meaning.index import Index, index

TEXTS = [
    "The export to Excel crashes with large tables",
    "Please add a dark mode, my eyes hurt at night",
    "I was charged twice this month, please refund me",
    "The app logs me out every few minutes",
    "Importing contacts from a spreadsheet drops the phone numbers",
]
IDS = [10, 20, 30, 40, 50]


class Axes:
    """An encoder whose meaning is told by hand: each known word is an axis."""

    id, size, name = "axes/1", 64, "axes"
    words = ("bill", "charged", "refund", "money")

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        out = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(out, texts):
            for word in bags.WORD.findall(text.lower()):
                row[0 if word in self.words else 1 + sum(map(ord, word)) % 63] += 1
        return encoders.unit(out)


def made(n: int = 5, encoder: Axes | None = None) -> Index:
    encoder = encoder or Axes()
    return index(IDS[:n], TEXTS[:n], encoder.encode(TEXTS[:n]), encoder)


def test_words_alone_find_the_same_words() -> None:
    found = index(IDS, TEXTS).nearest("excel export", 3)
    assert found[0][0] == 10
    assert 0 < found[0][1] <= 1


def test_meaning_finds_other_words_for_the_same() -> None:
    assert index(IDS, TEXTS).nearest("money on my bill", 1) == []
    assert made().nearest("money bill", 1)[0][0] == 30


@pytest.mark.parametrize("which", ["english", "languages"])
def test_a_real_encoder_finds_other_words_for_the_same(which: str) -> None:
    encoder = encoders.encoder(which)
    if encoder is None:
        pytest.skip(encoders.why_not(which))
    there = index(IDS, TEXTS, encoder.encode(TEXTS), encoder)
    assert there.nearest("give my money back, you billed me two times", 1)[0][0] == 30
    assert there.nearest("night theme with black background", 1)[0][0] == 20


def test_a_word_begun_finds_the_whole_one() -> None:
    assert index(IDS, TEXTS).nearest("impor", 1)[0][0] == 50


def test_words_are_found_without_spaces_between_them() -> None:
    there = index([1, 2], ["エクスポートが失敗します", "暗い画面が欲しい"])
    assert there.nearest("エクスポートできない", 1)[0][0] == 1


def test_the_same_text_is_the_likest_there_is() -> None:
    for text, wanted in zip(TEXTS, IDS):
        (found, score), *_ = made().nearest(text, 5)
        assert found == wanted
        assert score >= 0.98


def test_nothing_in_common_is_like_nothing() -> None:
    assert index(IDS, TEXTS).nearest("zzzz qqqq", 5) == []
    assert index(IDS, TEXTS).nearest("  ", 5) == []
    assert index(IDS, TEXTS).nearest("export", 0) == []
    assert index([], []).nearest("export", 5) == []
    assert index([], [], np.zeros((0, 64), np.float32), Axes()).nearest("export", 5) == []


def test_only_those_asked_for_are_found() -> None:
    assert {found for found, _ in made().nearest("export charged dark", 5, among={20, 30})} <= {20, 30}
    assert made().nearest("export", 5, among=[]) == []


def test_a_new_text_is_found_at_once_and_an_old_one_is_replaced() -> None:
    encoder = Axes()
    texts = ["The webhook sends everything twice", "The export is fine now"]
    there = made().extended([60, 10], texts, encoder.encode(texts))
    assert there.nearest("webhook twice", 1)[0][0] == 60
    assert [found for found, _ in there.nearest("crashes with large tables", 5)].count(10) <= 1
    assert there.nearest("The export is fine now", 1)[0][0] == 10
    assert len(there) == 6
    assert len(made()) == 5
    more = there.extended([70], ["The calendar shows the wrong week"], None)
    assert more.nearest("calendar wrong week", 1)[0][0] == 70


def test_who_is_erased_is_found_no_more_and_nothing_of_them_is_kept() -> None:
    there = made().without([30])
    assert 30 not in {found for found, _ in there.nearest(TEXTS[2], 5)}
    assert len(there) == 4
    (part,) = there.parts
    assert part.vectors is not None
    assert not part.vectors[2].any()
    assert part.terms[:, [2]].nnz == 0
    assert there.without([30]) is there


def test_a_text_not_encoded_yet_is_found_by_its_words() -> None:
    encoder = Axes()
    vectors = encoder.encode(TEXTS)
    vectors[0] = 0
    assert index(IDS, TEXTS, vectors, encoder).nearest("excel export crashes", 1)[0][0] == 10


def test_others_like_a_group_are_found_without_the_group() -> None:
    texts = ["refund my bill", "refund the money", "charged, refund please", "dark mode", "refund of a bill"]
    encoder = Axes()
    for there in (index(range(5), texts), index(range(5), texts, encoder.encode(texts), encoder)):
        found = there.around([0, 1], 3)
        assert {i for i, _ in found[:2]} == {2, 4}
        assert all(i not in (0, 1) for i, _ in found)
        assert there.around([0, 1], 3, among=[3, 4])[0][0] == 4
        assert there.around([99], 3) == []


def test_growing_by_a_quarter_asks_for_a_new_count() -> None:
    there = index(range(400), [f"text number {i}" for i in range(400)])
    assert not there.extended([900], ["one more"]).stale
    assert there.extended(range(500, 620), ["more"] * 120).stale


def test_lengths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        index([1, 2], ["one"])
    with pytest.raises(ValueError, match="32 columns, axes makes 64"):
        index([1], ["one"], np.zeros((1, 32), np.float32), Axes())


def test_many_are_found_as_well_by_their_sign_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    vectors = encoders.unit(rng.normal(size=(6000, 64)).astype(np.float32))
    texts = [f"word{i % 50} thing{i % 7}" for i in range(6000)]
    asked = encoders.unit(vectors[:40] + 0.1 * rng.normal(size=(40, 64)).astype(np.float32))
    exact = index(range(6000), texts, vectors)
    wanted = [{i for i, _ in exact.nearest("word3", 5, vector=v)} for v in asked]
    monkeypatch.setattr(module, "EXACT", 3000)
    bits = index(range(6000), texts, vectors)
    got = [{i for i, _ in bits.nearest("word3", 5, vector=v)} for v in asked]
    assert sum(len(a & b) for a, b in zip(wanted, got)) >= 0.95 * 5 * 40


@pytest.mark.parametrize(("few", "more"), [(1, 2), (2, 5), (5, 12)])
def test_words_count_more_in_short_texts(few: int, more: int) -> None:
    assert module.share_of_words(few) > module.share_of_words(more)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=12), st.text(max_size=40))
def test_any_text_gets_a_likeness_between_nothing_and_one(texts: list[str], asked: str) -> None:
    for there in (index(range(len(texts)), texts), index(range(len(texts)), texts, Axes().encode(texts), Axes())):
        found = there.nearest(asked, 5)
        assert len({i for i, _ in found}) == len(found)
        assert all(0 < score <= 1 for _, score in found)
        assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
