"""A server that is killed again and again while events arrive. The long version, with its table, is bench/kill.py."""

from __future__ import annotations

from pathlib import Path

from bench.kill import run


def test_nothing_acknowledged_is_lost_or_counted_twice(tmp_path: Path) -> None:
    told = run(tmp_path, times=3, seed=7)
    assert told["stored"] >= told["acknowledged"] > 1_000
    assert told["sent again"], "no request was under way at any kill"
    assert (told["lost"], told["twice"]) == (0, 0)
