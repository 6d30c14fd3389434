"""The words of Tally's world, one file per group of topics, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

GROUPS = ("morning", "figures", "daily", "paying")


@cache
def load(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def said_about(topic: str) -> dict[str, Any]:
    """Sentences about one topic: English at the top, other languages below their code."""
    for group in GROUPS:
        if topic in load(group):
            found: dict[str, Any] = load(group)[topic]
            return found
    raise KeyError(topic)
