"""Logs of deployments whose truth is known, written event by event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertEngaged,
    AlertRaised,
    AlertSeen,
    OutcomeRecorded,
)
from lfr_actors.events.cameras import CameraEnded, CameraObserved, CameraOpened, Totals
from lfr_actors.events.chain import GENESIS, canonical_json, link_hash
from lfr_actors.events.codec import utc_text
from lfr_actors.events.deployments import DeploymentClosed, DeploymentStarted
from lfr_actors.events.keeping import DataErased, NonMatchesForgotten, RetentionDeclared
from lfr_actors.events.lists import WatchlistBuilt, WatchlistSealed
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.marks import ThresholdChanged
from lfr_actors.events.types import EventBody, to_public, wire_name
from lfr_actors.records.deployment_record.building import record_of
from lfr_actors.records.deployment_record.document import RecordDocument
from lfr_actors.records.deployment_record.reading import Subject, read_traces
from lfr_actors.retention.policy import DEFAULT_POLICY
from tests.unit.events.samples import BODIES, KEY_ID, NOON, SEALED, started

NAME = "wrexham-2024-09-07"
CAMERAS = ("bridge-street", "station")
OBSERVED = next(body for body in BODIES if isinstance(body, CameraObserved))
FORGOTTEN = next(body for body in BODIES if isinstance(body, NonMatchesForgotten))
SEALED_LIST = next(body for body in BODIES if isinstance(body, WatchlistSealed))

Fate = Sequence[EventBody]


class Script:
    """A log that grows; every event a second after the one before."""

    def __init__(self) -> None:
        self.log: list[StoredEvent] = []

    def add(self, deployment: str, *bodies: EventBody) -> None:
        """Append events."""
        for body in bodies:
            self._append(deployment, body)

    def _append(self, deployment: str, body: EventBody) -> None:
        seq = len(self.log) + 1
        name, version = wire_name(body)
        sealed = SEALED if isinstance(body, AlertRaised) else None
        texts = {
            "event_id": f"{seq:032x}",
            "name": name,
            "public_json": canonical_json(to_public(body)),
            "prev_hash": self.log[-1].hash if self.log else GENESIS,
        }
        at = utc_text(NOON + dt.timedelta(seconds=seq))
        digest = link_hash(seq=seq, deployment=deployment, version=version, at=at, sealed=sealed, **texts)
        self.log.append(
            StoredEvent(
                seq=seq,
                deployment_id=deployment,
                version=version,
                written_at=at,
                sealed=sealed,
                key_id=None if sealed is None else KEY_ID,
                hash=digest,
                **texts,
            )
        )

    @property
    def now(self) -> dt.datetime:
        """The time of the newest event."""
        return self.log[-1].at


def beginning(name: str = NAME, **changes: object) -> DeploymentStarted:
    """The start of a deployment of two cameras on a pack that may be used live."""
    fields = {
        "cameras": CAMERAS,
        "pack": "insightface:buffalo_l",
        "fit_for_live": True,
        "notices": (),
        "technology_provider": "South Wales Police",
    }
    return replace(started(name), **{**fields, **changes})


def opening(name: str = NAME, **changes: object) -> list[EventBody]:
    """Everything until the cameras are open; 500 people on the list."""
    start = beginning(name, **changes)
    declared = RetentionDeclared(
        policy_version=1, policy_digest=DEFAULT_POLICY.digest, lifetimes_s=DEFAULT_POLICY.lifetimes_s
    )
    built = WatchlistBuilt(
        gallery_version="g1",
        subjects=500,
        templates=510,
        rows=512,
        verdicts={"enrolled": 510, "no-face": 2},
    )
    threshold = ThresholdChanged(
        scope="deployment",
        category=None,
        commitment=None,
        threshold=start.threshold,
        previous=None,
        set_by="LFR/2024/031",
        why=None,
    )
    cameras = [
        CameraOpened(camera=camera, width=1280, height=720, source_kind="rtsp") for camera in start.cameras
    ]
    sealed = replace(
        SEALED_LIST, version="g1", object_id=f"watchlist:{name}", proof_object_id=f"watchlist-proof:{name}"
    )
    return [start, declared, built, sealed, threshold, *cameras]


def seen(camera: str, tracks: int, rejected: Mapping[str, int] | None = None) -> CameraObserved:
    """A stretch in which so many faces were seen; those not rejected were searched three times each."""
    refused = dict(rejected or {})
    searched = tracks - sum(refused.values())
    return replace(
        OBSERVED,
        camera=camera,
        frames=1000,
        dropped=10,
        tracks=tracks,
        tracks_ended=tracks,
        tracks_searched=searched,
        rejected=refused,
        searches=3 * searched,
        probes_dropped=0,
    )


def totals(*stretches: CameraObserved, alerts: int) -> Totals:
    """What the stretches add up to."""
    return Totals(
        frames=sum(each.frames for each in stretches),
        dropped=sum(each.dropped for each in stretches),
        faces_seen=sum(each.tracks for each in stretches),
        searches=sum(each.searches for each in stretches),
        alerts=alerts,
        elapsed_s=3600.0,
        latency_p50_ms=80.0,
        latency_p99_ms=190.0,
    )


def raised(alert: str, *, camera: str = CAMERAS[0], category: str | None = "warrant") -> AlertRaised:
    """An alert, on a track of its own."""
    template = next(body for body in BODIES if isinstance(body, AlertRaised))
    return replace(template, alert_id=alert, camera=camera, track=f"1-{alert}", category=category, missing=())


def judged(alert: str, verdict: str) -> list[EventBody]:
    """An operator looked, and decided."""
    return [
        AlertSeen(alert_id=alert, who="operator1"),
        AlertAdjudicated(alert_id=alert, verdict=verdict, who=("operator1",)),
    ]


def engaged(alert: str, *, same_person: bool | None = True) -> list[EventBody]:
    """Judged true, officers spoke to the person, and what they found; None where that was not said."""
    found = [] if same_person is None else [AlertConfirmed(alert_id=alert, same_person=same_person, who="o")]
    return [*judged(alert, "true"), AlertEngaged(alert_id=alert, engaged=True, who="operator1"), *found]


def outcome(
    alert: str,
    result: Outcome,
    *,
    offence: str | None = None,
    category: str | None = "warrant",
    corrects: bool = False,
) -> OutcomeRecorded:
    """What came of it."""
    return OutcomeRecorded(
        alert_id=alert,
        outcome=result,
        offence=offence,
        category=category,
        corrects=corrects,
        who="operator1",
    )


def receipt(
    object_id: str,
    data_class: str,
    due_at: dt.datetime,
    *,
    kind: str = "alert",
    late_s: float = 0.2,
    simulated: bool = False,
) -> DataErased:
    """The receipt of an object."""
    return DataErased(
        object_id=object_id,
        data_class=data_class,
        kind=kind,
        items={"pictures": 2},
        rule=f"{data_class}: at once",
        policy_version=1,
        clock_started_at=due_at,
        due_at=due_at,
        done_at=due_at + dt.timedelta(seconds=late_s),
        lateness_s=late_s,
        key_id=KEY_ID,
        key_fingerprint="34" * 16,
        simulated=simulated,
    )


def closing(name: str, *stretches: CameraObserved, alerts: int) -> list[EventBody]:
    """The cameras end, and so does the deployment."""
    ends = [
        CameraEnded(
            camera=camera, totals=totals(*(each for each in stretches if each.camera == camera), alerts=0)
        )
        for camera in dict.fromkeys(each.camera for each in stretches)
    ]
    return [*ends, DeploymentClosed(reason="window ended", totals=totals(*stretches, alerts=alerts))]


def document(
    log: Sequence[StoredEvent],
    deployment: str | None = NAME,
    *,
    operation: str | None = None,
    upto: int | None = None,
    exact: bool = False,
) -> RecordDocument:
    """The record of a log."""
    subject = (
        Subject(kind="operation", name=operation)
        if operation is not None
        else Subject(kind="deployment", name=deployment or NAME)
    )
    return record_of(read_traces(log, subject, upto=upto), subject, exact=exact)


STRETCHES = (
    seen("bridge-street", 20_000, {"sharpness": 4_000, "eye_distance_px": 2_000}),
    seen("station", 14_900, {"too-short": 900}),
)


def matchday(name: str = NAME, **changes: object) -> Script:
    """A day of 34,900 faces seen and 11 alerts, each with another fate; everything that is due is erased.

    Judged true 7, false 2, cannot tell 1, undecided 1. Engaged 5, not engaged 1, not said 1. Confirmed true 3,
    confirmed false 1, not said 1. Outcomes 5: two arrests, a check that was met, a misidentification, no further
    action. False alerts 3 (two judged, one confirmed).
    """
    script = Script()
    script.add(name, *opening(name, **changes), *STRETCHES)
    script.add(name, *(replace(FORGOTTEN, camera=camera) for camera in CAMERAS))
    for number in range(1, 12):
        alert = f"a{number}"
        camera = CAMERAS[number % 2]
        script.add(name, raised(alert, camera=camera, category="warrant" if number < 8 else "safeguarding"))
    script.add(name, *engaged("a1"), outcome("a1", Outcome.ARREST, offence="violence"))
    script.add(name, *engaged("a2"), outcome("a2", Outcome.ARREST, offence="theft"))
    script.add(name, *engaged("a3"), outcome("a3", Outcome.CHECK_MET))
    script.add(name, *engaged("a4", same_person=False), outcome("a4", Outcome.MISIDENTIFICATION))
    script.add(name, receipt("alert:a4", "false-alert", script.now))
    script.add(name, *engaged("a5", same_person=None))
    script.add(name, *judged("a6", "true"), AlertEngaged(alert_id="a6", engaged=False, who="operator1"))
    script.add(name, outcome("a6", Outcome.NO_ACTION))
    script.add(name, *judged("a7", "true"))
    for alert in ("a8", "a9"):
        script.add(name, *judged(alert, "false"))
        script.add(name, receipt(f"alert:{alert}", "false-alert", script.now))
    script.add(name, *judged("a10", "cannot-tell"))
    script.add(name, *closing(name, *STRETCHES, alerts=11))
    script.add(name, receipt(f"watchlist:{name}", "watchlist", script.now, kind="watchlist"))
    return script
