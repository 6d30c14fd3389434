"""What everything else stands on: the clock, the journal, mail as files, work that is done again after a crash."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from wellheard.core import background, clock, journal
from wellheard.core.mail import FileBackend
from wellheard.core.models import Entry, Turn
from wellheard.listen import tasks
from wellheard.people.models import Workspace


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch, db: None) -> list[str]:
    """Only these jobs are known to the clock: one works, one fails."""
    ran: list[str] = []

    def works() -> None:
        ran.append("works")

    def fails() -> None:
        ran.append("fails")
        raise RuntimeError("no luck")

    known = {n.__name__: clock.Timed(n.__name__, timedelta(minutes=5), n) for n in (fails, works)}
    monkeypatch.setattr(clock, "JOBS", known)
    return ran


def test_a_job_runs_when_it_is_due_and_one_that_fails_holds_nobody_up(jobs: list[str]) -> None:
    assert clock.tick() == ["fails", "works"]
    assert clock.tick() == []
    Turn.objects.update(ran_at=timezone.now() - timedelta(minutes=6))
    clock.tick()
    assert jobs == ["fails", "works"] * 2


def test_who_takes_a_turn_first_has_it(jobs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock.tick()
    Turn.objects.update(ran_at=None)
    real = clock.timezone.now

    def another_was_faster() -> object:
        now = real()
        Turn.objects.update(ran_at=now)
        return now

    monkeypatch.setattr(clock.timezone, "now", another_was_faster)
    assert clock.tick() == []


def test_a_write_without_a_thing_is_no_write(workspace: Workspace) -> None:
    actor = journal.system(workspace.pk)
    with pytest.raises(journal.NothingRecorded):
        with journal.record(actor, "nothing.done"):
            Workspace.objects.filter(pk=workspace.pk).update(name="Changed")
    workspace.refresh_from_db()
    assert workspace.name == "Acme Reports"
    before = Entry.objects.count()
    with journal.record(actor, "vote.again") as entry:
        entry.nothing_changed()
    assert Entry.objects.count() == before


def test_who_hears_of_a_write_is_part_of_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(entry: Entry) -> None:
        raise RuntimeError("queue is down")

    monkeypatch.setitem(journal._subscribers, "thing.done", [stumbles])
    with pytest.raises(RuntimeError):  # noqa: PT012 - all of the write is meant
        with journal.record(journal.system(workspace.pk), "thing.done") as entry:
            Workspace.objects.filter(pk=workspace.pk).update(name="Changed")
            entry.about(workspace)
    workspace.refresh_from_db()
    assert workspace.name == "Acme Reports"
    assert not Entry.objects.filter(verb="thing.done").exists()


def test_T31_the_same_message_is_one_file_and_never_half_a_file(
    tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_FILE_PATH = str(tmp_path)  # type: ignore[attr-defined]
    message = EmailMessage("Hello", "First", to=["ann@x.example"], headers={"Message-ID": "<../n 1@acme>"})
    real = Path.write_bytes

    def power_cut(path: Path, data: bytes) -> int:
        real(path, data[:10])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", power_cut)
    with pytest.raises(OSError, match="no space"):
        FileBackend().send_messages([message])
    monkeypatch.setattr(Path, "write_bytes", real)
    assert list(tmp_path.iterdir()) == [], "it has not been sent, and nothing says so"
    for body in ("First", "Second"):
        message.body = body
        assert FileBackend().send_messages([message]) == 1
    (file,) = tmp_path.iterdir()
    assert "First" in file.read_text()


def test_work_whose_process_died_is_done_again_and_work_of_the_living_is_not(workspace: Workspace) -> None:
    for worker in ("gone:999999:0", f"{background.HOST}:999999:0", background.worker_name(1), "elsewhere:1:0"):
        task = tasks.store_import.enqueue(0)
        DBTaskResult.objects.filter(pk=task.id).update(
            status="RUNNING", worker_ids=[worker], started_at=timezone.now() - timedelta(minutes=1)
        )
    assert background.rescue() == 1, "only what ran here in a process that is gone"
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(hours=2))
    assert background.rescue() == 2, "of another machine nothing was heard for too long"
    assert background.rescue(everything=True) == 1, "at the start of the only process nothing can be running"
