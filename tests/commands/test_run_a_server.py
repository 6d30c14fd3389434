"""A data folder of one's own: made, served, worked with while it is served, backed up and brought back."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.commands.shell import Shell
from tests.listen.files import text_of

EVENTS = text_of(
    ["id", "person", "account", "event", "timestamp"],
    [[n, f"p{n % 7}", f"a{n % 3}", "Opened", f"2026-03-{1 + n % 20:02} 10:00"] for n in range(200)],
)
VOICES = text_of(["id", "text", "author"], [[n, f"dark mode {n}", f"p{n % 7}"] for n in range(30)])
COUNT = ("ask", "count", "--event", "Opened", "--from", "2026-03-01", "--to", "2026-03-31", "--workspace", "acme")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("served"))


def test_a_fresh_folder_says_what_to_do_first(shell: Shell) -> None:
    said = shell("ask", "count", "--workspace", "acme")
    assert (said.code, "Traceback" in said.err) == (1, False), said
    said = shell("serve", "--port", str(shell.port))
    assert (said.code, "wellheard init" in said.err) == (1, True), "nobody can sign in: there is no default password"
    made = shell.json("workspace", "create", "acme", "--name", "Acme", "--time-zone", "Europe/Berlin")
    assert set(made) == {"slug", "write_key", "secret_key", "api_token"}
    assert shell("serve", "--port", str(shell.port)).code == 1, "a workspace alone is no owner"
    said = shell("init", "--email", "olga@acme.example", "--workspace", "acme")
    assert said.code == 0
    assert "/enter/" in said.out
    assert shell("init", "--email", "eve@acme.example").code == 1, "there is an owner already"


def test_work_goes_on_while_a_server_runs_and_a_backup_gives_the_same_answers(shell: Shell, tmp_path: Path) -> None:
    (shell.folder / "events.csv").write_text(EVENTS)
    (shell.folder / "voices.csv").write_text(VOICES)
    with shell.serving() as server:
        there = ["--workspace", "acme"]
        found = shell.json("import", "events", "events.csv", *there)
        assert (found["read"], found["stored"], found["refused_file"]) == (200, 200, None)
        assert shell.json("import", "voices", "voices.csv", *there)["stored"] == 30
        answer = shell.json(*COUNT)
        assert answer == {"count": 200, "people": 7, "accounts": 3}
        voices = shell.json("themes", *there)
        wrong = shell("import", "events", "nowhere.csv", *there)
        assert (wrong.code, "nowhere.csv" in wrong.err) == (1, True)
        busy = shell("backup", str(tmp_path / "busy.tar.gz"))
        assert (busy.code, "Stop it first" in busy.err) == (1, True)
        assert shell("demo", "--port", "0").code == 1, "two servers never share a folder"
        server.kill(15)
    assert shell.json(*COUNT) == answer, "without a server too"
    (shell.data / "mail").mkdir(exist_ok=True)
    (shell.data / "mail" / "sent.eml").write_text("Sent once")
    archive = tmp_path / "wellheard.tar.gz"
    assert shell("backup", str(archive)).code == 0
    assert shell("backup", str(archive)).code == 1, "an older backup is never overwritten"
    fresh = Shell(tmp_path / "fresh")
    assert fresh("restore", str(archive)).code == 0
    assert fresh.json(*COUNT) == answer
    assert fresh.json("themes", *there) == voices
    assert (fresh.data / "mail" / "sent.eml").exists(), "what was sent is not sent again"
    assert (fresh.data / "secret_key").read_text() == (shell.data / "secret_key").read_text()
    assert fresh("restore", str(archive)).code == 1, "never over a folder that holds something"


@pytest.mark.parametrize("damage", ["no archive", "cut", "foreign"])
def test_what_is_no_backup_is_refused_in_words(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "x.tar.gz"
    if damage == "no archive":
        file.write_text("hello")
    else:
        (tmp_path / "stray").write_bytes(bytes(range(256)) * 4000)
        with tarfile.open(file, "w:gz") as archive:
            archive.add(tmp_path / "stray", "stray")
        if damage == "cut":
            file.write_bytes(file.read_bytes()[:200])
    said = Shell(tmp_path / "shell")("restore", str(file))
    assert (said.code, "Traceback" in said.err) == (1, False), said
    assert "backup" in said.err
