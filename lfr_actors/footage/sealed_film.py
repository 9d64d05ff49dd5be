"""One segment on disk: the source's packets in Matroska, encrypted on their way to the file.

Matroska, because it takes every codec that cameras send (H.264, HEVC, MJPEG, MPEG-4, VP8, VP9, AV1) and can be
written without ever going back. MPEG-TS has no place for MJPEG, VP9 or AV1; fragmented MP4 none for VP8, and its
fragments would each be held back and described anew. What Matroska changes: H.264 and HEVC from a network camera
get lengths in place of start codes, and times are rounded to 1 ms. No picture is touched.

Packets stand in the file at their media time plus `ZERO_S`, so that what lies before 0 has a place too.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import av
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from lfr_actors.store.vault.stream import SealedWriter
from lfr_actors.vision.sources.tape import SourcePacket, StreamShape

if TYPE_CHECKING:
    from lfr_actors.footage.segment import SegmentKey

ZERO_S: Final = 10.0
CLUSTER_MS: Final = 400
"""What waits in memory for its cluster to be complete, and would be lost in a crash (ms of the stream)."""
_OPTIONS: Final = {"live": "1", "flush_packets": "1", "cluster_time_limit": str(CLUSTER_MS)}
_BUFFER_BYTES: Final = 64 * 1024
_MICROSECOND: Final = Fraction(1, 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What stands in a sealed file: its size and SHA-256 (hex), as encrypted."""

    size_bytes: int
    sha256: str


class SealedFilm:
    """A segment that is being written. One thread. After any `OSError`, `abandon` it.

    Raises `OSError` when the file cannot be made or written, `ValueError` or `av.FFmpegError` for packets that
    Matroska cannot hold.
    """

    def __init__(self, key: SegmentKey, shape: StreamShape) -> None:
        self._file = _PrivateFile(key.path)
        try:
            self._writer = SealedWriter(cast(BinaryIO, self._file), key.key, key.object_id)
            self._drain = _Drain(self._writer)
            self._container: OutputContainer = av.open(
                self._drain, "w", format="matroska", options=dict(_OPTIONS), buffer_size=_BUFFER_BYTES
            )
            self._stream = add_stream(self._container, shape)
        except BaseException:
            self._file.close()
            raise
        self._last_decode_s = float("-inf")

    @property
    def size_bytes(self) -> int:
        """What is in the file so far."""
        return self._file.size_bytes

    def write(self, packet: SourcePacket) -> None:
        """Add a packet. Whole clusters go to the file at once, encrypted."""
        self._last_decode_s = mux(
            self._container,
            self._stream,
            packet.data,
            shown_s=packet.media_time_s + ZERO_S,
            decoded_s=packet.decode_time_s + ZERO_S,
            lasts_s=packet.lasts_s,
            is_keyframe=packet.is_keyframe,
            after_s=self._last_decode_s,
        )
        self._drain.settle()

    def close(self) -> Written:
        """Finish the file and bring it to the disk."""
        self._container.close()
        self._drain.settle()
        self._writer.close()
        self._file.close()
        return self._file.written

    def abandon(self) -> Written:
        """Leave the file as it is, readable up to its last whole chunk; what waited is forgotten."""
        self._drain.shut = True
        self._container.close()
        self._writer.abandon()
        self._file.close()
        return self._file.written


def add_stream(container: OutputContainer, shape: StreamShape) -> Stream:
    """The stream of a container that will hold packets of this shape.

    Raises `ValueError` when the container cannot hold the codec.
    """
    if shape.template is None:
        raise ValueError(f"its pictures ({shape.codec}) cannot be kept as they are")
    if shape.in_band:  # PyAV takes the description from the first packet
        return container.add_mux_stream(shape.codec, width=shape.width, height=shape.height)
    stream: VideoStream = container.add_stream_from_template(shape.template, opaque=True)
    if shape.extradata is not None:
        stream.codec_context.extradata = shape.extradata
        stream.codec_context.width, stream.codec_context.height = shape.width, shape.height
    return stream


def mux(
    container: OutputContainer,
    stream: Stream,
    data: bytes,
    *,
    shown_s: float,
    decoded_s: float,
    lasts_s: float,
    is_keyframe: bool,
    after_s: float,
) -> float:
    """Add a packet to a container, in the order of decoding; when it is decoded, for the next call's `after_s`.

    A muxer refuses a packet that is decoded before the one before it, or after it is shown.
    """
    decoded_s = max(after_s, min(decoded_s, shown_s))
    packet: Packet[Stream] = Packet(data)
    packet.time_base = _MICROSECOND
    packet.pts = round(max(shown_s, decoded_s) / _MICROSECOND)
    packet.dts = round(decoded_s / _MICROSECOND)
    packet.duration = round(lasts_s / _MICROSECOND)
    packet.is_keyframe = is_keyframe
    packet.stream = stream
    container.mux_one(packet)
    return decoded_s


class _Drain:
    """Where FFmpeg writes. An exception must not pass through it: it waits here for `settle`."""

    def __init__(self, writer: SealedWriter) -> None:
        self._writer = writer
        self._failure: OSError | None = None
        self._unsealed = False
        self.shut = False

    def write(self, data: bytes) -> int:
        """Take what FFmpeg has; after a failure, into nothing."""
        if self._failure is None and not self.shut:
            try:
                self._writer.write(data)
                self._unsealed = True
            except OSError as error:
                self._failure = error
        return len(data)

    def settle(self) -> None:
        """Bring everything taken to the file. Raises the `OSError` that stood in its way."""
        if self._failure is None and self._unsealed:
            self._unsealed = False
            self._writer.flush()
        if self._failure is not None:
            raise self._failure


class _PrivateFile:
    """A new file of mode 0600, unbuffered: what is in it is known at any time, also when the disk is full."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        self._open = True
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    @property
    def written(self) -> Written:
        """What is in it."""
        return Written(size_bytes=self.size_bytes, sha256=self._digest.hexdigest())

    def write(self, data: bytes) -> int:
        """All of the data, or an `OSError` and as much as there was room for."""
        rest = memoryview(data)
        while rest:
            count = os.write(self._descriptor, rest)
            self._digest.update(rest[:count])
            self.size_bytes += count
            rest = rest[count:]
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def fileno(self) -> int:
        """The descriptor, for fsync."""
        return self._descriptor

    def close(self) -> None:
        """Close it. Idempotent."""
        if self._open:
            self._open = False
            os.close(self._descriptor)
