"""One way to open any source, and what an open one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from lfr_actors.spec.source import SourceAddress
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources.camera import open_device, open_rtsp
from lfr_actors.vision.sources.camera_reader import CameraReader
from lfr_actors.vision.sources.clock import Clock, SystemClock
from lfr_actors.vision.sources.film import open_film
from lfr_actors.vision.sources.film_reader import FilmReader
from lfr_actors.vision.sources.tape import PacketSink

Pace: TypeAlias = Literal["realtime", "max"]
"""How a film is played: at its own speed, or as fast as the machine can. A camera is always real time."""


class FrameReader(Protocol):
    """A source that is open. Blocking; `frames` is used in one thread."""

    @property
    def damaged_packets(self) -> int:
        """Packets so far that could not be decoded."""

    def frames(self) -> Iterator[Frame]:
        """The frames, once. Ends at the end of a film or after `close`; raises `SourceError` kinds."""

    def close(self) -> None:
        """Make `frames` end: at its next frame, or when its read times out. From any thread, idempotent."""


def open_reader(
    address: SourceAddress,
    *,
    pace: Pace = "realtime",
    open_timeout_s: float = 10.0,
    read_timeout_s: float = 5.0,
    clock: Clock | None = None,
    packets: PacketSink | None = None,
) -> FrameReader:
    """Open a source; what is wrong with it before its first frame is raised here.

    `pace="realtime"` releases the frames of a film at their media time. The time-outs are a camera's.
    `packets` is given a copy of each compressed packet of the pictures.
    Raises `SourceNotFound`, `SourceUnreadable`, `SourceDenied`, `SourceStalled`.
    """
    clock = clock or SystemClock()
    if address.kind == "file":
        film = open_film(Path(address.location), address.shown)
        try:
            return FilmReader(
                film, address.shown, at_its_speed=pace == "realtime", clock=clock, packets=packets
            )
        except BaseException:
            film.close()
            raise
    limits = {"open_timeout_s": open_timeout_s, "read_timeout_s": read_timeout_s}
    camera = (
        open_rtsp(address, clock=clock, **limits)
        if address.kind == "rtsp"
        else open_device(address, **limits)
    )
    try:
        return CameraReader(
            camera,
            address.shown,
            read_timeout_s=read_timeout_s,
            picture_timeout_s=open_timeout_s + read_timeout_s,
            clock=clock,
            packets=packets,
        )
    except BaseException:
        camera.close()
        raise
