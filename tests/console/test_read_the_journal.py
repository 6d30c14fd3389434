"""The journal tells in sentences what happened; no verb of ours is shown raw."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.test import Client

from wellheard.console.history import VERBS, did
from wellheard.people.access import Access
from wellheard.understand.services.problems import create_problem

ROOT = Path(__file__).parents[2] / "wellheard"


def written() -> set[str]:
    """Every verb that stands in the code as the second argument of `journal.record`."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "record":
                found |= {
                    c.value for c in ast.walk(node.args[1]) if isinstance(c, ast.Constant) and isinstance(c.value, str)
                }
    return {v for v in found if "." in v and not v.startswith(".") and not v.endswith(".")}


def test_every_verb_that_is_written_has_its_words() -> None:
    verbs = written()
    assert len(verbs) > 80
    assert sorted(verbs - set(VERBS)) == []


@pytest.mark.django_db
def test_the_journal_is_read_as_sentences(access: Access, as_owner: Client) -> None:
    create_problem(access, "Exports open broken")
    page = as_owner.get(f"/w/{access.workspace.slug}/settings/journal").content.decode()
    assert "confirmed this problem" in page
    assert "problem.created" not in page


def test_a_verb_nobody_foresaw_is_still_readable() -> None:
    assert did("thing.turned_round") == "thing turned round"
