"""Every kind of question, by the name it is asked by."""

from typing import Any

from .base import Asked, Kind, Word, Words
from .others import ACTIVITY, AHA
from .sets import ACTIVE, ADOPTION, COUNT, HABIT, LIFECYCLE, ROLLING, STICKINESS, TREND
from .steps import CONVERSION, FUNNEL, PAGES, PATHS, RETENTION

__all__ = ["KINDS", "Asked", "Kind", "Word", "Words"]

KINDS: dict[str, Kind[Any, Any]] = {
    kind.name: kind
    for kind in (
        ACTIVE, TREND, ROLLING, STICKINESS, LIFECYCLE, ADOPTION, FUNNEL, CONVERSION, RETENTION, HABIT, PATHS, PAGES,
        AHA, COUNT, ACTIVITY,
    )
}  # fmt: skip
