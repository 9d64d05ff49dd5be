"""What is said and raised on a made-up day beside the cameras' counts: its start, its list, alerts, volunteers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Final

from lfr_actors import __version__
from lfr_actors.evaluation.composed_run.day import OPERATOR, THRESHOLD, ComposedDay, MadeAlert
from lfr_actors.evaluation.vectors import SyntheticFaces
from lfr_actors.events.deployments import DeploymentStarted, PredictedFalseMatches
from lfr_actors.events.lists import WatchlistBuilt
from lfr_actors.events.marks import BlueListPassed, BlueListRecognised, BlueListSeeded, ThresholdChanged
from lfr_actors.messages import Alert, AlertId, CameraId, DeploymentId, GalleryVersion, SubjectId, TrackId
from lfr_actors.watchlist.version import ListVersion, Picture, Subject

PACK: Final = "synthetic-128"
CATEGORIES: Final = ("warrant", "warrant", "recall-to-prison", "safeguarding")
_NO_PICTURE: Final = b"\xff\xd8 no picture: this run is made up \xff\xd9"


def started(day: ComposedDay) -> DeploymentStarted:
    """What the deployment of this day says when it starts."""
    predicted = None
    if day.predicted is not None:
        hits, searches = day.predicted
        predicted = PredictedFalseMatches(
            hits=hits,
            searches=searches,
            subjects=day.people_on_list,
            threshold=THRESHOLD,
            measured_at=day.begins - dt.timedelta(days=30),
        )
    return DeploymentStarted(
        deployment=day.deployment,
        file_digest=hashlib.sha256(day.deployment.encode()).hexdigest(),
        location=day.location,
        operation=day.operation,
        force="a force that does not exist",
        technology_provider=None,
        purposes=("warrant", "recall-to-prison", "safeguarding"),
        authority_reference="MADE-UP/1",
        not_before=day.begins,
        not_after=day.begins + day.lasts,
        pack=PACK,
        pack_sha256={},
        detector="none: made-up data",
        embedder="templates drawn from a seed",
        pack_licence="none: made-up data",
        pack_provenance="lfr_actors.evaluation.vectors",
        pack_rates=None,
        fit_for_live=False,
        predicted=predicted,
        provider="none",
        threshold=THRESHOLD,
        confirm_hits=2,
        confirm_within_s=1.0,
        cooldown_s=60.0,
        min_face_px=24,
        cameras=day.cameras,
        software_version=__version__,
        two_person=False,
        acknowledge_within_s=30.0,
        notices=("this run is made up: no camera, no face and nobody's decision is in it",),
    )


def threshold_set() -> ThresholdChanged:
    """The deployment's own threshold, as its file has it."""
    return ThresholdChanged(
        scope="deployment",
        category=None,
        commitment=None,
        threshold=THRESHOLD,
        previous=None,
        set_by="MADE-UP/1",
        why="the deployment file",
    )


def list_of(day: ComposedDay) -> ListVersion:
    """Made-up people, one template each, in the categories of the purposes."""
    faces = SyntheticFaces(people=day.people_on_list, pictures=1, dim=128, seed=day.seed)
    ids = [SubjectId(name) for name in faces.subject_ids(0, faces.people)]
    return ListVersion.of(
        pack=PACK,
        subjects=[
            Subject(subject_id=name, category=CATEGORIES[number % len(CATEGORIES)])
            for number, name in enumerate(ids)
        ],
        pictures=[
            Picture(
                subject_id=name, image=name, sha256=hashlib.sha256(name.encode()).hexdigest(), quality=1.0
            )
            for name in ids
        ],
        templates=faces.templates(),
        built_at=day.begins,
    )


def built_list(day: ComposedDay, version: ListVersion) -> WatchlistBuilt:
    """The list was built: every picture was enrolled."""
    count = len(version.templates)
    return WatchlistBuilt(
        gallery_version=version.version,
        subjects=day.people_on_list,
        templates=count,
        rows=count,
        verdicts={"enrolled": count},
    )


def volunteers(
    day: ComposedDay, version: GalleryVersion
) -> Iterator[tuple[dt.timedelta, BlueListSeeded | BlueListPassed | BlueListRecognised]]:
    """Two volunteers who walk past the first camera in turn, and who of them was recognised."""
    if not day.blue_passes:
        return
    people = tuple(hashlib.sha256(f"{day.deployment} volunteer {n}".encode()).hexdigest() for n in (1, 2))
    seeded = BlueListSeeded(gallery_version=version, commitments=tuple(sorted(people)))
    yield dt.timedelta(seconds=1), seeded
    every = day.lasts / (len(day.blue_passes) + 1)
    for number, recognised in enumerate(day.blue_passes, start=1):
        at, who = every * number, people[number % 2]
        yield at, BlueListPassed(commitment=who, camera=day.cameras[0], at=day.begins + at, who=OPERATOR.name)
        if recognised:
            yield (
                at + dt.timedelta(seconds=4),
                BlueListRecognised(
                    commitment=who,
                    camera=day.cameras[0],
                    track=f"1-{10_000 + number}",
                    captured_at=day.begins + at + dt.timedelta(seconds=4),
                    score=0.63,
                    threshold=THRESHOLD,
                    gallery_version=version,
                    gallery_subjects=day.people_on_list,
                    missing=(),
                ),
            )


def made_up_alert(day: ComposedDay, number: int) -> Alert:
    """An alert of this day about the first on its list; alerts of different numbers are different."""
    made = MadeAlert(after=dt.timedelta(seconds=number), score=THRESHOLD, course="undecided", subject=0)
    return alert_of(day, GalleryVersion("made-up"), made, number)


def alert_of(day: ComposedDay, version: GalleryVersion, made: MadeAlert, number: int) -> Alert:
    """The alert of this number; its id follows from that."""
    return Alert(
        alert_id=AlertId(hashlib.sha256(f"{day.deployment} {number}".encode()).hexdigest()[:16]),
        deployment_id=DeploymentId(day.deployment),
        camera_id=CameraId(day.cameras[made.camera]),
        track_id=TrackId(f"1-{number}"),
        subject_id=SubjectId(
            SyntheticFaces(people=1, pictures=1, dim=128, seed=0).subject_ids(made.subject, 1)[0]
        ),
        captured_at=day.begins + made.after,
        media_time_s=made.after.total_seconds(),
        score=made.score,
        threshold=THRESHOLD,
        hits=2,
        gallery_version=version,
        gallery_subjects=day.people_on_list,
        pack=PACK,
        probe_jpeg=_NO_PICTURE,
        context_jpeg=_NO_PICTURE,
    )
