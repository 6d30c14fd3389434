"""Stakeholders: the map, what is due, whom a decision concerns and by when, the journal, files in and out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Town
from wellheard.charts.grid import CELL, MARGIN, Point, grid
from wellheard.commands.decisions import decisions
from wellheard.commands.stakeholders import stakeholders as commands
from wellheard.core.models import Entry
from wellheard.decide import importing
from wellheard.decide.models import Decision, Stakeholder
from wellheard.decide.queries import stakeholders as queries
from wellheard.decide.services import decide, publish
from wellheard.decide.services.stakeholders import Stake, add, change, take_off, touch
from wellheard.listen.services.voices import capture
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.queries.money import today
from wellheard.people.services.segments import delete_segment, make_list
from wellheard.tell.services.erasing import erase
from wellheard.understand.models import Problem
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/decide/stakeholders"


@pytest.fixture
def problem(access: Access, town: Town) -> Problem:
    said = [capture(access, "We cannot compare two days at all.", who=str(p.email)) for p in (town.ann, town.nora)]
    return create_problem(access, "Days differ between stores", voices=[v.pk for v in said])


@pytest.fixture
def regulator(access: Access) -> Stakeholder:
    return add(access, Stake("The regulator", "Office", 5, 1, cares_about="Whose figures are shown to whom"))


def test_putting_people_on_the_map(
    as_owner: Client, as_viewer: Client, access: Access, owner: Member, town: Town
) -> None:
    assert "Nobody is on the map yet" in as_viewer.get(f"{HERE}/").content.decode()
    given = {
        "name": "Olga Owner",
        "power": "5",
        "interest": "5",
        "stance": "supports",
        "how": "deciding",
        "topics": "clock, days",
    }
    as_owner.post(f"{HERE}/new", given)
    as_owner.post(f"{HERE}/new", {**given, "name": "", "person": town.nora.email, "power": "2", "how": "consulted"})
    as_owner.post(f"{HERE}/new", {**given, "name": "The regulator", "interest": "1", "stance": "critical"})
    olga, regulator, nora = (r.stakeholder for r in queries.rows(access.workspace))
    assert (olga.member, olga.topics, olga.inside) == (owner, ["clock", "days"], True)
    assert (nora.person, nora.name, nora.inside) == (town.nora, "Nora Both", False)
    assert (regulator.member, regulator.person) == (None, None)
    shown = as_viewer.get(f"{HERE}/").content.decode()
    assert shown.count('<rect class="stake') == 1
    assert shown.count('<ellipse class="stake') == 2
    assert "Stakeholders, the most powerful and interested first" in shown
    assert "Work with them closely: power 5, interest 5" in as_viewer.get(f"{HERE}/{olga.pk}").content.decode()


@pytest.mark.parametrize(
    ("stake", "told"),
    [
        (Stake(""), "their name"), (Stake("X", power=6), "Power is a number from 1"), (Stake("X", interest=0), "Interest is"),
        (Stake("X", stance="furious"), "no stance"), (Stake("X", how="begged"), "no way to be involved"),
        (Stake("X", every_days=-1), "How often"), (Stake("X", lead_days=61), "How long ahead"),
        (Stake("X", topics=[f"t{n}" for n in range(21)]), "20 at most"), (Stake("The regulator"), "on the map already"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(access: Access, regulator: Stakeholder, stake: Stake, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        add(access, stake)
    assert Stakeholder.objects.count() == 1


def test_a_refused_form_keeps_what_was_typed(as_owner: Client, regulator: Stakeholder) -> None:
    refused = as_owner.post(f"{HERE}/new", {"name": "Kept name", "power": "many", "cares_about": "Kept words"})
    assert refused.status_code == 422
    assert "Kept name" in refused.content.decode()
    assert "Kept words" in refused.content.decode()
    assert as_owner.post(f"{HERE}/{regulator.pk}/change", {"do": "change", "name": "", "power": "9"}).status_code == 422
    assert as_owner.post(f"{HERE}/{regulator.pk}/touch", {"what": "talked", "note": " "}).status_code == 422


def test_being_in_touch_moves_the_next_day(access: Access, as_owner: Client, as_viewer: Client) -> None:
    now = today(access.workspace)
    made = add(access, Stake("Ada Brandt", every_days=30))
    assert made.due == now + timedelta(days=30)
    Stakeholder.objects.filter(pk=made.pk).update(due=now - timedelta(days=4))
    assert [r.late for r in queries.rows(access.workspace, "due")] == [4]
    assert "4 days overdue" in as_viewer.get(f"{HERE}/?which=due").content.decode()
    as_owner.post(
        f"{HERE}/{made.pk}/touch", {"what": "talked", "note": "The quarter.", "on": str(now - timedelta(days=2))}
    )
    made.refresh_from_db()
    assert made.due == now + timedelta(days=28)
    # An older one written down later takes nothing back.
    touch(access, made, "heard", "A letter from last month.", now - timedelta(days=40))
    made.refresh_from_db()
    assert made.due == now + timedelta(days=28)
    assert "The quarter." in as_viewer.get(f"{HERE}/{made.pk}").content.decode()
    assert "Nothing is due" in as_viewer.get(f"{HERE}/?which=due").content.decode()
    with pytest.raises(ValueError, match="still to come"):
        touch(access, made, "talked", "x", now + timedelta(days=1))
    change(access, made, replace(Stake("Ada Brandt"), every_days=10))
    assert made.due == now + timedelta(days=8)
    change(access, made, Stake("Ada Brandt"))
    assert made.due is None


def test_a_decision_says_whom_it_concerns_and_why(
    access: Access, problem: Problem, town: Town, regulator: Stakeholder
) -> None:
    by_problem = add(access, Stake("Hilde", how="consulted", lead_days=5), problems=[problem])
    by_topic = add(access, Stake("Theo", topics=["DAYS"], how="deciding"))
    segment = make_list(access, "Bakers", "accounts", ["lind"])
    by_segment = add(access, Stake("Sina"), segments=[segment])
    nora = add(access, Stake(power=1), person=town.nora)
    every = add(access, Stake("Eva", everything=True, power=5))
    add(access, Stake("Ulf", topics=["invoices"]))
    made = decide(access, problem, "no", "Too few.")
    day = made.decided_at.astimezone(ZoneInfo(access.workspace.time_zone)).date()
    found = {c.stakeholder: c for c in queries.concerned(made)}
    assert set(found) == {by_problem, by_topic, by_segment, nora, every}
    assert (found[by_problem].todo, found[by_problem].until, found[by_problem].why) == (
        "ask", day + timedelta(days=5), ["problem “Days differ between stores”"],
    )  # fmt: skip
    assert (found[by_topic].todo, found[by_topic].why) == ("ask", ["topic “days”"])
    assert (found[by_segment].todo, found[by_segment].why) == ("tell", ["segment “Bakers”"])
    assert found[nora].why == ["asked for it"]
    assert found[every].why == ["everything"]
    touch(access, by_problem, "asked", "Fine by her.", decision=made)
    assert {c.stakeholder: c.done is not None for c in queries.concerned(made)}[by_problem]
    publish(access, made, "All are told.")
    now = {c.stakeholder: c for c in queries.concerned(made)}
    assert (now[by_problem].todo, now[by_problem].done is not None) == ("ask", True)
    # Nobody can be asked any more about what is out: they have to be told all the same.
    assert (now[by_topic].todo, now[by_topic].done) == ("tell", None)
    Decision.objects.filter(pk=made.pk).update(published_at=timezone.now() - timedelta(days=9))
    made.refresh_from_db()
    assert {c.stakeholder: c.late for c in queries.concerned(made)}[by_topic]
    with pytest.raises(ValueError, match="stakeholder “Sina”"):
        delete_segment(access, segment)


def test_noting_it_from_the_decision_stands_in_both_places(as_owner: Client, access: Access, problem: Problem) -> None:
    hilde = add(access, Stake("Hilde", how="consulted", every_days=20), problems=[problem])
    made = decide(access, problem, "no", "Too few.")
    page = f"/w/acme/decide/decisions/{made.pk}"
    assert "ask them by" in as_owner.get(page).content.decode()
    as_owner.post(f"{HERE}/{hilde.pk}/touch", {"decision": made.pk, "what": "asked", "note": "She can live with it."})
    shown = as_owner.get(page).content.decode()
    assert "ask them by" not in shown
    assert "She can live with it." in shown
    assert made.consulted.get().stakeholder == hilde
    assert "She can live with it." in as_owner.get(f"{HERE}/{hilde.pk}").content.decode()
    assert Entry.objects.get(verb="stakeholder.touched").data["decision"] == made.pk


def test_changing_and_taking_off_the_map(as_owner: Client, access: Access, regulator: Stakeholder, town: Town) -> None:
    given = {
        "do": "change",
        "name": "The new regulator",
        "power": "4",
        "interest": "2",
        "stance": "neutral",
        "how": "informed",
    }
    as_owner.post(f"{HERE}/{regulator.pk}/change", given)
    regulator.refresh_from_db()
    assert (regulator.name, regulator.power, regulator.stance) == ("The new regulator", 4, "neutral")
    nora = add(access, Stake(), person=town.nora)
    change(access, nora, Stake("Somebody else"))
    assert nora.name == "Nora Both"
    touch(access, regulator, "talked", "Goodbye.")
    as_owner.post(f"{HERE}/{regulator.pk}/change", {"do": "take_off"})
    assert [r.stakeholder for r in queries.rows(access.workspace)] == [nora]
    assert "Goodbye." in as_owner.get(f"{HERE}/{regulator.pk}").content.decode()
    with pytest.raises(ValueError, match="off the map already"):
        take_off(access, regulator)
    with pytest.raises(ValueError, match="taken off the map already"):
        touch(access, regulator, "talked", "x")


def test_roles_hold_on_the_map(access: Access, regulator: Stakeholder) -> None:
    viewer, contributor = replace(access, role=Role.VIEWER), replace(access, role=Role.CONTRIBUTOR)
    for act in (
        lambda: add(contributor, Stake("X")), lambda: change(contributor, regulator, Stake("X")),
        lambda: take_off(contributor, regulator), lambda: touch(viewer, regulator, "talked", "x"),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            act()


def test_t26_erasing_a_person_takes_them_off_the_map(access: Access, problem: Problem, town: Town) -> None:
    nora = add(access, Stake(), person=town.nora)
    made = decide(access, problem, "not_now", "Later.")
    touch(access, nora, "asked", "She minds.", decision=made)
    erase(access, town.nora)
    assert not Stakeholder.objects.exists()
    assert not made.consulted.exists()


def test_files_go_out_and_come_back_the_same(as_owner: Client, access: Access, problem: Problem, town: Town) -> None:
    add(
        access,
        Stake("=cmd()", "Says; much", 5, 1, "critical", "Peace", "deciding", 14, 7, True, ["a", "b"]),
        problems=[problem],
    )
    add(access, Stake(power=1), person=town.nora)
    text = as_owner.get(f"{HERE}/?as=csv").content.decode("utf-8-sig")
    assert "'=cmd()" in text
    before = importing.table(access.workspace)
    Stakeholder.objects.all().delete()
    as_owner.post(f"{HERE}/bring", {"file": SimpleUploadedFile("s.csv", text.encode())})
    assert importing.table(access.workspace) == before
    again = importing.bring(access, text)
    assert again == (0, 2)
    assert importing.table(access.workspace) == before


def test_a_file_from_a_spreadsheet_with_semicolons(access: Access) -> None:
    assert importing.bring(access, "name;power;interest\r\nThe board;5;2\r\n;;\r\nÅsa;1;5\r\n") == (2, 0)
    assert importing.bring(access, "name;stance\nthe board;critical\n") == (0, 1)
    board = Stakeholder.objects.get(name="The board")
    assert (board.power, board.stance) == (5, "critical")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "name the columns"), ("power\n5\n", "“name” among them"), ("name,shoe size\nA,40\n", "Unknown columns: shoe size"),
        ("name\n\n", "no row"), ("name,power\nA,5\nB,6\n", "Row 3: Power is a number"), ("name,power\nA,much\n", "Row 2: power 'much'"),
        ("name,problems\nA,Nowhere\n", "Row 2: there is no problem called 'Nowhere'"), ("name,segments\nA,Nowhere\n", "Row 2: There is no segment"),
        ("name,who\nA,nobody@x.example\n", "Row 2: There is no person"), ("name,everything\nA,perhaps\n", "everything is yes or no"),
        ("name,power\nA,5,7,8\n", "more cells"), ("name\nA\n\x00\n", "a NUL character"),
    ],
)  # fmt: skip
def test_a_file_with_a_slip_stores_nothing(access: Access, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        importing.bring(access, text)
    assert not Stakeholder.objects.exists()
    assert not Entry.objects.filter(verb__startswith="stakeholder").exists()


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=40))
def test_no_two_marks_lie_on_each_other_and_each_lies_in_its_cell(places: list[tuple[int, int]]) -> None:
    drawn = grid([Point(n, x, y, "neutral", str(n)) for n, (x, y) in enumerate(places)], ("", "", "", ""))
    spots = {(m.x, m.y) for m in drawn.marks}
    assert len(spots) == len(places)
    for m in drawn.marks:
        left = MARGIN + (m.point.x - 1) * CELL
        assert left < float(m.x) < left + CELL
        assert 4 + (5 - m.point.y) * CELL < float(m.y) < 4 + (6 - m.point.y) * CELL


@pytest.fixture
def run(access: Access) -> Callable[..., Any]:
    def call(group: Any, *words: str) -> Any:
        said = CliRunner().invoke(group, [*words, "--workspace", access.workspace.slug], standalone_mode=False)
        if said.exception is not None:
            return str(getattr(said.exception, "message", said.exception))
        return said.return_value

    return call


def test_by_command(run: Callable[..., Any], problem: Problem, access: Access, tmp_path: Path) -> None:
    made = run(commands, "add", "Theo", "--power", "5", "--topic", "days", "--how", "consulted", "--every", "30").data
    assert (made["power"], made["topics"], made["who"]) == (5, ["days"], "outside")
    decision = decide(access, problem, "no", "Too few.")
    (row,) = run(decisions, "stakeholders", str(decision.pk)).data["stakeholders"]
    assert (row["name"], row["todo"], row["done"]) == ("Theo", "ask", None)
    run(commands, "touch", str(made["id"]), "He nods.", "--what", "asked", "--decision", str(decision.pk))
    assert run(decisions, "stakeholders", str(decision.pk)).data["stakeholders"][0]["done"]
    text = run(commands, "export").text
    assert [r["name"] for r in csv.DictReader(io.StringIO(text))] == ["Theo"]
    (tmp_path / "more.csv").write_text("name,power\nTheo,1\nThea,2\n")
    assert run(commands, "import", str(tmp_path / "more.csv")).data == {"added": 1, "changed": 1}
    assert [s["name"] for s in run(commands, "list").data["stakeholders"]] == ["Thea", "Theo"]
    assert "on the map already" in run(commands, "add", "Theo")
