"""Pour a simulated world into a workspace: the same rows the services would write, many at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from django.db import models, transaction
from django.utils import timezone

from wellheard.core import journal
from wellheard.decide.models import Bet, Decision
from wellheard.listen.counting import recount_ideas
from wellheard.listen.models import DealStage, Follow, Idea, IdeaStatus, Triage, Voice, Vote
from wellheard.listen.services import checkins
from wellheard.listen.services.boards import default_board
from wellheard.measure.services import measure_due
from wellheard.people.access import by_command
from wellheard.people.models import Account, Income, Member, Person, Relation, Revenue, User, Workspace
from wellheard.people.queries.money import cents_by_account, today
from wellheard.people.services import owners, roles, traits
from wellheard.people.services.mirror import link_numbers
from wellheard.people.services.workspaces import Made, create_workspace
from wellheard.store import Store
from wellheard.tell.models import Release
from wellheard.understand.models import Evidence, Problem
from wellheard.understand.services.themes import find_themes

from .celebrating import celebrate
from .deciding import weigh_bets
from .empathy import fill_decisions, fill_empathy
from .events import store_events
from .headlines import headline
from .notices import owe_notices
from .portal import fill_portal
from .segments import add_segments
from .sources import fill_sources
from .tally import World
from .trying import run_tries, store_tries

M = TypeVar("M", bound=models.Model)
CHANNELS = {"app review": "review"}
STATES = {"shipped": Bet.State.SHIPPED, "now": Bet.State.STARTED, "next": Bet.State.DRAFT}
Say = Callable[[str], None]


def load(world: World, store: Store, slug: str = "tally", name: str = "Tally", say: Say = print) -> Made:
    """Make the workspace `slug` from a world. All of the relational part is one transaction."""
    say(f"  {len(world.events):,} events …")
    made = create_workspace(slug, name, world.zone, "EUR", sample=world.sample, earns=world.earns)
    store_events(world, made.workspace, store)
    if world.sample == "tally":
        store_tries(by_command(made.workspace), world, store)
    with transaction.atomic():
        say(f"  {len(world.people):,} people in {len(world.accounts):,} accounts, {len(world.voices):,} voices …")
        Filler(world, made.workspace).fill()
    store.flush(180)
    link_numbers(made.workspace, store.reader)
    say("  suggested themes and verdicts …")
    traits.discover(made.workspace)
    for member in Member.objects.filter(workspace=made.workspace):
        owners.recognise(member)
    _check_ins(made.workspace)
    fill_decisions(made.workspace, world)
    find_themes(by_command(made.workspace))
    if world.sample == "tally":
        with transaction.atomic():
            fill_portal(made.workspace)
            fill_sources(made.workspace)
            fill_empathy(made.workspace)
        add_segments(by_command(made.workspace))
        celebrate(by_command(made.workspace), store)
        run_tries(by_command(made.workspace), world, store)
    measure_due(store)
    return made


def _check_ins(workspace: Workspace) -> None:
    """A few cadences with those who pay most: two of them due."""
    access, now = by_command(workspace), today(workspace)
    cents = cents_by_account(workspace, now)
    for place, pk in enumerate(sorted(cents, key=lambda a: (-cents[a], a))[:6]):
        account = Account.objects.get(pk=pk)
        checkins.plan(access, account, 60, due=now + timedelta(days=9 * place - 12), about="What would you miss most?")


def _make(model: type[M], rows: Sequence[M]) -> list[M]:
    return model._default_manager.bulk_create(rows, batch_size=2000)


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), UTC)


class Filler:
    """The relational part of a world, in the order its foreign keys need."""

    def __init__(self, world: World, workspace: Workspace) -> None:
        self.world, self.workspace = world, workspace
        self.chance = random.Random(world.seed)

    def fill(self) -> None:
        self.team()
        self.accounts = self.make_accounts()
        self.people = self.make_people()
        self.voices = self.make_voices()
        self.problems = self.make_problems()
        self.ideas()
        self.bets = self.make_bets()
        weigh_bets(self.workspace, self.bets, self.problems)
        self.decisions()
        self.releases()
        with journal.record(journal.system(self.workspace.pk), "sample.loaded") as entry:
            entry.about(self.workspace, seed=self.world.seed, voices=len(self.voices), people=len(self.people))

    def team(self) -> None:
        for colleague in self.world.colleagues:
            user = User.objects.filter(email=colleague.email).first() or User.objects.create_user(
                colleague.email, None, name=colleague.name
            )
            Member.objects.create(
                workspace=self.workspace, user=user, role=colleague.member_role, title=colleague.title
            )

    def make_accounts(self) -> list[Account]:
        rows = _make(
            Account,
            [
                Account(
                    workspace=self.workspace,
                    external_id=a.id,
                    name=a.name,
                    domain=a.domain,
                    plan=a.plan,
                    state=a.state,
                    owner=a.owner,
                    since=a.signed_up,
                    traits={"country": a.country, **({"stores": a.stores} if a.stores else {}), **a.traits},
                    created_at=_at(a.signed_up),
                )
                for a in self.world.accounts
            ],
        )
        _make(
            Revenue,
            [
                Revenue(
                    workspace=self.workspace,
                    account=row,
                    cents=span.cents,
                    currency=a.currency,
                    since=span.since,
                    until=span.until,
                )
                for a, row in zip(self.world.accounts, rows, strict=True)
                for span in a.money
                if span.cents
            ],
        )
        self.earnings(rows)
        return rows

    def earnings(self, accounts: list[Account]) -> None:
        """Paid once by an account, or income of a day that nobody in particular paid."""
        named = [e for e in self.world.earnings if e.account >= 0]
        told = [
            Revenue(
                workspace=self.workspace, account=accounts[e.account], source=e.source, ref=f"{n}", cents=e.cents,
                currency="EUR", since=e.day, once=True,
            )
            for n, e in enumerate(named)
        ]  # fmt: skip
        _make(Revenue, told)
        others = [e for e in self.world.earnings if e.account < 0]
        _make(
            Income,
            [Income(workspace=self.workspace, source=e.source, day=e.day, cents=e.cents, currency="EUR") for e in others],
        )  # fmt: skip

    def make_people(self) -> list[Person]:
        rows = _make(
            Person,
            [
                Person(
                    workspace=self.workspace,
                    external_id=p.id,
                    email=p.email,
                    name=p.name,
                    language=p.language,
                    traits={"title": p.title, "joined": p.joined.isoformat(), **p.traits},
                    created_at=_at(p.joined),
                )
                for p in self.world.people
            ],
        )
        related = _make(
            Relation,
            [
                Relation(
                    workspace=self.workspace,
                    person=row,
                    account=self.accounts[p.account],
                    **dict.fromkeys(p.roles, True),  # type: ignore[arg-type]
                )
                for p, row in zip(self.world.people, rows, strict=True)
                if p.account >= 0
            ],
        )
        roles.begin(related, {row.pk: p.joined for p, row in zip(self.world.people, rows, strict=True)})
        return rows

    def make_voices(self) -> list[Voice]:
        fresh = _at(self.world.until) - timedelta(hours=30)
        return _make(
            Voice,
            [
                Voice(
                    workspace=self.workspace,
                    text=v.text,
                    kind=v.kind,
                    channel=CHANNELS.get(v.channel, v.channel),
                    author=self.people[v.author],
                    account=self.accounts[v.account] if v.account >= 0 else None,
                    relayed_by=v.relayed_by or "",
                    said_at=v.said_at,
                    heard_at=v.said_at,
                    account_state=v.account_state,
                    account_cents=self.world.accounts[v.account].cents_on(v.said_at.date()) if v.account >= 0 else None,
                    language=v.language,
                    deal_cents=v.deal_cents,
                    deal_currency="EUR" if v.deal_cents else "",
                    deal_stage=(DealStage.LOST if v.account_state == "lost" else DealStage.OPEN)
                    if v.deal_cents
                    else "",
                    source=self.world.sample,
                    source_id=v.id,
                    triage=Triage.NEW if v.said_at > fresh else Triage.KEPT,
                )
                for v in self.world.voices
            ],
        )

    def make_problems(self) -> dict[str, Problem]:
        confirmed = [t for t in self.world.topics if t.confirmed]
        problems = dict(
            zip(
                (t.key for t in confirmed),
                _make(
                    Problem,
                    [
                        Problem(
                            workspace=self.workspace,
                            name=t.name,
                            summary=t.description,
                            created_at=_at(t.confirmed or self.world.start),
                        )
                        for t in confirmed
                    ],
                ),
                strict=True,
            )
        )
        _make(
            Evidence,
            [
                Evidence(
                    problem=problems[v.topic],
                    voice=row,
                    placed_at=v.said_at + timedelta(days=1),
                    placed_by=v.relayed_by or "",
                )
                for v, row in zip(self.world.voices, self.voices, strict=True)
                if v.topic in problems and row.triage == Triage.KEPT
            ],
        )
        return problems

    def ideas(self) -> None:
        """Portal posts become ideas; people who said the same elsewhere have voted for them."""
        by_topic: dict[str | None, list[int]] = {}
        for i, v in enumerate(self.world.voices):
            by_topic.setdefault(v.topic, []).append(i)
        statuses = {"shipped": IdeaStatus.SHIPPED, "now": IdeaStatus.STARTED, "next": IdeaStatus.PLANNED}
        stage = {t: statuses[b.stage] for b in self.world.bets for t in b.problems}
        refused = {d.key for d in self.world.decisions if d.about == "problem" and d.answer == "no"}
        ideas, votes = [], []
        board = default_board(self.workspace)
        for topic, members in by_topic.items():
            portal = [i for i in members if self.world.voices[i].channel == "portal"]
            chosen = self.chance.sample(portal, min(len(portal), 3 if topic else 6))
            for i in chosen:
                v, row = self.world.voices[i], self.voices[i]
                others = [m for m in members if self.world.voices[m].said_at > v.said_at] if topic else []
                voters = {
                    v.author,
                    *(self.world.voices[m].author for m in others[: self.chance.randrange(1, 60)]),
                }
                status = IdeaStatus.DECLINED if topic in refused else stage.get(topic or "", IdeaStatus.OPEN)
                idea = Idea(
                    workspace=self.workspace,
                    board=board,
                    voice=row,
                    title=headline(v.text),
                    status=status,
                    votes_count=len(voters),
                    posted_at=v.said_at,
                )
                ideas.append(idea)
                votes.append((idea, voters))
        _make(Idea, ideas)
        when = random.Random(self.world.seed + 1)
        now = timezone.now()
        _make(
            Vote,
            [
                Vote(idea=i, person=self.people[p], at=min(now, i.posted_at + timedelta(days=when.expovariate(1 / 30))))
                for i, voters in votes
                for p in sorted(voters)
            ],
        )
        _make(Follow, [Follow(idea=i, person=self.people[p]) for i, voters in votes for p in sorted(voters)])
        recount_ideas([i.pk for i in ideas])

    def make_bets(self) -> dict[str, Bet]:
        found = {}
        for b in self.world.bets:
            bet = Bet.objects.create(
                workspace=self.workspace,
                name=b.name,
                hypothesis=b.hypothesis,
                metric=b.metric_event,
                direction=b.direction,
                expected_percent=round(b.expected * 100, 1),
                smallest_percent=round(b.smallest * 100, 1),
                window_weeks=b.window_weeks,
                undo_rule=b.undo_rule,
                population="People who asked for it",
                horizon="now" if b.stage != "next" else "next",
                state=STATES[b.stage],
                started_at=_at(b.locked) if b.locked else None,
                shipped_on=b.release.at.date() if b.release else None,
                created_at=_at(b.created),
            )
            bet.problems.set([self.problems[k] for k in b.problems if k in self.problems])
            found[b.key] = bet
        return found

    def decisions(self) -> None:
        rows = []
        for d in self.world.decisions:
            if d.about == "problem" and d.key not in self.problems:
                continue
            rows.append(
                Decision(
                    workspace=self.workspace,
                    bet=self.bets[d.key] if d.about == "bet" else None,
                    problem=self.problems[d.key] if d.about == "problem" else None,
                    answer=d.answer.replace(" ", "_"),
                    reason=d.reason,
                    decided_by=d.by,
                    decided_at=_at(d.on),
                    published_at=_at(d.on),
                    published_by=d.by,
                )
            )
        _make(Decision, rows)

    def releases(self) -> None:
        """Everyone whose voice was evidence at release was told; most of it arrived, a little did not."""
        for b in self.world.bets:
            if b.release is None:
                continue
            release = Release.objects.create(
                workspace=self.workspace,
                title=b.release.title,
                body=b.release.body,
                shipped_on=b.release.at.date(),
                published_at=b.release.at,
                created_at=b.release.at - timedelta(days=1),
            )
            release.bets.add(self.bets[b.key])
            owe_notices(self, release, b.problems, b.release.at)
        self._draft()

    def _draft(self) -> None:
        """One release that waits to be published, so that whoever looks around can see what publishing does."""
        for b in self.world.bets:
            if b.stage == "now" and b.key == "ads-once":
                draft = Release.objects.create(
                    workspace=self.workspace,
                    title="Advertising is counted once",
                    body="**You said** that income from advertising is counted twice when two ad accounts are connected.\n\n"
                    "**We did:** each campaign now counts once, wherever it is paid from, and last month is corrected too.",
                    shipped_on=self.world.until,
                )
                draft.bets.add(self.bets[b.key])
