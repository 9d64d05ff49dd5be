"""Proof that the hunt can find: known things of every kind, put on purpose where they must be found.

The driver of the deployment keeps them in its memory; files hold them in the data folder and in shared memory.
A hunt that misses one of them proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from lfr_actors.canary.needles import Exact, Needle, Pictures, Runs, Vectors

CONTROL = "control: "
"""How the kinds of the controls begin."""
FILE_NAME = "canary-control.bin"
COLOURS: tuple[tuple[int, int, int], ...] = ((201, 14, 97), (19, 222, 178), (141, 33, 247))
_DIM = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The known things, and what finds them. They have nothing in common with the canary."""

    content: bytes = field(repr=False)
    needles: tuple[Needle, ...] = field(repr=False)

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind that must be found wherever the controls were put."""
        return frozenset(needle.kind for needle in self.needles)


def make_controls(seed: int) -> Controls:
    """The controls of a seed: the same in every process."""
    rng = np.random.default_rng([seed, 77])
    vector = rng.normal(0, 1, _DIM).astype(np.float32)
    vector /= np.linalg.norm(vector)
    secret = rng.bytes(48)
    band = np.repeat(np.array(COLOURS, np.uint8), 24, axis=0)[None].repeat(24, axis=0)
    picture = np.pad(band, ((20, 20), (20, 20), (0, 0)), constant_values=90)
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
    gap = b"\0" * 61  # so that nothing lies on a round address
    parts = (band.tobytes(), vector.tobytes(), vector.astype(np.float16).tobytes(), secret, jpeg)
    needles: tuple[Needle, ...] = (
        Runs(kind=CONTROL + "pixels", units=tuple(bytes(colour) for colour in COLOURS[:1])),
        Vectors(kind=CONTROL + "template, float32", samples=vector[None]),
        Vectors(kind=CONTROL + "template, float16", samples=vector[None], dtype="<f2"),
        Exact(CONTROL + "exact bytes", [secret]),
        Pictures(kind=CONTROL + "JPEG", colours=COLOURS),
    )
    return Controls(content=gap.join((b"", *parts, b"")), needles=needles)
