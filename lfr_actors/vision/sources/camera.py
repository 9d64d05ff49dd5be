"""Opening an RTSP camera or a capture device, never hanging for ever.

Every step has its own limit: resolving and connecting, FFmpeg's handshake, its look at the first packets,
and later each read. RTSP goes over TCP, video only (a stream whose sound goes on while its picture stands
still would otherwise look alive), and the decoder may open no other protocol.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import av
from av.container import InputContainer

from lfr_actors.errors import SourceError, SourceNotFound, SourceStalled
from lfr_actors.spec.source import SourceAddress
from lfr_actors.vision.sources.clock import Clock
from lfr_actors.vision.sources.faults import fault

_RTSP_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    "protocol_whitelist": "rtsp,rtsps,tcp,tls",
    # Measuring the frame rate would take twenty frames, that is, make the first second late.
    "fpsprobesize": "0",
}
_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322}
_NEARLY = 0.95
"""FFmpeg reports a time-out as invalid data here and as an exit there; the time it took tells."""


def open_rtsp(
    address: SourceAddress, *, open_timeout_s: float, read_timeout_s: float, clock: Clock
) -> InputContainer:
    """Open an RTSP stream. The caller closes it. Takes at most three times `open_timeout_s`.

    Raises `SourceNotFound` (unknown host, refused connection, unknown path), `SourceDenied` (user or
    password), `SourceStalled` (connected, and then silence) and `SourceUnreadable`.
    """
    _reach(address, open_timeout_s)
    began_s = clock.monotonic()
    try:
        return av.open(
            address.location,
            mode="r",
            format="rtsp",
            options=dict(_RTSP_OPTIONS),
            timeout=(open_timeout_s, read_timeout_s),
        )
    except av.FFmpegError as error:
        failure = fault(address.shown, error)
    if clock.monotonic() - began_s >= open_timeout_s * _NEARLY:
        failure = SourceStalled(
            address.shown, f"it accepted the connection and sent no stream within {open_timeout_s:g} s"
        )
    raise failure


def open_device(address: SourceAddress, *, open_timeout_s: float, read_timeout_s: float) -> InputContainer:
    """Open a capture device by its number: Video4Linux on Linux, AVFoundation on macOS.

    Raises `SourceNotFound` (absent, or a system where devices have no numbers) and what `fault` says.
    """
    if sys.platform == "darwin":
        name, container_format = address.location, "avfoundation"
    elif sys.platform.startswith("linux"):
        name, container_format = f"/dev/video{address.location}", "v4l2"
        if not Path(name).exists():
            raise SourceNotFound(address.shown, f"there is no {name}; is the device connected?")
    else:
        raise SourceNotFound(address.shown, f"devices cannot be opened by number on {sys.platform}")
    try:
        return av.open(name, mode="r", format=container_format, timeout=(open_timeout_s, read_timeout_s))
    except av.FFmpegError as error:
        failure = fault(address.shown, error)
    raise failure


def _reach(address: SourceAddress, timeout_s: float) -> None:
    """Connect and hang up. FFmpeg has one error number for everything that can go wrong up to here."""
    host, port = _host_and_port(address)
    failure: SourceError
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return
    except socket.gaierror:
        failure = SourceNotFound(address.shown, f"unknown host {host}")
    except TimeoutError:
        failure = SourceNotFound(address.shown, f"no answer from {host}:{port} within {timeout_s:g} s")
    except ConnectionRefusedError:
        failure = SourceNotFound(address.shown, f"connection refused: nothing listens at {host}:{port}")
    except (OSError, UnicodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "not a valid host name"
        failure = SourceNotFound(address.shown, f"{host}:{port} cannot be reached ({words})")
    raise failure


def _host_and_port(address: SourceAddress) -> tuple[str, int]:
    """Host and port of an address. A parsing error is dropped: its text may hold part of a password."""
    try:
        scheme = urlsplit(address.location).scheme
        host = urlsplit(address.location).hostname
        port = urlsplit(address.location).port or _DEFAULT_PORTS.get(scheme, 554)
    except ValueError:
        host = None
    if not host:
        raise SourceNotFound(
            address.shown,
            "it names no host and port; write special characters of a password as %XX (a slash is %2F)",
        )
    return host, port
