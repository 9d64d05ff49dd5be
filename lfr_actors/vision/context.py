"""The moment of an alert in context: the frame, small, in which one face is shown and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lfr_actors.messages import MAX_CONTEXT_BYTES, Image
from lfr_actors.overwriting import overwrite
from lfr_actors.vision.picture import Box, conceal, jpeg_within, mark, shrunk

CONTEXT_PX: Final = 960
_STEPS: Final = ((960, 80), (960, 60), (960, 40), (640, 40), (320, 40), (160, 20))


def context_jpeg(image: Image, own: Box, others: Sequence[Box]) -> bytes:
    """The frame as JPEG of at most 960 px on its long side and 60 KB, the face in the box `own` marked.

    The faces in the boxes `others` are unrecognisable. Whoever calls gives every face that was found in the frame,
    and where each that is followed should be. Not covered, because nobody can say where it is: a face that was
    neither found in this frame nor followed from earlier ones, as one that is turned away, small, masked or far
    from sharp may be. `image` is not changed.
    """
    small = shrunk(image, CONTEXT_PX)
    if small is image:
        small = image.copy()
    ratio = small.shape[1] / image.shape[1]
    conceal(small, [box * ratio for box in others], [own * ratio])
    mark(small, own * ratio)
    jpeg = jpeg_within(small, _STEPS, MAX_CONTEXT_BYTES)
    overwrite(small)
    return jpeg.tobytes()
