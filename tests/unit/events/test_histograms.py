"""Fixed bins: every value counts once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES, counts_by_bin


@given(st.lists(st.floats(-2, 2)), st.sampled_from([SCORE_EDGES, QUALITY_EDGES]))
def test_every_value_counts_once(values: list[float], edges: tuple[float, ...]) -> None:
    """The counts add up to the values, also to those outside the edges."""
    counts = counts_by_bin(values, edges)
    assert len(counts) == len(edges) - 1
    assert sum(counts) == len(values)


@given(st.lists(st.floats(-1, 1)))
def test_values_inside_count_as_numpy_counts(values: list[float]) -> None:
    """Inside the edges the counts are those of `numpy.histogram`."""
    assert counts_by_bin(values, SCORE_EDGES) == tuple(np.histogram(values, SCORE_EDGES)[0])


def test_edges_belong_to_the_upper_bin() -> None:
    """A value on an edge counts above it; the last edge counts in the last bin."""
    counts = counts_by_bin([0.0, 0.955, 1.0], SCORE_EDGES)
    assert [place for place, count in enumerate(counts) if count] == [1, 192, 200]


def test_nan_is_refused() -> None:
    """NaN is not a count."""
    with pytest.raises(ValueError, match="NaN"):
        counts_by_bin([0.5, float("nan")], QUALITY_EDGES)
