"""Where voices come from. One folder per source; a folder can be deleted and everything else goes on.

A folder's `__init__` has `SOURCE`, a `base.Source`: its words, how it reads files, and, if it can be connected, its
`base.Hook`. Whatever it reads it hands on as rows whose columns are named like the fields of a voice; the other
columns become traits.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from wellheard.core.bundle import Bundle

from .base import Source


@cache
def all_sources() -> dict[str, Source]:
    """Every source by its folder's name; files anybody has come first, then by name."""
    found = {}
    for module in iter_modules(__path__):
        if module.ispkg:
            source = import_module(f"{__name__}.{module.name}").SOURCE
            assert source.name == module.name, f"the source in {module.name} calls itself {source.name}"
            found[source.name] = source
    return dict(sorted(found.items(), key=lambda item: (item[0] != "table", item[1].label.lower())))


def readers() -> dict[str, Source]:
    """The sources that read files."""
    return {name: source for name, source in all_sources().items() if source.read is not None}


def hooks() -> dict[str, Source]:
    """The sources that can be connected."""
    return {name: source for name, source in all_sources().items() if source.hook is not None}


def named(name: str) -> Source:
    """Raises ValueError, naming those there are."""
    found = all_sources().get(name)
    if found is None:
        raise ValueError(f"There is no source {name[:40]!r}. Sources: {', '.join(all_sources())}.")
    return found


def guess(bundle: Bundle) -> Source:
    """The source that knows this file best; a plain table when none does."""
    best = max(readers().values(), key=lambda source: source.fits(bundle))
    return best if best.fits(bundle) else named("table")
