from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One line of the journal. Never updated; the workspace is a bare number, for core knows no product words."""

    workspace_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    verb = models.CharField(max_length=60)
    thing = models.CharField(max_length=40)
    thing_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace_id", "thing", "thing_id", "id"], name="entry_thing"),
            models.Index(fields=["workspace_id", "id"], name="entry_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.thing} {self.thing_id}"


class Turn(models.Model):
    """When a clock job last ran, so that several processes share one clock."""

    job = models.CharField(max_length=80, primary_key=True)
    ran_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.job
