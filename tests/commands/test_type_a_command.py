"""The command line: the shapes others rely on, and what it ends with."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Town
from tests.engine import Events
from tests.listen.files import text_of
from wellheard.__main__ import run
from wellheard.commands.answer import here
from wellheard.listen.models import Voice
from wellheard.people.models import Account, Workspace
from wellheard.people.services.workspaces import Made
from wellheard.store import Store
from wellheard.understand.models import Evidence, Problem

IMPORT = {"read", "stored", "repeated", "refused", "refused_file"}


def typed(*words: str) -> Any:
    """The JSON of a command that works."""
    code, out, err = run([*words, "--json"])
    assert (code, err) == (0, ""), (words, err)
    return json.loads(out)


def refused(*words: str) -> tuple[int, str]:
    code, out, err = run(list(words))
    assert code in (1, 2)
    assert out == ""
    assert err.strip()
    assert "Traceback" not in err
    return code, err


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    """The folder where commands are typed."""
    token = here.set(str(tmp_path))
    yield tmp_path
    here.reset(token)


def test_a_workspace_is_made_with_its_keys(db: None, event_store: Store) -> None:
    made = typed("workspace", "create", "shop", "--name", "The shop")
    assert set(made) == {"slug", "write_key", "secret_key", "api_token"}
    assert made["slug"] == "shop"
    assert len(set(made.values())) == 4
    assert typed("workspace", "list")["workspaces"][0] == {
        "slug": "shop", "name": "The shop", "time_zone": "UTC", "currency": "EUR",
    }  # fmt: skip
    assert refused("workspace", "create", "shop")[0] == 1
    assert refused("workspace", "create", "No Slug")[0] == 1
    assert refused("workspace", "create", "z", "--time-zone", "Mars")[0] == 1


def test_each_kind_of_file_is_imported(folder: Path, made: Made, event_store: Store) -> None:
    (folder / "v.csv").write_text(text_of(["id", "Body"], [[1, "one"], [2, ""], [3, "three"]]))
    (folder / "p.csv").write_text("id,email\nann,ann@x.example\nbad,nobody\n")
    (folder / "a.csv").write_text("id,name,mrr\na1,Alpha,100\n")
    (folder / "m.csv").write_text("account,amount,from\na1,5,2026-01-01\na1,x,2026-01-01\n")
    (folder / "e.csv").write_text("id,person,event,timestamp\n1,ann,Opened,2026-03-02 10:00\n2,,Opened,\n")
    expected = {
        "voices": (3, 2, 0, 1),
        "people": (2, 1, 0, 1),
        "accounts": (1, 1, 0, 0),
        "money": (2, 1, 0, 1),
        "events": (2, 1, 0, 1),
    }
    for what, numbers in expected.items():
        file = f"{what[0]}.csv"
        more = ["--map", "text=Body"] if what == "voices" else []
        dry = typed("import", what, file, "--workspace", "acme", "--dry-run", *more)
        found = typed("import", what, file, "--workspace", "acme", *more)
        more_told = set() if what == "events" else {"changed", "skipped", "skips"}
        assert set(found) == IMPORT | more_told
        assert set(dry) == set(found) | ({"why"} if more_told else set()), "a dry run says why besides"
        assert tuple(found[k] for k in ("read", "stored", "repeated", "refused")) == numbers, what
        assert tuple(dry[k] for k in ("read", "stored", "repeated", "refused")) == numbers, what
        if numbers[3]:
            assert (folder / found["refused_file"]).read_text().startswith("line,reason,row")
        else:
            assert found["refused_file"] is None
        again = typed("import", what, file, "--workspace", "acme", *more)
        assert (again["stored"], again["repeated"], again["refused"]) == (0, numbers[1], numbers[3]), what


def test_a_name_for_the_refused_rows_can_be_given(folder: Path, made: Made, event_store: Store) -> None:
    (folder / "v.csv").write_text('text\n""\nfine\n" "\nx,y\n')
    found = typed("import", "voices", "v.csv", "--workspace", "acme", "--refused", "bad.csv")
    assert found["refused_file"].endswith("bad.csv")
    assert (folder / "bad.csv").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["import", "voices", "nowhere.csv", "--workspace", "acme"], 1),
        (["import", "voices", "v.csv", "--workspace", "nobody"], 1),
        (["import", "voices", "v.csv", "--workspace", "acme", "--map", "text=Nope"], 1),
        (["import", "voices", "v.csv", "--workspace", "acme", "--map", "mood=text"], 1),
        (["import", "voices", "v.csv", "--workspace", "acme", "--map", "text"], 1),
        (["import", "voices", "empty.csv", "--workspace", "acme"], 1),
        (["import", "voices", "v.csv", "--workspace", "acme", "--encoding", "utf-99"], 1),
        (["import", "voices", "v.csv", "--workspace", "acme", "--source", "s" * 61], 1),
        (["import", "events", "v.csv", "--workspace", "acme"], 1),
        (["import", "smells", "v.csv", "--workspace", "acme"], 2),
        (["import", "voices", "--workspace", "acme"], 2),
        (["import", "voices", "v.csv"], 2),
        (["import", "voices", "v.csv", "--workspace", "acme", "--nope"], 2),
        (["ask", "count", "--workspace", "nobody"], 1),
        (["ask", "count", "--workspace", "acme", "--from", "yesterday"], 1),
        (["ask", "count", "--workspace", "acme", "--from", "2026-02-02", "--to", "2026-02-01"], 1),
        (["ask", "funnel", "--workspace", "acme", "--steps", "A", "--window", "soon"], 1),
        (["ask", "funnel", "--workspace", "acme"], 2),
        (["ask", "active", "--workspace", "acme", "--every", "year"], 2),
        (["ask", "nonsense"], 2),
        (["similar", "--workspace", "acme"], 1),
        (["similar", "x", "--workspace", "acme", "--limit", "0"], 2),
        (["similar", "x", "--workspace", "acme", "--limit", "many"], 2),
        (["route", "--workspace", "acme", "--file", "nowhere.txt"], 1),
        (["route", "--workspace", "acme", "--file", "latin.txt"], 1),
        (["themes", "--workspace", "nobody"], 1),
        (["outcomes"], 2),
        (["member", "link", "nobody@x.example"], 1),
        (["member", "add", "no address", "--workspace", "acme"], 1),
        (["nonsense"], 2),
    ],
)
def test_what_cannot_be_ends_with_a_reason_and_its_code(
    folder: Path, made: Made, event_store: Store, words: list[str], code: int
) -> None:
    (folder / "v.csv").write_text("id,text\n1,x\n")
    (folder / "empty.csv").write_text("")
    (folder / "latin.txt").write_bytes("für".encode("latin-1"))
    assert refused(*words)[0] == code
    assert not Voice.objects.exists()


def test_help_and_version_are_no_error(db: None) -> None:
    for words in ([], ["--help"], ["import", "--help"], ["--version"]):
        assert run(words)[0] == 0


def test_questions_have_the_shapes_that_others_rely_on(town: Town, event_store: Store) -> None:
    events = Events(event_store, town.workspace.pk, "Europe/Berlin")
    events.send(
        events.track("ann", "Opened", "2026-03-02 10:00", account="lind", session="s1"),
        events.track("ann", "Exported", "2026-03-02 10:05", account="lind", session="s1"),
        events.track("nora", "Opened", "2026-03-08 22:30", account="fjord", session="s2"),
        events.track("nora", "Opened", "2026-03-08 23:30", account="fjord", session="s2"),
        events.track("ann", "Opened", "2026-03-10 10:00", account="lind", session="s3"),
    )
    days = ["--workspace", "acme", "--from", "2026-03-02", "--to", "2026-03-08"]
    assert typed("ask", "count", "--event", "Opened", *days) == {"count": 2, "people": 2, "accounts": 2}, (
        "the last day ends at midnight in Berlin"
    )
    assert typed("ask", "active", "--every", "week", *days) == {
        "points": [{"start": "2026-03-02", "people": 2, "accounts": 2}]
    }
    assert len(typed("ask", "active", "--every", "day", *days)["points"]) == 7
    for unit, numbers in (("person", [2, 1]), ("session", [2, 1]), ("account", [2, 1])):
        found = typed("ask", "funnel", "--steps", "Opened,Exported", "--window", "7d", "--unit", unit, *days)
        assert {"steps", "unit"} <= set(found)
        assert [s["event"] for s in found["steps"]] == ["Opened", "Exported"]
        assert [s["count"] for s in found["steps"]] == numbers
        assert found["unit"] == unit
    retention = typed("ask", "retention", "--every", "week", "--event", "Opened", "--workspace", "acme",
                      "--from", "2026-03-02", "--to", "2026-03-15")  # fmt: skip
    assert {"start", "size", "returned"} <= set(retention["cohorts"][0])
    assert retention["cohorts"][0]["size"] == 2
    assert {e["name"] for e in typed("ask", "events", "--workspace", "acme")["events"]} == {"Opened", "Exported"}
    assert typed("ask", "count", "--workspace", "acme", "--event", "Never", "--from", "2026-03-02", "--to", "2026-03-08") == {
        "count": 0, "people": 0, "accounts": 0,
    }  # fmt: skip


TEXTS = {
    "Exports": ["the export to csv hangs", "csv export never finishes", "exporting a csv takes for ever", "export csv broken",
                "my csv export is slow", "csv export fails"],
    "Dark": ["please add a dark mode", "dark mode for the night", "a dark theme would help my eyes", "dark mode please",
             "need a dark mode", "night mode, dark colours"],
}  # fmt: skip


@pytest.fixture
def talked(workspace: Workspace, event_store: Store) -> Workspace:
    for name, texts in TEXTS.items():
        problem = Problem.objects.create(workspace=workspace, name=name)
        for n, text in enumerate(texts):
            voice = Voice.objects.create(
                workspace=workspace, text=text, said_at=datetime.now(UTC) - timedelta(days=n + 1), source="t",
                source_id=f"{name}-{n}",
            )  # fmt: skip
            Evidence.objects.create(problem=problem, voice=voice)
    return workspace


def test_similar_and_route_answer_for_a_text_and_for_a_file(folder: Path, talked: Workspace) -> None:
    one = typed("similar", "my csv export is slow", "--workspace", "acme", "--limit", "3")
    assert set(one) == {"results"}
    assert [set(r) for r in one["results"]] == [{"id", "source_id", "text", "score"}] * 3
    assert one["results"][0]["source_id"].startswith("Exports-")
    (folder / "texts.txt").write_text("my csv export is slow\n\nplease add a dark mode\n", "utf-8")
    many = typed("similar", "--workspace", "acme", "--limit", "3", "--file", "texts.txt")
    assert set(many) == {"queries"}
    assert [len(q["results"]) for q in many["queries"]] == [3, 0, 3], "an empty line keeps its place"
    assert many["queries"][0] == one
    routed = typed("route", "my csv export is slow", "--workspace", "acme")
    assert set(routed) == {"problem", "score", "runner_up"}
    assert routed["problem"]["name"] == "Exports"
    assert set(routed["problem"]) == {"id", "name"}
    queries = typed("route", "--workspace", "acme", "--file", "texts.txt")["queries"]
    assert queries[0] == routed
    assert [q["problem"] and q["problem"]["name"] for q in queries] == ["Exports", None, "Dark"]
    assert typed("route", "zzz qqq", "--workspace", "acme")["problem"] is None


def test_themes_and_problems_and_outcomes(talked: Workspace) -> None:
    Evidence.objects.all().delete()
    found = typed("themes", "--find", "--workspace", "acme")
    assert set(found) == {"themes", "ungrouped"}
    for theme in found["themes"]:
        assert {"id", "level", "name", "size", "source_ids"} <= set(theme)
    grouped = [s for t in found["themes"] for s in t["source_ids"]]
    assert sorted([*grouped, *found["ungrouped"]]) == sorted(
        f"{n}-{i}" for n, t in TEXTS.items() for i in range(len(t))
    )
    assert {p["name"] for p in typed("problems", "--workspace", "acme")["problems"]} == set(TEXTS)
    assert typed("outcomes", "--workspace", "acme") == {"outcomes": []}


def test_what_is_typed_counts_for_the_named_workspace_only(folder: Path, made: Made, event_store: Store) -> None:
    typed("workspace", "create", "rival")
    (folder / "a.csv").write_text("id,name\na1,Alpha\n")
    typed("import", "accounts", "a.csv", "--workspace", "rival")
    assert Account.objects.get().workspace.slug == "rival"
