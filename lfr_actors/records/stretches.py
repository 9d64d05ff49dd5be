"""The stretches in which a camera reported its counts, joined into longer ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lfr_actors.events.cameras import CameraObserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Counts of one camera between two media times, both of a frame. `faces_seen` are tracks that began."""

    from_media_s: float
    to_media_s: float
    frames: int
    dropped: int
    faces_seen: int
    searches: int
    probes_dropped: int


def joined(reports: Iterable[CameraObserved], every_s: float) -> list[Stretch]:
    """Neighbouring reports of one start of a camera, in order, joined until they last at least `every_s`.

    A report is never divided. The last stretch may be as short as half of `every_s`; a shorter rest belongs
    to the stretch before it. With `every_s` 0 every report is a stretch.
    """
    parts: list[list[CameraObserved]] = []
    for report in reports:
        if parts and _length_s(parts[-1]) < every_s:
            parts[-1].append(report)
        else:
            parts.append([report])
    if len(parts) > 1 and _length_s(parts[-1]) < every_s / 2:
        rest = parts.pop()
        parts[-1] += rest
    return [_whole(part) for part in parts]


def _length_s(part: Sequence[CameraObserved]) -> float:
    return part[-1].to_media_s - part[0].from_media_s


def _whole(part: Sequence[CameraObserved]) -> Stretch:
    return Stretch(
        from_media_s=part[0].from_media_s,
        to_media_s=part[-1].to_media_s,
        frames=sum(report.frames for report in part),
        dropped=sum(report.dropped for report in part),
        faces_seen=sum(report.tracks for report in part),
        searches=sum(report.searches for report in part),
        probes_dropped=sum(report.probes_dropped for report in part),
    )
