"""What people told us: voices, the ideas others can follow and vote for, imports under way, rules for events."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Account, AccountState, Member, Person, Workspace

from .models_board import Board, Tag

# What the public may see, as far as the idea itself decides; its board decides as well.
SEEN = models.Q(hidden=False, standing="public", merged_into=None)


class Channel(models.TextChoices):
    PORTAL = "portal", "Portal"
    WIDGET = "widget", "Widget"
    EMAIL = "email", "E-mail"
    CHAT = "chat", "Chat"
    SUPPORT = "support", "Support"
    SALES = "sales", "Sales"
    CALL = "call", "Call"
    INTERVIEW = "interview", "Interview"
    SURVEY = "survey", "Survey"
    REVIEW = "review", "Review"
    ISSUE = "issue", "Issue"
    OTHER = "other", "Other"


class Kind(models.TextChoices):
    UNSORTED = "", "Not sorted"
    REQUEST = "request", "Request"
    BUG = "bug", "Bug"
    QUESTION = "question", "Question"
    PRAISE = "praise", "Praise"


class Sentiment(models.TextChoices):
    UNSAID = "", "Not said"
    NEGATIVE = "negative", "Negative"
    NEUTRAL = "neutral", "Neutral"
    POSITIVE = "positive", "Positive"


class Triage(models.TextChoices):
    NEW = "new", "New"
    KEPT = "kept", "Kept"
    ASIDE = "aside", "Set aside"


class DealStage(models.TextChoices):
    NONE = "", "No deal"
    OPEN = "open", "Open"
    WON = "won", "Won"
    LOST = "lost", "Lost"


class Voice(models.Model):
    """One thing somebody told us, verbatim, with the account's state and revenue as they were then.

    `kind` and `sentiment` are what a member (or the source) said; what is only suggested stands elsewhere. `thread` is
    the id of what it belongs to at its source; `changed_at` says that it was edited there. A deal that hangs on it has
    cents, a currency and a stage.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    text = models.TextField()
    kind = models.CharField(max_length=12, choices=Kind, blank=True)
    sentiment = models.CharField(max_length=8, choices=Sentiment, blank=True)
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.OTHER)
    author = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="voices")
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="voices")
    relayed_by = models.CharField(max_length=120, blank=True)
    recorded_by = models.ForeignKey(Member, models.SET_NULL, null=True)
    said_at = models.DateTimeField()
    heard_at = models.DateTimeField(db_default=Now())
    account_state = models.CharField(max_length=12, choices=AccountState, blank=True)
    account_cents = models.BigIntegerField(null=True)
    language = models.CharField(max_length=12, blank=True)
    traits = models.JSONField(default=dict)
    source = models.CharField(max_length=60, default="console")
    source_id = models.CharField(max_length=255, null=True)
    url = models.CharField(max_length=500, blank=True)
    thread = models.CharField(max_length=255, blank=True)
    changed_at = models.DateTimeField(null=True)
    brought_by = models.ForeignKey("listen.Import", models.SET_NULL, null=True, related_name="voices")
    deal_cents = models.BigIntegerField(null=True)
    deal_currency = models.CharField(max_length=3, blank=True)
    deal_stage = models.CharField(max_length=4, choices=DealStage, blank=True)
    triage = models.CharField(max_length=6, choices=Triage, default=Triage.NEW)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "source", "source_id"], name="voice_source_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "triage", "-said_at", "-id"], name="voice_inbox"),
            models.Index(fields=["workspace", "-said_at", "-id"], name="voice_time"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class IdeaStatus(models.TextChoices):
    OPEN = "open", "Open"
    CONSIDERING = "considering", "Under consideration"
    PLANNED = "planned", "Planned"
    STARTED = "started", "In work"
    SHIPPED = "shipped", "Shipped"
    DECLINED = "declined", "Not planned"


class Standing(models.TextChoices):
    """Whether the public may see a post or comment."""

    PUBLIC = "public", "Published"
    PENDING = "pending", "Waiting"
    REFUSED = "refused", "Refused"
    SPAM = "spam", "Spam"


class Idea(models.Model):
    """A voice on the portal that others can follow and vote for.

    The vote services keep the counts, discounted votes left out: `votes_count` of all, `verified_count` of people
    with a confirmed address. `heat` is the logarithm of the votes' sum, each worth half of one that came two weeks
    later: it orders by what is trending and needs no refreshing as time goes by. `merged_into` is the idea that
    stands for this one; `comments_count` counts the published ones, of ideas merged into this one as well.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    board = models.ForeignKey(Board, models.RESTRICT, related_name="ideas")
    voice = models.OneToOneField(Voice, models.CASCADE, related_name="idea")
    title = models.CharField(max_length=140)
    status = models.CharField(max_length=12, choices=IdeaStatus, default=IdeaStatus.OPEN)
    answer = models.TextField(blank=True)
    votes_count = models.PositiveIntegerField(default=0)
    verified_count = models.PositiveIntegerField(default=0)
    comments_count = models.PositiveIntegerField(default=0)
    heat = models.FloatField(default=-1000.0)
    hidden = models.BooleanField(default=False)
    standing = models.CharField(max_length=8, choices=Standing, default=Standing.PUBLIC)
    reason = models.CharField(max_length=400, blank=True)
    pinned = models.BooleanField(default=False)
    comments_locked = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="merged")
    tags = models.ManyToManyField(Tag, related_name="ideas")
    posted_at = models.DateTimeField(db_default=Now())

    class Meta:
        # One index for each order a board can have; what the public does not see lies in none of them.
        indexes = [
            models.Index(fields=["board", "-pinned", "-votes_count", "-id"], name="idea_top", condition=SEEN),
            models.Index(fields=["board", "-pinned", "-posted_at", "-id"], name="idea_new", condition=SEEN),
            models.Index(fields=["board", "-pinned", "-heat", "-id"], name="idea_trending", condition=SEEN),
            models.Index(fields=["board", "status"], name="idea_status", condition=SEEN),
            models.Index(fields=["workspace", "standing", "-posted_at"], name="idea_queue"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def body(self) -> str:
        """What the author said beyond the title."""
        text: str = self.voice.text
        return text.removeprefix(self.title).lstrip(" .…!\n\r\t") if text.startswith(self.title) else text


class Vote(models.Model):
    """One person's vote for an idea; a vote also follows the idea. `came_from` is the merged idea it was copied from.

    `network` is a keyed digest of where it came from, for counting bursts only; `doubt` names what speaks against it
    (words of services.stuffing.DOUBTS, comma between); a member may discount it, and take that back.
    """

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="votes")
    person = models.ForeignKey(Person, models.CASCADE, related_name="votes")
    at = models.DateTimeField(db_default=Now())
    came_from = models.ForeignKey(Idea, models.CASCADE, null=True, related_name="+")
    network = models.CharField(max_length=16, blank=True)
    doubt = models.CharField(max_length=80, blank=True)
    discounted = models.BooleanField(default=False)
    placed_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["idea", "person"], name="vote_once")]
        indexes = [models.Index(fields=["idea", "network", "at"], name="vote_burst")]

    def __str__(self) -> str:
        return f"{self.person} for {self.idea}"


class Follow(models.Model):
    """Somebody who wants to hear what becomes of an idea."""

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="follows")
    person = models.ForeignKey(Person, models.CASCADE, related_name="follows")
    at = models.DateTimeField(db_default=Now())
    came_from = models.ForeignKey(Idea, models.CASCADE, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["idea", "person"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.person} follows {self.idea}"


class Import(models.Model):
    """A file on its way in; `read` is the number of rows committed, so a crash resumes there.

    read = stored + changed + repeated + skipped + refused. `format` names the folder under `sources` that reads it.
    `looked` holds the numbers of a dry run; `total` is the number of rows when that is known.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Not stored yet"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked"
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being stored"
        DONE = "done", "Stored"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"
        UNDOING = "undoing", "Being taken back"
        UNDONE = "undone", "Taken back"

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    what = models.CharField(max_length=12)
    source = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    path = models.CharField(max_length=500)
    format = models.CharField(max_length=20, default="table")
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    stop = models.BooleanField(default=False)
    looked = models.JSONField(default=dict)
    total = models.PositiveIntegerField(null=True)
    size = models.BigIntegerField(default=0)
    offset = models.BigIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    skips = models.JSONField(default=dict)
    undone = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    refused_path = models.CharField(max_length=500, blank=True)
    error = models.TextField(blank=True)
    started_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.what} from {self.file_name}"


class IntakeRules(models.Model):
    """What a workspace does not want to keep of the events sent to it. Lists are of plain texts, already checked."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="intake_rules")
    drop_properties = models.JSONField(default=list)
    exclude_bots = models.BooleanField(default=False)
    own_networks = models.JSONField(default=list)
    own_hosts = models.JSONField(default=list)
    own_people = models.JSONField(default=list)
    own_accounts = models.JSONField(default=list)
    origins = models.JSONField(default=list)
    account_group = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"rules of {self.workspace}"


# They need the models above: so they come last.
from .models_checkins import CheckIn, Talk  # noqa: E402
from .models_portal import Comment, Look, Note, SignInCode, StatusChange  # noqa: E402
from .models_sources import Connection, Delivery, Handle, Knock  # noqa: E402
from .models_widget import Picture, Widget  # noqa: E402

__all__ = [
    "Board", "CheckIn", "Comment", "Connection", "Delivery", "Handle", "Knock", "Look", "Note", "Picture",
    "SignInCode", "StatusChange", "Tag", "Talk", "Widget",
]  # fmt: skip
