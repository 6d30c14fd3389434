"""What a member notes from another system, such as Slack's /heard: their words there, answered in words."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.urls import reverse

from wellheard.core import journal
from wellheard.people.access import Access
from wellheard.people.models import Role

from .. import sources
from ..models import Channel, Connection, Voice
from ..sources.base import Noted
from . import connections, voices

HELP = "Write what they said and who: /heard Exports are slow @ann@shop.example"


def note(connection: Connection, noted: Noted) -> str:
    """What to answer. Only a member who has said who they are there can note something."""
    workspace = connection.workspace
    member = connections.member_at(workspace.pk, connection.source, noted.by)
    if member is None:
        page = f"{settings.PUBLIC_URL}{reverse('sources', args=[workspace.slug])}"
        label = sources.named(connection.source).label
        return (
            f"Wellheard does not know who of the team you are. Open {page} and enter your {label} id there: {noted.by}"
        )
    if not noted.text or noted.text.lower() in ("help", "?"):
        return HELP
    key = f"command:{noted.key}" if noted.key else None
    held = Voice.objects.filter(workspace=workspace, source=connection.source, source_id=key).first() if key else None
    actor = journal.Actor(workspace.pk, "member", member.pk, str(member))
    try:
        voice = held or voices.capture(
            Access(workspace, actor, Role(member.role), member),
            noted.text,
            who=noted.who,
            channel=Channel.CHAT,
            relayed=True,
            source=connection.source,
            source_id=key,
        )
    except PermissionDenied:
        return "Your role may not note voices. Ask an owner of the workspace."
    except ValueError as e:
        return f"Not noted: {e}"
    except IntegrityError:  # the same press, sent twice at once: the other one noted it
        return "Noted."
    where = f"{settings.PUBLIC_URL}{reverse('voice', args=[workspace.slug, voice.pk])}"
    by = f"by {voice.author}" if voice.author else "by nobody yet: say who on its page"
    return f"Noted, {by}. {where}"
