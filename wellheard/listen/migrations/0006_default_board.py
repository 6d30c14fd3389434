from datetime import UTC, datetime
from math import log2
from typing import Any

from django.db import migrations

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HALF = 14 * 86_400


def default_boards(apps: Any, schema_editor: Any) -> None:
    """Each workspace gets a board, which holds the ideas it has; their counts are counted anew."""
    workspaces, boards = apps.get_model("people", "Workspace"), apps.get_model("listen", "Board")
    ideas, votes = apps.get_model("listen", "Idea"), apps.get_model("listen", "Vote")
    changes = apps.get_model("listen", "StatusChange")
    for workspace in workspaces.objects.all():
        board = boards.objects.create(workspace=workspace, name="Ideas", slug="ideas")
        ideas.objects.filter(workspace=workspace).update(board=board)
    for idea in ideas.objects.all().iterator(chunk_size=500):
        rows = list(votes.objects.filter(idea=idea).values_list("at", "person__email"))
        weights = [(at - EPOCH).total_seconds() / HALF for at, _ in rows]
        top = max(weights, default=0.0)
        idea.heat = top + log2(sum(2 ** (w - top) for w in weights)) if weights else -1000.0
        idea.votes_count = len(rows)
        idea.verified_count = sum(1 for _, email in rows if email)
        idea.save(update_fields=["heat", "votes_count", "verified_count"])
        if idea.status != "open" or idea.answer:
            changes.objects.create(idea=idea, status=idea.status, answer=idea.answer, by_name="")


class Migration(migrations.Migration):
    dependencies = [("listen", "0005_portal")]
    operations = [migrations.RunPython(default_boards, migrations.RunPython.noop)]
