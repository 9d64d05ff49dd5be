"""An embedder over an ONNX Runtime session: chips in, templates of length 1 out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Vectors
from lfr_actors.overwriting import overwrite

LARGEST_BATCH = 32
"""More chips than this are embedded in several runs, which bounds the memory that one run takes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbedderSettings:
    """How an embedding network is fed and read.

    `points` float32 (5, 2) px and `size_px` describe the chip. Input "planes" is float32 (n, 3, s, s), each
    value (x - `mean`) * `scale`, channels in the order `channels`, `mean` in that order; input "chips" is the
    chips as they are, the network does the rest. `mirror`: the raw embeddings of chip and mirror image are
    summed before the sum is brought to length 1.
    """

    dim: int
    size_px: int
    points: NDArray[np.float32] = field(repr=False)
    layout: Literal["planes", "chips"] = "planes"
    mean: tuple[float, float, float] = (127.5, 127.5, 127.5)
    scale: float = 1 / 127.5
    channels: Literal["rgb", "bgr"] = "rgb"
    mirror: bool = False


class OnnxEmbedder:
    """Runs an embedding network. Safe to call from threads.

    A network that was exported for one chip at a time gets one at a time: on a CPU a batch costs per chip
    what a single one does, so its graph is not rewritten.
    """

    def __init__(self, session: Any, settings: EmbedderSettings) -> None:
        self._session = session
        self.settings = settings
        feed = session.get_inputs()[0]
        self._input = feed.name
        self._output = session.get_outputs()[0].name
        self._batch = feed.shape[0] if isinstance(feed.shape[0], int) and feed.shape[0] > 0 else LARGEST_BATCH
        self._fixed = isinstance(feed.shape[0], int) and feed.shape[0] > 1
        self._dtype = np.uint8 if feed.type == "tensor(uint8)" else np.float32

    @property
    def provider(self) -> str:
        """The execution provider that really runs."""
        return str(self._session.get_providers()[0])

    @property
    def dim(self) -> int:
        """Length of a template."""
        return self.settings.dim

    @property
    def chip_points(self) -> NDArray[np.float32]:
        """Where the five landmarks lie in a chip: float32 (5, 2), px."""
        return self.settings.points

    @property
    def chip_size(self) -> int:
        """Side of a chip in px."""
        return self.settings.size_px

    def embed(self, chips: NDArray[np.uint8]) -> Vectors:
        """Templates of chips: uint8 (n, s, s, 3) BGR → float32 (n, d), rows of length 1; n may be 0.

        Raises `ValueError` when the chips have another shape or type.
        """
        side = self.settings.size_px
        if chips.dtype != np.uint8 or chips.ndim != 4 or chips.shape[1:] != (side, side, 3):
            raise ValueError(f"chips are uint8 (n, {side}, {side}, 3), not {chips.dtype} {chips.shape}")
        count = len(chips)
        if count == 0:
            return np.empty((0, self.settings.dim), np.float32)
        if self.settings.mirror:
            both = np.concatenate([chips, chips[:, :, ::-1]])
            raw = self._run(both)
            summed = raw[:count] + raw[count:]
            overwrite(both, raw)
        else:
            summed = self._run(chips)
        length = np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), np.float32(1e-12))
        templates: Vectors = np.divide(summed, length, dtype=np.float32)
        overwrite(summed)
        return templates

    def _run(self, chips: NDArray[np.uint8]) -> Vectors:
        """Raw embeddings, in as few runs as the network allows."""
        planes = self._planes(chips) if self.settings.layout == "planes" else None
        feed = chips if planes is None else planes
        try:
            parts = [
                self._part(feed[start : start + self._batch]) for start in range(0, len(feed), self._batch)
            ]
        finally:
            if planes is not None:
                overwrite(planes)
        if len(parts) == 1:
            return parts[0]
        whole = np.concatenate(parts)
        overwrite(*parts)
        return whole

    def _part(self, part: NDArray[np.float32] | NDArray[np.uint8]) -> Vectors:
        """Raw embeddings of what one run takes; a network of a fixed batch is given copies of the last."""
        missing = self._batch - len(part) if self._fixed else 0
        if not missing:
            output = self._session.run([self._output], {self._input: part})[0]
            return np.asarray(output.reshape(-1, self.settings.dim))
        padded = np.concatenate([part, np.repeat(part[-1:], missing, axis=0)])
        output = self._session.run([self._output], {self._input: padded})[0]
        raw = output[: len(output) - missing].reshape(-1, self.settings.dim).copy()
        overwrite(padded, output)
        return np.asarray(raw)

    def _planes(self, chips: NDArray[np.uint8]) -> NDArray[np.float32] | NDArray[np.uint8]:
        settings = self.settings
        if settings.channels == "rgb":
            chips = chips[..., ::-1]
        planes = chips.transpose(0, 3, 1, 2)
        if self._dtype == np.uint8:
            return np.ascontiguousarray(planes)
        values = np.ascontiguousarray(planes, np.float32)
        values -= np.array(settings.mean, np.float32)[:, None, None]
        values *= np.float32(settings.scale)
        return values
