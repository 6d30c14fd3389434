"""Asking a language model for the name of a theme: only where an owner allowed it, and on a member's press."""

from __future__ import annotations

from wellheard.core import journal, ratelimit
from wellheard.people.access import Access
from wellheard.people.models import Role, Workspace

from .. import writing_model
from ..models import Meaning, Theme
from ..writing_model import QUOTES, Proposal, Unavailable

__all__ = ["QUOTES", "may_ask", "propose"]


def may_ask(workspace: Workspace) -> str:
    """The host that would be asked; empty when the server names none or no owner allowed it."""
    allowed = Meaning.objects.filter(workspace=workspace, uses_model=True).exists()
    return writing_model.host() if allowed else ""


def propose(access: Access, theme: Theme) -> Proposal:
    """A name and a summary of the theme's most central voices. The journal says that they were sent, and where."""
    access.need(Role.EDITOR)
    host = may_ask(access.workspace)
    if not host:
        raise Unavailable("No language model may be asked here. An owner can allow it in the settings.")
    if not ratelimit.allow("model", str(access.workspace.pk), most=20, seconds=3600):
        raise Unavailable("That was asked twenty times within an hour. Try again later.")
    quotes = list(theme.members.order_by("rank").values_list("voice__text", flat=True)[:QUOTES])
    with journal.record(access.actor, "model.asked") as entry:
        entry.about(theme, host=host, quotes=len(quotes))
    return writing_model.propose(quotes)
