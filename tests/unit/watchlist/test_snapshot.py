"""A gallery as bytes: whole or refused."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.errors import WatchlistError
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.snapshot import read_snapshot, write_snapshot
from tests.unit.watchlist.test_gallery import templates

names = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=30)


class Trickle:
    """A stream that gives at most so many bytes at once, as one that decrypts in chunks may."""

    def __init__(self, data: bytes, at_once: int) -> None:
        self._source, self._at_once = io.BytesIO(data), at_once

    def read(self, n: int = -1) -> bytes:
        """See `Reading.read`."""
        return self._source.read(self._at_once if n < 0 else min(n, self._at_once))


def snapshot(gallery: Gallery) -> bytes:
    """What is written of a gallery."""
    out = io.BytesIO()
    write_snapshot(gallery, out)
    return out.getvalue()


@settings(deadline=None)
@given(ids=names, dim=st.sampled_from([1, 3, 128]), seed=st.integers(0, 3), at_once=st.integers(1, 5_000))
def test_what_was_written_is_read(ids: list[str], dim: int, seed: int, at_once: int) -> None:
    """Any list, of nobody or with many pictures of one, comes back bit by bit, however the stream gives it."""
    gallery = Gallery.of(ids, templates(len(ids), dim, seed), pack="p\u00e9")
    again = read_snapshot(Trickle(snapshot(gallery), at_once))
    assert (again.version, again.pack, again.subject_ids) == (
        gallery.version,
        gallery.pack,
        gallery.subject_ids,
    )
    np.testing.assert_array_equal(again.subject_index, gallery.subject_index)
    np.testing.assert_array_equal(again.templates, gallery.templates)
    assert again.templates.dtype == np.float32


def test_a_long_list_is_written_a_part_at_a_time() -> None:
    """More rows than are written at once are all there, in order."""
    gallery = Gallery.of([f"s{i % 700}" for i in range(9_000)], templates(9_000, 2), pack="p")
    np.testing.assert_array_equal(read_snapshot(io.BytesIO(snapshot(gallery))).templates, gallery.templates)


@settings(deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), n=st.integers(0, 6))
def test_what_ends_early_is_refused(share: float, n: int) -> None:
    """Cut anywhere, a snapshot is no list: nobody searches half of one."""
    data = snapshot(Gallery.of([f"s{i}" for i in range(n)], templates(n), pack="p"))
    with pytest.raises(WatchlistError, match="ends early"):
        read_snapshot(io.BytesIO(data[: int(share * len(data))]))


def test_another_list_under_a_version_is_refused() -> None:
    """Templates, subjects and pack must be those of the version that the snapshot claims."""
    gallery = Gallery.of(["a", "b"], templates(2), pack="p")
    data = snapshot(gallery)
    length = int.from_bytes(data[:4], "big")
    header = json.loads(data[4 : 4 + length])
    for change in ({"subjects": ["a", "c"]}, {"pack": "q"}, {"version": "0" * 32}):
        altered = json.dumps(header | change).encode()
        with pytest.raises(WatchlistError, match="another version"):
            read_snapshot(io.BytesIO(len(altered).to_bytes(4, "big") + altered + data[4 + length :]))
    swapped = data[:-64] + data[-32:] + data[-64:-32]  # the two templates, 8 numbers each, change places
    with pytest.raises(WatchlistError, match="another version"):
        read_snapshot(io.BytesIO(swapped))


def test_reading_shares_no_memory_with_what_was_read() -> None:
    """The list that comes out can be overwritten, and is its own."""
    gallery = Gallery.of(["a"], templates(1), pack="p")
    again = read_snapshot(io.BytesIO(snapshot(gallery)))
    again.overwrite()
    assert not again.templates.any()
    assert gallery.templates.any()
