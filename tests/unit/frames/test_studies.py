"""Frames of equity and film studies: every group, comparison, pass and alert, and what is missing stays missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lfr_actors import frames
from lfr_actors.evaluation.equity.study import EquityStudy, equity
from lfr_actors.evaluation.film.study import FilmStudy, study_film
from lfr_actors.evaluation.film.truth import FilmTruth
from tests.unit.evaluation.equity.trials import THRESHOLD, group_of, labelled, searches_of
from tests.unit.evaluation.film.test_study import PASSES, RUN, alerted


@pytest.fixture(scope="module")
def trial() -> EquityStudy:
    """Two teams of forty, one recognised half as often, and three people who are too few for a rate."""
    red, blue, few = group_of("r", 40), group_of("b", 40), group_of("f", 3)
    mated = dict.fromkeys(red, "++") | dict.fromkeys(blue, "+-") | dict.fromkeys(few, "+")
    return equity(
        searches_of(mated, {"s1": "-", "s2": "+"}),
        labelled(red=" ".join(red), blue=" ".join(blue), few=" ".join(few)),
        THRESHOLD,
        labels_from="volunteers, on a form",
        random=np.random.default_rng(1),
    )


def test_rates_by_group(trial: EquityStudy) -> None:
    """Everybody first, then each group; three people have no rate."""
    found = frames.equity_rates(trial)
    assert found.loc[0, ["name", "group"]].tolist() == ["tpir", "everybody"]
    assert pd.isna(found.loc[0, "attribute"])
    groups = found[(found["name"] == "tpir") & found["attribute"].notna()].set_index("group")
    assert groups.loc[["red", "blue"], ["people", "searches", "rate"]].to_numpy().tolist() == [
        [40, 80, 1],
        [40, 80, 0.5],
    ]
    assert groups.loc["few", ["rate", "rate_low_by_person"]].isna().all()
    assert groups.loc["few", "people"] == 3


def test_comparisons(trial: EquityStudy) -> None:
    """The difference by hand, adjusted p-values no smaller than the plain ones, and what could have been shown."""
    found = frames.equity_comparisons(trial).set_index(["name", "group"])
    row = found.loc["tpir"].iloc[0]
    assert abs(row["difference"]) == pytest.approx(0.5)
    assert row["shown"]
    assert row["p_adjusted"] >= row["p_value"]
    assert 0 < row["detectable"] < 0.5
    assert (found["family"] == trial.family).all()


def test_whom_they_were_taken_for(trial: EquityStudy) -> None:
    """Nobody with a label was searched without being on the list: there is no row, and still the columns."""
    found = frames.equity_mistaken(trial)
    assert found.empty
    assert {"attribute", "group", "false_positives", "own_group"} <= set(found.columns)


@pytest.fixture(scope="module")
def film() -> FilmStudy:
    """One right alert, one repeated, one false."""
    alerts = [
        alerted("Ned-Kelly", 12, "1-1"),
        alerted("Ned-Kelly", 13, "1-2"),
        alerted("Al-Capone", 105, "1-3"),
    ]
    return study_film(FilmTruth(passes=PASSES), alerts, RUN)


def test_passes(film: FilmStudy) -> None:
    """A row a pass, in the order of the truth; times only where there was an alert, and no name."""
    found = frames.film_passes(film).set_index("pass_id")
    assert found.index.tolist() == [one.pass_id for one in PASSES]
    assert found.loc["p1", ["result", "wait_s"]].tolist() == ["recognised", 2.0]
    assert pd.isna(found.loc["p3", "wait_s"])
    assert not found.loc["p6", "on_list"]
    assert not {"subject_id", "identity"} & set(found.columns)


def test_alerts_rates_and_bins(film: FilmStudy) -> None:
    """Each alert as it was judged; rates with their counts; a bin without a pass has no rate."""
    assert frames.film_alerts(film)["result"].tolist() == ["right", "repeated", "false"]
    rates = frames.film_rates(film).set_index("name")
    assert rates.loc["false_over_faces", ["rate_hits", "rate_trials"]].tolist() == [1, 20]
    assert rates.loc["tpir", "rate_hits"] == 1
    bins = frames.film_bins(film)
    assert set(bins["quantity"]) == {"face-size", "speed", "crowding"}
    empty = bins[bins["tpir_trials"].isna()]
    assert not empty.empty
    assert empty["tpir"].isna().all()
