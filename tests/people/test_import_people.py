"""A file of people: who they are, and what they are to their accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Town
from tests.listen.files import Files, counts, refused, text_of
from wellheard.people.models import Account, Person, Relation

HEAD = ["id", "email", "name", "account", "role", "language", "created_at", "seat"]


def test_people_arrive_with_account_and_roles_and_again_change_nothing(files: Files, town: Town) -> None:
    rows = [
        ["p1", "p1@shop.example", "Petra", "Bäckerei Lind", "uses, buys", "de", "2025-06-01", 4],
        ["p2", "", "Paul", "Neu GmbH", "administrator|champion", "", "", ""],
        ["", "only@mail.example", "", "", "", "", "", ""],
    ]
    path = files.write(text_of(HEAD, rows), "people.csv")
    assert counts(files.bring(path, what="people")) == (3, 3, 0, 0)
    assert counts(files.bring(path, what="people")) == (3, 0, 3, 0)
    petra = Person.objects.get(external_id="p1")
    assert (petra.email, petra.name, petra.language, petra.traits) == ("p1@shop.example", "Petra", "de", {"seat": "4"})
    assert petra.created_at == datetime(2025, 5, 31, 22, tzinfo=UTC)
    assert petra.relations.get().words == ["uses", "buys"]
    assert petra.relations.get().account == town.lind
    assert Relation.objects.get(person__external_id="p2").words == ["administers", "champions"]
    assert Account.objects.filter(name="Neu GmbH").count() == 1


def test_roles_add_up_over_rows_and_empty_cells_take_nothing_away(files: Files, town: Town) -> None:
    rows = [
        ["ann", "", "", "lind", "buys"],
        ["ann", "", "", "lind", "uses"],
        ["ann", "", "Ann A.", "fjord", "champion"],
    ]
    report = files.bring(text_of(HEAD[:5], rows), "people.csv", what="people")
    assert counts(report) == (3, 2, 1, 0), "that she uses was known"
    assert Relation.objects.get(person=town.ann, account=town.lind).words == ["uses", "buys"]
    town.ann.refresh_from_db()
    assert (town.ann.name, town.ann.email, town.ann.language) == ("Ann A.", "ann@shop.example", "en")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["", "", "Nobody"], "needs an id or an e-mail"),
        (["x", "no mail", ""], "not an e-mail address"),
        (["x", "", "n" * 201], "201 characters"),
        (["x" * 256, "", ""], "256 characters"),
        (["x", "", "", "lind", "boss"], "'boss' is not a role"),
        (["x", "", "", "a" * 201], "201 characters"),
        (["x", "", "", "", "", "l" * 13], "13 characters"),
        (["x", "", "", "", "", "", "soon"], "not a date"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_reason(files: Files, row: list[str], reason: str) -> None:
    good = ["good", *[""] * (len(HEAD) - 1)]
    report = files.bring(text_of(HEAD, [row + [""] * (len(HEAD) - len(row)), good]), "people.csv", what="people")
    assert counts(report) == (2, 1, 0, 1)
    assert reason in refused(report)[0][1]


def test_an_id_wins_over_an_address_that_is_somebody_elses(files: Files, town: Town) -> None:
    rows = [["otto", "ann@shop.example"], ["brand-new", "ann@shop.example"], ["", "ANN@shop.example"]]
    report = files.bring(text_of(["id", "email"], rows), "people.csv", what="people")
    assert counts(report) == (3, 1, 2, 0)
    assert Person.objects.get(external_id="brand-new").email is None
    assert {p.external_id: p.email for p in Person.objects.filter(external_id__in=["ann", "otto"])} == {
        "ann": "ann@shop.example",
        "otto": "otto@shop.example",
    }


def test_somebody_known_by_mail_only_gets_their_id(files: Files, town: Town) -> None:
    Person.objects.create(workspace=town.workspace, email="late@shop.example")
    report = files.bring("id,email\nlate,late@shop.example\nlate,\n,late@shop.example\n", "p.csv", what="people")
    assert counts(report) == (3, 1, 2, 0)
    assert Person.objects.filter(email="late@shop.example").get().external_id == "late"


ids = st.sampled_from(["", "a", "b", "c", "ann", "otto"])
mails = st.sampled_from(["", "a@x.example", "B@x.example", "b@x.example", "ann@shop.example", "bad"])
companies = st.sampled_from(["", "lind", "LIND", "Bäckerei Lind", "new", " "])
roles = st.sampled_from(["", "uses", "buys", "Admin;champion", "king"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ids, mails, st.just(""), companies, roles), max_size=20))
def test_however_ids_and_addresses_cross_nobody_is_doubled_and_nothing_breaks(
    files: Files, town: Town, rows: list[tuple[str, ...]]
) -> None:
    path = files.write(text_of(HEAD[:5], rows), "people.csv")
    files.bring(path, what="people")
    known = [e for e in Person.objects.values_list("email", flat=True) if e]
    assert len(known) == len({e.lower() for e in known})
    files.bring(path, what="people")
    assert files.bring(path, what="people").stored == 0, "once everything is known, reading again changes nothing"
