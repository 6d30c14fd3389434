"""serve, demo, worker, tick, init, migrate, backup, restore."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from wellheard import store
from wellheard.core import background, clock
from wellheard.people.models import Member, Role, Workspace
from wellheard.people.services.workspaces import create_workspace, make_sign_in_link

from .answer import Answer, FileHere, Refused, engine


def _migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def _port_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as e:
            raise Refused(f"Port {port} on {host} cannot be used ({e.strerror}). Choose another with --port.") from None


@contextmanager
def _alone(why: str) -> Iterator[None]:
    """Nobody else holds the data folder meanwhile. Only the lock is taken: a server is forked from this process,
    which must not have held the event engine."""
    with open(Path(settings.DATA) / "events.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(f"Another server holds the data folder {settings.DATA}. {why}") from None
        yield


def _startable(host: str, port: int) -> None:
    with _alone("Use it, or stop it first."):
        _port_free(host, port)


def _reachable(host: str) -> str:
    """Where commands on this machine find a server that listens everywhere."""
    return "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound


def _serve(host: str, port: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    os.environ["WELLHEARD_SERVING"] = f"http://{_reachable(host)}:{port}"
    if not os.environ.get("WELLHEARD_URL"):  # settings were read before the port was known
        settings.PUBLIC_URL = os.environ["WELLHEARD_SERVING"]
    Server(
        "wellheard.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.WEB_THREADS,
        backlog=1024,
        log_level=LogLevels.error,
        websockets=False,
        workers_kill_timeout=30,
    ).serve()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> Answer:
    """Serve web, background work and the clock in one process."""
    _migrate()
    if not Member.objects.filter(role=Role.OWNER).exists():
        raise Refused("Nobody owns this data folder yet, and there is no default password. Run: wellheard init")
    _startable(host, port)
    click.echo(f"Wellheard serves http://{host}:{port}  (Ctrl+C stops it)")
    _serve(host, port)
    return Answer({}, "Stopped.")


# Named here so that no sample is read before one is wanted; a test compares.
SAMPLES = ["tally", "seats", "freemium", "audience", "ecosystem", "school"]


def _load(sample: str, seed: int) -> Answer:
    if not Workspace.objects.filter(slug=sample).exists():
        from wellheard.sample.load import load
        from wellheard.sample.tally import simulate
        from wellheard.sample.ways import SCRIPTS, tell

        began = time.monotonic()
        click.echo(f"Simulating the sample product {sample} …")
        script = SCRIPTS.get(sample)
        world = tell(script, seed) if script else simulate(seed)
        load(world, engine(), sample, script.product if script else "Tally", say=click.echo)
        click.echo(f"Loaded in {time.monotonic() - began:.0f} s.")
    return Answer({"workspace": sample}, f"The sample workspace {sample} is ready.")


@click.command()
@click.option("--sample", default="tally", show_default=True, type=click.Choice(SAMPLES))
@click.option("--seed", default=7, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--only-load", is_flag=True, help="Load the sample and stop.")
def demo(sample: str, seed: int, host: str, port: int, only_load: bool) -> Answer:
    """Load a sample workspace (once) and serve it; prints the address and a sign-in link."""
    _migrate()
    if only_load:
        return _load(sample, seed)
    _startable(host, port)
    if not Workspace.objects.filter(slug=sample).exists():
        # In a process of its own: the server is forked from this one, which must not have held the event engine.
        command = [sys.executable, "-m", "wellheard", "demo", "--only-load", f"--sample={sample}", f"--seed={seed}"]
        if subprocess.run(command, check=False).returncode:
            raise Refused("The sample could not be loaded; see above.")
    owner = Member.objects.select_related("user").filter(workspace__slug=sample, role=Role.OWNER).first()
    if owner is None:
        raise Refused(
            f"The sample workspace {sample} has no owner. Run: wellheard member add EMAIL --workspace {sample}"
        )
    base = f"http://{host}:{port}"
    click.echo(f"\n  Wellheard      {base}")
    click.echo(f"  Sign in        {base}{make_sign_in_link(owner.user)}   (works once, for {owner.user.name})")
    click.echo(f"  Public portal  {base}/p/{sample}/")
    click.echo("  Stop           Ctrl+C\n")
    connection.close()
    _serve(host, port)
    return Answer({}, "Stopped.")


@click.command()
@click.option("--batch", is_flag=True, help="Run what is queued now and stop.")
def worker(batch: bool) -> Answer:
    """Run background work in a process of its own (for PostgreSQL; `serve` does it by itself)."""
    if batch:
        background.run_all()
        return Answer({}, "The queue is empty.")
    background.make_worker(0).run()
    return Answer({}, "Stopped.")


@click.command()
def tick() -> Answer:
    """Run the clock jobs that are due now."""
    engine()
    ran = clock.tick()
    background.run_all()
    return Answer({"ran": ran}, "\n".join(ran) or "Nothing was due.")


@click.command()
@click.option("--email", prompt="Your e-mail address")
@click.option("--name", default="", help="Your name.")
@click.option("--workspace", "slug", default="product", show_default=True, help="The first workspace's address.")
@click.option("--product", default="Our product", show_default=True, help="Its name.")
def init(email: str, name: str, slug: str, product: str) -> Answer:
    """Prepare a fresh data folder: the first workspace and its owner, who enters by a one-time link."""
    from wellheard.people.access import by_command
    from wellheard.people.services.workspaces import add_member

    _migrate()
    if Member.objects.filter(role=Role.OWNER).exclude(workspace__sample="tally").exists():
        raise Refused("There is an owner already. A new sign-in link: wellheard member link EMAIL")
    try:
        found = Workspace.objects.filter(slug=slug).first() or create_workspace(slug, product).workspace
        member = add_member(by_command(found), email, Role.OWNER, name)
    except ValueError as e:
        raise Refused(str(e)) from None
    link = f"{settings.PUBLIC_URL}{make_sign_in_link(member.user, 72)}"
    return Answer({"workspace": slug, "sign_in": link}, f"Made {slug}. Start: wellheard serve\nSign in (once): {link}")


@click.command()
def migrate() -> Answer:
    """Bring the database to this version's schema."""
    _migrate()
    return Answer({}, "The database is up to date.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> Answer:
    """Write the whole data folder into one .tar.gz (stop the server first; PostgreSQL is dumped with pg_dump)."""
    if file.exists():
        raise Refused(f"{file} exists already. Choose another name.")
    with _alone("Stop it first."):
        pass
    held = store.Store.open(settings.DATA, settings.EVENTS_URL, settings.EVENTS_MEMORY_MB)
    try:
        held.flush(600)
    finally:
        held.close()
    with _alone("It was started meanwhile; stop it and try again."), tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "database"
        _dump_database(dump)
        part = file.with_name(file.name + ".part")
        with tarfile.open(part, "w:gz") as archive:
            archive.add(dump, "database")
            for name in ("events", "spool", "uploads", "imports", "refused", "mail", "secret_key"):
                path = Path(settings.DATA) / name
                if path.exists():
                    archive.add(path, f"data/{name}")
        os.replace(part, file)
    return Answer({"file": str(file)}, f"Wrote {file} ({file.stat().st_size / 1e6:.1f} MB).")


def _dump_database(target: Path) -> None:
    db = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        with sqlite3.connect(db["NAME"]) as live, sqlite3.connect(target) as copy:
            live.backup(copy)
        return
    subprocess.run(["pg_dump", "--format=custom", f"--file={target}", *_pg(db)], check=True, env=_pg_env(db))


def _pg(db: dict[str, str]) -> list[str]:
    return [
        f"--host={db['HOST']}",
        f"--port={db['PORT'] or 5432}",
        f"--username={db['USER']}",
        f"--dbname={db['NAME']}",
    ]


def _pg_env(db: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": db["PASSWORD"]}


@click.command()
@click.argument("file", type=FileHere())
def restore(file: Path) -> Answer:
    """Fill an empty data folder from a backup."""
    data = Path(settings.DATA)
    db = settings.DATABASES["default"]
    if (data / "events").exists() or (connection.vendor == "sqlite" and Path(db["NAME"]).exists()):
        raise Refused(f"{data} is not empty. Restore into a fresh folder: WELLHEARD_DATA=… wellheard restore {file}")
    if connection.vendor != "sqlite" and connection.introspection.table_names():
        raise Refused(f"The database {db['NAME']} is not empty. Restore into a fresh one: DATABASE_URL=postgres://…")
    with _alone("Stop it first."), tempfile.TemporaryDirectory(dir=data) as folder:
        dump = Path(folder) / "database"
        try:
            with tarfile.open(file) as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError, EOFError) as e:
            raise Refused(f"{file.name} is not a whole backup ({e}).") from None
        if not dump.exists():
            raise Refused(f"{file.name} is not a backup of Wellheard: there is no database in it.")
        for path in (Path(folder) / "data").iterdir():
            target = data / path.name
            if target.exists():
                target.unlink() if target.is_file() else shutil.rmtree(target)
            shutil.move(path, target)
        if connection.vendor == "sqlite":
            shutil.move(dump, db["NAME"])
        else:
            subprocess.run(["pg_restore", "--no-owner", *_pg(db), str(dump)], check=True, env=_pg_env(db))
    _migrate()
    return Answer({}, f"Restored into {data}.")


COMMANDS = [serve, demo, worker, tick, init, migrate, backup, restore]
if sys.platform == "win32":  # pragma: no cover
    raise SystemExit("Wellheard runs on Linux and macOS.")
