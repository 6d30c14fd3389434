"""What PostHog's library decides by itself is what the server decides, for every kind of rule that can be told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from posthog.feature_flags import InconclusiveMatchError, match_feature_flag_properties

from wellheard.measure.flags.conditions import Subject
from wellheard.measure.flags.definition import decode
from wellheard.measure.flags.evaluate import Ready, evaluate
from wellheard.measure.flags.growthbook import feature
from wellheard.measure.flags.posthog import value_of
from wellheard.measure.flags.posthog_local import CannotCarry, definition, definitions

NOW = datetime(2026, 5, 4, tzinfo=UTC)
PEOPLE: list[dict[str, Any]] = [
    {"plan": plan, "seats": seats, "mail": mail}
    for plan in ("pro", "PRO", "free", "") for seats in (5, "5", 5.5, 12, "few", True) for mail in ("a@acme.test", "b@x.test")
]  # fmt: skip
COLOURS = [{"key": "red", "value": 1, "weight": 20}, {"key": "blue", "value": 2, "weight": 80}]


def when(trait: str, how: str, *values: Any) -> dict[str, Any]:
    return {"what": "trait", "trait": trait, "how": how, "values": list(values)}


def made(raw: dict[str, Any], kind: Any = "boolean", key: str = "beta", **more: Any) -> Ready:
    return Ready(key, kind, decode(kind, raw), **more)


RULES = [
    when("plan", "is", "pro", "team"), when("plan", "is_not", "pro"), when("mail", "contains", "ACME"),
    when("mail", "contains_not", "acme"), when("mail", "begins", "A@"), when("mail", "ends", ".TEST"), when("plan", "set"),
    when("seats", "is", 5), when("seats", "more", 5), when("seats", "at_least", "5"), when("seats", "less", 5.5),
    when("seats", "at_most", 5), {"what": "person", "ids": ["u3", "u4"]},
]  # fmt: skip
FLAGS = [
    *(made({"rules": [{"when": [rule], "serve": "on"}]}) for rule in RULES),
    *(made({"rules": [{"when": [rule], "share": 40, "serve": "on"}, {"share": 10, "serve": "on"}]}) for rule in RULES),
    made({"variants": COLOURS, "rules": [{"when": [RULES[0]]}, {"share": 30, "serve": "red"}], "otherwise": "blue"}, "number"),
    made({"variants": COLOURS, "rules": [{"when": [RULES[8]], "serve": "blue"}, {}], "off": "red"}, "number"),
    made({"rules": [{"serve": "on"}]}, switched=False),
    made({"variants": COLOURS, "rules": [{}], "off": "red"}, "number", switched=False),
    made({"rules": [{"serve": "on"}], "until": "2026-01-01T00:00:00Z"}),
    made({"rules": [{"serve": "on"}], "from": "2027-01-01T00:00:00Z", "otherwise": "on"}),
    made({"otherwise": "on"}),
]  # fmt: skip


def locally(flag: Ready, flags: dict[str, Ready], id_: str, traits: dict[str, Any]) -> Any:
    told = {key: definition(other, flags, NOW) for key, other in flags.items()}
    said = {"distinct_id": id_, **traits}  # the library adds the id by itself
    return match_feature_flag_properties(
        told[flag.key],
        id_,
        said,
        flags_by_key=told,
        evaluation_cache={},
        bucketing_value=id_,
        property_matching_version=2,
    )


@pytest.mark.parametrize("flag", FLAGS, ids=range(len(FLAGS)))
def test_posthogs_library_decides_the_same(flag: Ready) -> None:
    for n, traits in enumerate(PEOPLE):
        here = value_of(flag, evaluate(flag, Subject(f"u{n}", traits), now=NOW))
        assert locally(flag, {"beta": flag}, f"u{n}", traits) == here, traits


def test_needs_are_decided_the_same() -> None:
    base = made({"rules": [{"when": [RULES[0]], "share": 50, "serve": "on"}]}, key="base")
    shade = made({"variants": COLOURS, "rules": [{}], "off": "red"}, "number", key="shade")
    held = made(
        {
            "rules": [{"serve": "on"}],
            "needs": [{"flag": "base", "variants": ["on"]}, {"flag": "shade", "variants": ["blue"]}],
        }
    )
    tone = made(
        {"variants": COLOURS, "otherwise": "blue", "off": "red", "needs": [{"flag": "shade", "variants": ["blue"]}]},
        "number",
        key="tone",
    )
    flags = {f.key: f for f in (base, shade, held, tone)}
    for flag in (held, tone):
        for n, traits in enumerate(PEOPLE):
            here = value_of(flag, evaluate(flag, Subject(f"u{n}", traits), flags, NOW))
            assert locally(flag, flags, f"u{n}", traits) == here


def test_a_trait_that_was_not_given_sends_the_library_to_the_server() -> None:
    """Though a later rule would hold: the server may know the trait."""
    flag = FLAGS[2 * len(RULES)]
    with pytest.raises(InconclusiveMatchError):
        locally(flag, {"beta": flag}, "u1", {})


@pytest.mark.parametrize(
    "flag",
    [made({"rules": [{"serve": "on", "when": [{"what": "segment", "segment": 1}]}]}),
     made({"rules": [{"serve": "on", "when": [{"what": "account", "ids": ["acme"]}]}]}),
     made({"rules": [{"serve": "on", "when": [when("since", "before", "2026-01-01")]}]}),
     made({"rules": [{"serve": "off", "when": [RULES[0]]}, {"serve": "on"}]}),
     made({"rules": [{"share": 50, "serve": "on"}]}, unit="account"),
     made({"rules": [{"share": 50, "serve": "on"}]}, algorithm="growthbook"),
     made({"variants": COLOURS, "rules": [{"when": [RULES[0]], "weights": {"red": 50, "blue": 50}}, {}]}, "number")],
)  # fmt: skip
def test_what_cannot_be_told_is_for_the_server_to_decide(flag: Ready) -> None:
    with pytest.raises(CannotCarry):
        definition(flag, {"beta": flag}, NOW)
    (told,) = definitions({"beta": flag}, NOW)["flags"]
    assert (told["key"], told["ensure_experience_continuity"], told["filters"]) == ("beta", True, {"groups": []})


GROWTHBOOK = [
    made(f.definition.plain(), f.kind, algorithm=a, switched=f.switched)
    for f in FLAGS
    for a in ("growthbook", "growthbook1")
]


@pytest.mark.parametrize("flag", GROWTHBOOK, ids=range(len(GROWTHBOOK)))
def test_growthbooks_library_decides_the_same(flag: Ready) -> None:
    growthbook = pytest.importorskip("growthbook", reason="GrowthBook's library is not installed")
    for n, traits in enumerate(PEOPLE):
        here = evaluate(flag, Subject(f"u{n}", traits), now=NOW).value
        said = growthbook.GrowthBook(
            attributes={"id": f"u{n}", **traits}, features={"beta": feature(flag, {"beta": flag}, NOW)}
        )
        assert said.get_feature_value("beta", None) == here, traits


def test_growthbooks_library_waits_for_needs() -> None:
    growthbook = pytest.importorskip("growthbook", reason="GrowthBook's library is not installed")
    base = made({"rules": [{"when": [RULES[0]], "share": 50, "serve": "on"}]}, key="base", algorithm="growthbook")
    held = made(
        {
            "variants": COLOURS,
            "rules": [{}],
            "otherwise": "blue",
            "off": "red",
            "needs": [{"flag": "base", "variants": ["on"]}],
        },
        "number",
        algorithm="growthbook",
    )
    flags = {"base": base, "beta": held}
    told = {key: feature(flag, flags, NOW) for key, flag in flags.items()}
    for n, traits in enumerate(PEOPLE):
        here = evaluate(held, Subject(f"u{n}", traits), flags, NOW).value
        assert (
            growthbook.GrowthBook(attributes={"id": f"u{n}", **traits}, features=told).get_feature_value("beta", None)
            == here
        )
