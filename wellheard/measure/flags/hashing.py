"""Where an id falls between 0 and 1, as the libraries that decide for themselves compute it.

A flag's algorithm is chosen once: with another one everybody would be dealt anew.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha1
from typing import Literal

Algorithm = Literal["posthog", "growthbook", "growthbook1"]
LONG_SCALE = float(0xFFFFFFFFFFFFFFF)
PRIME, BASIS, MASK = 0x01000193, 0x811C9DC5, 0xFFFFFFFF


def posthog(key: str, id_: str, salt: str = "") -> float:
    """PostHog's: the first 60 bits of sha1("key.id" + salt), from 0 to 1 inclusive."""
    said = sha1(f"{key}.{id_}{salt}".encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return (int.from_bytes(said[:8], "big") >> 4) / LONG_SCALE


def fnv1a32(text: str) -> int:
    """FNV-1a over the UTF-16 code units, as JavaScript's charCodeAt gives them."""
    value = BASIS
    if text.isascii():
        for unit in text.encode():
            value = ((value ^ unit) * PRIME) & MASK
        return value
    raw = text.encode("utf-16-le", "surrogatepass")
    for at in range(0, len(raw), 2):
        value = ((value ^ (raw[at] | raw[at + 1] << 8)) * PRIME) & MASK
    return value


def growthbook(seed: str, id_: str) -> float:
    """GrowthBook's hash, version 2: one of 10,000 steps, 0 ≤ x < 1."""
    return fnv1a32(str(fnv1a32(seed + id_))) % 10_000 / 10_000


def growthbook1(seed: str, id_: str) -> float:
    """GrowthBook's first hash: one of 1,000 steps; kept for what was dealt with it."""
    return fnv1a32(id_ + seed) % 1000 / 1000


# Two draws for one person and flag, independent of each other: is somebody in the share, and which variant they get.
Draw = Callable[[str, str], float]
DRAWS: dict[Algorithm, tuple[Draw, Draw]] = {
    "posthog": (posthog, lambda key, id_: posthog(key, id_, "variant")),
    "growthbook": (growthbook, lambda key, id_: growthbook(f"{key}:split", id_)),
    "growthbook1": (growthbook1, lambda key, id_: growthbook1(f"{key}:split", id_)),
}


def within(algorithm: Algorithm, draw: float, share: float) -> bool:
    """Whether a draw is in the first `share` per cent. PostHog counts the border in; nobody is in nothing."""
    if share <= 0:
        return False
    if share >= 100:
        return True
    return draw <= share / 100 if algorithm == "posthog" else draw < share / 100
