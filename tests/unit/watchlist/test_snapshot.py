"""A version of a list as bytes: whole, in parts, or refused."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.errors import WatchlistError
from lfr_actors.watchlist.sharding import shard_of
from lfr_actors.watchlist.snapshot import read_leaves, read_part, read_subject, read_version, write_version
from lfr_actors.watchlist.version import ListVersion
from tests.unit.watchlist.versions import BUILT_AT, SALT, a_version, picture, subject, unit_rows

names = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), max_size=20, unique=True
)


class Trickle:
    """A stream that gives at most so many bytes at once, as one that decrypts in chunks may."""

    def __init__(self, data: bytes, at_once: int) -> None:
        self._source, self._at_once = io.BytesIO(data), at_once

    def read(self, n: int = -1) -> bytes:
        """See `Reading.read`."""
        return self._source.read(self._at_once if n < 0 else min(n, self._at_once))

    def readinto(self, buffer: memoryview) -> int:
        """See `Reading.readinto`."""
        return self._source.readinto(buffer[: self._at_once])

    def seek(self, place: int) -> int:
        """See `Seeking.seek`."""
        return self._source.seek(place)


def leaves_of(version: ListVersion) -> dict[str, bytes]:
    """A made-up leaf for each subject."""
    return {each.subject_id: bytes([n % 256]) * 32 for n, each in enumerate(version.subjects)}


def snapshot(version: ListVersion) -> bytes:
    """What is written of a version."""
    out = io.BytesIO()
    write_version(version, leaves_of(version), out)
    return out.getvalue()


@settings(deadline=None)
@given(ids=names, each=st.integers(1, 3), dim=st.sampled_from([1, 3, 128]), at_once=st.integers(1, 5_000))
def test_what_was_written_is_read(ids: list[str], each: int, dim: int, at_once: int) -> None:
    """Any list, of nobody or with many pictures of one, comes back whole, however the stream gives it."""
    version = a_version(*ids, pictures_each=each, dim=dim, pack="p\u00e9")
    again = read_version(Trickle(snapshot(version), at_once))
    assert (again.version, again.pack, again.salt, again.built_at) == (
        version.version,
        version.pack,
        version.salt,
        version.built_at,
    )
    assert (again.subjects, again.pictures) == (version.subjects, version.pictures)
    np.testing.assert_array_equal(again.templates, version.templates)
    assert again.templates.dtype == np.float32


def test_facts_that_are_not_given_stay_so() -> None:
    """A list of ids and pictures alone is a list."""
    version = ListVersion.of(
        pack="p",
        subjects=[
            subject("a", None, priority=None, legal_basis=None, expires=None, date_of_birth=None, notes=None)
        ],
        pictures=[picture("a", image_source=None, image_taken=None, portrait_jpeg=b"")],
        templates=unit_rows(1),
        built_at=BUILT_AT,
        salt=SALT,
    )
    assert read_version(io.BytesIO(snapshot(version))).subjects == version.subjects


@settings(deadline=None)
@given(ids=names, parts=st.integers(1, 5), at_once=st.integers(1, 5_000))
def test_the_parts_are_the_whole(ids: list[str], parts: int, at_once: int) -> None:
    """Each subject is in the part of its shard, with all its templates and facts, and in no other."""
    version = a_version(*ids, pictures_each=2)
    found = [read_part(Trickle(snapshot(version), at_once), part, parts) for part in range(parts)]
    for part, read in enumerate(found):
        assert (read.version, read.pack) == (version.version, version.pack)
        assert read.subjects == tuple(
            each for each in version.subjects if shard_of(each.subject_id, parts) == part
        )
        own = [n for n, each in enumerate(version.pictures) if shard_of(each.subject_id, parts) == part]
        assert list(read.subject_ids) == [version.pictures[n].subject_id for n in own]
        np.testing.assert_array_equal(read.templates, version.templates[own])
    assert sum(len(read.templates) for read in found) == len(version.templates)


def test_a_long_list_is_written_and_read_some_at_a_time() -> None:
    """More subjects and pictures than are written at once are all there, in order."""
    version = a_version(*(f"s{n}" for n in range(1_300)), pictures_each=2)
    data = snapshot(version)
    np.testing.assert_array_equal(read_version(io.BytesIO(data)).templates, version.templates)
    assert len(read_part(io.BytesIO(data), 0, 1).templates) == 2_600


def test_leaves_are_read_of_whom_they_are_wanted() -> None:
    """Of those on the list; of others there are none."""
    version = a_version("a", "b", "c")
    found = read_leaves(io.BytesIO(snapshot(version)), {"a", "c", "x"})
    assert found == {each: leaves_of(version)[each] for each in ("a", "c")}


def test_one_subject_is_read_of_many() -> None:
    """With its facts and pictures, wherever in the blocks it stands, also across two."""
    version = a_version(*(f"s{n:04}" for n in range(1_300)), pictures_each=3)
    data = snapshot(version)
    for n in (0, 1, 332, 333, 334, 666, 667, 999, 1_000, 1_299):
        found = read_subject(Trickle(data, 4_096), f"s{n:04}", 6)
        assert found is not None
        assert found[0] == version.subjects[n]
        assert sorted(found[1], key=lambda each: each.sha256) == list(version.pictures[3 * n : 3 * n + 3])


def test_a_subject_with_more_pictures_than_a_block_is_read() -> None:
    """Their portraits are found in every block that they fill; the best come first, and no more than asked for."""
    pictures = [
        picture(
            "b", n, quality=round(0.2 + (n * 7 % 2_500) / 5_000, 4), portrait_jpeg=b"jpeg %d" % n * (n % 5)
        )
        for n in range(2_500)
    ]
    version = ListVersion.of(
        pack="p",
        subjects=[subject("a"), subject("b"), subject("c")],
        pictures=[picture("a"), *pictures, picture("c")],
        templates=unit_rows(2_502),
        built_at=BUILT_AT,
    )
    found = read_subject(io.BytesIO(snapshot(version)), "b", 4)
    assert found is not None
    best = sorted((each.quality for each in pictures), reverse=True)[:4]
    assert [each.quality for each in found[1]] == best
    assert all(each in pictures for each in found[1])


@settings(deadline=None)
@given(ids=names, other=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_who_is_not_on_it_is_not_found(ids: list[str], other: str) -> None:
    """Of any list, also of nobody: a subject is found when, and only when, it is on it."""
    source = io.BytesIO(snapshot(a_version(*ids)))
    assert (read_subject(source, other, 6) is not None) == (other in ids)


def test_a_snapshot_cut_before_a_portrait_is_refused() -> None:
    """Of a list that ends early a subject is whole or not there."""
    data = snapshot(a_version("a", "b"))
    assert read_subject(io.BytesIO(data[:-5]), "a", 6) is not None
    with pytest.raises(WatchlistError, match="ends early"):
        read_subject(io.BytesIO(data[:-5]), "b", 6)


@settings(deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), n=st.integers(0, 6), whole=st.booleans())
def test_what_ends_early_is_refused(share: float, n: int, whole: bool) -> None:
    """Cut anywhere, a snapshot is no list: nobody searches half of one."""
    version = a_version(*(f"s{i}" for i in range(n)))
    data = snapshot(version)
    templates_end = len(data) - sum(len(each.portrait_jpeg) for each in version.pictures)
    cut = io.BytesIO(data[: int(share * (len(data) if whole else templates_end))])
    with pytest.raises(WatchlistError, match="ends early"):
        read_version(cut) if whole else read_part(cut, 0, 1)


def test_another_list_under_a_version_is_refused() -> None:
    """Templates, facts and pack must be those of the version that the snapshot claims."""
    data = snapshot(a_version("a", "b"))
    for before, after in ((b'"open"', b'"opem"'), (b"custody", b"custodx"), (b"4711", b"4712")):
        with pytest.raises(WatchlistError, match="another version"):
            read_version(io.BytesIO(data.replace(before, after, 1)))
    rows = data.index(a_version("a", "b").templates.tobytes())
    swapped = data[:rows] + data[rows + 32 : rows + 64] + data[rows : rows + 32] + data[rows + 64 :]
    with pytest.raises(WatchlistError, match="another version"):
        read_version(io.BytesIO(swapped))
    scaled = data[:rows] + bytes(32) + data[rows + 32 :]
    with pytest.raises(WatchlistError, match="another version|damaged"):
        read_version(io.BytesIO(scaled))


def test_something_else_is_refused() -> None:
    """What does not begin as a list is none."""
    with pytest.raises(WatchlistError, match="not of a list"):
        read_version(io.BytesIO(json.dumps({"version": 1}).encode() * 9))


def test_reading_shares_no_memory_with_what_was_read() -> None:
    """The list that comes out can be overwritten, and is its own."""
    version = a_version("a")
    again = read_version(io.BytesIO(snapshot(version)))
    again.overwrite()
    assert not again.templates.any()
    assert version.templates.any()
