"""Opening a film safely, and whether it has been cut off.

A film may be hostile. Playlists (HLS, DASH, concat, SDP …) would make the decoder open other files and
network addresses, so only containers that hold their own pictures are admitted, and no protocol but `file`.
"""

from __future__ import annotations

import stat
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from lfr_actors.errors import SourceDenied, SourceError, SourceNotFound, SourceUnreadable
from lfr_actors.vision.sources.faults import fault
from lfr_actors.vision.sources.picture import picture_kind

_CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h261,h263,h264,hevc,vvc,ivf,obu,mjpeg,"
    "mpjpeg,flv,live_flv,asf,asf_o,ogg,nut,nuv,mxf,rm,dv,gxf,wtv,dhav,yuv4mpegpipe,amv,dirac,vc1,kux,nsv,pva,"
    "swf,xmv,ifv,lmlm4,wsvqa,roq"
)
_STILLS = (
    "jpeg_pipe,png_pipe,gif,apng,bmp_pipe,tiff_pipe,webp_pipe,webp,jpegxl_pipe,jpegxl_anim,j2k_pipe,jpegls_pipe,"
    "pbm_pipe,pgm_pipe,ppm_pipe,pam_pipe,psd_pipe,svg_pipe,exr_pipe,dds_pipe,qoi_pipe,sgi_pipe,pcx_pipe,hdr_pipe"
)
"""Admitted only so that they can be refused by name."""

_FILM_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": f"{_CONTAINERS},{_STILLS}"}
_MISSING_TAIL_S = 0.5
"""A film this much shorter than its header says was cut off."""
_HEAD_BYTES = 16


def open_film(path: Path, shown: str) -> InputContainer:
    """Open a film. The caller closes it.

    Raises `SourceNotFound` (missing), `SourceDenied` (no permission) and `SourceUnreadable` (a folder, empty,
    a picture, a playlist, not a film, cut off before its index).
    """
    head = _head(path, shown)
    kind = picture_kind(head)
    if kind is not None and kind != "JPEG":  # Motion JPEG begins as JPEG does: let the container decide.
        raise _is_a_picture(shown, kind)
    failure: SourceError
    try:
        container = av.open(str(path), mode="r", options=dict(_FILM_OPTIONS))
    except (av.error.InvalidDataError, av.error.ArgumentError):  # not a film; not a container admitted
        failure = SourceUnreadable(shown, _why_unreadable(path, head))
    except av.FFmpegError as error:
        failure = fault(shown, error)
    else:
        if container.format.name not in _STILLS.split(","):
            return container
        container.close()
        raise _is_a_picture(shown, kind or container.format.name.removesuffix("_pipe").upper())
    if kind is not None:
        raise _is_a_picture(shown, kind)
    raise failure


def video_of(container: InputContainer, shown: str) -> VideoStream:
    """The video stream to decode: the first that is not a cover picture. Raises `SourceUnreadable`."""
    covers = 0
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            covers += 1
            continue
        if stream.codec_context is None:
            raise SourceUnreadable(shown, "its video is in a codec that cannot be decoded here")
        return stream
    what = "no video but a cover picture" if covers else "no video stream"
    raise SourceUnreadable(shown, f"it has {what}; give a file that has pictures in it")


def look_at_film(path: Path, shown: str) -> None:
    """Open a film and look for its pictures, decoding none. Raises as `open_film` and `video_of` do."""
    container = open_film(path, shown)
    try:
        video_of(container, shown)
    finally:
        container.close()


def declared_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    """How long the video is by its header, in s; none where the container does not truly know.

    Only MP4, Matroska and AVI write it down; elsewhere FFmpeg estimates from the bit rate.
    """
    names = set(container.format.name.split(","))
    if not stream.time_base:
        return None
    if "mov" in names and stream.duration:
        return float(stream.duration * stream.time_base)
    if "avi" in names and stream.frames and stream.average_rate:
        # The duration FFmpeg gives here is what is left; the number of frames is the header's.
        return float(stream.frames / stream.average_rate)
    if "matroska" in names and (end_s := _matroska_end_s(container, stream)) is not None:
        # Matroska counts from 0, wherever the first frame lies.
        return end_s - max(0.0, float((stream.start_time or 0) * stream.time_base))
    return None


def _matroska_end_s(container: InputContainer, stream: VideoStream) -> float | None:
    """The end of the track as a tag has it; else of the file, if the video is all there is in it."""
    parts = stream.metadata.get("DURATION", "").strip("\x00").split(":")
    if len(parts) == 3:
        return int(parts[0]) * 3600 + int(parts[1]) * 60 + float(parts[2])
    if len(container.streams) == 1 and container.duration:
        return container.duration / av.time_base
    return None


def is_cut_off(declared_s: float | None, reached_s: float) -> bool:
    """Whether a film that ended at `reached_s` is shorter than its header says."""
    return declared_s is not None and reached_s < declared_s - _MISSING_TAIL_S


def _head(path: Path, shown: str) -> bytes:
    """The first bytes of a regular file; or the error that names what stands there instead."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise SourceUnreadable(shown, "it is a folder; give one film")
        if not stat.S_ISREG(status.st_mode):  # Opening a pipe would wait for ever.
            raise SourceUnreadable(shown, "it is not a regular file")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except PermissionError:
        raise SourceDenied(shown, "no permission to read it; mend the file's mode or owner") from None
    except OSError as error:
        folder = "" if path.parent.is_dir() else f"; nor is there a folder {path.parent}"
        reason = (
            "there is no such file" + folder if not path.exists() else f"it cannot be read ({error.strerror})"
        )
        raise SourceNotFound(shown, reason) from None
    if not head:
        raise SourceUnreadable(shown, "it is empty (0 bytes)")
    return head


def _is_a_picture(shown: str, kind: str) -> SourceUnreadable:
    return SourceUnreadable(shown, f"it is a picture ({kind}), not a film")


def _why_unreadable(path: Path, head: bytes) -> str:
    if head.startswith((b"#EXTM3U", b"ffconcat", b"v=0")) or b"<MPD" in head:
        return "it is a playlist, which could name other files and addresses; give the film itself"
    if head[4:8] == b"ftyp" and not _has_box(path, b"moov"):
        return "it is cut off: the index of this MP4 file (moov), written last, is missing"
    return "it is not a film, or it is damaged beyond reading"


def _has_box(path: Path, wanted: bytes) -> bool:
    """Whether an MP4 file has a top-level box of this type (ISO/IEC 14496-12, 4.2)."""
    with path.open("rb") as file:
        while len(header := file.read(8)) == 8:
            size, name = int.from_bytes(header[:4]), header[4:]
            if name == wanted:
                return True
            used = 8
            if size == 1:
                size, used = int.from_bytes(file.read(8)), 16
            if size < used:  # 0 means "to the end of the file"
                return False
            file.seek(size - used, 1)
    return False
