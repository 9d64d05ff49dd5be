"""Synthetic templates that are alike and unlike each other as templates of faces are, in any number.

Made up from a seed, of nobody, so that a list of a national size can be measured without a face. Uniform noise
would not do: its neighbours are all equally far, which is the hardest case for an index and not the real one;
several pictures of one person and people who look alike decide how an index does.

How a template comes about:

    person  = common part + part of its kind + its own, the own drawn with the kind's weights of directions
    picture = person + noise, whose strength varies from picture to picture (log-normal)

Both are drawn with a spectrum that falls exponentially and ends before the last dimension. The constants in
`FaceShape` were chosen so that 3,699 templates of 2,432 people come out as those of the LFW photographs do with
ArcFace MobileFaceNet (128 numbers), cosines, measured and made:

    same person      mean 0.656 / 0.66, standard deviation 0.128 / 0.13
    other people     mean 0.0145 / 0.0145, standard deviation 0.1025 / 0.1026; 99.99th percentile 0.413 / 0.42
    nearest stranger median 0.388 / 0.38, 95th percentile 0.463 / 0.47
    effective dimension of people 90 / 91, of noise 96 / 90; local intrinsic dimension 41 / 43

For another length the same spectrum is stretched over it, which was not measured on faces.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import NDArray

from lfr_actors.messages import GalleryVersion, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.sharding import shard_of

BLOCK_PEOPLE = 4096
"""People are made in blocks of so many, each with a stream of random numbers of its own."""
_KINDS, _PEOPLE, _PICTURES, _PROBES, _STRANGERS = range(5)
"""What a stream of random numbers is for."""
_PREFIX = "synthetic-"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceShape:
    """The constants of the making; see the module. Shares are of squared length."""

    decay: float = 1.8
    """The spectrum falls by e to this from the first dimension to the last."""
    rank: float = 0.93
    """The part of the dimensions in which anything happens."""
    common: float = 0.018
    kinds: int = 80
    kind_share: float = 0.175
    kind_spread: float = 0.43
    """Standard deviation of the logarithm of a kind's weight of a direction."""
    noise: float = 0.665
    """Median length of a picture's noise beside its person's 1."""
    noise_spread: float = 0.41


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticFaces:
    """`people` with `pictures` templates each, float32, `dim` numbers, rows of length 1; `seed` decides all.

    The same values are made again whatever is asked for and in whatever order. Picklable, and small: whoever
    needs templates makes them.
    """

    people: int
    pictures: int
    dim: int
    seed: int
    shape: FaceShape = FaceShape()

    def __len__(self) -> int:
        """Number of templates."""
        return self.people * self.pictures

    def blocks(self) -> Iterator[tuple[int, Vectors]]:
        """The templates in order: the first person's number, and (k, dim) rows, `pictures` to a person."""
        for block in range(-(-self.people // BLOCK_PEOPLE)):
            people = self._people(block)
            rows = np.repeat(people, self.pictures, axis=0)
            yield block * BLOCK_PEOPLE, self._pictures(rows, self._random(_PICTURES, block))

    def templates(self) -> Vectors:
        """All of them at once, (people * pictures, dim)."""
        out = np.empty((len(self), self.dim), np.float32)
        for first, rows in self.blocks():
            start = first * self.pictures
            out[start : start + len(rows)] = rows
        return out

    def mated(self, persons: Sequence[int] | NDArray[np.int64], probe_seed: int = 0) -> Vectors:
        """A new picture of each of these people, (n, dim), in their order."""
        asked = np.asarray(persons, np.int64)
        centres = np.empty((len(asked), self.dim), np.float32)
        for block in np.unique(asked // BLOCK_PEOPLE).tolist():
            mine = np.flatnonzero(asked // BLOCK_PEOPLE == block)
            centres[mine] = self._people(block)[asked[mine] % BLOCK_PEOPLE]
        return self._pictures(centres, self._random(_PROBES, probe_seed))

    def strangers(self, count: int, probe_seed: int = 0) -> Vectors:
        """One picture each of people who are not among these but of the same kinds, (count, dim)."""
        random = self._random(_STRANGERS, probe_seed)
        return self._pictures(self._persons(count, random), random)

    def subject_ids(self, first: int, count: int) -> list[str]:
        """Ids of people by number; their order is that of the numbers."""
        return [f"{_PREFIX}{number:09d}" for number in range(first, first + count)]

    def _people(self, block: int) -> Vectors:
        count = min(BLOCK_PEOPLE, self.people - block * BLOCK_PEOPLE)
        return self._persons(count, self._random(_PEOPLE, block))

    def _persons(self, count: int, random: Generator) -> Vectors:
        """The centres of so many people, rows of length 1."""
        kinds = _kinds(self.dim, self.seed, self.shape)
        kind = random.choice(self.shape.kinds, count, p=kinds.frequencies)
        own = random.standard_normal((count, self.dim), np.float32)
        own *= kinds.weights[kind]
        _to_length(own, np.sqrt(1 - self.shape.kind_share))
        own += kinds.centres[kind]
        _to_length(own, np.sqrt(1 - self.shape.common))
        own += kinds.common
        return _to_length(own, 1.0)

    def _pictures(self, persons: Vectors, random: Generator) -> Vectors:
        """One picture for each row."""
        noise = random.standard_normal(persons.shape, np.float32)
        noise *= _spectrum(self.dim, self.shape)
        lengths = self.shape.noise * np.exp(random.normal(0.0, self.shape.noise_spread, len(persons)))
        _to_length(noise, lengths.astype(np.float32)[:, None])
        noise += persons
        return _to_length(noise, 1.0)

    def _random(self, use: int, number: int) -> Generator:
        return np.random.default_rng(SeedSequence(self.seed, spawn_key=(use, number)))


def person_of(subject_id: str) -> int:
    """The number of a made-up person. Raises `ValueError` for anybody else's id."""
    if not subject_id.startswith(_PREFIX):
        raise ValueError(f"{subject_id} is not the id of a made-up person")
    return int(subject_id.removeprefix(_PREFIX))


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticList:
    """The people as a list with one threshold; called with a shard's number, it makes that shard's gallery.

    `removed` are numbers of people who are on it no more.
    """

    faces: SyntheticFaces
    threshold: float
    version: GalleryVersion
    removed: frozenset[int] = frozenset()

    def __call__(self, part: int, parts: int) -> Gallery:
        """The gallery of part `part` of `parts`, from 0. What is made for the others is overwritten."""
        ids: list[str] = []
        kept: list[Vectors] = []
        for first, rows in self.faces.blocks():
            people = len(rows) // self.faces.pictures
            names = self.faces.subject_ids(first, people)
            mine = [
                place
                for place, name in enumerate(names)
                if shard_of(name, parts) == part and first + place not in self.removed
            ]
            by_person = rows.reshape(people, self.faces.pictures, self.faces.dim)
            kept.append(by_person[mine].reshape(-1, self.faces.dim))
            ids.extend(names[place] for place in mine for _ in range(self.faces.pictures))
            rows.fill(0)
        templates = np.empty((len(ids), self.faces.dim), np.float32)
        start = 0
        kept.reverse()
        while kept:  # one block at a time, so that the list is in memory once and not twice
            block = kept.pop()
            templates[start : start + len(block)] = block
            start += len(block)
            block.fill(0)
        return Gallery.of(
            ids,
            templates,
            pack=f"synthetic-{self.faces.dim}",
            version=self.version,
            thresholds=dict.fromkeys(ids, self.threshold),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kinds:
    """`frequencies` (kinds,); `weights` and `centres` (kinds, dim); `common` (dim,)."""

    frequencies: NDArray[np.float64]
    weights: Vectors
    centres: Vectors
    common: Vectors


@functools.lru_cache(maxsize=8)
def _kinds(dim: int, seed: int, shape: FaceShape) -> _Kinds:
    """What people have in common: drawn once for a seed."""
    random = np.random.default_rng(SeedSequence(seed, spawn_key=(_KINDS, 0)))
    frequencies = 1 / np.arange(1, shape.kinds + 1) ** 0.7
    spectrum = _spectrum(dim, shape)
    spread = np.exp(random.normal(0.0, shape.kind_spread, (shape.kinds, dim)))
    centres = random.standard_normal((shape.kinds, dim), np.float32) * spectrum
    common = random.standard_normal((1, dim), np.float32) * spectrum
    return _Kinds(
        frequencies=frequencies / frequencies.sum(),
        weights=(spread * spectrum).astype(np.float32),
        centres=_to_length(centres, np.sqrt(shape.kind_share)),
        common=_to_length(common, np.sqrt(shape.common))[0],
    )


@functools.lru_cache(maxsize=8)
def _spectrum(dim: int, shape: FaceShape) -> Vectors:
    """Standard deviations along the dimensions, (dim,)."""
    at = (np.arange(dim) + 0.5) / dim
    variances = np.exp(-shape.decay * at)
    variances[at >= shape.rank] *= 0.02
    deviations: Vectors = np.sqrt(variances * dim / variances.sum()).astype(np.float32)
    return deviations


def _to_length(rows: Vectors, length: float | Vectors) -> Vectors:
    """Give each row this length, in place."""
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    rows *= (length / norms).astype(np.float32)
    return rows
