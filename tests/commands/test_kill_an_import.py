"""The server is killed while it stores a file, and started again: nothing twice, nothing lost."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.commands.shell import Shell

ROWS = 12_000
QUEUE = """
import django, sys; django.setup()
from pathlib import Path
from wellheard.listen.services import imports
from wellheard.listen.tasks import store_import
from wellheard.people.access import by_command
from wellheard.people.models import Workspace
job = imports.start_import(by_command(Workspace.objects.get()), "voices", Path(sys.argv[1]), {}, "file")
store_import.enqueue(job.pk)
"""


def job(shell: Shell) -> dict[str, Any]:
    with sqlite3.connect(f"file:{shell.data / 'wellheard.sqlite3'}?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        found = dict(db.execute("SELECT * FROM listen_import").fetchone())
        found["voices"] = db.execute("SELECT count(*) FROM listen_voice").fetchone()[0]
        found["people"] = db.execute("SELECT count(*) FROM people_person").fetchone()[0]
        return found


def until(shell: Shell, wanted: Any, seconds: float = 120) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while not wanted(found := job(shell)):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def test_a_file_that_is_being_stored_survives_two_kills(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.init()
    path = tmp_path / "said.csv"
    with path.open("w") as out:
        out.write("id,text,author,account\n")
        for n in range(ROWS):
            out.write(f"{n},{'' if n % 100 == 7 else f'voice {n}'},u{n % 900},a{n % 70}\n")
    environment = {**shell.environment, "DJANGO_SETTINGS_MODULE": "wellheard.settings"}
    subprocess.run([sys.executable, "-c", QUEUE, str(path)], check=True, env=environment, timeout=60)
    reached = 0
    for _ in range(2):
        with shell.serving() as server:
            found = until(shell, lambda j, so_far=reached: j["read"] > so_far or j["state"] == "done")
            server.kill(9)
        reached = found["read"]
    assert job(shell)["state"] == "running", "it was killed in the middle"
    with shell.serving() as server:
        found = until(shell, lambda j: j["state"] in ("done", "failed"))
        server.kill(15)
    bad = ROWS // 100
    assert (found["state"], found["read"], found["stored"], found["refused"]) == ("done", ROWS, ROWS - bad, bad)
    assert found["voices"] == ROWS - bad
    assert found["people"] == 891, "the rows of the other nine hold no words"
    with open(found["refused_path"], newline="") as file:
        lines = [int(row["line"]) for row in csv.DictReader(file)]
    assert lines == [n + 2 for n in range(ROWS) if n % 100 == 7]
