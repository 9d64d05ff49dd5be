"""Searching copies of memory, shared memory and files: blocks that overlap, every needle in each."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lfr_actors.canary.memory import Copy
from lfr_actors.canary.needles import OVERLAP_BYTES, Block, Needle

BLOCK_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """How often a kind was found in one place. `where` tells which part of a process or which file."""

    kind: str
    where: str
    count: int


@dataclass(slots=True)
class Searched:
    """What was searched in one place, and what was found; `not_searched`: what could not be, and why."""

    place: str
    size_bytes: int = 0
    files: int = 0
    began_s: float | None = None
    ended_s: float | None = None
    finds: list[Find] = field(default_factory=list)
    not_searched: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that were found."""
        return frozenset(find.kind for find in self.finds)


def search_content(
    content: bytes | bytearray, needles: Sequence[Needle], block_bytes: int = BLOCK_BYTES
) -> Counter[str]:
    """How often each kind is in the content; what lies across a border of blocks counts once."""
    found: Counter[str] = Counter()
    for block, own_bytes in blocks(content, block_bytes):
        _count(block, own_bytes, needles, found)
    return found


def blocks(content: bytes | bytearray, size: int = BLOCK_BYTES) -> Iterator[tuple[Block, int]]:
    """The content in blocks, each with how many of its bytes are its own; the rest is the next one's."""
    for start in range(0, len(content), size):
        own = min(size, len(content) - start)
        whole = start == 0 and own == len(content)
        yield Block(content if whole else content[start : start + own + OVERLAP_BYTES]), own


def _count(block: Block, own_bytes: int, needles: Sequence[Needle], found: Counter[str]) -> None:
    if block.is_empty:
        return
    for needle in needles:
        count = int((needle.find(block) < own_bytes).sum())
        if count:
            found[needle.kind] += count


def search_copy(copy: Copy, searched: Searched, needles: Sequence[Needle]) -> None:
    """Search a process's copied memory and write down what was found in which of its mappings."""
    by_part: Counter[tuple[str, str]] = Counter()
    for piece in copy.pieces:
        for kind, count in search_content(piece.content, needles).items():
            by_part[kind, piece.mapping.name or "anonymous"] += count
    searched.size_bytes = copy.size_bytes
    searched.finds += [Find(kind=kind, where=part, count=count) for (kind, part), count in by_part.items()]
    if copy.unread_bytes:
        searched.not_searched.append(f"{copy.unread_bytes} bytes were unmapped while they were read")


def search_files(
    place: str, paths: Iterable[Path], needles: Sequence[Needle], block_bytes: int = BLOCK_BYTES
) -> Searched:
    """Search files; one that vanishes meanwhile is passed over, one that may not be read is named."""
    searched = Searched(place=place)
    for path in paths:
        try:
            found = _search_file(path, needles, searched, block_bytes)
        except FileNotFoundError:
            continue
        except OSError as error:
            searched.not_searched.append(f"{path}: {error.strerror}")
            continue
        searched.files += 1
        searched.finds += [
            Find(kind=kind, where=str(path), count=count) for kind, count in sorted(found.items())
        ]
    return searched


def _search_file(path: Path, needles: Sequence[Needle], searched: Searched, block_bytes: int) -> Counter[str]:
    found: Counter[str] = Counter()
    with path.open("rb") as file:
        content = file.read(block_bytes + OVERLAP_BYTES)
        while content:
            own = min(len(content), block_bytes)
            _count(Block(content), own, needles, found)
            searched.size_bytes += own
            content = content[own:] + file.read(block_bytes) if len(content) > block_bytes else b""
    return found


def files_below(folder: Path, without: Sequence[Path] = ()) -> Iterator[Path]:
    """Every regular file below a folder, hidden ones too; links are not followed, `without` is left out."""
    for root, folders, names in os.walk(folder, onerror=None):
        here = Path(root)
        folders[:] = [name for name in folders if here / name not in without]
        for name in names:
            path = here / name
            if path.is_file() and not path.is_symlink() and path not in without:
                yield path
