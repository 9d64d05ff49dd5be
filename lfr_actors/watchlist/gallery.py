"""The gallery: a watchlist's templates in memory, named by what is in it, and its pieces on their way.

A gallery never changes. A list that loses a subject is a new gallery with a new version; the old one is
dropped whole, so that nothing of the subject stays in memory.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lfr_actors.errors import WatchlistError
from lfr_actors.messages import MAX_MESSAGE_BYTES, GalleryVersion, SubjectId, Vectors

_PIECE_OVERHEAD_BYTES = 2_000
"""More than a pickled piece takes besides its rows."""
_ROW_OVERHEAD_BYTES = 32
"""More than a pickled row takes besides its template and id."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GalleryPiece:
    """Some templates of a gallery, small enough to travel: `number` of `count`, from 0.

    `subject_ids` has one id per row of `templates`, float32 (n, d).
    """

    version: GalleryVersion
    pack: str
    number: int
    count: int
    subject_ids: tuple[SubjectId, ...] = field(repr=False)
    templates: Vectors = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gallery:
    """Templates of subjects; make one with `Gallery.of`, or of its pieces with `Gallery.assemble`.

    `templates` float32 (n, d), rows of length 1, read-only, sorted by subject and then by their bytes;
    `subject_ids` sorted and unique; `subject_index` intp (n,), the place of each template's subject in
    `subject_ids`. `version` hashes pack, subjects and templates, whatever order they came in. Several
    pictures of a subject are several templates.
    """

    pack: str
    subject_ids: tuple[SubjectId, ...] = field(repr=False)
    subject_index: NDArray[np.intp] = field(repr=False)
    templates: Vectors = field(repr=False)
    version: GalleryVersion

    def __len__(self) -> int:
        """Number of templates."""
        return len(self.templates)

    @property
    def dim(self) -> int:
        """Length of a template."""
        return int(self.templates.shape[1])

    @classmethod
    def of(cls, subject_ids: Sequence[str], templates: Vectors, *, pack: str) -> Gallery:
        """The gallery of these templates: one id per row, in any order; both may be empty.

        `templates` float32 (n, d), rows of length 1; they are copied. Raises `ValueError` when the shapes do
        not agree or a row is not finite and of length 1.
        """
        if templates.ndim != 2 or len(subject_ids) != len(templates):
            raise ValueError(f"{len(subject_ids)} subject ids do not go with templates {templates.shape}")
        rows = np.ascontiguousarray(templates, np.float32)
        lengths = np.linalg.norm(rows, axis=1)
        if not np.allclose(lengths, 1.0, atol=1e-3):
            raise ValueError("templates must be finite and of length 1")
        order = sorted(range(len(rows)), key=lambda i: (subject_ids[i], rows[i].tobytes()))
        ordered = rows[order]
        ordered.flags.writeable = False
        unique = sorted(set(subject_ids))
        places = {subject_id: place for place, subject_id in enumerate(unique)}
        index = np.array([places[subject_ids[i]] for i in order], np.intp)
        index.flags.writeable = False
        return cls(
            pack=pack,
            subject_ids=tuple(SubjectId(subject_id) for subject_id in unique),
            subject_index=index,
            templates=ordered,
            version=_version(pack, [subject_ids[i] for i in order], ordered),
        )

    def without(self, subject_ids: Collection[str]) -> Gallery:
        """The gallery of everybody else: a new one with a version of its own, sharing no memory with this."""
        kept = [
            row for row, place in enumerate(self.subject_index) if self.subject_ids[place] not in subject_ids
        ]
        ids = [self.subject_ids[self.subject_index[row]] for row in kept]
        return Gallery.of(ids, self.templates[kept], pack=self.pack)

    def overwrite(self) -> None:
        """Fill the templates with zeros: nobody may search this gallery any more."""
        self.templates.flags.writeable = True
        self.templates.fill(0)
        self.templates.flags.writeable = False

    def chunks(self, max_bytes: int = MAX_MESSAGE_BYTES) -> Iterator[GalleryPiece]:
        """The gallery in pieces that pickle to at most `max_bytes` each; an empty gallery is one piece.

        Raises `ValueError` when not even one template fits.
        """
        budget = max_bytes - _PIECE_OVERHEAD_BYTES - len(self.pack.encode())
        ids = [self.subject_ids[place] for place in self.subject_index]
        cuts, used = [0], 0
        for row, subject_id in enumerate(ids):
            cost = self.dim * 4 + len(subject_id.encode()) + _ROW_OVERHEAD_BYTES
            if cost > budget:
                raise ValueError(f"a template of {self.dim} numbers does not fit {max_bytes} bytes")
            if used + cost > budget:
                cuts.append(row)
                used = 0
            used += cost
        cuts.append(len(ids))
        for number, (start, end) in enumerate(itertools.pairwise(cuts)):
            yield GalleryPiece(
                version=self.version,
                pack=self.pack,
                number=number,
                count=len(cuts) - 1,
                subject_ids=tuple(ids[start:end]),
                # a copy: pickling a view of a larger array would be right, but a local piece would keep it
                templates=self.templates[start:end].copy(),
            )

    @classmethod
    def assemble(cls, pieces: Iterable[GalleryPiece], version: GalleryVersion | None = None) -> Gallery:
        """The gallery whose pieces these are, in any order; `version`, when given, is the one expected.

        Raises `WatchlistError` when one is missing or twice there, when they are of different galleries or
        of another version, or when what they hold does not hash to the version they claim.
        """
        parts = sorted(pieces, key=lambda piece: piece.number)
        if not parts:
            raise WatchlistError("gallery", "no pieces to assemble")
        first = parts[0]
        if len({(part.version, part.count, part.pack) for part in parts}) != 1:
            raise WatchlistError(first.version, "pieces of different galleries are mixed")
        if version is not None and first.version != version:
            raise WatchlistError(version, f"the pieces are of version {first.version}")
        if [part.number for part in parts] != list(range(first.count)):
            have = ", ".join(str(part.number) for part in parts)
            raise WatchlistError(first.version, f"needs pieces 0 to {first.count - 1} once each, has {have}")
        ids = [subject_id for part in parts for subject_id in part.subject_ids]
        try:
            gallery = cls.of(ids, np.concatenate([part.templates for part in parts]), pack=first.pack)
        except ValueError as error:
            raise WatchlistError(first.version, f"its pieces are damaged: {error}") from error
        if gallery.version != first.version:
            raise WatchlistError(first.version, "its pieces were altered: they hash to another version")
        return gallery


def _version(pack: str, subject_ids: Sequence[str], templates: Vectors) -> GalleryVersion:
    """SHA-256 over pack, dimension and each (subject, template), lengths first; its first 128 bits as hex."""
    digest = hashlib.sha256()
    for text in (pack, str(templates.shape[1])):
        digest.update(len(text.encode()).to_bytes(4, "big") + text.encode())
    for subject_id, row in zip(subject_ids, templates, strict=True):
        data = subject_id.encode()
        digest.update(len(data).to_bytes(4, "big") + data + row.astype("<f4").tobytes())
    return GalleryVersion(digest.hexdigest()[:32])
