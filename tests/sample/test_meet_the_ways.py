"""A sample for each way of earning: alive, the same for one seed, and its home has every figure."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from wellheard.commands.running_commands import SAMPLES
from wellheard.listen.models import Idea, Voice
from wellheard.measure.earning import home
from wellheard.measure.models import Outcome
from wellheard.people.models import Person
from wellheard.sample.load import load
from wellheard.sample.tally.world import World
from wellheard.sample.ways import SCRIPTS, tell
from wellheard.store import Store
from wellheard.tell.models import Notice
from wellheard.understand.models import Problem

UNTIL = date(2026, 11, 19)


def test_each_can_be_started() -> None:
    assert ["tally", *SCRIPTS] == SAMPLES


@pytest.mark.parametrize("sample", sorted(SCRIPTS))
def test_one_seed_is_one_world_in_which_everything_refers_to_something(sample: str) -> None:
    world: World = tell(SCRIPTS[sample], 7, UNTIL)
    again = tell(SCRIPTS[sample], 7, UNTIL)
    assert (again.accounts, again.people, again.voices, again.earnings) == (
        world.accounts, world.people, world.voices, world.earnings)  # fmt: skip
    assert np.array_equal(again.events.time, world.events.time)
    assert len(world.people) > 500
    assert len(world.voices) > 200
    assert 50_000 < len(world.events) < 400_000
    assert {p.account for p in world.people} <= {-1, *range(len(world.accounts))}
    assert len({p.email for p in world.people}) == len(world.people)
    assert len({a.id for a in world.accounts}) == len({a.name for a in world.accounts}) == len(world.accounts)
    assert {v.topic for v in world.voices} == {t.key for t in world.topics}
    assert max(v.said_at for v in world.voices) < world.end
    assert world.events.time.max() < np.datetime64(world.end.replace(tzinfo=None))
    for a in world.accounts:
        assert all(x.until == y.since for x, y in zip(a.money, a.money[1:], strict=False))
        assert all(m.until is None or m.since < m.until for m in a.money)
    for v in world.voices:
        assert v.said_at.date() >= world.people[v.author].joined


@pytest.mark.parametrize("sample", sorted(SCRIPTS))
def test_its_loop_and_its_home_are_whole(sample: str, event_store: Store, db: None) -> None:
    world = tell(SCRIPTS[sample], 7)
    made = load(world, event_store, f"{sample}-trial", SCRIPTS[sample].product, say=lambda _: None)
    workspace = made.workspace
    assert Person.objects.filter(workspace=workspace).count() == len(world.people)
    assert Voice.objects.filter(workspace=workspace).count() == len(world.voices)
    assert Problem.objects.filter(workspace=workspace).count() == 4
    assert Idea.objects.filter(workspace=workspace).exists()
    assert Notice.objects.filter(workspace=workspace).exists()
    assert Outcome.objects.filter(bet__workspace=workspace).exists(), "the shipped bet was judged"
    found = home(event_store.reader, workspace)
    assert found is not None
    assert [f.key for f in found.figures if f.value is None] == []
    assert all(t.rows for t in found.tables)
    assert found.series is None or len([v for v in found.series.values if v is not None]) > 5
