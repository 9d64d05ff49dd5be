"""Films read as cameras are, their packets taken down; and an index that keeps what it is told."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

import av

from lfr_actors.errors import LfrError
from lfr_actors.footage.export import Segment
from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.recording import Recording
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.vision.sources import open_reader
from lfr_actors.vision.sources.tape import SourcePacket, StreamShape
from tests.unit.vision.sources.films import FakeClock, film_at, make_film

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


class Taken:
    """A `PacketSink` that keeps everything."""

    def __init__(self) -> None:
        self.packets: list[SourcePacket] = []

    def packet(self, packet: SourcePacket) -> None:
        self.packets.append(packet)


def tape(film: Path) -> list[SourcePacket]:
    """The packets of a film as its reader hands them on, captured from noon at the film's own speed."""
    taken = Taken()
    reader = open_reader(film_at(film), pace="max", clock=FakeClock(), packets=taken)
    for _ in reader.frames():
        pass
    return [at_its_speed(packet) for packet in taken.packets]


def at_its_speed(packet: SourcePacket, *, later_s: float = 0.0) -> SourcePacket:
    """The packet captured when its media time says, `later_s` further on."""
    media_time_s = packet.media_time_s + later_s
    return dataclasses.replace(
        packet,
        captured_at=NOON + dt.timedelta(seconds=media_time_s),
        captured_monotonic_s=media_time_s,
        media_time_s=media_time_s,
        decode_time_s=packet.decode_time_s + later_s,
    )


def raw_packets(film: Path) -> list[bytes]:
    """The packets of a film as they stand in it."""
    with av.open(str(film)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def pictures(film: Path) -> int:
    """How many pictures of a film can be decoded."""
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(video=0))


def h264_film(path: Path, *, frames: int = 100, b_frames: int = 0, **size: int) -> Path:
    """An H.264 film with a key frame a second."""
    options = {"g": "25", "bf": str(b_frames), "sc_threshold": "0", "preset": "ultrafast"}
    return make_film(
        path,
        frames=frames,
        codec_options=options,
        width=size.get("width", 160),
        height=size.get("height", 120),
    )


def given(
    at_s: float,
    *,
    key: bool = False,
    shape: StreamShape | None = None,
    size: int = 10,
    decode_s: float | None = None,
) -> SourcePacket:
    """A packet for rules that do not look into it."""
    return SourcePacket(
        shape=shape or SHAPE,
        data=bytes(size),
        media_time_s=at_s,
        decode_time_s=at_s if decode_s is None else decode_s,
        lasts_s=0.04,
        is_keyframe=key,
        captured_at=NOON + dt.timedelta(seconds=at_s),
        captured_monotonic_s=at_s,
    )


SHAPE = StreamShape(codec="h264", width=160, height=120, template=None)


class Index:
    """In place of the alert desk. `faults` are raised by the first segments that begin."""

    def __init__(self, *faults: LfrError | OSError) -> None:
        self.faults = list(faults)
        self.starts: list[SegmentStart] = []
        self.ends: list[SegmentEnd] = []
        self.told: list[object] = []
        self.keys: dict[str, ObjectKey] = {}

    def begin(self, start: SegmentStart) -> SegmentKey:
        if self.faults:
            raise self.faults.pop(0)
        assert not start.path.exists()
        self.starts.append(start)
        self.keys[start.object_id] = ObjectKey(key_id=os.urandom(16).hex(), secret=os.urandom(32))
        return SegmentKey(object_id=start.object_id, key=self.keys[start.object_id], path=start.path)

    def end(self, end: SegmentEnd) -> None:
        self.ends.append(end)

    def tell(self, body: object) -> None:
        self.told.append(body)

    def segments(self) -> list[Segment]:
        """What was recorded, for export."""
        ends = {end.object_id: end for end in self.ends}
        return [
            Segment(
                object_id=start.object_id,
                path=start.path,
                key=self.keys[start.object_id],
                started_at=start.started_at,
                ended_at=ends[start.object_id].ended_at if start.object_id in ends else None,
                from_media_s=start.from_media_s,
                to_media_s=ends[start.object_id].to_media_s if start.object_id in ends else None,
            )
            for start in self.starts
        ]


class Bench:
    """A recording with its index, a clock set by hand, and as much room on the disk as is said."""

    def __init__(self, folder: Path, *faults: LfrError | OSError, **plan: object) -> None:
        self.index = Index(*faults)
        self.now_s = 0.0
        self.free_bytes = 1 << 40
        settings = {"mode": "on", "lifetime_s": 60.0, "folder": folder / "footage" / "d" / "c"} | plan
        self.plan = FootagePlan(**settings)  # type: ignore[arg-type]
        self.recording = Recording(
            self.plan,
            deployment_id="d",
            camera_id="c",
            begin=self.index.begin,
            end=self.index.end,
            tell=self.index.tell,
            monotonic=lambda: self.now_s,
            free_bytes=lambda: self.free_bytes,
        )

    def record(self, packets: Sequence[SourcePacket], *, finish: bool = True) -> Index:
        """Record these packets as the last ones."""
        for packet in packets:
            self.recording.take(packet)
        if finish:
            self.recording.finish()
        return self.index
