"""The thread that writes a camera's footage. Whatever happens to it, the camera goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from lfr_actors.events.keeping import FootageStopped
from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.recording import Begin, End, Recording, Tell
from lfr_actors.footage.waiting import AlertAt, PacketQueue
from lfr_actors.vision.sources.tape import SourcePacket

log = structlog.get_logger()


class FootageRecorder:
    """A `PacketSink` that records, in a thread of its own.

    `waits`: the source is a film at full speed; the reader waits for the disk, and nothing is dropped. Else a
    disk that is slower than the camera costs footage, never frames. `begin`, `end` and `tell` are called in the
    recorder's thread and may take their time. Not started, it records nothing.
    """

    def __init__(
        self,
        plan: FootagePlan,
        *,
        deployment_id: str,
        camera_id: str,
        waits: bool,
        begin: Begin,
        end: End,
        tell: Tell,
        monotonic: Callable[[], float] = time.monotonic,
        queue: PacketQueue | None = None,
    ) -> None:
        self._recording = Recording(
            plan,
            deployment_id=deployment_id,
            camera_id=camera_id,
            begin=begin,
            end=end,
            tell=tell,
            monotonic=monotonic,
        )
        self._camera_id, self._tell = camera_id, tell
        self._queue = PacketQueue(waits=waits) if queue is None else queue
        self._thread = threading.Thread(target=self._main, name=f"footage {camera_id}", daemon=True)
        self.cpu_s = 0.0
        """Processor time of the thread, known once it has ended (s)."""

    def start(self) -> None:
        """Start the thread. Raises `RuntimeError` when it was started before."""
        self._thread.start()

    def packet(self, packet: SourcePacket) -> None:
        """Take a packet from the reader's thread. See `PacketSink`."""
        self._queue.put(packet)

    def alert(self, media_time_s: float) -> None:
        """An alert was raised about the frame of this media time (s). From any thread."""
        self._queue.alert(AlertAt(media_time_s=media_time_s))

    def stop(self) -> None:
        """Take nothing more; what was taken is still written. From any thread, idempotent."""
        self._queue.close()

    def join(self, timeout_s: float) -> bool:
        """Wait until everything is written; False when that takes longer."""
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _main(self) -> None:
        try:
            while (item := self._queue.get()) is not None:
                self._recording.take(item)
                del item  # the next one may not come for hours
            self._recording.finish()
        except Exception:
            log.exception("footage_failed", camera=self._camera_id)
            self._queue.close()  # so that a film does not wait for what is never taken
            self._tell(FootageStopped(camera=self._camera_id, reason="a fault of the program; see its log"))
        finally:
            self.cpu_s = time.thread_time()
