"""Slack: a workspace's export, and channels listened to as people write; `/heard` notes what a customer said."""

from __future__ import annotations

from ..base import Source, Switch
from .export import fits, read
from .hook import HOOK

SOURCE = Source(
    name="slack",
    label="Slack",
    about="Each message of a channel is a voice of who wrote it. Bots, joins and edits are left out.",
    channel="chat",
    recipe=(
        "Slack → Settings → Import/export data → Export. Choose the days, wait for the mail, fetch the zip.",
        "Bring in the zip as it is, or zip only the folders of the channels where customers speak.",
    ),
    accept=".zip,.json",
    read=read,
    fits=fits,
    switches=(Switch("private", "Take in private channels and direct messages too"),),
    lasting=True,
    hook=HOOK,
)
