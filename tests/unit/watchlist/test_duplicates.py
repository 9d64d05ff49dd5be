"""Templates of different subjects that are too alike."""

from __future__ import annotations

import numpy as np

from lfr_actors.watchlist import duplicates
from lfr_actors.watchlist.duplicates import find_duplicates

AXES = np.eye(3, dtype=np.float32)


def test_the_first_of_several_alike_is_kept() -> None:
    """Every later one is refused and names the one that was kept."""
    found = find_duplicates(["a", "b", "c", "d"], AXES[[0, 0, 1, 0]], 0.9)
    assert [(duplicate.later, duplicate.earlier) for duplicate in found] == [(1, 0), (3, 0)]


def test_one_subject_may_repeat_itself() -> None:
    """Alike templates of one subject are no duplicates."""
    assert find_duplicates(["a", "a"], AXES[[0, 0]], 0.9) == []


def test_what_is_refused_refuses_nobody() -> None:
    """A chain of likeness takes out the middle, not the end that is unlike what stays."""
    angles = np.radians([0, 20, 40])
    chain = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1).astype(np.float32)
    found = find_duplicates(["a", "b", "c"], chain, 0.9)
    assert [(duplicate.later, duplicate.earlier) for duplicate in found] == [(1, 0)]


def test_blocks_change_nothing(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """A long list compared in blocks gives what it gives at once."""
    rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = [f"s{i % 30}" for i in range(50)]
    whole = find_duplicates(ids, rows, 0.95)
    assert whole
    monkeypatch.setattr(duplicates, "_BLOCK", 7)
    assert [(d.later, d.earlier) for d in find_duplicates(ids, rows, 0.95)] == [
        (d.later, d.earlier) for d in whole
    ]


def test_nobody_is_like_nobody() -> None:
    """An empty list has no duplicates."""
    assert find_duplicates([], AXES[:0], 0.9) == []
