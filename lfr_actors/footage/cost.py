"""What recording costs: a film read at its own speed with and without, turn by turn, in one run."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.recorder import FootageRecorder
from lfr_actors.footage.segment import SegmentEnd, SegmentKey, SegmentStart
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.vision.sources.reader import open_reader
from lfr_actors.vision.sources.tape import PacketSink

if TYPE_CHECKING:
    from lfr_actors.spec.source import SourceAddress

TURNS: Final = 3
"""How often both are measured: off, on, off, on …"""
_END_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageCost:
    """Processor time in percent of one core, over `played_s` seconds of each.

    `without` and `with_recording` are of the whole process, which reads and decodes; `recorder` is of the thread
    that writes alone. `segments`, `packets` and `size_bytes` were recorded.
    """

    width: int
    height: int
    frames_per_s: float
    played_s: float
    without: float
    with_recording: float
    recorder: float
    segments: int
    packets: int
    size_bytes: int

    @property
    def difference(self) -> float:
        """What recording adds, percent of one core."""
        return self.with_recording - self.without


class _Spent:
    """Processor and real time of the turns of one kind, and the frames that were read in them."""

    def __init__(self) -> None:
        self.cpu_s = self.elapsed_s = 0.0
        self.frames = 0

    @property
    def percent(self) -> float:
        return 100 * self.cpu_s / self.elapsed_s

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        cpu_s, began_s = time.process_time(), time.monotonic()
        yield
        self.cpu_s += time.process_time() - cpu_s
        self.elapsed_s += time.monotonic() - began_s


def measure(
    address: SourceAddress,
    folder: Path,
    *,
    seconds: float,
    progress: Callable[[float], None] = lambda _: None,
) -> FootageCost:
    """Play `seconds` of a film without and as much with recording into `folder`, in `TURNS` turns of each.

    A shorter film is played again. `progress` is told the share that is done. Raises `SourceError` for a film
    that cannot be played.
    """
    without, recorded = _Spent(), _Spent()
    recorder_s, ends, size = 0.0, list[SegmentEnd](), (0, 0)
    for turn in range(TURNS):
        with without.turn():
            size = _play(address, None, seconds / TURNS, without)
        progress((turn + 0.5) / TURNS)
        recorder = _recorder(folder, ends)
        with recorded.turn():  # the end of the segment belongs to what recording costs
            recorder.start()
            _play(address, recorder, seconds / TURNS, recorded)
            recorder.stop()
            recorder.join(_END_S)
        recorder_s += recorder.cpu_s
        progress((turn + 1) / TURNS)
    return FootageCost(
        width=size[0],
        height=size[1],
        frames_per_s=without.frames / without.elapsed_s,
        played_s=without.elapsed_s,
        without=without.percent,
        with_recording=recorded.percent,
        recorder=100 * recorder_s / recorded.elapsed_s,
        segments=len(ends),
        packets=sum(end.packets for end in ends),
        size_bytes=sum(end.size_bytes for end in ends),
    )


def _play(
    address: SourceAddress, packets: PacketSink | None, seconds: float, spent: _Spent
) -> tuple[int, int]:
    """Read and decode at the film's own speed, as a camera does; the size of its pictures."""
    until_s = time.monotonic() + seconds
    size = (0, 0)
    while time.monotonic() < until_s:
        reader = open_reader(address, pace="realtime", packets=packets)
        with contextlib.closing(reader):
            for frame in reader.frames():
                size = frame.image.shape[1], frame.image.shape[0]
                spent.frames += 1
                if time.monotonic() >= until_s:
                    break
    return size


def _recorder(folder: Path, ends: list[SegmentEnd]) -> FootageRecorder:
    """A recorder whose index is another process's affair, as that of a camera is."""

    def begin(start: SegmentStart) -> SegmentKey:
        key = ObjectKey(key_id=secrets.token_hex(16), secret=secrets.token_bytes(32))
        return SegmentKey(object_id=start.object_id, key=key, path=start.path)

    return FootageRecorder(
        FootagePlan(mode="on", folder=folder, lifetime_s=0),
        deployment_id="cost",
        camera_id="cost",
        waits=False,
        begin=begin,
        end=ends.append,
        tell=lambda _: None,
    )
