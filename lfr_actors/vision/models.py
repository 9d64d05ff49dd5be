"""What a detector and an embedder are to the rest of the product, whatever library runs them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image, Vectors
from lfr_actors.vision.faces import Faces


class Detector(Protocol):
    """Finds faces. Calls may come from several threads at once."""

    @property
    def provider(self) -> str:
        """The ONNX Runtime execution provider that really runs, such as `CPUExecutionProvider`."""

    def detect(self, image: Image) -> Faces:
        """Faces of a picture of any size, in px of that picture, best first."""


class Embedder(Protocol):
    """Turns aligned chips into templates. Calls may come from several threads at once."""

    @property
    def provider(self) -> str:
        """The ONNX Runtime execution provider that really runs."""

    @property
    def dim(self) -> int:
        """Length of a template."""

    @property
    def chip_points(self) -> NDArray[np.float32]:
        """Where the five landmarks lie in a chip: float32 (5, 2), px, in the order of `faces`."""

    @property
    def chip_size(self) -> int:
        """Side of a chip in px."""

    def embed(self, chips: NDArray[np.uint8]) -> Vectors:
        """Templates of chips: uint8 (n, s, s, 3) BGR → float32 (n, d), rows of length 1; n may be 0."""
