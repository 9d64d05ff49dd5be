"""Whether what is measured stays in the bands that a deployment declared, and what is written when it does not.

    readings(log, baselines, now)  ─► every declared figure as it stands, or why it cannot be told
    changes(readings, log.left)    ─► rate.left_band, rate.returned

A band is read of the whole deployment and, where there are several, of each camera; drift of cameras alone.

A rate is looked at every few seconds, and an interval for one look would leave any band sooner or later by chance.
So it has left only when an interval that holds for all looks together (`sequential`) lies outside: all the rates of
a deployment share the error that `CONFIDENCE` leaves, in equal parts. It has returned when the rate itself is
inside. A drift has left when the latest stretch is further from commissioning than declared, and returned when it
is within `RETURN_SHARE` of that, so that one that hovers is told once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from lfr_actors.evaluation.commissioning import Baseline, list_misfit, misfit
from lfr_actors.evaluation.drift import (
    cumulative_shares,
    distance,
    faces_needed,
    latest,
    reference_faces_needed,
    shares_at_list_size,
)
from lfr_actors.evaluation.left_bands import Key, LeftBands
from lfr_actors.evaluation.live import KEEP_FACES, LiveLog
from lfr_actors.evaluation.live_figures import LiveFigures, live_report
from lfr_actors.evaluation.sequential import left_band, time_uniform_interval
from lfr_actors.events.measuring import Band, Measured, MeasurementDeclared, RateLeftBand, RateReturned

CONFIDENCE: Final = 0.95
"""How sure it is that rates which are inside their bands raise no alarm, however long a deployment runs."""
RETURN_SHARE: Final = 0.8
USUAL_TOLERANCE: Final = 0.15
"""The distance that a stretch must be able to show where none was declared."""
THE_BAND: Final = "the declared band"
_NOTHING_YET: Final = "nothing was counted yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A declared figure of a camera, or of the whole deployment where `camera` is None, as it stands.

    `figure` is None where there is insufficient data: `missing` says why. `has_left` and `is_back` are as the rules
    above have it; between the two everything stays as it was. Other fields are as in `rate.left_band`.
    """

    band: Band
    camera: str | None
    figure: float | None = None
    hits: int | None = None
    trials: int = 0
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    against: str = THE_BAND
    missing: str | None = None
    has_left: bool = False
    is_back: bool = False

    @property
    def what(self) -> Measured:
        """Which figure it is."""
        return Measured(self.band.what)

    @property
    def key(self) -> Key:
        """What is measured, and of which camera."""
        return self.band.what, self.camera


def declaration(
    log: LiveLog, bands: Sequence[Band], baselines: Mapping[str, Baseline]
) -> MeasurementDeclared:
    """What a deployment that started says of its bands, and with what its cameras will be compared.

    Raises `ValueError` before the deployment started.
    """
    cameras = log.started.cameras if log.started is not None else ()
    reasons = {}
    for camera in cameras if any(Measured(band.what).is_drift for band in bands) else ():
        why = _not_comparable(log, camera, baselines.get(camera))
        if why is not None:
            reasons[camera] = why
    return MeasurementDeclared(
        bands=tuple(bands),
        confidence=CONFIDENCE,
        commissioned={
            camera: baselines[camera].deployment
            for camera in cameras
            if camera in baselines and camera not in reasons
        },
        never_compared=reasons,
    )


def readings(log: LiveLog, baselines: Mapping[str, Baseline], now: dt.datetime) -> tuple[Reading, ...]:
    """Every declared figure as it stands, in the order of the file; none before anything was declared."""
    if log.declared is None or log.started is None:
        return ()
    cameras = log.started.cameras
    report = live_report(log, settled_at=now)
    places: tuple[str | None, ...] = (None, *cameras) if len(cameras) > 1 else (None,)
    rates = [band for band in log.declared.bands if not Measured(band.what).is_drift]
    alpha = (1 - log.declared.confidence) / max(1, len(rates) * len(places))
    found = []
    for band in log.declared.bands:
        if Measured(band.what).is_drift:
            found += [drift_reading(log, band, camera, baselines.get(camera)) for camera in cameras]
        else:
            for camera in places:
                figures = report.total if camera is None else report.cameras[camera]
                found.append(_rate_reading(log, band, camera, figures, alpha))
    return tuple(found)


def undeclared_drift(log: LiveLog, baselines: Mapping[str, Baseline]) -> tuple[Reading, ...]:
    """The drifts for which no band was declared, of every camera; they leave none."""
    if log.started is None:
        return ()
    declared = {band.what for band in log.declared.bands} if log.declared is not None else set()
    kinds = [kind for kind in Measured if kind.is_drift and kind not in declared]
    return tuple(
        drift_reading(log, Band(what=kind), camera, baselines.get(camera))
        for kind in kinds
        for camera in log.started.cameras
    )


def changes(
    seen: Sequence[Reading], left: LeftBands, now: dt.datetime
) -> tuple[RateLeftBand | RateReturned, ...]:
    """What is to be written of these readings when so much is known to be outside: each leaving once."""
    return tuple(_changes(seen, left, now))


def _changes(
    seen: Sequence[Reading], known: LeftBands, now: dt.datetime
) -> Iterator[RateLeftBand | RateReturned]:
    for reading in seen:
        if reading.figure is None:
            continue
        left, said = known.now.get(reading.key), _as_event(reading, reading.figure)
        if left is None and reading.has_left:
            yield said
        elif left is not None and reading.is_back:
            yield RateReturned(**asdict(said), after_s=round((now - left.at).total_seconds(), 3))


def outside(seen: Sequence[Reading], known: LeftBands) -> tuple[RateLeftBand, ...]:
    """The figures known to be outside their bands, as they are now, or as they left where that cannot be told."""
    now = {reading.key: _as_event(reading, reading.figure) for reading in seen if reading.figure is not None}
    return tuple(now.get(key, left.body) for key, left in known.now.items())


def _as_event(reading: Reading, figure: float) -> RateLeftBand:
    return RateLeftBand(
        what=reading.band.what,
        camera=reading.camera,
        figure=figure,
        hits=reading.hits,
        trials=reading.trials,
        low=reading.low,
        high=reading.high,
        confidence=reading.confidence,
        at_least=reading.band.at_least,
        at_most=reading.band.at_most,
        against=reading.against,
    )


def _rate_reading(
    log: LiveLog, band: Band, camera: str | None, figures: LiveFigures, alpha: float
) -> Reading:
    hits, trials = figures.counts(Measured(band.what))
    if not trials:
        return Reading(band=band, camera=camera, missing=_why_nothing(log, Measured(band.what)))
    interval = time_uniform_interval(hits, trials, 1 - alpha)
    low, high = (0.0, 1.0) if interval is None else (interval.low, interval.high)
    least, most = (
        0.0 if band.at_least is None else band.at_least,
        1.0 if band.at_most is None else band.at_most,
    )
    return Reading(
        band=band,
        camera=camera,
        figure=hits / trials,
        hits=hits,
        trials=trials,
        low=low,
        high=high,
        confidence=1 - alpha,
        has_left=left_band(hits, trials, band.at_least, band.at_most, alpha) is not None,
        is_back=least <= hits / trials <= most,
    )


def _why_nothing(log: LiveLog, what: Measured) -> str:
    match what:
        case Measured.TPIR if not log.volunteers:
            return "nobody is on the blue list"
        case Measured.TPIR:
            return "no pass of a volunteer was declared yet, or it may still be recognised"
        case Measured.FALSE_OVER_DECIDED:
            return "no alert was decided yet"
        case _:
            return _NOTHING_YET


def drift_reading(log: LiveLog, band: Band, camera: str, baseline: Baseline | None) -> Reading:
    """How far the latest stretch of a camera is from its commissioning, if it can be told.

    Raises `ValueError` before the deployment started.
    """
    why = _not_comparable(log, camera, baseline)
    if why is not None or baseline is None:
        return Reading(band=band, camera=camera, missing=why)
    tolerance = USUAL_TOLERANCE if band.at_most is None else band.at_most
    of_scores = band.what == Measured.SCORE_DRIFT
    if of_scores and (other := list_misfit(baseline, log.subjects)) is not None:
        return Reading(band=band, camera=camera, missing=other)
    then_faces = baseline.faces_searched if of_scores else baseline.faces
    own = log.camera(camera).scores if of_scores else log.camera(camera).qualities
    needed = faces_needed(tolerance, then_faces)
    if needed is None or needed > KEEP_FACES:
        return Reading(
            band=band,
            camera=camera,
            missing=f"was commissioned with {then_faces:,} faces, and a distance of {tolerance:g} cannot be told "
            f"from chance with fewer than {reference_faces_needed(tolerance):,}",
        )
    if own.faces < needed:
        return Reading(
            band=band,
            camera=camera,
            trials=own.faces,
            missing=f"saw {own.faces:,} of the {needed:,} faces that it takes to tell a distance of {tolerance:g} "
            "from chance",
        )
    return _drift(log, band, camera, baseline, needed)


def _drift(log: LiveLog, band: Band, camera: str, baseline: Baseline, needed: int) -> Reading:
    of_scores = band.what == Measured.SCORE_DRIFT
    seen = log.camera(camera)
    newest = latest(seen.scores.stretches if of_scores else seen.qualities.stretches, needed)
    shares = cumulative_shares(baseline.scores if of_scores else baseline.qualities)
    if shares is not None and of_scores:
        shares = shares_at_list_size(shares, subjects=baseline.subjects, now=log.subjects)
    figure = None if shares is None else distance(newest.counts, shares)
    tolerance = USUAL_TOLERANCE if band.at_most is None else band.at_most
    return Reading(
        band=band,
        camera=camera,
        figure=figure,
        trials=newest.faces,
        against=f"its commissioning by {baseline.deployment}",
        missing=None if figure is not None else _NOTHING_YET,
        has_left=figure is not None and band.at_most is not None and figure > tolerance,
        is_back=figure is not None and figure <= RETURN_SHARE * tolerance,
    )


def _not_comparable(log: LiveLog, camera: str, baseline: Baseline | None) -> str | None:
    if baseline is None:
        return "was never commissioned at this place"
    return misfit(baseline, log.setting_of(camera))
