"""Crowding, bins and waits, worked by hand and against another implementation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from lfr_actors.evaluation.film.bins import rates_by
from lfr_actors.evaluation.film.crowding import crowding_of, faces_to_be_seen
from lfr_actors.evaluation.film.matching import FilmAlert, match_film
from lfr_actors.evaluation.film.truth import FilmPass
from lfr_actors.evaluation.film.waiting import curve_of, waiting_of


def spans(*times_s: tuple[float, float] | None) -> list[FilmPass]:
    """Passes of nobody on the list."""
    return [
        FilmPass(pass_id=f"p{place}", enter_s=span and span[0], leave_s=span and span[1])
        for place, span in enumerate(times_s)
    ]


def test_crowding_is_the_mean_number_of_others() -> None:
    """Worked by hand: half of the time one other, then two; alone; a single moment; never to be seen."""
    assert crowding_of(spans((0, 10), (0, 5), (5, 10))) == (1.0, 1.0, 1.0)
    assert crowding_of(spans((0, 10), (5, 20), (8, 9))) == pytest.approx((0.6, 6 / 15, 2.0))
    assert crowding_of(spans((0, 10), None)) == (0.0, None)
    assert crowding_of(spans((5, 5), (0, 10), (6, 10))) == pytest.approx((1.0, 0.4, 1.0))
    assert crowding_of([]) == ()


def test_faces_to_be_seen_rise_and_fall() -> None:
    """Steps at every coming and going; two at one moment are one step, and in the end nobody is there."""
    assert faces_to_be_seen(spans((0, 4), (1, 4), None, (4, 6))) == ((0, 1, 4, 6), (1, 2, 1, 0))
    assert faces_to_be_seen([]) == ((), ())


def walked(*hits: bool) -> list[FilmPass]:
    """Passes of subjects of their own, of 10 s each."""
    return [
        FilmPass(
            pass_id=f"p{place}", subject_id=f"S{place}", enter_s=100.0 * place, leave_s=100.0 * place + 10
        )
        for place in range(len(hits))
    ]


def test_bins_take_their_lower_edge() -> None:
    """A value on an edge is in the bin above; below all it is in the first; an empty bin has no rate."""
    hits = (True, True, False, True, False)
    passes = walked(*hits)
    alerts = [
        FilmAlert(track="1-1", subject_id=f"S{place}", media_time_s=100.0 * place + 5, score=1)
        for place, hit in enumerate(hits)
        if hit
    ]
    judged = match_film(passes, alerts, cooldown_s=0).passes
    binned = rates_by("size", "px", judged, (40, 39.9, 10, 500, None), (20.0, 40.0, 60.0, 80.0))
    counts = [one.tpir and (one.tpir.hits, one.tpir.trials) for one in binned.bins]
    assert counts == [(1, 2), (1, 1), None, (1, 1)]
    assert [one.words for one in binned.bins][::3] == ["20 to under 40", "80 or more"]
    assert binned.unknown is not None
    assert (binned.unknown.hits, binned.unknown.trials) == (0, 1)


def test_bins_count_only_what_could_be_recognised() -> None:
    """Passes of people who are not on the list are in no bin; edges have to rise."""
    judged = match_film(spans((0, 1)), [], cooldown_s=0).passes
    binned = rates_by("size", "px", judged, (50,), (0.0, 40.0))
    assert all(one.tpir is None for one in binned.bins)
    assert binned.unknown is None
    with pytest.raises(ValueError, match="do not rise"):
        rates_by("size", "px", judged, (50,), (40.0, 40.0))


def test_waits_by_hand() -> None:
    """Alerts at 1, 2 and 4 s, one pass without until 3 s: 3/4 and 1/2 still wait, then nobody does."""
    waiting = curve_of(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True]))
    assert waiting is not None
    assert waiting.waiting.tolist() == [0.75, 0.5, 0.0]
    assert (waiting.alerted, waiting.censored) == (3, 1)
    assert (waiting.median.time_s, waiting.p90.time_s, waiting.median_alerted_s) == (2.0, 4.0, 2.0)
    assert waiting.p90.high_s is None


def test_a_quantile_that_was_not_reached_is_none() -> None:
    """When most are never recognised there is no median, and without any alert there is nothing at all."""
    waiting = curve_of(np.array([1.0, 9.0, 9.0, 9.0]), np.array([True, False, False, False]))
    assert waiting is not None
    assert waiting.median.time_s is None
    assert waiting.median_alerted_s == 1.0
    assert waiting_of(match_film(walked(False), [], cooldown_s=0).passes) is None


def test_a_missed_pass_waits_until_it_leaves() -> None:
    """Of two passes of ten seconds one has its alert after two: the other is censored at ten."""
    alert = FilmAlert(track="1-1", subject_id="S0", media_time_s=2, score=1)
    waiting = waiting_of(match_film(walked(True, False), [alert], cooldown_s=0).passes)
    assert waiting is not None
    assert (waiting.times_s.tolist(), waiting.waiting.tolist()) == ([2.0], [0.5])
    assert (waiting.alerted, waiting.censored) == (1, 1)


@given(
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=40).filter(
        lambda each: any(alerted for _, alerted in each)
    )
)
def test_the_curve_agrees_with_another_implementation(waits: list[tuple[int, bool]]) -> None:
    """The curve is that of another implementation, and so are the limits from its standard errors."""
    times_s = np.array([at_s for at_s, _ in waits], float)
    alerted = np.array([one for _, one in waits])
    waiting = curve_of(times_s, alerted)
    assert waiting is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        other = SurvfuncRight(times_s, alerted.astype(int))
    kept = np.isin(other.surv_times, waiting.times_s)
    np.testing.assert_allclose(waiting.waiting, other.surv_prob[kept], atol=1e-12)
    some = waiting.waiting > 0
    share, error = other.surv_prob[kept][some], other.surv_prob_se[kept][some]
    spread = 1.959964 * error / share / np.abs(np.log(share))
    np.testing.assert_allclose(waiting.low[some], share ** np.exp(spread), atol=1e-6)
    np.testing.assert_allclose(waiting.high[some], share ** np.exp(-spread), atol=1e-6)
