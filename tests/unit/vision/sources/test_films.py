from __future__ import annotations

import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from lfr_actors.errors import SourceDenied, SourceError, SourceNotFound, SourceUnreadable
from lfr_actors.vision.frame import Frame
from lfr_actors.vision.sources import open_reader
from tests.unit.vision.sources.films import FPS, FakeClock, film_at, is_red, make_film


def read(path: Path) -> list[Frame]:
    """All frames of a film."""
    return list(open_reader(film_at(path), pace="max").frames())


def read_until_error(path: Path) -> tuple[list[Frame], SourceError]:
    """The frames of a film and the error that follows them."""
    frames: list[Frame] = []
    with pytest.raises(SourceError) as caught:
        frames.extend(open_reader(film_at(path), pace="max").frames())
    return frames, caught.value


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("plain.mp4", {}),
        ("plain.mkv", {}),
        ("plain.avi", {"codec": "mpeg4"}),
        ("plain.ts", {}),
        ("bare.h264", {}),
        ("motion-jpeg.mjpeg", {"codec": "mjpeg", "pixels": "yuvj420p"}),
        ("odd.mp4", {"width": 161, "height": 121, "pixels": "yuv444p"}),
        ("grey.mkv", {"codec": "ffv1", "pixels": "gray"}),
        ("ten-bit.mkv", {"codec": "ffv1", "pixels": "yuv420p10le"}),
        ("backwards.mp4", {"codec_options": {"bf": "3"}}),
        ("late.mkv", {"pts": range(500, 550)}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_frame_of_any_film_comes_in_order(tmp_path: Path, name: str, how: dict[str, object]) -> None:
    """Containers, odd sizes, grey, 10 bit, B-frames, a late start: 50 frames, times from 0, 1/25 s apart."""
    frames = read(make_film(tmp_path / name, **how))  # type: ignore[arg-type]
    assert [frame.index for frame in frames] == list(range(50))
    assert [frame.media_time_s for frame in frames] == pytest.approx([n / FPS for n in range(50)], abs=0.002)
    assert {frame.image.shape for frame in frames} == {(how.get("height", 120), how.get("width", 160), 3)}
    assert all(frame.captured_at.utcoffset() is not None for frame in frames)
    if how.get("pixels") != "gray":
        assert is_red(frames[0].image, x=0.2, y=0.2)
        assert not is_red(frames[0].image, x=0.8, y=0.2)


def test_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    """Frames of a film without a fixed rate come at the times written in it."""
    pts = [0, 1, 2, 10, 11, 40, 41, 42, 100, 101]
    frames = read(make_film(tmp_path / "vfr.mkv", frames=10, pts=pts))
    assert [frame.media_time_s for frame in frames] == pytest.approx([n / FPS for n in pts], abs=0.002)


@pytest.mark.parametrize(
    ("rotation", "shape", "red_at"),
    [(90, (160, 120, 3), (0.2, 0.8)), (180, (120, 160, 3), (0.8, 0.8)), (-90, (160, 120, 3), (0.8, 0.2))],
)
def test_phone_films_come_upright(
    tmp_path: Path, rotation: int, shape: tuple[int, int, int], red_at: tuple[float, float]
) -> None:
    """The rotation written in a film is applied: the red corner lies where a player would show it."""
    frame = read(make_film(tmp_path / "phone.mp4", frames=5, rotation=rotation))[0]
    assert frame.image.shape == shape
    assert is_red(frame.image, x=red_at[0], y=red_at[1])
    assert not is_red(frame.image, x=1 - red_at[0], y=1 - red_at[1])


def test_half_height_recordings_get_square_pixels(tmp_path: Path) -> None:
    """A recording of half the lines is stretched to its true shape."""
    film = make_film(tmp_path / "2cif.mp4", frames=5, width=176, height=72, pixel_aspect=Fraction(1, 2))
    assert read(film)[0].image.shape == (144, 176, 3)


def test_realtime_releases_frames_at_their_media_time(tmp_path: Path) -> None:
    """By an injected clock, one second of film takes one second, frame by frame."""
    clock = FakeClock()
    reader = open_reader(film_at(make_film(tmp_path / "a.mp4", frames=26)), pace="realtime", clock=clock)
    frames = list(reader.frames())
    steps_s = [after.captured_monotonic_s - before.captured_monotonic_s for before, after in pairwise(frames)]
    assert steps_s == pytest.approx([1 / FPS] * 25, abs=0.001)
    assert clock.time_s == pytest.approx(101.0, abs=0.001)
    assert (frames[-1].captured_at - frames[0].captured_at).total_seconds() == pytest.approx(1.0, abs=0.001)


def test_realtime_that_is_late_does_not_wait(tmp_path: Path) -> None:
    """A frame whose time has passed while the reader was busy is released at once."""
    clock = FakeClock()
    reader = open_reader(film_at(make_film(tmp_path / "a.mp4", frames=10)), pace="realtime", clock=clock)
    frames = reader.frames()
    next(frames)
    clock.time_s += 0.2
    clock.waits_s.clear()
    for _ in range(5):
        next(frames)
    assert clock.waits_s == []
    next(frames)
    assert clock.waits_s == pytest.approx([0.04], abs=0.001)


def test_max_never_waits(tmp_path: Path) -> None:
    """At full speed the clock is not waited for."""
    clock = FakeClock()
    list(open_reader(film_at(make_film(tmp_path / "a.mp4")), pace="max", clock=clock).frames())
    assert clock.waits_s == []


@pytest.mark.parametrize("name", ["front.mp4", "cut.mkv", "cut.avi"])
def test_a_film_cut_in_the_middle_gives_what_is_left_and_says_so(tmp_path: Path, name: str) -> None:
    """Half a file gives half the frames, then an error that says how far it came and what was promised."""
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    whole = make_film(tmp_path / name, frames=100, codec=codec, index_first=name.endswith("mp4"))
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    frames, error = read_until_error(whole)
    assert 10 < len(frames) < 90
    assert isinstance(error, SourceUnreadable)
    assert name in str(error)
    assert "cut off" in error.reason
    assert "4.0 s" in error.reason


def test_an_mp4_cut_before_its_index_is_named_as_such(tmp_path: Path) -> None:
    """The usual result of a copy that was interrupted: refused at opening, with the cause."""
    film = make_film(tmp_path / "cut.mp4")
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(SourceUnreadable, match="cut off: the index"):
        open_reader(film_at(film))


def test_a_hole_of_a_few_packets_is_counted_and_survived(tmp_path: Path) -> None:
    """Damage in the middle costs a few frames; the film is read to its end without an error."""
    film = make_film(tmp_path / "hole.mp4", frames=250, index_first=True)
    content = bytearray(film.read_bytes())
    middle = len(content) * 2 // 3
    content[middle : middle + 150] = bytes(np.random.default_rng(1).bytes(150))
    film.write_bytes(content)
    reader = open_reader(film_at(film), pace="max")
    frames = list(reader.frames())
    assert len(frames) >= 240
    assert frames[-1].media_time_s == pytest.approx(249 / FPS, abs=0.002)


def test_a_film_that_is_noise_inside_is_an_error(tmp_path: Path) -> None:
    """A sound header around pictures of which none can be decoded is corrupt, not an empty success."""
    film = make_film(tmp_path / "noise.mp4", index_first=True)
    content = bytearray(film.read_bytes())
    start = content.index(b"mdat") + 4
    content[start:] = np.random.default_rng(1).bytes(len(content) - start)
    film.write_bytes(content)
    frames, error = read_until_error(film)
    assert frames == []
    assert isinstance(error, SourceUnreadable)
    assert "corrupt" in error.reason


def test_a_film_with_many_damaged_packets_is_corrupt(tmp_path: Path) -> None:
    """Frames that can be decoded are delivered; then the film is called corrupt."""
    film = make_film(tmp_path / "worn.mp4", frames=100, index_first=True, codec_options={"g": "1"})
    with av.open(str(film)) as container:
        spots = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.pos]
    content = bytearray(film.read_bytes())
    for position, size in spots[::4]:
        content[position : position + size] = bytes(size)
    film.write_bytes(content)
    frames, error = read_until_error(film)
    assert 50 <= len(frames) < 100
    assert isinstance(error, SourceUnreadable)
    assert "corrupt" in error.reason


def test_a_hole_that_swallows_many_frames_is_corrupt(tmp_path: Path) -> None:
    """One damaged packet with many lost ones behind it is told, though the rest is delivered."""
    film = make_film(tmp_path / "hole.mkv", frames=250)
    with av.open(str(film)) as container:
        payloads = [bytes(packet) for packet in container.demux(video=0)]
    content = bytearray(film.read_bytes())
    start, end = content.find(payloads[100]), content.find(payloads[160])
    content[start:end] = b"\xff" * (end - start)
    film.write_bytes(content)
    frames, error = read_until_error(film)
    assert 100 <= len(frames) < 235
    assert isinstance(error, SourceUnreadable)
    assert "damaged packets" in error.reason


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    """A file with sound and no pictures is refused."""
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.float32), format="fltp", layout="mono")
        sound.rate = 44_100
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(SourceUnreadable, match="no video stream"):
        open_reader(film_at(tmp_path / "sound.mp4"))


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.gif", "a.bmp", "film.mp4"])
def test_a_picture_is_not_a_film(tmp_path: Path, name: str) -> None:
    """A still picture is refused by name, whatever the file is called."""
    suffix = ".jpg" if name.endswith("mp4") else Path(name).suffix
    encoded = cv2.imencode(suffix, np.zeros((40, 60, 3), np.uint8))[1]
    (tmp_path / name).write_bytes(encoded.tobytes())
    with pytest.raises(SourceUnreadable, match=r"is a picture \([A-Za-z]+\), not a film"):
        open_reader(film_at(tmp_path / name))


@pytest.mark.parametrize(
    "content",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nreal.mp4\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile 'real.mp4'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    ],
    ids=["hls", "concat", "sdp"],
)
@pytest.mark.parametrize("name", ["list.m3u8", "list.ffconcat", "list.sdp", "list.mp4"])
def test_a_playlist_opens_nothing(tmp_path: Path, content: str, name: str) -> None:
    """A file that names other files or addresses is refused under any name, and they are not opened."""
    make_film(tmp_path / "real.mp4", frames=5)
    (tmp_path / name).write_text(content)
    with pytest.raises(SourceUnreadable, match="playlist"):
        open_reader(film_at(tmp_path / name))


def test_what_stands_in_place_of_a_film_is_named(tmp_path: Path) -> None:
    """Missing, a folder, empty, text, a pipe: each its own error, before the first frame, without waiting."""
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("these are words\n" * 100)
    os.mkfifo(tmp_path / "pipe.mp4")
    for name, kind, words in [
        ("missing.mp4", SourceNotFound, "no such file"),
        ("nowhere/a.mp4", SourceNotFound, "nor is there a folder"),
        (".", SourceUnreadable, "folder"),
        ("empty.mp4", SourceUnreadable, "empty"),
        ("text.mp4", SourceUnreadable, "not a film"),
        ("pipe.mp4", SourceUnreadable, "not a regular file"),
    ]:
        with pytest.raises(kind, match=words):
            open_reader(film_at(tmp_path / name))


def test_a_film_without_permission_is_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission to read is said as such, with what to mend."""
    film = make_film(tmp_path / "locked.mp4", frames=2)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root reads everything, so modes prove nothing here
    with pytest.raises(SourceDenied, match="permission"):
        open_reader(film_at(film))


def test_closing_ends_the_frames(tmp_path: Path) -> None:
    """After `close`, also twice, the frames end; a reader closed before reading has none."""
    film = film_at(make_film(tmp_path / "a.mp4"))
    reader = open_reader(film, pace="max")
    frames = reader.frames()
    next(frames)
    reader.close()
    reader.close()
    assert list(frames) == []
    unread = open_reader(film, pace="max")
    unread.close()
    assert list(unread.frames()) == []
    with pytest.raises(RuntimeError, match="once"):
        list(unread.frames())


def test_ffmpeg_says_nothing_on_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither a sound nor a broken film makes the decoder write to the terminal."""
    film = make_film(tmp_path / "front.mp4", index_first=True)
    capfd.readouterr()
    read(film)
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 6 // 10])
    read_until_error(film)
    assert capfd.readouterr() == ("", "")


def test_a_real_film_is_read_to_its_end(shared: Path) -> None:
    """A film of a real camera: 1394 frames at 10 a second, none damaged."""
    reader = open_reader(film_at(shared / "data" / "films" / "one-by-one.mp4"), pace="max")
    count, last_s = 0, 0.0
    for frame in reader.frames():
        count, last_s = count + 1, frame.media_time_s
    assert (count, reader.damaged_packets) == (1394, 0)
    assert last_s == pytest.approx(139.3, abs=0.01)
