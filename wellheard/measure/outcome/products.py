"""Matrix products in slices small enough that the linear algebra library keeps them on one core.

Left alone it spreads products of this size over all cores, which gains nothing, burns several times the
processor time while its threads wait for each other on a busy server, and makes the last digits depend on the
machine.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# OpenBLAS keeps to one thread below 262,144 multiplications of two matrices, 9,216 of matrix and vector.
MATRIX_WORK = 250_000
VECTOR_WORK = 9_000


def _sliced(rows: Floats) -> tuple[Floats, Floats]:
    """(rows × columns) as (slices × rows × width), a view, and what is left over at the end."""
    height, length = rows.shape
    width = max(1, min(MATRIX_WORK // height**2, VECTOR_WORK // height))
    slices = length // width
    whole = rows[:, : slices * width].reshape(height, slices, width).transpose(1, 0, 2)
    return whole, rows[:, slices * width :]


def gram(rows: Floats) -> Floats:
    """rows·rowsᵀ."""
    whole, rest = _sliced(rows)
    result: Floats = (whole @ whole.transpose(0, 2, 1)).sum(axis=0) + rest @ rest.T
    return result


def times(rows: Floats, vector: Floats) -> Floats:
    """rows·vector, (rows × columns) and (columns) → (rows)."""
    whole, rest = _sliced(rows)
    slices, _, width = whole.shape
    parts = vector[: slices * width].reshape(slices, width, 1)
    result: Floats = (whole @ parts).sum(axis=(0, 2)) + rest @ vector[slices * width :]
    return result


def across(vector: Floats, rows: Floats) -> Floats:
    """vectorᵀ·rows, (rows) and (rows × columns) → (columns)."""
    whole, rest = _sliced(rows)
    return np.concatenate([(vector @ whole).reshape(-1), vector @ rest])


def dot(one: Floats, other: Floats) -> float:
    return float((one * other).sum())
