"""What the record says of one deployment, part by part: identity, list, models, cameras, measurement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from lfr_actors.evaluation.band_words import NAMES, band_words, left_words
from lfr_actors.evaluation.blue_list import Sighting, blue_list_report
from lfr_actors.evaluation.intervals import proportion_interval
from lfr_actors.events.amending import WatchlistAmended
from lfr_actors.events.lists import WatchlistBuilt, WatchlistSealed
from lfr_actors.events.marks import ThresholdChanged
from lfr_actors.events.measuring import Measured, RateLeftBand
from lfr_actors.records.deployment_record.counting import counts_of, rates_of
from lfr_actors.records.deployment_record.parts import (
    Amendment,
    BlueList,
    Camera,
    DeclaredBand,
    DeploymentPart,
    Identity,
    Measurement,
    Models,
    NeverSearched,
    Purpose,
    RateAlarm,
    Run,
    Threshold,
    Watchlist,
)
from lfr_actors.records.deployment_record.prediction import predicted_of
from lfr_actors.records.deployment_record.retaining import holds_of, non_matches_of, retention_lines
from lfr_actors.records.deployment_record.trace import DeploymentTrace
from lfr_actors.records.deployment_record.words import rate_of, rounded
from lfr_actors.records.run_frames import REASONS
from lfr_actors.retention.policy import DEFAULT_POLICY, DataClass
from lfr_actors.spec.purposes import PURPOSES

_BY_SOMEBODY: Final = "stopped by "
"""How the reason of a run begins that somebody stopped; the name of an account follows."""
_FALSE_ALERTS: Final = frozenset({Measured.FALSE_OVER_FACES, Measured.FALSE_OVER_DECIDED})
NO_CAMERAS_ALARMS: Final = (
    "Alarms about the false alerts of a single camera, if there were any, are not in this version: they would tell "
    "small counts."
)


def described(trace: DeploymentTrace, *, protected: bool = True) -> DeploymentPart:
    """All that is said of one deployment; `protected` leaves out what tells a camera's false alerts."""
    counts, watchlist = counts_of(trace), watchlist_of(trace)
    limit_s = _non_match_limit_s(trace)
    never = counts.tracks_ended - counts.tracks_searched
    return DeploymentPart(
        identity=_identity(trace),
        runs=tuple(_runs(trace)),
        watchlist=watchlist,
        thresholds=tuple(_thresholds(trace.thresholds)),
        models=_models(trace),
        counts=counts,
        rates=rates_of(counts),
        predicted=predicted_of(trace, counts, None if watchlist is None else watchlist.subjects),
        blue_list=_blue_list(trace),
        never_searched=tuple(_never_searched(trace)),
        never_searched_share=rate_of(
            proportion_interval(max(0, never), counts.tracks_ended),
            "tracks that were never searched, of those that ended",
        ),
        cameras=tuple(_cameras(trace)),
        non_match_limit_s=limit_s,
        non_matches=non_matches_of(trace, limit_s),
        retention=retention_lines(trace),
        holds=holds_of(trace),
        measurement=_measurement(trace, protected=protected),
    )


def _identity(trace: DeploymentTrace) -> Identity:
    start = trace.start
    purposes = dict.fromkeys(purpose for run in trace.runs for purpose in run.start.purposes)
    notices = dict.fromkeys(notice for run in trace.runs for notice in run.start.notices)
    durations = [run.duration_s for run in trace.runs if run.duration_s is not None]
    return Identity(
        deployment=trace.name,
        operation=start.operation,
        force=start.force,
        technology_provider=start.technology_provider,
        location=start.location,
        purposes=tuple(Purpose(name=name, words=PURPOSES.get(name, name)) for name in purposes),
        authority_reference=start.authority_reference,
        window_from=start.not_before,
        window_to=start.not_after,
        started_at=trace.runs[0].started_at,
        ended_at=trace.ended_at,
        duration_s=round(sum(durations), 3) if durations else None,
        state=trace.state,
        two_person=start.two_person,
        acknowledge_within_s=start.acknowledge_within_s,
        confirm_hits=start.confirm_hits,
        confirm_within_s=start.confirm_within_s,
        cooldown_s=start.cooldown_s,
        min_face_px=start.min_face_px,
        file_digest=start.file_digest,
        notices=tuple(notices),
    )


def _runs(trace: DeploymentTrace) -> Iterable[Run]:
    for run in trace.runs:
        yield Run(
            number=run.number,
            started_at=run.started_at,
            ended_at=run.ended_at,
            duration_s=None if run.duration_s is None else round(run.duration_s, 3),
            how=run.how,
            reason=None if run.reason is None else _public_reason(run.reason),
            software_version=run.start.software_version,
        )


def _public_reason(reason: str) -> str:
    """Why a run ended, without the account that stopped it, and without the object that a reason may name."""
    if reason.startswith(_BY_SOMEBODY):
        return "stopped by somebody who is in charge of it"
    return reason.partition(":")[0]


def watchlist_of(trace: DeploymentTrace) -> Watchlist | None:
    """The list as last used; None where none was ever built."""
    built = [(at, body) for at, body in trace.lists if isinstance(body, WatchlistBuilt)]
    if not built:
        return None
    sealed = [body for _, body in trace.lists if isinstance(body, WatchlistSealed)]
    amended = [(at, body) for at, body in trace.lists if isinstance(body, WatchlistAmended)]
    at, first = built[-1]
    last = amended[-1][1] if amended and amended[-1][0] >= at else None
    sizes = [body.subjects for _, body in trace.lists]
    return Watchlist(
        version=first.gallery_version if last is None else last.version,
        subjects=first.subjects if last is None else last.subjects,
        subjects_least=min(sizes),
        subjects_most=max(sizes),
        templates=first.templates if last is None else last.templates,
        rows=first.rows,
        verdicts=dict(sorted(first.verdicts.items())),
        blue=sealed[-1].blue if sealed else None,
        built_at=at,
        amendments=tuple(
            Amendment(
                at=when,
                added=body.added,
                replaced=body.replaced,
                removed=body.removed,
                subjects=body.subjects,
                reason=body.reason,
            )
            for when, body in amended
        ),
        refused=trace.refused_amendments,
    )


def _thresholds(changes: Iterable[tuple[dt.datetime, ThresholdChanged]]) -> Iterable[Threshold]:
    """Each setting that differs from the one before it; those of single subjects together."""
    last: dict[str, float] = {}
    of_subjects: list[tuple[dt.datetime, float]] = []
    for at, change in changes:
        if change.commitment is not None:
            of_subjects.append((at, change.threshold))
            continue
        scope = change.scope if change.category is None else f"{change.scope} {change.category}"
        threshold = rounded(change.threshold)
        if last.get(scope) != threshold:
            last[scope] = threshold
            yield Threshold(scope=scope, low=threshold, high=threshold, settings=1, since=at)
    if of_subjects:
        values = [rounded(threshold) for _, threshold in of_subjects]
        yield Threshold(
            scope="single subjects",
            low=min(values),
            high=max(values),
            settings=len(values),
            since=of_subjects[0][0],
        )


def _models(trace: DeploymentTrace) -> Models:
    start = trace.start
    return Models(
        pack=start.pack,
        detector=start.detector,
        embedder=start.embedder,
        licence=start.pack_licence,
        provenance=start.pack_provenance,
        rates=start.pack_rates,
        fit_for_live=start.fit_for_live,
        execution_provider=start.provider,
        sha256=dict(sorted(start.pack_sha256.items())),
    )


def _blue_list(trace: DeploymentTrace) -> BlueList | None:
    """Passes that were declared and recognised; None where the list had no volunteers and nobody declared any."""
    blue = any(isinstance(body, WatchlistSealed) and body.blue for _, body in trace.lists)
    if not (blue or trace.passed or trace.recognised):
        return None
    passes = [Sighting(commitment=one.commitment, camera=one.camera, at=one.at) for one in trace.passed]
    seen = [
        Sighting(commitment=one.commitment, camera=one.camera, at=one.captured_at) for one in trace.recognised
    ]
    figures = blue_list_report(passes, seen, cooldown_s=trace.start.cooldown_s).total
    return BlueList(
        volunteers=figures.volunteers,
        passes=figures.passes,
        in_cooldown=figures.in_cooldown,
        recognised=figures.recognised,
        missed=figures.missed,
        undeclared=figures.undeclared,
        tpir=rate_of(figures.tpir, "passes of volunteers that were recognised, of those that could be"),
    )


def _never_searched(trace: DeploymentTrace) -> Iterable[NeverSearched]:
    counts: dict[str, int] = {}
    for camera in trace.cameras.values():
        for reason, tracks in camera.rejected.items():
            counts[reason] = counts.get(reason, 0) + tracks
    for reason, tracks in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield NeverSearched(reason=reason, words=REASONS.get(reason, reason), tracks=tracks)


def _cameras(trace: DeploymentTrace) -> Iterable[Camera]:
    for name, camera in trace.cameras.items():
        yield Camera(
            camera=name,
            source_kinds=tuple(camera.source_kinds),
            frames=camera.counts["frames"],
            frames_dropped=camera.counts["frames_dropped"],
            faces_seen=camera.counts["faces_seen"],
            searches=camera.counts["searches"],
            probes_dropped=camera.counts["probes_dropped"],
            lost=camera.lost,
            failed=len(camera.failures),
            failures=tuple(dict.fromkeys(camera.failures)),
            paused=camera.paused,
            paused_s=rounded(camera.paused_s),
            footage_segments=camera.segments,
            footage_stopped=camera.footage_stopped,
        )


def _non_match_limit_s(trace: DeploymentTrace) -> float:
    declared = trace.keeping.declared
    default = DEFAULT_POLICY.lifetimes_s[DataClass.NON_MATCH]
    return default if declared is None else declared.lifetimes_s.get(DataClass.NON_MATCH, default)


def _measurement(trace: DeploymentTrace, *, protected: bool) -> Measurement | None:
    """The bands of the last start that declared any, and every leaving of one; None where none was declared.

    Alarms about the false alerts of one camera state counts that the table by camera hides, and that one was raised
    says that there are some: protected, none is there, and what is said of it is said with or without any.
    """
    if not (trace.bands or trace.alarms):
        return None
    declared = trace.bands[-1].bands if trace.bands else ()
    alarms: list[RateAlarm] = []
    open_ones: dict[tuple[str, str | None], int] = {}
    for at, body in trace.alarms:
        if protected and body.camera is not None and body.what in _FALSE_ALERTS:
            continue
        key = body.what, body.camera
        if isinstance(body, RateLeftBand):
            open_ones[key] = len(alarms)
            alarm = RateAlarm(
                at=at, what=body.what, camera=body.camera, words=left_words(body), returned_at=None
            )
            alarms.append(alarm)
        elif key in open_ones:
            place = open_ones.pop(key)
            alarms[place] = alarms[place].model_copy(update={"returned_at": at})
    bands = tuple(
        DeclaredBand(what=band.what, words=f"{NAMES[Measured(band.what)]}: {band_words(band)}")
        for band in declared
    )
    hides = protected and len(trace.cameras) > 1 and any(band.what in _FALSE_ALERTS for band in declared)
    return Measurement(declared=bands, alarms=tuple(alarms), withheld=NO_CAMERAS_ALARMS if hides else None)
