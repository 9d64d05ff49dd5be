"""A version of a list as bytes, to be sealed; whole, the part that one shard answers for, or one subject of it.

    magic
    header      JSON: pack, version, salt, when built, dimension, numbers of subjects and pictures, where blocks are
    subjects    JSON, in blocks of up to 1,000: their facts, and the leaf of each
    pictures    JSON, in blocks of up to 1,000: their facts, and the length of each one's portrait
    templates   float32, a row for each picture
    portraits   JPEG, one for each picture

Each JSON follows its length (4 bytes). Subjects are in order of their ids and pictures in that of their subjects:
one subject is found in the block, or the two, where it would be by what the header says. Nothing here touches a
disk: whoever calls gives a stream that encrypts, and one that authenticates what it decrypts.
"""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np

from lfr_actors.errors import WatchlistError
from lfr_actors.messages import GalleryVersion, SubjectId, Vectors
from lfr_actors.watchlist.facts import picture_facts, picture_of, subject_facts, subject_of
from lfr_actors.watchlist.sharding import shard_of
from lfr_actors.watchlist.version import ListVersion, Picture, Subject

_MAGIC: Final = b"LFR watchlist 3\n"
_LENGTH_BYTES: Final = 4
_AT_ONCE: Final = 1_000


class Writing(Protocol):
    """Where a snapshot goes."""

    def write(self, data: bytes | memoryview) -> int:
        """Take these bytes, all of them, and keep none in clear."""


class Reading(Protocol):
    """Where a snapshot comes from."""

    def read(self, n: int = -1) -> bytes:
        """At most `n` bytes; empty at the end."""

    def readinto(self, buffer: memoryview) -> int:
        """Fill this memory, or less of it; 0 at the end."""


class Seeking(Reading, Protocol):
    """Where one subject of a snapshot comes from."""

    def seek(self, place: int) -> object:
        """Go on with this byte, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListPart:
    """What one shard needs of a version: its subjects, and their templates with the subject of each row.

    `templates` float32 (n, d), its own memory.
    """

    pack: str
    version: GalleryVersion
    subjects: tuple[Subject, ...] = field(repr=False)
    subject_ids: tuple[SubjectId, ...] = field(repr=False)
    templates: Vectors = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Some facts: the first subject of whom they are, their size, and that of the portraits of their pictures."""

    first: str = field(repr=False)
    size_bytes: int
    portraits_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """`end` is the place of the first byte after it."""

    pack: str
    version: GalleryVersion
    salt: bytes = field(repr=False)
    built_at: dt.datetime
    dim: int
    subjects: int
    pictures: int
    subject_blocks: tuple[_Block, ...]
    picture_blocks: tuple[_Block, ...]
    end: int


def write_version(version: ListVersion, leaves: Mapping[str, bytes], out: Writing) -> None:
    """Write a version, and the leaf by which each of its subjects is committed to, where there is one."""
    subjects = [
        subject_facts(each) | {"leaf": leaves.get(each.subject_id, b"").hex()} for each in version.subjects
    ]
    pictures = [picture_facts(each) for each in version.pictures]
    subject_blocks, picture_blocks = list(_blocks(subjects)), list(_blocks(pictures))
    header = {
        "pack": version.pack,
        "version": version.version,
        "salt": version.salt.hex(),
        "built_at": version.built_at.isoformat(),
        "dim": version.dim,
        "subjects": len(version.subjects),
        "pictures": len(version.pictures),
        "subject_blocks": [where for where, _ in subject_blocks],
        "picture_blocks": [where for where, _ in picture_blocks],
    }
    out.write(_MAGIC)
    out.write(_with_length(header))
    for _, data in (*subject_blocks, *picture_blocks):
        out.write(data)
    for begin in range(0, len(version.pictures), _AT_ONCE):
        rows = np.ascontiguousarray(version.templates[begin : begin + _AT_ONCE], "<f4")
        out.write(rows.data.cast("B"))  # no copy that nobody would overwrite
    for picture in version.pictures:
        out.write(picture.portrait_jpeg)


def read_version(source: Reading) -> ListVersion:
    """The version that `write_version` wrote.

    Raises `WatchlistError` when the stream ends early or does not hold the version that it claims.
    """
    header = _read_header(source)
    subjects = [subject_of(facts) for facts in _read_facts(source, header.subjects)]
    facts = list(_read_facts(source, header.pictures))
    templates = np.empty((header.pictures, header.dim), np.float32)
    for begin, rows in _read_rows(source, header):
        templates[begin : begin + len(rows)] = rows
    pictures = [picture_of(each, _exactly(source, each["portrait_bytes"])) for each in facts]
    try:
        version = ListVersion.of(
            pack=header.pack,
            subjects=subjects,
            pictures=pictures,
            templates=templates,
            built_at=header.built_at,
            salt=header.salt,
        )
    except ValueError as error:
        raise WatchlistError(header.version, f"its snapshot is damaged: {error}") from error
    finally:
        templates.fill(0)
    if version.version != header.version:
        raise WatchlistError(header.version, "its snapshot holds another version")
    return version


def read_part(source: Reading, part: int, parts: int) -> ListPart:
    """The subjects of shard `part` of `parts` and their templates; what is of others is overwritten as it is read.

    Raises `WatchlistError` when the stream ends early.
    """
    header = _read_header(source)
    subjects = tuple(
        subject_of(facts)
        for facts in _read_facts(source, header.subjects)
        if shard_of(facts["subject_id"], parts) == part
    )
    mine = {each.subject_id for each in subjects}
    ids = [facts["subject_id"] for facts in _read_facts(source, header.pictures)]
    kept = np.array([each in mine for each in ids], np.bool_)
    templates = np.empty((int(kept.sum()), header.dim), np.float32)
    place = 0
    for begin, rows in _read_rows(source, header):
        own = kept[begin : begin + len(rows)]
        count = int(own.sum())
        np.compress(own, rows, axis=0, out=templates[place : place + count])
        place += count
    return ListPart(
        pack=header.pack,
        version=header.version,
        subjects=subjects,
        subject_ids=tuple(SubjectId(each) for each in ids if each in mine),
        templates=templates,
    )


def read_leaves(source: Reading, wanted: Collection[str]) -> dict[str, bytes]:
    """The leaves of those of these subjects who are on the version, by id; reads no template.

    Raises `WatchlistError` when the stream ends early.
    """
    header = _read_header(source)
    return {
        facts["subject_id"]: bytes.fromhex(facts["leaf"])
        for facts in _read_facts(source, header.subjects)
        if facts["subject_id"] in wanted
    }


def read_subject(
    source: Seeking, subject_id: str, most_pictures: int
) -> tuple[Subject, tuple[Picture, ...]] | None:
    """A subject of the version and as many of its pictures, best quality first; None when it is not on it.

    Reads the blocks in which the subject is, and these portraits; no template. Raises `WatchlistError` when the
    stream ends before them.
    """
    header = _read_header(source)
    place = header.end
    found = [
        facts
        for facts, _ in _facts_about(source, header.subject_blocks, subject_id, place)
        if facts["subject_id"] == subject_id
    ]
    if not found:
        return None
    place += sum(block.size_bytes for block in header.subject_blocks)
    portraits = place + sum(block.size_bytes for block in header.picture_blocks)
    portraits += header.pictures * header.dim * np.dtype("<f4").itemsize
    pictures: list[tuple[dict[str, Any], int]] = []
    for facts, begin in _facts_about(source, header.picture_blocks, subject_id, place):
        if facts["subject_id"] == subject_id:
            pictures.append((facts, portraits + begin))
    pictures.sort(key=lambda one: -one[0]["quality"])
    kept = []
    for facts, begin in pictures[:most_pictures]:
        source.seek(begin)
        kept.append(picture_of(facts, _exactly(source, facts["portrait_bytes"])))
    return subject_of(found[0]), tuple(kept)


def _facts_about(
    source: Seeking, blocks: Sequence[_Block], subject_id: str, place: int
) -> Iterator[tuple[dict[str, Any], int]]:
    """What stands in the blocks, the first of them at `place`, in which a subject may be.

    With each where its portrait begins, counted from the beginning of all portraits.
    """
    firsts = [block.first for block in blocks]
    first, last = max(0, bisect_left(firsts, subject_id) - 1), bisect_right(firsts, subject_id)
    place += sum(block.size_bytes for block in blocks[:first])
    portrait = sum(block.portraits_bytes for block in blocks[:first])
    for block in blocks[first:last]:
        source.seek(place)
        for facts in json.loads(_read_block(source)):
            yield facts, portrait
            portrait += facts.get("portrait_bytes", 0)
        place += block.size_bytes


def _blocks(facts: Sequence[dict[str, Any]]) -> Iterator[tuple[tuple[str, int, int], bytes]]:
    """The facts in blocks, and for the header of each block the values of a `_Block`."""
    for begin in range(0, len(facts), _AT_ONCE):
        some = facts[begin : begin + _AT_ONCE]
        data = _with_length(some)
        yield (some[0]["subject_id"], len(data), sum(each.get("portrait_bytes", 0) for each in some)), data


def _read_header(source: Reading) -> _Header:
    if _exactly(source, len(_MAGIC)) != _MAGIC:
        raise WatchlistError("snapshot", "is not of a list, or of another version of this software")
    block = _read_block(source)
    values = json.loads(block)
    return _Header(
        pack=values["pack"],
        version=GalleryVersion(values["version"]),
        salt=bytes.fromhex(values["salt"]),
        built_at=dt.datetime.fromisoformat(values["built_at"]),
        dim=values["dim"],
        subjects=values["subjects"],
        pictures=values["pictures"],
        subject_blocks=tuple(_block(each) for each in values["subject_blocks"]),
        picture_blocks=tuple(_block(each) for each in values["picture_blocks"]),
        end=len(_MAGIC) + _LENGTH_BYTES + len(block),
    )


def _block(values: Sequence[Any]) -> _Block:
    first, size_bytes, portraits_bytes = values
    return _Block(first=first, size_bytes=size_bytes, portraits_bytes=portraits_bytes)


def _read_facts(source: Reading, count: int) -> Iterator[dict[str, Any]]:
    for _ in range(0, count, _AT_ONCE):
        yield from json.loads(_read_block(source))


def _read_rows(source: Reading, header: _Header) -> Iterator[tuple[int, Vectors]]:
    """Some rows at a time, with the place of the first, in memory that is used again and overwritten at the end."""
    memory = np.zeros((min(_AT_ONCE, header.pictures), header.dim), "<f4")
    try:
        for begin in range(0, header.pictures, _AT_ONCE):
            rows = memory[: min(_AT_ONCE, header.pictures - begin)]
            view, filled = rows.data.cast("B"), 0
            while filled < len(view):
                filled += (count := source.readinto(view[filled:]))
                if not count:
                    raise WatchlistError("snapshot", "it ends early")
            yield begin, rows
    finally:
        memory.fill(0)


def _with_length(value: Any) -> bytes:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return len(data).to_bytes(_LENGTH_BYTES, "big") + data


def _read_block(source: Reading) -> bytes:
    return _exactly(source, int.from_bytes(_exactly(source, _LENGTH_BYTES), "big"))


def _exactly(source: Reading, size: int) -> bytes:
    parts, left = [], size
    while left > 0:
        part = source.read(left)
        if not part:
            raise WatchlistError("snapshot", "it ends early")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
