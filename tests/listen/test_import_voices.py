"""A file of what people said, brought in: who said it, when, and how their account stood then."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.conftest import Town
from tests.listen.files import Files, counts, lines_of, refused, text_of
from wellheard.listen import mapping as maps
from wellheard.listen.models import Voice
from wellheard.listen.services import batches, import_check, imports
from wellheard.listen.services.reading import Manual
from wellheard.people.models import Account, Person, Revenue

HEAD = ["id", "text", "author", "email", "account", "created_at", "channel", "kind", "stars"]
ROWS = [
    [1, "The export takes minutes", "ann", "", "Bäckerei Lind", "2026-03-02 10:00", "support", "bug", 2],
    [2, "Please add dark mode", "", "otto@shop.example", "", "2026-03-03", "review", "request", 4],
    [3, "Lovely, thank you", "new-one", "new@shop.example", "Neue AG", "2026-03-04T08:30:00+01:00", "Fax", "", ""],
]


def test_a_csv_is_stored_and_again_stores_nothing(files: Files, town: Town) -> None:
    path = files.write(text_of(HEAD, ROWS))
    assert counts(files.bring(path)) == (3, 3, 0, 0)
    assert counts(files.bring(path)) == (3, 0, 3, 0)
    first, second, third = Voice.objects.order_by("pk")
    assert (first.author, first.account, first.channel, first.kind) == (town.ann, town.lind, "support", "bug")
    assert (first.source, first.source_id, first.traits) == ("voices", "1", {"stars": "2"})
    assert first.said_at == datetime(2026, 3, 2, 9, tzinfo=UTC), "times without a zone are the workspace's: Berlin"
    assert second.author == town.otto
    assert second.account == town.lind, "somebody who belongs to one account only speaks from it"
    assert str(third.author) == "new@shop.example"
    assert third.author is not None
    assert third.author.external_id == "new-one"
    assert third.account is not None
    assert third.account.name == "Neue AG"
    assert (third.channel, third.traits) == ("other", {"channel": "Fax"}), "a word we do not know is kept"


def test_json_lines_are_stored_with_their_types(files: Files) -> None:
    rows = [
        {"id": 0, "text": "Zero is an id", "rating": 4.5, "tags": ["a", "b"], "paid": True, "none": None},
        {"id": "b", "text": "Line\nbreak", "author": "@handle"},
        {"text": "No id at all"},
    ]
    path = files.write(lines_of(rows), "said.jsonl")
    assert counts(files.bring(path)) == (3, 3, 0, 0)
    assert counts(files.bring(path)) == (3, 0, 3, 0)
    voice = Voice.objects.get(source_id="0")
    assert voice.traits == {"rating": 4.5, "tags": ["a", "b"], "paid": True}
    assert Voice.objects.get(source_id="b").text == "Line\nbreak"
    assert Person.objects.get().external_id == "@handle"


def test_columns_are_mapped_and_several_make_one_id(files: Files) -> None:
    head, rows = ["who", "q", "Body"], [["r1", "q1", "one"], ["r1", "q2", "two"], ["r2/q", "1", "three"]]
    report = files.bring(text_of(head, [*rows, ["r2", "q/1", "four"]]), text="Body", id="who+q")
    assert counts(report) == (4, 4, 0, 0), "other cells never make the same id"
    assert set(Voice.objects.values_list("source_id", flat=True)) >= {"r1/q1", "r1/q2"}
    assert counts(files.bring(text_of(head, rows), text="Body", id="who+q")) == (3, 0, 3, 0)


def test_rows_whose_composite_id_is_empty_are_told_apart_all_the_same(files: Files) -> None:
    report = files.bring(text_of(["a", "b", "text"], [["", "", "x"], ["", "", "y"], ["1", "", "z"]]), id="a+b")
    assert counts(report) == (3, 3, 0, 0)


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"text": "Nope"}, "no column 'Nope'"),
        ({"id": "id+nope"}, "no column 'nope'"),
        ({"mood": "text"}, "'mood' is not a field of voices"),
        ({"text": "id", "id": "text"}, ""),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_before_anything_is_stored(
    files: Files, mapping: dict[str, str], reason: str
) -> None:
    path = files.write(text_of(HEAD, ROWS))
    if not reason:
        assert files.bring(path, **mapping).stored == 3
        return
    with pytest.raises(ValueError, match=reason):
        files.bring(path, **mapping)
    assert not Voice.objects.exists()


@pytest.mark.parametrize("pairs", [["text"], ["=Body"], ["text="], ["text=a", "text=b"]])
def test_a_slip_in_a_mapping_is_told(pairs: list[str]) -> None:
    with pytest.raises(ValueError, match=r"is not a mapping|mapped twice"):
        maps.parse(pairs)


def test_a_file_without_a_text_column_says_which_it_has(files: Files) -> None:
    with pytest.raises(ValueError, match=r"No column gives text.*number, words"):
        files.bring("number,words\n1,hello\n")


def test_a_dry_run_counts_and_stores_nothing(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    clash = [2, "other words under the same id", *ROWS[1][2:]]
    path = files.write(text_of(HEAD, [*ROWS, ROWS[0], [9, "", "", "", "", "", "", "", ""], clash]))
    dry = import_check.dry_run(files.access, "voices", path, Manual(), "voices")[0]
    assert counts(dry) == (6, 3, 1, 2)
    assert not Voice.objects.exists()
    assert not Person.objects.exists()
    assert not Account.objects.exists()
    assert counts(files.bring(path)) == counts(dry), "it said what would happen"


def test_twenty_equal_rows_without_an_id_are_twenty_voices_once(files: Files) -> None:
    path = files.write("text\n" + "dark mode\n" * 20 + "other\n")
    assert counts(files.bring(path)) == (21, 21, 0, 0)
    assert counts(files.bring(path)) == (21, 0, 21, 0)
    assert Voice.objects.filter(text="dark mode").count() == 20


def test_an_id_with_spaces_around_it_is_the_same_id(files: Files) -> None:
    assert files.bring("id,text\n 7 ,hello\n").stored == 1
    assert counts(files.bring("id,text\n 7 ,hello\n7,hello\n", "again.csv", source="voices")) == (2, 0, 2, 0)


def test_files_of_other_names_are_other_sources_unless_one_is_named(files: Files) -> None:
    assert files.bring("id,text\n1,hello\n", "may.csv").stored == 1
    assert files.bring("id,text\n1,hullo\n", "june.csv").stored == 1
    assert counts(files.bring("id,text\n1,hello\n", "may.csv.gz.csv", source="may")) == (1, 0, 1, 0)
    assert imports.source_of("may.csv.gz") == "may"


def test_one_id_with_two_texts_is_refused_and_not_swallowed(files: Files) -> None:
    found = files.bring("respondent,text\n7,first answer\n7,second answer\n", id="respondent")
    assert counts(found) == (2, 1, 0, 1)
    assert "join columns" in refused(found)[0][1]


@pytest.mark.parametrize(("said", "month"), [("25/12/2023", 12), ("12/25/2023", 12), ("3/3/2024 14:30", 3)])
def test_dates_with_slashes_are_read_when_only_one_reading_is_possible(files: Files, said: str, month: int) -> None:
    assert files.bring(f"text,created_at\nhello,{said}\n").stored == 1
    assert Voice.objects.get().said_at.month == month


def test_a_date_that_two_countries_read_differently_is_refused(files: Files) -> None:
    found = files.bring("text,created_at\nhello,03/04/2024\n")
    assert counts(found) == (1, 0, 0, 1)
    assert "2024-04-03 or 2024-03-04" in refused(found)[0][1]


def test_a_field_can_be_the_same_for_every_row(files: Files) -> None:
    assert files.bring("text\na\nb\n", channel="=survey").stored == 2
    assert set(Voice.objects.values_list("channel", flat=True)) == {"survey"}


def test_an_author_known_by_mail_gets_the_id_and_by_id_the_mail(files: Files, town: Town) -> None:
    mailed = Person.objects.create(workspace=town.workspace, email="late@shop.example")
    rows = [["a", "late", "late@shop.example"], ["b", "late", ""], ["c", "", "late@shop.example"]]
    assert files.bring(text_of(["text", "author", "email"], rows)).stored == 3
    mailed.refresh_from_db()
    assert mailed.external_id == "late"
    assert Voice.objects.filter(author=mailed).count() == 3


def test_an_address_that_is_somebody_elses_is_left_to_them(files: Files, town: Town) -> None:
    rows = [
        ["x", "stranger", "ann@shop.example"],
        ["y", "fresh", "ann@shop.example"],
        ["z", "ann", "otto@shop.example"],
    ]
    assert files.bring(text_of(["text", "author", "email"], rows)).stored == 3
    assert Person.objects.get(external_id="stranger").email is None
    assert Person.objects.get(external_id="ann").email == "ann@shop.example"
    assert Voice.objects.get(text="z").author == town.ann


def test_the_account_is_kept_as_it_was_when_they_spoke(files: Files, town: Town) -> None:
    was = Account.objects.create(workspace=town.workspace, external_id="was", name="Was", state="active")
    money = [(date(2026, 1, 1), date(2026, 2, 1), 1000), (date(2026, 3, 1), None, 3000)]
    for since, until, cents in money:
        Revenue.objects.create(
            workspace=town.workspace, account=was, cents=cents, currency="EUR", since=since, until=until
        )
    days = ["2025-12-31", "2026-01-31", "2026-02-01", "2026-03-01"]
    files.bring(text_of(["text", "account", "created_at"], [[d, "was", d] for d in days]))
    found = Voice.objects.order_by("said_at").values_list("account_state", "account_cents")
    assert list(found) == [("trial", 0), ("active", 1000), ("churned", 0), ("active", 3000)]


def test_a_voice_without_money_behind_it_keeps_what_is_known_of_the_account(files: Files, town: Town) -> None:
    files.bring(text_of(["text", "account"], [["hi", "Tiny Tea"], ["hello", "tiny tea"]]))
    assert (
        list(Voice.objects.values_list("account", "account_state", "account_cents"))
        == [(town.free.pk, "trial", None)] * 2
    )


def test_refused_rows_come_back_with_line_and_reason_and_can_be_mended(files: Files) -> None:
    report = files.bring('id,text,created_at\n1,good,2026-01-01\n2,,2026-01-01\n3,"=1+1",1850-01-01\n4,ok,2026-01-02\n')
    assert counts(report) == (4, 2, 0, 2)
    (line, reason, row), (other, why, _) = refused(report)
    assert (line, "no text" in reason, '"id": "2"' in row) == (3, True, True)
    assert (other, "before 1970" in why) == (4, True)
