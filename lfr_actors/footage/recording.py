"""What becomes of a camera's packets: segments on disk, or a reason why not. No thread, no clock of its own."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from typing import Final

import av
import structlog

from lfr_actors.errors import LfrError
from lfr_actors.events.keeping import FootageResumed, FootageStopped
from lfr_actors.footage.cutting import Cutting, Step
from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.ring import Ring
from lfr_actors.footage.sealed_film import SealedFilm, Written
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart, new_object_id, segment_path
from lfr_actors.footage.waiting import AlertAt, Item, Missed
from lfr_actors.private_file import make_private_folder
from lfr_actors.vision.sources.tape import SourcePacket

log = structlog.get_logger()

RETRY_S: Final = 30.0
"""After a fault nothing is written for so long."""
NO_KEY_FRAME_S: Final = 30.0
"""A stream without a key frame for so long is reported: none of it can be recorded."""

Begin = Callable[[SegmentStart], SegmentKey]
"""Enters a segment in the index and makes its key. Raises `LfrError` or `OSError` when that cannot be done."""
End = Callable[[SegmentEnd], None]
Tell = Callable[[FootageStopped | FootageResumed], None]


class _Open:
    """The segment that is being written."""

    def __init__(self, object_id: str, film: SealedFilm, first: SourcePacket) -> None:
        self.object_id, self.film = object_id, film
        self.packets = 0
        self.ended_at: dt.datetime = first.captured_at
        self.to_media_s = first.media_time_s

    def write(self, packet: SourcePacket) -> None:
        self.film.write(packet)
        self.packets += 1
        self.ended_at = packet.captured_at
        self.to_media_s = max(self.to_media_s, packet.media_time_s + packet.lasts_s)

    def end(self, written: Written, *, complete: bool) -> SegmentEnd:
        return SegmentEnd(
            object_id=self.object_id,
            ended_at=self.ended_at,
            to_media_s=self.to_media_s,
            packets=self.packets,
            size_bytes=written.size_bytes,
            sha256=written.sha256,
            complete=complete,
        )


class Recording:
    """The footage of one camera. Used by one thread; `take` and `finish` raise nothing that a disk can do.

    A segment is entered in the index, and has its key, before a byte of it is written. Whatever stands in the
    way (a full disk, an index that does not answer) ends the segment, is told once, and is tried again after
    `RETRY_S` from a key frame.
    """

    def __init__(
        self,
        plan: FootagePlan,
        *,
        deployment_id: str,
        camera_id: str,
        begin: Begin,
        end: End,
        tell: Tell,
        monotonic: Callable[[], float],
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        self._plan, self._deployment_id, self._camera_id = plan, deployment_id, camera_id
        self._begin_segment, self._end_segment, self._tell = begin, end, tell
        self._monotonic = monotonic
        self._free_bytes = free_bytes or self._free_on_disk
        self._cutting = Cutting(segment_s=plan.segment_s)
        self._ring = None
        if plan.mode == "alerts-only":
            self._ring = Ring(before_s=plan.before_s, after_s=plan.after_s)
        self._open: _Open | None = None
        self._stopped = False
        self._retry_at_s = float("-inf")
        self._missed = 0
        self._keyless_since_s: float | None = None

    def take(self, item: Item) -> None:
        """The next packet, alert or loss, in order."""
        if isinstance(item, Missed):
            self._lose(item.packets)
            return
        if self._ring is None:
            kept = [item] if isinstance(item, SourcePacket) else []
        elif isinstance(item, AlertAt):
            kept = self._ring.alert(item.media_time_s)
        else:
            kept = self._ring.packet(item)
        for packet in kept:
            self._keep(packet)
        if self._ring is not None and not self._ring.keeping:
            self._end_open()

    def finish(self) -> None:
        """End the segment that is open: nothing more will come."""
        self._end_open()

    def _lose(self, packets: int) -> None:
        if self._ring is not None and not self._ring.keeping:
            self._ring.clear()
            return
        self._end_open()
        self._stop("the disk is slower than the camera; packets were dropped up to the next key frame")
        self._missed += packets

    def _keep(self, packet: SourcePacket) -> None:
        if packet.shape.template is None:
            self._end_open()
            self._stop(f"the camera sends {packet.shape.codec}, which cannot be kept as it is")
        elif self._may_try():
            self._write(packet, self._cutting.next(packet))
            return
        self._missed += 1

    def _may_try(self) -> bool:
        return self._monotonic() >= self._retry_at_s

    def _write(self, packet: SourcePacket, step: Step) -> None:
        if step in (Step.CUT, Step.END):
            self._end_open(keep_cutting=step is Step.CUT)
        if step in (Step.BEGIN, Step.CUT) and self._may_try():
            self._begin(packet)
        if step in (Step.SKIP, Step.END):
            self._skip(packet, ended=step is Step.END)
        elif self._open is not None:
            self._add(self._open, packet)
        else:
            self._missed += 1

    def _skip(self, packet: SourcePacket, *, ended: bool) -> None:
        self._missed += 1
        since_s = self._keyless_since_s = (
            packet.media_time_s if self._keyless_since_s is None else self._keyless_since_s
        )
        if ended:
            self._stop("the camera sent no key frame with which a segment could begin")
        elif packet.media_time_s - since_s >= NO_KEY_FRAME_S:
            self._stop(f"the camera sent no key frame for {NO_KEY_FRAME_S:g} s")

    def _begin(self, packet: SourcePacket) -> None:
        self._keyless_since_s = None
        object_id = new_object_id()
        start = SegmentStart(
            object_id=object_id,
            deployment_id=self._deployment_id,
            camera_id=self._camera_id,
            started_at=packet.captured_at,
            from_media_s=packet.media_time_s,
            codec=packet.shape.codec,
            width=packet.shape.width,
            height=packet.shape.height,
            path=segment_path(self._plan.folder, object_id),
            lifetime_s=self._plan.lifetime_s,
        )
        try:
            self._make_folder()
            self._require_room(self._plan.reserve_bytes // 4 if self._stopped else 0)
            key = self._begin_segment(start)
        except (LfrError, OSError) as error:
            self._fault(error)
            return
        try:
            self._open = _Open(object_id, SealedFilm(key, packet.shape), packet)
        except (OSError, ValueError, av.FFmpegError) as error:
            self._end_segment(_nothing_written(start))
            self._fault(error)

    def _add(self, segment: _Open, packet: SourcePacket) -> None:
        before_bytes = segment.film.size_bytes
        try:
            segment.write(packet)
        except (OSError, ValueError, av.FFmpegError) as error:
            self._missed += 1
            self._fault(error)
            return
        if self._stopped:
            self._stopped = False
            self._tell(FootageResumed(camera=self._camera_id, missed_packets=self._missed))
            log.info("footage_resumed", camera=self._camera_id, missed_packets=self._missed)
        self._missed = 0
        if segment.film.size_bytes > before_bytes:
            self._leave_room()

    def _leave_room(self) -> None:
        """End the segment, whole, when the disk is about to be full."""
        try:
            self._require_room(0)
        except OSError as error:
            self._end_open()
            self._fault(error)

    def _end_open(self, *, keep_cutting: bool = False) -> None:
        """End the segment as a whole one, if there is one."""
        if not keep_cutting:
            self._cutting.close()
        segment, self._open = self._open, None
        if segment is None:
            return
        try:
            written = segment.film.close()
        except (OSError, ValueError, av.FFmpegError) as error:
            self._open = segment
            self._fault(error)
        else:
            self._end_segment(segment.end(written, complete=True))

    def _fault(self, error: Exception) -> None:
        """End the segment as it stands, say why, and leave the disk in peace for a while."""
        segment, self._open = self._open, None
        self._cutting.close()
        if segment is not None:
            self._end_segment(segment.end(segment.film.abandon(), complete=False))
        self._retry_at_s = self._monotonic() + RETRY_S
        self._stop(_reason(error))

    def _stop(self, reason: str) -> None:
        if not self._stopped:
            self._stopped = True
            self._tell(FootageStopped(camera=self._camera_id, reason=reason))
            log.warning("footage_stopped", camera=self._camera_id, reason=reason)

    def _make_folder(self) -> None:
        """The camera's folder, its deployment's and that of all footage: nobody else may look into any."""
        folder = self._plan.folder
        for level in (folder.parent.parent, folder.parent, folder):
            make_private_folder(level)

    def _require_room(self, extra_bytes: int) -> None:
        free_bytes = self._free_bytes()
        if free_bytes < self._plan.reserve_bytes + extra_bytes:
            raise OSError(
                f"only {free_bytes // 2**20} MiB are free on its disk; footage leaves "
                f"{self._plan.reserve_bytes // 2**20} MiB to alerts"
            )

    def _free_on_disk(self) -> int:
        found = os.statvfs(self._plan.folder)
        return found.f_bavail * found.f_frsize


def _reason(error: Exception) -> str:
    """What stood in the way, in words; the file, where the system names one."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _nothing_written(start: SegmentStart) -> SegmentEnd:
    """The end of a segment whose file could not be made."""
    return SegmentEnd(
        object_id=start.object_id,
        ended_at=start.started_at,
        to_media_s=start.from_media_s,
        packets=0,
        size_bytes=0,
        sha256="",
        complete=False,
    )
