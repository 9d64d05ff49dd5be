from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from lfr_actors.events.keeping import FootageResumed, FootageStopped
from lfr_actors.footage.plan import FootagePlan
from lfr_actors.footage.reading import SegmentReader
from lfr_actors.footage.recorder import FootageRecorder
from lfr_actors.footage.segment import SegmentKey, SegmentStart
from lfr_actors.footage.waiting import PacketQueue
from lfr_actors.vision.sources.tape import SourcePacket
from tests.unit.footage.takes import Index, h264_film, tape

JOIN_S = 20.0


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[SourcePacket]:
    """Four seconds of H.264."""
    return tape(h264_film(tmp_path_factory.mktemp("film") / "film.mp4"))


def recorder(folder: Path, index: Index, *, waits: bool, queue: PacketQueue | None = None) -> FootageRecorder:
    """A recorder that was started."""
    made = FootageRecorder(
        FootagePlan(mode="on", folder=folder / "c", lifetime_s=60, segment_s=1),
        deployment_id="d",
        camera_id="c",
        waits=waits,
        begin=index.begin,
        end=index.end,
        tell=index.tell,
        queue=queue,
    )
    made.start()
    return made


def read(index: Index) -> list[bytes]:
    """Every packet of every segment."""
    data = []
    for segment in index.segments():
        with SegmentReader(segment.path, segment.key, segment.object_id) as reader:
            data += [packet.data for packet in reader.packets()]
    return data


def test_what_was_taken_is_written_before_it_ends(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Stopped: the rest of the queue is recorded, the last segment ended, the thread gone."""
    index = Index()
    recording = recorder(tmp_path, index, waits=False)
    for packet in packets:
        recording.packet(packet)
    recording.stop()
    recording.stop()
    assert recording.join(JOIN_S)
    assert read(index) == [packet.data for packet in packets]
    assert [end.complete for end in index.ends] == [True] * 4
    assert recording.cpu_s > 0
    recording.packet(packets[0])  # nothing happens, and nothing is raised


def test_a_film_waits_for_a_slow_disk(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """A film at full speed through a queue of two packets: every packet is recorded."""
    index = Index()
    recording = recorder(tmp_path, index, waits=True, queue=PacketQueue(waits=True, limit_packets=2))
    for packet in packets:
        recording.packet(packet)
    recording.stop()
    assert recording.join(JOIN_S)
    assert read(index) == [packet.data for packet in packets]
    assert index.told == []


def emptied(queue: PacketQueue) -> None:
    """Wait until everything was taken."""
    deadline_s = time.monotonic() + JOIN_S
    while len(queue) and time.monotonic() < deadline_s:
        time.sleep(0.001)


class SlowIndex(Index):
    """Gives the first key when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answer = threading.Event(), threading.Event()

    def begin(self, start: SegmentStart) -> SegmentKey:
        self.asked.set()
        self.answer.wait(JOIN_S)
        return super().begin(start)


def test_a_camera_never_waits(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """While the index hangs, packets are dropped to the next key frame; both ends of the gap are told."""
    index = SlowIndex()
    queue = PacketQueue(waits=False, limit_packets=10)
    recording = recorder(tmp_path, index, waits=False, queue=queue)
    recording.packet(packets[0])
    assert index.asked.wait(JOIN_S)
    for packet in packets[1:60]:
        recording.packet(packet)
    index.answer.set()
    for packet in packets[60:]:
        emptied(queue)
        recording.packet(packet)
    recording.stop()
    assert recording.join(JOIN_S)
    expected = [*packets[:11], *packets[75:]]
    assert read(index) == [packet.data for packet in expected]
    assert [type(body) for body in index.told] == [FootageStopped, FootageResumed]
    assert index.told[1] == FootageResumed(camera="c", missed_packets=64)


class BrokenIndex(Index):
    """Has a fault in its program."""

    def begin(self, start: SegmentStart) -> SegmentKey:
        raise ZeroDivisionError


def test_a_fault_of_the_program_is_told_and_holds_nobody_up(
    tmp_path: Path, packets: list[SourcePacket]
) -> None:
    """The thread ends, the reader of a film goes on, and footage counts as stopped."""
    index = BrokenIndex()
    recording = recorder(tmp_path, index, waits=True, queue=PacketQueue(waits=True, limit_packets=2))
    for packet in packets:
        recording.packet(packet)
    assert recording.join(JOIN_S)
    assert [type(body) for body in index.told] == [FootageStopped]


def test_one_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    """A camera that failed before it ran."""
    made = FootageRecorder(
        FootagePlan(mode="on", folder=tmp_path, lifetime_s=60),
        deployment_id="d",
        camera_id="c",
        waits=False,
        begin=Index().begin,
        end=Index().end,
        tell=Index().tell,
    )
    made.stop()
    assert made.join(0)
