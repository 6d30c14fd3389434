"""The command line as people type it: a process of its own, in a data folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Shell:
    """`shell("import", "voices", "x.csv")` runs `wellheard import voices x.csv`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        held = {k: v for k, v in os.environ.items() if not k.startswith(("WELLHEARD_", "DATABASE_URL", "EVENTS_"))}
        self.environment = {**held, "WELLHEARD_DATA": str(self.data), "WELLHEARD_CLOCK_SECONDS": "0.2", **environment}
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "wellheard", *words], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def __call__(self, *words: str) -> Said:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        return Said(process.returncode, out, err)

    def json(self, *words: str) -> Any:
        said = self(*words, "--json")
        assert said.code == 0, said
        return said.json

    def init(self) -> Any:
        """A folder with the workspace acme and an owner; returns its keys."""
        made = self.json("workspace", "create", "acme", "--name", "Acme")
        self.json("member", "add", "olga@acme.example", "--workspace", "acme", "--role", "owner")
        return made

    @contextlib.contextmanager
    def serving(self) -> Iterator[Server]:
        server = Server(self)
        try:
            server.wait()
            yield server
        finally:
            server.kill()


class Server:
    """A running `wellheard serve`."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.log = (shell.folder / "serve.log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wellheard", "serve", "--port", str(shell.port)],
            cwd=shell.folder, env=shell.environment, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def wait(self, seconds: float = 60) -> float:
        """Returns how long the first answer took."""
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            assert self.process.poll() is None, Path(self.log.name).read_text()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.shell.url}/-/health", timeout=1).status_code == 200:
                    return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(f"no answer: {Path(self.log.name).read_text()}")

    def family(self) -> list[int]:
        """The processes of this server that live."""
        found = [self.process.pid] if self.process.poll() is None else []
        for pid in self.children:
            if alive(pid):
                found.append(pid)
        return found

    @property
    def children(self) -> list[int]:
        listed = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        self._seen = sorted({*getattr(self, "_seen", []), *map(int, listed)})
        return self._seen

    def kill(self, sig: int = signal.SIGKILL) -> None:
        if self.process.poll() is None:
            self.children  # noqa: B018 - remembered, for they cannot be listed by a dead parent
            self.process.send_signal(sig)
            self.process.wait(40)
        end = time.monotonic() + 5
        while self.family() and time.monotonic() < end:
            time.sleep(0.02)
        self.log.close()


def alive(pid: int) -> bool:
    """Whether any thread of it lives: the first may be gone while others still let go of files and ports."""
    try:
        states = [
            (task / "stat").read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{pid}/task").iterdir()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return any(state not in "ZX" for state in states)
