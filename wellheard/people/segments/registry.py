"""The kinds of conditions there are. Each layer registers those it knows, when its app gets ready."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Union

import msgspec

from wellheard.people.models import Segment

from .condition import Condition
from .facts import Of

_kinds: dict[str, type[Condition]] = {}
_uses: list[Callable[[Segment], list[str]]] = []


def register(kind: type[Condition]) -> type[Condition]:
    _kinds[tag(kind)] = kind
    decoder.cache_clear()
    return kind


def tag(kind: type[Condition]) -> str:
    return str(kind.__struct_config__.tag)


def kinds() -> dict[str, type[Condition]]:
    return dict(_kinds)


@cache
def decoder() -> Any:
    """The type that any condition is decoded as."""
    return Union[tuple(_kinds.values())]  # noqa: UP007 - made from what is registered


def condition(raw: Any) -> Condition:
    """Strict: unknown kinds, unknown fields and wrong types are refused with a ValueError."""
    what = raw.get("what") if isinstance(raw, dict) else None
    if not isinstance(what, str) or what not in _kinds:
        said = f"{what!r} is no kind of condition" if what else "it says nothing under “what”"
        raise ValueError(f"{said}. Kinds: {', '.join(_kinds)}.")
    try:
        found = msgspec.convert(raw, decoder())
    except msgspec.ValidationError as e:
        raise ValueError(str(e).replace(" - at `$.", " in `").replace("`$.", "`") + ".") from None
    assert isinstance(found, Condition)
    return found


def meant_of(kind: type[Condition], of: Of) -> list[Of]:
    """Whom a condition of this kind can ask about, the segment's own side first."""
    return sorted(kind.asked_of, key=lambda side: side != of)


def used_by(fn: Callable[[Segment], list[str]]) -> Callable[[Segment], list[str]]:
    """Registers who else uses segments: a function that names the things that use one. While it names any, the
    segment cannot be deleted."""
    _uses.append(fn)
    return fn


def uses(segment: Segment) -> list[str]:
    return [name for fn in _uses for name in fn(segment)]
