"""A program looks after the portal: boards, ideas, comments, votes, the queue, merging; and the same by command."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from tests.commands.test_type_a_command import refused, typed
from tests.console.test_api import Api, is_error
from tests.console.worlds import World
from wellheard.listen.models import Board, Idea, Vote
from wellheard.listen.services import comments, curating, ideas
from wellheard.people.models import Person, Role
from wellheard.people.services import workspaces
from wellheard.store import Store


@pytest.fixture
def worlds(db: None, event_store: Store) -> tuple[World, World]:
    return World("acme"), World("rival")


@pytest.fixture
def api(worlds: tuple[World, World]) -> Api:
    return Api(worlds[0].token)


def patch(api: Api, path: str, body: object) -> tuple[int, Any]:
    reply = api.client.patch(f"/api/{path}", json.dumps(body), content_type="application/json")
    return reply.status_code, reply.json()


def test_a_program_runs_a_board(api: Api, worlds: tuple[World, World]) -> None:
    status, board = api.post("boards", {"name": "Mobile", "moderated": True, "sight": "chosen"})
    assert (status, board["slug"], board["sight"]) == (201, "mobile", "chosen")
    assert patch(api, f"boards/{board['id']}", {"sight": "open", "archived": True})[1]["archived"] is True
    assert patch(api, f"boards/{board['id']}", {"archived": False})[1]["sight"] == "open"
    status, idea = api.post(
        "ideas", {"title": "Bigger buttons", "text": "Fat fingers", "who": "zoe@x.example", "board": board["id"]}
    )
    assert (status, idea["standing"], idea["votes_count"], idea["body"]) == (201, "public", 1, "Fat fingers")
    status, comment = api.post(f"ideas/{idea['id']}/comments", {"text": "We look"})
    assert (status, comment["team_name"], comment["author_id"]) == (201, "first token", None)
    status, reply = api.post(
        f"ideas/{idea['id']}/comments", {"text": "Me too", "who": "ida@x.example", "reply_to": comment["id"]}
    )
    assert (status, reply["reply_to"], reply["standing"]) == (201, comment["id"], "public")
    assert api.post(f"ideas/{idea['id']}/votes", {"who": "ida@x.example"})[1]["added"] is True
    assert api.post(f"ideas/{idea['id']}/votes", {"who": "ida@x.example"})[1]["added"] is False
    votes = api.get(f"ideas/{idea['id']}/votes")[1]
    assert (votes["verified"], len(votes["votes"]), votes["votes"][0]["placed_by"]) == (2, 2, "first token")
    assert api.post(f"ideas/{idea['id']}/votes/discount", {"votes": [votes["votes"][0]["id"]]})[1] == {"changed": 1}
    assert api.get(f"ideas/{idea['id']}")[1]["votes_count"] == 1
    body = {"status": "planned", "answer": "Soon", "tags": ["Phones"], "title": "Larger buttons", "pinned": True}
    changed = patch(api, f"ideas/{idea['id']}", body)[1]
    assert {k: changed[k] for k in body} == body
    assert [i["id"] for i in api.get("ideas", tag="phones")[1]] == [idea["id"]]
    assert [i["id"] for i in api.get("ideas", q="fat fingers")[1]] == [idea["id"]]
    assert api.post(f"ideas/{idea['id']}/notes", {"text": "careful"})[0] == 201
    assert [n["text"] for n in api.get(f"ideas/{idea['id']}/notes")[1]] == ["careful"]
    assert "careful" not in json.dumps(api.get("ideas")[1])
    assert len(api.get(f"ideas/{idea['id']}/comments")[1]) == 2


def test_a_program_merges_and_parts(api: Api, worlds: tuple[World, World]) -> None:
    one = api.post("ideas", {"title": "Bigger buttons", "who": "zoe@x.example"})[1]
    other = api.post("ideas", {"title": "Larger buttons", "who": "ida@x.example"})[1]
    assert api.post(f"ideas/{one['id']}/merge", {"into": other["id"]})[1]["merged_into_id"] == other["id"]
    assert api.get(f"ideas/{other['id']}")[1]["votes_count"] == 2
    is_error(api.post(f"ideas/{one['id']}/merge", {"into": other["id"]}), 422)
    assert api.post(f"ideas/{one['id']}/unmerge")[1]["merged_into_id"] is None
    assert api.get(f"ideas/{other['id']}")[1]["votes_count"] == 1
    is_error(api.post(f"ideas/{one['id']}/unmerge"), 422)


def test_a_program_empties_the_queue(api: Api, worlds: tuple[World, World]) -> None:
    idea = worlds[0].number(Idea)
    Idea.objects.filter(pk=idea).update(standing="pending")
    assert [w["id"] for w in api.get("queue")[1]["waiting"]] == [idea]
    assert api.post("queue", {"standing": "refused", "ideas": [idea], "reason": "twice"})[1] == {"changed": 1}
    assert api.get("queue", standing="refused")[1]["waiting"][0]["reason"] == "twice"
    is_error(api.post("queue", {"standing": "odd", "ideas": [idea]}), 422)
    is_error(api.get("queue", standing="public"), 422)


@pytest.mark.parametrize(
    ("path", "body"),
    [("boards", {"name": ""}), ("boards", {"name": "A", "sight": "odd"}), ("ideas", {"title": "abc", "who": "x@y.example"}),
     ("ideas", {"title": "Fine title", "who": " "}), ("ideas", {"title": "Fine title", "who": "x@"}), ("ideas", {"title": "x" * 141, "who": "a@b.example"})],
)  # fmt: skip
def test_what_cannot_be_is_refused_whole(api: Api, path: str, body: dict[str, str]) -> None:
    before = Board.objects.count(), Idea.objects.count(), Person.objects.count()
    is_error(api.post(path, body), 422)
    assert before == (Board.objects.count(), Idea.objects.count(), Person.objects.count())


def test_a_change_is_made_whole_or_not_at_all(api: Api, worlds: tuple[World, World]) -> None:
    idea = worlds[0].number(Idea)
    is_error(patch(api, f"ideas/{idea}", {"title": "New title", "status": "odd"}), 422)
    assert Idea.objects.get(pk=idea).title == "acme idea"
    is_error(patch(api, f"ideas/{idea}", {"title": "New title", "board": worlds[1].number(Board)}), 404)
    assert Idea.objects.get(pk=idea).title == "acme idea"


def test_T06_T07_another_workspaces_portal_is_not_there(api: Api, worlds: tuple[World, World]) -> None:
    idea, board = worlds[1].number(Idea), worlds[1].number(Board)
    for path in (f"ideas/{idea}", f"ideas/{idea}/comments", f"ideas/{idea}/votes", f"ideas/{idea}/notes"):
        is_error(api.get(path), 404)
    is_error(patch(api, f"ideas/{idea}", {"title": "Taken over"}), 404)
    is_error(patch(api, f"boards/{board}", {"name": "Taken over"}), 404)
    assert "rival" not in json.dumps([api.get("ideas")[1], api.get("boards")[1], api.get("queue")[1]])
    theirs = Vote.objects.create(idea_id=idea, person=worlds[1].things[Person])  # type: ignore[misc]
    is_error(api.post(f"ideas/{worlds[0].number(Idea)}/votes/discount", {"votes": [theirs.pk]}), 404)


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [(Role.VIEWER, {"title": "New title"}, 403), (Role.CONTRIBUTOR, {"title": "New title"}, 200), (Role.CONTRIBUTOR, {"hidden": True}, 403),
     (Role.EDITOR, {"hidden": True}, 200), (Role.VIEWER, {}, 403)],
)  # fmt: skip
def test_T10_roles_hold_over_the_api(
    worlds: tuple[World, World], role: Role, body: dict[str, Any], status: int
) -> None:
    _, token = workspaces.make_token(worlds[0].access, "weak", role)
    assert patch(Api(token), f"ideas/{worlds[0].number(Idea)}", body)[0] == status


def test_the_same_by_command(worlds: tuple[World, World]) -> None:
    w = ("--workspace", "acme")
    assert typed("board", "create", "Mobile", "--moderated", *w)["slug"] == "mobile"
    assert typed("board", "change", "mobile", "--sight", "team", *w)["slug"] == "mobile"
    assert {b["slug"]: b["sight"] for b in typed("board", "list", *w)["boards"]} == {"ideas": "open", "mobile": "team"}
    one = str(typed("idea", "post", "Bigger buttons", "--who", "zoe@x.example", "--board", "Mobile", *w)["id"])
    other = str(typed("idea", "post", "Larger buttons", "--who", "ida@x.example", *w)["id"])
    assert typed("idea", "vote", one, "--who", "ida@x.example", *w)["added"] is True
    typed("idea", "comment", one, "We look", *w)
    typed("idea", "comment", one, "Hurry", "--who", "zoe@x.example", *w)
    typed("idea", "note", one, "careful", *w)
    assert typed("idea", "answer", one, "--status", "planned", "--text", "Soon", *w)["status"] == "planned"
    assert (
        typed("idea", "change", one, "--title", "Huge buttons", "--tags", "phones, touch", "--pinned", *w)["title"]
        == "Huge buttons"
    )
    shown = typed("idea", "show", one, *w)
    assert (shown["counted"]["verified"], len(shown["notes"]), len(shown["comment_list"]), shown["answer"]) == (
        2,
        1,
        2,
        "Soon",
    )
    assert typed("idea", "merge", other, one, *w)["votes"] == 2
    assert typed("idea", "unmerge", other, *w)["merged_into"] is None
    assert [i["title"] for i in typed("idea", "list", "--search", "huge", *w)["ideas"]] == ["Huge buttons"]
    Idea.objects.filter(pk=other).update(standing="pending")
    key = typed("queue", "list", *w)["waiting"][0]["key"]
    assert typed("queue", "decide", key, "--as", "public", *w) == {"changed": 1}
    assert refused("idea", "show", "99999", *w)[0] == 1
    assert refused("queue", "decide", "nonsense", "--as", "public", *w)[0] == 1
    assert refused("board", "create", "x" * 99, *w)[0] == 1


def test_T04_no_cell_of_an_export_is_a_formula(worlds: tuple[World, World], client: Client) -> None:
    evil = '=HYPERLINK("http://x.example";"y")'
    person = Person.objects.create(workspace=worlds[0].workspace, name="@SUM(A1)")
    idea = ideas.post(worlds[0].workspace, person, evil, "+1")
    comments.comment(idea, "-2+3", person=person)
    curating.tag(worlds[0].access, idea, ["=tag"])
    client.force_login(worlds[0].members[Role.CONTRIBUTOR].user)
    cells: list[str] = []
    for path in ("ideas.csv", "comments.csv", f"ideas/{idea.pk}/votes.csv"):
        text = client.get(f"/w/acme/portal/{path}").getvalue().decode("utf-8-sig")
        assert "acme note" not in text, "notes leave the console in no file"
        cells += [c for row in csv.reader(io.StringIO(text)) for c in row]
    assert not [c for c in cells if c[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert {f"'{evil}", "'-2+3", "'@SUM(A1)", "'=tag"} <= set(cells)
