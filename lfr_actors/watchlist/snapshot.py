"""A gallery as bytes, to be sealed: what a matcher that lost its memory is restored from.

    length of the header (4 bytes), header (JSON: pack, version, shape, subjects), places (int64),
    templates (float32)

Nothing here touches a disk: whoever calls gives a stream that encrypts.
"""

from __future__ import annotations

import json
from typing import Protocol

import numpy as np

from lfr_actors.errors import WatchlistError
from lfr_actors.watchlist.gallery import Gallery

_LENGTH_BYTES = 4
_ROWS_AT_ONCE = 4_096


class Writing(Protocol):
    """Where a snapshot goes."""

    def write(self, data: bytes) -> int:
        """Take these bytes."""


class Reading(Protocol):
    """Where a snapshot comes from."""

    def read(self, n: int = -1) -> bytes:
        """At most `n` bytes; empty at the end."""


def write_snapshot(gallery: Gallery, out: Writing) -> None:
    """Write a gallery."""
    header = json.dumps(
        {
            "pack": gallery.pack,
            "version": gallery.version,
            "templates": len(gallery),
            "dim": gallery.dim,
            "subjects": list(gallery.subject_ids),
        }
    ).encode()
    out.write(len(header).to_bytes(_LENGTH_BYTES, "big"))
    out.write(header)
    out.write(gallery.subject_index.astype("<i8").tobytes())
    for begin in range(0, len(gallery), _ROWS_AT_ONCE):
        out.write(gallery.templates[begin : begin + _ROWS_AT_ONCE].astype("<f4").tobytes())


def read_snapshot(source: Reading) -> Gallery:
    """The gallery that `write_snapshot` wrote.

    Raises `WatchlistError` when the stream ends early or does not hold the version that it claims.
    """
    length = int.from_bytes(_exactly(source, _LENGTH_BYTES), "big")
    header = json.loads(_exactly(source, length))
    rows, dim = int(header["templates"]), int(header["dim"])
    places = np.frombuffer(_exactly(source, rows * 8), "<i8")
    templates = np.frombuffer(_exactly(source, rows * dim * 4), "<f4").reshape(rows, dim)
    ids = [header["subjects"][place] for place in places]
    gallery = Gallery.of(ids, templates.astype(np.float32, copy=False), pack=header["pack"])
    if gallery.version != header["version"]:
        raise WatchlistError(str(header["version"]), "its snapshot holds another version")
    return gallery


def _exactly(source: Reading, size: int) -> bytes:
    parts, left = [], size
    while left > 0:
        part = source.read(left)
        if not part:
            raise WatchlistError("snapshot", "it ends early")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
