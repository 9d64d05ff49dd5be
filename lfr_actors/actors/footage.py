"""A camera actor's footage: between the thread that records and the alert desk, which keeps index and keys."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Callable

import structlog

from lfr_actors.actors.ports import CameraPlan, Desk
from lfr_actors.errors import ActorLost, LfrError, NotReady
from lfr_actors.events.types import EventBody
from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.recorder import FootageRecorder
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart
from lfr_actors.vision.sources.tape import SourcePacket

log = structlog.get_logger()
BEGIN_S = 10.0
"""A desk that gave no key for so long costs footage, until the next try."""
STOP_S = 15.0
"""How long the end of the last segment may take."""
END_PAUSES_S = (0.2, 1.0, 5.0)
"""Pauses after which a desk that did not write the end of a segment is asked again."""


class CameraFootage:
    """Records the packets of a camera; a `PacketSink`. No fault of it reaches the camera.

    A segment whose end could not be told stays open in the index, and is ended there when the deployment is.
    """

    def __init__(
        self, plan: CameraPlan, footage: FootagePlan, desk: Desk, record: Callable[[EventBody], None]
    ) -> None:
        self._desk, self._record = desk, record
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends: set[asyncio.Task[None]] = set()
        self._recorder = FootageRecorder(
            footage,
            deployment_id=plan.settings.deployment_id,
            camera_id=plan.settings.camera_id,
            waits=not plan.address.is_live and plan.pace == "max",
            begin=self._begin,
            end=self._end,
            tell=self._tell,
        )

    def start(self) -> None:
        """Start to record, from within the loop that answers."""
        self._loop = asyncio.get_running_loop()
        self._recorder.start()

    def packet(self, packet: SourcePacket) -> None:
        """See `PacketSink`."""
        self._recorder.packet(packet)

    def alert(self, media_time_s: float) -> None:
        """An alert was raised about the frame of this media time (s)."""
        self._recorder.alert(media_time_s)

    async def stop(self) -> None:
        """Write what was taken, and tell the desk; `STOP_S` at the most. Idempotent."""
        self._recorder.stop()
        if not await asyncio.to_thread(self._recorder.join, STOP_S):
            log.error("footage_not_finished", waited_s=STOP_S)
        while self._ends:
            await asyncio.gather(*self._ends, return_exceptions=True)

    def _begin(self, start: SegmentStart) -> SegmentKey:
        """In the recorder's thread. Raises `LfrError` when there is no key."""
        asked = self._call(start)
        try:
            return asked.result(BEGIN_S)
        except TimeoutError:
            asked.cancel()
            raise NotReady("the alert desk", f"it gave no key for footage within {BEGIN_S:g} s") from None
        except concurrent.futures.CancelledError:
            raise ActorLost("the camera", "it ended while its footage asked for a key") from None

    def _call(self, start: SegmentStart) -> concurrent.futures.Future[SegmentKey]:
        if self._loop is None:
            raise RuntimeError("the footage of this camera was not started")
        return asyncio.run_coroutine_threadsafe(self._desk.begin_segment(start), self._loop)

    def _end(self, end: SegmentEnd) -> None:
        """In the recorder's thread, which goes on at once."""
        self._soon(lambda: self._start_end(end))

    def _tell(self, body: EventBody) -> None:
        """In the recorder's thread."""
        self._soon(lambda: self._record(body))

    def _soon(self, call: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: the run is over
                self._loop.call_soon_threadsafe(call)

    def _start_end(self, end: SegmentEnd) -> None:
        task = asyncio.get_running_loop().create_task(self._tell_end(end), name=f"end-{end.object_id}")
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    async def _tell_end(self, end: SegmentEnd) -> None:
        for pause_s in (*END_PAUSES_S, None):
            try:
                await self._desk.end_segment(end)
            except LfrError as error:
                log.error("desk_did_not_end_segment", object=end.object_id, reason=str(error))
            else:
                return
            if pause_s is not None:
                await asyncio.sleep(pause_s)
