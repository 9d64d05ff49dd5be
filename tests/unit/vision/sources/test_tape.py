from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from lfr_actors.errors import SourceStalled
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources import Backoff, Capture, FrameReader, open_reader
from lfr_actors.vision.sources.tape import PacketSink, SourcePacket, StreamShape
from tests.unit.vision.sources.films import CAMERA, FakeClock, film_at, make_film


class Taken:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.packets: list[SourcePacket] = []

    def packet(self, packet: SourcePacket) -> None:
        self.packets.append(packet)


def taken(film: Path) -> tuple[list[SourcePacket], list[Frame]]:
    """What a sink gets of a film, and its frames."""
    sink = Taken()
    reader = open_reader(film_at(film), pace="max", clock=FakeClock(), packets=sink)
    return sink.packets, list(reader.frames())


@pytest.mark.parametrize("name", ["film.mp4", "film.ts", "film.avi", "film.mkv"])
def test_packets_are_the_films_own_at_the_times_of_their_frames(tmp_path: Path, name: str) -> None:
    """Every packet, byte for byte and in order; sorted, their times are those of the frames."""
    options = {"bf": "0" if name.endswith("avi") else "2", "g": "10"}
    film = make_film(tmp_path / name, codec_options=options)
    packets, frames = taken(film)
    with av.open(str(film)) as container:
        raw = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert [packet.data for packet in packets] == raw
    shown_s = sorted(packet.media_time_s for packet in packets)
    assert shown_s == pytest.approx([frame.media_time_s for frame in frames], abs=0.001)
    assert packets[0].is_keyframe
    assert len({packet.shape for packet in packets}) == 1
    assert all(packet.lasts_s == pytest.approx(0.04, abs=0.001) for packet in packets)
    assert all(packet.decode_time_s <= packet.media_time_s for packet in packets)


def test_the_shape_outlives_the_source(tmp_path: Path) -> None:
    """The description of the stream can be given to another container after the source is closed."""
    packets, _ = taken(make_film(tmp_path / "film.mp4"))
    shape = packets[0].shape
    assert (shape.codec, shape.width, shape.height, shape.in_band) == ("h264", 160, 120, False)
    with av.open(str(tmp_path / "copy.mkv"), "w") as container:
        assert shape.template is not None
        stream = container.add_stream_from_template(shape.template, opaque=True)
        assert stream.codec_context.extradata


def test_uncompressed_pictures_have_no_template(tmp_path: Path) -> None:
    """A source without compressed pictures says so; its frames come all the same."""
    packets, frames = taken(make_film(tmp_path / "film.avi", codec="rawvideo", frames=3))
    assert packets[0].shape.template is None
    assert packets[0].shape.codec == "rawvideo"
    assert len(frames) == 3


def test_a_film_without_times_is_timed_by_its_rate(tmp_path: Path) -> None:
    """A bare H.264 stream: one interval after the other, as its frames are."""
    film = make_film(tmp_path / "film.h264", codec_options={"bf": "0"}, frames=20)
    packets, frames = taken(film)
    times_s = [packet.media_time_s for packet in packets]
    assert times_s == pytest.approx([frame.media_time_s for frame in frames], abs=0.001)


class Connection:
    """A reader that hands on two packets and two frames, and is then lost."""

    damaged_packets = 0

    def __init__(self, sink: PacketSink, frames: list[Frame], clock: FakeClock) -> None:
        self._sink, self._frames, self._clock = sink, frames, clock
        self._shape = StreamShape(codec="h264", width=160, height=120, template=None)

    def frames(self) -> Iterator[Frame]:
        for frame in self._frames:
            yield frame
            self._sink.packet(
                SourcePacket(
                    shape=self._shape,
                    data=b"x",
                    media_time_s=frame.media_time_s,
                    decode_time_s=frame.media_time_s - 0.02,
                    lasts_s=0.04,
                    is_keyframe=True,
                    captured_at=frame.captured_at,
                    captured_monotonic_s=frame.captured_monotonic_s,
                )
            )
        raise SourceStalled(CAMERA.shown, "nothing came")

    def close(self) -> None:
        pass


async def test_packets_count_on_through_a_reconnection_as_frames_do(tmp_path: Path) -> None:
    """Lost and found again: packets stand at the media times of their frames, in another shape."""
    clock = FakeClock()
    _, frames = taken(make_film(tmp_path / "film.mp4", frames=2))
    connections: list[Connection] = []
    sink = Taken()

    def opener(*_: object, packets: PacketSink, **__: object) -> FrameReader:
        if len(connections) == 2:
            capture.stop()
        connections.append(Connection(packets, frames, clock))
        return connections[-1]

    capture = Capture(CAMERA, backoff=Backoff(base_s=5), clock=clock, opener=opener, packets=sink)
    capture.start()
    await asyncio.wait_for(capture.closed(), 20)
    assert len(sink.packets) == 4
    offset_s = sink.packets[2].media_time_s - sink.packets[0].media_time_s
    assert offset_s >= frames[1].media_time_s
    assert sink.packets[3].media_time_s - sink.packets[1].media_time_s == pytest.approx(offset_s)
    assert sink.packets[2].decode_time_s == pytest.approx(sink.packets[2].media_time_s - 0.02)
    assert sink.packets[0].shape is not sink.packets[2].shape
