"""The same person gets the same variant, as the libraries that decide for themselves would deal it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellheard.measure.flags import hashing
from wellheard.measure.flags.conditions import Subject
from wellheard.measure.flags.definition import BadFlag, circle, decode, depth
from wellheard.measure.flags.evaluate import NoKey, Ready, Reason, evaluate, evaluate_all
from wellheard.measure.flags.hashing import Algorithm

ALGORITHMS = get_args(Algorithm)
ids = st.text(min_size=1, max_size=40)
NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


def flag(rules: list[dict[str, Any]], key: str = "beta", kind: str = "boolean", **more: Any) -> Ready:
    given = {k: more.pop(k) for k in ("algorithm", "unit", "switched") if k in more}
    return Ready(key, kind, decode(kind, {"rules": rules, **more}), **given)  # type: ignore[arg-type]


def colours(*weights: float) -> list[dict[str, Any]]:
    return [{"key": f"v{n}", "value": f"colour {n}", "weight": w} for n, w in enumerate(weights)]


@pytest.mark.parametrize(
    ("key", "id_", "salt", "expected"),
    [("plan-gate", "u1", "", 0.38459687246866436), ("beta", "user_42", "", 0.028222662385828354),
     ("multi", "u1", "variant", 0.2901533716972459), ("ünï", "Zoë", "", 0.06162468105191136)],
)  # fmt: skip
def test_posthog_deals_the_same(key: str, id_: str, salt: str, expected: float) -> None:
    assert hashing.posthog(key, id_, salt) == expected


@pytest.mark.parametrize(
    ("seed", "id_", "expected"), [("exp-1", "u1", 0.8658), ("my-feature", "user_42", 0.0391), ("ünï", "Zoë", 0.213)]
)
def test_growthbook_deals_the_same(seed: str, id_: str, expected: float) -> None:
    assert hashing.growthbook(seed, id_) == expected


def test_growthbooks_first_hash_deals_the_same() -> None:
    assert hashing.growthbook1("exp-1", "u1") == 0.412


def test_half_a_character_does_no_harm() -> None:
    assert all(0 <= draw("k", "\ud83d") <= 1 for pair in hashing.DRAWS.values() for draw in pair)


@given(ids, st.floats(0, 100), st.floats(0, 100), st.sampled_from(ALGORITHMS))
def test_raising_the_share_only_adds_people(id_: str, one: float, other: float, algorithm: Algorithm) -> None:
    small, large = sorted((one, other))
    held = [flag([{"share": s, "serve": "on"}], algorithm=algorithm) for s in (small, large)]
    before, after = (evaluate(f, Subject(id_)).value for f in held)
    assert after or not before


@given(ids, st.lists(st.integers(1, 60), min_size=1, max_size=6), st.sampled_from(ALGORITHMS))
def test_everybody_is_dealt_one_variant_and_keeps_it(id_: str, parts: list[int], algorithm: Algorithm) -> None:
    weights = [100 * p / sum(parts) for p in parts]
    first, second = (flag([{}], kind="string", variants=colours(*weights), algorithm=algorithm) for _ in range(2))
    found = evaluate(first, Subject(id_))
    assert found == evaluate(second, Subject(id_, traits={"anything": 1}))
    assert found.reason is Reason.SPLIT
    assert found.variant in {f"v{n}" for n in range(len(parts))}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_share_and_the_split_are_drawn_apart(algorithm: Algorithm) -> None:
    """Whoever is in the first tenth gets every variant, as often as its weight says."""
    held = flag(
        [{"share": 10}],
        kind="string",
        variants=[*colours(50, 50), {"key": "none", "value": ""}],
        otherwise="none",
        algorithm=algorithm,
    )
    found = Counter(evaluate(held, Subject(f"user_{n}")).variant for n in range(20_000))
    assert 1_800 < found["v0"] + found["v1"] < 2_200
    assert abs(found["v0"] - found["v1"]) < 250


def test_nobody_is_in_nothing_and_everybody_in_all() -> None:
    for n in range(200):
        assert evaluate(flag([{"share": 0, "serve": "on"}]), Subject(f"u{n}")).value is False
        assert evaluate(flag([{"share": 100, "serve": "on"}]), Subject(f"u{n}")).value is True


def test_accounts_are_dealt_together() -> None:
    held = flag([{"share": 50, "serve": "on"}], unit="account")
    for account in ("acme", "lind", "fjord"):
        assert len({evaluate(held, Subject(f"u{n}", account=account)).value for n in range(30)}) == 1
    assert evaluate(held, Subject("u1")).reason is Reason.DEFAULT  # without an account no rule that deals holds


def test_a_flag_that_deals_asks_who_it_is() -> None:
    with pytest.raises(NoKey, match="say who it is"):
        evaluate(flag([{"share": 50, "serve": "on"}]), Subject())
    assert evaluate(flag([{"serve": "on"}]), Subject()).value is True
    assert evaluate_all({"beta": flag([{"share": 50, "serve": "on"}])}, Subject()) == {"beta": None}


RULES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"trait": "plan", "values": ["pro", "team"]}, {"plan": "PRO"}, True),
    ({"trait": "plan", "values": ["pro"]}, {}, False),
    ({"trait": "plan", "how": "is_not", "values": ["pro"]}, {}, True),
    ({"trait": "beta", "values": [True]}, {"beta": "true"}, True),
    ({"trait": "seats", "values": [5]}, {"seats": "5"}, True),
    ({"trait": "seats", "values": [5]}, {"seats": 5.0}, True),
    ({"trait": "mail", "how": "ends", "values": ["@acme.test"]}, {"mail": "Jo@ACME.test"}, True),
    ({"trait": "mail", "how": "begins", "values": ["jo"]}, {"mail": "Jo@ACME.test"}, True),
    ({"trait": "mail", "how": "contains", "values": ["acme"]}, {"mail": None}, False),
    ({"trait": "mail", "how": "contains_not", "values": ["acme"]}, {}, True),
    ({"trait": "mail", "how": "set"}, {"mail": ""}, True),
    ({"trait": "mail", "how": "set_not"}, {"other": 1}, True),
    ({"trait": "seats", "how": "more", "values": [5]}, {"seats": "5.5"}, True),
    ({"trait": "seats", "how": "at_least", "values": [5]}, {"seats": 5}, True),
    ({"trait": "seats", "how": "less", "values": [5]}, {"seats": "few"}, False),
    ({"trait": "seats", "how": "at_most", "values": [5]}, {"seats": True}, False),
    ({"trait": "since", "how": "before", "values": ["2026-02-01"]}, {"since": "2026-01-31T23:59:59Z"}, True),
    ({"trait": "since", "how": "after", "values": ["2026-02-01"]}, {"since": "soon"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("when", "traits", "holds"), RULES)
def test_rules_on_traits(when: dict[str, Any], traits: dict[str, Any], holds: bool) -> None:
    held = flag([{"when": [{"what": "trait", **when}], "serve": "on"}])
    found = evaluate(held, Subject("u1", traits=traits))
    assert (found.value, found.reason) == ((True, Reason.MATCH) if holds else (False, Reason.DEFAULT))


def test_rules_on_people_accounts_and_segments_say_why() -> None:
    held = flag(
        [
            {"when": [{"what": "person", "ids": ["ann"]}], "serve": "on", "name": "Us"},
            {"when": [{"what": "account", "ids": ["lind"]}, {"what": "segment", "segment": 7, "within": False}], "serve": "on"},
            {"when": [{"what": "account_trait", "trait": "size", "how": "more", "values": [10]}], "serve": "on"},
        ]
    )  # fmt: skip
    assert evaluate(held, Subject("ann")).why == "Rule 1 “Us”: person is ann."
    assert evaluate(held, Subject("bo", account="lind")).why == "Rule 2: account is lind and not in segment 7."
    assert not evaluate(held, Subject("bo", account="lind", segments=frozenset({7}))).value
    assert evaluate(held, Subject("bo", account_traits={"size": 11})).rule == 2
    assert evaluate(held, Subject("bo")).why == "No rule holds for them."


def test_schedule_and_switch() -> None:
    held = flag([{"serve": "on"}], **{"from": "2026-05-04T09:00:00Z", "until": "2026-05-05T09:00:00Z"})
    who = Subject("u1")
    found = [evaluate(held, who, now=NOW + timedelta(seconds=s)) for s in (-1, 0, 86_399, 86_400)]
    assert [f.value for f in found] == [False, True, True, False]
    assert "not begun" in found[0].why
    assert "over" in found[3].why
    off = evaluate(flag([{"serve": "on"}], switched=False), who)
    assert (off.value, off.reason, off.why) == (False, Reason.DISABLED, "The flag is switched off.")


def test_a_flag_waits_for_what_it_needs() -> None:
    base = flag([{"when": [{"what": "person", "ids": ["ann"]}], "serve": "on"}], key="base")
    held = flag([{"serve": "on"}], needs=[{"flag": "base", "variants": ["on"]}])
    flags = {"base": base, "beta": held}
    assert evaluate(held, Subject("ann"), flags).value is True
    without = evaluate(held, Subject("bo"), flags)
    assert (without.value, without.reason) == (False, Reason.DISABLED)
    assert "It needs “base” to be on" in without.why
    assert evaluate(held, Subject("ann"), {}).value is False


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=3).map(tuple)))
def test_circles_of_needs_are_found(needs: dict[str, tuple[str, ...]]) -> None:
    """A graph without a found circle has a deepest chain; one with a circle names its steps."""
    circles = [found for start in needs if (found := circle(needs, start))]
    for found in circles:
        assert found[0] == found[-1]
        assert all(b in needs[a] for a, b in pairwise(found))
    if not circles:
        assert all(depth(needs, start) <= len(needs) for start in needs)


@given(st.lists(st.floats(0, 100), min_size=2, max_size=5))
def test_weights_add_up_to_a_hundred_or_are_refused(weights: list[float]) -> None:
    if abs(sum(weights) - 100) <= 1e-6:
        decode("string", {"variants": colours(*weights), "rules": [{}]})
    else:
        with pytest.raises(BadFlag, match="not to 100"):
            decode("string", {"variants": colours(*weights), "rules": [{}]})


BAD: list[tuple[str, Any, str]] = [
    ("boolean", [], "is an object"),
    ("boolean", {"rules": [{"share": 101, "serve": "on"}]}, "Rule 1: the share"),
    ("boolean", {"rules": [{"serve": "maybe"}]}, "gives the variant “maybe”"),
    ("boolean", {"rules": [{"serve": "on", "weights": {"on": 100}}]}, "either give one"),
    ("boolean", {"rule": []}, "unknown field `rule`"),
    ("boolean", {"variants": [{"key": "on", "value": "yes"}]}, "on \\(true\\) and off"),
    ("boolean", {"rules": [{"serve": "on", "when": [{"what": "trait", "trait": "plan"}]}]}, "Rule 1, condition 1: .*needs a value"),
    ("boolean", {"rules": [{"serve": "on", "when": [{"what": "trait", "trait": "n", "how": "more", "values": ["x"]}]}]}, "needs a number"),
    ("boolean", {"rules": [{"serve": "on", "when": [{"what": "trait", "trait": "n", "how": "before", "values": ["x"]}]}]}, "needs a day"),
    ("boolean", {"rules": [{"serve": "on", "when": [{"what": "person", "ids": []}]}]}, "at least one person"),
    ("boolean", {"from": "2026-05-04T09:00:00"}, "needs a time zone"),
    ("boolean", {"from": "2026-05-04T09:00:00Z", "until": "2026-05-04T09:00:00Z"}, "end before it begins"),
    ("string", {}, "Between 1 and 20 variants"),
    ("string", {"variants": [{"key": "a b", "value": "x"}]}, "Variant 1: name it"),
    ("string", {"variants": [{"key": "a", "value": 1}]}, "must be a string"),
    ("number", {"variants": [{"key": "a", "value": True}]}, "must be a number"),
    ("object", {"variants": [{"key": "a", "value": "x"}]}, "must be an object"),
    ("object", {"variants": [{"key": "a", "value": {"x": "y" * 20_001}}]}, "longer than"),
    ("string", {"variants": [{"key": "a", "value": "x"}, {"key": "a", "value": "y"}]}, "same name"),
    ("string", {"variants": [{"key": "a", "value": "x"}], "off": "b"}, "“off” names the variant “b”"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw", "says"), BAD)
def test_a_definition_that_makes_no_sense_is_refused(kind: Any, raw: Any, says: str) -> None:
    with pytest.raises(BadFlag, match=says):
        decode(kind, raw)


def test_numbers_keep_their_type() -> None:
    whole = decode("number", {"variants": [{"key": "a", "value": 1}, {"key": "b", "value": 2}]})
    fractions = decode("number", {"variants": [{"key": "a", "value": 1}, {"key": "b", "value": 2.5}]})
    assert [type(v.value) for v in whole.variants] == [int, int]
    assert [type(v.value) for v in fractions.variants] == [float, float]


@pytest.mark.parametrize(
    "raw", [{}, {"rules": [{"share": 20, "serve": "on", "when": [{"what": "segment", "segment": 3}]}]}]
)
def test_a_definition_is_read_as_it_was_written(raw: dict[str, Any]) -> None:
    found = decode("boolean", raw)
    assert decode("boolean", found.plain()) == found
