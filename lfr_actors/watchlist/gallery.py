"""The gallery: a watchlist's templates in memory, under the name of the list.

A gallery never changes. A list that loses a subject is a new gallery with a new version; the old one is
dropped whole, so that nothing of the subject stays in memory.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from lfr_actors.messages import GalleryVersion, SubjectId, Vectors
from lfr_actors.watchlist.sharding import shard_of

T = TypeVar("T", bound=np.generic)
NEVER: Final = 2.0
"""A threshold that no score reaches: of a subject for whom none was given."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gallery:
    """Templates of subjects; make one with `Gallery.of`.

    `templates` float32 (n, d), rows of length 1, read-only, sorted by subject and then by their bytes;
    `subject_ids` sorted and unique; `subject_index` intp (n,), the place of each template's subject in
    `subject_ids`. `version` is that of the list it was made of; of a gallery that was made of nothing else, a
    hash of pack, subjects and templates, whatever order they came in. Several pictures of a subject are several
    templates. `thresholds` float32 (subjects,) and `blue` bool (subjects,) in the order of `subject_ids`: the
    score that recognises each subject, `NEVER` where none was given, and who is on the blue list.
    """

    pack: str
    subject_ids: tuple[SubjectId, ...] = field(repr=False)
    subject_index: NDArray[np.intp] = field(repr=False)
    templates: Vectors = field(repr=False)
    version: GalleryVersion
    thresholds: NDArray[np.float32] = field(repr=False)
    blue: NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        """Number of templates."""
        return len(self.templates)

    @property
    def dim(self) -> int:
        """Length of a template."""
        return int(self.templates.shape[1])

    @classmethod
    def of(
        cls,
        subject_ids: Sequence[str],
        templates: Vectors,
        *,
        pack: str,
        version: GalleryVersion | None = None,
        thresholds: Mapping[str, float] | None = None,
        blue: Collection[str] = (),
    ) -> Gallery:
        """The gallery of these templates: one id per row, in any order; both may be empty.

        `templates` float32 (n, d), rows of length 1; they are copied. `thresholds` by subject id; `blue` the
        ids on the blue list. Raises `ValueError` when the shapes do not agree or a row is not finite and of
        length 1.
        """
        if templates.ndim != 2 or len(subject_ids) != len(templates):
            raise ValueError(f"{len(subject_ids)} subject ids do not go with templates {templates.shape}")
        rows = np.ascontiguousarray(templates, np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        if not np.allclose(lengths, 1.0, atol=1e-3):
            raise ValueError("templates must be finite and of length 1")
        order = _order(subject_ids, rows)
        ordered = _frozen(rows[order])
        unique = sorted(set(subject_ids))
        places = {subject_id: place for place, subject_id in enumerate(unique)}
        given = thresholds or {}
        return cls(
            pack=pack,
            subject_ids=tuple(SubjectId(subject_id) for subject_id in unique),
            subject_index=_frozen(np.array([places[subject_ids[i]] for i in order], np.intp)),
            templates=ordered,
            version=version or _version(pack, [subject_ids[i] for i in order], ordered),
            thresholds=_frozen(np.array([given.get(each, NEVER) for each in unique], np.float32)),
            blue=_frozen(np.array([each in blue for each in unique], np.bool_)),
        )

    def without(self, subject_ids: Collection[str]) -> Gallery:
        """The gallery of everybody else: a new one with a version of its own, sharing no memory with this."""
        kept = [
            row for row, place in enumerate(self.subject_index) if self.subject_ids[place] not in subject_ids
        ]
        return self._of_rows(kept, None)

    def part(self, part: int, parts: int) -> Gallery:
        """The subjects of one shard of `parts`, from 0, under the version of the whole; a copy."""
        mine = [shard_of(subject_id, parts) == part for subject_id in self.subject_ids]
        return self._of_rows(
            [row for row, place in enumerate(self.subject_index) if mine[place]], self.version
        )

    def _of_rows(self, rows: Sequence[int], version: GalleryVersion | None) -> Gallery:
        ids = [self.subject_ids[self.subject_index[row]] for row in rows]
        return Gallery.of(
            ids,
            self.templates[rows],
            pack=self.pack,
            version=version,
            thresholds=dict(zip(self.subject_ids, self.thresholds.tolist(), strict=True)),
            blue={each for each, is_blue in zip(self.subject_ids, self.blue, strict=True) if is_blue},
        )

    def overwrite(self) -> None:
        """Fill the templates with zeros: nobody may search this gallery any more."""
        self.templates.flags.writeable = True
        self.templates.fill(0)
        self.templates.flags.writeable = False


def _order(subject_ids: Sequence[str], rows: Vectors) -> list[int]:
    """The rows by subject, those of one subject by their bytes, of which no more are copied than one has."""
    order = sorted(range(len(rows)), key=subject_ids.__getitem__)
    groups = (list(group) for _, group in itertools.groupby(order, key=subject_ids.__getitem__))
    return [
        row
        for group in groups
        for row in (sorted(group, key=lambda i: rows[i].tobytes()) if len(group) > 1 else group)
    ]


def _frozen(array: NDArray[T]) -> NDArray[T]:
    array.flags.writeable = False
    return array


def _version(pack: str, subject_ids: Sequence[str], templates: Vectors) -> GalleryVersion:
    """SHA-256 over pack, dimension and each (subject, template), lengths first; its first 128 bits as hex."""
    digest = hashlib.sha256()
    for text in (pack, str(templates.shape[1])):
        digest.update(len(text.encode()).to_bytes(4, "big") + text.encode())
    for subject_id, row in zip(subject_ids, templates, strict=True):
        data = subject_id.encode()
        digest.update(len(data).to_bytes(4, "big") + data + row.astype("<f4").tobytes())
    return GalleryVersion(digest.hexdigest()[:32])
