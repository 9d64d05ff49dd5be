"""All figures of a film: what was recognised of what could be, what was not right, and how long it took.

Each says what it counts, because passes, tracks, alerts and people are different things:

    TPIR                    passes of people on the list that had a right alert / such passes that could have one
    FPIR                    distinct tracks with a false alert / passes of people who are not on the list
    false alerts over faces     false alerts / faces seen (tracks)
    false alerts over alerts    false alerts / alerts
    precision               right and repeated alerts / alerts

A pass could have an alert when its face is to be seen and no cooldown of an earlier right alert was running. The
run does not say which pass a track is of: FPIR counts every track with a false alert as one of a stranger's pass,
also one that may be of a person on the list taken for another; `false_without_strangers` says how many certainly
were not of strangers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lfr_actors.evaluation.bootstrap import ClusterProportion, by_person, cluster_interval
from lfr_actors.evaluation.film.bins import (
    CROWDING_EDGES,
    FACE_PX_EDGES,
    SPEED_EDGES_M_S,
    Binned,
    rates_by,
)
from lfr_actors.evaluation.film.crowding import crowding_of
from lfr_actors.evaluation.film.matching import (
    SLACK_S,
    AlertResult,
    FilmAlert,
    JudgedAlert,
    JudgedPass,
    Matched,
    PassResult,
    match_film,
)
from lfr_actors.evaluation.film.run import FilmRun
from lfr_actors.evaluation.film.truth import FilmTruth
from lfr_actors.evaluation.film.waiting import Waiting, waiting_of
from lfr_actors.evaluation.intervals import Proportion, proportion_interval
from lfr_actors.evaluation.rates import FalseAlertRates, false_alert_rates, precision


def study_film(
    truth: FilmTruth, alerts: Iterable[FilmAlert], run: FilmRun, *, slack_s: float = SLACK_S
) -> FilmStudy:
    """Judge the alerts of a run over a film by its truth, and count. Raises `ValueError` for a negative slack."""
    matched = match_film(truth.passes, alerts, cooldown_s=run.cooldown_s, slack_s=slack_s)
    return FilmStudy(
        run=run,
        slack_s=slack_s,
        matched=matched,
        crowding=crowding_of(truth.passes),
        truth_notes=truth.notes,
    )


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: the figures are computed once
class FilmStudy:
    """The judged film; its figures are computed from it. `crowding`: one value a pass, None if never seen."""

    run: FilmRun
    slack_s: float
    matched: Matched
    crowding: tuple[float | None, ...]
    truth_notes: tuple[str, ...] = ()
    confidence: float = 0.95

    @property
    def passes(self) -> tuple[JudgedPass, ...]:
        """Every pass, in the order of the truth."""
        return self.matched.passes

    @property
    def alerts(self) -> tuple[JudgedAlert, ...]:
        """Every alert, in order of time."""
        return self.matched.alerts

    @cached_property
    def pass_counts(self) -> Counter[PassResult]:
        """Passes by what became of them."""
        return Counter(one.result for one in self.passes)

    @cached_property
    def alert_counts(self) -> Counter[AlertResult]:
        """Alerts by what they were."""
        return Counter(one.result for one in self.alerts)

    @property
    def counted(self) -> tuple[JudgedPass, ...]:
        """Passes of people on the list that could be recognised."""
        return tuple(one for one in self.passes if one.counts)

    @property
    def false_tracks(self) -> int:
        """Distinct tracks with a false alert."""
        return len({one.alert.track for one in self.alerts if one.result is AlertResult.FALSE})

    @property
    def false_without_strangers(self) -> int:
        """False alerts at a moment when nobody was to be seen who is not on the list."""
        return sum(one.result is AlertResult.FALSE and one.unlisted == 0 for one in self.alerts)

    @property
    def tpir(self) -> Proportion | None:
        """Recognised passes of those that could be; exact interval, as if passes were independent."""
        hits = self.pass_counts[PassResult.RECOGNISED]
        return proportion_interval(hits, hits + self.pass_counts[PassResult.MISSED], self.confidence)

    @property
    def fnir(self) -> Proportion | None:
        """Missed passes of those that could be recognised: 1 - TPIR."""
        misses = self.pass_counts[PassResult.MISSED]
        return proportion_interval(misses, misses + self.pass_counts[PassResult.RECOGNISED], self.confidence)

    @property
    def tpir_by_person(self) -> ClusterProportion | None:
        """The same TPIR with an interval for people who pass more than once, as their passes are alike."""
        counted = self.counted
        hits = [one.result is PassResult.RECOGNISED for one in counted]
        return cluster_interval(*by_person([one.one.person for one in counted], hits), self.confidence)

    @property
    def fpir(self) -> Proportion | None:
        """Tracks with a false alert of passes by people not on the list; None without such a pass.

        None also when there are more such tracks than passes: a share it is not, then.
        """
        strangers = self.pass_counts[PassResult.NOT_LISTED]
        if self.false_tracks > strangers:
            return None
        return proportion_interval(self.false_tracks, strangers, self.confidence)

    @property
    def false_alerts(self) -> FalseAlertRates:
        """False alerts over faces seen (tracks), and over alerts."""
        wrong = self.alert_counts[AlertResult.FALSE]
        return false_alert_rates(wrong, self.run.faces, len(self.alerts), self.confidence)

    @property
    def precision(self) -> Proportion | None:
        """Alerts that were right, repeated ones among them, of all alerts."""
        wrong = self.alert_counts[AlertResult.FALSE]
        return precision(len(self.alerts) - wrong, wrong, self.confidence)

    @cached_property
    def waiting(self) -> Waiting | None:
        """From the first sight to the alert; None when nobody was recognised."""
        return waiting_of(self.passes, self.confidence)

    @cached_property
    def by(self) -> tuple[Binned, Binned, Binned]:
        """Recognition by size of the face, walking speed and crowding."""
        passes = self.passes
        return (
            rates_by("face-size", "px", passes, [one.one.face_px for one in passes], FACE_PX_EDGES),
            rates_by("speed", "m/s", passes, [one.one.speed_m_s for one in passes], SPEED_EDGES_M_S),
            rates_by("crowding", "other faces", passes, self.crowding, CROWDING_EDGES),
        )
