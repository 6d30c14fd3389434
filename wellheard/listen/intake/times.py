"""When something happened, from what clients say about it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

EARLIEST = 631_152_000_000  # 1990: older dates are slips, and would bend every trend
AHEAD = 300_000  # a clock may be five minutes ahead
JITTER = 5_000  # a difference below this is the way through the network, not a wrong clock


def milliseconds(value: object, zone: tzinfo = UTC) -> int | None:
    """UTC milliseconds from ISO text or epoch seconds or milliseconds; None when it is neither.

    Text without a zone is read in `zone`.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            try:
                return milliseconds(float(value))
            except ValueError:
                return None
        try:
            return round((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)
        except (OverflowError, ValueError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return int(value if abs(value) > 1e11 else value * 1000)
    except (OverflowError, ValueError):  # infinity, NaN
        return None


def settle(time: int | None, sent: int | None, received: int) -> tuple[int, bool]:
    """The time to store and whether the client's clock was corrected; None and nonsense become `received`.

    A clock that is off by the same amount when the event happens and when it is sent is put right by the time of
    receipt. An honest event sent days later keeps its age.
    """
    if time is None:
        return received, False
    corrected = sent is not None and abs(sent - received) > JITTER
    if corrected:
        time = received - (sent - time)  # type: ignore[operator]
    if time < EARLIEST or time > received + AHEAD:
        return received, False
    return time, corrected
