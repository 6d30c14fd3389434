"""The words of a celebration: the member's own, with a few fields filled in, and what we offer to begin with."""

from __future__ import annotations

from string import Formatter
from typing import Any

from wellheard.people.models import Account, Person

from ..models import Celebration, Milestone

FIELDS = ("name", "account", "thing", "date", "product")

FIRST: dict[str, tuple[str, str]] = {
    Milestone.Kind.TIMES: (
        "Congratulations, {name}",
        "Hello {name},\n\non {date} you reached this with {product}: {thing}. We are glad it serves you, and wanted to say so.\n\nIf something was hard on the way, just answer this mail.",
    ),
    Milestone.Kind.ASKED: (
        "What you asked for is yours now",
        "Hello {name},\n\nyou asked for it, and on {date} you used it for the first time since it came: {thing}. Thank you for having said so.\n\nIs it what you meant? Just answer this mail.",
    ),
    Milestone.Kind.TOGETHER: (
        "{thing}",
        "Hello {name},\n\n{thing}: thank you for being with {product}.\n\nWhat should we do better in the next year? Just answer this mail.",
    ),
    Milestone.Kind.PAID: (
        "Welcome, {account}",
        "Hello {name},\n\n{account} is a customer of {product} since {date}. Thank you for trusting us.\n\nIf anything is not as you hoped, just answer this mail.",
    ),
}  # fmt: skip


def filled(celebration: Celebration, person: Person) -> tuple[str, str]:
    """(subject, words) for one person. Only our fields are filled, as plain text: a name that looks like a field stays a
    name."""
    milestone = celebration.milestone
    account = celebration.account or Account.objects.filter(relations__person=person).order_by("pk").first()
    values = {
        "name": person.name or "there", "account": account.name if account else "your team", "thing": celebration.thing,
        "date": f"{celebration.reached_on:%-d %B %Y}", "product": milestone.workspace.name,
    }  # fmt: skip
    return fill(milestone.subject, values), fill(milestone.words, values)


def fill(text: str, values: dict[str, Any]) -> str:
    """Our fields and nothing else. Raises ValueError for a field there is not, or a brace alone."""
    parts = []
    for before, name, _, _ in Formatter().parse(text):
        parts.append(before)
        if name is not None:
            if name not in values:
                raise ValueError(f"{{{name}}} is not known. Use {', '.join('{' + v + '}' for v in values)}.")
            parts.append(str(values[name]))
    return "".join(parts)
