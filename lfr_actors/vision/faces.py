"""The faces of one frame, as one struct of arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

RIGHT_EYE, LEFT_EYE, NOSE, RIGHT_MOUTH, LEFT_MOUTH = range(5)
"""Order of the five landmarks: the subject's right eye first, which is the left one in the picture."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Faces:
    """Faces found in one frame, best score first.

    `boxes` float32 (n, 4): left, top, right, bottom, in px of the frame, may reach past its edges.
    `scores` float32 (n,) in [0, 1]. `landmarks` float32 (n, 5, 2): x, y in px of the frame, in the order of
    `RIGHT_EYE` … `LEFT_MOUTH`. n may be 0.

    Raises `ValueError` when the shapes do not agree.
    """

    boxes: NDArray[np.float32] = field(repr=False)
    scores: NDArray[np.float32]
    landmarks: NDArray[np.float32] = field(repr=False)

    def __post_init__(self) -> None:
        n = len(self.scores)
        if self.boxes.shape != (n, 4) or self.landmarks.shape != (n, 5, 2) or self.scores.shape != (n,):
            raise ValueError(
                f"boxes {self.boxes.shape}, scores {self.scores.shape} and landmarks {self.landmarks.shape} "
                "do not describe the same faces"
            )

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> Faces:
        """No faces."""
        return cls(
            boxes=np.empty((0, 4), np.float32),
            scores=np.empty(0, np.float32),
            landmarks=np.empty((0, 5, 2), np.float32),
        )

    def take(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Faces:
        """The faces at these places: a boolean mask or indices, (n,)."""
        return Faces(boxes=self.boxes[keep], scores=self.scores[keep], landmarks=self.landmarks[keep])
