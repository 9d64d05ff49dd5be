"""What a camera is told about its footage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lfr_actors.footage.segment import FOLDER

RESERVE_BYTES: Final = 256 * 1024 * 1024
RecordingMode = Literal["on", "alerts-only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FootagePlan:
    """Which pictures of a camera are kept, where, and for how long after the end of their segment.

    `mode` "on" keeps everything; "alerts-only" what lies from `before_s` before an alert to `after_s` after
    it. A segment is cut at the first key frame after `segment_s`. `folder` is the camera's own. So many bytes
    as `reserve_bytes` are left free on its disk, for what matters more: alerts are committed there too.
    """

    mode: RecordingMode
    folder: Path
    lifetime_s: float
    before_s: float = 5.0
    after_s: float = 5.0
    segment_s: float = 60.0
    reserve_bytes: int = RESERVE_BYTES


def camera_folder(home: Path, deployment_id: str, camera_id: str) -> Path:
    """Where the segments of a camera lie."""
    return home / FOLDER / deployment_id / camera_id
