"""Other ways in that stand beside the intake, in front of the application: filled by the parts of the product that
stand above this one (feature flags)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Headers = list[tuple[str, str]]
Answer = tuple[int, "dict[str, Any] | bytes", Headers]


class Asked(Protocol):
    """One request, as a door sees it."""

    environ: dict[str, Any]

    def body(self) -> Any:
        """The JSON of its body, however it is packed; None when there is none. Raises Unacceptable."""

    def account_of(self, workspace: int, groups: Any) -> str:
        """Which of PostHog's groups {type: key} is the account, by the workspace's own rule; "" for none."""

    def keep(self, sender: tuple[int, str, str], event: dict[str, Any]) -> None:
        """Stores a quiet event, in the shape of Segment's messages, unless a rule of the workspace turns it away.
        Raises Unacceptable."""


Door = Callable[[Asked], Answer]
Opener = Callable[[str], "Door | None"]
_openers: list[Opener] = []


def register(opener: Opener) -> Opener:
    """`opener`(path without a slash at its end) → the door for it, or None. It is asked for every request, so it must
    be quick. A door answers also what goes wrong, in the words of its protocol."""
    if opener not in _openers:
        _openers.append(opener)
    return opener


def door_of(path: str) -> Door | None:
    path = path.rstrip("/")
    for opener in _openers:
        if (found := opener(path)) is not None:
            return found
    return None
