"""Making a workspace and letting people into it."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.utils import timezone

from wellheard.core import clean, journal
from wellheard.people.access import Access, digest
from wellheard.people.models import ApiToken, Earns, Member, Role, SignInLink, User, Workspace, WriteKey, token

from . import owners


class Made(NamedTuple):
    """A new workspace and its secrets; the secret key and the token are shown once."""

    workspace: Workspace
    write_key: str
    secret_key: str
    api_token: str


def check_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone. Write one such as Europe/Berlin.")
    return ZoneInfo(name).key


def check_earns(way: str) -> str:
    if way not in Earns.values:
        known = ", ".join(v for v in Earns.values if v)
        raise ValueError(f"{way[:40]!r} is not a way of earning. Known: {known}.")
    return way


def say_how_it_earns(access: Access, way: str) -> None:
    """What the home then shows; empty for none of the ways known."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "workspace.earning_said") as entry:
        entry.about(access.workspace, before=access.workspace.earns, after=way)
        access.workspace.earns = check_earns(way)
        access.workspace.save(update_fields=["earns"])


def create_workspace(
    slug: str,
    name: str,
    time_zone: str = "UTC",
    currency: str = "EUR",
    sample: str = "",
    by: str = "command line",
    earns: str = "",
) -> Made:
    """Raises ValueError when the slug is taken or not made of small letters, digits and hyphens."""
    slug = slug.strip()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,58}", slug):
        raise ValueError(f"{slug!r} cannot be part of an address. Use small letters, digits and hyphens.")
    if Workspace.objects.filter(slug=slug).exists():
        raise ValueError(f"There is already a workspace {slug!r}.")
    with transaction.atomic():
        workspace = Workspace.objects.create(
            slug=slug,
            name=clean.text(name, 120, "The name") or slug,
            time_zone=check_time_zone(time_zone),
            currency=clean.currency(currency, "EUR"),
            sample=sample,
            earns=check_earns(earns),
        )
        key, api = f"wk_{secrets.token_urlsafe(24)}", f"wh_{secrets.token_urlsafe(32)}"
        with journal.record(journal.Actor(workspace.pk, "command", None, by), "workspace.created") as entry:
            WriteKey.objects.create(workspace=workspace, key=key)
            ApiToken.objects.create(
                workspace=workspace, name="first token", digest=digest(api), hint=api[:8], role=Role.OWNER
            )
            entry.about(workspace, slug=slug, name=workspace.name)
    return Made(workspace, key, workspace.secret_key, api)


def add_member(access: Access, email: str, role: Role, name: str = "", title: str = "") -> Member:
    """Let somebody in. Who has no account here yet gets one without a password, to enter by a one-time link."""
    access.need(Role.OWNER)
    address = clean.email(email)
    if not address:
        raise ValueError("A member needs an e-mail address.")
    with journal.record(access.actor, "member.added") as entry:
        named = clean.text(name, 120, "The name")
        user = User.objects.filter(email=address).first() or User.objects.create_user(address, None, name=named)
        if Member.objects.filter(workspace=access.workspace, user=user).exists():
            raise ValueError(f"{address} is already a member.")
        member = Member.objects.create(
            workspace=access.workspace, user=user, role=role, title=clean.text(title, 80, "The title")
        )
        entry.about(member, role=role.value, accounts=owners.recognise(member))
    return member


def change_role(access: Access, member: Member, role: Role) -> None:
    """The last owner stays an owner, else nobody could let anybody in."""
    access.need(Role.OWNER)
    with journal.record(access.actor, "member.role_changed") as entry:
        _keep_an_owner(access, member, leaves=role != Role.OWNER)
        entry.about(member, before=member.role, after=role.value)
        Member.objects.filter(pk=member.pk).update(role=role)
    member.role = role


def remove_member(access: Access, member: Member) -> None:
    access.need(Role.OWNER)
    with journal.record(access.actor, "member.removed") as entry:
        _keep_an_owner(access, member, leaves=True)
        entry.about(member, user=str(member), accounts=owners.leaves(member))
        member.delete()


def _keep_an_owner(access: Access, member: Member, leaves: bool) -> None:
    owners = Member.objects.select_for_update().filter(workspace=access.workspace, role=Role.OWNER)
    if leaves and [m.pk for m in owners] == [member.pk]:
        raise ValueError("This is the only owner. Make somebody else an owner first.")


def invite_link(access: Access, member: Member) -> str | None:
    """A one-time link for a member to be handed on by an owner; None when it would open more than this workspace.

    A link signs in everywhere its user belongs. So nobody gets one for a person of another workspace, else adding
    an address to one's own workspace would be a way into theirs.
    """
    access.need(Role.OWNER)
    if member.workspace_id != access.workspace.pk:
        return None
    oneself = access.member is not None and access.member.user_id == member.user_id
    elsewhere = Member.objects.filter(user=member.user_id).exclude(workspace=access.workspace).exists()
    return None if elsewhere and not oneself else make_sign_in_link(member.user, 72)


def make_sign_in_link(user: User, hours: float = 24) -> str:
    """The path of a one-time link. Opening it shows a button; pressing the button signs in."""
    secret = token()
    SignInLink.objects.create(user=user, digest=digest(secret), expires_at=timezone.now() + timedelta(hours=hours))
    return f"/enter/{secret}"


def open_link(secret: str) -> SignInLink | None:
    """The link if it can still be used."""
    return (
        SignInLink.objects.select_related("user")
        .filter(digest=digest(secret), used_at=None, expires_at__gt=timezone.now(), user__is_active=True)
        .first()
    )


def use_link(secret: str) -> User | None:
    """Spend the link; of two who try at once one gets the user, the other None."""
    link = open_link(secret)
    if link is None or not SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=timezone.now()):
        return None
    return link.user


def make_token(access: Access, name: str, role: Role) -> tuple[ApiToken, str]:
    """A new API token and its secret, which is shown only now. It cannot do more than its maker."""
    access.need(role)
    access.need(Role.EDITOR)
    secret = f"wh_{secrets.token_urlsafe(32)}"
    with journal.record(access.actor, "token.made") as entry:
        made = ApiToken.objects.create(
            workspace=access.workspace,
            name=clean.text(name, 80, "The name") or "token",
            digest=digest(secret),
            hint=secret[:8],
            role=role,
        )
        entry.about(made, role=role.value)
    return made, secret


def revoke_token(access: Access, found: ApiToken) -> None:
    access.need(Role.OWNER)
    with journal.record(access.actor, "token.revoked") as entry:
        ApiToken.objects.filter(pk=found.pk, revoked_at=None).update(revoked_at=timezone.now())
        entry.about(found)


def make_write_key(access: Access, name: str) -> WriteKey:
    access.need(Role.EDITOR)
    with journal.record(access.actor, "write_key.made") as entry:
        made = WriteKey.objects.create(
            workspace=access.workspace,
            name=clean.text(name, 80, "The name") or "key",
            key=f"wk_{secrets.token_urlsafe(24)}",
        )
        entry.about(made, name=made.name)
    return made


def revoke_write_key(access: Access, key: WriteKey) -> None:
    access.need(Role.OWNER)
    with journal.record(access.actor, "write_key.revoked") as entry:
        WriteKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
        entry.about(key, name=key.name)
