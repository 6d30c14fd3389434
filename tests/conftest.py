"""Fixtures that many tests share: a data folder of its own, a workspace with its team, people in accounts."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path

# Before Django reads its settings: each test process works in a folder of its own.
os.environ["WELLHEARD_DATA"] = tempfile.mkdtemp(prefix="wellheard-test-")
os.environ["WELLHEARD_URL"] = "http://testserver"
# Several test processes share the cores: one thread each for linear algebra is faster than all of them for each.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["WELLHEARD_MAIL_PER_MINUTE"] = "100000"

import pytest
from django.conf import settings
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.test import Client

from tests.engine import *  # noqa: F403 - the event store's fixture
from tests.listen.files import Files
from wellheard.people.access import Access, by_command
from wellheard.people.models import Account, Member, Person, Relation, Role, Workspace
from wellheard.people.services import workspaces
from wellheard.people.services.workspaces import Made


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, as in service: threads of one test then wait for each other as requests do."""
    from django.conf import settings

    held = settings.DATABASES["default"]
    if held["ENGINE"].endswith("sqlite3"):
        held.setdefault("TEST", {})["NAME"] = str(settings.DATA / f"test-{os.getpid()}.sqlite3")


# The settings were read before this file was: what they took from elsewhere is put right.
settings.DATA, settings.PUBLIC_URL = Path(os.environ["WELLHEARD_DATA"]), os.environ["WELLHEARD_URL"]
settings.EMAIL_FILE_PATH, settings.MEDIA_ROOT = str(settings.DATA / "mail"), settings.DATA / "uploads"

_numbers = itertools.count(1)


@receiver(pre_save, sender=Workspace)
def _number_of_its_own(instance: Workspace, **kwargs: object) -> None:
    """The database starts counting anew with each test, the event store does not: without this, tests would see
    each other's events."""
    if instance.pk is None:
        instance.pk = next(_numbers)


@pytest.fixture
def made(db: None) -> Made:
    """A fresh workspace with its secrets."""
    return workspaces.create_workspace("acme", "Acme Reports", "Europe/Berlin")


@pytest.fixture
def workspace(made: Made) -> Workspace:
    return made.workspace


@pytest.fixture
def access(workspace: Workspace) -> Access:
    """An owner's access, as on the command line."""
    return by_command(workspace)


@pytest.fixture
def owner(access: Access) -> Member:
    return workspaces.add_member(access, "olga@acme.example", Role.OWNER, "Olga Owner", "Product manager")


@pytest.fixture
def viewer(access: Access) -> Member:
    return workspaces.add_member(access, "vera@acme.example", Role.VIEWER, "Vera Viewer")


@pytest.fixture
def as_owner(owner: Member) -> Client:
    client = Client()
    client.force_login(owner.user)
    return client


@pytest.fixture
def as_viewer(viewer: Member) -> Client:
    client = Client()
    client.force_login(viewer.user)
    return client


class Town:
    """A few people in two paying accounts and a free one."""

    def __init__(self, workspace: Workspace) -> None:
        from datetime import date

        from wellheard.people.models import Revenue

        self.workspace = workspace
        make = Account.objects.create
        self.lind = make(workspace=workspace, external_id="lind", name="Bäckerei Lind", plan="growth", state="active")
        self.fjord = make(workspace=workspace, external_id="fjord", name="Fjord Cycles", plan="scale", state="active")
        self.free = make(workspace=workspace, external_id="free", name="Tiny Tea", plan="free", state="trial")
        for account, cents in ((self.lind, 4900), (self.fjord, 29900)):
            Revenue.objects.create(
                workspace=workspace, account=account, cents=cents, currency="EUR", since=date(2026, 1, 1)
            )
        self.ann = self.person("ann", "Ann Assistant", self.lind, uses=True)
        self.otto = self.person("otto", "Otto Owner", self.lind, buys=True)
        self.nora = self.person("nora", "Nora Both", self.fjord, uses=True, buys=True)
        self.tim = self.person("tim", "Tim Tea", self.free, uses=True)

    def person(self, key: str, name: str, account: Account, **roles: bool) -> Person:
        person = Person.objects.create(
            workspace=self.workspace, external_id=key, email=f"{key}@shop.example", name=name, language="en"
        )
        Relation.objects.create(workspace=self.workspace, person=person, account=account, **roles)
        return person


@pytest.fixture
def town(workspace: Workspace) -> Town:
    return Town(workspace)


@pytest.fixture
def files(access: Access, tmp_path: Path) -> Files:
    """Bring files into the workspace."""
    return Files(tmp_path, access)
