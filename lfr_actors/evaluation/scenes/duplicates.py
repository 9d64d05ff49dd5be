"""The same photograph under two names, as collections of faces have it: it would make the truth wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.cutout import read_picture

SAME_BITS = 28
"""Up to so many of 256 bits may differ in two copies of one photograph. In half of LFW the two photographs
known to be filed under two names differ by 2 and 18 bits; the closest of different photographs by 40."""


def fingerprint(path: Path) -> NDArray[np.uint8]:
    """Difference hash of the middle of a picture, uint8 (32,): which of two neighbours is brighter, 16 x 16.

    Raises `InvalidFile` when the picture cannot be read.
    """
    grey = cv2.cvtColor(read_picture(path), cv2.COLOR_BGR2GRAY)
    high, wide = grey.shape
    middle = grey[high // 8 : high - high // 8, wide // 8 : wide - wide // 8]
    small = np.asarray(cv2.resize(middle, (17, 16), interpolation=cv2.INTER_AREA))
    return np.packbits(small[:, 1:] > small[:, :-1])


class PhotographIndex:
    """People accepted so far, by the fingerprints of their photographs."""

    def __init__(self) -> None:
        self._known = np.empty((0, 32), np.uint8)

    def accept(self, photographs: Iterable[Path]) -> bool:
        """Take a person in; False, and not taken in, when a photograph is already there under another name."""
        prints = np.array([fingerprint(path) for path in photographs], np.uint8).reshape(-1, 32)
        for one in prints:
            if (np.bitwise_count(self._known ^ one).sum(axis=1, dtype=np.int64) <= SAME_BITS).any():
                return False
        self._known = np.concatenate([self._known, prints])
        return True
