from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import stat
from itertools import pairwise
from pathlib import Path

import av
import pytest

from lfr_actors.errors import InvalidFile, StoreError, Tampered
from lfr_actors.footage.export import Segment, export
from lfr_actors.footage.span import Span
from lfr_actors.vision.sources.tape import SourcePacket
from tests.unit.footage.takes import NOON, Bench, at_its_speed, h264_film, pictures, raw_packets, tape
from tests.unit.vision.sources.films import make_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of H.264 with B-frames and a key frame a second."""
    return h264_film(tmp_path_factory.mktemp("film") / "film.mp4", frames=150, b_frames=2)


@pytest.fixture
def packets(film: Path) -> list[SourcePacket]:
    """The film's packets."""
    return tape(film)


@pytest.fixture
def segments(tmp_path: Path, packets: list[SourcePacket]) -> list[Segment]:
    """The film as three segments of two seconds."""
    return Bench(tmp_path, segment_s=2).record(packets).segments()


@pytest.mark.parametrize("name", ["out.mkv", "out.mp4"])
def test_the_whole_film_comes_back(tmp_path: Path, film: Path, segments: list[Segment], name: str) -> None:
    """Three segments make one film: the same packets, as many pictures, an even pace, for its owner only."""
    (written,) = export(segments, tmp_path / name, Span())
    assert raw_packets(written.path) == raw_packets(film)
    assert pictures(written.path) == written.pictures == 150
    with av.open(str(written.path)) as container:
        times_s = [frame.time for frame in container.decode(video=0)]
    assert times_s == pytest.approx([n / 25 for n in range(150)], abs=0.0015)
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    assert written.size_bytes == written.path.stat().st_size
    assert written.sha256 == hashlib.sha256(written.path.read_bytes()).hexdigest()
    assert (written.from_media_s, written.to_media_s) == pytest.approx((0, 6), abs=0.002)
    assert written.started_at == NOON
    assert written.object_ids == tuple(segment.object_id for segment in segments)
    assert written.cut_short == ()
    assert list(tmp_path.glob("*.partial")) == []


def test_it_begins_at_the_key_frame_before_and_ends_at_the_end(
    tmp_path: Path, segments: list[Segment]
) -> None:
    """1.5 s to 3.2 s: from the key frame at 1 s; every picture shown up to 3.2 s can be decoded."""
    (written,) = export(segments[:2], tmp_path / "out.mkv", Span(from_=1.5, to=3.2))
    assert written.from_media_s == pytest.approx(1.0, abs=0.002)
    assert 3.2 <= written.to_media_s <= 3.4
    assert pictures(written.path) == written.pictures
    assert written.object_ids == (segments[0].object_id, segments[1].object_id)


def test_times_of_day_find_the_same_pictures(tmp_path: Path, segments: list[Segment]) -> None:
    """A range of the clock, at the camera's pace and at that of a film played three times as fast."""
    span = Span(from_=NOON + dt.timedelta(seconds=3), to=NOON + dt.timedelta(seconds=5))
    (written,) = export(segments, tmp_path / "out.mkv", span)
    assert written.from_media_s == pytest.approx(3.0, abs=0.1)
    assert written.started_at.timestamp() == pytest.approx(NOON.timestamp() + 3, abs=0.1)
    fast = dataclasses.replace(segments[2], started_at=NOON, ended_at=NOON + dt.timedelta(seconds=0.5))
    (written,) = export([fast], tmp_path / "fast.mkv", Span(from_=NOON + dt.timedelta(seconds=0.3)))
    assert written.from_media_s == pytest.approx(5.0, abs=0.002)


def test_nothing_in_the_range_writes_nothing(tmp_path: Path, segments: list[Segment]) -> None:
    """No film, not even an empty one."""
    assert export(segments, tmp_path / "out.mkv", Span(from_=100.0)) == []
    assert not (tmp_path / "out.mkv").exists()


def test_a_short_gap_stays_a_gap_and_a_long_one_begins_another_film(
    tmp_path: Path, packets: list[SourcePacket]
) -> None:
    """A camera lost for some seconds: one film, in which time passes; lost for longer: another film."""
    short = [at_its_speed(packet, later_s=4) for packet in packets[75:]]
    shape = dataclasses.replace(packets[0].shape)
    long = [dataclasses.replace(at_its_speed(packet, later_s=60), shape=shape) for packet in packets]
    bench = Bench(tmp_path)
    bench.record(packets[:50], finish=False)
    bench.recording.finish()
    index = bench.record([*short, *long])
    written = export(index.segments(), tmp_path / "out.mp4", Span())
    assert [film.path.name for film in written] == ["out.mp4", "out-2.mp4"]
    assert [film.pictures for film in written] == [125, 150]
    assert [film.from_media_s for film in written] == pytest.approx([0, 60], abs=0.01)
    with av.open(str(written[0].path)) as container:
        times_s = [frame.time for frame in container.decode(video=0)]
    assert max(after - before for before, after in pairwise(times_s)) == pytest.approx(5.04, abs=0.01)


def test_another_size_begins_another_film(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """A camera that was set to another size: each film has one size, and both play."""
    larger = tape(h264_film(tmp_path / "larger.mp4", frames=50, width=320, height=240))
    index = Bench(tmp_path).record([*packets, *(at_its_speed(packet, later_s=6) for packet in larger)])
    written = export(index.segments(), tmp_path / "out.mkv", Span())
    assert [pictures(film.path) for film in written] == [150, 50]
    with av.open(str(written[1].path)) as container:
        assert container.streams.video[0].width == 320


def test_what_a_crash_left_is_exported_and_said(tmp_path: Path, packets: list[SourcePacket]) -> None:
    """A segment without an end gives what is there; the next one goes on in the same film."""
    bench = Bench(tmp_path)
    bench.record(packets[:70], finish=False)
    after = Bench(tmp_path).record([at_its_speed(packet, later_s=3) for packet in packets[25:]])
    segments = [*bench.index.segments(), *after.segments()]
    (written,) = export(segments, tmp_path / "out.mkv", Span())
    assert written.cut_short == (segments[0].object_id,)
    assert 125 + 45 <= written.pictures < 125 + 70
    assert pictures(written.path) == written.pictures


def test_a_container_that_cannot_hold_the_codec_is_refused(tmp_path: Path) -> None:
    """VP8 in MP4: refused with what to write instead; nothing is left behind."""
    source = tape(make_film(tmp_path / "film.webm", codec="libvpx", frames=10))
    segments = Bench(tmp_path).record(source).segments()
    with pytest.raises(InvalidFile, match="cannot hold vp8; write .mkv"):
        export(segments, tmp_path / "out.mp4", Span())
    assert not list(tmp_path.glob("out*"))
    assert export(segments, tmp_path / "out.mkv", Span())[0].pictures == 10


def test_an_unknown_kind_of_film_is_refused(tmp_path: Path, segments: list[Segment]) -> None:
    """The error says which names would do."""
    with pytest.raises(InvalidFile, match=r"\.mkv or \.mp4"):
        export(segments, tmp_path / "out.jpg", Span())


def test_a_film_that_is_there_is_not_overwritten(tmp_path: Path, segments: list[Segment]) -> None:
    """What was exported before stays as it was."""
    (tmp_path / "out.mkv").write_text("evidence")
    with pytest.raises(InvalidFile, match="is there already"):
        export(segments, tmp_path / "out.mkv", Span())
    assert (tmp_path / "out.mkv").read_text() == "evidence"


def test_an_altered_or_missing_segment_leaves_no_film(tmp_path: Path, segments: list[Segment]) -> None:
    """An error in the second segment: the first one's pictures are not left lying about."""
    sealed = bytearray(segments[1].path.read_bytes())
    sealed[-100] ^= 1
    segments[1].path.write_bytes(sealed)
    with pytest.raises(Tampered):
        export(segments, tmp_path / "out.mkv", Span())
    segments[1].path.unlink()
    with pytest.raises(StoreError, match="No such file"):
        export(segments, tmp_path / "out.mkv", Span())
    assert not list(tmp_path.glob("out*"))


def test_progress_reaches_the_end(tmp_path: Path, segments: list[Segment]) -> None:
    """Read bytes rise to the size of all segments."""
    told: list[int] = []
    export(segments, tmp_path / "out.mkv", Span(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == sum(segment.path.stat().st_size for segment in segments)
