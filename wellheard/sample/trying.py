"""Flags of the sample workspace, and what was tried with them.

Two experiments have a known truth: the save button above the chart makes people save SAVES_MORE as often, the shorter way to share
changes nothing. Who got which variant is what the flags themselves answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from wellheard.measure.flags import services as flags
from wellheard.measure.flags.conditions import Subject
from wellheard.measure.flags.evaluate import evaluate
from wellheard.measure.flags.exposure import EVENT
from wellheard.measure.flags.snapshot import ready
from wellheard.measure.models import Experiment, Flag, Look
from wellheard.measure.trials import services
from wellheard.measure.trials.looking import report_of
from wellheard.measure.trials.plan import MetricPlan, Plan
from wellheard.people.access import Access
from wellheard.store import Envelope, Row, Store, message_hash
from wellheard.store.rows import EVENT as HAPPENED
from wellheard.store.rows import QUIET

from .tally import World
from .tally.messages import CHUNK

SAVED, SAVES, SAVES_MORE = "Report Saved", 0.3, 1.25
WEEK = timedelta(weeks=1)
EVEN = {"share": 100, "weights": {"control": 50, "new": 50}}


@dataclass(frozen=True, slots=True)
class Try:
    """An experiment: people meet its flag at their first `meets` from `began` weeks before the end until `until` weeks before it."""

    flag: str
    meets: str
    began: int
    until: int
    plan: Plan


BUTTON = Try(
    "save-above-chart", "Report Opened", 7, 0,
    Plan(
        "Save button above the chart", "save-above-chart", [("control", 50), ("new", 50)],
        [
            MetricPlan("Reports saved", "mean", SAVED, role="primary"),
            MetricPlan("Saved any", "proportion", SAVED),
            MetricPlan("Reports shared", "mean", "Report Shared", role="guardrail", margin=0.15),
        ],
        "Below the chart the button is out of sight on a laptop. Above it, people will save what they look at again.",
        method=Experiment.Method.SPENDING, planned_total=3_000, apart=("plan", "trait:title"),
    ),
)  # fmt: skip
SHARING = Try(
    "share-in-one-step", "Signed In", 20, 14,
    Plan(
        "Sharing in one step", "share-in-one-step", [("control", 50), ("new", 50)],
        [
            MetricPlan("Reports shared", "mean", "Report Shared", role="primary"),
            MetricPlan("Reports opened", "mean", "Report Opened", role="guardrail", margin=0.1),
        ],
        "Choosing a person and confirming takes two windows. With one, more is shared.",
        method=Experiment.Method.FIXED, planned_total=3_400,
    ),
)  # fmt: skip
GOALS = Plan(
    "Propose a goal", "propose-a-goal", [("control", 50), ("new", 50)],
    [MetricPlan("Set a goal", "proportion", "Goal Set", role="primary")],
    "Few set a goal because the field is empty. A goal a tenth above last month will be accepted by many.",
    planned_total=4_000,
)  # fmt: skip


def make_flags(access: Access) -> None:
    dealt = {"variants": [{"key": "control", "value": "control"}, {"key": "new", "value": "new"}]}
    for plan in (
        flags.Plan(BUTTON.flag, "string", dealt | {"rules": [EVEN], "otherwise": "control", "off": "control"}, "Save button above the chart"),
        flags.Plan(SHARING.flag, "string", dealt | {"rules": [EVEN], "otherwise": "control", "off": "control"}, "Sharing in one step"),
        flags.Plan(GOALS.flag, "string", dealt | {"rules": [EVEN], "otherwise": "control", "off": "control"}, "Propose a goal"),
        flags.Plan(
            "till-layout", "boolean",
            {"rules": [{"when": [{"what": "trait", "trait": "title", "values": ["Shop assistant"]}], "share": 25, "serve": "on"}]},
            "Large buttons for the till", "First a quarter of the shop assistants; they stand while they type.",
        ),
        flags.Plan("export-queue", "boolean", {"rules": [{"serve": "on"}]}, "Exports wait in line", "Large exports no longer block small ones."),
        flags.Plan("forecast-beta", "boolean", {"rules": [{"share": 10, "serve": "on"}]}, "Forecast of next week"),
    ):  # fmt: skip
        flags.make(access, plan)
    flags.kill(
        access, Flag.objects.get(workspace=access.workspace, key="forecast-beta"), "Wrong around public holidays"
    )


def store_tries(access: Access, world: World, store: Store) -> None:
    """The flags; who met one, as the server would have noted it; and the reports saved."""
    make_flags(access)
    rows: list[Row] = []
    now = int(datetime.now(UTC).timestamp() * 1000)
    for tried in (SHARING, BUTTON):
        rows += happened(tried, world, Flag.objects.get(workspace=access.workspace, key=tried.flag))
    rows.sort(key=lambda row: row.time)
    for at in range(0, len(rows), CHUNK):
        store.append(Envelope(access.workspace.pk, world.zone, "sample", now, rows[at : at + CHUNK]))


def happened(tried: Try, world: World, flag: Flag) -> Iterator[Row]:
    events = world.events
    times = events.time.astype("int64")
    begins, ends = (int((world.end - weeks * WEEK).timestamp() * 1000) for weeks in (tried.began, tried.until))
    since = begins - int(
        5 * WEEK.total_seconds() * 1000
    )  # saving is that old; the weeks before an experiment narrow its interval
    meets = np.flatnonzero((events.name == events.names.index(tried.meets)) & (times >= since) & (times < ends))
    asked = ready(flag)
    met: dict[int, str] = {}
    chance = np.random.default_rng([world.seed, 11])
    for at, draw in zip(meets.tolist(), chance.random(len(meets)).tolist(), strict=True):
        person, time = int(events.person[at]), int(times[at])
        who = world.people[person]
        account = world.accounts[who.account].id if who.account >= 0 else ""
        if time >= begins and person not in met:
            variant = met[person] = evaluate(asked, Subject(who.id)).variant
            said = {"flag": flag.key, "variant": variant, "version": flag.version}
            yield _row(f"flag:{flag.key}:{who.id}", time, who.id, account, EVENT, said, flags=QUIET)
        if tried is BUTTON and draw < SAVES * (SAVES_MORE if met.get(person) == "new" else 1):
            yield _row(f"saved:{at}", time + 45_000, who.id, account, SAVED, {}, session=f"s-{events.session[at]}")


def _row(
    key: str, at: int, user: str, account: str, name: str, said: dict[str, object], session: str = "", flags: int = 0
) -> Row:
    return Row(
        HAPPENED, message_hash("sample", key), at, user=user, account=account, name=name, properties=json.dumps(said), session=session, flags=flags
    )  # fmt: skip


def run_tries(access: Access, world: World, store: Store) -> None:
    """The experiments with their looks, as they were taken; one more is planned."""
    services.make(access, GOALS)
    old = _run(access, world, store, SHARING)
    services.stop(access, old, "As many as planned have come.")
    Experiment.objects.filter(pk=old.pk).update(stopped_at=world.end - SHARING.until * WEEK)
    old.refresh_from_db()
    _look(old, store, world.end - (SHARING.until - 2) * WEEK)
    learned = "Two windows are not what keeps people from sharing. Ask those who opened the window and closed it again."
    services.conclude(access, old, "control", learned)
    running = _run(access, world, store, BUTTON)
    for weeks in range(BUTTON.began - 3, -1, -1):
        _look(running, store, world.end - weeks * WEEK)


def _run(access: Access, world: World, store: Store, tried: Try) -> Experiment:
    made = services.start(access, services.make(access, tried.plan))
    Experiment.objects.filter(pk=made.pk).update(started_at=world.end - tried.began * WEEK)
    made.refresh_from_db()
    return made


def _look(experiment: Experiment, store: Store, at: datetime) -> None:
    report, exposed = report_of(experiment, store, at)
    data = {**report.as_json(), "left_out": exposed.words, "ended": report.ended, "earlier_looks": []}
    Look.objects.create(
        workspace_id=experiment.workspace_id, experiment=experiment, total=report.total, report=data, by="the clock", taken_at=at
    )  # fmt: skip
