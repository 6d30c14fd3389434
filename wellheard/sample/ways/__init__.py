"""A small product for each way of earning, so that its home can be seen before one's own data is in."""

from .audience import AUDIENCE
from .ecosystem import ECOSYSTEM
from .freemium import FREEMIUM
from .school import SCHOOL
from .script import Script
from .seats import SEATS
from .telling import tell

__all__ = ["SCRIPTS", "Script", "tell"]

SCRIPTS: dict[str, Script] = {s.sample: s for s in (SEATS, FREEMIUM, AUDIENCE, ECOSYSTEM, SCHOOL)}
