"""Where a camera's frames come from: a film, an RTSP stream or a capture device of this machine.

    file:wrexham/bridge-street.mp4      file:/films/a.mp4      file:///films/a%20b.mp4
    rtsp://user:password@10.0.0.7/stream                       rtsps://…
    device:0

What is shown to people and written to logs never holds a user name or a password, and no message of this
module repeats what was written: an address often comes from an environment variable that holds a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

SourceKind = Literal["file", "rtsp", "device"]

_KNOWN_ELSEWHERE = {
    "http": "streams over HTTP are not read; cameras speak rtsp://",
    "https": "streams over HTTP are not read; cameras speak rtsp://",
    "rtmp": "RTMP is not read; cameras speak rtsp://",
    "rtp": "bare RTP is not read; cameras speak rtsp://",
    "udp": "bare UDP is not read; cameras speak rtsp://",
    "scene": "a scene is composed first (lfr scenes compose) and then played with file:",
}
_SECRET_IN_PATH = re.compile(
    r"(?i)((?:user(?:name)?|login|pass(?:word|wd)?|pwd|token|key|secret|auth)\w*=)[^&/;]*"
)
_HOST = re.compile(r"\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_ESCAPE = "write @ / ? # % in a user name, password or path as %40 %2F %3F %23 %25"
_SHAPES = "file:FILM, rtsp://USER:PASSWORD@HOST/STREAM or device:NUMBER"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAddress:
    """One camera's address, ready to be opened.

    `location` is an absolute path (`file`), the full address with its password (`rtsp`), or the number of the
    device as text (`device`). `shown` is for people and logs: no user, no password, no query.
    """

    kind: SourceKind
    location: str = field(repr=False)
    shown: str

    @property
    def is_live(self) -> bool:
        """Whether frames come from a camera now, rather than from a recording."""
        return self.kind != "file"


def parse_source(text: str, base: Path) -> SourceAddress:
    """The address in `text`; a relative path is relative to `base`.

    Raises `ValueError`: what is wrong; what would be right. The message never repeats `text`.
    """
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.lower()
    if not colon or not re.fullmatch(r"[a-z][a-z0-9+.-]+", scheme):
        raise ValueError(
            f"the source does not say what kind it is; write {_SHAPES} (a film: file: and its path)"
        )
    if any(character < " " or character == "\x7f" for character in rest):
        raise ValueError("the source holds a control character, such as a line break; take it out")
    if scheme == "file":
        return _film(rest, base)
    if scheme in ("rtsp", "rtsps"):
        return _stream(scheme, rest)
    if scheme == "device":
        return _device(rest)
    reason = _KNOWN_ELSEWHERE.get(scheme, "this kind of source is not known")
    raise ValueError(f"{reason}; write {_SHAPES}")


def _film(rest: str, base: Path) -> SourceAddress:
    """A film from what follows `file:`; `file://` addresses are percent-decoded, plain paths are not."""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host not in ("", "localhost") or not slash:
            raise ValueError("file:// must be followed by an absolute path; write file:PATH or file:///PATH")
        rest = "/" + unquote(path)
    if not rest.strip():
        raise ValueError("the path of the film is missing; write file:FILM, relative to the deployment file")
    path_ = (base / Path(rest.strip()).expanduser()).resolve()
    return SourceAddress(kind="file", location=str(path_), shown=f"file:{path_}")


def _stream(scheme: str, rest: str) -> SourceAddress:
    """An RTSP address from what follows `rtsp:`.

    An unescaped `@`, `/`, `?` or `#` in a password would make a part of it look like host or path, and be
    shown then: every address that could be read in two ways is refused.
    """
    if not rest.startswith("//"):
        raise ValueError(f"{scheme}: must be followed by //; write {scheme}://USER:PASSWORD@HOST/STREAM")
    authority = re.split(r"[/?]", rest[2:], maxsplit=1)[0]
    path, question, _ = rest[2 + len(authority) :].partition("?")
    if re.search(r"[#\s]", rest) or "@" in rest[2 + len(authority) :]:
        raise ValueError(
            f"the address can be read in two ways (a #, a space, or an @ after the host); {_ESCAPE}"
        )
    host, port = _host_and_port(authority)
    path = _SECRET_IN_PATH.sub(r"\1…", path)
    shown = f"{scheme}://{host}{port}{path}{'?…' if question else ''}"
    return SourceAddress(kind="rtsp", location=f"{scheme}:{rest}", shown=shown)


def _host_and_port(authority: str) -> tuple[str, str]:
    """Host and `:port` (or nothing) of an address; `ValueError` without repeating any of it."""
    match = re.fullmatch(rf"(?P<host>{_HOST.pattern})?(?P<port>:.*)?", authority.rpartition("@")[2])
    if match is None:
        raise ValueError(f"the host is not a name or an IP address; {_ESCAPE}")
    if not match["host"]:
        raise ValueError("the host is missing; write rtsp://USER:PASSWORD@HOST/STREAM")
    port = match["port"] or ""
    if port and not (re.fullmatch(r":[0-9]{1,5}", port) and 0 < int(port[1:]) < 65_536):
        raise ValueError(f"the port is not a number from 1 to 65535; {_ESCAPE}")
    return match["host"], port


def _device(rest: str) -> SourceAddress:
    """A capture device from what follows `device:`."""
    if not re.fullmatch(r"[0-9]{1,3}", rest.strip()):
        raise ValueError("a device is named by its number; write device:0 for the first (/dev/video0)")
    number = str(int(rest))
    return SourceAddress(kind="device", location=number, shown=f"device:{number}")
