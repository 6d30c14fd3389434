"""Kind and sentiment, suggested: how often right, how honest the confidence, how fast.

    python bench/suggesting.py labelled.csv [--text text --kind kind --sentiment sentiment] [--learn 200]

The file needs a column of texts and columns of kind (bug, request, praise, question; empty: none fits) and sentiment
(negative, neutral, positive). Nothing is trained on it, but with --learn N the first N rows (shuffled, fixed seed) are
taken as what a team sorted, and the rest judged. Without a file: speed alone.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellheard.settings")
sys.path.insert(0, str(Path(__file__).parents[1]))

from wellheard.understand.suggesting import FEELING, FLOOR, KIND, Model, Task, learn


def judge(task: Task, model: Model, texts: list[str], truth: list[str]) -> None:
    """Prints shares over rows that have a true class, and what is said about rows where none fits."""
    guesses = model.guess(texts)
    known = [(g, t) for g, t in zip(guesses, truth, strict=True) if t]
    sure = [(g, t) for g, t in known if g.value]
    none = [g for g, t in zip(guesses, truth, strict=True) if not t]
    right = sum(g.value == t for g, t in sure)
    most = Counter(t for _, t in known).most_common(1)[0]
    print(f"\n{task.name}: {len(known)} texts with a true answer, taught by {model.taught}")
    print("| | share | of |\n|---|---|---|")
    print(f"| always “{most[0]}” | {most[1] / len(known):.2f} | {len(known)} |")
    print(f"| best guess right, sure or not | {sum(g.best == t for g, t in known) / len(known):.2f} | {len(known)} |")
    print(f"| sure ({FLOOR:.2f} and over) | {len(sure) / len(known):.2f} | {len(known)} |")
    print(f"| right when sure | {right / max(1, len(sure)):.2f} | {len(sure)} |")
    if none:
        print(f"| “not sure” where none fits | {sum(not g.value for g in none) / len(none):.2f} | {len(none)} |")
    print("\n| class | precision | recall | n |\n|---|---|---|---|")
    for c in task.classes:
        said, true = [x for x in sure if x[0].value == c], [x for x in known if x[1] == c]
        hit = sum(t == c for _, t in said)
        print(f"| {c} | {hit / max(1, len(said)):.2f} | {hit / max(1, len(true)):.2f} | {len(true)} |")
    print("\n| confidence | said | right | n |\n|---|---|---|---|")
    for low, high in ((0, 0.55), (0.55, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01)):
        here = [(g, t) for g, t in known if low <= g.confidence < high]
        if here:
            mean = sum(g.confidence for g, _ in here) / len(here)
            print(
                f"| {low:.2f}–{min(high, 1):.2f} | {mean:.2f} | {sum(g.best == t for g, t in here) / len(here):.2f} | {len(here)} |"
            )


def speed(model: Model, texts: list[str]) -> None:
    begun = time.process_time()
    model.guess(texts)
    print(f"\n{len(texts) / (time.process_time() - begun):,.0f} texts a CPU second ({model.task.name})")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("file", nargs="?")
    ask.add_argument("--text", default="text")
    ask.add_argument("--kind", default="kind")
    ask.add_argument("--sentiment", default="sentiment")
    ask.add_argument("--learn", type=int, default=0)
    ask.add_argument("--wrong", action="store_true", help="Print what was sure and wrong.")
    given = ask.parse_args()
    rows: list[dict[str, str]] = []
    if given.file:
        with open(given.file, encoding="utf-8-sig", newline="") as f:
            rows = list(csv.DictReader(f))
        random.Random(1).shuffle(rows)
    for task, column in ((KIND, given.kind), (FEELING, given.sentiment)):
        taught = [r for r in rows[: given.learn] if r.get(column)]
        begun = time.process_time()
        model = learn(task, [r[given.text] for r in taught], [r[column] for r in taught])
        print(f"\n{task.name}: fitted in {time.process_time() - begun:.2f} CPU s")
        rest = rows[given.learn :]
        if rest and column in rest[0]:
            judge(task, model, [r[given.text] for r in rest], [r[column] for r in rest])
        if given.wrong:
            for r in rest:
                g = model.guess([r[given.text]])[0]
                if g.value and g.value != r[column]:
                    print(f"  {g.value} {g.confidence:.2f}, is {r[column] or 'none'}: {r[given.text][:130]!r}")
        said = [r[given.text] for r in rows] or [s for group in task.seeds.values() for s in group]
        speed(model, (said * (5000 // len(said) + 1))[:5000])


if __name__ == "__main__":
    main()
