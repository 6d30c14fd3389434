"""Who asked, who asked for something else, who stayed silent: as known on the day of the release."""

from dataclasses import dataclass

import numpy as np

from .record import Mask, Record
from .verdict import Ints

ASKING_WEEKS = 10
ACTIVE_WEEKS = 4
SILENT_AT_MOST = 20_000
SEED = 20261


@dataclass(frozen=True, eq=False)
class Division:
    """The people by group at one release week: masks over all people.

    asked: (people,) week of asking anything before the release, −1 for none; for askers that of asking for
    this. since: the first of "the same weeks".
    """

    active: Mask
    everyone_asking: Mask
    askers: Mask
    mirror: Mask
    earlier: Mask
    silent: Mask
    asked: Ints
    elsewhere: Ints
    since: int


def divide(record: Record, release: int) -> Division:
    """Group people by what they had asked before `release`; nothing later may decide who belongs where.

    Who asks only afterwards is silent at the release, except that at a release moved back (a placebo) the
    people who ask between then and the real one are left out: their asking falls into the very weeks
    compared. "The same weeks" are the ten before the release, or further back if an asker asked earlier.
    """
    weeks = record.weeks[max(0, release - ACTIVE_WEEKS) : release]
    active = np.asarray(weeks.any(axis=0))
    asked = np.where(record.asked < release, record.asked, -1)
    elsewhere = np.where(record.elsewhere < release, record.elsewhere, -1)
    later = _between(record.asked, release, record.release) | _between(record.elsewhere, release, record.release)
    asking = asked >= 0
    askers = asking & active
    since = max(0, min(release - ASKING_WEEKS, int(asked[askers].min()) if askers.any() else release))
    others = active & ~asking & ~later
    mirror = others & (elsewhere >= since)
    earlier = others & (elsewhere >= 0) & ~mirror
    return Division(
        active=active,
        everyone_asking=asking,
        askers=askers,
        mirror=mirror,
        earlier=earlier,
        silent=others & (elsewhere < 0),
        asked=np.where(asking, asked, elsewhere),
        elsewhere=elsewhere,
        since=since,
    )


def _between(week: Ints, start: int, end: int) -> Mask:
    return (week >= start) & (week < end)


def drawn(silent: Ints, at_most: int = SILENT_AT_MOST) -> Ints:
    """At most 20,000 of the silent, the same ones every time. They teach; more of them teach nothing new.

    Each release week draws from its own silent people: taking over the draw of a later week would favour
    those who had left by then.
    """
    if len(silent) <= at_most:
        return silent
    return np.sort(np.random.default_rng(SEED).choice(silent, at_most, replace=False))
