"""What may be said about a finding, and what may not."""

from __future__ import annotations

from .finder import MARGIN, Candidate, Findings


def points(share: float) -> str:
    """0.123 → "+12 points"."""
    rounded = round(share * 100)
    return (
        f"{'+' if rounded > 0 else '−' if rounded < 0 else '±'}{abs(rounded)} point{'' if abs(rounded) == 1 else 's'}"
    )


def habit(candidate: Candidate) -> str:
    """ "did Report shared at least 3 times"."""
    often = {1: "at least once", 2: "at least twice"}.get(candidate.times, f"at least {candidate.times} times")
    return f"did “{candidate.event}” {often}"


def sentence(candidate: Candidate, early: int) -> str:
    raw = f"Of the people who {habit(candidate)} in their first {early} days, {candidate.of_did:.0%} stayed, "
    raw += f"of the others {candidate.of_other:.0%}."
    adjusted = candidate.adjusted
    between = f"({points(adjusted.low)} to {points(adjusted.high)})"
    if candidate.confirmed:
        return f"{raw} It goes with staying also among people equally active: {points(adjusted.value)} {between}."
    margin = round(MARGIN * 100)
    equally = f"Among people equally active it is {points(adjusted.value)} {between}"
    return f"{raw} {equally}: not shown to be more than {margin} points."


def verdict(found: Findings) -> str:
    if found.too_few:
        return f"Too few to say: {found.too_few}."
    many = len(found.confirmed)
    if many:
        did = "One early behaviour goes" if many == 1 else f"{many} early behaviours go"
        return f"{did} with staying, also among people equally active."
    if found.candidates:
        return "What one half of the accounts suggested, the other half did not confirm."
    return "No early behaviour stood out among people equally active."


def cannot_show(found: Findings) -> str:
    """What stands beside every answer."""
    return (
        "This shows what goes with staying, not what makes people stay: those who would stay anyway may also be those "
        "who do it. Before building on it, let some people do it who would not have, at random, and compare. "
        f"Looked at: {found.people:,} people of {found.accounts:,} accounts, {found.looked_at} behaviours; one half of "
        "the accounts proposed, the numbers are those of the other half."
    )
