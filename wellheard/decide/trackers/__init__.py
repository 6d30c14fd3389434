"""The trackers a team may build in: GitHub, Jira, Linear, through one small interface."""

from __future__ import annotations

from . import github, jira, linear
from .base import Kind, NoAnswer

KINDS: dict[str, Kind] = {k.key: k for k in (github.KIND, jira.KIND, linear.KIND)}

__all__ = ["KINDS", "Kind", "NoAnswer"]
