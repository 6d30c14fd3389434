"""The flag of a draw lets in who is told, when they are told: nobody, the first half, everybody."""

from __future__ import annotations

import pytest

from tests.measure.test_release_to_half_first import bet as bet  # a fixture
from wellheard.core import background
from wellheard.decide.models import Bet
from wellheard.measure.flags import services as flags
from wellheard.measure.flags.queries import preview
from wellheard.measure.models import Flag, FlagVersion, Staging
from wellheard.measure.staged.queries import standing
from wellheard.measure.staged.services import Offer, draw, prepare_opening
from wellheard.people.access import Access
from wellheard.tell.services.releases import publish_release


def let_in(access: Access, staging: Staging) -> set[str]:
    """Whom the flag gives it to, of those drawn."""
    flag = Flag.objects.get(workspace=access.workspace, key=staging.flag)
    ids = staging.drawn.values_list("person__external_id", flat=True)  # type: ignore[attr-defined]
    return {i for i in ids if preview(flag, i).variant == "on"}


def word(bet: Bet) -> str:
    found = standing(bet)
    assert found is not None
    return found.flag_word


def test_nobody_then_the_first_half_then_everybody(access: Access, bet: Bet) -> None:
    made = draw(access, bet, Offer("One clock", flag="one-clock"))
    every = set(made.drawn.values_list("person__external_id", flat=True))  # type: ignore[attr-defined]
    first = set(made.drawn.filter(first=True).values_list("person__external_id", flat=True))  # type: ignore[attr-defined]
    assert (let_in(access, made), word(bet)) == (set(), "lets in nobody yet")
    publish_release(access, made.first)
    background.run_all()
    assert (let_in(access, made), word(bet)) == (first, "lets in the first half")
    publish_release(access, prepare_opening(access, made, "For all", reason="It breaks nothing."))
    background.run_all()
    assert (let_in(access, made), word(bet)) == (every, "lets in everybody")
    assert [v.by for v in FlagVersion.objects.order_by("number")] == [access.actor.name] * 3


def test_a_flag_that_is_there_is_used_when_it_lets_in_nobody(access: Access, bet: Bet) -> None:
    flags.make(access, flags.Plan("one-clock"))
    draw(access, bet, Offer("One clock", flag="one-clock"))
    assert Flag.objects.count() == 1


def test_switched_off_or_taken_away_the_page_says_that_nobody_has_it(access: Access, bet: Bet) -> None:
    made = draw(access, bet, Offer("One clock", flag="one-clock"))
    flag = Flag.objects.get()
    flags.kill(access, flag, "It breaks")
    assert word(bet) == "switched off: nobody has it"
    flags.archive(access, flag)
    assert "no" in word(bet)
    publish_release(access, made.first)
    background.run_all()
    assert "nobody is let in by it" in word(bet)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (flags.Plan("one-clock", "boolean", {"rules": [{"share": 10, "serve": "on"}]}), "lets people in already"),
        (flags.Plan("one-clock", "boolean", {"otherwise": "on"}), "lets people in already"),
        (flags.Plan("one-clock", "string", {"variants": [{"key": "a", "value": "a"}]}), "not one that is on or off"),
    ],
)
def test_a_flag_that_would_spoil_the_lot_is_refused(access: Access, bet: Bet, plan: flags.Plan, says: str) -> None:
    flags.make(access, plan)
    with pytest.raises(ValueError, match=says):
        draw(access, bet, Offer("One clock", flag="one-clock"))
    assert not Staging.objects.exists()


def test_a_key_that_no_flag_can_have_is_refused(access: Access, bet: Bet) -> None:
    with pytest.raises(ValueError, match="The key"):
        draw(access, bet, Offer("One clock", flag="one clock"))
    assert not Flag.objects.exists()
