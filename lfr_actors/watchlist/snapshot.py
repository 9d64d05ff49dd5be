"""A version of a list as bytes, to be sealed; whole, or the part that one shard answers for.

    magic
    header      JSON: pack, version, salt, when built, dimension, how many subjects and pictures
    subjects    JSON, up to 1,000 at once: their facts, and the leaf of each
    pictures    JSON, up to 1,000 at once: their facts
    templates   float32, a row for each picture
    portraits   JPEG, one for each picture

Each JSON and each portrait follows its length (4 bytes). Nothing here touches a disk: whoever calls gives a stream
that encrypts, and one that authenticates what it decrypts.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np

from lfr_actors.errors import WatchlistError
from lfr_actors.messages import GalleryVersion, SubjectId, Vectors
from lfr_actors.watchlist.sharding import shard_of
from lfr_actors.watchlist.version import ListVersion, Picture, Priority, Subject

_MAGIC: Final = b"LFR watchlist 2\n"
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
class _Header:
    pack: str
    version: GalleryVersion
    salt: bytes = field(repr=False)
    built_at: dt.datetime
    dim: int
    subjects: int
    pictures: int


def write_version(version: ListVersion, leaves: Mapping[str, bytes], out: Writing) -> None:
    """Write a version, and the leaf by which each of its subjects is committed to, where there is one."""
    out.write(_MAGIC)
    header = {
        "pack": version.pack,
        "version": version.version,
        "salt": version.salt.hex(),
        "built_at": version.built_at.isoformat(),
        "dim": version.dim,
        "subjects": len(version.subjects),
        "pictures": len(version.pictures),
    }
    _write_json(header, out)
    for begin in range(0, len(version.subjects), _AT_ONCE):
        some = version.subjects[begin : begin + _AT_ONCE]
        leaf_of = {each.subject_id: leaves.get(each.subject_id, b"").hex() for each in some}
        _write_json([_subject_facts(each) | {"leaf": leaf_of[each.subject_id]} for each in some], out)
    for begin in range(0, len(version.pictures), _AT_ONCE):
        _write_json([_picture_facts(each) for each in version.pictures[begin : begin + _AT_ONCE]], out)
    for begin in range(0, len(version.pictures), _AT_ONCE):
        rows = np.ascontiguousarray(version.templates[begin : begin + _AT_ONCE], "<f4")
        out.write(rows.data.cast("B"))  # no copy that nobody would overwrite
    for picture in version.pictures:
        _write_block(picture.portrait_jpeg, out)


def read_version(source: Reading) -> ListVersion:
    """The version that `write_version` wrote.

    Raises `WatchlistError` when the stream ends early or does not hold the version that it claims.
    """
    header = _read_header(source)
    subjects = [_subject(facts) for facts in _read_facts(source, header.subjects)]
    facts = list(_read_facts(source, header.pictures))
    templates = np.empty((header.pictures, header.dim), np.float32)
    for begin, rows in _read_rows(source, header):
        templates[begin : begin + len(rows)] = rows
    pictures = [_picture(each, _read_block(source)) for each in facts]
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
        _subject(facts)
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


def _subject_facts(subject: Subject) -> dict[str, Any]:
    return {
        "subject_id": subject.subject_id,
        "category": subject.category,
        "priority": subject.priority,
        "legal_basis": subject.legal_basis,
        "expires": _text(subject.expires),
        "date_of_birth": _text(subject.date_of_birth),
        "notes": subject.notes,
    }


def _subject(facts: Mapping[str, Any]) -> Subject:
    return Subject(
        subject_id=SubjectId(facts["subject_id"]),
        category=facts["category"],
        priority=None if facts["priority"] is None else Priority(facts["priority"]),
        legal_basis=facts["legal_basis"],
        expires=_date(facts["expires"]),
        date_of_birth=_date(facts["date_of_birth"]),
        notes=facts["notes"],
    )


def _picture_facts(picture: Picture) -> dict[str, Any]:
    return {
        "subject_id": picture.subject_id,
        "image": picture.image,
        "sha256": picture.sha256,
        "image_source": picture.image_source,
        "image_taken": _text(picture.image_taken),
        "quality": picture.quality,
    }


def _picture(facts: Mapping[str, Any], portrait_jpeg: bytes) -> Picture:
    return Picture(
        subject_id=SubjectId(facts["subject_id"]),
        image=facts["image"],
        sha256=facts["sha256"],
        image_source=facts["image_source"],
        image_taken=_date(facts["image_taken"]),
        quality=facts["quality"],
        portrait_jpeg=portrait_jpeg,
    )


def _read_header(source: Reading) -> _Header:
    if _exactly(source, len(_MAGIC)) != _MAGIC:
        raise WatchlistError("snapshot", "is not of a list, or of another version of this software")
    values = json.loads(_read_block(source))
    return _Header(
        pack=values["pack"],
        version=GalleryVersion(values["version"]),
        salt=bytes.fromhex(values["salt"]),
        built_at=dt.datetime.fromisoformat(values["built_at"]),
        dim=values["dim"],
        subjects=values["subjects"],
        pictures=values["pictures"],
    )


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


def _write_json(value: Any, out: Writing) -> None:
    _write_block(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), out)


def _write_block(data: bytes, out: Writing) -> None:
    out.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
    out.write(data)


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


def _text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
