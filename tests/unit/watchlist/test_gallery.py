"""The gallery: its version, and what it is without somebody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.messages import Vectors
from lfr_actors.watchlist.gallery import Gallery


def templates(n: int, dim: int = 8, seed: int = 0) -> Vectors:
    """Random templates, (n, dim)."""
    rows = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


ids = st.lists(st.sampled_from(["a", "b", "ç", "d" * 30, "e1"]), max_size=20)


@given(ids=ids, seed=st.integers(0, 5), shuffle=st.randoms(use_true_random=False))
def test_the_version_does_not_depend_on_the_order(ids: list[str], seed: int, shuffle: object) -> None:
    """The same subjects and templates in any order are the same gallery, row by row."""
    rows = templates(len(ids), seed=seed)
    order = list(range(len(ids)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    first = Gallery.of(ids, rows, pack="p")
    second = Gallery.of([ids[i] for i in order], rows[order], pack="p")
    assert first.version == second.version
    np.testing.assert_array_equal(first.templates, second.templates)


def test_the_version_names_what_is_in_it() -> None:
    """Another pack, subject, template or one template less is another version."""
    rows = templates(3)
    made = [
        Gallery.of(["a", "b", "c"], rows, pack="p"),
        Gallery.of(["a", "b", "c"], rows, pack="q"),
        Gallery.of(["a", "b", "d"], rows, pack="p"),
        Gallery.of(["a", "c", "b"], rows, pack="p"),
        Gallery.of(["a", "b", "c"], templates(3, seed=1), pack="p"),
        Gallery.of(["a", "b"], rows[:2], pack="p"),
        Gallery.of([], rows[:0], pack="p"),
        Gallery.of([], templates(0, dim=4), pack="p"),
    ]
    assert len({gallery.version for gallery in made}) == len(made)


def test_rows_belong_to_their_subjects() -> None:
    """Several templates of a subject stay together under one id."""
    rows = templates(4)
    gallery = Gallery.of(["b", "a", "b", "c"], rows, pack="p")
    assert gallery.subject_ids == ("a", "b", "c")
    assert gallery.subject_index.tolist() == [0, 1, 1, 2]
    np.testing.assert_array_equal(gallery.templates[0], rows[1])
    np.testing.assert_array_equal(gallery.templates[3], rows[3])


@pytest.mark.parametrize(
    "bad", [2 * templates(2), np.full((2, 8), np.nan, np.float32), templates(3), templates(2)[0]]
)
def test_what_are_no_templates_is_refused(bad: Vectors) -> None:
    """Rows of another length, not finite or not as many as ids are an error, not a bad list."""
    with pytest.raises(ValueError, match="templates"):
        Gallery.of(["a", "b"], bad, pack="p")


def test_a_gallery_cannot_be_changed() -> None:
    """Templates are read-only, and a copy of what was given."""
    rows = templates(2)
    gallery = Gallery.of(["a", "b"], rows, pack="p")
    version = gallery.version
    rows[:] = 0
    assert np.linalg.norm(gallery.templates) > 1
    assert gallery.version == version
    with pytest.raises(ValueError, match="read-only"):
        gallery.templates[0, 0] = 1


@given(ids=ids, gone=st.sets(st.sampled_from(["a", "b", "nobody"])), seed=st.integers(0, 3))
def test_a_list_without_somebody_is_a_list_made_without_them(
    ids: list[str], gone: set[str], seed: int
) -> None:
    """Every template of theirs is out and every other one in: the same version as if they had never been on it."""
    rows = templates(len(ids), seed=seed)
    left = Gallery.of(ids, rows, pack="p").without(gone)
    kept = [place for place, subject_id in enumerate(ids) if subject_id not in gone]
    made = Gallery.of([ids[place] for place in kept], rows[kept], pack="p")
    assert (left.version, left.subject_ids, left.dim) == (made.version, made.subject_ids, 8)
    np.testing.assert_array_equal(left.templates, made.templates)


def test_a_list_without_somebody_shares_no_memory() -> None:
    """Each of the two can be overwritten without the other."""
    whole = Gallery.of(["a", "b"], templates(2), pack="p")
    for gone in ({"a"}, set[str]()):
        left = whole.without(gone)
        assert not np.shares_memory(left.templates, whole.templates)


def test_an_overwritten_list_holds_nothing() -> None:
    """Zeros where the templates were, still read-only; a second time is as good, and nobody's list is fine."""
    whole = Gallery.of(["a", "b"], templates(2), pack="p")
    memory = whole.templates
    for gallery in (whole, whole, Gallery.of([], templates(0), pack="p")):
        gallery.overwrite()
        assert not gallery.templates.any()
        assert not gallery.templates.flags.writeable
    assert not memory.any()
