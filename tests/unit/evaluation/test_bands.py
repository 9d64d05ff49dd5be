"""Declared bands: when a figure has left and when it is back, what each is read of, and why one cannot be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from lfr_actors.evaluation.band_words import band_words, figure_words, left_words
from lfr_actors.evaluation.bands import changes, declaration, outside, readings, undeclared_drift
from lfr_actors.evaluation.commissioning import Baseline
from lfr_actors.evaluation.live import LiveLog, baseline_of
from lfr_actors.evaluation.sequential import time_uniform_interval
from lfr_actors.events.histograms import SCORE_EDGES, counts_by_bin
from lfr_actors.events.measuring import Band, Measured, RateLeftBand, RateReturned
from lfr_actors.events.types import EventBody
from tests.unit.evaluation.live_logs import (
    FALSE_ONES,
    QUALITY,
    SCORES,
    SEARCHED,
    TPIR,
    Written,
    alert,
    began,
    commissioned,
    decided,
    declared,
    list_of,
    opened,
    passes,
    seen,
)
from tests.unit.events.samples import NOON

LATER = NOON + dt.timedelta(hours=6)
ALONE = began(["station"])
NONE: Mapping[str, Baseline] = {}


def look(
    written: Written, baselines: Mapping[str, Baseline] = NONE, now: dt.datetime = LATER
) -> list[RateLeftBand | RateReturned]:
    """Look once, and write what follows."""
    said = list(changes(readings(written.log, baselines, now), written.log.left, now))
    written.add(*said)
    return said


def test_a_rate_leaves_once_and_returns_once() -> None:
    """However often one looks: one alarm when it has surely left, one word when the rate is inside again."""
    written = Written(ALONE, declared(SEARCHED), seen(10, searched=4))
    assert look(written) == []  # 6 of 10 is above a half, and may be chance
    written.add(seen(60, searched=10))
    (left,) = look(written)
    whenever = time_uniform_interval(56, 70)
    assert whenever is not None
    assert isinstance(left, RateLeftBand)
    assert (left.what, left.camera, left.hits, left.trials) == ("never-searched", None, 56, 70)
    assert (left.low, left.high) == pytest.approx((whenever.low, whenever.high))
    assert (left.at_most, left.at_least) == (0.5, None)
    assert left.confidence == pytest.approx(0.95)
    assert [look(written) for _ in range(3)] == [[], [], []]
    written.add(seen(30, searched=30))
    assert look(written) == []  # 56 of 100 may be inside, and is not shown to be
    (now,) = outside(readings(written.log, NONE, LATER), written.log.left)
    assert (now.hits, now.trials) == (56, 100)
    written.add(seen(20, searched=20))
    (back,) = look(written)
    assert isinstance(back, RateReturned)
    assert back.figure == pytest.approx(56 / 120)
    assert back.after_s == (LATER - written.events[4].at).total_seconds()
    assert not written.log.left.now
    assert look(written) == []


def test_each_camera_is_watched_and_shares_the_error() -> None:
    """A camera leaves while the whole is inside; three readings share what the confidence leaves."""
    written = Written(began(), declared(SEARCHED), seen(80, searched=8), seen(900, camera="bridge-street"))
    (left,) = look(written)
    assert isinstance(left, RateLeftBand)
    assert left.camera == "station"
    assert left.confidence == pytest.approx(1 - 0.05 / 3)
    assert [one.camera for one in readings(written.log, NONE, LATER)] == [None, "bridge-street", "station"]


def test_false_alerts_and_missed_passes_leave() -> None:
    """False alerts over faces above their band, TPIR below its own; an undecided alert is not false."""
    written = Written(ALONE, declared(FALSE_ONES, TPIR), seen(300))
    written.add(*(alert(number) for number in range(12)), *passes([False] * 9 + [True]))
    (first,) = look(written)
    assert isinstance(first, RateLeftBand)
    assert (first.what, first.hits, first.trials) == ("tpir", 1, 10)
    written.add(*(decided(number, "false") for number in range(12)))
    (second,) = look(written)
    assert isinstance(second, RateLeftBand)
    assert (second.what, second.hits, second.trials) == ("false-alert-rate-over-faces", 12, 300)


def test_without_data_nothing_leaves_and_why_is_said() -> None:
    """No volunteer, no pass, no decision, no face: insufficient data with its reason, and no alarm."""
    over_decided = Band(what="false-alert-rate-over-decided", at_most=0.5)
    written = Written(ALONE, declared(TPIR, over_decided, SEARCHED, QUALITY))
    reasons = {one.band.what: one.missing for one in readings(written.log, NONE, LATER)}
    assert reasons == {
        "tpir": "nobody is on the blue list",
        "false-alert-rate-over-decided": "no alert was decided yet",
        "never-searched": "nothing was counted yet",
        "quality-drift": "was never commissioned at this place",
    }
    written.add(*passes([]))
    assert "no pass of a volunteer" in (readings(written.log, NONE, LATER)[0].missing or "")
    assert look(written) == []
    assert readings(Written(ALONE).log, NONE, LATER) == ()
    assert readings(LiveLog(), NONE, LATER) == ()


def test_drift_leaves_with_the_latest_stretch() -> None:
    """Hundreds of good faces before do not hide that it is dark now; when it is light again, it returns."""
    baselines = commissioned()
    written = Written(ALONE, list_of(500), declared(QUALITY, SCORES), opened(), seen(350))
    quality, score = readings(written.log, baselines, LATER)
    assert quality.missing == "saw 350 of the 373 faces that it takes to tell a distance of 0.15 from chance"
    assert score.figure is None
    written.add(*(seen(50, seed=each) for each in range(20)))
    assert look(written, baselines) == []
    written.add(seen(380, quality=0.55))
    (left,) = look(written, baselines)
    assert isinstance(left, RateLeftBand)
    assert (left.what, left.camera, left.trials, left.hits, left.low) == (
        "quality-drift",
        "station",
        380,
        None,
        None,
    )
    assert left.figure > 0.4
    assert left.against == "its commissioning by drill-1"
    written.add(seen(373, quality=0.665))
    (between,) = (
        one for one in readings(written.log, baselines, LATER) if one.what is Measured.QUALITY_DRIFT
    )
    assert 0.12 < (between.figure or 0) <= 0.15
    assert look(written, baselines) == []  # one that hovers is not told again and again
    written.add(seen(380))
    (back,) = look(written, baselines)
    assert isinstance(back, RateReturned)
    assert back.figure < 0.12


def test_scores_are_held_against_the_list_they_came_from() -> None:
    """With half as many again on the list, best scores are as the list makes them; with more, there is none."""
    random = np.random.default_rng(3)

    def reported(subjects: int) -> EventBody:
        best = random.normal(0.2, 0.1, (1_000, subjects)).max(axis=1)
        return replace(seen(1_000), score_histogram=counts_by_bin(best, SCORE_EDGES))

    before = Written(ALONE, list_of(40), opened(), reported(40))
    baselines = {"station": baseline_of(before.log, "station", measured_at=NOON)}
    same = Written(ALONE, list_of(60), declared(SCORES), opened(), reported(60))
    assert look(same, baselines) == []
    assert (readings(same.log, baselines, LATER)[0].figure or 1) < 0.08
    more = Written(ALONE, list_of(90), declared(SCORES), opened(), reported(90))
    assert "with 40 people on the list and has 90 now" in (
        readings(more.log, baselines, LATER)[0].missing or ""
    )


def test_a_commissioning_may_be_too_small_for_a_band() -> None:
    """A distance of 0.05 cannot be told from chance with a thousand faces: it says how many it takes."""
    tight = Band(what="quality-drift", at_most=0.05)
    written = Written(ALONE, list_of(500), declared(tight), opened(), seen(5_000))
    (reading,) = readings(written.log, commissioned(), LATER)
    assert reading.figure is None
    assert "was commissioned with 1,000 faces" in (reading.missing or "")
    assert "fewer than 4,883" in (reading.missing or "")


def test_what_was_declared_says_which_camera_is_not_compared() -> None:
    """Cameras whose commissioning fits are named with it, others with the reason; only where drift matters."""
    log = Written(began()).log
    said = declaration(log, [QUALITY], commissioned())
    assert said.commissioned == {"station": "drill-1"}
    assert said.never_compared == {"bridge-street": "was never commissioned at this place"}
    assert declaration(log, [TPIR], NONE).never_compared == {}


def test_drift_is_told_without_a_band() -> None:
    """A camera that was commissioned has its distances, also where nobody declared how far they may be."""
    written = Written(ALONE, list_of(500), declared(QUALITY), opened(), seen(1_000, score=0.9))
    (drift,) = undeclared_drift(written.log, commissioned())
    assert (drift.what, drift.has_left) == (Measured.SCORE_DRIFT, False)
    assert (drift.figure or 0) > 0.9


def test_what_was_outside_is_so_after_a_restart() -> None:
    """A resumed deployment goes on where it was: no second alarm, unless the band or the camera is another."""
    outside = seen(80, camera="bridge-street", searched=8), seen(80, searched=8)
    written = Written(began(), declared(SEARCHED), *outside)
    assert len(look(written)) == 3
    written.add(began())
    assert not written.log.left.now  # until bands are declared again
    written.add(declared(SEARCHED))
    assert len(written.log.left.now) == 3
    assert look(written) == []
    written.add(ALONE, declared(SEARCHED))
    assert set(written.log.left.now) == {("never-searched", None), ("never-searched", "station")}
    written.add(ALONE, declared(Band(what="never-searched", at_most=0.6)))
    assert not written.log.left.now


@pytest.mark.parametrize(
    ("reasons", "still"), [({}, True), ({"station": "was commissioned otherwise"}, False)]
)
def test_drift_that_cannot_return_is_over_at_a_restart(reasons: Mapping[str, str], still: bool) -> None:
    """A camera that is not compared any more is not outside for ever."""
    left = RateLeftBand(
        what="quality-drift",
        camera="station",
        figure=0.31,
        hits=None,
        trials=210,
        low=None,
        high=None,
        confidence=None,
        at_least=None,
        at_most=0.15,
        against="its commissioning by drill-1",
    )
    again = replace(declared(QUALITY), never_compared=reasons)
    written = Written(ALONE, declared(QUALITY), left, ALONE, again)
    assert bool(written.log.left.now) is still


@pytest.mark.parametrize(
    ("what", "figure", "words"),
    [
        (Measured.TPIR, 0.8, "80 %"),
        (Measured.TPIR, 0.6123, "61.2 %"),
        (Measured.NEVER_SEARCHED, 1.0, "100 %"),
        (Measured.NEVER_SEARCHED, 0.0, "0 %"),
        (Measured.FALSE_OVER_FACES, 0.001, "0.1 %"),
        (Measured.FALSE_OVER_FACES, 0.00000318, "0.00032 %"),
        (Measured.QUALITY_DRIFT, 0.15, "0.15"),
    ],
)
def test_figures_in_words(what: Measured, figure: float, words: str) -> None:
    """Per cent with the digits that say something, a distance as it is."""
    assert figure_words(what, figure) == words


def test_an_alarm_in_words() -> None:
    """What, where, how much of what, what it is held against."""
    written = Written(ALONE, declared(SEARCHED), seen(80, searched=8))
    (left,) = look(written)
    assert isinstance(left, RateLeftBand)
    assert left_words(left) == (
        "tracks never searched: 90 % (72 of 80 tracks that ended, 75.6 % to 97.5 % however often one looks); "
        "declared at most 50 %"
    )
    assert band_words(TPIR) == "at least 80 %"
    drift = RateLeftBand(
        what="quality-drift",
        camera="station",
        figure=0.31,
        hits=None,
        trials=210,
        low=None,
        high=None,
        confidence=None,
        at_least=None,
        at_most=0.15,
        against="its commissioning by drill-1",
    )
    assert left_words(drift) == (
        "drift of quality, camera station: 0.31 from its commissioning by drill-1, over the 210 latest faces seen; "
        "declared at most 0.15"
    )
