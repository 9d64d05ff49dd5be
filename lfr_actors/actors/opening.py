"""What the beginning of a deployment consists of, worked out from its file and its list; nothing is started."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from lfr_actors import __version__
from lfr_actors.actors.list_keeper import Admitted
from lfr_actors.actors.list_on_pack import ListOnPack
from lfr_actors.errors import ErasureOverdue, Refused
from lfr_actors.evaluation.reference_scores import ReferenceScores
from lfr_actors.evaluation.score_meaning import in_reference
from lfr_actors.events.deployments import DeploymentStarted, PredictedFalseMatches
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.retention.erasure import Overdue
from lfr_actors.retention.policy import ClockStart, DataClass, RetentionPolicy
from lfr_actors.spec.deployment import Deployment, window_state
from lfr_actors.store.files import FILM, LIST, NewFile
from lfr_actors.watchlist.rows import read_rows


def check_window(deployment: Deployment, now: dt.datetime | None = None) -> None:
    """Raise `Refused` unless the authority's window is open now."""
    authority = deployment.authority
    state = window_state(authority, now or dt.datetime.now(dt.UTC))
    if state != "open":
        raise Refused(
            f"deployment {deployment.deployment}",
            f"the authorised window {'has not begun' if state == 'before' else 'is over'}: "
            f"{authority.reference} holds from {authority.not_before.isoformat()} "
            f"to {authority.not_after.isoformat()}",
        )


def check_nothing_overdue(overdue: tuple[Overdue, ...]) -> None:
    """Raise `ErasureOverdue` when something that is due could not be erased."""
    if not overdue:
        return
    first, others = overdue[0], len(overdue) - 1
    raise ErasureOverdue(
        "to look at anybody",
        f"{first.object_id}{f' and {others} more' if others else ''} should have been erased at "
        f"{first.due_at.isoformat()}: {first.reason}",
    )


def deployment_started(
    deployment: Deployment, pack: ListOnPack, reference: ReferenceScores | None = None
) -> DeploymentStarted:
    """What the deployment was told to do, for the log; `reference` is what was last measured with its pack."""
    recognition, info = deployment.recognition, pack.info
    return DeploymentStarted(
        deployment=deployment.deployment,
        file_digest=deployment.digest,
        location=deployment.location,
        operation=deployment.operation,
        force=deployment.force,
        technology_provider=deployment.provider,
        purposes=tuple(deployment.purposes),
        authority_reference=deployment.authority.reference,
        not_before=deployment.authority.not_before,
        not_after=deployment.authority.not_after,
        pack=recognition.pack,
        pack_sha256=dict(info.sha256),
        detector=info.detector,
        embedder=info.embedder,
        pack_licence=info.licence,
        pack_provenance=info.provenance,
        pack_rates=info.rates,
        fit_for_live=info.fit_for_live,
        predicted=_predicted(recognition.threshold, reference),
        provider=pack.provider,
        threshold=recognition.threshold,
        confirm_hits=recognition.confirm.hits,
        confirm_within_s=recognition.confirm.within.total_seconds(),
        cooldown_s=recognition.cooldown.total_seconds(),
        min_face_px=recognition.min_face_px,
        cameras=tuple(camera.id for camera in deployment.cameras),
        software_version=__version__,
        two_person=deployment.adjudication.two_person,
        acknowledge_within_s=deployment.adjudication.acknowledge_within.total_seconds(),
        notices=deployment.notices(),
    )


def _predicted(threshold: float, reference: ReferenceScores | None) -> PredictedFalseMatches | None:
    share = in_reference(threshold, reference)
    if share is None or reference is None:
        return None
    return PredictedFalseMatches(
        hits=share.hits,
        searches=share.trials,
        subjects=reference.subjects,
        threshold=threshold,
        measured_at=reference.measured_at,
    )


def watchlist_built(pack: ListOnPack, admitted: Admitted) -> WatchlistBuilt:
    """The list in numbers, for the log."""
    version = admitted.version
    return WatchlistBuilt(
        gallery_version=version.version,
        subjects=len(version.subjects),
        templates=len(version.pictures),
        rows=pack.pictures,
        verdicts=dict(pack.verdicts),
        removed_before=admitted.removed,
        additions_gone=admitted.additions_gone,
    )


def files_to_retain(
    deployment: Deployment, policy: RetentionPolicy, annotate: Path | None
) -> tuple[NewFile, ...]:
    """Files in clear that are to be erased with the deployment's data.

    The annotated films show the faces of alerts, and go when these go. The list's own CSV and pictures go when
    the deployment is closed, where its file says so.
    """
    files = []
    if annotate is not None:
        rule = policy.rule_of(DataClass.ALERT)
        films = (annotate / f"{camera.id}.mp4" for camera in deployment.cameras)
        files += [NewFile(path=film, kind=FILM, rule=rule, clock=rule.clock) for film in films]
    csv = deployment.watchlist.csv
    if deployment.watchlist.erase_source and csv is not None:
        rule = policy.rule_of(DataClass.WATCHLIST)
        paths = [csv, *sorted({row.path for row in read_rows(csv)})]
        files += [
            NewFile(path=path, kind=LIST, rule=rule, clock=ClockStart.DEPLOYMENT_CLOSE) for path in paths
        ]
    return tuple(files)
