"""Zendesk: tickets with their public comments; from JSON, from CSV tables joined by ids, or by webhook."""

from __future__ import annotations

from ..base import Source, Switch
from .export import fits, read
from .hook import HOOK

SOURCE = Source(
    name="zendesk",
    label="Zendesk",
    about="A ticket is a voice of its requester; each later public comment of a customer is one in the same thread.",
    channel="support",
    recipe=(
        "Admin Center → Account → Tools → Reports → Export, as JSON; or the API: /api/v2/incremental/tickets/cursor.json.",
        "Beside the tickets add the files of users, organizations and comments (JSON or CSV) if you have them: choose them "
        "together or as one zip. They are joined by their ids.",
        "Internal notes, internal tickets, deleted tickets and what agents wrote are left out unless you say otherwise.",
    ),
    accept=".json,.jsonl,.ndjson,.csv,.gz,.zip",
    read=read,
    fits=fits,
    switches=(
        Switch("internal", "Take in internal notes and internal tickets too"),
        Switch("agents", "Take in what agents wrote too"),
        Switch("no_comments", "Tickets only, without the comments"),
    ),
    lasting=True,
    hook=HOOK,
)
