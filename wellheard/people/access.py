"""Fetching a thing authorises it. Views and the API get workspaces and things from here and from nowhere else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest

from wellheard.core.journal import Actor

from .models import ApiToken, Member, Role, Workspace

M = TypeVar("M", bound=Model)


def digest(secret: str) -> str:
    """What is stored instead of a random secret of ours (256 bits, so a plain hash is enough)."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody's right to act in one workspace."""

    workspace: Workspace
    actor: Actor
    role: Role
    member: Member | None = None

    def may(self, role: Role) -> bool:
        return self.role.rank >= role.rank

    @property
    def may_contribute(self) -> bool:
        return self.may(Role.CONTRIBUTOR)

    @property
    def may_edit(self) -> bool:
        return self.may(Role.EDITOR)

    @property
    def may_own(self) -> bool:
        return self.may(Role.OWNER)

    def need(self, role: Role) -> None:
        if not self.may(role):
            raise PermissionDenied(f"This needs the role {role.label.lower()}; yours is {self.role.label.lower()}.")

    def get(self, model: type[M], pk: int | str, *related: str) -> M:
        """The thing with this number in this workspace, or Http404: another tenant's thing does not exist here."""
        whole = 0 <= pk < 2**63 if isinstance(pk, int) else pk.isascii() and pk.isdecimal() and len(pk) < 19
        rows = model._default_manager.filter(workspace=self.workspace).select_related(*related)
        found = rows.filter(pk=pk).first() if whole else None
        if found is None:
            raise Http404(f"No {model._meta.verbose_name} with the number {str(pk)[:20]} in {self.workspace.name}.")
        return found


def enter(request: HttpRequest, slug: str, need: Role = Role.VIEWER) -> Access:
    """The signed-in member's access to a workspace. Strangers get 404, members without the role 403."""
    user = request.user
    member = None
    if user.is_authenticated:
        member = Member.objects.select_related("workspace", "user").filter(workspace__slug=slug, user=user.pk).first()
    if member is None:
        raise Http404("No such workspace, or you are not a member of it.")
    access = Access(
        member.workspace, Actor(member.workspace_id, "member", member.pk, str(member)), Role(member.role), member
    )
    access.need(need)
    return access


def by_token(secret: str) -> Access | None:
    """The access of an API token, or None when it is unknown or revoked."""
    found = (
        ApiToken.objects.select_related("workspace").filter(digest=digest(secret), revoked_at=None).first()
        if secret
        else None
    )
    if found is None:
        return None
    return Access(found.workspace, Actor(found.workspace_id, "token", found.pk, found.name), Role(found.role))


def by_command(workspace: Workspace) -> Access:
    """Whoever runs the command line on the machine holds the data folder: an owner."""
    return Access(workspace, Actor(workspace.pk, "command", None, "command line"), Role.OWNER)
