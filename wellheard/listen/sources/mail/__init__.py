"""Mail: letters to a secret address, and letters as files (.eml, mbox)."""

from __future__ import annotations

from ..base import Source, Switch
from .files import fits, read
from .hook import HOOK

SOURCE = Source(
    name="mail",
    label="E-mail",
    about="What somebody wrote, without the quotes below it. Automatic replies and mailing lists are left out.",
    channel="email",
    recipe=(
        "Save letters as .eml (most mail programs: drag them to a folder) and zip them, or export a folder as mbox.",
        "Gmail: label the letters, then Google Takeout → Mail → only that label.",
    ),
    accept=".eml,.mbox,.mbx,.zip,.gz",
    read=read,
    fits=fits,
    switches=(Switch("lists", "Take in automatic replies and mailing lists too"),),
    lasting=True,
    hook=HOOK,
)
