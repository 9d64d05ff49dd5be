"""The scan of compressed templates answers as the exact search does, whatever the list looks like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.errors import NotReady
from lfr_actors.watchlist import scan
from lfr_actors.watchlist.compressed import Compressed, CompressedTile, compress, turn
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.scan import CompressedScan
from lfr_actors.watchlist.search import ExactSearch


def vectors(rng: np.random.Generator, rows: int, dim: int, spiky: bool = False) -> np.ndarray:
    """Rows of length 1; `spiky` ones have a few large numbers, which compression clips."""
    drawn = rng.standard_normal((rows, dim)).astype(np.float32)
    drawn = drawn**3 if spiky else drawn
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def people(
    rng: np.random.Generator, rows: int, dim: int, subjects: int, noise: float, spiky: bool
) -> tuple[Gallery, np.ndarray]:
    """A gallery of clustered templates with thresholds of all kinds, and queries near some of them."""
    centres = vectors(rng, subjects, dim, spiky)
    of = rng.integers(0, subjects, rows)
    templates = centres[of] + noise * vectors(rng, rows, dim, spiky)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    ids = [f"s{place:05d}" for place in of]
    thresholds = {each: float(rng.choice([-1.0, 0.2, 0.5, 0.8, 1.0])) for each in set(ids)}
    blue = {each for each in set(ids) if rng.random() < 0.1}
    gallery = Gallery.of(ids, templates, pack="p", thresholds=thresholds, blue=blue)
    queries = np.concatenate([templates[:3] + noise * vectors(rng, min(3, rows), dim), vectors(rng, 2, dim)])
    return gallery, (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 900),
    dim=st.sampled_from([3, 16, 128]),
    share=st.floats(0.01, 1.0),
    noise=st.sampled_from([0.0, 0.05, 0.7]),
    spiky=st.booleans(),
    k=st.integers(1, 40),
)
def test_answers_as_the_exact_search(
    seed: int, rows: int, dim: int, share: float, noise: float, spiky: bool, k: int
) -> None:
    """Same subjects, same scores to the bit, same order, for any thresholds, clusters and clipped numbers."""
    rng = np.random.default_rng(seed)
    gallery, queries = people(rng, rows, dim, max(1, int(share * rows)), noise, spiky)
    assert CompressedScan(gallery).search(queries, k) == ExactSearch(gallery).search(queries, k)


def test_answers_over_several_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of several tiles, the last of them short, is searched as one."""
    monkeypatch.setattr(scan, "TILE_ROWS", 512)
    rng = np.random.default_rng(5)
    gallery, queries = people(rng, 2000, 32, 700, 0.4, False)
    searcher = CompressedScan(gallery)
    assert searcher.search(queries, 5) == ExactSearch(gallery).search(queries, 5)
    assert gallery.templates.nbytes < searcher.memory_bytes < 1.5 * gallery.templates.nbytes


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), dim=st.sampled_from([2, 8, 128, 512]), spiky=st.booleans())
def test_the_bound_holds(seed: int, dim: int, spiky: bool) -> None:
    """No integer product is further from the cosine similarity than what was lost says."""
    rng = np.random.default_rng(seed)
    templates, queries = vectors(rng, 64, dim, spiky), vectors(rng, 8, dim, spiky)
    turned = turn(dim)
    tile, asked = CompressedTile(templates @ turned, 1), compress(queries @ turned)
    off = np.abs(
        tile.products(asked) / (tile.scale * asked.scale)
        - queries.astype(np.float64) @ templates.T.astype(np.float64)
    )
    assert (off <= asked.lost[:, None] + asked.length[:, None] * tile.lost[None, :] + 1e-6).all()


def test_rows_that_clipping_flatters_do_not_pass_for_the_best() -> None:
    """Templates whose integers say more than they score are no reason to leave out who scores more."""
    rng, dim, rows = np.random.default_rng(1), 128, 24_000
    query = rng.standard_normal(dim)
    query[0] = -3.0
    query /= np.linalg.norm(query)
    beside = rng.standard_normal((rows, dim))
    beside -= np.outer(beside @ query, query)
    beside /= np.linalg.norm(beside, axis=1, keepdims=True)
    scores = 0.215 + 0.01 * rng.random((rows, 1))
    templates = scores * query + np.sqrt(1 - scores**2) * beside
    flattered = 0.43 * query
    flattered[0] = 0.9  # clipped, where the query is negative
    templates[::2000] = flattered / np.linalg.norm(flattered)
    back = turn(dim).T
    gallery = Gallery.of(
        [f"s{place:05d}" for place in range(rows)], (templates @ back).astype(np.float32), pack="p"
    )
    asked = (query @ back).astype(np.float32)[None]
    assert CompressedScan(gallery).search(asked, 5) == ExactSearch(gallery).search(asked, 5)


def test_a_query_of_another_length_is_answered_exactly() -> None:
    """The bound is of queries of length 1; a longer one is compared with everybody."""
    gallery, queries = people(np.random.default_rng(4), 3000, 32, 3000, 0.4, False)
    longer = queries * np.float32(1.5)
    assert CompressedScan(gallery).search(longer, 1) == ExactSearch(gallery).search(longer, 1)


def test_leaves_nothing_of_a_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a query is turned and compressed into is overwritten before the answer is given."""
    made: list[np.ndarray] = []

    def watched(vectors: np.ndarray, *levels: int) -> Compressed:
        compressed = compress(vectors, *levels)
        made.extend((vectors, compressed.codes))
        return compressed

    gallery, queries = people(np.random.default_rng(2), 300, 128, 100, 0.4, False)
    searcher = CompressedScan(gallery)
    monkeypatch.setattr(scan, "compress", watched)
    searcher.search(queries, 5)
    assert len(made) == 2
    assert not any(each.any() for each in made)
    assert queries.any()


def test_forgets() -> None:
    """After `forget` the templates are zeros and nothing may be searched; no query, no answer."""
    rng = np.random.default_rng(1)
    gallery, queries = people(rng, 50, 16, 10, 0.3, False)
    searcher = CompressedScan(gallery)
    assert searcher.search(queries[:0], 5) == []
    searcher.forget()
    assert not gallery.templates.any()
    with pytest.raises(NotReady, match="was forgotten"):
        searcher.search(queries, 5)


def test_refuses_what_cannot_be_searched() -> None:
    """Templates of another dimension, k below 1 and what is not finite are refused as by the exact search."""
    gallery, queries = people(np.random.default_rng(1), 50, 16, 10, 0.3, False)
    searcher = CompressedScan(gallery)
    for templates, k in ((queries[:, :8], 5), (queries, 0), (queries * np.nan, 5)):
        with pytest.raises(ValueError, match=r"templates must|k must|not finite"):
            searcher.search(templates, k)
