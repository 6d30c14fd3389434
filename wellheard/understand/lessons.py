"""A workspace's own models of kind and sentiment: what its members sorted, on top of what we set by hand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cache

from wellheard.listen.models import Kind, Sentiment, Voice
from wellheard.people.models import Workspace

from .suggesting import FEELING, KIND, Model, Task, learn

# What members sorted last teaches; so many of each class at most.
LESSONS = 600
_lock = threading.Lock()
_held: OrderedDict[tuple[int, str], tuple[int, Model]] = OrderedDict()


@cache
def untaught(task_name: str) -> Model:
    return learn(KIND if task_name == KIND.name else FEELING)


def model_of(workspace: Workspace, task: Task) -> Model:
    """The workspace's own model: fitted when what members sorted has changed, else the one at hand."""
    field = task.name
    classes = Kind.values if field == "kind" else Sentiment.values
    lessons: list[tuple[int, str]] = []
    for label in filter(None, classes):
        rows = Voice.objects.filter(workspace=workspace, **{field: label}).order_by("-pk")
        lessons += [(pk, label) for pk in rows.values_list("pk", flat=True)[:LESSONS]]
    if not lessons:
        return untaught(field)
    mark, key = hash(tuple(lessons)), (workspace.pk, field)
    with _lock:
        if key in _held and _held[key][0] == mark:
            _held.move_to_end(key)
            return _held[key][1]
    texts = dict(Voice.objects.filter(pk__in=[pk for pk, _ in lessons]).values_list("pk", "text"))
    held = [(texts[pk], label) for pk, label in lessons if pk in texts]
    model = learn(task, [text for text, _ in held], [label for _, label in held])
    with _lock:
        _held[key] = (mark, model)
        while len(_held) > 16:
            _held.popitem(last=False)
    return model
