"""What the store is told of a segment of footage: that it begins, and how it ended."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lfr_actors.store.vault.sealing import ObjectKey

SUFFIX = ".sealed"
FOLDER = "footage"
"""Where segments lie under the data folder: `footage/<deployment>/<camera>/<hex>.sealed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentStart:
    """A segment is about to be written; nothing of it is on disk yet.

    `object_id` is `footage:` and 32 hexadecimal digits. `started_at` (aware UTC) is when its first packet came
    in, `from_media_s` where that stands in the film or stream (s). `codec` is FFmpeg's name, `width` and
    `height` (px) are as the camera codes its pictures, before any turning. `path` is the sealed file;
    `lifetime_s` counts from the end of the segment.
    """

    object_id: str
    deployment_id: str
    camera_id: str
    started_at: dt.datetime
    from_media_s: float
    codec: str
    width: int
    height: int
    path: Path
    lifetime_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEnd:
    """A segment is over. `ended_at` (aware UTC) is when its last packet came in: its lifetime counts from here.

    `to_media_s` is the end of its last picture (s), `packets` how many it holds, `size_bytes` and `sha256` (hex)
    are of the sealed file. `complete` is false for one that was cut short by a fault: what stands in its file
    up to there can be read, and may lack the last of those packets, up to a second.
    """

    object_id: str
    ended_at: dt.datetime
    to_media_s: float
    packets: int
    size_bytes: int
    sha256: str
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentKey:
    """The key a segment is sealed with, and the file it is written to."""

    object_id: str
    key: ObjectKey = field(repr=False)
    path: Path


def new_object_id() -> str:
    """The id of a segment that is about to begin."""
    return f"footage:{uuid.uuid4().hex}"


def segment_path(folder: Path, object_id: str) -> Path:
    """The sealed file of a segment in the folder of its camera."""
    return folder / (object_id.partition(":")[2] + SUFFIX)
