"""Make a flag, change it, switch it off and on, archive it: each is kept, told and seen by the next question."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction

from wellheard.core.models import Entry
from wellheard.measure.flags import services, snapshot
from wellheard.measure.flags.conditions import Subject
from wellheard.measure.flags.definition import BadFlag
from wellheard.measure.flags.evaluate import evaluate
from wellheard.measure.flags.services import Plan, Stale
from wellheard.measure.models import Flag, FlagVersion
from wellheard.people.access import Access
from wellheard.people.models import Role
from wellheard.people.services import segments

ON = {"rules": [{"serve": "on"}]}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    snapshot.clear()


@pytest.fixture
def beta(access: Access) -> Flag:
    return services.make(access, Plan("beta", definition=ON, name="The new editor"))


def value(flag: Flag, who: str = "ann") -> Any:
    held = snapshot.of_workspace(flag.workspace).flags
    return evaluate(held[flag.key], Subject(who), held).value


def test_make_change_kill_revive(access: Access, beta: Flag) -> None:
    assert value(beta) is True
    services.kill(access, beta, reason="it crashes")
    assert value(beta) is False
    services.kill(access, beta)  # a second press changes nothing
    services.revive(access, beta)
    assert value(beta) is True
    services.change(access, beta, {"rules": [{"share": 0, "serve": "on"}]})
    assert value(beta) is False
    services.bring_back(access, beta, 1)
    assert value(beta) is True
    kept = FlagVersion.objects.filter(flag=beta).order_by("number")
    assert [(v.number, v.did) for v in kept] == [
        (1, "made"), (2, "killed"), (3, "revived"), (4, "changed"), (5, "changed"),
    ]  # fmt: skip
    assert kept[1].reason == "it crashes"
    verbs = Entry.objects.filter(thing="flag").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["flag.made", "flag.killed", "flag.revived", "flag.changed", "flag.changed"]


def test_archive_and_restore(access: Access, beta: Flag) -> None:
    services.archive(access, beta)
    assert "beta" not in snapshot.of_workspace(access.workspace).flags
    for write in (services.kill, services.revive, services.change):
        with pytest.raises(BadFlag, match="in the archive"):
            write(access, beta)
    with pytest.raises(BadFlag, match="already in the archive"):
        services.make(access, Plan("beta"))
    services.restore(access, beta)
    assert value(beta) is True


def test_two_people_change_it_at_once(access: Access, beta: Flag) -> None:
    services.change(access, beta, name="Editor", seen=1)
    with pytest.raises(Stale, match="version 2"):
        services.change(access, beta, name="Other", seen=1)
    assert Flag.objects.get(pk=beta.pk).name == "Editor"


def test_flags_that_need_each_other(access: Access, beta: Flag) -> None:
    need = {"needs": [{"flag": "beta", "variants": ["on"]}], **ON}
    editor = services.make(access, Plan("editor", definition=need))
    with pytest.raises(BadFlag, match="circle: beta → editor → beta"):
        services.change(access, beta, {"needs": [{"flag": "editor", "variants": ["on"]}]})
    with pytest.raises(BadFlag, match="needed by editor"):
        services.archive(access, beta)
    with pytest.raises(BadFlag, match="need itself"):
        services.change(access, beta, {"needs": [{"flag": "beta", "variants": ["on"]}]})
    with pytest.raises(BadFlag, match="no such flag"):
        services.make(access, Plan("x", definition={"needs": [{"flag": "nothing", "variants": ["on"]}]}))
    with pytest.raises(BadFlag, match="no variant “blue”"):
        services.make(access, Plan("x", definition={"needs": [{"flag": "beta", "variants": ["blue"]}]}))
    assert value(editor) is True
    services.kill(access, beta)
    assert value(editor) is False
    services.archive(access, editor)
    services.archive(access, beta)
    with pytest.raises(BadFlag, match="outside of the archive"):
        services.restore(access, editor)


def test_a_variant_that_is_needed_stays(access: Access) -> None:
    colours = [{"key": "red", "value": "#f00"}, {"key": "blue", "value": "#00f"}]
    colour = services.make(access, Plan("colour", "string", {"variants": colours}))
    services.make(access, Plan("x", definition={"needs": [{"flag": "colour", "variants": ["red"]}]}))
    with pytest.raises(BadFlag, match="“x” needs the variant “red”"):
        services.change(access, colour, {"variants": colours[1:]})


def test_no_chain_is_longer_than_ten(access: Access) -> None:
    services.make(access, Plan("f0"))
    for n in range(1, 11):
        services.make(access, Plan(f"f{n}", definition={"needs": [{"flag": f"f{n - 1}", "variants": ["on"]}]}))
    with pytest.raises(BadFlag, match="More than 10"):
        services.make(access, Plan("f11", definition={"needs": [{"flag": "f10", "variants": ["on"]}]}))


@pytest.mark.parametrize(
    ("plan", "says"),
    [(Plan("a b"), "The key"), (Plan(""), "The key"), (Plan(".."), "The key"), (Plan("x" * 101), "The key"),
     (Plan("x", kind="colour"), "no kind “colour”"), (Plan("x", algorithm="md5"), "no algorithm"),
     (Plan("x", unit="team"), "no unit"), (Plan("x", name="n" * 121), "120"),
     (Plan("x", definition={"rules": [{"serve": "on", "when": [{"what": "segment", "segment": 999}]}]}), "no segment")],
)  # fmt: skip
def test_what_cannot_be_made_says_why(access: Access, plan: Plan, says: str) -> None:
    with pytest.raises(BadFlag, match=says):
        services.make(access, plan)
    assert not Flag.objects.exists()


def test_t08_only_editors_change_flags(access: Access, beta: Flag) -> None:
    viewer = Access(access.workspace, access.actor, Role.CONTRIBUTOR)
    for write in (
        lambda: services.make(viewer, Plan("x")), lambda: services.change(viewer, beta, name="x"),
        lambda: services.kill(viewer, beta), lambda: services.revive(viewer, beta),
        lambda: services.archive(viewer, beta), lambda: services.restore(viewer, beta),
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            write()


def test_a_segment_that_a_flag_asks_for_stays(access: Access) -> None:
    made = segments.make_segment(access, "Payers", "accounts", {"match": "all", "of": [{"what": "pays"}]})
    rules = {"rules": [{"serve": "on", "when": [{"what": "segment", "segment": made.pk}]}]}
    services.make(access, Plan("beta", definition=rules))
    with pytest.raises(ValueError, match="flag “beta”"):
        segments.delete_segment(access, made)


def test_another_process_changed_it(access: Access, beta: Flag) -> None:
    held = snapshot.of_workspace(access.workspace)
    Flag.objects.filter(pk=beta.pk).update(version=2, definition={**beta.definition, "rules": []})
    assert snapshot.of(access.workspace.pk) is held  # not looked at again so soon
    snapshot._held[access.workspace.pk].look_at = 0.0
    assert value(beta) is False


def _gone(*args: Any) -> Any:
    raise OperationalError("server closed the connection unexpectedly")


def test_flags_are_answered_while_the_database_is_away(access: Access, beta: Flag) -> None:
    snapshot.of_workspace(access.workspace)
    with connection.execute_wrapper(_gone):
        snapshot.forget()
        held = snapshot.of(access.workspace.pk)
        assert held.stale
        assert evaluate(held.flags["beta"], Subject("ann")).value is True
        snapshot.clear()
        with pytest.raises(snapshot.Unknown):
            snapshot.of(access.workspace.pk)
    assert not snapshot.of_workspace(access.workspace).stale


def test_a_change_that_is_rolled_back_is_not_served(access: Access, beta: Flag) -> None:
    with transaction.atomic():
        services.change(access, beta, {"rules": []})
        transaction.set_rollback(True)
    assert value(beta) is True
