"""Dashboards: made, filled, arranged, shared, looked at; and who may not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from tests.engine import Events
from wellheard.core.models import Entry
from wellheard.measure.dashboards import builtin, queries, services
from wellheard.measure.dashboards.answering import answer
from wellheard.measure.dashboards.words import Spec, View, said, view_of
from wellheard.measure.errors import Unaskable
from wellheard.measure.models import Dashboard, Tile
from wellheard.people.access import Access, by_token
from wellheard.people.models import Member, Role, Workspace
from wellheard.people.services import workspaces
from wellheard.people.services.workspaces import Made
from wellheard.store import Store

HERE = "/w/acme/measure/boards"
ACTIVE = Spec("Weekly", "active", {"every": "week"}, "28")


def member_access(access: Access, role: Role, name: str = "") -> Access:
    name = name or role.value
    member = workspaces.add_member(access, f"{name}@acme.example", role, name.title(), "Head of Product")
    from wellheard.core.journal import Actor

    return Access(access.workspace, Actor(access.workspace.pk, "member", member.pk, str(member)), role, member)


@pytest.fixture
def writer(access: Access) -> Access:
    return member_access(access, Role.CONTRIBUTOR)


@pytest.fixture
def as_writer(writer: Access) -> Client:
    client = Client()
    assert writer.member is not None
    client.force_login(writer.member.user)
    return client


@pytest.fixture
def busy(access: Access, town: Town, event_store: Store) -> Events:
    """Ann does three things yesterday, Nora one; somebody looks at a page."""
    found = Events(event_store, access.workspace.pk)
    day = (date.today() - timedelta(days=1)).isoformat()
    found.send(
        found.track("ann", "Viewed", f"{day} 10:00", account="lind"),
        found.track("ann", "Shared", f"{day} 11:00", account="lind"),
        found.track("ann", "Odd, name", f"{day} 12:00", account="lind"),
        found.track("nora", "Viewed", f"{day} 12:00", account="fjord"),
        {"type": "page", "userId": "ann", "timestamp": f"{day}T10:00:00Z", "properties": {"path": "/home"}},
    )
    return found


def test_a_contributor_makes_one_puts_a_question_on_it_and_sees_the_answer(as_writer: Client, busy: Events) -> None:
    reply = as_writer.post(f"{HERE}/new", {"name": "Mine", "audience": ["product"], "description": "For Mondays"})
    board = Dashboard.objects.get()
    assert reply["Location"] == f"{HERE}/{board.pk}"
    assert "Nothing on it yet" in as_writer.get(reply["Location"]).content.decode()
    asked = as_writer.get("/w/acme/measure/ask/count?event=Viewed").content.decode()
    assert "Add to a dashboard" in asked
    assert f'<option value="{board.pk}">Mine</option>' in asked
    words = {"kind": "count", "words": "event=Viewed", "title": "Views", "period": "7", "dashboard": board.pk}
    shown = as_writer.post(f"{HERE}/add", words, follow=True).content.decode()
    assert "Views" in shown
    assert "the last" not in Tile.objects.get().words, "days are asked anew each time"
    url = shown.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    drawn = as_writer.get(url).content.decode()
    assert "sample: 2 people, 2 accounts" in drawn
    assert "<html" not in drawn
    verbs = list(Entry.objects.filter(thing="dashboard").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["dashboard.made", "dashboard.tile_added"]


def test_a_question_goes_onto_a_new_dashboard_when_none_is_chosen(as_writer: Client, busy: Events) -> None:
    as_writer.post(f"{HERE}/add", {"kind": "active", "words": "every=week", "name": "Fresh"})
    assert Dashboard.objects.get().name == "Fresh"
    assert Tile.objects.get().title == "Active"


def test_fixed_days_stay_and_others_move(workspace: Workspace) -> None:
    fixed = Spec("", "count", {"from": "2026-01-01", "to": "2026-01-31"}, "fixed")
    assert said(workspace, fixed, View())["to"] == "2026-01-31"
    assert said(workspace, fixed, View(days="7", until=date(2026, 5, 10))) == {"from": "2026-05-04", "to": "2026-05-10"}
    until = View(until=date(2026, 5, 14))
    firsts = {p: said(workspace, Spec("", "count", {}, p), until)["from"] for p in ("7", "month", "quarter", "year")}
    assert firsts == {"7": "2026-05-08", "month": "2026-05-01", "quarter": "2026-04-01", "year": "2026-01-01"}
    assert said(workspace, Spec("", "count", {}, "week"), until)["from"] == "2026-05-11", "a Monday"


def test_a_period_begins_with_a_whole_week(workspace: Workspace) -> None:
    words = said(workspace, Spec("", "active", {"every": "week"}, "28"), View(until=date(2026, 5, 14)))
    assert date.fromisoformat(words["from"]).weekday() == 0


def test_what_whoever_looks_wants_goes_before_the_tile(workspace: Workspace) -> None:
    view = view_of({"days": "90", "from": "2026-01-01", "to": "2026-01-05", "lens": "customers"})
    words = said(workspace, Spec("", "count", {"lens": "users"}, "7"), view)
    assert words == {"lens": "customers", "from": "2026-01-01", "to": "2026-01-05"}


@pytest.mark.parametrize(
    "slip", [{"days": "soon"}, {"days": "0"}, {"days": "99999"}, {"from": "2026-01-01"}, {"lens": "x"},
             {"from": "2026-02-01", "to": "2026-01-01"}, {"from": "x", "to": "2026-01-01"}]
)  # fmt: skip
def test_a_slip_in_the_address_is_told_and_breaks_nothing(
    slip: dict[str, str], as_viewer: Client, event_store: Store
) -> None:
    with pytest.raises(Unaskable):
        view_of(slip)
    reply = as_viewer.get(f"{HERE}/built-in/health", slip)
    assert reply.status_code == 200
    assert 'role="alert"' in reply.content.decode()


def test_a_tile_that_cannot_be_asked_any_more_says_so_and_the_others_answer(
    as_viewer: Client, access: Access, busy: Events
) -> None:
    board = services.create(access, "Ours", tiles=[ACTIVE])
    Tile.objects.create(workspace=access.workspace, dashboard=board, kind="gone", title="Old", position=1)
    Tile.objects.create(
        workspace=access.workspace, dashboard=board, kind="count", words={"segment": "nobody"}, position=2
    )
    shown = as_viewer.get(f"{HERE}/{board.pk}")
    assert shown.status_code == 200
    assert "There is no question &#x27;gone&#x27;" in shown.content.decode()
    found = [answer(busy.reader, access.workspace, tile, View()) for tile in queries.tiles_of(board)]
    assert [bool(one.error) for one in found] == [False, True, True]
    broken = as_viewer.get(f"{HERE}/answer/count?segment=nobody")
    assert broken.status_code == 200
    assert 'class="bad"' in broken.content.decode()


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (Spec("", "nothing"), "no question"),
        (Spec("", "funnel"), "steps is needed"),
        (Spec("", "active", {"every": "year"}), "every is one of"),
        (Spec("", "active", {"colour": "red"}), "knows no 'colour'"),
        (Spec("", "active", {}, "soon"), "period is one of"),
        (Spec("", "active", {}, "fixed"), "first and a last day"),
        (Spec("", "active", {}, "7", "huge"), "size is one of"),
        (Spec("", "note"), "Write something"),
        (Spec("", "active", {"segment": "nobody"}), "segment"),
        (Spec("x" * 81, "active"), "80 at most"),
    ],
)
def test_bad_tiles_are_refused(spec: Spec, why: str, access: Access) -> None:
    board = services.create(access, "Ours")
    with pytest.raises(ValueError, match=f"(?i){why}"):
        services.add_tile(access, board, spec)
    assert not Tile.objects.exists()


def test_a_note_is_markdown_and_harmless(as_viewer: Client, access: Access, event_store: Store) -> None:
    board = services.create(access, "Ours", tiles=[Spec("", "note", note="**Look** <script>alert(1)</script>")])
    shown = as_viewer.get(f"{HERE}/{board.pk}").content.decode()
    assert "<strong>Look</strong>" in shown
    assert "<script>alert" not in shown


# rights -----------------------------------------------------------------------------------------------------


def test_dashboard_rights(access: Access, writer: Access) -> None:
    """Private: its maker alone. Shared: everybody sees it; its maker and editors change it."""
    other, editor = member_access(access, Role.CONTRIBUTOR, "other"), member_access(access, Role.EDITOR)
    board = services.create(writer, "Mine")
    for somebody in (other, editor, access):
        with pytest.raises(Http404):
            queries.fetch(somebody, board.pk)
    values: dict[str, Any] = {"name": "Mine", "description": "", "audience": []}
    services.change(writer, board, shared=True, **values)
    for somebody, may in ((other, False), (editor, True), (writer, True)):
        assert queries.may_change(somebody, queries.fetch(somebody, board.pk)) is may
    with pytest.raises(PermissionDenied):
        services.delete(other, board)
    with pytest.raises(PermissionDenied):
        services.arrange(other, board, [])
    with pytest.raises(ValueError, match="Only whoever made it"):
        services.change(editor, board, shared=False, **values)
    assert Dashboard.objects.get().shared
    assert not Entry.objects.filter(verb="dashboard.deleted").exists()


def test_a_viewer_sees_chooses_and_makes_nothing(as_viewer: Client, access: Access, viewer: Member) -> None:
    board = services.create(access, "Ours", tiles=[ACTIVE])
    shown = as_viewer.get(f"{HERE}/{board.pk}").content.decode()
    assert "data-handle" not in shown
    assert "Rename" not in shown
    assert as_viewer.post(f"{HERE}/new", {"name": "x"}).status_code == 403
    assert as_viewer.post(f"{HERE}/{board.pk}/delete").status_code == 403
    as_viewer.post(f"{HERE}/{board.pk}/first")
    assert as_viewer.get(f"{HERE}/")["Location"] == f"{HERE}/{board.pk}"
    services.delete(access, board)
    assert as_viewer.get(f"{HERE}/")["Location"] == f"{HERE}/all", "a deleted one opens no more"


def test_choosing_the_first_again_takes_it_back(as_viewer: Client, access: Access) -> None:
    board = services.create(access, "Ours")
    for _ in range(2):
        as_viewer.post(f"{HERE}/{board.pk}/first")
    assert as_viewer.get(f"{HERE}/")["Location"] == f"{HERE}/all"


def test_another_workspaces_dashboard_does_not_exist(as_viewer: Client, access: Access) -> None:
    theirs = workspaces.create_workspace("rival", "Rival")
    foreign_access = by_token(theirs.api_token)
    assert foreign_access is not None
    foreign = services.create(foreign_access, "Theirs", tiles=[ACTIVE])
    assert as_viewer.get(f"{HERE}/{foreign.pk}").status_code == 404
    assert as_viewer.post(f"{HERE}/{foreign.pk}/first").status_code == 404
    mine = services.create(access, "Ours", tiles=[ACTIVE])
    strange = foreign.tiles.get().pk  # type: ignore[attr-defined]
    services.arrange(access, mine, [strange])
    assert Tile.objects.get(pk=strange).position == 0
    assert Tile.objects.get(pk=strange).dashboard_id == foreign.pk


def test_the_list_puts_first_what_suits_a_title(access: Access, writer: Access) -> None:
    services.create(access, "Sales", audience=["sales"])
    services.create(access, "Product", audience=["product"])
    assert [line.board.name for line in queries.listed(writer)] == ["Product", "Sales"], "a Head of Product"
    assert [line.board.name for line in queries.listed(writer, "sales")] == ["Sales"]
    with pytest.raises(ValueError, match="is none of"):
        services.create(access, "Odd", audience=["aliens"])


def test_deleted_asks_first_and_comes_back_for_thirty_days(as_owner: Client, access: Access) -> None:
    board = services.create(access, "Ours", tiles=[ACTIVE])
    assert "Delete “Ours”?" in as_owner.get(f"{HERE}/{board.pk}/delete").content.decode()
    assert Dashboard.objects.get().deleted_at is None
    as_owner.post(f"{HERE}/{board.pk}/delete")
    assert as_owner.get(f"{HERE}/{board.pk}").status_code == 404
    assert "Bring back" in as_owner.get(f"{HERE}/all").content.decode()
    as_owner.post(f"{HERE}/{board.pk}/restore")
    assert "Weekly" in as_owner.get(f"{HERE}/{board.pk}").content.decode()
    services.delete(access, board)
    Dashboard.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    assert as_owner.post(f"{HERE}/{board.pk}/restore").status_code == 404
    services.forget_deleted()
    assert not Dashboard.objects.exists()


# arranging --------------------------------------------------------------------------------------------------


def positions(board: Dashboard) -> list[int]:
    return list(board.tiles.order_by("position").values_list("position", flat=True))  # type: ignore[attr-defined]


@given(
    st.lists(
        st.tuples(st.sampled_from(["earlier", "later", "larger", "smaller", "arrange", "add", "remove"]),
                  st.integers(0, 9), st.lists(st.integers(0, 9), max_size=6)), max_size=12)
)  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_moved_the_positions_stay_a_permutation(access: Access, moves: list[Any]) -> None:
    board = services.create(access, "Ours", tiles=[ACTIVE] * 4)
    expected = [t.pk for t in queries.tiles_of(board)]
    for how, which, order in moves:
        tiles = queries.tiles_of(board)
        if how == "add":
            expected.append(services.add_tile(access, board, ACTIVE).pk)
        elif how == "arrange":
            wanted = list(dict.fromkeys(expected[n] for n in order if n < len(expected)))
            services.arrange(access, board, [*wanted, 10**9])
            expected = [*wanted, *(n for n in expected if n not in wanted)]
        elif tiles:
            tile = tiles[which % len(tiles)]
            tile.dashboard = board
            if how == "remove":
                services.remove_tile(access, tile)
                expected.remove(tile.pk)
            else:
                services.move(access, tile, how)
                at = expected.index(tile.pk)
                to = min(len(expected) - 1, max(0, at + {"later": 1, "earlier": -1}.get(how, 0)))
                expected.insert(to, expected.pop(at))
        assert [t.pk for t in queries.tiles_of(board)] == expected
        assert positions(board) == list(range(len(expected)))


def test_a_drag_is_saved_whole_and_without_a_script_by_buttons(as_owner: Client, access: Access) -> None:
    board = services.create(access, "Ours", tiles=[Spec(str(n), "active") for n in range(3)])
    a, b, c = (t.pk for t in queries.tiles_of(board))
    reply = as_owner.post(
        f"{HERE}/{board.pk}/arrange",
        {"order": [c, a, b], "size": [f"{c}:full"]},
        headers={"Accept": "application/json"},
    )
    assert reply.json() == {"order": [c, a, b]}
    assert Tile.objects.get(pk=c).size == "full"
    as_owner.post(f"{HERE}/tiles/{c}/move", {"how": "later"})
    as_owner.post(f"{HERE}/tiles/{a}/move", {"how": "larger"})
    assert [t.pk for t in queries.tiles_of(board)] == [a, c, b]
    assert Tile.objects.get(pk=a).size == "full"
    assert as_owner.post(f"{HERE}/{board.pk}/arrange", {"size": [f"{c}:vast"]}).status_code == 422


def test_a_tile_is_renamed_given_other_days_and_replaced(as_owner: Client, access: Access, event_store: Store) -> None:
    tile = services.add_tile(access, services.create(access, "Ours"), ACTIVE)
    as_owner.post(f"{HERE}/tiles/{tile.pk}", {"title": "New", "period": "month", "size": "third"})
    tile.refresh_from_db()
    assert (tile.title, tile.period, tile.size) == ("New", "month", "third")
    assert as_owner.post(f"{HERE}/tiles/{tile.pk}", {"title": "New", "period": "fixed"}).status_code == 422
    as_owner.post(f"{HERE}/add", {"tile": tile.pk, "kind": "stickiness", "words": "every=month", "title": "Sticky"})
    tile.refresh_from_db()
    assert (tile.kind, tile.words, tile.size, tile.position) == ("stickiness", {"every": "month"}, "third", 0)
    as_owner.post(f"{HERE}/tiles/{tile.pk}/remove")
    assert not Tile.objects.exists()


# built in ---------------------------------------------------------------------------------------------------


def test_built_in_dashboards_are_made_of_the_workspaces_own_events(as_owner: Client, busy: Events) -> None:
    shown = as_owner.get(f"{HERE}/built-in/adoption").content.decode()
    for words in ("Viewed", "Shared", "How far they go", "What comes after Viewed", "Pages", "Copy and change"):
        assert words in shown, words
    workspace = Workspace.objects.get(pk=busy.workspace)
    for found in builtin.all_of_them(busy.reader, busy.workspace):
        for tile in found.tiles:
            one = answer(busy.reader, workspace, tile, View())
            assert not one.error, (tile, one.error)
    as_owner.post(f"{HERE}/built-in/adoption/copy")
    board = Dashboard.objects.get()
    assert [t.title for t in queries.tiles_of(board)] == [t.title for t in found.tiles]
    assert not board.shared
    as_owner.post(f"{HERE}/{board.pk}/copy")
    assert Dashboard.objects.count() == 2
    assert Dashboard.objects.order_by("pk").last().name == "Our adoption (copy)"  # type: ignore[union-attr]


def test_without_events_they_say_what_will_be_here(as_viewer: Client, event_store: Store) -> None:
    assert "No events yet" in as_viewer.get(f"{HERE}/built-in/health").content.decode()
    assert "Waits for the first events" in as_viewer.get(f"{HERE}/all").content.decode()
    assert as_viewer.get(f"{HERE}/built-in/magic").status_code == 404


def test_without_an_event_store_nothing_breaks(as_owner: Client, access: Access, monkeypatch: Any) -> None:
    from wellheard import store as stores

    board = services.create(access, "Ours", tiles=[ACTIVE])
    monkeypatch.setattr(stores, "_store", None)
    assert as_owner.get(f"{HERE}/{board.pk}").status_code == 200
    assert "open in another process" in as_owner.get(f"{HERE}/answer/active").content.decode()
    assert "cannot be asked here" in as_owner.get(f"{HERE}/built-in/health").content.decode()
    assert as_owner.post(f"{HERE}/built-in/health/copy").status_code == 302


# programs ---------------------------------------------------------------------------------------------------


def test_a_program_makes_reads_changes_and_deletes_one(made: Made, busy: Events) -> None:
    client = Client(headers={"Authorization": f"Bearer {made.api_token}"})
    body: dict[str, Any] = {"name": "By program", "tiles": [{"kind": "count", "words": {"event": "Viewed"}}]}
    board = client.post("/api/dashboards", body, "application/json").json()
    url = f"/api/dashboards/{board['id']}"
    assert board["shared"] is True
    tile = client.post(f"{url}/tiles", {"kind": "note", "note": "Hi"}, "application/json").json()
    order = {"order": [tile["id"]], "sizes": {str(tile["id"]): "full"}}
    client.put(f"{url}/order", order, "application/json")
    found = client.get(url).json()
    assert [(t["kind"], t["size"]) for t in found["tiles"]] == [("note", "full"), ("count", "half")]
    answers = client.get(f"{url}/answers?days=7").json()["answers"]
    assert answers[0]["note"] == "Hi"
    assert answers[1]["answer"]["count"] == 2
    assert client.get(f"{url}/answers?days=soon").status_code == 422
    assert client.patch(f"{url}/tiles/{tile['id']}", {"note": "Ho"}, "application/json").json()["note"] == "Ho"
    assert client.patch(url, {"name": "Other"}, "application/json").json()["name"] == "Other"
    assert client.delete(f"{url}/tiles/{tile['id']}").json() == {"deleted": tile["id"]}
    names = [b["name"] for b in client.get("/api/dashboards").json()["dashboards"]]
    assert names == ["Other", "Product health", "Adoption"]
    assert len(client.get("/api/dashboards/health/answers").json()["answers"]) == 6
    client.delete(url)
    assert client.get(url).status_code == 404
    assert client.post("/api/dashboards", {"name": "x", "made_by": 1}, "application/json").status_code == 422


def test_the_command_line_lists_and_shows(access: Access, busy: Events) -> None:
    from click.testing import CliRunner

    from wellheard.commands.boards import list_, show

    board = services.create(access, "Ours", tiles=[Spec("Views", "count", {"event": "Viewed"}, "7")])
    listed = list_.main(["--workspace", "acme", "--json"], standalone_mode=False)
    assert [b["name"] for b in listed.data["dashboards"]] == ["Ours", "Product health", "Adoption"]
    for which in (str(board.pk), "ours"):
        shown = show.main([which, "--workspace", "acme"], standalone_mode=False)
        assert shown.data["answers"][0]["answer"]["count"] == 2
        assert "Views" in shown.text
    reply = CliRunner().invoke(show, ["nothing", "--workspace", "acme"])
    assert reply.exit_code == 1
    assert "no dashboard 'nothing'" in reply.output
