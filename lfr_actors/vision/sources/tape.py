"""The compressed packets of a source, for whoever records them: copied, timed as the frames are, never sound.

Reading goes on whatever becomes of them. A packet is handed on right after the pictures it completed, so that
it stands at the same media time as its frame.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from lfr_actors.vision.sources.clock import Clock
from lfr_actors.vision.sources.media_time import MediaTime

_WITH_PARAMETER_SETS = frozenset({"h264", "hevc", "av1"})
"""Codecs that can send what describes the stream within it, before a key frame."""
_LENGTH_PREFIXED = b"\x01"
"""How the description of an H.264 or HEVC stream begins that is only sent apart (ISO/IEC 14496-15, 5.3.3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamShape:
    """What the packets of one connection are, as long as their pictures keep their size. Compared by identity.

    `codec` is FFmpeg's name, sizes are px as coded. `template` is a stream that another container can be given,
    independent of the source; None where Matroska cannot hold the codec, or the pictures are not compressed.
    `in_band`: the description is to be taken from the first key frame, not from the template. `extradata`
    replaces the template's.
    """

    codec: str
    width: int
    height: int
    template: VideoStream | None = field(repr=False)
    in_band: bool = False
    extradata: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourcePacket:
    """One compressed picture, or a part of one.

    `media_time_s` is when it is shown and `decode_time_s` when it is decoded, both as `Frame.media_time_s`
    counts; it is shown for `lasts_s`.
    """

    shape: StreamShape
    data: bytes = field(repr=False)
    media_time_s: float
    decode_time_s: float
    lasts_s: float
    is_keyframe: bool
    captured_at: dt.datetime
    captured_monotonic_s: float


class PacketSink(Protocol):
    """Who wants the packets."""

    def packet(self, packet: SourcePacket) -> None:
        """Called in the thread that reads the source. Never raises.

        It does not block either, unless the source is a film that can wait.
        """


class Tape:
    """Turns what a reader demuxed into `SourcePacket`s. For one connection; used in the reader's thread."""

    def __init__(self, sink: PacketSink, stream: VideoStream, media_time: MediaTime, clock: Clock) -> None:
        self._sink, self._stream, self._media_time, self._clock = sink, stream, media_time, clock
        self._shape: StreamShape | None = None
        self._keyed = False
        self._first_s = 0.0
        self._last_media_s = 0.0
        self._last_decode_s = 0.0

    def take(self, packet: Packet[VideoStream]) -> None:
        """Hand a packet on; its pictures, if any came out, have been timed. Its data is copied."""
        if not packet.size:  # this one only flushes the decoder
            return
        if self._shape is None:
            self._last_media_s = -self._media_time.interval_s  # a first packet without any time is at 0
            self._last_decode_s = self._last_media_s
        if self._shape is None or (packet.is_keyframe and not self._keyed):
            self._first_s = _seconds(packet, packet.pts if packet.pts is not None else packet.dts) or 0.0
        self._keyed = self._keyed or packet.is_keyframe
        shape = self._shape = self._shape_of(packet)
        media_time_s, decode_time_s = self._times_s(packet)
        lasts_s = (
            float(packet.duration * packet.time_base) if packet.duration else self._media_time.interval_s
        )
        self._last_media_s, self._last_decode_s = media_time_s, decode_time_s
        self._sink.packet(
            SourcePacket(
                shape=shape,
                data=bytes(packet),
                media_time_s=media_time_s,
                decode_time_s=decode_time_s,
                lasts_s=lasts_s,
                is_keyframe=packet.is_keyframe,
                captured_at=self._clock.now(),
                captured_monotonic_s=self._clock.monotonic(),
            )
        )

    def _shape_of(self, packet: Packet[VideoStream]) -> StreamShape:
        """The shape of the stream at this packet; it changes at key frames only."""
        context = self._stream.codec_context
        told = bytes(packet.get_sidedata("new_extradata")) if packet.has_sidedata("new_extradata") else None
        may_be_in_band = told is None and context.codec.canonical_name in _WITH_PARAMETER_SETS
        if self._shape is None:
            return self._new_shape(in_band=may_be_in_band and not context.extradata, extradata=told)
        if not packet.is_keyframe:
            return self._shape
        resized = (context.width, context.height) != (self._shape.width, self._shape.height)
        if told is None and not resized:
            return self._shape
        apart = (context.extradata or b"").startswith(_LENGTH_PREFIXED)
        return self._new_shape(in_band=may_be_in_band and not apart, extradata=told)

    def _new_shape(self, *, in_band: bool, extradata: bytes | None) -> StreamShape:
        context = self._stream.codec_context
        return StreamShape(
            codec=context.codec.canonical_name,
            width=context.width,
            height=context.height,
            template=_template(self._stream),
            in_band=in_band,
            extradata=extradata,
        )

    def _times_s(self, packet: Packet[VideoStream]) -> tuple[float, float]:
        """When a packet is shown and decoded. Where the container does not say, it follows the last one."""
        shown_s, decoded_s = _seconds(packet, packet.pts), _seconds(packet, packet.dts)
        if shown_s is None:
            shown_s = decoded_s
        if shown_s is None:
            media_time_s = self._last_media_s + self._media_time.interval_s
            return media_time_s, media_time_s
        known_s = self._media_time.at(shown_s)
        media_time_s = shown_s - self._first_s if known_s is None else known_s
        if decoded_s is None:
            return media_time_s, min(media_time_s, self._last_decode_s)
        return media_time_s, media_time_s - max(0.0, shown_s - decoded_s)


class _Nowhere:
    """A file that takes everything and keeps nothing."""

    def write(self, data: bytes) -> int:
        return len(data)


def _template(stream: VideoStream) -> VideoStream | None:
    """A copy of a stream's description that outlives its container; it lives in one that is never written."""
    if stream.codec_context.codec.canonical_name == "rawvideo":
        return None
    holder: OutputContainer = av.open(_Nowhere(), "w", format="matroska")
    try:
        return holder.add_stream_from_template(stream, opaque=True)
    except ValueError:  # Matroska has no name for this codec
        return None


def _seconds(packet: Packet[VideoStream], timestamp: int | None) -> float | None:
    return None if timestamp is None or not packet.time_base else float(timestamp * packet.time_base)
