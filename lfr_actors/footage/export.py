"""Footage of a range of time as playable films: decrypted, copied packet by packet, never encoded anew.

One film is made of each unbroken stretch. A gap longer than `GAP_S`, another codec, another size of the pictures
and a stream that began anew each begin another one, named `NAME-2`, `NAME-3` …; a shorter gap stays a gap.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from lfr_actors.errors import InvalidFile
from lfr_actors.footage.reading import KeptPacket, SegmentReader
from lfr_actors.footage.sealed_film import mux
from lfr_actors.footage.span import Moment, Span

if TYPE_CHECKING:
    from lfr_actors.store.vault.sealing import ObjectKey

GAP_S: Final = 10.0
FORMATS: Final = {".mkv": "matroska", ".mp4": "mp4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment to be read. `ended_at` and `to_media_s` are None while it is being recorded."""

    object_id: str
    path: Path
    key: ObjectKey
    started_at: dt.datetime
    ended_at: dt.datetime | None
    from_media_s: float
    to_media_s: float | None

    def media_range_s(self, span: Span) -> tuple[float, float]:
        """Where a span lies in the film or stream (s); an open end at infinity."""
        from_s = float("-inf") if span.from_ is None else self._media_s(span.from_)
        return from_s, float("inf") if span.to is None else self._media_s(span.to)

    def _media_s(self, moment: Moment) -> float:
        if not isinstance(moment, dt.datetime):
            return moment
        return self.from_media_s + (moment - self.started_at).total_seconds() * self._pace

    def time_of_day(self, media_s: float) -> dt.datetime:
        """When a second of the film or stream was captured."""
        return self.started_at + dt.timedelta(seconds=(media_s - self.from_media_s) / self._pace)

    @property
    def _pace(self) -> float:
        """Seconds of the film a second: 1 for a camera, more for a film at full speed."""
        if self.ended_at is None or self.to_media_s is None:
            return 1.0
        took_s = (self.ended_at - self.started_at).total_seconds()
        lasted_s = self.to_media_s - self.from_media_s
        return lasted_s / took_s if took_s > 0 and lasted_s > 0 else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFilm:
    """A film that was written. `cut_short` names the segments in it that end in the middle, as after a crash."""

    path: Path
    started_at: dt.datetime
    ended_at: dt.datetime
    from_media_s: float
    to_media_s: float
    pictures: int
    size_bytes: int
    sha256: str
    object_ids: tuple[str, ...]
    cut_short: tuple[str, ...]


def format_of(out: Path) -> str:
    """The container for this file name. Raises `InvalidFile` for another suffix than those of `FORMATS`."""
    try:
        return FORMATS[out.suffix.lower()]
    except KeyError:
        raise InvalidFile(str(out), ("its name says no kind of film; end it in .mkv or .mp4",)) from None


def export(
    segments: Sequence[Segment],
    out: Path,
    span: Span,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> list[ExportedFilm]:
    """Write the footage of a span, from the key frame at or before its beginning; the films written.

    `segments` in the order in which they began. The films have mode 0600 and appear when all are whole; none
    when there is nothing in the range. `progress` is told how many sealed bytes were read.

    Raises `InvalidFile` for a codec that the container cannot hold, `StoreError` and `Tampered` as
    `SegmentReader` does, `OSError` when it cannot be written.
    """
    films = _Films(out, format_of(out))
    read_bytes = 0
    try:
        for segment in segments:
            with SegmentReader(segment.path, segment.key, segment.object_id) as reader:
                wanted = _between(reader.packets(), *segment.media_range_s(span))
                for packet in wanted:
                    films.add(segment, reader.stream, packet)
                    progress(read_bytes + reader.position_bytes)
                if reader.cut_short:
                    films.say_cut_short(segment)
            read_bytes += segment.path.stat().st_size
        return films.finish()
    except BaseException:
        films.discard()
        raise


def _between(packets: Iterator[KeptPacket], from_s: float, to_s: float) -> Iterator[KeptPacket]:
    """The packets from the key frame at or before `from_s` up to what is shown at `to_s`."""
    waiting: list[KeptPacket] = []
    begun = False
    for packet in packets:
        if packet.decoded_s > to_s:
            return  # whatever is decoded later is shown later
        if begun:
            yield packet
            continue
        if packet.is_keyframe:
            waiting.clear()
        waiting.append(packet)
        if packet.shown_s + packet.lasts_s > from_s and waiting[0].is_keyframe:
            begun = True
            yield from waiting


class _Films:
    """The films of one export, none of them in its place before all are whole."""

    def __init__(self, out: Path, container_format: str) -> None:
        self._out, self._format = out, container_format
        self._films: list[_Film] = []

    def add(self, segment: Segment, stream: VideoStream | None, packet: KeptPacket) -> None:
        """The next packet of the range."""
        if stream is None:
            return
        film = self._films[-1] if self._films else None
        if film is None or not film.goes_on_with(segment, stream):
            if film is not None:
                film.close()
            number = len(self._films) + 1
            path = self._out if number == 1 else self._out.with_stem(f"{self._out.stem}-{number}")
            film = _Film(path, self._format, segment, stream, packet)
            self._films.append(film)
        film.add(segment, packet)

    def say_cut_short(self, segment: Segment) -> None:
        """A segment turned out to end in the middle."""
        if self._films and self._films[-1].object_ids[-1] == segment.object_id:
            self._films[-1].cut_short.append(segment.object_id)

    def finish(self) -> list[ExportedFilm]:
        """Put every film in its place."""
        for film in self._films:
            film.close()
        return [film.publish() for film in self._films]

    def discard(self) -> None:
        """Leave nothing behind."""
        for film in self._films:
            film.discard()


class _Film:
    """One film that is being written, under the name of its `.partial`."""

    def __init__(
        self, path: Path, container_format: str, first: Segment, stream: VideoStream, packet: KeptPacket
    ) -> None:
        if path.exists():
            raise InvalidFile(str(path), ("it is there already; choose another name",))
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._zero_s = packet.shown_s
        self._first = self._last = first
        self._signature = _signature(stream)
        self._end_s = packet.shown_s
        self._decoded_s = float("-inf")
        self._pictures = 0
        self.object_ids: list[str] = []
        self.cut_short: list[str] = []
        self._file: BinaryIO = _private(self._partial)
        try:
            self._container: OutputContainer = av.open(self._file, "w", format=container_format)
            began_at = first.time_of_day(packet.shown_s).astimezone(dt.UTC)
            self._container.metadata["creation_time"] = began_at.isoformat()
            self._stream = self._container.add_stream_from_template(stream, opaque=True)
        except ValueError as error:
            self.discard_file()
            codec = stream.codec_context.codec.canonical_name
            raise InvalidFile(str(path), (f"{path.suffix} cannot hold {codec}; write .mkv",)) from error
        except BaseException:
            self.discard_file()
            raise

    def goes_on_with(self, segment: Segment, stream: VideoStream) -> bool:
        """Whether a packet of this segment belongs into this film."""
        if segment is self._last:
            return True
        gap_s = segment.from_media_s - self._end_s
        in_order = -GAP_S < gap_s <= GAP_S and segment.from_media_s > self._last.from_media_s
        return in_order and _signature(stream) == self._signature

    def add(self, segment: Segment, packet: KeptPacket) -> None:
        """The next packet."""
        if segment is not self._last or not self.object_ids:
            self._last = segment
            self.object_ids.append(segment.object_id)
        if packet.shown_s < self._zero_s:
            return  # shown before the first key frame, it depends on pictures that are not here
        self._decoded_s = mux(
            self._container,
            self._stream,
            packet.data,
            shown_s=packet.shown_s - self._zero_s,
            decoded_s=packet.decoded_s - self._zero_s,
            lasts_s=packet.lasts_s,
            is_keyframe=packet.is_keyframe,
            after_s=self._decoded_s,
        )
        self._pictures += 1
        self._end_s = max(self._end_s, packet.shown_s + packet.lasts_s)

    def close(self) -> None:
        """Write the end of the file and bring it to the disk. Idempotent."""
        if not self._file.closed:
            self._container.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def publish(self) -> ExportedFilm:
        """Give the film its name."""
        digest = hashlib.sha256()
        with self._partial.open("rb") as film:
            while part := film.read(1 << 20):
                digest.update(part)
        size_bytes = self._partial.stat().st_size
        self._partial.replace(self._path)
        return ExportedFilm(
            path=self._path,
            started_at=self._first.time_of_day(self._zero_s),
            ended_at=self._last.time_of_day(self._end_s),
            from_media_s=self._zero_s,
            to_media_s=self._end_s,
            pictures=self._pictures,
            size_bytes=size_bytes,
            sha256=digest.hexdigest(),
            object_ids=tuple(self.object_ids),
            cut_short=tuple(self.cut_short),
        )

    def discard(self) -> None:
        """Remove what was written."""
        if not self._file.closed:
            with contextlib.suppress(OSError, ValueError, av.FFmpegError):  # it is thrown away
                self._container.close()
        self.discard_file()

    def discard_file(self) -> None:
        """Close and remove the file."""
        self._file.close()
        self._partial.unlink(missing_ok=True)


def _signature(stream: VideoStream) -> tuple[str, int, int, bytes]:
    """What two segments must have in common to stand in one film."""
    context = stream.codec_context
    return context.codec.canonical_name, context.width, context.height, context.extradata or b""


def _private(path: Path) -> BinaryIO:
    """A new file of mode 0600; one that was left behind is replaced."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w+b")
