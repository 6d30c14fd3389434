"""One of everything in a workspace."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone

from wellheard.decide.models import Bet, Decision, FollowUp, Issue, Line, Stakeholder, Tracker
from wellheard.listen.models import Board, CheckIn, Connection, Idea, Import, Note, Picture, Voice
from wellheard.measure.flags.definition import decode
from wellheard.measure.models import Celebration, Dashboard, Drawn, Experiment, Flag, Milestone, Pattern, Staging, Tile
from wellheard.people.access import Access, by_command
from wellheard.people.models import (
    Account,
    ApiToken,
    Billing,
    BillingCustomer,
    Member,
    Merge,
    Person,
    Relation,
    Revenue,
    Role,
    Segment,
    Trait,
    Workspace,
    WriteKey,
)  # fmt: skip
from wellheard.people.services import workspaces
from wellheard.tell.models import DeadAddress, Notice, Release, Webhook
from wellheard.understand.models import Evidence, Problem, Theme, ThemeVoice, Waiver


class World:
    """A workspace with a member of each role and one thing of each kind; `things` is model → row."""

    def __init__(self, slug: str) -> None:
        made = workspaces.create_workspace(slug, slug.capitalize())
        self.workspace: Workspace = made.workspace
        self.token = made.api_token
        self.access: Access = by_command(self.workspace)
        self.members = {
            role: workspaces.add_member(self.access, f"{role.value}@{slug}.example", role, role.label) for role in Role
        }
        w = self.workspace
        account = Account.objects.create(workspace=w, name=f"{slug} shop", external_id="shop")
        person = Person.objects.create(workspace=w, name=f"{slug} person", external_id="p", email=f"p@{slug}.example")
        relation = Relation.objects.create(workspace=w, person=person, account=account, uses=True, buys=True)
        voice = Voice.objects.create(
            workspace=w, text=f"{slug} said", author=person, account=account, said_at=timezone.now()
        )
        problem = Problem.objects.create(workspace=w, name=f"{slug} problem")
        Evidence.objects.create(problem=problem, voice=voice)
        theme = Theme.objects.create(workspace=w, name=f"{slug} theme", size=1)
        ThemeVoice.objects.create(theme=theme, voice=voice, rank=0)
        bet = Bet.objects.create(
            workspace=w, name=f"{slug} bet", metric="Exported", expected_percent=20, smallest_percent=10,
            state=Bet.State.SHIPPED, shipped_on=date(2026, 1, 5),
        )  # fmt: skip
        bet.problems.add(problem)
        maker = self.members[Role.CONTRIBUTOR]
        board = Dashboard.objects.create(workspace=w, name=f"{slug} board", shared=True, made_by=maker)
        tile = Tile.objects.create(workspace=w, dashboard=board, title="Active", kind="active", position=0)
        release = Release.objects.create(workspace=w, title=f"{slug} release", shipped_on=date(2026, 1, 5))
        billing = Billing.objects.create(workspace=w, name="Stripe", key=f"key-of-{slug}")
        BillingCustomer.objects.create(billing=billing, customer_id="cus_1", account=account)
        tracker = Tracker.objects.create(
            workspace=w, kind="github", name=f"{slug} tracker", token=f"token-of-{slug}", secret="s" * 32,
            settings={"repository": "acme/shop", "api": "https://127.0.0.1"},
        )  # fmt: skip
        decision = Decision.objects.create(
            workspace=w, problem=problem, answer="no", reason="because", decided_by="Olga"
        )
        things = [
            decision,
            Stakeholder.objects.create(workspace=w, name=f"{slug} regulator", power=5, interest=2),
            FollowUp.objects.create(
                workspace=w, decision=decision, account=account, what="Call them", owner_name="Olga", due=date(2026, 1, 5), made_by="Olga"
            ),
            tracker, Issue.objects.create(workspace=w, bet=bet, tracker=tracker, remote_id="I_1", key=f"{slug}/shop#1", state="open"),
            Waiver.objects.create(workspace=w, place=f"problem:{problem.pk}:name", rule="cold", words="x", digest="0" * 64, reason="y"),
            CheckIn.objects.create(workspace=w, account=account, every_days=30, due=date(2026, 1, 5)),
            account, person, relation, Trait.objects.create(workspace=w, of="people", key="seats"), voice, problem, theme, bet, board, tile,
            Flag.objects.create(workspace=w, key=f"{slug}.flag", kind="boolean", definition=decode("boolean", {}).plain()),
            (milestone := Milestone.objects.create(workspace=w, name=f"{slug} first", kind="asked", subject="s", words="w", since=date(2026, 1, 5))),
            Celebration.objects.create(workspace=w, milestone=milestone, person=person, thing="x", reached_on=date(2026, 1, 6)),
            Webhook.objects.create(workspace=w, name=f"{slug} hook", url="https://hooks.example.com/x", kinds=["voice.created"], secret="whsec_AAAA"),
            Connection.objects.create(workspace=w, source="github", name=f"{slug} github", secret="s" * 32),
            self.idea(voice), Board.objects.get(workspace=w),
            Import.objects.create(workspace=w, what="voices", source="s", file_name="f.csv", path="/nowhere"),
            release,
            Picture.objects.create(workspace=w, voice=voice, name=f"{slug}.png", kind="png", size=8),
            billing,
            Revenue.objects.create(workspace=w, account=account, cents=4900, currency="EUR", since=date(2026, 1, 5)),
            Line.objects.create(workspace=w, bet=bet, side="us", kind="cost", name=f"{slug} work", low=1, likely=2, high=3),
            release, Merge.objects.create(workspace=w, of="people", kept=person.pk, gone=0, gone_name="x", kept_name="y", origin="events"),
            Experiment.objects.create(
                workspace=w, name=f"{slug} experiment", flag="x", variants=[{"key": "a", "share": 1}, {"key": "b", "share": 1}], planned_total=100,
                metrics=[{"name": "m", "kind": "mean", "event": "Exported", "wanted": "up", "role": "primary"}],
            ),
            (half := Segment.objects.create(workspace=w, name=f"{slug} half", of="people", rule={"what": "said"})),
            (staging := Staging.objects.create(workspace=w, bet=bet, unit="person", weeks=5, segment=half, first=release)),
            Drawn.objects.create(workspace=w, staging=staging, person=person, unit=person.pk, first=True),
            Segment.objects.create(workspace=w, name=f"{slug} segment", of="people", rule={"what": "said"}),
            Pattern.objects.create(workspace=w, problem=problem, name=f"{slug} pattern", rule={"what": "said"}),
            DeadAddress.objects.create(workspace=w, address=f"gone@{slug}.example", why="bounced"),
            Notice.objects.create(workspace=w, release=release, person=person, voice=voice, problem=problem),
            WriteKey.objects.get(workspace=w), ApiToken.objects.get(workspace=w), self.members[Role.VIEWER],
        ]  # fmt: skip
        self.things: dict[type[models.Model], models.Model] = {type(t): t for t in things}

    def idea(self, voice: Voice) -> Idea:
        made = Idea.objects.create(
            workspace=self.workspace, board=Board.objects.get(workspace=self.workspace), voice=voice,
            title=f"{self.workspace.slug} idea",
        )  # fmt: skip
        Note.objects.create(workspace=self.workspace, idea=made, by_name="x", text=f"{self.workspace.slug} note")
        return made

    def number(self, model: type[models.Model]) -> int:
        return int(self.things[model].pk)

    def member(self, role: Role) -> Member:
        return self.members[role]
