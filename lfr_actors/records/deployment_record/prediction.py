"""False alerts that were predicted, beside those that were observed."""

from __future__ import annotations

from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.evaluation.list_size import project_fpir
from lfr_actors.records.deployment_record.figures import Counts
from lfr_actors.records.deployment_record.parts import Predicted
from lfr_actors.records.deployment_record.trace import DeploymentTrace
from lfr_actors.records.deployment_record.words import counted, number, percent, rate_of, rounded

_TAIL = 0.025
_SAME_THRESHOLD = 1e-6


def predicted_of(trace: DeploymentTrace, counts: Counts, subjects: int | None) -> Predicted | None:
    """What the last measurement with this pack predicts of the false alerts; None where nobody measured.

    The rate is brought to the size of this list as `evaluation.list_size` does, which supposes that each person on
    a list is an independent chance of being taken for a stranger.
    `expected_low` is the 2.5 % quantile of the binomial count of tracks under the lower limit of the measured rate,
    `expected_high` the 97.5 % quantile under the upper one: it holds both that the measurement was small and that
    the day was one of many.
    """
    said = trace.start.predicted
    if said is None or not subjects or not said.subjects:
        return None
    measured = proportion_interval(said.hits, said.searches)
    fpir = rate_of(measured, "searches of people not on the list that reached the threshold")
    if measured is None or fpir is None:
        return None
    here = project_fpir(measured, said.threshold, said.subjects, subjects)
    tracks = counts.tracks_searched
    comparable = abs(said.threshold - trace.start.threshold) < _SAME_THRESHOLD
    limits = _quantile(_TAIL, tracks, here.low), _quantile(1 - _TAIL, tracks, here.high)
    return Predicted(
        fpir=fpir,
        measured_at=said.measured_at,
        measured_subjects=said.subjects,
        measured_threshold=rounded(said.threshold),
        subjects=subjects,
        fpir_here=rounded(here.rate),
        tracks_searched=tracks,
        expected=rounded(tracks * here.rate),
        expected_low=limits[0],
        expected_high=limits[1],
        observed=counts.false_alerts,
        comparable=comparable,
        words=_words(tracks, here.rate, limits, counts, comparable=comparable),
    )


def _quantile(share: float, tracks: int, rate: float) -> int:
    from scipy.stats import binom

    return max(0, int(binom.ppf(share, tracks, rate)))


def _words(tracks: int, rate: float, limits: tuple[int, int], counts: Counts, *, comparable: bool) -> str:
    low, high = limits
    expectation = (
        f"Measured beforehand, {percent(rate)} of searches of people who are not on the list would reach the "
        f"threshold with a list of this size. For {counted(tracks, 'track')} that were searched that is "
        f"{tracks * rate:,.1f} false alerts, and between {number(low)} and {number(high)} in 95 of 100 such days."
    )
    were = "was" if counts.false_alerts == 1 else "were"
    observed = f"{counted(counts.false_alerts, 'false alert')} {were} observed"
    if not comparable:
        apart = "It was measured at another threshold than was used: the two cannot be compared."
        return f"{expectation} {apart} {observed}."
    where = "as predicted"
    if counts.false_alerts > high:
        where = "more than predicted"
    elif counts.false_alerts < low:
        where = "fewer than predicted"
    reason = " An alert needs several searches of a track to agree, which the prediction leaves out."
    return f"{expectation} {observed[0].upper()}{observed[1:]}, {where}.{reason}"
