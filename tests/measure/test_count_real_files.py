"""Real purchases and visits, counted by us and by pandas. The files are not part of the project: they are looked for beside
the checkout, or in the folder WELLHEARD_TRIAL_DATA names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.engine import Events, fresh
from wellheard.listen.sources.events import import_events
from wellheard.measure import active, funnel, retention
from wellheard.measure.question import Conversion, Funnel, Lifecycle, Period, Retention, starts
from wellheard.store import Store

ROOT = Path(__file__).resolve().parents[2]


def the_file(name: str) -> Path:
    given = os.environ.get("WELLHEARD_TRIAL_DATA")
    folders = [Path(given)] if given else [*ROOT.parent.glob("*/data/events")]
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        pytest.skip(f"{name} is not here; name its folder in WELLHEARD_TRIAL_DATA")
    return found


# purchases --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bought(event_store: Store) -> Iterator[tuple[Events, pd.DataFrame]]:
    """6,919 purchases of CDs by 2,357 people in 1997 and 1998."""
    columns = ["master", "customer", "day", "cds", "dollars"]
    rows = pd.read_csv(the_file("CDNOW_sample.txt"), sep=r"\s+", names=columns, dtype={"customer": str})
    rows["day"] = pd.to_datetime(rows["day"].astype(str))
    events = fresh()
    events.send(
        *(
            {
                "type": "track", "userId": r.customer, "event": "Bought", "timestamp": f"{r.day:%Y-%m-%d}T12:00:00Z",
                "messageId": str(at), "properties": {"cds": int(r.cds), "dollars": float(r.dollars)},
            }
            for at, r in enumerate(rows.itertuples())
        )
    )  # fmt: skip
    return events, rows


CDNOW = Period(date(1997, 1, 1), date(1998, 6, 30))


@pytest.mark.parametrize("unbounded", [False, True])
def test_who_comes_back_by_month(bought: tuple[Events, pd.DataFrame], unbounded: bool) -> None:
    events, rows = bought
    month = rows["day"].dt.to_period("M")
    first = month.groupby(rows["customer"]).transform("min")
    later = (month - first).map(lambda gap: gap.n)
    table = pd.DataFrame({"cohort": first, "later": later, "customer": rows["customer"]})
    if unbounded:
        last = table.groupby("customer").agg(cohort=("cohort", "first"), last=("later", "max"))
        wanted = {
            (str(cohort), k): int((group["last"] >= k).sum())
            for cohort, group in last.groupby("cohort")
            for k in range(18)
        }
    else:
        counts = table.groupby(["cohort", "later"])["customer"].nunique()
        wanted = {(str(cohort), int(k)): int(n) for (cohort, k), n in counts.items()}
    found = retention.retention(events.reader, events.workspace, Retention("month", CDNOW, "Bought", "", unbounded))
    sizes = rows.groupby(first)["customer"].nunique()
    assert {f"{c.start:%Y-%m}": c.size for c in found if c.size} == {str(m): int(n) for m, n in sizes.items()}
    for cohort in found:
        for k, n in enumerate(cohort.returned):
            assert n == wanted.get((f"{cohort.start:%Y-%m}", k), 0), (cohort.start, k)


def test_new_returning_and_gone_by_month(bought: tuple[Events, pd.DataFrame]) -> None:
    events, rows = bought
    there = pd.crosstab(rows["customer"], rows["day"].dt.to_period("M")) > 0
    matrix = there.to_numpy()
    stages = active.lifecycle(events.reader, events.workspace, Lifecycle("month", CDNOW, "Bought"))
    ever = np.zeros(len(matrix), bool)
    before = np.zeros(len(matrix), bool)
    for at, stage in enumerate(stages):
        now = matrix[:, at]
        wanted = ((now & ~ever).sum(), (now & before).sum(), (now & ever & ~before).sum(), (before & ~now).sum())
        assert (stage.new, stage.returning, stage.resurrected, stage.dormant) == tuple(int(n) for n in wanted)
        ever, before = ever | now, now


# visits -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visits(event_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Events, pd.DataFrame]]:
    """31,106 events of 600 visitors of a shop, brought in as a file."""
    path = the_file("retentioneering5_ecom.csv.gz")
    rows = pd.read_csv(path)
    events = fresh()
    plain = tmp_path_factory.mktemp("visits") / "visits.csv"
    rows.to_csv(plain, index=False)
    mapping = {"person": "user_id", "event": "event", "timestamp": "timestamp", "session": "session_id"}
    held = {field: column for field, column in mapping.items() if column in rows.columns}
    made = import_events(plain, events.store, events.workspace, "UTC", held)
    events.store.flush()
    assert made.stored == len(rows), made
    rows["at"] = pd.to_datetime(rows[held["timestamp"]], format="ISO8601")
    return events, rows.rename(columns={held["person"]: "person", held["session"]: "session"})


def furthest(times: dict[str, np.ndarray], steps: tuple[str, ...], window: np.timedelta64) -> int:
    """The step a visitor gets to by the best of all first steps: from each, every further step as early as may be."""
    best = 0
    for start in times.get(steps[0], ()):
        at, level = start, 1
        for step in steps[1:]:
            later = times.get(step, np.array([], "datetime64[ns]"))
            later = later[(later >= at) & (later - start <= window)]
            if not len(later):
                break
            at, level = later[0], level + 1
        best = max(best, level)
    return best


STEPS = ("catalog", "product", "cart", "payment_details", "purchase")


def known_steps(rows: pd.DataFrame) -> tuple[str, ...]:
    names = set(rows["event"])
    chosen = tuple(step for step in STEPS if step in names)
    return chosen if len(chosen) >= 3 else tuple(rows["event"].value_counts().index[:4])


@pytest.mark.parametrize(("unit", "days"), [("person", 7), ("session", 1), ("person", 1)])
def test_how_far_visitors_come(visits: tuple[Events, pd.DataFrame], unit: str, days: int) -> None:
    events, rows = visits
    steps = known_steps(rows)
    by = ["person"] if unit == "person" else ["person", "session"]
    levels = []
    for _, mine in rows[rows["event"].isin(steps)].groupby(by):
        times = {step: np.sort(group["at"].to_numpy()) for step, group in mine.groupby("event")}
        levels.append(furthest(times, steps, np.timedelta64(days, "D")))
    wanted = [sum(level > at for level in levels) for at in range(len(steps))]
    period = Period(rows["at"].min().date(), rows["at"].max().date())
    question = Funnel(steps, period, days * 86_400_000, unit)  # type: ignore[arg-type]
    assert [s.count for s in funnel.funnel(events.reader, events.workspace, question)] == wanted
    assert wanted[0] > wanted[-1] > 0


def test_conversion_by_week(visits: tuple[Events, pd.DataFrame]) -> None:
    events, rows = visits
    steps = known_steps(rows)[-2:]
    period = Period(rows["at"].min().date(), rows["at"].max().date())
    found = funnel.conversion(
        events.reader, events.workspace, Conversion(Funnel(steps, period, 86_400_000), "week")
    )  # fmt: skip
    day = rows["at"].dt.date
    week = day.map(lambda d: d - timedelta(days=d.weekday()))
    for at, start in enumerate(starts("week", period)):
        firsts = rows[(rows["event"] == steps[0]) & (week == start)]
        entered, converted = 0, 0
        for person, mine in firsts.groupby("person"):
            lasts = rows[(rows["event"] == steps[1]) & (rows["person"] == person)]["at"].to_numpy()
            entered += 1
            converted += any(
                ((lasts >= t) & (lasts - t <= np.timedelta64(1, "D"))).any() for t in mine["at"].to_numpy()
            )
        assert (found[at].entered, found[at].converted) == (entered, converted)
