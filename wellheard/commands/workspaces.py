"""workspace create/list, member add/link/list."""

from __future__ import annotations

import click

from wellheard.people.models import Member, Role, User, Workspace
from wellheard.people.services import workspaces

from .answer import Answer, Refused, public_url, table, workspace_access

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def workspace() -> None:
    """Workspaces: one product and its team each."""


@workspace.command()
@click.argument("slug")
@click.option("--name", default="")
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--currency", default="EUR", show_default=True)
@click.option("--earns", default="", help="How it earns: seats, freemium, audience, ecosystem or school.")
@JSON
def create(slug: str, name: str, time_zone: str, currency: str, earns: str, as_json: bool) -> Answer:
    """Make a workspace; its keys are shown once."""
    from .running_commands import _migrate

    _migrate()
    try:
        made = workspaces.create_workspace(slug, name, time_zone, currency, earns=earns)
    except ValueError as e:
        raise Refused(str(e)) from None
    data = {"slug": slug, "write_key": made.write_key, "secret_key": made.secret_key, "api_token": made.api_token}
    lines = "\n".join(f"  {k.replace('_', ' '):<11}{v}" for k, v in data.items())
    return Answer(data, f"Made the workspace {slug}. Keep these, they are shown once:\n{lines}")


@workspace.command("list")
@JSON
def list_(as_json: bool) -> Answer:
    """All workspaces of this data folder."""
    rows = [
        {"slug": w.slug, "name": w.name, "time_zone": w.time_zone, "currency": w.currency}
        for w in Workspace.objects.order_by("slug")
    ]
    return Answer(
        {"workspaces": rows},
        table(["slug", "name", "time zone"], [(r["slug"], r["name"], r["time_zone"]) for r in rows]),
    )


@workspace.command()
@click.argument("way")
@click.option("--workspace", "slug", required=True)
@JSON
def earns(way: str, slug: str, as_json: bool) -> Answer:
    """Say how it earns: seats, freemium, audience, ecosystem, school, or none."""
    access = workspace_access(slug)
    try:
        workspaces.say_how_it_earns(access, "" if way == "none" else way)
    except ValueError as e:
        raise Refused(str(e)) from None
    return Answer({"workspace": slug, "earns": access.workspace.earns}, f"{slug} earns by {way} now.")


@click.group()
def member() -> None:
    """The team: who may sign in."""


@member.command()
@click.argument("email")
@click.option("--workspace", "slug", required=True)
@click.option("--role", type=click.Choice(Role.values), default=Role.EDITOR.value, show_default=True)
@click.option("--name", default="")
@JSON
def add(email: str, slug: str, role: str, name: str, as_json: bool) -> Answer:
    """Let somebody in; prints the one-time link to give them."""
    access = workspace_access(slug)
    try:
        made = workspaces.add_member(access, email, Role(role), name)
    except ValueError as e:
        raise Refused(str(e)) from None
    link = f"{public_url()}{workspaces.make_sign_in_link(made.user, 72)}"
    return Answer(
        {"email": made.user.email, "role": role, "sign_in": link},
        f"{made.user.email} is {role} of {slug}.\nSign in (once): {link}",
    )


@member.command()
@click.argument("email")
@JSON
def link(email: str, as_json: bool) -> Answer:
    """A new one-time sign-in link for a member."""
    user = User.objects.filter(email=email.strip().lower(), memberships__isnull=False).first()
    if user is None:
        raise Refused(f"{email} is not a member of any workspace.")
    url = f"{public_url()}{workspaces.make_sign_in_link(user)}"
    return Answer({"sign_in": url}, url)


@member.command("list")
@click.option("--workspace", "slug", required=True)
@JSON
def members(slug: str, as_json: bool) -> Answer:
    """Everybody of one workspace."""
    access = workspace_access(slug)
    rows = [
        {"email": m.user.email, "name": m.user.name, "role": m.role}
        for m in Member.objects.select_related("user").filter(workspace=access.workspace).order_by("pk")
    ]
    return Answer({"members": rows}, table(["e-mail", "name", "role"], [tuple(r.values()) for r in rows]))


COMMANDS = [workspace, member]
