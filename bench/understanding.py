"""How well texts are understood, and what it costs: WELLHEARD_TRIAL_DATA=… python bench/understanding.py [part …]

Parts: similar duplicates themes routing answers embedding typing many; all of them without a name. `--bertopic PYTHON`
names a Python that has BERTopic, which then groups the same texts by the same vectors with its defaults, in a process
of its own. `--with english|languages|words` chooses what texts are compared by.

The data are real and not part of the checkout (docs/benchmarks.md says where they are from). Every draw is seeded.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, roc_auc_score

from wellheard.understand.meaning import encoders
from wellheard.understand.meaning.grouping import Grouping, group
from wellheard.understand.meaning.index import index
from wellheard.understand.meaning.routing import Example, Router

DRAWS = 3
BERTOPIC = """
import resource, sys
import numpy as np
held = np.load(sys.argv[1], allow_pickle=False)
texts = held["texts"].tolist()
from bertopic import BERTopic
from bertopic.backend import BaseEmbedder
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
before = cpu()
BERTopic(embedding_model=BaseEmbedder()).fit_transform(texts[:300], held["vectors"][:300])  # compiles what it compiles
compiled = cpu() - before
found, took = [], []
for _ in range(int(sys.argv[3])):  # no two runs are the same
    before = cpu()
    found.append(BERTopic(embedding_model=BaseEmbedder()).fit_transform(texts, held["vectors"])[0])
    took.append(cpu() - before)
np.savez(sys.argv[2], topics=np.asarray(found), cpu=np.mean(took), compiled=compiled)
"""


class Texts(NamedTuple):
    """`labels` are what somebody who knows said each text is about."""

    texts: list[str]
    labels: np.ndarray
    vectors: np.ndarray | None

    def of(self, rows: Sequence[int]) -> Texts:
        at = np.asarray(rows, dtype=np.int64)
        return Texts([self.texts[i] for i in at], self.labels[at], None if self.vectors is None else self.vectors[at])


class Data:
    """The trial data, each text encoded once a run and kept in the folder for temporary files."""

    def __init__(self, which: str) -> None:
        folder = os.environ.get("WELLHEARD_TRIAL_DATA")
        if not folder or not (Path(folder) / "feedback").is_dir():
            sys.exit("Set WELLHEARD_TRIAL_DATA to the folder that holds feedback/banking77.csv and the others.")
        self.folder = Path(folder) / "feedback"
        self.encoder = encoders.encoder(which)
        if which != "words" and self.encoder is None:
            sys.exit(f"{which}: {encoders.why_not(which)}")

    def rows(self, name: str) -> list[dict[str, str]]:
        csv.field_size_limit(1 << 30)
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def encode(self, texts: Sequence[str]) -> np.ndarray | None:
        if self.encoder is None:
            return None
        digest = hashlib.sha256("\0".join([self.encoder.id, *texts]).encode()).hexdigest()[:16]
        kept = Path(tempfile.gettempdir()) / f"wellheard-bench-{digest}.npy"
        if not kept.exists():
            np.save(kept, self.encoder.encode(texts))
        return np.asarray(np.load(kept))

    def part(self, name: str, label: str, part: str) -> Texts:
        rows = [r for r in self.rows(name) if r["part"] == part]
        texts = [r["text"] for r in rows]
        return Texts(texts, np.array([r[label] for r in rows]), self.encode(texts))

    def banking(self, part: str) -> Texts:
        return self.part("banking77.csv", "category", part)

    def clinc(self, part: str) -> Texts:
        return self.part("clinc150.csv", "intent", part)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print("| " + " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in row) + " |")


def cpu() -> float:
    return time.process_time()


def memory() -> int:
    """MB at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def draw(known: Texts, each: int, seed: int) -> list[int]:
    """Rows: so many of each label."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(known.labels):
        by_label[str(label)].append(row)
    chosen = random.Random(seed)
    return [row for label in sorted(by_label) for row in chosen.sample(by_label[label], each)]


def similar(data: Data) -> None:
    """Five earlier reports of each problem among 3,000 requests about something else; then each new report in turn."""
    known, asked = data.banking("train"), data.banking("test")
    others = data.clinc("train")
    rows = []
    for seed in range(DRAWS):
        earlier = known.of(draw(known, 5, seed))
        beside = others.of(random.Random(seed).sample(range(len(others.texts)), 3000))
        vectors = None if earlier.vectors is None else np.vstack([earlier.vectors, beside.vectors])
        there = index(range(len(earlier.texts) + 3000), earlier.texts + beside.texts, vectors)
        labels = [*earlier.labels, *["elsewhere"] * 3000]
        right, hit = [], []
        for n, text in enumerate(asked.texts):
            near = there.nearest(text, 5, vector=None if asked.vectors is None else asked.vectors[n])
            found = [labels[i] == asked.labels[n] for i, _ in near]
            right.append(sum(found) / 5)
            hit.append(any(found))
        rows.append([f"draw {seed + 1}", len(asked.texts), float(np.mean(right)), float(np.mean(hit))])
    rows.append(["mean", "", *[float(np.mean([r[i] for r in rows])) for i in (2, 3)]])  # type: ignore[misc]
    table(
        "Similar: banking77, 5 earlier reports a problem, 3,000 distractors",
        ["", "asked", "precision@5", "hit@5"],
        rows,
    )


def duplicates(data: Data) -> None:
    """Bug reports marked as duplicates of each other: is one of them among the first k when asked with the other?"""
    reports = data.rows("gitbugs_hadoop.csv")
    texts = [f"{r['Summary']}\n{r['Description']}" for r in reports]
    at = {r["Issue id"]: n for n, r in enumerate(reports)}
    same: dict[int, set[int]] = defaultdict(set)
    for pair in data.rows("gitbugs_hadoop_duplicate_pairs.csv"):
        one, two = at[pair["a"]], at[pair["b"]]
        same[one].add(two)
        same[two].add(one)
    rows = []
    for name, vectors in (("words and meaning", data.encode(texts)), ("words alone", None)):
        if name == "words and meaning" and vectors is None:
            continue
        there = index(range(len(texts)), texts, vectors)
        hits: dict[int, list[bool]] = defaultdict(list)
        for n in same:
            near = there.nearest(texts[n], 11, vector=None if vectors is None else vectors[n])
            found = [i for i, _ in near if i != n]
            for k in (1, 5, 10):
                hits[k].append(bool(same[n] & set(found[:k])))
        rows.append([name, len(same), *[float(np.mean(hits[k])) for k in (1, 5, 10)]])
    table("Duplicates: Hadoop reports", ["", "asked", "hit@1", "hit@5", "hit@10"], rows)


def placed(found: Grouping, n: int) -> np.ndarray:
    """(n) number of each text's group, -1 for those in none."""
    labels = np.full(n, -1)
    for number, held in enumerate(found.fine):
        labels[held.members] = number
    return labels


def bertopic(python: str, texts: Texts) -> tuple[np.ndarray, float, float] | None:
    """(runs × texts) topics, CPU seconds of a run, and of compiling once a process."""
    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder) / "given.npz", Path(folder) / "told.npz"
        np.savez(given, texts=np.array(texts.texts), vectors=texts.vectors)
        try:
            subprocess.run(
                [python, "-c", BERTOPIC, given, told, str(DRAWS)],
                check=True,
                capture_output=True,
                text=True,
                timeout=1800,
            )
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            print(f"BERTopic did not run: {said.strip().splitlines()[-1]}")
            return None
        held = np.load(told)
        return held["topics"], float(held["cpu"]), float(held["compiled"])


def themes(data: Data, python: str | None) -> None:
    rows: list[list[object]] = []
    for name, texts in (("banking77 test", data.banking("test")), ("clinc150 test", data.clinc("test"))):
        texts = texts.of(np.flatnonzero(texts.labels != "oos"))  # type: ignore[arg-type]
        group(range(200), texts.texts[:200], None)  # what is loaded once is loaded
        before = cpu()
        found = group(range(len(texts.texts)), texts.texts, texts.vectors)
        used = cpu() - before
        results = [("Wellheard", placed(found, len(texts.texts))[None], used)]
        if python and texts.vectors is not None and (other := bertopic(python, texts)):
            results.append((f"BERTopic's defaults, mean of {DRAWS}", *other[:2]))
            print(f"\nBERTopic compiles for {other[2]:.1f} CPU s once a process, left out below.")
        known = len(set(texts.labels))
        for who, runs, seconds in results:
            ari = [float(adjusted_rand_score(texts.labels, labels)) for labels in runs]
            nmi = [float(normalized_mutual_info_score(texts.labels, labels)) for labels in runs]
            groups = f"{np.mean([len(set(labels[labels >= 0])) for labels in runs]):.0f} of {known}"
            spread = f" ({min(ari):.3f}–{max(ari):.3f})" if len(runs) > 1 else ""
            out = f"{100 * np.mean(runs < 0):.1f} %"
            rows.append([name, who, groups, f"{np.mean(ari):.3f}{spread}", float(np.mean(nmi)), out, seconds])
    table(
        "Themes (texts in no group pooled as one; CPU seconds of grouping and naming, embedding left out)",
        ["set", "by", "groups", "ARI", "NMI", "ungrouped", "CPU s"],
        rows,
    )


def routing(data: Data) -> None:
    """Five examples a problem, named as in the data; then all texts of the test part, and clinc150's out-of-scope ones."""
    rows: list[list[object]] = []
    for name, known, asked in (
        ("banking77", data.banking("train"), data.banking("test")),
        ("clinc150", data.clinc("train"), data.clinc("test")),
    ):
        strange = data.clinc("oos_test") if name == "clinc150" else None
        right, apart, kept, wrong = [], [], [], []
        for seed in range(DRAWS):
            router, labels = routed(data, known.of(draw(known, 5, seed)))
            found = router.route(asked.texts, asked.vectors)
            good = [r.best is not None and labels[r.best] == label for r, label in zip(found, asked.labels)]
            right.append(float(np.mean(good)))
            open_ = [r.label is not None for r in found]
            kept.append(float(np.mean(open_)))
            wrong.append(float(np.mean([not g for g, o in zip(good, open_) if o])))
            if strange is not None:
                chances = [r.score for r in found], [r.score for r in router.route(strange.texts, strange.vectors)]
                apart.append(
                    float(roc_auc_score([1] * len(chances[0]) + [0] * len(chances[1]), [*chances[0], *chances[1]]))
                )
        rows.append(
            [
                name,
                float(np.mean(right)),
                float(np.mean(apart)) if apart else "–",
                float(np.mean(kept)),
                float(np.mean(wrong)),
            ]
        )
    table(
        f"Routing, 5 examples a problem, mean of {DRAWS} draws",
        ["set", "accuracy", "out-of-scope AUROC", "answered", "wrong among answered"],
        rows,
    )


def routed(data: Data, examples: Texts) -> tuple[Router, dict[int, str]]:
    """A router that knows nothing but the examples: problems are called by their number."""
    labels = dict(enumerate(sorted(set(examples.labels))))
    number = {label: n for n, label in labels.items()}
    said = [Example(number[label], text) for text, label in zip(examples.texts, examples.labels)]
    return Router.fit(said, examples.vectors, dict.fromkeys(labels, ""), None), labels


def answers(data: Data) -> None:
    """Free-text answers and the themes analysts gave them (several to an answer: the first is compared)."""
    rows = [r for r in data.rows("jupyter2015_feedback_themes.csv") if r["text"].strip()]
    table_rows: list[list[object]] = []
    for question in sorted({r["question"] for r in rows}):
        held = [r for r in rows if r["question"] == question]
        texts = [r["text"] for r in held]
        found = group(range(len(texts)), texts, data.encode(texts))
        labels = placed(found, len(texts))
        coded = [n for n, r in enumerate(held) if r["themes"].strip()]
        first = [held[n]["themes"].split(";")[0] for n in coded]
        nmi = float(normalized_mutual_info_score(first, labels[coded])) if coded else 0.0
        table_rows.append(
            [question, len(texts), len(found.wide), len(found.fine), f"{100 * np.mean(labels < 0):.1f} %", nmi]
        )
        if len(texts) < 400:
            continue
        lines: list[list[object]] = []
        for part in sorted(found.fine, key=lambda g: (g.parent is None, g.parent or 0, -len(g.members))):
            wide = found.wide[part.parent].name if part.parent is not None else "–"
            given = Counter(t for n in part.members for t in held[n]["themes"].split(";") if t)
            most = ", ".join(f"{t} {n}" for t, n in given.most_common(3))
            quote = " ".join(texts[part.members[0]].split())
            lines.append([wide, part.name, len(part.members), most, quote[:90].replace("|", "/")])
        table(
            f"Jupyter answers: {question}", ["wide theme", "theme", "answers", "analysts said", "most central"], lines
        )
    table(
        "Jupyter answers against the analysts' themes",
        ["question", "answers", "wide", "fine", "ungrouped", "NMI"],
        table_rows,
    )


def embedding(data: Data) -> None:
    if data.encoder is None:
        return
    rows: list[list[object]] = []
    before = memory()
    for name, texts in (
        ("short questions", data.banking("test").texts[:1000]),
        ("app reviews", [r["text"] for r in data.rows("is22_app_reviews_10k.csv")][:500]),
        ("bug reports", [f"{r['Summary']}\n{r['Description']}" for r in data.rows("gitbugs_hadoop.csv")][:200]),
    ):
        began, used = time.perf_counter(), cpu()
        data.encoder.encode(texts)
        took = time.perf_counter() - began
        letters = int(np.median([len(t) for t in texts]))
        rows.append([name, letters, f"{len(texts) / took:.0f}", f"{1000 * (cpu() - used) / len(texts):.1f}", memory()])
    table(
        f"Embedding with {data.encoder.name} (process at most {before} MB before)",
        ["texts", "median letters", "a second", "CPU ms a text", "MB at most"],
        rows,
    )


def blended(data: Data, n: int) -> tuple[list[str], np.ndarray | None]:
    """n texts: halves of two real ones joined, with a vector between theirs and a little noise."""
    texts = data.banking("train").texts + data.clinc("train").texts
    texts += [r["text"] for r in data.rows("jupyter2015_feedback_themes.csv")]
    vectors = data.encode(texts)
    chosen = np.random.default_rng(1)
    pairs = chosen.integers(0, len(texts), (n, 2))
    words = [t.split() for t in texts]
    made = [" ".join(words[a][: len(words[a]) // 2 + 1] + words[b][len(words[b]) // 2 :]) for a, b in pairs]
    if vectors is None:
        return made, None
    near = 0.7 * vectors[pairs[:, 0]] + 0.3 * vectors[pairs[:, 1]]
    return made, encoders.unit(near + chosen.normal(0, 0.02, near.shape).astype(np.float32))


def typing(data: Data) -> None:
    texts, vectors = blended(data, 100_000)
    used = cpu()
    there = index(range(len(texts)), texts, vectors, data.encoder)
    took = cpu() - used
    chosen = random.Random(2)
    asked = [t[: chosen.randint(4, 80)] for t in chosen.sample(data.banking("test").texts, 400)]
    for text in asked[:10]:
        there.nearest(text, 5)
    times, works = [], []
    for text in asked:
        start, used = time.perf_counter(), cpu()
        there.nearest(text, 5)
        times.append(1000 * (time.perf_counter() - start))
        works.append(1000 * (cpu() - used))
    start = time.perf_counter()
    there.extended([10**6], ["One more voice about a lost card"], None if vectors is None else vectors[:1])
    grown = 1000 * (time.perf_counter() - start)
    table(
        "Typing at 100,000 texts, the typed text encoded as well",
        ["p50 ms", "p95 ms", "p99 ms", "p95 CPU ms", "made in CPU s", "MB of the index", "one more text, ms"],
        [
            [
                *(f"{np.percentile(times, p):.1f}" for p in (50, 95, 99)),
                f"{np.percentile(works, 95):.1f}",
                f"{took:.1f}",
                f"{there.bytes / 1e6:.0f}",
                f"{grown:.0f}",
            ]
        ],
    )


def many(data: Data) -> None:
    texts, vectors = blended(data, 100_000)
    began, used = time.perf_counter(), cpu()
    found = group(range(len(texts)), texts, vectors)
    table(
        "100,000 texts grouped and named at two levels",
        ["wall s", "CPU s", "wide", "fine", "ungrouped", "MB at most"],
        [
            [
                f"{time.perf_counter() - began:.1f}",
                f"{cpu() - used:.1f}",
                len(found.wide),
                len(found.fine),
                len(found.rest),
                memory(),
            ]
        ],
    )


PARTS: dict[str, Callable[[Data], None]] = {
    "embedding": embedding, "similar": similar, "duplicates": duplicates, "themes": lambda data: None, "routing": routing,
    "answers": answers, "typing": typing, "many": many,
}  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    asked.add_argument("--with", dest="which", default="english", choices=encoders.KINDS)
    asked.add_argument("--bertopic", metavar="PYTHON", help="a Python that has BERTopic")
    given = asked.parse_args()
    for part in given.parts:
        if part not in PARTS:
            asked.error(f"there is no part {part!r}: {', '.join(PARTS)}")
    data = Data(given.which)
    print(f"Compared by {data.encoder.name if data.encoder else 'words alone'}; {os.cpu_count()} processors.")
    for name, run in PARTS.items():
        if not given.parts or name in given.parts:
            themes(data, given.bertopic) if name == "themes" else run(data)


if __name__ == "__main__":
    main()
