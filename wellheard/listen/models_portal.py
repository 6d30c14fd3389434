"""What is said about an idea and done to it: comments, the team's notes, statuses so far, sign-in codes, the look."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from wellheard.people.models import Member, Person, Workspace

from .models import Idea, IdeaStatus, Standing, Voice


class Comment(models.Model):
    """Words under an idea, in Markdown: of a person, or of the team (then `team_name` is who wrote it).

    A person's published comment is a voice as well. `parent` is the comment it replies to, one level deep.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    idea = models.ForeignKey(Idea, models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    author = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="comments")
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    team_name = models.CharField(max_length=120, blank=True)
    voice = models.OneToOneField(Voice, models.SET_NULL, null=True, related_name="comment")
    text = models.TextField()
    standing = models.CharField(max_length=8, choices=Standing, default=Standing.PUBLIC)
    reason = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["idea", "created_at"], name="comment_thread"),
            models.Index(fields=["workspace", "standing", "created_at"], name="comment_queue"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Note(models.Model):
    """What the team says to itself about an idea. It never leaves the console and the team's API."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    idea = models.ForeignKey(Idea, models.CASCADE, related_name="notes")
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    by_name = models.CharField(max_length=120)
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["idea", "created_at"], name="note_thread")]

    def __str__(self) -> str:
        return self.text[:80]


class StatusChange(models.Model):
    """A public status or answer an idea got; the newest one is also on the idea itself."""

    idea = models.ForeignKey(Idea, models.CASCADE, related_name="changes")
    status = models.CharField(max_length=12, choices=IdeaStatus)
    answer = models.TextField(blank=True)
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["idea", "at"], name="status_history")]

    def __str__(self) -> str:
        return f"{self.idea}: {self.get_status_display()}"


class SignInCode(models.Model):
    """Six digits mailed to an address, for one browser (its secret's digest) and one workspace, used at most once."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    email = models.EmailField(max_length=254)
    digest = models.CharField(max_length=64)
    browser = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["workspace", "email", "-created_at"], name="sign_in_code")]

    def __str__(self) -> str:
        return f"code for {self.email}"


class Look(models.Model):
    """How a workspace's portal looks and speaks. Colours are #rrggbb, checked for contrast when saved."""

    class Scheme(models.TextChoices):
        AUTO = "auto", "As the visitor's device"
        LIGHT = "light", "Always light"
        DARK = "dark", "Always dark"

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="look")
    accent_light = models.CharField(max_length=7, blank=True)
    accent_dark = models.CharField(max_length=7, blank=True)
    scheme = models.CharField(max_length=5, choices=Scheme, default=Scheme.AUTO)
    logo = models.CharField(max_length=80, blank=True)
    welcome_title = models.CharField(max_length=120, blank=True)
    welcome = models.TextField(blank=True)
    links = models.JSONField(default=list)
    language = models.CharField(max_length=8, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"look of {self.workspace}"
