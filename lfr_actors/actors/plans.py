"""From the deployment file to what each actor is told: pure, and in one place."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lfr_actors.actors.list_on_pack import ListOnPack
from lfr_actors.actors.ports import CameraPlan, PackUse
from lfr_actors.alerting.rule import RuleSettings
from lfr_actors.footage.plan import FootagePlan, camera_folder
from lfr_actors.machine import usable_cores
from lfr_actors.messages import CameraId, DeploymentId
from lfr_actors.recognition import RecognitionSettings
from lfr_actors.retention.policy import DataClass, RetentionPolicy
from lfr_actors.spec.deployment import Camera, Deployment
from lfr_actors.vision.probing import ProbeSettings
from lfr_actors.vision.quality import QualityLimits
from lfr_actors.vision.track import TrackSettings
from lfr_actors.vision.zone import Zone
from lfr_actors.watchlist.version import ListVersion

MAX_WORKERS = 4
EYES_PER_FACE_WIDTH = 0.43
"""Distance between the eyes as a share of the width of a face's box: median over frontal photographs."""


def pack_use(deployment: Deployment, home: Path, policy: RetentionPolicy) -> PackUse:
    """How embedders and cameras load the deployment's pack: one thread each, side by side."""
    recognition = deployment.recognition
    return PackUse(
        pack=recognition.pack,
        home=home,
        device=recognition.device,
        threads=1,
        long_side_px=recognition.detector_long_side_px,
        probe_lifetime_s=_lifetime_s(policy, DataClass.NON_MATCH),
    )


def _lifetime_s(policy: RetentionPolicy, data_class: DataClass) -> float:
    return policy.rule_of(data_class).lifetime.total_seconds()


def camera_plan(
    deployment: Deployment,
    camera: Camera,
    on_pack: ListOnPack,
    home: Path,
    incarnation: int,
    annotate: Path | None,
    *,
    policy: RetentionPolicy,
    secret: bytes,
) -> CameraPlan:
    """What the first actor of a camera is told in this incarnation of its deployment."""
    recognition = deployment.recognition
    lifetime_s = _lifetime_s(policy, DataClass.NON_MATCH)
    settings = RecognitionSettings(
        deployment_id=DeploymentId(deployment.deployment),
        camera_id=CameraId(camera.id),
        secret=secret,
        rule=RuleSettings(
            hits=recognition.confirm.hits,
            within_s=recognition.confirm.within.total_seconds(),
            cooldown_s=recognition.cooldown.total_seconds(),
        ),
        limits=QualityLimits(min_eye_distance_px=recognition.min_face_px * EYES_PER_FACE_WIDTH),
        chip_points=on_pack.embedder.chip_points,
        chip_size=on_pack.embedder.chip_size,
        switch_below=switch_below(on_pack.version, recognition.threshold),
        zone=Zone(points=camera.zone) if camera.zone else None,
        track=TrackSettings(max_lost_s=lifetime_s),
        probe=ProbeSettings(lifetime_s=lifetime_s),
    )
    return CameraPlan(
        address=camera.source,
        pace=camera.pace,
        settings=settings,
        pack=pack_use(deployment, home, policy),
        incarnation=str(incarnation),
        workers=max(1, min(MAX_WORKERS, int(usable_cores() // len(deployment.cameras)))),
        annotate=annotate / f"{camera.id}.mp4" if annotate is not None else None,
        footage=footage_plan(deployment, camera, home, policy),
        when_incomplete=recognition.when_incomplete,
    )


def footage_plan(
    deployment: Deployment, camera: Camera, home: Path, policy: RetentionPolicy
) -> FootagePlan | None:
    """What is recorded of a camera; none where its footage is off."""
    if camera.footage == "off":
        return None
    return FootagePlan(
        mode=camera.footage,
        folder=camera_folder(home, deployment.deployment, camera.id),
        lifetime_s=_lifetime_s(policy, DataClass.FOOTAGE),
    )


def switch_below(version: ListVersion, threshold: float) -> float:
    """The score under which two templates of one track show different people.

    One track's pictures are far more alike than two photographs of one person, for which the threshold was
    made; so a score is a stranger's when it lies in the lower third between that of strangers, here the mean
    score between different subjects of the list, and the threshold. A list of one person says nothing about
    strangers: then no score is so low (-1).
    """
    subjects = len(version.subjects)
    if subjects < 2:
        return -1.0
    places = {subject.subject_id: place for place, subject in enumerate(version.subjects)}
    of = np.array([places[picture.subject_id] for picture in version.pictures], np.intp)
    sums = np.zeros((subjects, version.dim))
    np.add.at(sums, of, version.templates)
    counts = np.bincount(of, minlength=subjects).astype(np.float64)
    total = sums.sum(axis=0)
    pairs = counts.sum() ** 2 - (counts**2).sum()
    strangers = float((total @ total - (sums * sums).sum()) / pairs)
    return strangers + (threshold - strangers) / 3
