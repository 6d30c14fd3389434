"""The docs name every setting, command and endpoint, and every link in them leads somewhere."""

import re
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def _headings(page: str) -> set[str]:
    return {h.strip(" `") for h in re.findall(r"^#+ (.+)$", (DOCS / page).read_text(), re.M)}


def test_each_setting_has_its_heading() -> None:
    source = (ROOT / "wellheard/settings.py").read_text()
    asked = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source)) | {"DATABASE_URL"}
    assert asked
    assert asked <= _headings("settings.md"), asked - _headings("settings.md")


def _commands(group: click.Group, prefix: str = "") -> set[str]:
    found = set()
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= _commands(command, f"{prefix}{name} ")
        else:
            found.add(f"wellheard {prefix}{name}")
    return found


def test_each_command_has_its_heading() -> None:
    from wellheard.commands.root import cli

    missing = _commands(cli) - _headings("commands.md")
    assert not missing, missing


def test_each_endpoint_has_its_heading() -> None:
    from wellheard.console.api import api

    schema = api.get_openapi_schema()
    told = _headings("api.md")
    missing = {f"{method.upper()} {path}" for path, item in schema["paths"].items() for method in item} - told
    assert not missing, missing


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]), ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
