"""Why no stronger word: the floors of the method, in sentences a page can print."""

from .record import Record
from .verdict import Counts, Estimate, Placebo

ASKERS_NEEDED = 30
OTHERS_NEEDED = 30
ACCOUNTS_NEEDED = 10
MIRROR_NEEDED = 100
HISTORY_NEEDED = 12

NO_CHANGE = "What those who asked did after and before differs no more than chance could make it."


def too_few(bet: Record, counts: Counts) -> tuple[str, ...]:
    """What is missing for any word at all."""
    found = []
    missing = bet.missing_weeks()
    if missing:
        length = bet.last - bet.first + 1
        gone = min(missing, length)
        found.append(
            f"The outcome is the {_weeks(length)} from week {bet.first - bet.release} after the release; "
            f"the last {gone} of them {'is' if gone == 1 else 'are'} not recorded yet."
        )
    elif counts.askers and not bet.weeks[bet.first : bet.last + 1].any():
        found.append("Nobody at all did this in the weeks after the release; check that it is still recorded.")
    if counts.askers < ASKERS_NEEDED:
        found.append(
            f"{counts.askers} of those who asked were active in the four weeks before the release; "
            f"at least {ASKERS_NEEDED} are needed."
        )
    others = counts.mirror + counts.earlier + counts.silent
    if others < OTHERS_NEEDED:
        found.append(
            f"{others} other people were active in the four weeks before the release; "
            f"at least {OTHERS_NEEDED} are needed."
        )
    if counts.askers and counts.effective_accounts < ACCOUNTS_NEEDED:
        found.append(
            f"Those who asked are worth {counts.effective_accounts:.1f} equally large accounts; "
            f"at least {ACCOUNTS_NEEDED} are needed."
        )
    return tuple(found)


def no_comparison(bet: Record, counts: Counts) -> tuple[str, ...]:
    """What is missing for a comparison with others."""
    found = []
    if bet.release < HISTORY_NEEDED:
        found.append(
            f"{_weeks(bet.release)} of history before the release {'is' if bet.release == 1 else 'are'} "
            f"known; a comparison with others needs at least {HISTORY_NEEDED}."
        )
    if counts.mirror < MIRROR_NEEDED:
        found.append(
            f"{counts.mirror} active people asked for something else in the same weeks; "
            f"a comparison needs at least {MIRROR_NEEDED}."
        )
    return tuple(found)


def no_second_comparison(a: Estimate | None) -> tuple[str, ...]:
    """Why the comparisons stopped half-way."""
    if a is None:
        return ("What those who asked would have done is unknown: the others did nothing in those weeks.",)
    return (
        "Too few of those who asked have enough others who asked for something else within the same two "
        "weeks, so the second comparison cannot be made.",
    )


def doubts(a: Estimate, b: Estimate, check: Placebo | None) -> tuple[str, ...]:
    """What speaks against "likely" though both comparisons could be made."""
    found = []
    if not (a.excludes_no_change or b.excludes_no_change):
        found.append("Both comparisons with those who asked for something else leave room for no change at all.")
    elif not (a.excludes_no_change and b.excludes_no_change):
        found.append("One of the two comparisons leaves room for no change at all; neither may.")
    elif (a.theta > 0) != (b.theta > 0):
        found.append("The two comparisons point in opposite directions.")
    if check is None:
        found.append("The same comparison could not be tried on weeks before the release: too few had asked by then.")
    elif not check.passed:
        found.append(
            "The same comparison already finds a difference in the weeks before the release "
            f"({check.change_low:+.0%} to {check.change_high:+.0%}), so it cannot be trusted after it."
        )
    return tuple(found)


def _weeks(number: int) -> str:
    return f"{number} week{'' if number == 1 else 's'}"
