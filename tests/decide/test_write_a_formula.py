"""A team's own formula: it computes, says where it goes wrong, and nothing but arithmetic ever runs (T-safe)."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wellheard.decide.scoring.formula import DEEPEST, LONGEST, Wrong, parse
from wellheard.decide.scoring.methods import NAMES

VALUES = {n: np.array([float(i)]) for i, n in enumerate(sorted(NAMES), 1)}


def of(text: str) -> float:
    return float(parse(text, NAMES).compute(VALUES).reshape(-1)[0])


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 ** 3 ** 2", 512), ("-2 ** 2", -4), ("min(3, 1, 2)", 1), ("max(3, 9)", 9),
     ("sqrt(16) + log(1)", 4), ("10 / 4", 2.5), ("+.5 - -1", 1.5), ("1e3", 1000), ("reach\n * 2", 2 * float(VALUES["reach"][0]))],
)  # fmt: skip
def test_arithmetic(text: str, value: float) -> None:
    assert of(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [("", 1, "empty"), ("reach * ", 7, "missing"), ("reach + karma", 9, "“karma” is not known"), ("reach; pain", 6, "no meaning"),
     ("pow(2, 3)", 1, "no function"), ("min(1)", 1, "2 to 10 values"), ("log(1, 2)", 1, "one value"), ("1 // 2", 1, "can stand here"),
     ("reach.real", 1, "can stand here"), ("reach(1)", 1, "no function"), ("min(*(1, 2), 3)", 5, "can stand here"), ("1j", 1, "can stand here"),
     ("1e99", 1, "too large"), ("1e999", 1, "too large"), ("1 if reach else 2", 1, "can stand here"), ("lambda x", 8, "can stand|missing"), ("(1, 2)", 2, "can stand|missing"),
     ("True", 1, "can stand here"), ("None", 1, "can stand here"), ("(yield)", 2, "can stand|missing"), ("reach and pain", 1, "can stand here")],
)  # fmt: skip
def test_what_goes_wrong_is_told_with_its_place(text: str, at: int, words: str) -> None:
    with pytest.raises(Wrong, match=words) as caught:
        parse(text, NAMES)
    assert abs(caught.value.at - at) <= 1
    assert f"character {caught.value.at}" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('true')", "().__class__.__bases__", "eval(reach)", "open(1)", "exec(1)", "[x for x in (1,)]", "reach[0]",
     "{1:2}", "f'{1}'", "reach := 1", "1 @ 2", "~1", "not 1", "1 < 2", "max(reach, key=min)", "__builtins__", "reach.__class__", "\x00", "ｒｅａｃｈ", "“1”"],
)  # fmt: skip
def test_code_is_refused(text: str) -> None:
    with pytest.raises(Wrong):
        parse(text, NAMES)


def test_size_and_depth_have_an_end() -> None:
    for text in (
        "-" * (DEEPEST + 2) + "1",
        "1+" * 140 + "1",
        "1" * (LONGEST + 1),
        "sqrt(" * 50 + "1" + ")" * 50,
    ):
        with pytest.raises(Wrong):
            parse(text, NAMES)


def test_towers_of_powers_end_in_no_answer_not_in_a_hanging_server() -> None:
    assert math.isinf(of("9 ** 9 ** 9 ** 9 ** 9"))
    assert not math.isfinite(of("1 / 0"))
    assert math.isnan(of("log(0 - 1)"))


ATOMS = [*sorted(NAMES), "min", "max", "log", "sqrt", "(", ")", ",", "+", "-", "*", "/", "**", "1", "2.5", ".", "_", "__class__", "e9", " ", "lambda", "if", "for", "x", "0x1", "1j", "'", "[", "]", ":", "=", "{", "@", "é"]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(ATOMS), max_size=30).map("".join) | st.text(max_size=60))
@example("((((")
def test_whatever_is_typed_is_either_a_number_or_a_clear_refusal(text: str) -> None:
    try:
        read = parse(text, NAMES)
    except Wrong as e:
        refused = e.at
    else:
        refused = 0
    if refused:
        assert 1 <= refused <= LONGEST + 1
        return
    assert read.names <= NAMES
    assert isinstance(float(read.compute(VALUES).reshape(-1)[0]), float)


def tree(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(["reach", "pain", "effort", "2", "0.5", "7"])
    if rng.random() < 0.25:
        return f"{rng.choice(['min', 'max'])}({tree(rng, depth - 1)}, {tree(rng, depth - 1)})"
    return f"({tree(rng, depth - 1)} {rng.choice('+-*/')} {tree(rng, depth - 1)})"


@pytest.mark.parametrize("seed", range(40))
def test_it_computes_what_arithmetic_says(seed: int) -> None:
    text = tree(random.Random(seed), 4)
    plain = {n: np.float64(v[0]) for n, v in VALUES.items()} | {"min": min, "max": max}
    with np.errstate(all="ignore"):
        expected = eval(text, {"__builtins__": {}}, plain) if not _divides_by_zero(text, plain) else None
    if expected is not None and math.isfinite(expected):
        assert of(text) == pytest.approx(float(expected))


def _divides_by_zero(text: str, plain: dict[str, object]) -> bool:
    try:
        with np.errstate(all="ignore"):
            eval(text, {"__builtins__": {}}, plain)
    except ZeroDivisionError:
        return True
    return False


def test_no_code_of_the_product_evaluates_text() -> None:
    source = Path(parse.__code__.co_filename).read_text()
    assert "eval(" not in source
    assert " compile(" not in source
