"""How many bets helped over time, whether chance explains it, and how good our expectations were."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from wellheard.commands.watch import outcome as commands
from wellheard.decide.models import Bet
from wellheard.decide.services import Terms, create_bet
from wellheard.measure.models import Outcome
from wellheard.measure.track.expectations import Held, calibration
from wellheard.measure.track.queries import track
from wellheard.measure.track.rates import Measured, at_least, by_quarter, quarter, rate, wilson
from wellheard.people.access import Access
from wellheard.people.models import Member
from wellheard.understand.models import Problem


def held(measured: float, expected: float = 0.2, **more: Any) -> Held:
    given: dict[str, Any] = {"low": None, "high": None, "sure": None, "helped": measured > 0.1} | more
    return Held("A bet", expected, 0.1, measured=measured, from_=measured - 0.1, to=measured + 0.1, **given)


def bet(access: Access, name: str, shipped: date, word: str, level: int, estimate: float | None, **more: Any) -> Bet:
    made = Bet.objects.create(
        workspace=access.workspace, name=name, metric="Exported", expected_percent=20, smallest_percent=10, state=Bet.State.SHIPPED,
        shipped_on=shipped, **more,
    )  # fmt: skip
    span = (None, None) if estimate is None else (estimate - 0.1, estimate + 0.1)
    Outcome.objects.create(
        workspace=access.workspace, bet=made, word=word, level=level, estimate=estimate, low=span[0], high=span[1], asked=60,
        compared=150, release_week=shipped, measured_to=shipped,
    )  # fmt: skip
    return made


def test_wilsons_interval_is_the_published_one() -> None:
    low, high = wilson(8, 10)  # Wilson 1927, as in Agresti & Coull 1998
    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == pytest.approx(1.0)


def test_chance_alone_makes_some_of_many_likely() -> None:
    assert at_least(1, 20) == pytest.approx(1 - 0.95**20)
    assert at_least(0, 20) == 1.0
    assert at_least(3, 0) == 1.0
    some = [Measured(date(2026, 1, 1), "likely helped", 2)] + [Measured(date(2026, 1, 1), "not shown", 2)] * 19
    assert rate("all", some).by_chance == pytest.approx(1.0)
    assert not rate("all", some).more_than_chance
    many = [Measured(date(2026, 1, 1), "likely hurt", 2)] * 2 + some[:1] * 2 + some[1:17]
    assert rate("all", many).more_than_chance  # hurt is no less said by chance than helped


def test_what_could_not_be_judged_is_in_no_share() -> None:
    found = rate("all", [Measured(date(2026, 5, 1), w, n) for w, n in (
        ("helped", 3), ("likely helped", 2), ("likely hurt", 2), ("not shown", 2), ("moved together", 1), ("not shown", 1),
        ("too few to say", 0), ("void", 3),
    )])  # fmt: skip
    assert found.counts == {"helped": 2, "hurt": 1, "moved": 1, "not shown": 2, "too few": 2}
    assert (found.measured, found.judged) == (8, 5)
    assert found.share == pytest.approx(0.4)
    assert rate("none", []).share is None


def test_quarters_come_newest_first() -> None:
    assert [quarter(date(2026, m, 1)) for m in (1, 3, 4, 12)] == ["2026 Q1", "2026 Q1", "2026 Q2", "2026 Q4"]
    days = (date(2025, 12, 31), date(2026, 7, 1), date(2026, 1, 1))
    assert [q.name for q in by_quarter(Measured(d, "not shown", 2) for d in days)] == ["2026 Q3", "2026 Q1", "2025 Q4"]


def test_expecting_too_much_is_said_from_ten_bets_on() -> None:
    assert "9 of the 10" in calibration([held(0.1, 0.4)] * 9).says
    assert calibration([held(0.1, 0.4)] * 10).says == "We expect too much: about 4.0 times what is measured."
    assert "too little" in calibration([held(0.5, 0.2)] * 10).says
    assert "close together" in calibration([held(0.21, 0.2)] * 10).says
    assert "nothing or the opposite" in calibration([held(-0.2, 0.2)] * 10).says
    assert calibration([]).says.startswith("No bet")


def test_ranges_hold_what_was_measured_or_touch_its_interval() -> None:
    found = calibration(
        [held(0.2, low=0.1, high=0.3), held(0.35, low=0.1, high=0.3), held(0.6, low=0.1, high=0.3), held(0.2)]
    )
    assert (found.ranges, found.inside, found.touching) == (3, 1, 2)
    assert (found.reached, found.worth) == (4, 4)


def test_being_sure_of_the_right_ones_beats_always_saying_the_same() -> None:
    knows = calibration([held(0.3, sure=0.9)] * 5 + [held(0.0, sure=0.1)] * 5)
    assert knows.brier == pytest.approx(0.01)
    assert knows.base == pytest.approx(0.25)
    assert "tells good bets from bad" in knows.says_sure
    assert [(b.n, b.helped) for b in knows.bands] == [(5, 0), (5, 5)]
    assert all(b.fits for b in knows.bands)
    sure = calibration([held(0.0, sure=0.95)] * 10)
    assert "told nothing" in sure.says_sure
    assert not sure.bands[0].fits
    assert "too few" in calibration([held(0.0, sure=0.95)] * 9).says_sure
    assert "how sure we were" in calibration([held(0.0)]).says_sure


def test_the_page_the_command_and_the_words(access: Access, client: Client, viewer: Member) -> None:
    client.force_login(viewer.user)
    assert "Nothing has been measured yet" in client.get("/w/acme/measure/track-record").content.decode()
    bet(
        access, "Exports", date(2026, 2, 2), "likely helped", 2, 0.3, expected_low=10, expected_high=40, sure_percent=80
    )
    bet(access, "Days", date(2026, 5, 4), "likely helped", 2, -0.2, direction="down", sure_percent=60)
    bet(access, "Invoices", date(2026, 5, 5), "too few to say", 0, None)
    bet(access, "Mail", date(2026, 5, 6), "moved together", 1, 0.2)
    found = track(access.workspace)
    assert [h.measured for _, _, h in found.held] == [0.2, 0.3]
    assert [q.name for q in found.quarters] == ["2026 Q2", "2026 Q1"]
    assert found.whole.more_than_chance
    page = client.get("/w/acme/measure/track-record").content.decode()
    for words in (
        "2026 Q2",
        "10 to 40%",
        "80%",
        "too few to say",
        "about 0.1 would still be called",
        "2 are more than chance",
    ):
        assert words in page, words
    said = CliRunner().invoke(commands, ["track", "--workspace", "acme"], standalone_mode=False).return_value
    assert said.data["all"]["judged"] == 2
    assert "2026 Q1" in said.text


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"expected_low": Decimal(10)}, "both ends"),
        ({"expected_low": Decimal(25), "expected_high": Decimal(30)}, "hold what you expect"),
        ({"expected_low": Decimal(-200), "expected_high": Decimal(30)}, "between -100"),
        ({"sure_percent": 101}, "0 to 100"),
        ({"sure_percent": -1}, "0 to 100"),
    ],
)
def test_what_cannot_be_expected_is_refused(more: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Terms("A", "Exported", Decimal(20), Decimal(10), **more).check()


def test_a_bet_says_its_range_and_how_sure(access: Access, client: Client, owner: Member) -> None:
    problem = Problem.objects.create(workspace=access.workspace, name="Exports break")
    client.force_login(owner.user)
    form = {
        "name": "Exports", "metric": "Exported", "expected_percent": "20", "smallest_percent": "10", "window_weeks": "5", "direction": "up",
        "problems": [problem.pk], "expected_low": "-5", "expected_high": "30,5", "sure_percent": "70",
    }  # fmt: skip
    assert client.post("/w/acme/decide/bets/new", form).status_code == 302
    made = Bet.objects.get()
    assert (made.expected_low, made.expected_high, made.sure_percent) == (Decimal("-5.0"), Decimal("30.5"), 70)
    page = client.get(f"/w/acme/decide/bets/{made.pk}").content.decode()
    assert "70%" in page
    again = client.get(f"/w/acme/decide/bets/{made.pk}/revise").content.decode()
    assert 'value="30.5"' in again
    refused = client.post("/w/acme/decide/bets/new", form | {"expected_high": ""})
    assert refused.status_code == 422
    plain = create_bet(access, [problem], Terms("Plain", "Exported", Decimal(20), Decimal(10)))
    assert (
        'name="sure_percent" inputmode="numeric" value=""'
        in client.get(f"/w/acme/decide/bets/{plain.pk}/revise").content.decode()
    )
