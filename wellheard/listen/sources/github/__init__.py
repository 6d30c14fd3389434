"""GitHub: issues, discussions and, when asked, their comments; by webhook, or as a file from `gh` or the REST API."""

from __future__ import annotations

from ..base import Source, Switch
from .hook import HOOK
from .records import fits, read

SWITCHES = (
    Switch("comments", "Take comments as voices of their own too"),
    Switch("not_team", "Leave out what owners, members and collaborators of the repository wrote"),
)

SOURCE = Source(
    name="github",
    label="GitHub issues and discussions",
    about="Each issue and discussion is a voice of who opened it. Pull requests and bots are left out.",
    channel="issue",
    recipe=(
        "gh issue list --state all --limit 10000 --json id,number,title,body,author,createdAt,state,labels,url > issues.json",
        "Or the REST API: gh api --paginate 'repos/OWNER/NAME/issues?state=all' > issues.json",
        "Choose issues.json here. Connect the repository as well and later issues come by themselves; nothing comes twice.",
    ),
    accept=".json,.jsonl,.ndjson,.gz,.zip",
    read=read,
    fits=fits,
    switches=SWITCHES,
    lasting=True,
    hook=HOOK,
)
