"""Whatever JSON or table comes, as a file or through a door: rows, refusals in words, never a stumble."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from django.utils import timezone

from tests.listen.files import text_of
from tests.listen.test_connect_sources import issue, slack
from tests.listen.test_sources import APPLE, BACKUP, ISSUE, POSTS, SLACK, TALK, TICKETS
from wellheard.core import rows
from wellheard.core.bundle import Bundle
from wellheard.listen import sources
from wellheard.listen.sources.base import Arrived, Gone, Leave, Mark, Reading, Say, Turned

ODD: list[Any] = [
    None,
    "",
    0,
    -1,
    1.5,
    True,
    "x",
    [],
    {},
    [None],
    [1, "a"],
    {"a": 1},
    [[]],
    "2026-13-45",
    "é\ud800",
    "\x00",
    10**30,
    [{"id": 1}],
    {"nodes": 3},
]
FILES: dict[str, list[Any]] = {
    "github": [[ISSUE], {"data": {"repository": {"issues": {"nodes": [ISSUE]}}}}],
    "zendesk": [TICKETS, {"tickets": TICKETS["tickets"]}],
    "intercom": [[TALK], {"conversations": [TALK]}],
    "canny": [POSTS],
    "fider": [BACKUP["posts.json"], BACKUP["comments.json"]],
    "slack": [SLACK["feedback/2026-03-01.json"]],
    "reviews": [APPLE],
    "table": [[ISSUE]],
}
EVENTS: dict[str, list[Any]] = {
    "github": [{"action": "opened", "issue": issue(), "repository": {"full_name": "a/b"}},
               {"action": "transferred", "issue": issue(), "changes": {"new_issue": issue(node_id="z"), "new_repository": {"full_name": "c/d"}}}],
    "slack": [slack()],
    "zendesk": [{"ticket": TICKETS["tickets"][0]}, {"type": "zen:event-type:ticket.comment_added", "detail": {"id": "1"}, "event": {"comment": {"id": 1, "body": "x"}}}],
    "intercom": [{"id": "n", "topic": "conversation.user.replied", "data": {"item": TALK}}],
    "mail": [{}],
}  # fmt: skip


def bent(value: Any, luck: random.Random) -> Any:
    """The same with one value somewhere inside replaced, taken away or doubled."""
    made = copy.deepcopy(value)
    at, key = made, None
    holder: Any = None
    while isinstance(at, dict | list) and at and (holder is None or luck.random() < 0.85):
        holder, key = at, luck.choice(list(at) if isinstance(at, dict) else range(len(at)))
        at = at[key]
    if holder is None:
        return luck.choice(ODD)
    how = luck.random()
    if how < 0.75:
        holder[key] = luck.choice(ODD)
    elif how < 0.9 or isinstance(holder, dict):
        del holder[key]
    else:
        holder.append(copy.deepcopy(at))
    return made


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("seed", range(4))
def test_a_bent_file_gives_rows_or_reasons(tmp_path: Any, name: str, seed: int) -> None:
    luck = random.Random(f"{name}{seed}")
    source = sources.named(name)
    path = tmp_path / "f.json"
    for _ in range(60):
        value = luck.choice(FILES[name])
        for _ in range(luck.randrange(1, 4)):
            value = bent(value, luck)
        path.write_text(json.dumps(value, indent=luck.choice([None, 1])), "utf-8")
        bundle = Bundle.of(path)
        try:
            sources.guess(bundle)
            found = list(
                source.read(bundle, Reading(switches=frozenset(s.name for s in source.switches if luck.random() < 0.5)))
            )  # type: ignore[misc]
        except ValueError as e:
            if not str(e):
                raise
            continue
        assert all(isinstance(f, rows.Row | rows.Bad | rows.Skip) for f in found)
        json.dumps([f.values for f in found if isinstance(f, rows.Row)], allow_nan=False)


@pytest.mark.parametrize("name", sorted(sources.readers()))
@pytest.mark.parametrize("seed", range(2))
def test_a_table_of_anything_gives_rows_or_reasons(tmp_path: Any, name: str, seed: int) -> None:
    luck = random.Random(f"{name}{seed}")
    heads = ["id", "Ticket ID", "requester_id", "subject", "body", "Title", "Details", "Voter Email", "Post Title", "number", "review_id", "text",
             "Respondent ID", "Collector ID", "", "role", "email", "star_rating", "votes_count", "created_at", "public"]  # fmt: skip
    source = sources.named(name)
    for _ in range(40):
        head = luck.choices(heads, k=luck.randrange(1, 8))
        content = text_of(
            head,
            [[luck.choice(["", "x", "1", "TRUE", "é", "Open-Ended Response", "2026"]) for _ in head] for _ in range(3)],
        )
        (tmp_path / "t.csv").write_text(content)
        bundle = Bundle.of(tmp_path / "t.csv")
        try:
            sources.guess(bundle)
            list(source.read(bundle, Reading()))  # type: ignore[misc]
            if source.choices:
                source.choices(bundle, Reading())
        except ValueError as e:
            if not str(e):
                raise


@pytest.mark.parametrize("name", sorted(EVENTS))
@pytest.mark.parametrize("seed", range(4))
def test_a_bent_event_is_answered_and_worked_on(name: str, seed: int) -> None:
    luck = random.Random(f"{name}{seed}")
    hook = sources.hooks()[name].hook
    assert hook is not None
    for _ in range(80):
        value = luck.choice(EVENTS[name])
        for _ in range(luck.randrange(1, 4)):
            value = bent(value, luck)
        headers = {"x-github-event": luck.choice(["issues", "discussion", "issue_comment", "x"]), "x-github-delivery": "1", "x-zendesk-webhook-invocation-id": "1",
                   "content-type": luck.choice(["application/json", "application/x-www-form-urlencoded", ""])}  # fmt: skip
        raw = json.dumps(value).encode() if luck.random() < 0.9 else luck.randbytes(50)
        arrived = Arrived(headers, raw, timezone.now(), frozenset(s.name for s in hook.switches if luck.random() < 0.5))
        try:
            hook.answer(arrived)
            hook.noted(arrived)
            hook.key(arrived)
            told = hook.read(arrived)
        except (ValueError, Turned) as e:
            if not str(e):
                raise
            continue
        assert all(isinstance(t, Say | Mark | Gone | Leave) for t in told)
