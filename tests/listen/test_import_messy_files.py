"""Files as they really are: broken quoting, wrong encodings, cut short. Good rows are kept, bad ones explained."""

from __future__ import annotations

import gzip
import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.listen.files import Files, counts, lines_of, refused, text_of
from wellheard.core import rows
from wellheard.listen.models import Import, Voice
from wellheard.listen.services import batches, imports

GOOD = "id,text\n1,one\n2,two\n"
# What spreadsheets, exports and people do to rows; none of it may stop the rows around it.
BAD_ROWS = {
    "stray quote": ('9,"broken\n', "Broken quoting"),
    "quote inside": ('9,"he said "no" twice"\n', "Broken quoting"),
    "too few fields": ("9\n", "1 fields, the header 3"),
    "too many fields": ("9,a,b,c\n", "4 fields, the header 3"),
    "empty text": ("9,,x\n", "no text"),
    "only spaces": ("9,   ,x\n", "no text"),
    "long ago": ("9,late,1850-01-01\n", "before 1970"),
    "far ahead": ("9,early,9999-12-31\n", "in the future"),
    "end of time in a zone": ("9,early,9999-12-31T23:59:59-12:00\n", "in the future"),
    "before time": ("9,early,0001-01-01T00:00:00+12:00\n", "before 1970"),
    "no date": ("9,when,yesterday\n", "is not a date"),
    "NUL": ("9,nu\x00l,\n", "NUL"),
    "long id": (f"{'i' * 300},text,\n", "300 characters"),
    "long text": (f"9,{'x' * 50_001},\n", "50001 characters"),
    "long field": (f"9,{'x' * (rows.FIELD_LIMIT + 5)},\n", "longer than 1 MB"),
}


@pytest.mark.parametrize("bad", BAD_ROWS)
def test_a_bad_row_is_refused_and_the_good_ones_around_it_stay(files: Files, bad: str) -> None:
    row, reason = BAD_ROWS[bad]
    report = files.bring(f"id,text,created_at\n1,one,2026-01-01\n{row}2,two,\n3,three,\n")
    assert counts(report) == (4, 3, 0, 1)
    ((line, why, raw),) = refused(report)
    assert line == 3
    assert reason in why
    assert raw[:1] == row[:1] or '"id"' in raw
    assert sorted(Voice.objects.values_list("source_id", flat=True)) == ["1", "2", "3"]


@pytest.mark.parametrize("email", ["nobody", "a b@c.example", "@", "x@" + "y" * 300 + ".example"])
def test_a_bad_address_is_refused(files: Files, email: str) -> None:
    report = files.bring(text_of(["text", "email"], [["hi", email], ["ho", "ok@shop.example"]]))
    assert counts(report) == (2, 1, 0, 1)
    assert "e-mail address" in refused(report)[0][1]


def test_a_quote_that_swallows_lines_gives_the_good_rows_back(files: Files) -> None:
    middle = "".join(f"{n},row {n}\n" for n in range(3, 40))
    content = f'id,text\n1,"open\n2,fine\n{middle}40,"quoted, fine"\n41,last\n50,"never closed\n51,end\n'
    report = files.bring(content)
    assert (report.stored, report.refused) == (41, 2)
    assert [(line, row) for line, _, row in refused(report)] == [(2, '1,"open'), (43, '50,"never closed')]


def test_a_quote_closed_by_chance_further_down_gives_the_good_rows_back(files: Files) -> None:
    report = files.bring('id,text,x\n1,"open,a\n2,fine,b\n3,",",c\n4,good,d\n')
    assert {"2", "4"} <= set(Voice.objects.values_list("source_id", flat=True))
    assert report.refused == 1


def test_quoted_fields_may_hold_line_breaks_quotes_and_commas(files: Files) -> None:
    text = 'He said:\n"no",\r\nthen left'
    report = files.bring(text_of(["id", "text"], [[1, text], [2, "two"]]))
    assert counts(report) == (2, 2, 0, 0)
    assert Voice.objects.get(source_id="1").text == text


def test_a_file_of_nothing_but_stray_quotes_ends(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text("a,b\n" + 'x","\n' * 20_000)
    found = list(rows.read(path))
    assert len(found) == 20_000
    assert all(isinstance(r, rows.Bad) for r in found)


def test_headers_may_be_quoted_over_several_lines(files: Files) -> None:
    report = files.bring(
        '"Who\nare you?","What, in your\nwords; is it?"\n1,hello\n', text="What, in your words; is it?"
    )
    assert counts(report) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("encoding", "given", "delimiter"),
    [("utf-8", "", ","), ("utf-8-sig", "", ","), ("utf-8-sig", "utf-8", ";"), ("utf-16", "", "\t"),
     ("cp1252", "cp1252", ";"), ("latin-1", "latin-1", "|"), ("utf-16-le", "utf-16-le", ",")],
)  # fmt: skip
def test_umlauts_arrive_in_any_encoding_and_with_any_delimiter(
    files: Files, encoding: str, given: str, delimiter: str
) -> None:
    text = "Für Österreich, bitte; ja"
    report = files.bring(text_of(["id", "text"], [[1, text]], delimiter).encode(encoding), encoding=given)
    assert counts(report) == (1, 1, 0, 0)
    assert Voice.objects.get().text == text


def test_bytes_that_are_no_utf8_refuse_their_row_only(files: Files) -> None:
    report = files.bring("id,text\n1,gut\n2,für alle\n3,fine\n".encode("latin-1"))
    assert counts(report) == (3, 2, 0, 1)
    assert "UTF-8" in refused(report)[0][1]


def test_a_gzipped_file_is_read_as_it_is(files: Files) -> None:
    assert counts(files.bring(gzip.compress(GOOD.encode()), "voices.csv.gz")) == (2, 2, 0, 0)
    assert counts(files.bring(gzip.compress(lines_of([{"text": "x"}]).encode()), "v.jsonl.gz")) == (1, 1, 0, 0)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_gzip_keeps_what_came_before_and_says_so(
    files: Files, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 500)
    luck = random.Random(1)
    whole = gzip.compress(b"id,text\n" + b"".join(b"%d,%r\n" % (n, luck.random()) for n in range(5_000)))
    broken = whole[: len(whole) // 2] if damage == "cut" else whole[:-2000] + b"\xff" * 2000
    job = files.job(files.write(broken, "voices.csv.gz"))
    assert job.state == Import.State.FAILED
    assert "gzip" in job.error
    assert Voice.objects.count() == job.stored >= 100
    again = files.job(files.write(whole, "voices.csv.gz"))
    assert (again.read, again.stored, again.repeated) == (5_000, 5_000 - job.stored, job.stored)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"\n\n", "empty"), (b"\x00\x01\x02\x03", "not text"),
     (b"te\xffxt,id\n1,2\n", "header line"), (b"\x1f\x8b", "gzip")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_at_all_is_refused_with_a_reason(files: Files, content: bytes, reason: str) -> None:
    with pytest.raises(rows.Unreadable, match=reason):
        files.bring(content)
    assert not Import.objects.exists()


def test_only_a_header_is_nothing_read(files: Files) -> None:
    assert counts(files.bring("id,text\n")) == (0, 0, 0, 0)


def test_an_encoding_nobody_knows_is_refused(files: Files) -> None:
    with pytest.raises(rows.Unreadable, match="no encoding called"):
        files.bring(GOOD, encoding="utf-99")


def test_json_lines_that_are_no_objects_are_refused_each(files: Files) -> None:
    lines = [
        '{"text": "good"}', "[1]", "{broken", '"text"', '{"text": "nul \\u0000"}', '{"text": "half \\ud800"}',
        '{"text": "x", "n": NaN}', '{"text": "x", "n": 1e999}', "[" * 100_000, '{"text": "a \\\\u0000 written out"}',
    ]  # fmt: skip
    report = files.bring("\n".join(lines), "x.jsonl")
    assert counts(report) == (10, 2, 0, 8)


@pytest.mark.parametrize("shape", ["list", "one line", "envelope", "envelope on one line", "byte order mark"])
def test_json_over_several_lines_is_read_object_by_object(files: Files, shape: str) -> None:
    rows_ = [{"id": n, "text": f"voice {n}", "inner": {"a": [1, {"b": "]"}]}} for n in range(300)]
    content = {
        "list": json.dumps(rows_, indent=1),
        "one line": json.dumps(rows_),
        "envelope": json.dumps({"count": 300, "items": rows_, "next": None}, indent=2),
        "envelope on one line": json.dumps({"items": rows_}),
        "byte order mark": "\ufeff" + json.dumps(rows_, indent=1),
    }[shape]
    assert counts(files.bring(content, "x.json")) == (300, 300, 0, 0)
    assert Voice.objects.get(source_id="7").traits == {"inner": {"a": [1, {"b": "]"}]}}


def test_json_that_breaks_off_keeps_what_came_before_and_says_where(files: Files) -> None:
    job = files.job(files.write('[{"text": "one"}, {"text": "two"}, {"text": ', "x.json"))
    assert (job.state, job.stored) == ("failed", 2)
    assert "after record 2" in job.error


def test_columns_of_one_name_are_told_apart_by_number(files: Files) -> None:
    assert files.bring("text,note,note,note (2)\nhi,a,b,c\n").stored == 1
    assert Voice.objects.get().traits == {"note": "a", "note (3)": "b", "note (2)": "c"}


def test_empty_lines_of_a_sheet_above_the_header_do_not_matter(files: Files) -> None:
    assert files.bring(",,\n;;\nid,text,x\n1,hello,y\n").stored == 1


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(files: Files) -> None:
    report = files.bring('text,x\n=cmd|"/c calc"!A1\n+1,2,3\nfine,1\n')
    assert [row[:2] for _, _, row in refused(report)] == ["'=", "'+"]


cells = st.one_of(
    st.text(alphabet=st.sampled_from('ab,";\n\r\x00é\x85\u2028 =1@.-'), max_size=12),
    st.sampled_from(["", "2026-01-01", "1850-01-01", "9999-12-31", "x@y.example", '"', '""', "'", "\ud800", "1e400"]),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(cells, min_size=1, max_size=5), max_size=25), st.booleans(), st.sampled_from(["utf-8", "cp1252"])
)
def test_whatever_is_in_a_file_each_row_read_is_stored_repeated_or_refused(
    files: Files, table: list[list[str]], quoted: bool, encoding: str
) -> None:
    body = text_of([], table) if quoted else "".join(",".join(r) + "\n" for r in table)
    raw = ("text,id,created_at,email\r\n" + body).encode(
        encoding, "surrogatepass" if encoding == "utf-8" else "replace"
    )
    path = files.write(raw)
    report = files.bring(path)
    assert report.stored <= Voice.objects.count()
    again = files.bring(path)
    assert (again.read, again.stored, again.refused) == (report.read, 0, report.refused)


def test_a_crash_in_the_middle_resumes_where_it_was(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 10)
    content = io.StringIO()
    content.write("id,text\n")
    for n in range(95):
        content.write(f"{n},{'' if n % 7 == 0 else 'said ' + str(n)}\n")
    path = files.write(content.getvalue())
    started = imports.start_import(files.access, "voices", path, {}, "voices")
    real, calls = batches.handle, []

    def third_time_unlucky(*given: object) -> object:
        calls.append(1)
        result = real(*given)  # type: ignore[arg-type]
        if len(calls) == 3:
            raise RuntimeError("power cut")
        return result

    monkeypatch.setattr(batches, "handle", third_time_unlucky)
    with pytest.raises(RuntimeError):
        imports.run(started.pk)
    started.refresh_from_db()
    assert (started.read, started.state) == (20, Import.State.RUNNING)
    # What the crash left behind beyond the last commit is cut off again.
    with open(imports._refused_path(started), "a") as file:
        file.write("99,half a li")
    report = imports.report(imports.run(started.pk))
    assert counts(report) == (95, 81, 0, 14)
    assert [line for line, _, _ in refused(report)] == [n + 2 for n in range(0, 95, 7)]
    assert Voice.objects.count() == 81


def test_two_processes_on_one_import_do_not_count_twice(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 10)
    path = files.write("text\n" + "x\n" * 30)
    started = imports.start_import(files.access, "voices", path, {}, "voices")
    inner: list[Import] = []

    def meanwhile(job: Import) -> None:
        if not inner:
            inner.append(job)
            inner.append(imports.run(started.pk))

    with pytest.raises(imports.Overtaken):
        imports.run(started.pk, meanwhile)
    started.refresh_from_db()
    assert (started.read, started.stored, started.state) == (30, 30, Import.State.DONE)
