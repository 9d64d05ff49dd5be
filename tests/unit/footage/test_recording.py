from __future__ import annotations

import dataclasses
import errno
import hashlib
import stat
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lfr_actors.errors import ActorLost, Tampered
from lfr_actors.events.keeping import FootageResumed, FootageStopped
from lfr_actors.footage.export import Segment
from lfr_actors.footage.reading import SegmentReader
from lfr_actors.footage.recording import RETRY_S
from lfr_actors.footage.waiting import AlertAt, Missed
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.vision.sources.tape import SourcePacket
from tests.unit.footage.takes import Bench, Index, at_its_speed, given, h264_film, tape
from tests.unit.vision.sources.films import make_film


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[SourcePacket]:
    """Six seconds of H.264 with a key frame a second."""
    return tape(h264_film(tmp_path_factory.mktemp("film") / "film.mp4", frames=150))


def read(segment: Segment) -> list[bytes]:
    """The packets of a segment."""
    with SegmentReader(segment.path, segment.key, segment.object_id) as reader:
        return [packet.data for packet in reader.packets()]


def told(index: Index) -> list[str]:
    """The reasons and losses that were told."""
    return [
        body.reason if isinstance(body, FootageStopped) else f"missed {body.missed_packets}"
        for body in index.told
        if isinstance(body, FootageStopped | FootageResumed)
    ]


def test_segments_hold_every_packet_once(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Cut at key frames, each packet in exactly one segment, byte for byte; the index says what is there."""
    index = Bench(tmp_path, segment_s=2).record(packets)
    assert [data for segment in index.segments() for data in read(segment)] == [p.data for p in packets]
    assert [start.from_media_s for start in index.starts] == pytest.approx([0, 2, 4])
    assert [end.to_media_s for end in index.ends] == pytest.approx([2, 4, 6])
    assert [end.packets for end in index.ends] == [50, 50, 50]
    assert all(end.complete for end in index.ends)
    assert index.told == []
    for start, end in zip(index.starts, index.ends, strict=True):
        sealed = start.path.read_bytes()
        assert (end.size_bytes, end.sha256) == (len(sealed), hashlib.sha256(sealed).hexdigest())
        assert (start.codec, start.width, start.height) == ("h264", 160, 120)
        assert (end.ended_at - start.started_at).total_seconds() == pytest.approx(1.96)


def test_only_the_owner_may_read_and_only_with_the_key(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Folders 0700, files 0600; another key, or another segment's name, is refused."""
    index = Bench(tmp_path).record(packets)
    (segment,) = index.segments()
    assert stat.S_IMODE(segment.path.stat().st_mode) == 0o600
    for folder in (tmp_path / "footage", tmp_path / "footage" / "d", tmp_path / "footage" / "d" / "c"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    other = ObjectKey(key_id=segment.key.key_id, secret=bytes(32))
    with pytest.raises(Tampered), SegmentReader(segment.path, other, segment.object_id):
        pass
    with pytest.raises(Tampered), SegmentReader(segment.path, segment.key, "footage:other"):
        pass


def test_nothing_of_the_source_is_in_the_file(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """No 16 bytes of any packet, and not the container's own words, stand in the sealed file."""
    (segment,) = Bench(tmp_path).record(packets).segments()
    sealed = segment.path.read_bytes()
    assert b"matroska" not in sealed
    assert b"V_MPEG4" not in sealed
    runs = {packet.data[at : at + 16] for packet in packets for at in range(0, len(packet.data) - 16, 16)}
    found = {sealed[at : at + 16] for at in range(len(sealed) - 15)}
    assert not {run for run in runs if len(set(run)) > 4} & found


def test_a_crash_costs_less_than_a_second(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Without an end, the file can be read to within a second of the last packet; it says that it is cut."""
    bench = Bench(tmp_path)
    index = bench.record(packets, finish=False)
    (segment,) = index.segments()
    with SegmentReader(segment.path, segment.key, segment.object_id) as reader:
        survived = [packet.data for packet in reader.packets()]
        assert reader.cut_short
    assert survived == [packet.data for packet in packets[: len(survived)]]
    assert len(packets) - len(survived) <= 25
    assert index.ends == []


def test_a_file_cut_anywhere_gives_what_is_whole(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Whatever byte a crash stopped at: what comes before it is read, nothing else, and no error."""
    (segment,) = Bench(tmp_path).record(packets).segments()
    sealed = segment.path.read_bytes()
    cut = dataclasses.replace(segment, path=tmp_path / "cut.sealed")
    lengths = []
    for size in range(0, len(sealed), max(1, len(sealed) // 40)):
        cut.path.write_bytes(sealed[:size])
        survived = read(cut)
        assert survived == [packet.data for packet in packets[: len(survived)]]
        lengths.append(len(survived))
    assert lengths == sorted(lengths)
    assert lengths[0] == 0


def test_an_altered_file_is_refused(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """One bit in the middle: `Tampered`, not a broken film."""
    (segment,) = Bench(tmp_path).record(packets).segments()
    sealed = bytearray(segment.path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    segment.path.write_bytes(sealed)
    with pytest.raises(Tampered):
        read(segment)


def test_a_reconnection_begins_another_segment(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Another connection is another segment, at the time that passed; nothing is lost of either."""
    shape = dataclasses.replace(packets[0].shape)
    again = [dataclasses.replace(at_its_speed(packet, later_s=20), shape=shape) for packet in packets]
    index = Bench(tmp_path).record([*packets[:30], *again])
    assert [start.from_media_s for start in index.starts] == pytest.approx([0, 20])
    assert [end.packets for end in index.ends] == [30, 150]


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "identical"),
    [
        ("film.avi", "mjpeg", "yuvj420p", True),
        ("film.avi", "mpeg4", "yuv420p", True),
        ("film.mp4", "libx265", "yuv420p", True),
        ("film.webm", "libvpx-vp9", "yuv420p", True),
        ("film.mp4", "libsvtav1", "yuv420p", True),
        ("film.ts", "libx264", "yuv420p", False),
        ("film.h264", "libx264", "yuv420p", False),
    ],
)
def test_every_codec_of_cameras_is_kept(
    tmp_path: Path, name: str, codec: str, pixels: str, identical: bool
) -> None:
    """Packets come back byte for byte; a stream with start codes comes back with lengths, no longer or shorter."""
    options = {"x265-params": "log-level=none", "preset": "12"} if codec in ("libx265", "libsvtav1") else {}
    options = {"x265-params": "log-level=none"} if codec == "libx265" else options
    source = tape(make_film(tmp_path / name, codec=codec, pixels=pixels, frames=20, codec_options=options))
    (segment,) = Bench(tmp_path).record(source).segments()
    kept = read(segment)
    assert len(kept) == len(source)
    if identical:
        assert kept == [packet.data for packet in source]


def test_a_stream_that_describes_itself_is_kept(tmp_path: Path) -> None:
    """A camera whose description comes with its key frames only: it is taken from the first one."""
    source = tape(h264_film(tmp_path / "film.ts", frames=30))
    shape = dataclasses.replace(source[0].shape, in_band=True)
    (segment,) = (
        Bench(tmp_path).record([dataclasses.replace(packet, shape=shape) for packet in source]).segments()
    )
    with SegmentReader(segment.path, segment.key, segment.object_id) as reader:
        assert reader.stream is not None
        assert reader.stream.codec_context.extradata
        assert (reader.stream.width, reader.stream.height) == (160, 120)
        assert len(list(reader.packets())) == 30


def test_what_cannot_be_kept_is_said_once(tmp_path: Path) -> None:
    """Uncompressed pictures: footage is stopped with the reason, nothing is written."""
    index = Bench(tmp_path).record([given(second, key=True) for second in range(5)])
    assert index.starts == []
    assert told(index) == ["the camera sends h264, which cannot be kept as it is"]


def test_a_full_disk_stops_footage_until_there_is_room(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Said once, the segment ended whole; tried again after a while from a key frame, with what was missed."""
    bench = Bench(tmp_path, reserve_bytes=1 << 20)
    index = bench.record(packets[:30], finish=False)
    bench.free_bytes = 1000
    bench.record(packets[30:60], finish=False)
    assert read(index.segments()[0]) == [packet.data for packet in packets[: index.ends[0].packets]]
    bench.now_s = RETRY_S - 1
    bench.record(packets[60:76], finish=False)
    bench.now_s, bench.free_bytes = RETRY_S, (1 << 20) + 1000
    bench.record(packets[76:110], finish=False)
    assert len(index.starts) == 1
    bench.now_s, bench.free_bytes = 2 * RETRY_S, 1 << 22
    bench.record(packets[110:])
    missed = 125 - index.ends[0].packets
    assert told(index) == [
        "only 0 MiB are free on its disk; footage leaves 1 MiB to alerts",
        f"missed {missed}",
    ]
    assert [end.complete for end in index.ends] == [True, True]
    assert read(index.segments()[1]) == [packet.data for packet in packets[125:]]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 20 KB; skips where one may not be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=20k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("a small file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_in_the_middle(tiny_disk: Path, tmp_path: Path) -> None:
    """No space left, in the middle of a packet: stopped, with the system's reason; what is there is whole."""
    source = tape(h264_film(tmp_path / "film.mp4", frames=100, width=640, height=480))
    bench = Bench(tiny_disk, reserve_bytes=0)
    index = bench.record(source)
    (segment,) = index.segments()
    survived = read(segment)
    assert 0 < len(survived) < len(source)
    assert survived == [packet.data for packet in source[: len(survived)]]
    assert told(index) == ["No space left on device"]
    assert index.ends[0].complete is False
    assert index.ends[0].size_bytes == segment.path.stat().st_size
    segment.path.unlink()
    bench.now_s = RETRY_S
    assert bench.record(source[:25]).ends[1].complete
    assert told(index)[1:] == [f"missed {len(source) - index.ends[0].packets}"]


@pytest.mark.parametrize(
    "fault", [ActorLost("the alert desk", "it died"), OSError(errno.EROFS, "Read-only file system")]
)
def test_without_a_key_nothing_is_written(
    tmp_path: Path, packets: list[SourcePacket], fault: ActorLost | OSError
) -> None:
    """An index that gives no key: no file, said once; the next try succeeds."""
    bench = Bench(tmp_path, fault)
    index = bench.record(packets[:50], finish=False)
    assert list(tmp_path.rglob("*.sealed")) == []
    bench.now_s = RETRY_S
    bench.record(packets[50:])
    assert len(told(index)) == 2
    assert told(index)[1] == "missed 50"
    assert [end.packets for end in index.ends] == [100]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """A file where the folder should be: stopped with the reason, the index hears nothing."""
    (tmp_path / "footage").write_text("in the way")
    index = Bench(tmp_path).record(packets)
    assert index.starts == []
    assert told(index) == [f"{tmp_path / 'footage'}: File exists"]


def test_dropped_packets_end_the_segment(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """A loss on the way here: the segment ends whole, the next begins with a key frame, and both are said."""
    bench = Bench(tmp_path)
    bench.record(packets[:30], finish=False)
    bench.recording.take(Missed(packets=45))
    index = bench.record(packets[75:])
    assert [end.packets for end in index.ends] == [30, 75]
    assert all(end.complete for end in index.ends)
    assert told(index)[1:] == ["missed 45"]


def test_a_camera_without_key_frames_is_said(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Half a minute without a key frame at the beginning: stopped, with the reason; a key frame mends it."""
    later = [at_its_speed(packet, later_s=7.0 * n) for n, packet in enumerate(packets[1:9])]
    index = Bench(tmp_path).record([*later, at_its_speed(packets[25], later_s=60)])
    assert told(index) == ["the camera sent no key frame for 30 s", "missed 8"]


def test_alerts_only_keeps_what_surrounds_an_alert(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """One second before and after: from the key frame before to the key frame after; else nothing."""
    bench = Bench(tmp_path, mode="alerts-only", before_s=1.0, after_s=1.0)
    bench.record(packets[:70], finish=False)
    assert bench.index.starts == []
    bench.recording.take(AlertAt(media_time_s=2.6))
    index = bench.record(packets[70:])
    (segment,) = index.segments()
    assert (index.starts[0].from_media_s, index.ends[0].to_media_s) == pytest.approx((1.0, 4.0))
    assert index.starts[0].started_at == packets[25].captured_at
    assert read(segment) == [packet.data for packet in packets[25:100]]
    assert index.told == []


def test_alerts_only_says_a_loss_only_where_it_matters(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """Packets lost while nobody wanted them are no event; what an alert keeps begins after them."""
    bench = Bench(tmp_path, mode="alerts-only", before_s=3.0, after_s=0.5)
    bench.record(packets[:30], finish=False)
    bench.recording.take(Missed(packets=20))
    bench.record(packets[50:80], finish=False)
    bench.recording.take(AlertAt(media_time_s=3.0))
    index = bench.record(packets[80:])
    assert index.starts[0].from_media_s == pytest.approx(2.0)
    assert index.told == []


def test_pictures_shown_out_of_order_are_kept(tmp_path: Path) -> None:
    """B-frames: times of showing and their order come back, to a millisecond."""
    source = tape(h264_film(tmp_path / "film.mp4", frames=60, b_frames=2))
    assert any(after.media_time_s < before.media_time_s for before, after in pairwise(source))
    index = Bench(tmp_path, segment_s=1).record(source)
    kept = []
    for segment in index.segments():
        with SegmentReader(segment.path, segment.key, segment.object_id) as reader:
            kept += list(reader.packets())
    assert [packet.data for packet in kept] == [packet.data for packet in source]
    assert [p.shown_s for p in kept] == pytest.approx([p.media_time_s for p in source], abs=0.001)
    assert all(packet.decoded_s <= packet.shown_s for packet in kept)
