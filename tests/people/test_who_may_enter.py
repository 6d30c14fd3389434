"""Members, their roles, one-time links, tokens and keys: who comes in, how far, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from django.utils import timezone

from wellheard.core.models import Entry
from wellheard.people.access import Access, by_command, by_token, enter
from wellheard.people.keys import look_up
from wellheard.people.models import ApiToken, Member, Role, SignInLink, User, Workspace, WriteKey
from wellheard.people.services import workspaces
from wellheard.people.services.workspaces import Made


@pytest.fixture
def rival(db: None) -> Made:
    return workspaces.create_workspace("rival", "Rival")


def client_of(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def as_member(member: Member) -> Access:
    request = type("Request", (), {"user": member.user})()
    return enter(request, member.workspace.slug)


def test_an_owner_lets_somebody_in_by_a_link_that_works_once(as_owner: Client, workspace: Workspace) -> None:
    reply = as_owner.post("/w/acme/settings/members/add", {"email": " New@Acme.example ", "role": "editor"})
    link = reply.context["link"]
    assert link.startswith("http://testserver/enter/")
    path = link.removeprefix("http://testserver")
    fresh = Client()
    for _ in range(3):  # mail scanners look at every link
        assert fresh.get(path).status_code == 200
        assert fresh.get("/w/acme/").status_code == 302
    assert fresh.post(path).status_code == 302
    assert fresh.get("/w/acme/").status_code == 200
    member = Member.objects.get(user__email="new@acme.example")
    assert (member.role, member.workspace) == ("editor", workspace)
    assert Client().get(path).status_code == 410
    assert Client().post(path).status_code == 410
    assert Entry.objects.filter(verb="member.added", thing_id=member.pk).count() == 1


def test_a_link_ends_after_its_time_and_for_who_is_switched_off(owner: Member) -> None:
    path = workspaces.make_sign_in_link(owner.user)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(path).status_code == 410
    path = workspaces.make_sign_in_link(owner.user)
    User.objects.filter(pk=owner.user_id).update(is_active=False)
    assert Client().post(path).status_code == 410
    assert Client().get("/enter/made-up").status_code == 410


def test_only_a_links_digest_is_stored(owner: Member) -> None:
    secret = workspaces.make_sign_in_link(owner.user).removeprefix("/enter/")
    assert secret not in str(list(SignInLink.objects.values()))


def test_T14_adding_somebody_of_another_workspace_gives_no_way_into_theirs(
    as_owner: Client, rival: Made, owner: Member
) -> None:
    victim = workspaces.add_member(by_command(rival.workspace), "victim@rival.example", Role.OWNER)
    reply = as_owner.post(
        "/w/acme/settings/members/add", {"email": "victim@rival.example", "role": "viewer"}, follow=True
    )
    assert b"/enter/" not in reply.content
    assert not SignInLink.objects.exists()
    ours = Member.objects.get(user=victim.user, workspace=owner.workspace)
    reply = as_owner.post(f"/w/acme/settings/members/{ours.pk}/link", follow=True)
    assert b"/enter/" not in reply.content
    assert workspaces.invite_link(by_command(owner.workspace), victim) is None, "nor for a member of elsewhere"
    assert not SignInLink.objects.exists()
    own = as_owner.post(f"/w/acme/settings/members/{owner.pk}/link")
    assert b"/enter/" in own.content


def test_the_last_owner_stays_an_owner(as_owner: Client, owner: Member, access: Access) -> None:
    for press in ("role", "remove"):
        as_owner.post(f"/w/acme/settings/members/{owner.pk}/{press}", {"role": "viewer"})
        owner.refresh_from_db()
        assert owner.role == Role.OWNER
    second = workspaces.add_member(access, "second@acme.example", Role.OWNER)
    workspaces.change_role(access, owner, Role.EDITOR)
    with pytest.raises(ValueError, match="only owner"):
        workspaces.remove_member(access, second)


def test_a_changed_role_and_a_removal_count_at_the_next_request(access: Access, owner: Member, viewer: Member) -> None:
    client = client_of(viewer)
    assert client.get("/w/acme/listen/capture").status_code == 403
    workspaces.change_role(access, viewer, Role.CONTRIBUTOR)
    assert client.get("/w/acme/listen/capture").status_code == 200
    workspaces.remove_member(access, viewer)
    assert client.get("/w/acme/").status_code == 404


def test_somebody_is_a_member_once(access: Access, owner: Member) -> None:
    with pytest.raises(ValueError, match="already a member"):
        workspaces.add_member(access, "OLGA@acme.example", Role.VIEWER)
    with pytest.raises(ValueError, match="e-mail"):
        workspaces.add_member(access, "", Role.VIEWER)
    with pytest.raises(ValueError, match="121 characters"):
        workspaces.add_member(access, "long@acme.example", Role.VIEWER, "n" * 121)
    assert not User.objects.filter(email="long@acme.example").exists()


def test_a_stranger_learns_nothing_of_a_workspace(rival: Made, owner: Member) -> None:
    client = client_of(owner)
    assert client.get("/w/rival/").status_code == client.get("/w/nowhere/").status_code == 404
    with pytest.raises(Http404):
        enter(type("Request", (), {"user": owner.user})(), "rival")


def test_roles_hold_in_the_services_too(access: Access, owner: Member, viewer: Member) -> None:
    weak = as_member(viewer)
    for press in (
        lambda: workspaces.add_member(weak, "x@acme.example", Role.VIEWER),
        lambda: workspaces.change_role(weak, owner, Role.VIEWER),
        lambda: workspaces.remove_member(weak, owner),
        lambda: workspaces.make_token(weak, "t", Role.VIEWER),
        lambda: workspaces.make_write_key(weak, "k"),
        lambda: workspaces.invite_link(weak, owner),
    ):
        with pytest.raises(PermissionDenied):
            press()


def test_a_token_acts_with_its_role_until_it_is_revoked(access: Access, viewer: Member) -> None:
    made, secret = workspaces.make_token(access, "reports", Role.VIEWER)
    assert secret not in str(list(ApiToken.objects.values()))
    found = by_token(secret)
    assert found is not None
    assert (found.role, found.workspace, found.actor.kind) == (Role.VIEWER, access.workspace, "token")
    with pytest.raises(PermissionDenied):
        found.need(Role.CONTRIBUTOR)
    workspaces.revoke_token(access, made)
    assert by_token(secret) is None
    assert by_token("") is None


def test_nobody_makes_a_token_that_can_do_more_than_they_can(access: Access, owner: Member) -> None:
    editor = as_member(workspaces.add_member(access, "ed@acme.example", Role.EDITOR))
    workspaces.make_token(editor, "mine", Role.EDITOR)
    with pytest.raises(PermissionDenied):
        workspaces.make_token(editor, "more", Role.OWNER)
    reply = client_of(editor.member).post("/w/acme/settings/tokens/make", {"name": "more", "role": "owner"})  # type: ignore[arg-type]
    assert reply.status_code == 403


def test_a_revoked_write_key_opens_nothing(access: Access, made: Made) -> None:
    sender = look_up(made.write_key)
    assert sender is not None
    assert (sender.workspace, sender.time_zone) == (access.workspace.pk, "Europe/Berlin")
    workspaces.revoke_write_key(access, WriteKey.objects.get(key=made.write_key))
    assert look_up(made.write_key) is None
    assert look_up("") is None


@pytest.mark.parametrize("slug", ["", "Upper", "with space", "-x", "a/b", "x" * 60, "ümlaut"])
def test_a_workspace_needs_an_address_that_can_be_typed(db: None, slug: str) -> None:
    with pytest.raises(ValueError, match="cannot be part of an address"):
        workspaces.create_workspace(slug, "Name")


def test_two_workspaces_cannot_share_an_address(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="already a workspace"):
        workspaces.create_workspace("acme", "Other")
    with pytest.raises(ValueError, match="not a time zone"):
        workspaces.create_workspace("other", "Other", "Mars/Base")


def test_straight_in_with_one_workspace_and_a_choice_with_two(as_owner: Client, owner: Member, rival: Made) -> None:
    assert as_owner.get("/")["Location"] == "/w/acme/"
    Member.objects.create(workspace=rival.workspace, user=owner.user, role=Role.VIEWER)
    page = as_owner.get("/")
    assert page.status_code == 200
    assert b"/w/rival/" in page.content
    assert b"/w/acme/" in page.content
