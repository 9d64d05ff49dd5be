"""Fixed bins for what cameras report: counts only, never one face's number beside another fact of it.

The bins belong to version 1 of `camera.observed` and `nonmatch.forgotten`; other bins need another version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

SCORE_EDGES: Final[tuple[float, ...]] = (-1.0, *(round(step * 0.005, 3) for step in range(201)))
"""Edges of `score_histogram`: cosine similarity; one bin below 0, then 200 bins of 0.005 up to 1."""

QUALITY_EDGES: Final[tuple[float, ...]] = tuple(round(step * 0.05, 2) for step in range(21))
"""Edges of `quality_histogram`: quality in [0, 1] in 20 bins of 0.05."""

AGE_EDGES_S: Final[tuple[float, ...]] = (
    *(round(step * 0.05, 2) for step in range(25)),
    1.5,
    2.0,
    5.0,
    3600.0,
)
"""Edges of `ages_histogram`: seconds from capture to overwriting; bins of 0.05 s up to 1.2 s, then wider."""


def counts_by_bin(values: ArrayLike, edges: Sequence[float]) -> tuple[int, ...]:
    """How many values fall into each bin: `len(edges) - 1` counts.

    `values` is float (n,), n may be 0. A bin holds its lower edge and not its upper one, except the last,
    which holds both. Values outside the edges count in the outermost bins, so the sum is always n.
    Raises `ValueError` for NaN.
    """
    numbers = np.asarray(values, dtype=np.float64).ravel()
    if np.isnan(numbers).any():
        raise ValueError("a histogram cannot count NaN")
    bins = np.searchsorted(np.asarray(edges), numbers, side="right") - 1
    counts = np.bincount(np.clip(bins, 0, len(edges) - 2), minlength=len(edges) - 1)
    return tuple(int(count) for count in counts)
