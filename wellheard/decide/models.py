"""What we may do, what we expect of it, and what was decided."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.listen.models import Idea
from wellheard.people.models import Workspace
from wellheard.understand.models import Problem


class Bet(models.Model):
    """What we may do about problems. It states the expected shift before work starts and is locked then."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        STARTED = "started", "In work"
        SHIPPED = "shipped", "Shipped"
        DROPPED = "dropped", "Dropped"

    class Direction(models.TextChoices):
        UP = "up", "more of it"
        DOWN = "down", "less of it"

    class Moscow(models.TextChoices):
        MUST = "must", "Must"
        SHOULD = "should", "Should"
        COULD = "could", "Could"
        WONT = "wont", "Won’t for now"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    name = models.CharField(max_length=140)
    hypothesis = models.TextField(blank=True)
    problems = models.ManyToManyField(Problem, related_name="bets")
    metric = models.CharField(max_length=200)
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.UP)
    population = models.CharField(max_length=200, blank=True)
    expected_percent = models.DecimalField(max_digits=6, decimal_places=1)
    smallest_percent = models.DecimalField(max_digits=6, decimal_places=1)
    expected_low = models.DecimalField(max_digits=6, decimal_places=1, null=True)  # a range around what is expected,
    expected_high = models.DecimalField(max_digits=6, decimal_places=1, null=True)  # below 0: it may go the other way
    sure_percent = models.PositiveSmallIntegerField(null=True)  # how sure the team is that it helps
    window_weeks = models.PositiveSmallIntegerField(default=5)
    undo_rule = models.TextField(blank=True)
    horizon = models.CharField(
        max_length=5, choices=[("now", "Now"), ("next", "Next"), ("later", "Later")], default="later"
    )
    moscow = models.CharField(max_length=6, choices=Moscow, blank=True)
    team = models.CharField(max_length=60, blank=True)
    goal = models.CharField(max_length=140, blank=True)
    place = models.IntegerField(default=0)  # within its column of the board, smallest first
    public = models.BooleanField(default=False)
    public_title = models.CharField(max_length=140, blank=True)
    public_words = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    version = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(null=True)
    shipped_on = models.DateField(null=True)
    reminded_for = models.DateField(null=True)  # the due day its reminder was written for
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "state"], name="bet_list")]

    def __str__(self) -> str:
        return self.name

    @property
    def locked(self) -> bool:
        return self.state != self.State.DRAFT


class Decision(models.Model):
    """A dated yes, not now or no on a bet, a problem or an idea, with its reason. Decisions are added, never changed.

    A "no" is prepared first: those it hurts are looked at and their owners acknowledge; only then it is published.
    `reason` is for the team, `public_reason` for those who asked. `snapshot` holds the evidence as it was when decided
    (see queries.snapshot), `hurt` whom it hurt when it was published (see queries.hurt), `despite` why it was
    published before everybody had acknowledged. One that was withdrawn was never published.
    """

    class Answer(models.TextChoices):
        YES = "yes", "Yes"
        NOT_NOW = "not_now", "Not now"
        NO = "no", "No"

    class State(models.TextChoices):
        PREPARED = "prepared", "Prepared"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    bet = models.ForeignKey(Bet, models.CASCADE, null=True, related_name="decisions")
    problem = models.ForeignKey(Problem, models.CASCADE, null=True, related_name="decisions")
    idea = models.ForeignKey(Idea, models.CASCADE, null=True, related_name="decisions")
    answer = models.CharField(max_length=8, choices=Answer)
    reason = models.TextField()
    public_reason = models.TextField(blank=True)
    snapshot = models.JSONField(default=dict)
    hurt = models.JSONField(default=dict)
    despite = models.TextField(blank=True)
    decided_by = models.CharField(max_length=120)
    decided_at = models.DateTimeField(db_default=Now())
    published_by = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(bet__isnull=False, problem__isnull=True, idea__isnull=True)
                | models.Q(bet__isnull=True, problem__isnull=False, idea__isnull=True)
                | models.Q(bet__isnull=True, problem__isnull=True, idea__isnull=False),
                name="decision_on_one_thing",
            )
        ]
        indexes = [models.Index(fields=["workspace", "-decided_at"], name="decision_log")]

    def __str__(self) -> str:
        return f"{self.get_answer_display()}: {self.on}"

    @property
    def on(self) -> Bet | Problem | Idea:
        """What was decided on."""
        found = self.bet or self.problem or self.idea
        assert found is not None
        return found

    @property
    def state(self) -> str:
        """prepared, published or withdrawn."""
        if self.published_at is not None:
            return self.State.PUBLISHED
        return self.State.WITHDRAWN if self.withdrawn_at is not None else self.State.PREPARED

    @property
    def state_word(self) -> str:
        return str(self.State(self.state).label)


# They need the models above: so they come last.
from .models_empathy import Acknowledgement, Audience, Brief, FollowUp  # noqa: E402
from .models_log import Consulted, Craft, Opinion  # noqa: E402
from .models_scores import Given, Input, Line, Scheme  # noqa: E402
from .models_stakeholders import Stakeholder, Touch  # noqa: E402
from .models_trackers import Arrival, Issue, Tracker  # noqa: E402

__all__ = [
    "Acknowledgement",
    "Arrival",
    "Audience",
    "Bet",
    "Brief",
    "Consulted",
    "Craft",
    "Decision",
    "FollowUp",
    "Given",
    "Input",
    "Issue",
    "Line",
    "Opinion",
    "Scheme",
    "Stakeholder",
    "Touch",
    "Tracker",
]
