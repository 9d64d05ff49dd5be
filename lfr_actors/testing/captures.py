"""A capture without a thread: it gives the frames it was given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from lfr_actors.errors import SourceError
from lfr_actors.spec.source import SourceAddress
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources import (
    Capture,
    CaptureCounters,
    Ended,
    Failed,
    Live,
    Opening,
    Pace,
    SourceState,
)

FILM = SourceAddress(kind="file", location="/films/given.mp4", shown="file:given.mp4")
STREAM = SourceAddress(kind="rtsp", location="rtsp://127.0.0.1/given", shown="rtsp://127.0.0.1/given")


class GivenFrames(Capture):
    """Gives these frames, made as they are asked for, and then ends, fails or goes on without any.

    `then`: None, the film ends; an error of the source, it fails; any other error is a fault of the program.
    `live`: after the last frame it waits to be stopped, like a camera before which nobody passes.
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        *,
        then: Exception | None = None,
        live: bool = False,
        on_state: Callable[[SourceState], None] = lambda _: None,
        on_dropped: Callable[[Frame], None] = lambda _: None,
    ) -> None:
        pace: Pace = "realtime" if live else "max"
        super().__init__(STREAM if live else FILM, pace=pace, on_state=on_state, on_dropped=on_dropped)
        self._frames = iter(frames)
        self._then, self._live = then, live
        self._stopped: asyncio.Event | None = None
        self._told: SourceState = Opening()
        self.given = 0

    def start(self) -> None:
        """See `Capture.start`."""
        self._stopped = self._stopped or asyncio.Event()
        self._change(Opening())

    async def get(self) -> Frame | None:
        """See `Capture.get`."""
        await asyncio.sleep(0)
        stopped = self._stopped
        if stopped is None:
            raise RuntimeError("the capture was not started")
        frame = None if stopped.is_set() else next(self._frames, None)
        if frame is not None:
            if not self.given:
                self._change(Live())
            self.given += 1
            return frame
        if self._live:
            await stopped.wait()
        if isinstance(self._then, SourceError) and not stopped.is_set():
            self._change(Failed(error=self._then))
        elif self._then is not None and not stopped.is_set():
            raise self._then
        elif not isinstance(self._told, Failed):
            self._change(Ended())
        return None

    def stop(self) -> None:
        """See `Capture.stop`."""
        self._stopped = self._stopped or asyncio.Event()
        self._stopped.set()

    async def closed(self) -> None:
        """See `Capture.closed`."""
        await asyncio.sleep(0)

    @property
    def counters(self) -> CaptureCounters:
        """See `Capture.counters`."""
        return CaptureCounters(
            frames_read=self.given,
            frames_dropped=0,
            reconnections=0,
            damaged_packets=0,
            state=self._told,
            last_frame_age_s=0.0 if self.given else None,
        )

    def _change(self, state: SourceState) -> None:
        self._told = state
        self._on_state(state)
