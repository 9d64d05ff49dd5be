"""A source in a thread: opened, read, tried again, handed over to asyncio. What a camera actor uses."""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import threading
from collections.abc import Callable
from typing import Protocol

from lfr_actors.errors import SourceDenied, SourceError
from lfr_actors.overwriting import overwrite
from lfr_actors.spec.source import SourceAddress
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources.backoff import Backoff
from lfr_actors.vision.sources.clock import Clock, SystemClock
from lfr_actors.vision.sources.handover import Handover
from lfr_actors.vision.sources.reader import FrameReader, Pace, open_reader
from lfr_actors.vision.sources.states import Ended, Failed, Live, Lost, Opening, SourceState
from lfr_actors.vision.sources.tape import PacketSink, SourcePacket

_AHEAD_FRAMES = 1
"""How far a film played at full speed is decoded ahead of the reader."""


class Opener(Protocol):
    """`open_reader`, or a fake of it."""

    def __call__(
        self,
        address: SourceAddress,
        *,
        pace: Pace,
        open_timeout_s: float,
        read_timeout_s: float,
        clock: Clock,
        packets: PacketSink | None,
    ) -> FrameReader:
        """See `open_reader`."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCounters:
    """Figures of a capture since its start. `last_frame_age_s` is none before the first frame."""

    frames_read: int
    frames_dropped: int
    reconnections: int
    damaged_packets: int
    state: SourceState
    last_frame_age_s: float | None


class Capture:
    """Reads a source in a thread of its own and hands the frames over.

    A camera, and a film at `realtime`: only the newest frame waits; an unread one is replaced and counted as
    dropped. A film at `max`: none is dropped, the decoder waits. A camera that is lost is tried again for
    ever, as `backoff` says; where access was denied, slowly, so that a password mended at the camera works.
    A film is read once.

    `on_state` is called in the capture thread at every change of state; it must be quick. Frames of a camera
    count on through reconnections: `index` goes up by one, and `media_time_s` by the time that passed.
    `packets` is given the compressed packets in the capture thread, at the same media times. `on_dropped` is
    called from any thread with every frame that nobody will get; it overwrites the picture.
    """

    def __init__(
        self,
        address: SourceAddress,
        *,
        pace: Pace = "realtime",
        on_state: Callable[[SourceState], None] = lambda _: None,
        backoff: Backoff | None = None,
        open_timeout_s: float = 10.0,
        read_timeout_s: float = 5.0,
        clock: Clock | None = None,
        opener: Opener = open_reader,
        packets: PacketSink | None = None,
        on_dropped: Callable[[Frame], None] = lambda frame: overwrite(frame.image),
    ) -> None:
        self._address = address
        self._pace: Pace = pace
        self._on_state = on_state
        self._backoff = backoff or Backoff()
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._clock = clock or SystemClock()
        self._opener = opener
        self._sink = packets
        self._on_dropped = on_dropped
        every_frame = not address.is_live and pace == "max"
        self._handover: Handover[Frame] = Handover(
            capacity=_AHEAD_FRAMES if every_frame else 1, replace=not every_frame, on_dropped=on_dropped
        )
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._reader: FrameReader | None = None
        self._thread: threading.Thread | None = None
        self._over: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._state: SourceState = Opening()
        self._frames_read = 0
        self._connections = 0
        self._damaged_packets = 0
        # Times only: a capture keeps no frame that somebody has taken.
        self._first_s = 0.0
        self._last_s: float | None = None
        self._last_media_time_s = 0.0
        self._offset_s: float | None = None

    def start(self) -> None:
        """Start the thread. Raises `RuntimeError` when it was started before."""
        with self._guard:
            if self._thread is not None:
                raise RuntimeError(f"{self._address.shown}: the capture was started before")
            self._thread = threading.Thread(
                target=self._thread_main, name=f"capture {self._address.shown}", daemon=True
            )
            self._over.set_running_or_notify_cancel()
            self._thread.start()

    async def get(self) -> Frame | None:
        """The next frame; none once the source is over for good or stopped.

        Raises whatever ended the capture thread, should that be anything but an error of the source.
        """
        frame = await self._handover.get()
        if frame is None and self._over.done():
            self._over.result()
        return frame

    def waiting(self) -> tuple[Frame, ...]:
        """Frames that were read and that nobody has taken yet. From any thread."""
        return self._handover.waiting()

    def stop(self) -> None:
        """Ask the thread to end; frames not taken are dropped. From any thread, idempotent."""
        self._stop.set()
        self._handover.close()
        with self._guard:
            if self._reader is not None:
                self._reader.close()

    async def closed(self) -> None:
        """Wait until the thread has ended; after `stop`, that takes a time-out of the source at the most."""
        if self._thread is not None:
            await asyncio.shield(asyncio.wrap_future(self._over))

    @property
    def counters(self) -> CaptureCounters:
        """The figures now. From any thread."""
        last_s = self._last_s
        with self._guard:
            running = self._reader.damaged_packets if self._reader is not None else 0
            damaged_packets = self._damaged_packets + running
        return CaptureCounters(
            frames_read=self._frames_read,
            frames_dropped=self._handover.dropped,
            reconnections=max(0, self._connections - 1),
            damaged_packets=damaged_packets,
            state=self._state,
            last_frame_age_s=None if last_s is None else self._clock.monotonic() - last_s,
        )

    def _thread_main(self) -> None:
        try:
            if self._address.is_live:
                self._watch()
            else:
                self._play()
        except BaseException as crash:  # noqa: BLE001 - a fault of the program: `get` and `closed` raise it
            self._over.set_exception(crash)
        else:
            self._over.set_result(None)
        finally:
            self._handover.finish()

    def _play(self) -> None:
        """A film, once."""
        self._tell(Opening())
        try:
            self._deliver()
        except SourceError as error:
            if not self._stop.is_set():
                self._tell(Failed(error=_without_frames(error)))
                return
        self._tell(Ended())

    def _watch(self) -> None:
        """A camera, again and again until stopped."""
        while not self._stop.is_set():
            self._tell(Opening())
            began = self._frames_read, self._clock.monotonic()
            try:
                self._deliver()
                failure = SourceError(self._address.shown, "the camera closed the stream")
            except SourceError as error:
                failure = _without_frames(error)
            if self._stop.is_set():
                break
            if self._frames_read > began[0]:
                self._backoff.lived(self._clock.monotonic() - began[1])
            denied = isinstance(failure, SourceDenied)
            delay_s = self._backoff.slow_delay_s() if denied else self._backoff.next_delay_s()
            self._tell(Lost(error=failure, retry_in_s=delay_s))
            self._clock.wait(self._stop, delay_s)
        self._tell(Ended())

    def _deliver(self) -> None:
        """Open the source once and hand over its frames until it ends or raises."""
        self._offset_s = None
        reader = self._opener(
            self._address,
            pace=self._pace,
            open_timeout_s=self._open_timeout_s,
            read_timeout_s=self._read_timeout_s,
            clock=self._clock,
            packets=self if self._sink is not None else None,
        )
        with self._guard:
            self._reader = reader
            if self._stop.is_set():
                reader.close()
        try:
            self._hand_over(reader)
        finally:
            reader.close()
            with self._guard:
                self._reader = None
                self._damaged_packets += reader.damaged_packets

    def _hand_over(self, reader: FrameReader) -> None:
        live = False
        for frame in reader.frames():
            if self._stop.is_set():
                self._on_dropped(frame)
                return
            offset_s = self._join(frame)
            if not live:
                self._tell(Live())
                live = True
            numbered = dataclasses.replace(
                frame, index=self._frames_read, media_time_s=frame.media_time_s + offset_s
            )
            self._frames_read += 1
            self._last_s, self._last_media_time_s = numbered.captured_monotonic_s, numbered.media_time_s
            self._handover.put(numbered)
            del frame, numbered  # the next one may not come for as long as a read may take

    def packet(self, packet: SourcePacket) -> None:
        """What the reader hands on; goes to `packets`, in the time that counts on through reconnections."""
        if self._sink is not None and not self._stop.is_set():
            offset_s = self._join(packet)
            self._sink.packet(
                dataclasses.replace(
                    packet,
                    media_time_s=packet.media_time_s + offset_s,
                    decode_time_s=packet.decode_time_s + offset_s,
                )
            )

    def _join(self, first: Frame | SourcePacket) -> float:
        """What to add to the media times of a connection; settled by its first frame or packet."""
        if self._offset_s is None:
            self._connections += 1
            if self._last_s is None:
                self._first_s = first.captured_monotonic_s
                self._offset_s = 0.0
            else:
                passed_s = first.captured_monotonic_s - self._first_s
                self._offset_s = max(self._last_media_time_s, passed_s) - first.media_time_s
        return self._offset_s

    def _tell(self, state: SourceState) -> None:
        self._state = state
        self._on_state(state)


def _without_frames(error: SourceError) -> SourceError:
    """The error without its traceback, in whose local variables the last frame would live on."""
    return error.with_traceback(None)
