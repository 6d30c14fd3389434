"""What rose more than chance explains: an alarm when one rose, and hardly ever when nothing changed."""

from __future__ import annotations

import importlib.util
import json
from datetime import datetime, time, timedelta
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from wellheard.__main__ import run
from wellheard.core.models import Entry
from wellheard.listen.models import Voice
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace
from wellheard.people.services.workspaces import make_token
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.queries.signals import band_of, last_week, raised, signals
from wellheard.understand.rising import ALARM, exposures, look, surplus, tails
from wellheard.understand.services.signals import note_alarms
from wellheard.understand.watching import look_for_what_rose

HERE = "/w/acme/understand"


def bench() -> ModuleType:
    path = Path(__file__).parents[2] / "bench/signals.py"
    spec = importlib.util.spec_from_file_location("bench_signals", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("shape", sorted(bench().SHAPES))
def test_weeks_without_a_change_raise_hardly_an_alarm(shape: str) -> None:
    """120 looks: at a rate of 5 %, more than 13 alarms come once in a hundred such tests."""
    made = bench()
    assert made.alarms(made.SHAPES[shape], 120, 3) * 120 <= 13


@pytest.mark.parametrize(("a_week", "times", "least"), [(5, 6, 0.9), (20, 3, 0.9), (20, 2, 0.3), (2, 6, 0.5)])
def test_a_real_rise_is_seen(a_week: float, times: int, least: float) -> None:
    assert bench().caught(a_week, times, 60, 5) >= least


def weeks(*rows: list[int], other: int = 60) -> tuple[np.ndarray, np.ndarray]:
    counts = np.asarray(rows, float)
    return counts, counts.sum(axis=0) + other


def test_a_rise_of_the_whole_inbox_is_no_rise_of_a_problem() -> None:
    counts = np.asarray([[4, 5, 6, 5] * 7, [9, 10, 11, 10] * 7], float)
    counts[:, -1] *= 4
    volume = np.asarray([60.0, 64, 58, 62] * 7)
    volume[-1] = 250
    assert not any(r.alarm for r in look(counts, volume + counts.sum(axis=0)))
    volume[-1] = 62
    assert look(counts, volume + counts.sum(axis=0))[0].alarm


def test_two_voices_are_never_an_alarm() -> None:
    counts, volume = weeks([0] * 40 + [2], [5] * 41)
    assert not look(counts, volume)[0].alarm
    counts, volume = weeks([0] * 40 + [9], [5] * 41)
    assert look(counts, volume)[0].alarm


def test_bursts_as_high_as_this_one_take_the_alarm_away() -> None:
    calm = [4, 5, 3, 4, 5, 4, 3, 5, 4, 4] * 4
    counts, volume = weeks([*calm, 16])
    assert look(counts, volume)[0].word == "rose"
    others = [[*calm, 4] for _ in range(4)]
    for one, at in zip(others, (15, 20, 25, 30), strict=True):
        one[at] = 17  # each once, as a burst does, and back the week after
    counts, volume = weeks([*calm, 16], *others)
    found = look(counts, volume)[0]
    assert not found.alarm
    assert found.record >= 2
    assert found.word == "high, as happens here"


def test_a_rise_that_lasted_does_not_count_as_a_burst() -> None:
    """The problem grew from 2 to 14 a week and stayed: weeks later another one that rises is still an alarm."""
    chance = np.random.default_rng(4)
    grown = np.concatenate([chance.poisson(2, 25), chance.poisson(14, 25)])
    steady = chance.poisson(5, 50)
    steady[-1] = 21
    counts, volume = weeks(list(grown), list(steady))
    assert look(counts, volume)[1].alarm


def test_too_short_a_history_is_refused() -> None:
    with pytest.raises(ValueError, match="from 12 on"):
        look(*weeks([3] * 12))
    with pytest.raises(ValueError, match="different weeks"):
        look(np.ones((2, 20)), np.ones(19))
    assert look(np.zeros((0, 20)), np.ones(20)) == []


def test_a_problem_of_one_burst_only_has_numbers() -> None:
    """Without the week itself nothing is left of it but rounding."""
    once = [0] * 30
    once[20] = 17
    with np.errstate(all="raise"):
        found = look(*weeks(once, [3, 0, 4] * 10))
    assert all(np.isfinite([r.p, r.alone, r.expected, r.surplus]).all() for r in found)


counts_of = st.lists(st.lists(st.integers(0, 25), min_size=20, max_size=20), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(counts_of, st.randoms(use_true_random=False))
def test_the_order_of_problems_does_not_matter_and_p_is_a_probability(rows: list[list[int]], chance: object) -> None:
    counts, volume = weeks(*rows, other=30)
    found = look(counts, volume)
    back = look(counts[::-1], volume)[::-1]
    for one, other in zip(found, back, strict=True):
        assert one.p == pytest.approx(other.p)
        assert one.record == other.record
        assert 0 <= one.alone <= one.p <= 1 or one.p == pytest.approx(one.alone)
        assert one.low <= one.high
        assert not one.alarm or one.p <= ALARM


@settings(max_examples=40, deadline=None)
@given(counts_of, st.integers(1, 20))
def test_more_voices_in_the_week_never_make_it_less_unlikely(rows: list[list[int]], more: int) -> None:
    """The other voices of the week stay as they are."""
    counts, volume = weeks(*rows, other=30)
    louder, loud_volume = counts.copy(), volume.copy()
    louder[0, -1] += more
    loud_volume[-1] += more

    def alone(c: np.ndarray, v: np.ndarray) -> float:
        held = exposures(c, v)
        over = surplus(c, held)
        over[:] = 1.5  # the week's own difference is left out of its variance; those of others change with it
        return float(tails(c, held, over)[0, -1])

    assert alone(louder, loud_volume) <= alone(counts, volume) + 1e-9


def test_the_tail_is_that_of_a_beta_binomial() -> None:
    from scipy.stats import betabinom

    counts, volume = weeks([3, 4, 2, 5] * 5 + [14])
    exposed = exposures(counts, volume)
    over = np.full(counts.shape, 1.7)
    before, share = counts[0, -13:-1].sum(), exposed[0, -1] / exposed[0, -13:].sum()
    size = (before + 0.5) / (1 - share) / 0.7
    exact = betabinom.sf(13, int(before + 14), size * share, size * (1 - share))
    assert tails(counts, exposed, over)[0, -1] == pytest.approx(exact, rel=1e-6)


@pytest.fixture
def risen(workspace: Workspace) -> Problem:
    """Sixteen calm weeks of three problems, and a last week in which one has eighteen voices instead of three."""
    monday = timezone.make_aware(datetime.combine(last_week(workspace), time(9)))
    named = [Problem.objects.create(workspace=workspace, name=n) for n in ("Refunds", "Tablet", "Invoices")]
    voices = []
    for week in range(17):
        for i, problem in enumerate(named):
            n = 18 if (week, i) == (0, 0) else 3 + (week + i) % 3
            voices += [(problem, monday - timedelta(weeks=week) + timedelta(hours=k)) for k in range(n)]
    held = Voice.objects.bulk_create(
        Voice(workspace=workspace, text=f"Refunds are missing, {i}", said_at=at) for i, (_, at) in enumerate(voices)
    )
    Evidence.objects.bulk_create(Evidence(problem=p, voice=v) for (p, _), v in zip(voices, held, strict=True))
    return named[0]


def test_the_page_shows_the_alarm_its_numbers_and_a_quote(as_viewer: Client, risen: Problem) -> None:
    shown = as_viewer.get(f"{HERE}/signals").content.decode()
    assert "18 voices" in shown
    assert "3 problems watched" in shown
    assert "Refunds are missing" in shown
    assert "at most one look in twenty" in shown
    assert f"week={last_week(risen.workspace).isoformat()}" in shown
    assert 'class="tag warn">rose' in as_viewer.get(f"{HERE}/").content.decode()


def test_the_problem_draws_its_weeks_with_what_was_expected(as_viewer: Client, risen: Problem) -> None:
    shown = as_viewer.get(f"{HERE}/problems/{risen.pk}").content.decode()
    assert 'class="spread"' in shown
    assert "nine weeks of ten, if nothing changes" in shown
    band = band_of(risen)
    assert band is not None
    assert band.voices[-1] == 18 > band.high[-1]
    assert len(band.starts) == len(band.low) == len(band.expected) == 13


def test_a_young_workspace_says_that_it_cannot_say(as_viewer: Client, workspace: Workspace) -> None:
    Voice.objects.create(workspace=workspace, text="x", said_at=timezone.now() - timedelta(weeks=5))
    assert "Too early to say" in as_viewer.get(f"{HERE}/signals").content.decode()
    assert signals(workspace).cannot
    assert note_alarms(workspace) == 0


def test_nothing_heard_at_all(as_viewer: Client, workspace: Workspace) -> None:
    assert as_viewer.get(f"{HERE}/signals").status_code == 200
    assert signals(workspace).earlier == 0


def test_an_alarm_is_one_journal_entry_for_each_problem_and_week(as_viewer: Client, risen: Problem) -> None:
    look_for_what_rose()
    look_for_what_rose()
    entry = Entry.objects.get(verb="signal.rose")
    assert (entry.thing_id, entry.data["voices"], entry.data["week"]) == (
        risen.pk, 18, last_week(risen.workspace).isoformat(),
    )  # fmt: skip
    assert [a.problem for a in raised(risen.workspace)] == [risen.pk]
    assert "Alarms of before" in as_viewer.get(f"{HERE}/signals").content.decode()
    shown = as_viewer.get(f"{HERE}/problems/{risen.pk}").content.decode()
    assert "saw it rise more than chance explains" in shown


def test_a_closed_or_merged_problem_is_not_watched(risen: Problem) -> None:
    Problem.objects.filter(pk=risen.pk).update(closed_at=timezone.now())
    assert signals(risen.workspace).alarms == []
    assert len(signals(risen.workspace).watched) == 2


def test_programs_and_the_command_line_read_the_same(access: Access, risen: Problem) -> None:
    _, token = make_token(access, "reader", Role.VIEWER)
    told = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/signals").json()
    assert told["alarms"] == [risen.pk]
    assert (told["watched"], told["false_alarms_per_look"], told["problems"][0]["voices"]) == (3, 0.05, 18)
    code, out, _ = run(["signals", "--workspace", "acme", "--json"])
    assert (code, json.loads(out)["alarms"]) == (0, [risen.pk])
    assert "rose" in run(["signals", "--workspace", "acme"])[1]
