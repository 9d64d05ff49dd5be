"""Frames of searches say what the functions say, and nothing where there is no data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lfr_actors import frames
from lfr_actors.evaluation.identification.repeats import Repeat, Repeats
from lfr_actors.evaluation.list_size import sub_list_rates
from lfr_actors.evaluation.operating_point import threshold_for_fpir
from lfr_actors.evaluation.rates import fpir, tpir
from tests.unit.evaluation.made_searches import drawn_searches, searches_of

DRAWN = drawn_searches(7)
BY_HAND = searches_of([("a", 0.9, 0.2), ("a", 0.3, 0.4), ("b", float("nan"), 0.1)], [("s", 0.6), ("t", 0.1)])


def test_searches() -> None:
    """One row a search; without a mate or a face there is no rank and no score."""
    found = frames.searches(BY_HAND)
    assert found["person"].tolist() == ["a", "a", "b", "s", "t"]
    assert found["mated"].tolist() == [True, True, True, False, False]
    assert found["acquired"].tolist() == [True, True, False, True, True]
    np.testing.assert_array_equal(found["mate_rank"], [1, 2, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(found["top_score"], [0.9, 0.4, np.nan, 0.6, 0.1], rtol=1e-6)


def test_rates_by_hand() -> None:
    """TPIR 1 of 3, FPIR 1 of 2 at 0.5; all missed at 0.95; counts and both intervals beside them."""
    found = frames.rates(BY_HAND, [0.5, 0.95]).set_index("threshold")
    assert found.loc[0.5, ["tpir_hits", "tpir_trials", "fnir_hits", "fpir_hits", "fpir_trials"]].tolist() == [
        1, 3, 2, 1, 2,
    ]  # fmt: skip
    assert found.loc[0.5, "tpir"] == pytest.approx(1 / 3)
    assert found.loc[0.95, ["tpir", "fnir", "fpir"]].tolist() == [0, 1, 0]
    assert (found["tpir_low_by_person"] <= found["tpir_low"]).all()
    assert (found["subjects"] == 50).all()


def test_operating_points_agree_with_the_function() -> None:
    """Threshold, rates and limits of a target; one that cannot be shown has its reason and nothing else."""
    shown, impossible = (row for _, row in frames.operating_points(DRAWN, [0.05, 0.001]).iterrows())
    point = threshold_for_fpir(DRAWN, 0.05)
    assert point is not None
    assert point.tpir is not None
    assert (shown["threshold"], shown["fpir"], shown["tpir"]) == (
        point.threshold,
        point.fpir.rate,
        point.tpir.rate,
    )
    assert shown["fpir_in_use"] == pytest.approx(point.fpir_in_use[1])
    assert shown["threshold_low_by_person"] <= shown["threshold"] <= shown["threshold_high_by_person"]
    assert pd.isna(shown["why"])
    assert "at least 1000 are needed" in impossible["why"]
    assert impossible.drop(["target", "why"]).isna().all()


def test_curve_and_ranks() -> None:
    """The DET curve has the rates at its thresholds; rank-k never falls; neither has a row without data."""
    curve = frames.det(DRAWN).iloc[50]
    found, missed = fpir(DRAWN, curve["threshold"]), tpir(DRAWN, curve["threshold"])
    assert found is not None
    assert missed is not None
    assert (curve["fpir"], curve["fnir"]) == pytest.approx((found.rate, 1 - missed.rate))
    ranks = frames.ranks(DRAWN, 5)
    assert ranks["rank"].tolist() == [1, 2, 3, 4, 5]
    assert ranks["rate"].is_monotonic_increasing
    assert frames.det(DRAWN.mated_only()).empty
    assert list(frames.det(DRAWN.mated_only()).columns) == ["threshold", "fpir", "fnir"]


def test_list_sizes() -> None:
    """Shorter lists are means over sub-lists, the list itself is measured, longer ones are assumed and say so."""
    found = frames.list_sizes(DRAWN, 0.5, [30, 60, 600]).set_index("subjects")
    (half,) = sub_list_rates(DRAWN, 0.5, [30])
    assert found["how"].tolist() == ["mean over sub-lists", "measured", "assumed"]
    assert found.loc[30, "fpir"] == half.fpir
    whole = found.loc[60, "fpir"]
    assert found.loc[600, "fpir"] == pytest.approx(1 - (1 - whole) ** 10)
    assert found.loc[600, "fpir_low"] < found.loc[600, "fpir"] < found.loc[600, "fpir_high"]
    assert pd.isna(found.loc[600, "tpir"])


def test_halves() -> None:
    """One row a split, none of a target that no half can show."""
    split = Repeat(threshold=0.5, fpir_chosen=0.01, tpir_chosen=0.9, fpir_other=0.02, tpir_other=0.8)
    shown = Repeats(target=0.01, subjects=40, each=(split, split))
    found = frames.halves([shown, Repeats(target=0.001, subjects=40, each=(), reason="too few")])
    assert found["target"].tolist() == [0.01, 0.01]
    assert found["fpir_other"].tolist() == [0.02, 0.02]
