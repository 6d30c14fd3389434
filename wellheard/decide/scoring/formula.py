"""A team's own formula for scores: parsed into a small tree of our own, computed on arrays, never run as code.

Allowed are numbers, the names of inputs, + - * / **, parentheses and min, max, log, sqrt. Length, depth and size are bounded.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

LONGEST = 300  # characters
DEEPEST = 20
MOST_PARTS = 120
LARGEST = 1e12  # of a number written in it

Array = np.ndarray[Any, np.dtype[np.float64]]
ALLOWED = re.compile(r"[A-Za-z0-9_ .,+\-*/()]")
OPERATORS: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
}  # fmt: skip
FUNCTIONS: dict[str, tuple[Callable[..., Array], int, int]] = {
    "min": (lambda *a: reduce(np.minimum, a), 2, 10),
    "max": (lambda *a: reduce(np.maximum, a), 2, 10),
    "log": (np.log, 1, 1),
    "sqrt": (np.sqrt, 1, 1),
}


class Wrong(ValueError):
    """The formula cannot be used; `at` is the character (from 1) where it goes wrong."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(f"The formula goes wrong at character {at}: {what}")
        self.at = at


Step = Callable[[Mapping[str, Array]], Array]


@dataclass(frozen=True, slots=True)
class Formula:
    """`names`: the inputs it uses. Computing gives nan or inf where it has no answer (a division by zero)."""

    text: str
    names: frozenset[str]
    _compute: Step

    def compute(self, values: Mapping[str, Array]) -> Array:
        with np.errstate(all="ignore"):
            found = np.asarray(self._compute(values), dtype=np.float64)
            return np.array(np.broadcast_to(found, next(iter(values.values())).shape)) if values else found


def parse(text: str, names: frozenset[str]) -> Formula:
    """Raises Wrong, with what and where."""
    text = " ".join(text.split())
    if not text:
        raise Wrong("it is empty. Write one such as reach * pain * confidence / effort.", 1)
    if len(text) > LONGEST:
        raise Wrong(f"it is longer than {LONGEST} characters.", LONGEST + 1)
    for at, character in enumerate(text, 1):
        if not ALLOWED.fullmatch(character):
            raise Wrong(f"{character!r} has no meaning here.", at)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
    except SyntaxError as e:
        at = min(e.offset or len(text), len(text))  # 0: at its end
        raise Wrong("something is missing or too much.", at) from None
    except (ValueError, MemoryError, RecursionError):
        raise Wrong("it is nested too deeply.", 1) from None
    reader = _Reader(names)
    step = reader.read(tree.body, 1)
    return Formula(text, frozenset(reader.used), step)


class _Reader:
    def __init__(self, names: frozenset[str]) -> None:
        self.names, self.used, self.parts = names, set[str](), 0

    def read(self, node: ast.expr, depth: int) -> Step:
        at = node.col_offset + 1
        self.parts += 1
        if depth > DEEPEST:
            raise Wrong(f"it is nested more than {DEEPEST} deep.", at)
        if self.parts > MOST_PARTS:
            raise Wrong(f"it has more than {MOST_PARTS} parts.", at)
        match node:
            case ast.Constant(value=value) if type(value) in (int, float):
                return self._number(value, at)  # type: ignore[arg-type]
            case ast.Name(id=name):
                if name not in self.names:
                    known = ", ".join(sorted(self.names))
                    raise Wrong(f"“{name}” is not known. Use {known}.", at)
                self.used.add(name)
                return lambda values: values[name]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                inner = self.read(operand, depth + 1)
                return (lambda values: -inner(values)) if isinstance(sign, ast.USub) else inner
            case ast.BinOp(op=op, left=left, right=right) if type(op) in OPERATORS:
                fn, a, b = OPERATORS[type(op)], self.read(left, depth + 1), self.read(right, depth + 1)
                return lambda values: fn(a(values), b(values))
            case ast.Call(func=ast.Name(id=called), args=args, keywords=[]):
                return self._call(called, args, at, depth)
        raise Wrong(
            "only numbers, names of inputs, + - * / **, parentheses and min, max, log, sqrt can stand here.", at
        )

    def _number(self, value: float, at: int) -> Step:
        if not abs(value) <= LARGEST:
            raise Wrong("the number is too large.", at)
        held = np.float64(value)
        return lambda values: held  # type: ignore[return-value]

    def _call(self, called: str, args: list[ast.expr], at: int, depth: int) -> Step:
        if called not in FUNCTIONS:
            raise Wrong(f"“{called}” is no function here. Use {', '.join(FUNCTIONS)}.", at)
        fn, least, most = FUNCTIONS[called]
        if not least <= len(args) <= most:
            wanted = "one value" if most == 1 else f"{least} to {most} values"
            raise Wrong(f"{called} takes {wanted}.", at)
        steps = [self.read(a, depth + 1) for a in args]
        return lambda values: fn(*(s(values) for s in steps))
