"""Tally, a sales dashboard for online shops that does not exist, and everybody around it.

It is the demo people see first, and a truth to test verdicts against: what each release really changed among those
who asked for it is known (TRUTH.md). Nothing here touches a database; `simulate` returns plain records and columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .messages import messages
from .simulation import simulate
from .truth import judge_arguments, weekly_counts
from .world import World

__all__ = ["World", "judge_arguments", "messages", "simulate", "weekly"]


def weekly(world: World, event: str) -> NDArray[np.int32]:
    """(people × weeks) counts of one event by Monday-based UTC week; the last column is the current, partial week."""
    return weekly_counts(world.events, world.start, len(world.people), event)
