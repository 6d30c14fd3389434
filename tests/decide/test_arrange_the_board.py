"""The board of bets: columns and order by menu, keys (in tests/browser) and API; teams, outcomes, the public roadmap."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellheard.core.models import Entry
from wellheard.decide import queries, services
from wellheard.decide.models import Bet
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services.workspaces import Made
from wellheard.understand.services.problems import create_problem

HERE = "/w/acme/decide"


@pytest.fixture
def bets(access: Access) -> dict[str, Bet]:
    problem = create_problem(access, "Days differ")
    made = {}
    for name in "ABCD":
        made[name] = services.create_bet(
            access, [problem], services.Terms(name, "Exported", Decimal(20), Decimal(10)), "next"
        )
    return made


def columns(access: Access, by: str = "horizon") -> dict[str, str]:
    """Column → its bets' names in order."""
    found = queries.board(access.workspace, queries.Look(by))
    return {lane.key: "".join(c.bet.name for c in lane.cards) for lane in found}


def move(as_owner: Client, bet: Bet, **said: object) -> int:
    return as_owner.post(f"{HERE}/bets/{bet.pk}/move", said).status_code


def test_up_down_first_and_another_column_from_the_menu(as_owner: Client, access: Access, bets: dict[str, Bet]) -> None:
    assert columns(access)["next"] == "ABCD"
    move(as_owner, bets["C"], by="horizon", way="up")
    assert columns(access)["next"] == "ACBD"
    move(as_owner, bets["A"], way="down")
    assert columns(access)["next"] == "CABD"
    move(as_owner, bets["D"], way="first")
    assert columns(access)["next"] == "DCAB"
    move(as_owner, bets["C"], column="now")
    assert columns(access) == {"now": "C", "next": "DAB", "later": ""}
    assert Entry.objects.filter(verb="bet.moved").latest("pk").data == {
        "by": "horizon",
        "before": "next",
        "after": "now",
        "place": 1,
    }


def test_a_drop_before_another_card(as_owner: Client, access: Access, bets: dict[str, Bet]) -> None:
    move(as_owner, bets["A"], column="now")
    reply = as_owner.post(
        f"{HERE}/bets/{bets['D'].pk}/move", {"by": "horizon", "column": "now", "before": bets["A"].pk}, headers={"Accept": "application/json"}
    )  # fmt: skip
    assert reply.json()["column"] == "now"
    assert columns(access) == {"now": "DA", "next": "BC", "later": ""}
    gone = as_owner.post(
        f"{HERE}/bets/{bets['B'].pk}/move",
        {"column": "next", "before": bets["A"].pk},
        headers={"Accept": "application/json"},
    )
    assert (gone.status_code, "not in that column any more" in gone.json()["message"]) == (422, True)


def test_the_menu_leads_back_to_the_same_view_and_card(as_owner: Client, bets: dict[str, Bet]) -> None:
    said = {"by": "moscow", "column": "must", "look_by": "moscow", "look_team": "Stores & more"}
    reply = as_owner.post(f"{HERE}/bets/{bets['A'].pk}/move", said)
    assert reply["Location"] == f"{HERE}/?by=moscow&team=Stores+%26+more#bet-{bets['A'].pk}"


def test_moscow_columns_hold_their_own(as_owner: Client, access: Access, bets: dict[str, Bet]) -> None:
    move(as_owner, bets["B"], by="moscow", column="must")
    move(as_owner, bets["A"], by="moscow", column="must")
    assert columns(access, "moscow") == {"must": "BA", "should": "", "could": "", "wont": "", "": "CD"}
    move(as_owner, bets["B"], by="moscow", column="")
    assert columns(access, "moscow")["must"] == "A"


def test_moving_nowhere_writes_nothing(access: Access, bets: dict[str, Bet]) -> None:
    before = Entry.objects.count()
    services.place_bet(access, bets["A"], "horizon", "next", way="up")
    services.place_bet(access, bets["D"], "horizon", "next", way="last")
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("said", "words"),
    [({"by": "colour"}, "no way to see"), ({"column": "someday"}, "no column"), ({"way": "sideways"}, "no way to go")],
)  # fmt: skip
def test_places_that_do_not_exist_are_refused(
    as_owner: Client, access: Access, bets: dict[str, Bet], said: dict[str, str], words: str
) -> None:
    reply = as_owner.post(f"{HERE}/bets/{bets['A'].pk}/move", said, headers={"Accept": "application/json"})
    assert (reply.status_code, words in reply.json()["message"]) == (422, True)
    assert columns(access)["next"] == "ABCD"


def test_what_is_finished_stands_on_no_board(access: Access, bets: dict[str, Bet]) -> None:
    services.drop_bet(access, bets["A"], "Nobody asks any more.")
    with pytest.raises(ValueError, match="stands on no board"):
        services.place_bet(access, bets["A"], "horizon", "now")
    assert columns(access)["next"] == "BCD"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCD"),
            st.sampled_from(["now", "next", "later"]),
            st.sampled_from(["", "first", "last", "up", "down"]),
        ),
        max_size=8,
    )
)
def test_any_moves_keep_each_bet_once_and_others_in_order(
    access: Access, bets: dict[str, Bet], moves: list[tuple[str, str, str]]
) -> None:
    for name, column, way in moves:
        before = columns(access)
        bet = Bet.objects.get(pk=bets[name].pk)
        services.place_bet(access, bet, "horizon", column, way=way)
        after = columns(access)
        assert sorted("".join(after.values())) == list("ABCD")
        assert name in after[column]
        assert [after[c].replace(name, "") for c in after] == [before[c].replace(name, "") for c in before]


def test_teams_and_outcomes_filter_and_make_rows(as_owner: Client, bets: dict[str, Bet]) -> None:
    as_owner.post(f"{HERE}/bets/{bets['A'].pk}/file", {"team": "Stores", "goal": "Trust in figures"})
    as_owner.post(f"{HERE}/bets/{bets['B'].pk}/file", {"team": "Billing"})
    shown = as_owner.get(f"{HERE}/?team=Stores").content.decode()
    assert "1 of 4 bets" in shown
    rows = as_owner.get(f"{HERE}/?rows=team").content.decode()
    assert rows.index(">Billing</h2>") < rows.index(">Stores</h2>") < rows.index("No team or outcome said")
    assert "1 of 4" not in as_owner.get(f"{HERE}/?team=Gone").content.decode()


def test_only_the_words_for_the_public_reach_the_roadmap(
    as_owner: Client, client: Client, bets: dict[str, Bet]
) -> None:
    url = f"{HERE}/bets/{bets['A'].pk}/public"
    assert as_owner.post(url, {"public": "yes", "title": " "}).status_code == 422
    as_owner.post(url, {"public": "yes", "title": "One clock for <all>", "words": "Your days will match."})
    Bet.objects.filter(pk=bets["A"].pk).update(name="Secret plan", hypothesis="Churn is near")
    shown = client.get("/p/acme/roadmap").content.decode()
    assert "One clock for &lt;all&gt;" in shown
    assert "Your days will match." in shown
    assert "Secret plan" not in shown
    assert "Churn" not in shown
    assert shown.index("Up next") < shown.index("One clock for") < shown.index("Later, perhaps")
    as_owner.post(url, {"public": "no", "title": "One clock for all"})
    assert "One clock for" not in client.get("/p/acme/roadmap").content.decode()


def test_a_dropped_bet_leaves_the_roadmap(access: Access, client: Client, bets: dict[str, Bet]) -> None:
    services.show_bet(access, bets["A"], True, "One clock")
    services.drop_bet(access, bets["A"], "Too dear.")
    assert "One clock" not in client.get("/p/acme/roadmap").content.decode()
    with pytest.raises(ValueError, match="It was dropped"):
        services.show_bet(access, bets["A"], True, "One clock again")


def test_a_viewer_looks_and_moves_nothing(as_viewer: Client, access: Access, bets: dict[str, Bet]) -> None:
    shown = as_viewer.get(f"{HERE}/").content.decode()
    assert "data-handle" not in shown
    assert "bets.js" not in shown
    viewer = Access(access.workspace, access.actor, Role.VIEWER)
    for refused in (
        lambda: services.place_bet(viewer, bets["A"], "horizon", "now"), lambda: services.file_bet(viewer, bets["A"], "x", ""),
        lambda: services.show_bet(viewer, bets["A"], True, "x"),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            refused()


def test_the_same_over_the_api(client: Client, made: Made, bets: dict[str, Bet]) -> None:
    key = {"authorization": f"Bearer {made.api_token}"}
    number = bets["B"].pk
    told = client.post(f"/api/bets/{number}/move", {"column": "now"}, "application/json", headers=key).json()
    assert (told["horizon"], told["moscow"]) == ("now", "")
    client.post(f"/api/bets/{number}/file", {"team": "Stores"}, "application/json", headers=key)
    assert client.post(f"/api/bets/{number}/file", {"goal": "Trust"}, "application/json", headers=key).json() == {
        "bet": number,
        "team": "Stores",
        "goal": "Trust",
    }
    client.post(f"/api/bets/{number}/public", {"public": True, "title": "One clock"}, "application/json", headers=key)
    board = client.get("/api/board?team=Stores", headers=key).json()
    assert [(c["key"], [b["name"] for b in c["bets"]]) for c in board["columns"]] == [
        ("now", ["B"]),
        ("next", []),
        ("later", []),
    ]
    assert board["columns"][0]["bets"][0]["public"] is True
    assert client.get("/api/board?by=colour", headers=key).status_code == 422
