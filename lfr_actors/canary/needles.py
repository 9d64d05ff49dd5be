"""What is looked for, and finding it in a block of bytes: pure, tolerant where the product's arithmetic is.

    Runs      planted colours: so many equal pixels, interleaved; or of planes, two colours near each other
    Vectors   templates of any length and batch: the signs of 24 components, then the angle
    Exact     byte strings of high entropy, many at once
    Pictures  JPEG files, decoded and looked at for the planted colours

Offsets are of the first byte found, in bytes from the start of the block; each `find` returns them rising.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

Offsets = NDArray[np.int64]

OVERLAP_BYTES = 65_536
"""Neighbouring blocks share so many bytes: nothing that is looked for is longer, but for JPEG files."""
_WINDOW = 24
"""Components of a vector whose signs are compared: the chance of that many signs is one in 17 million."""
_LEAST_SIGNS = 18
_MIX = np.uint32(0x9E3779B1)
_TABLE_BITS = 20
_LARGEST_JPEG = 400_000
_JPEG_HEAD = b"\xff\xd8\xff"


class Needle(Protocol):
    """One thing that is looked for; `kind` names it in the report."""

    @property
    def kind(self) -> str:
        """What it is, in a few words."""

    def find(self, block: Block) -> Offsets:
        """Where it is in the block."""


class Block:
    """A piece of memory or of a file, with the views that several needles share."""

    def __init__(self, content: bytes | bytearray) -> None:
        self.content = content
        self._signs: dict[tuple[str, int], NDArray[np.uint8]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but zeros in it."""
        return not np.frombuffer(self.content, np.uint8).any()

    def words(self, dtype: Literal["<u4", "<u2"], shift: int = 0) -> NDArray[np.unsignedinteger]:
        """The content as words, from the `shift`-th byte on; a last part of a word is left out."""
        size = np.dtype(dtype).itemsize
        count = max(0, (len(self.content) - shift) // size)
        return np.frombuffer(self.content, dtype, count, shift) if count else np.empty(0, dtype)

    def signs(self, dtype: Literal["<f4", "<f2"], shift: int) -> NDArray[np.uint8]:
        """The sign of every number, one bit each, the first in the highest bit."""
        if (dtype, shift) not in self._signs:
            words = self.words("<u4" if dtype == "<f4" else "<u2", shift)
            self._signs[dtype, shift] = np.packbits(words.view("<i4" if dtype == "<f4" else "<i2") < 0)
        return self._signs[dtype, shift]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs of `least` equal units. Each of `units` is the bytes of one pixel, or of one value of a plane.

    With `together_within` bytes, a run of the first unit counts only when a run of another is that near:
    one value alone says nothing.
    """

    kind: str
    units: tuple[bytes, ...]
    least: int = 8
    together_within: int | None = None

    def find(self, block: Block) -> Offsets:
        """The starts of the runs of the first unit; of every unit, unless they count only together."""
        if self.together_within is None:
            return np.unique(np.concatenate([_runs(block, unit, self.least) for unit in self.units]))
        starts = _runs(block, self.units[0], self.least)
        if not len(starts):
            return starts
        reach = self.together_within + self.least * len(self.units[0])
        near = np.zeros(len(starts), bool)
        for number, start in enumerate(starts.tolist()):
            begin, end = max(0, start - reach), start + 2 * reach
            around = bytes(block.content[begin:end])
            near[number] = any(unit * self.least in around for unit in self.units[1:])
        return starts[near]


def _runs(block: Block, unit: bytes, least: int) -> Offsets:
    """The starts of runs of at least `least` units."""
    if len(unit) % 4 == 0:
        return _runs_of_words(block, unit, least)
    found, wanted, at = [], unit * least, 0
    while (at := block.content.find(wanted, at)) >= 0:
        found.append(at)
        at += len(wanted)
        while block.content[at : at + len(unit)] == unit:
            at += len(unit)
    return np.array(found, np.int64)


def _runs_of_words(block: Block, unit: bytes, least: int) -> Offsets:
    """The same for units of whole words, which lie on multiples of four as the floats of a plane do."""
    words, wanted = block.words("<u4"), np.frombuffer(unit, "<u4")
    same = np.flatnonzero(words == wanted[0])
    same = same[same + len(wanted) <= len(words)]
    for place, word in enumerate(wanted[1:].tolist(), start=1):
        same = same[words[same + place] == word]
    if len(same) < least:
        return np.empty(0, np.int64)
    first = np.flatnonzero(np.diff(same, prepend=-1 - 2 * len(wanted)) != len(wanted))
    lengths = np.diff(first, append=len(same))
    return same[first[lengths >= least]].astype(np.int64) * 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vectors:
    """Vectors that point nearly where one of `samples` does, float (n, d), whatever their length.

    Found by the signs of 24 neighbouring components and confirmed by the cosine of those with a sample's: a
    vector of which only part is left is found by that part. Numbers may start at any byte.
    """

    kind: str
    samples: NDArray[np.float32] = field(repr=False)
    dtype: Literal["<f4", "<f2"] = "<f4"
    least_cosine: float = 0.95

    def find(self, block: Block) -> Offsets:
        """The places of the matching components."""
        size = np.dtype(self.dtype).itemsize
        found = [self._at_shift(block, shift) * size + shift for shift in range(size)]
        return np.unique(np.concatenate(found))

    def _at_shift(self, block: Block, shift: int) -> Offsets:
        packed = block.signs(self.dtype, shift)
        if len(packed) < _WINDOW // 8:
            return np.empty(0, np.int64)
        found = []
        for component, pattern, mask in _sign_windows(self.samples.tobytes(), self.samples.shape):
            differ = (packed[:-2] ^ pattern[0]) & mask[0]
            differ |= (packed[1:-1] ^ pattern[1]) & mask[1]
            differ |= (packed[2:] ^ pattern[2]) & mask[2]
            places = np.flatnonzero(differ == 0) * 8
            found.append(self._confirmed(block, shift, places, component))
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    def _confirmed(self, block: Block, shift: int, places: Offsets, component: int) -> Offsets:
        """Those of the places at which the components themselves are a sample's, up to one factor."""
        if not len(places):
            return places
        kind: Literal["<u4", "<u2"] = "<u4" if self.dtype == "<f4" else "<u2"
        words = block.words(kind, shift)
        places = places[places + _WINDOW <= len(words)]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            values = words[places[:, None] + np.arange(_WINDOW)].view(self.dtype).astype(np.float64)
            values[~np.isfinite(values)] = 0.0
            values /= np.abs(values).max(axis=1, keepdims=True)
            cosines = _unit(values) @ _unit(self.samples[:, component : component + _WINDOW]).T
        best = np.nan_to_num(cosines).max(axis=1, initial=0.0)
        confirmed: Offsets = places[best >= self.least_cosine].astype(np.int64)
        return confirmed


def _unit(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    wide = rows.astype(np.float64)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(wide, length, out=np.zeros_like(wide), where=length > 0)
    return unit


@functools.lru_cache(maxsize=16)
def _sign_windows(
    samples: bytes, shape: tuple[int, int]
) -> tuple[tuple[int, NDArray[np.uint8], NDArray[np.uint8]], ...]:
    """For each way a vector can lie in bytes of eight signs: in each half, the window of most certain signs.

    Each is its first component, the signs, and a mask of those that all samples share: a mean of samples, as a
    track's fused query is, shares them too.
    """
    vectors = np.frombuffer(samples, np.float32).reshape(shape)
    mean, negative = vectors.mean(axis=0), vectors < 0
    agree = negative.all(axis=0) | ~negative.any(axis=0)
    certain = agree & (np.abs(vectors).min(axis=0) > 0.01 * np.abs(mean).mean())
    windows = []
    last, half = shape[1] - _WINDOW, shape[1] // 2
    for start in range(8):
        places = range(start, last + 1, 8)
        for part in ([p for p in places if p + _WINDOW <= half], [p for p in places if p >= half]):
            place = max(part, key=lambda p: int(certain[p : p + _WINDOW].sum()), default=-1)
            if place >= 0 and certain[place : place + _WINDOW].sum() >= _LEAST_SIGNS:
                here = slice(place, place + _WINDOW)
                windows.append((place, np.packbits(mean[here] < 0), np.packbits(certain[here])))
    return tuple(windows)


class Exact:
    """Many byte strings of high entropy at once, each at least 8 bytes, found at any place."""

    def __init__(self, kind: str, strings: Sequence[bytes]) -> None:
        """Raises `ValueError` for a string shorter than 8 bytes."""
        if any(len(string) < 8 for string in strings):
            raise ValueError("a string that is looked for has at least 8 bytes")
        self.kind = kind
        by_word: dict[int, list[tuple[int, bytes]]] = {}
        for string in set(strings):
            for inside in range(4):  # whichever of its words lies on a multiple of four
                word = int.from_bytes(string[inside : inside + 4], "little")
                by_word.setdefault(word, []).append((inside, string))
        self._by_word = by_word
        self._words = np.array(sorted(by_word), np.uint32)
        self._table = np.zeros(1 << _TABLE_BITS, bool)
        self._table[_mixed(self._words)] = True

    def find(self, block: Block) -> Offsets:
        """The starts of the strings."""
        if not self._by_word:
            return np.empty(0, np.int64)
        words = block.words("<u4")
        places = np.flatnonzero(self._table[_mixed(words)])
        places = places[np.isin(words[places], self._words)]
        found = set()
        for place in places.tolist():
            for inside, string in self._by_word[int(words[place])]:
                start = 4 * place - inside
                if start >= 0 and block.content[start : start + len(string)] == string:
                    found.add(start)
        return np.array(sorted(found), np.int64)


def _mixed(words: NDArray[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    return (words * _MIX) >> np.uint32(32 - _TABLE_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """JPEG files in which at least two of the planted `colours` (BGR) are to be seen, at any quality."""

    kind: str
    colours: tuple[tuple[int, int, int], ...]
    tolerance: int = 22
    least_px: int = 12

    def find(self, block: Block) -> Offsets:
        """The starts of the files."""
        found, at = [], 0
        while (at := block.content.find(_JPEG_HEAD, at)) >= 0:
            if self._shows(bytes(block.content[at : at + _LARGEST_JPEG])):
                found.append(at)
            at += len(_JPEG_HEAD)
        return np.array(found, np.int64)

    def _shows(self, content: bytes) -> bool:
        try:
            with PillowImage.open(io.BytesIO(content), formats=("JPEG",)) as opened:
                wide = np.asarray(opened.convert("RGB"), np.int16)[..., ::-1]
        except (OSError, SyntaxError, ValueError):  # it only began like one
            return False
        seen = sum(
            int((np.abs(wide - np.array(colour, np.int16)).max(axis=2) <= self.tolerance).sum())
            >= self.least_px
            for colour in self.colours
        )
        return seen >= 2
