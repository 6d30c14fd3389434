"""The page of imports: look first, then store, watch, and fetch what was refused."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from wellheard.core import background
from wellheard.listen import tasks
from wellheard.listen.models import Import, Voice
from wellheard.listen.services import imports
from wellheard.people.access import Access
from wellheard.people.models import Member, Role
from wellheard.people.services import workspaces

ADDRESS = "/w/acme/listen/imports"
CONTENT = "id,Body,mood\n1,one,good\n2,,bad\n3,three,good\n"


def upload(content: str | bytes = CONTENT, name: str = "said.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def look(client: Client, **more: object) -> str:
    """Upload and look → what the page keeps of the file."""
    reply = client.post(ADDRESS, {"file": upload(), "what": "voices", **more})
    assert reply.status_code == 200, reply.content
    return str(reply.context["held"])


def test_look_store_watch_and_fetch_what_was_refused(
    as_owner: Client, workspace: object, django_capture_on_commit_callbacks: object
) -> None:
    reply = as_owner.post(ADDRESS, {"file": upload(), "what": "voices"})
    page = reply.content.decode()
    assert "Line 3: The row has no text" in page
    assert not Voice.objects.exists(), "looking stores nothing"
    held = reply.context["held"]
    assert look(as_owner, **{"map-text": "Body", "map-kind": "mood"})
    reply = as_owner.post(ADDRESS, {"held": held, "what": "voices", "store": "1", "map-text": "Body"})
    job = Import.objects.get()
    assert reply["Location"] == f"{ADDRESS}/{job.pk}"
    waiting = as_owner.get(reply["Location"])
    assert b"<progress" in waiting.content
    assert b"<html" not in as_owner.get(reply["Location"], headers={"HX-Request": "true"}).content
    assert as_owner.get(f"{ADDRESS}/{job.pk}/refused.csv").status_code == 404
    background.run_all()
    done = as_owner.get(reply["Location"]).content.decode()
    assert "<progress" not in done
    job.refresh_from_db()
    assert (job.state, job.source, job.file_name) == ("done", "said", "said.csv")
    assert (job.read, job.stored, job.repeated, job.refused) == (3, 2, 0, 1)
    assert not Path(job.path).exists(), "the upload is not kept longer than it is needed"
    given = as_owner.get(f"{ADDRESS}/{job.pk}/refused.csv")
    assert given["Content-Disposition"] == f'attachment; filename="refused-{job.pk}.csv"'
    assert b"no text" in b"".join(given.streaming_content)  # type: ignore[attr-defined]
    assert Voice.objects.filter(traits={"mood": "good"}).count() == 2


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [("", "x.csv", "empty"), ("a,a\n1,2\n", "x.csv", "more than once"), ("number\n1\n", "x.csv", "No column gives text"),
     (b"\x00\x00\x00\x00", "x.xlsx", "not text"), (b"\x1f\x8b\x08", "x.csv.gz", "gzip"), ("text\n1\n", "x.csv", "encoding")],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why_and_leaves_nothing(
    as_owner: Client, content: str | bytes, name: str, reason: str
) -> None:
    before = set(kept())
    encoding = "no-such" if reason == "encoding" else ""
    reply = as_owner.post(ADDRESS, {"file": upload(content, name), "what": "voices", "encoding": encoding})
    assert reply.status_code == 422
    assert reason in reply.content.decode()
    assert set(kept()) == before or reply.context["held"], "what cannot be looked at again is not kept"
    assert not Import.objects.exists()


def kept() -> list[Path]:
    folder = Path(settings.DATA) / "imports"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_nothing_chosen_is_told(as_owner: Client) -> None:
    assert "Choose a file first" in as_owner.post(ADDRESS, {"what": "voices"}).content.decode()
    assert as_owner.post(ADDRESS, {"file": upload(), "what": "events"}).status_code == 422


def test_a_file_larger_than_allowed_is_refused(as_owner: Client, settings: object) -> None:
    settings.UPLOAD_MAX_MB = 0  # type: ignore[attr-defined]
    assert "larger than 0 MB" in as_owner.post(ADDRESS, {"file": upload(), "what": "voices"}).content.decode()


def test_T12_what_one_workspace_keeps_another_cannot_store(as_owner: Client, owner: Member) -> None:
    held = look(as_owner, **{"map-text": "Body"})
    rival = workspaces.create_workspace("rival", "Rival").workspace
    Member.objects.create(workspace=rival, user=owner.user, role=Role.OWNER)
    for token in (held, held[:-2] + "xx", "made-up", "../../secret_key"):
        reply = as_owner.post("/w/rival/listen/imports", {"held": token, "what": "voices", "store": "1"})
        assert reply.status_code == 422
    assert not Import.objects.exists()


def test_T03_the_senders_file_name_goes_nowhere(access: Access) -> None:
    for name in ("../../evil.csv", "/etc/passwd", "..\\evil.html", "x.php.csv", "a" * 300 + ".csv"):
        path = imports.keep_file([b"text\n1\n"], name)
        assert path.parent == Path(settings.DATA) / "imports"
        assert path.suffixes in ([".csv"],)


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
    real, tries = imports._handle, []

    def shaky(*given: object) -> object:
        tries.append(1)
        if len(tries) in (1, 3, 4, 5):
            raise RuntimeError("database is locked")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(imports, "_handle", shaky)
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


def test_uploads_that_were_never_stored_are_forgotten(as_owner: Client) -> None:
    look(as_owner, **{"map-text": "Body"})
    fresh = look(as_owner, **{"map-text": "Body"})
    as_owner.post(ADDRESS, {"held": fresh, "what": "voices", "store": "1", "map-text": "Body"})
    for path in kept():
        os.utime(path, (time.time() - 3 * 86_400,) * 2)
    look(as_owner, **{"map-text": "Body"})
    imports.forget_uploads()
    assert Path(Import.objects.get().path) in kept(), "one that waits to be stored stays"
    assert len(kept()) == 2
