"""Questions → SQL, in this one place. Values are bound, never written into the text.

Who did what on which day is read from the rollup's bitmaps, so its cost grows with days and not with events; counts,
funnels and anything asked of a segment's accounts read the events themselves.
"""

from .funnel import funnel, funnel_people
from .set import active, adoption, count, retention

__all__ = ["active", "adoption", "count", "funnel", "funnel_people", "retention"]
