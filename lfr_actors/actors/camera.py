"""The camera actor: it sees, follows and asks; frames never leave it.

    capture (thread) ─► gate ─► detect (threads, in order) ─► recognition steps
        ─► embedders ─► matcher ─► rule ─► desk

What does not become an alert is overwritten here within the non-match lifetime, also when no frame comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Protocol

import cv2
import structlog

from lfr_actors.actors.asking import Asking
from lfr_actors.actors.commits import Commits
from lfr_actors.actors.deciding import Deciding
from lfr_actors.actors.footage import CameraFootage
from lfr_actors.actors.gate import Gate
from lfr_actors.actors.in_hand import FramesInHand
from lfr_actors.actors.ports import CameraPlan, CameraStatus, Desk, EmbedderPool, Matcher
from lfr_actors.actors.showing import Showing
from lfr_actors.events.cameras import CameraEnded, CameraFailed, CameraLost, CameraOpened, Totals
from lfr_actors.events.types import EventBody
from lfr_actors.lifetimes import Kind, Lifetimes
from lfr_actors.messages import Probe, Vectors
from lfr_actors.overwriting import overwrite
from lfr_actors.recognition import Observation, Recognition
from lfr_actors.tally import Latency
from lfr_actors.vision.faces import Faces
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.models import Detector
from lfr_actors.vision.sources import Capture, Ended, Failed, Live, Lost, Opening, SourceState

log = structlog.get_logger()
SWEEP_EVERY_S = 0.1
IN_TIME = 0.9
"""Overwriting is due after this share of the lifetime, because a busy machine comes to it late."""
RINSE_EVERY_S = 0.5
CLOSE_S = 2.0


class OpenCapture(Protocol):
    """Makes the capture of a camera, which will say every change of state and hand back what nobody takes."""

    def __call__(
        self, *, on_state: Callable[[SourceState], None], on_dropped: Callable[[Frame], None]
    ) -> Capture:
        """The capture, not yet started."""


class CameraActor:
    """One camera. `capture` makes another capture than that of the plan's source, for tests."""

    def __init__(
        self,
        plan: CameraPlan,
        load_detector: Callable[[], Detector],
        embedders: EmbedderPool,
        matcher: Matcher,
        desk: Desk,
        *,
        capture: OpenCapture | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        cv2.setNumThreads(1)
        self._plan = plan
        self._detector = load_detector()
        self._monotonic = monotonic
        self._lifetimes = Lifetimes()
        keep_s = plan.settings.probe.lifetime_s * IN_TIME
        self._frames = FramesInHand(keep_s=keep_s, monotonic=monotonic, forgotten=self._forgotten)
        self._waits = not plan.address.is_live and plan.pace == "max"
        self._commits = Commits(desk, on_fault=self._give_up)
        self._gate = Gate(
            self._camera,
            matcher,
            incomplete=plan.when_incomplete,
            record=self._commits.record,
            monotonic=monotonic,
        )
        self._asking = Asking(
            embedders,
            matcher,
            waits=self._waits,
            monotonic=monotonic,
            lifetime_s=keep_s,
            forgotten=self._forgotten,
            refused=self._gate.shut,
        )
        self._footage: CameraFootage | None = None
        if plan.footage is not None:
            self._footage = CameraFootage(plan, plan.footage, desk, self._commits.record)
        open_capture = capture or partial(Capture, plan.address, pace=plan.pace, packets=self._footage)
        self._capture = open_capture(on_state=self._state_changed, on_dropped=self._frames.dropped)
        self._recognition = Recognition(plan.settings, plan.incarnation, self._forgotten)
        on_alert = (lambda _: None) if self._footage is None else self._footage.alert
        self._deciding = Deciding(plan, self._recognition, self._commits, on_alert)
        self._latency = Latency()
        self._dropped_before = 0
        self._began_s: float | None = None
        self._state: SourceState = Opening()
        self._trouble: str | None = None
        self._opened = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._showing = Showing(self._recognition, plan.annotate)
        self._detect_threads = ThreadPoolExecutor(plan.workers, thread_name_prefix="detect")

    async def run(self) -> CameraStatus:
        """Work until the source ends or `stop`; alerts in hand are committed before it returns.

        Raises `ActorLost` for an embedder or matcher that does not come back, `StoreError` for a desk that
        cannot commit.
        """
        self._began_s = self._monotonic()
        self._loop = asyncio.get_running_loop()
        sweeper = asyncio.create_task(self._sweep(), name="sweep-non-matches")
        rinser = asyncio.create_task(self._rinse(), name="rinse-messages")
        try:
            if self._footage is not None:
                self._footage.start()
            self._capture.start()
            async with contextlib.aclosing(self._detected()) as detected:
                async for frame, faces in detected:
                    try:
                        await self._take(frame, faces)
                    finally:
                        self._frames.done(frame)
                        del frame, faces  # nothing is kept while the next one is awaited
        finally:
            self._capture.stop()
            sweeper.cancel()
            rinser.cancel()
            self._frames.close()
            self._recognition.end()
            try:
                with contextlib.suppress(TimeoutError):  # a source that hangs ends with its own time-out
                    await asyncio.wait_for(self._capture.closed(), CLOSE_S)
            finally:
                await asyncio.shield(self._finish())
        return await self.status()

    async def status(self) -> CameraStatus:
        """What the camera is doing now."""
        tally, paused = self._recognition.tally, self._gate.reason
        is_over = isinstance(self._state, Failed | Ended)
        return CameraStatus(
            camera_id=self._plan.settings.camera_id,
            state=self._state.name if paused is None or is_over else f"paused: {paused}",
            reason=self._trouble,
            failed=isinstance(self._state, Failed),
            frames=tally.frames,
            dropped=self._dropped(),
            faces=tally.tracks,
            searches=tally.searches,
            unsearched=self._asking.unsearched,
            incomplete=self._recognition.incomplete,
            alerts=self._commits.alerts,
            media_time_s=tally.media_time_s,
            elapsed_s=0.0 if self._began_s is None else round(self._monotonic() - self._began_s, 3),
            latency=self._latency.as_tuple(),
            longest_s=self._lifetimes.longest_s,
            last_frame_age_s=self._capture.counters.last_frame_age_s,
        )

    async def preview(self) -> bytes | None:
        """What the camera sees, small, as `Preview` has it; None while it is paused, and when its work is over."""
        if self._gate.reason is not None:
            self._showing.preview.forget()
            return None
        return self._showing.preview.ask(self._monotonic())

    async def stop(self) -> None:
        """Take no further frame; `run` finishes what is in hand and returns. Idempotent."""
        self._give_up()

    def _give_up(self) -> None:
        self._asking.stop()
        self._gate.stop()
        self._capture.stop()

    async def _detected(self) -> AsyncGenerator[tuple[Frame, Faces], None]:
        """Frames with their faces, in order: one is taken further while `workers` others are looked at.

        No more than that are in hand, so that none grows old here; and none while the next one is awaited,
        which a camera that is lost may not send for hours.
        """
        free = asyncio.Semaphore(self._plan.workers + 1)
        looked_at: asyncio.Queue[tuple[Frame, Future[Faces]] | None] = asyncio.Queue()

        async def feed() -> None:
            try:
                while await free.acquire() and (frame := await self._next_frame()) is not None:
                    self._frames.hold(frame)
                    found = self._detect_threads.submit(self._detector.detect, frame.image)
                    looked_at.put_nowait((frame, found))
                    del frame, found
            finally:
                looked_at.put_nowait(None)

        feeder = asyncio.create_task(feed(), name="feed-detector")
        try:
            while (item := await looked_at.get()) is not None:
                frame, found = item
                yield frame, await asyncio.wrap_future(found)
                free.release()
                del item, frame, found
            await feeder
        finally:
            feeder.cancel()

    async def _next_frame(self) -> Frame | None:
        """The next frame to look at; a live one that came while the gate was shut is dropped, and counted."""
        while True:
            await self._gate.passed()
            frame = await self._capture.get()
            if frame is None or self._waits:
                return frame
            if self._gate.is_open and not self._frames.is_overwritten(frame):
                return frame
            self._frames.dropped(frame)
            self._gate.dropped += 1
            del frame

    async def _take(self, frame: Frame, faces: Faces) -> None:
        """One frame's way from faces to decisions."""
        if not self._opened:
            self._say_opened(frame)
        gone = self._frames.is_overwritten(frame)
        observation = self._recognition.observe(frame, faces, overwritten=gone)
        if observation.probes:
            await self._search(frame, faces, observation)
        gone = self._frames.is_overwritten(frame)
        await self._showing.show(frame, faces, observation, self._monotonic(), overwritten=gone)
        if self._recognition.tally.interval_s >= self._plan.observe_every_s:
            self._say_observed()

    async def _search(self, frame: Frame, faces: Faces, observation: Observation) -> None:
        """Put the probes of a frame to the gallery: all to be embedded side by side, then each its query."""
        captured_s = frame.captured_monotonic_s
        asked: list[tuple[Probe, Vectors]] = []
        try:
            templates = await asyncio.gather(
                *(self._asking.template(probe, captured_s) for probe in observation.probes)
            )
            self._fuse(observation, templates, captured_s, asked)
            async with asyncio.TaskGroup() as group:
                for probe, query in asked:
                    group.create_task(self._put(frame, faces, observation, probe, query))
        except BaseExceptionGroup as faults:
            raise faults.exceptions[0] from None
        finally:  # also what was not asked about any more, because something went wrong before
            overwrite(*(probe.chip for probe in observation.probes), *(query for _, query in asked))

    def _fuse(
        self,
        observation: Observation,
        templates: Sequence[Vectors | None],
        captured_s: float,
        asked: list[tuple[Probe, Vectors]],
    ) -> None:
        """Add to `asked` each probe that has a query now."""
        for probe, template in zip(observation.probes, templates, strict=True):
            if template is None:
                self._recognition.tally.probe_dropped()
                continue
            query = self._recognition.fuse(probe, template, captured_s)
            overwrite(template)
            self._forgotten("template", captured_s)
            if query is not None:
                asked.append((probe, query))

    async def _put(
        self, frame: Frame, faces: Faces, observation: Observation, probe: Probe, query: Vectors
    ) -> None:
        """Put one query to the gallery and decide at once: the frame may be gone when another is answered."""
        result = await self._asking.search(query, frame.captured_monotonic_s)
        if result is None:
            self._recognition.tally.probe_dropped()
        else:
            self._deciding.decide(frame, faces, observation, probe, result)
            self._latency.add_s(self._monotonic() - frame.captured_monotonic_s)

    async def _sweep(self) -> None:
        """Overwrite templates and frames that nobody takes when their time comes: at the last turn before it."""
        while True:
            next_s = self._monotonic() + SWEEP_EVERY_S
            self._recognition.expire(next_s + self._plan.settings.probe.lifetime_s * (1 - IN_TIME))
            self._frames.expire(self._capture.waiting(), next_s)
            self._showing.preview.expire(next_s)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _rinse(self) -> None:
        """Overwrite what messages left in the network's buffers, a while after each question."""
        while True:
            await asyncio.sleep(RINSE_EVERY_S)
            await self._asking.rinse()

    def _say_opened(self, frame: Frame) -> None:
        self._opened = True
        height, width = frame.image.shape[:2]
        kind = self._plan.address.kind
        self._commits.record(CameraOpened(camera=self._camera, width=width, height=height, source_kind=kind))

    def _say_observed(self) -> None:
        dropped = self._dropped()
        observed = self._recognition.tally.take(self._camera, dropped - self._dropped_before)
        self._dropped_before = dropped
        if observed is not None:
            self._commits.record(observed)
        forgotten = self._lifetimes.take(self._camera)
        if forgotten is not None:
            self._commits.record(forgotten)

    def _dropped(self) -> int:
        return self._capture.counters.frames_dropped + self._gate.dropped

    def _forgotten(self, kind: Kind, captured_s: float) -> None:
        self._lifetimes.overwritten(kind, captured_s, self._monotonic())

    def _state_changed(self, state: SourceState) -> None:
        """Called in the capture thread. What was wrong is told until frames come again, also after a stop."""
        self._state = state
        if isinstance(state, Failed | Lost):
            self._trouble = state.reason
        elif isinstance(state, Live):
            self._trouble = None
        body: EventBody
        if isinstance(state, Failed):
            kind = type(state.error).__name__
            body = CameraFailed(camera=self._camera, error=kind, reason=state.reason)
        elif isinstance(state, Lost):
            body = CameraLost(camera=self._camera, reason=state.reason, retry_in_s=state.retry_in_s)
        else:
            return
        log.warning("camera_" + state.name, camera=self._camera, reason=state.reason)
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: the run is over
                self._loop.call_soon_threadsafe(self._commits.record, body)

    @property
    def _camera(self) -> str:
        return self._plan.settings.camera_id

    async def _finish(self) -> None:
        """The last writes: every alert, the last counts, the end; then let go of threads and the film."""
        try:
            if self._footage is not None:
                await self._footage.stop()
            self._say_observed()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asking.rinse(), CLOSE_S)
            await self._commits.settled()
            self._commits.record(CameraEnded(camera=self._camera, totals=await self._totals()))
            await self._commits.settled()
        finally:
            self._detect_threads.shutdown(wait=False, cancel_futures=True)
            await self._showing.close()

    async def _totals(self) -> Totals:
        status = await self.status()
        return Totals(
            frames=status.frames,
            dropped=status.dropped,
            faces_seen=status.faces,
            searches=status.searches,
            alerts=status.alerts,
            elapsed_s=status.elapsed_s,
            latency_p50_ms=self._latency.quantile_ms(0.5),
            latency_p99_ms=self._latency.quantile_ms(0.99),
        )
