"""The page of imports: upload, say what is what, look, store, watch, mend, take back."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from wellheard.core import background
from wellheard.listen import tasks
from wellheard.listen.models import Idea, Import, Triage, Voice
from wellheard.listen.services import batches, imports, uploads
from wellheard.listen.services.boards import default_board
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services import workspaces
from wellheard.understand.models import Evidence, Problem

ADDRESS = "/w/acme/listen/imports"
CONTENT = "id,Body,mood\n1,one,good\n2,,bad\n3,three,good\n"
MAP = {"map-id": "id", "map-text": "Body"}


def upload(content: str | bytes = CONTENT, name: str = "said.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def begin(client: Client, content: str | bytes = CONTENT, name: str = "said.csv", **more: Any) -> Import:
    """Upload → the draft whose mapping is asked for next."""
    reply = client.post(ADDRESS, {"file": upload(content, name), "what": "voices", "format": "guess", **more})
    assert reply.status_code == 302, reply.content.decode()[:3000]
    job = Import.objects.latest("pk")
    assert reply["Location"] == f"{ADDRESS}/{job.pk}/mapping"
    return job


def test_upload_map_check_store_watch_and_fetch_what_was_refused(as_owner: Client, workspace: object) -> None:
    job = begin(as_owner)
    first = as_owner.get(f"{ADDRESS}/{job.pk}/mapping").content.decode()
    assert "Line 3: The row has no text" in first
    assert "Body" in first
    assert not Voice.objects.exists(), "looking stores nothing"
    reply = as_owner.post(f"{ADDRESS}/{job.pk}/mapping", {**MAP, "check": "1"})
    state = f"{ADDRESS}/{job.pk}"
    assert reply["Location"] == state
    assert b"<progress" in as_owner.get(state).content
    background.run_all()
    checked = as_owner.get(state).content.decode()
    assert "Store 2 rows" in checked
    assert "The row has no text" in checked
    assert not Voice.objects.exists(), "checking stores nothing"
    as_owner.post(f"{state}/do", {"do": "store"})
    waiting = as_owner.get(state)
    assert b"<progress" in waiting.content
    assert b"http-equiv" in waiting.content, "without scripts the page asks again by itself"
    assert b"<html" not in as_owner.get(state, headers={"HX-Request": "true"}).content
    assert as_owner.get(f"{state}/refused.csv").status_code == 404
    background.run_all()
    done = as_owner.get(state).content.decode()
    assert "<progress" not in done
    job.refresh_from_db()
    assert (job.state, job.source, job.file_name, job.total) == ("done", "said", "said.csv", 3)
    assert (job.read, job.stored, job.repeated, job.refused) == (3, 2, 0, 1)
    assert not Path(job.path).exists(), "the upload is not kept longer than it is needed"
    given = as_owner.get(f"{state}/refused.csv")
    assert given["Content-Disposition"] == f'attachment; filename="refused-{job.pk}.csv"'
    assert b"no text" in b"".join(given.streaming_content)  # type: ignore[attr-defined]
    assert Voice.objects.filter(traits={"mood": "good"}).count() == 2
    Voice.objects.create(workspace=job.workspace, text="said elsewhere", said_at=timezone.now())
    assert f"?triage=all&amp;import={job.pk}" in done
    listed = as_owner.get(f"/w/acme/listen/?triage=all&import={job.pk}").content.decode()
    assert "three" in listed
    assert "said elsewhere" not in listed
    listed = as_owner.get("/w/acme/listen/?triage=all&source=console").content.decode()
    assert "said elsewhere" in listed
    assert ">three<" not in listed
    for odd in ("x", "9" * 30, "-1", "%"):
        assert as_owner.get("/w/acme/listen/", {"triage": "all", "import": odd}).status_code == 200


def store(client: Client, job: Import, **mapping: Any) -> Import:
    reply = client.post(f"{ADDRESS}/{job.pk}/mapping", {**(mapping or MAP), "store": "1"})
    assert reply.status_code == 302, reply.content.decode()[:3000]
    background.run_all()
    job.refresh_from_db()
    return job


def test_columns_are_kept_or_not_and_one_value_holds_for_every_row(as_owner: Client, workspace: object) -> None:
    job = begin(as_owner, "id,Body,mood,secret\n1,one,good,x\n")
    store(as_owner, job, **MAP, **{"map-channel": "=call", "column": ["mood", "secret"], "keep": ["mood"]})
    voice = Voice.objects.get()
    assert (voice.channel, voice.traits) == ("call", {"mood": "good"})


def test_the_next_file_of_a_source_is_read_like_the_last(as_owner: Client, workspace: object) -> None:
    store(as_owner, begin(as_owner, source="poll"), **MAP, **{"map-channel": "=survey"})
    again = begin(as_owner, "id,Body,mood\n9,nine,\n", "may.csv", source="poll")
    assert again.mapping["fields"] == {"id": "id", "text": "Body", "channel": "=survey"}
    other = begin(as_owner, "id,Words\n9,nine\n", "june.csv", source="poll")
    assert other.mapping["fields"] == {}, "a file without those columns is looked at anew"


def test_refused_rows_come_back_mended(as_owner: Client, workspace: object) -> None:
    job = store(as_owner, begin(as_owner, 'id,Body,mood\n1,one,good\n2,,bad\n3,"=a",b,c\n4,=1+1,1850\n'))
    state = f"{ADDRESS}/{job.pk}"
    given = b"".join(as_owner.get(f"{state}/refused.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert given.count("\n") == 3
    mended = given.replace('""Body"": """"', '""Body"": ""two""').replace('3,""=a"",b,c', '3,""=a"",b')
    assert mended != given
    reply = as_owner.post(f"{state}/do", {"do": "mended", "file": upload(mended, "mended.csv")})
    again = Import.objects.latest("pk")
    assert reply["Location"] == f"{ADDRESS}/{again.pk}/mapping"
    assert "two" in as_owner.get(reply["Location"]).content.decode()
    store(as_owner, again, store="1")
    assert (again.stored, again.refused, again.source) == (2, 0, "said")
    assert Voice.objects.get(source_id="2").text == "two"
    assert Voice.objects.get(source_id="3").text == "=a", "what was made harmless for spreadsheets is as it was"
    wrong = as_owner.post(f"{state}/do", {"do": "mended", "file": upload("a,b\n1,2\n")}, follow=True)
    assert "not a file of refused rows" in wrong.content.decode()


def test_an_import_is_taken_back_but_what_somebody_made_something_of_stays(as_owner: Client, access: Access) -> None:
    body = "".join(f"{n},voice {n}\n" for n in range(1, 7))
    job = store(as_owner, begin(as_owner, f"id,Body\n{body}"))
    kept, sorted_, answered, edited, *gone = Voice.objects.order_by("pk")
    Evidence.objects.create(problem=Problem.objects.create(workspace=access.workspace, name="p"), voice=kept)
    Voice.objects.filter(pk=sorted_.pk).update(triage=Triage.KEPT)
    board = default_board(access.workspace)
    Idea.objects.create(workspace=access.workspace, board=board, voice=answered, title="x", answer="We will")
    Voice.objects.filter(pk=edited.pk).update(changed_at=timezone.now())
    untouched = Idea.objects.create(workspace=access.workspace, board=board, voice=gone[0], title="x")
    page = as_owner.get(f"{ADDRESS}/{job.pk}").content.decode()
    assert "2 voices would go; 4 stay" in page
    as_owner.post(f"{ADDRESS}/{job.pk}/do", {"do": "undo"})
    background.run_all()
    job.refresh_from_db()
    assert (job.state, job.undone) == ("undone", 2)
    assert set(Voice.objects.all()) == {kept, sorted_, answered, edited}
    assert not Idea.objects.filter(pk=untouched.pk).exists()
    assert "Taken back" in as_owner.get(f"{ADDRESS}/{job.pk}").content.decode()
    assert store(as_owner, begin(as_owner, f"id,Body\n{body}")).stored == 2, "the file can come again"


def test_storing_is_stopped_and_goes_on_where_it_was(
    as_owner: Client, workspace: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    job = begin(as_owner, "id,Body\n" + "".join(f"{n},v\n" for n in range(9)))
    as_owner.post(f"{ADDRESS}/{job.pk}/mapping", {**MAP, "store": "1"})
    real = batches.handle
    rounds = []

    def pressed_meanwhile(*given: Any) -> object:
        rounds.append(1)
        done = real(*given)
        if len(rounds) == 2:
            as_owner.post(f"{ADDRESS}/{job.pk}/do", {"do": "stop"})
        return done

    monkeypatch.setattr(batches, "handle", pressed_meanwhile)
    background.run_all()
    job.refresh_from_db()
    assert job.state == "stopped"
    assert job.stored == job.read < 9
    assert "Go on storing" in as_owner.get(f"{ADDRESS}/{job.pk}").content.decode()
    as_owner.post(f"{ADDRESS}/{job.pk}/do", {"do": "go on"})
    background.run_all()
    job.refresh_from_db()
    assert (job.state, job.read, job.stored) == ("done", 9, 9)
    assert Voice.objects.count() == 9
    for todo in ("stop", "go on", "forget", "what"):
        assert as_owner.post(f"{ADDRESS}/{job.pk}/do", {"do": todo}, follow=True).status_code == 200
    job.refresh_from_db()
    assert (job.state, Voice.objects.count()) == ("done", 9), "what makes no sense any more changes nothing"


def test_a_check_that_is_stopped_leaves_the_file_to_be_looked_at(as_owner: Client, workspace: object) -> None:
    job = begin(as_owner)
    as_owner.post(f"{ADDRESS}/{job.pk}/mapping", {**MAP, "check": "1"})
    as_owner.post(f"{ADDRESS}/{job.pk}/do", {"do": "stop"})
    background.run_all()
    job.refresh_from_db()
    assert job.state == "draft"
    as_owner.post(f"{ADDRESS}/{job.pk}/do", {"do": "forget"})
    assert not Import.objects.exists()
    assert kept() == []


def test_several_files_or_a_zip_are_one_import(as_owner: Client, workspace: object) -> None:
    tickets = "id,subject,description,requester_id\n1,Slow,Export is slow,5\n"
    users = "id,name,email,role\n5,Ann,ann@shop.example,end-user\n"
    files = [upload(tickets, "t.csv"), upload(users, "u.csv")]
    reply = as_owner.post(ADDRESS, {"file": files, "what": "voices", "format": "guess"})
    job = Import.objects.get()
    assert (job.format, job.file_name, reply.status_code) == ("zendesk", "t.csv and 1 more", 302)
    assert "<b>Zendesk</b>" in as_owner.get(reply["Location"]).content.decode()
    store(as_owner, job, store="1")
    assert str(Voice.objects.get().author) == "Ann"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("export/t.csv", tickets)
        packed.writestr("export/u.csv", users)
        packed.writestr("__MACOSX/export/._t.csv", b"\x00\x05")
    job = begin(as_owner, out.getvalue(), "zendesk.zip")
    assert store(as_owner, job, store="1").repeated == 1
    assert kept() == []


def test_a_survey_asks_which_questions_are_open(as_owner: Client, workspace: object) -> None:
    rows = "".join(f"{n},2026-03-01,I would like thing number {n},Yes of course I do {n}\n" for n in range(5))
    job = begin(as_owner, f"Response ID,Date Submitted,What else?,Sure?\n{rows}", "s.csv")
    assert job.format == "survey"
    page = as_owner.get(f"{ADDRESS}/{job.pk}/mapping").content.decode()
    assert page.count('name="open"') == 2
    store(as_owner, job, **{"asked": "1", "open": ["What else?"]})
    assert set(Voice.objects.values_list("traits__question", flat=True)) == {"What else?"}
    assert Voice.objects.first().traits["Sure?"].startswith("Yes of course")  # type: ignore[union-attr]


def test_what_to_take_in_is_asked_where_a_source_leaves_things_out(as_owner: Client, workspace: object) -> None:
    talk = {"type": "conversation", "id": "1", "source": {"body": "hi", "author": {"type": "user", "email": "a@b.example"}},
            "conversation_parts": {"conversation_parts": [
                {"id": "2", "part_type": "note", "body": "note", "author": {"type": "admin", "id": "9"}}]}}  # fmt: skip
    job = begin(as_owner, json.dumps([talk]), "talks.json")
    address = f"{ADDRESS}/{job.pk}/mapping"
    assert "notes of the team (1)" in as_owner.get(address).content.decode()
    reply = as_owner.post(address, {"switch": ["internal", "made-up"]})
    assert "notes of the team (1)" not in reply.content.decode()
    assert store(as_owner, job, switch="internal").stored == 2


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [("", "x.csv", "empty"), (b"\x00\x00\x00\x00", "x.xlsx", "not text"), (b"\x1f\x8b\x08", "x.csv.gz", "gzip"),
     ("text\n1\n", "x.csv", "encoding"), (b"PK\x03\x04broken", "x.zip", "zip cannot be unpacked")],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why_and_leaves_nothing(
    as_owner: Client, content: str | bytes, name: str, reason: str
) -> None:
    encoding = "no-such" if reason == "encoding" else ""
    given = {"file": upload(content, name), "what": "voices", "encoding": encoding, "format": "guess"}
    reply = as_owner.post(ADDRESS, given)
    assert reply.status_code == 422
    assert reason in reply.content.decode()
    assert kept() == []
    assert not Import.objects.exists()


def kept() -> list[Path]:
    folder = Path(settings.DATA) / "imports"
    return list(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(autouse=True)
def _nothing_kept_before() -> None:
    for path in kept():
        uploads.forget(path)


def test_a_mapping_that_cannot_be_is_told_and_what_was_chosen_stays(as_owner: Client, workspace: object) -> None:
    job = begin(as_owner, "number,words\n1,hi\n")
    assert "No column gives text" in as_owner.get(f"{ADDRESS}/{job.pk}/mapping").content.decode()
    for given in ({"map-text": "nope"}, {"map-number": "x"}, {"map-text": "-"}, {}):
        reply = as_owner.post(f"{ADDRESS}/{job.pk}/mapping", {**given, "store": "1"})
        assert reply.status_code == 422, given
    assert store(as_owner, job, **{"map-text": "words", "map-id": "number"}).stored == 1
    reply = as_owner.post(f"{ADDRESS}/{job.pk}/mapping", {"map-text": "number"})
    assert reply["Location"] == f"{ADDRESS}/{job.pk}", "a stored file is not mapped again"


def test_nothing_chosen_is_told(as_owner: Client) -> None:
    assert "Choose a file first" in as_owner.post(ADDRESS, {"what": "voices"}).content.decode()
    assert as_owner.post(ADDRESS, {"file": upload(), "what": "events"}).status_code == 422
    assert as_owner.post(ADDRESS, {"file": upload(), "what": "voices", "format": "fax"}).status_code == 422
    assert kept() == []


def test_a_file_larger_than_allowed_is_refused(as_owner: Client, settings: object) -> None:
    settings.UPLOAD_MAX_MB = 0  # type: ignore[attr-defined]
    assert "larger than 0 MB" in as_owner.post(ADDRESS, {"file": upload(), "what": "voices"}).content.decode()


def test_T12_what_one_workspace_uploads_another_cannot_touch(as_owner: Client, owner: Member) -> None:
    job = begin(as_owner)
    rival = workspaces.create_workspace("rival", "Rival").workspace
    Member.objects.create(workspace=rival, user=owner.user, role=Role.OWNER)
    for part in ("", "/mapping"):
        assert as_owner.get(f"/w/rival/listen/imports/{job.pk}{part}").status_code == 404
    assert as_owner.post(f"/w/rival/listen/imports/{job.pk}/do", {"do": "store"}).status_code == 404
    assert as_owner.post(f"/w/rival/listen/imports/{job.pk}/mapping", {**MAP, "store": "1"}).status_code == 404
    job.refresh_from_db()
    assert job.state == "draft"


def test_T03_the_senders_file_name_goes_nowhere(access: Access) -> None:
    for name in ("../../evil.csv", "/etc/passwd", "..\\evil.html", "x.php.csv", "a" * 300 + ".csv"):
        path = uploads.keep_file([b"text\n1\n"], name)
        assert path.parent == Path(settings.DATA) / "imports"
        assert path.suffixes in ([".csv"],)
    given = [
        ("../../evil.csv", [b"text\n1\n"]),
        ("/etc/.hidden", [b"x"]),
        ("..", [b"x"]),
        ("a.csv", [b"x"]),
        ("a.csv", [b"y"]),
    ]
    folder, _ = uploads.keep_files(given)
    assert folder.parent == Path(settings.DATA) / "imports"
    assert len(list(folder.rglob("*"))) == 5


def test_T41_a_zip_that_would_fill_the_disk_or_leave_its_folder_is_not_unpacked(
    as_owner: Client, workspace: object
) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for n in range(3):
            packed.writestr(f"{n}.csv", b"0" * (40 * 1024**2))
    before = time.monotonic()
    reply = as_owner.post(ADDRESS, {"file": upload(bomb.getvalue(), "b.zip"), "what": "voices"})
    assert (reply.status_code, kept()) == (422, [])
    assert "far more than it should" in reply.content.decode()
    assert time.monotonic() - before < 10
    slip = io.BytesIO()
    with zipfile.ZipFile(slip, "w") as packed:
        packed.writestr("../../../../evil.csv", "text\nhello\n")
    job = begin(as_owner, slip.getvalue(), "s.zip")
    assert [p.name for p in Path(job.path).rglob("*.csv")] == ["evil.csv"]
    sheet = io.BytesIO()
    with zipfile.ZipFile(sheet, "w") as packed:
        packed.writestr("[Content_Types].xml", "<x/>")
    reply = as_owner.post(ADDRESS, {"file": upload(sheet.getvalue(), "b.xlsx"), "what": "voices"})
    assert "Save the sheet as CSV" in reply.content.decode()


def test_a_viewer_may_not_and_a_stranger_finds_nothing(as_viewer: Client, access: Access) -> None:
    assert as_viewer.get(ADDRESS).status_code == 403
    assert as_viewer.post(ADDRESS, {"file": upload(), "what": "voices"}).status_code == 403
    stranger = Client()
    rival = workspaces.create_workspace("rival", "Rival").workspace
    stranger.force_login(
        workspaces.add_member(Access(rival, access.actor, Role.OWNER), "r@rival.example", Role.OWNER).user
    )
    assert stranger.get(ADDRESS).status_code == 404


def test_what_fails_by_chance_is_tried_again_and_then_given_up_in_words(
    access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.csv"
    path.write_text("text\nhello\n")
    real, tries = batches.handle, []

    def shaky(*given: object) -> object:
        tries.append(1)
        if len(tries) in (1, 3, 4, 5):
            raise RuntimeError("database is locked")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "handle", shaky)
    first = imports.start_import(access, "voices", path, {}, "v")
    tasks.store_import.enqueue(first.pk)
    background.run_all()
    first.refresh_from_db()
    assert (first.state, first.stored) == ("done", 1)
    second = imports.start_import(access, "voices", path, {}, "w")
    tasks.store_import.enqueue(second.pk)
    background.run_all()
    second.refresh_from_db()
    assert (second.state, second.stored) == ("failed", 0)
    assert "failed 3 times" in second.error


def test_uploads_that_were_never_stored_are_forgotten(as_owner: Client, workspace: object) -> None:
    old = begin(as_owner)
    waiting = begin(as_owner)
    as_owner.post(f"{ADDRESS}/{waiting.pk}/mapping", {**MAP, "store": "1"})
    for path in kept():
        os.utime(path, (time.time() - 3 * 86_400,) * 2)
    Import.objects.filter(pk=old.pk).update(created_at=timezone.now() - timezone.timedelta(days=3))
    fresh = begin(as_owner)
    uploads.forget_uploads()
    assert set(kept()) == {Path(waiting.path), Path(fresh.path)}
    assert not Import.objects.filter(pk=old.pk).exists()
