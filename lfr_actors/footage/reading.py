"""Reading a segment back: decrypted in memory, packet by packet, at the media times it was recorded with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from lfr_actors.errors import StoreError
from lfr_actors.footage.sealed_film import ZERO_S
from lfr_actors.store.vault.stream import SealedReader

if TYPE_CHECKING:
    from lfr_actors.store.vault.sealing import ObjectKey

_USUAL_INTERVAL_S = 0.04


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptPacket:
    """A packet of a segment: shown and decoded at these media times (s), shown for `lasts_s`."""

    data: bytes = field(repr=False)
    shown_s: float
    decoded_s: float
    lasts_s: float
    is_keyframe: bool


class SegmentReader:
    """An open segment. A context manager; `packets` is read once.

    Raises `StoreError` when the file is not there, `Tampered` for another key and for what was altered.
    """

    def __init__(self, path: Path, key: ObjectKey, object_id: str) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise StoreError(
                str(path), f"the file of {object_id} cannot be read ({error.strerror})"
            ) from error
        self._container: InputContainer | None = None
        try:
            self._sealed = SealedReader(self._file, key, object_id)
            self._container = _open(self._sealed)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> SegmentReader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._container is not None:
            self._container.close()
        self._file.close()

    @property
    def stream(self) -> VideoStream | None:
        """The pictures' stream, a template for another container; None where a crash left not even that."""
        return None if self._container is None else next(iter(self._container.streams.video), None)

    @property
    def position_bytes(self) -> int:
        """How far the file was read."""
        return self._file.tell()

    @property
    def cut_short(self) -> bool:
        """Whether the file ends without its last chunk; known once `packets` was read to its end."""
        return self._sealed.cut_short

    def packets(self) -> Iterator[KeptPacket]:
        """Every packet, in the order of decoding. Raises `Tampered` where the file was altered."""
        stream = self.stream
        if stream is None or self._container is None:
            return
        interval_s = float(1 / stream.average_rate) if stream.average_rate else _USUAL_INTERVAL_S
        undated: list[Packet[VideoStream]] = []
        packets = self._container.demux(stream)
        while (packet := _next(packets, self._sealed)) is not None:
            if not packet.size or packet.pts is None:
                continue
            if packet.dts is None:  # Matroska has no times of decoding; the first ones are not known at once
                undated.append(packet)
                continue
            decoded_s = float(packet.dts * packet.time_base) - ZERO_S
            for steps, earlier in zip(range(len(undated), 0, -1), undated, strict=True):
                yield _kept(earlier, decoded_s - steps * interval_s, interval_s)
            undated.clear()
            yield _kept(packet, decoded_s, interval_s)
        for packet in undated:
            yield _kept(packet, float("-inf"), interval_s)


def _open(sealed: SealedReader) -> InputContainer | None:
    """The container of a segment; none where the file ends before its description is whole."""
    try:
        return av.open(sealed, "r", format="matroska")
    except av.FFmpegError:
        if sealed.cut_short:
            return None
        raise


def _next(packets: Iterator[Packet[VideoStream]], sealed: SealedReader) -> Packet[VideoStream] | None:
    """The next packet; none at the end, also at the ragged end of a file that was cut short."""
    try:
        return next(packets, None)
    except av.FFmpegError:
        if sealed.cut_short:
            return None
        raise


def _kept(packet: Packet[VideoStream], decoded_s: float, interval_s: float) -> KeptPacket:
    shown_s = float((packet.pts or 0) * packet.time_base) - ZERO_S
    return KeptPacket(
        data=bytes(packet),
        shown_s=shown_s,
        decoded_s=max(decoded_s, shown_s - 1) if decoded_s == float("-inf") else decoded_s,
        lasts_s=float(packet.duration * packet.time_base) if packet.duration else interval_s,
        is_keyframe=packet.is_keyframe,
    )
