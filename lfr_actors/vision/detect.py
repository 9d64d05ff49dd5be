"""Detection: letterbox a picture, run the network, decode one of three families, suppress overlaps.

    picture ─► letterbox ─► blob ─► network ─► decode (CenterFace · YuNet · SCRFD) ─► suppress ─► Faces

A picture keeps its aspect: its long side becomes `long_side_px`, its short side follows and is padded with
black at the right and bottom up to a multiple of 32, so a 1280x720 film at 640 runs at 640x384.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import Image
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.faces import Faces

Family = Literal["centerface", "yunet", "scrfd"]
Floats = NDArray[np.float32]
Raw = tuple[Floats, Floats, Floats]
"""Boxes (n, 4), scores (n,) and landmarks (n, 5, 2) in px of the network's input, overlaps and all."""
Decode = Callable[[Sequence[Floats], int, int, float], Raw]

MULTIPLE = 32
SECOND_LOOK_PX = 160
"""Long side of the second look at a picture in which nothing was found. A face that fills the picture is
larger than what these networks look for at 640; at 160 px it is found, for a sixteenth of the time."""
MOST_CANDIDATES = 2000
"""At most this many of the best candidates are compared with one another: noise must not cost seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """How a detection network is fed and read.

    Input is (x - `mean`) * `scale`, channels in the order `channels`; `mean` in that order too.
    `threshold`: the least score, in [0, 1]. `nms_iou`: of two boxes that overlap more, the better stays.
    """

    family: Family
    long_side_px: int = 640
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    channels: Literal["rgb", "bgr"] = "rgb"
    threshold: float = 0.5
    nms_iou: float = 0.3


class OnnxDetector:
    """A detector of one of the three families over an ONNX Runtime session. Safe to call from threads."""

    def __init__(self, session: Any, settings: DetectorSettings) -> None:
        """Raises `ValueError` when the session's outputs are not those of the family."""
        self._session = session
        self.settings = settings
        feed = session.get_inputs()[0]
        self._input = feed.name
        height, width = feed.shape[2:4]
        self._fixed = (height, width) if isinstance(height, int) and isinstance(width, int) else None
        self._dtype = np.uint8 if feed.type == "tensor(uint8)" else np.float32
        self._outputs = _output_names(session, settings.family)
        self._decode = _DECODERS[settings.family]

    @property
    def provider(self) -> str:
        """The execution provider that really runs."""
        return str(self._session.get_providers()[0])

    def detect(self, image: Image) -> Faces:
        """Faces of a picture, uint8 (h, w, 3) BGR, in px of that picture, best first.

        A picture in which nothing is found gets a second look at `SECOND_LOOK_PX`. Raises `ValueError` when
        the array is not such a picture.
        """
        faces = self._look(image, self.settings.long_side_px)
        if len(faces) == 0 and self._fixed is None and max(image.shape[:2]) > SECOND_LOOK_PX:
            return self._look(image, SECOND_LOOK_PX)
        return faces

    def _look(self, image: Image, long_side_px: int) -> Faces:
        blob, ratio = self.prepare(image, long_side_px)
        try:
            outputs = self._session.run(self._outputs, {self._input: blob})
        finally:
            overwrite(blob)
        return self.finish(outputs, blob.shape[2], blob.shape[3], ratio)

    def prepare(self, image: Image, long_side_px: int) -> tuple[Floats, float]:
        """The network's input, float32 (1, 3, h, w), and px of the input per px of the picture.

        Whoever gets it overwrites it.
        """
        settings = self.settings
        boxed, ratio = letterbox(image, long_side_px, self._fixed)
        blob = cv2.dnn.blobFromImage(
            boxed, settings.scale, mean=settings.mean, swapRB=settings.channels == "rgb"
        )
        overwrite(boxed)
        typed: Floats = blob.astype(self._dtype, copy=False)
        if typed is not blob:
            overwrite(blob)
        return typed, ratio

    def finish(self, outputs: Sequence[Floats], height: int, width: int, ratio: float) -> Faces:
        """Faces from the outputs for an input of `height` by `width`, scaled back by `ratio`."""
        boxes, scores, landmarks = self._decode(outputs, height, width, self.settings.threshold)
        keep = suppress(boxes, scores, self.settings.nms_iou)
        return Faces(
            boxes=boxes[keep] / np.float32(ratio),
            scores=np.minimum(scores[keep], np.float32(1.0)),
            landmarks=landmarks[keep] / np.float32(ratio),
        )


def letterbox(image: Image, long_side_px: int, fixed: tuple[int, int] | None = None) -> tuple[Image, float]:
    """The picture at `long_side_px`, padded at the right and bottom to multiples of 32, and its scale.

    A network of `fixed` height and width gets exactly that. A picture is never enlarged. Raises
    `ValueError` when it is not uint8 (h, w, 3) or has no pixels.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"a picture is uint8 (h, w, 3) with pixels in it, not {image.dtype} {image.shape}")
    height, width = image.shape[:2]
    if fixed is None:
        ratio = min(1.0, long_side_px / max(height, width))
    else:
        ratio = min(1.0, fixed[0] / height, fixed[1] / width)
    new_height, new_width = max(1, round(height * ratio)), max(1, round(width * ratio))
    boxed_height, boxed_width = fixed or (_padded(new_height), _padded(new_width))
    boxed = np.empty((boxed_height, boxed_width, 3), np.uint8)
    boxed[new_height:] = 0
    boxed[:new_height, new_width:] = 0
    inner = boxed[:new_height, :new_width]
    if ratio == 1.0:
        inner[:] = image
    else:
        cv2.resize(image, (new_width, new_height), dst=inner, interpolation=cv2.INTER_LINEAR)
    return boxed, ratio


def _padded(side: int) -> int:
    return -(-side // MULTIPLE) * MULTIPLE


def suppress(boxes: Floats, scores: Floats, iou: float) -> NDArray[np.intp]:
    """Indices of the boxes that stay, best first: each overlaps every better one by at most `iou`."""
    if len(scores) == 0:
        return np.empty(0, np.intp)
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    left, top, right, bottom = boxes[order].T
    areas = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)
    keep: list[int] = []
    alive = np.arange(len(order))
    while len(alive):
        best, rest = alive[0], alive[1:]
        keep.append(int(order[best]))
        wide = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest])
        high = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest])
        shared = np.maximum(wide, 0) * np.maximum(high, 0)
        alive = rest[shared <= iou * (areas[best] + areas[rest] - shared)]
    return np.array(keep, np.intp)


def decode_centerface(outputs: Sequence[Floats], _height: int, width: int, threshold: float) -> Raw:
    """CenterFace: a heat map of face centres at stride 4, with log size, offset and landmarks at each.

    Landmarks come as (y, x) pairs in units of the box, from its top left corner.
    """
    heat, size, offset, marks = (output[0].reshape(output.shape[1], -1) for output in outputs)
    at = np.flatnonzero(heat[0] > threshold)
    row, column = np.divmod(at, width // 4)
    box_h, box_w = np.exp(size[:, at]) * 4
    top = (row + offset[0, at] + 0.5) * 4 - box_h / 2
    left = (column + offset[1, at] + 0.5) * 4 - box_w / 2
    boxes = np.stack([left, top, left + box_w, top + box_h], axis=1)
    points = marks[:, at].reshape(5, 2, -1)
    x = points[:, 1] * box_w + left
    y = points[:, 0] * box_h + top
    return boxes.astype(np.float32), heat[0, at], np.stack([x.T, y.T], axis=2).astype(np.float32)


def decode_yunet(outputs: Sequence[Floats], height: int, width: int, threshold: float) -> Raw:
    """YuNet: per cell of strides 8, 16, 32 a class and an object score, a centre with log size, landmarks."""
    classes, objects, shapes, marks = (
        np.concatenate([level.reshape(-1, level.shape[-1]) for level in outputs[i : i + 3]])
        for i in (0, 3, 6, 9)
    )
    scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
    at = np.flatnonzero(scores > threshold)
    cells, strides = _cells(height, width, (8, 16, 32), 1)
    cell, stride = cells[at], strides[at, None]
    centre = cell + shapes[at, :2] * stride
    half = np.exp(shapes[at, 2:]) * stride / 2
    points = marks[at].reshape(-1, 5, 2) * stride[:, None] + cell[:, None]
    return np.concatenate([centre - half, centre + half], axis=1), scores[at], points


def decode_scrfd(outputs: Sequence[Floats], height: int, width: int, threshold: float) -> Raw:
    """SCRFD: per anchor a score, the distances from its centre to the four sides, and landmarks.

    Three levels of stride 8 to 32, or five to 128; outputs are all scores, all boxes, all landmarks.
    """
    levels = len(outputs) // 3
    scores, sides, marks = (
        np.concatenate(
            [level.reshape(-1, level.shape[-1]) for level in outputs[i * levels : (i + 1) * levels]]
        )
        for i in range(3)
    )
    every = tuple(8 << level for level in range(levels))
    anchors = outputs[0].shape[-2] // ((height // 8) * (width // 8))
    at = np.flatnonzero(scores[:, 0] > threshold)
    cells, strides = _cells(height, width, every, anchors)
    cell, stride = cells[at], strides[at, None]
    distance = sides[at] * stride
    boxes = np.concatenate([cell - distance[:, :2], cell + distance[:, 2:]], axis=1)
    points = marks[at].reshape(-1, 5, 2) * stride[:, None] + cell[:, None]
    return boxes, scores[at, 0], points


@functools.lru_cache(maxsize=32)
def _cells(height: int, width: int, strides: tuple[int, ...], anchors: int) -> tuple[Floats, Floats]:
    """Top left corner (n, 2) in px and stride (n,) of every anchor: level by level, row by row."""
    corners, steps = [], []
    for stride in strides:
        rows, columns = -(-height // stride), -(-width // stride)
        grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2) * stride
        corners.append(np.repeat(grid, anchors, axis=0))
        steps.append(np.full(len(grid) * anchors, stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(steps).astype(np.float32)


def _output_names(session: Any, family: Family) -> list[str]:
    """The outputs in the order in which the family's decoder wants them."""
    names = [output.name for output in session.get_outputs()]
    if family == "yunet":
        wanted = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ValueError(f"a YuNet model has outputs {', '.join(wanted)}; {', '.join(missing)} missing")
        return wanted
    if family == "centerface" and len(names) != 4:
        raise ValueError(
            f"a CenterFace model has 4 outputs (heat, size, offset, landmarks), not {len(names)}"
        )
    if family == "scrfd" and len(names) not in (9, 15):
        raise ValueError(
            f"an SCRFD model with landmarks has 9 or 15 outputs, not {len(names)}; "
            "one without landmarks (6 or 10) cannot be used, faces are aligned by them"
        )
    return names


_DECODERS: dict[Family, Decode] = {
    "centerface": decode_centerface,
    "yunet": decode_yunet,
    "scrfd": decode_scrfd,
}
