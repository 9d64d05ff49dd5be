"""One plausible body of every kind, and logs made of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from lfr_actors.events.chain import GENESIS, canonical_json, link_hash
from lfr_actors.events.codec import utc_text
from lfr_actors.events.histograms import QUALITY_EDGES, SCORE_EDGES
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import (
    AccessViewed,
    AlertRaised,
    CameraEnded,
    CameraFailed,
    CameraLost,
    CameraObserved,
    CameraOpened,
    DeploymentClosed,
    DeploymentStarted,
    DeploymentStopped,
    EventBody,
    KnownBody,
    OpaqueBody,
    Totals,
    WatchlistBuilt,
    to_public,
    wire_name,
)

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)

TOTALS = Totals(
    frames=1500,
    dropped=0,
    faces_seen=92,
    searches=240,
    alerts=11,
    elapsed_s=31.5,
    latency_p50_ms=84.0,
    latency_p99_ms=None,
)


def started(deployment: str = "drill-1") -> DeploymentStarted:
    """What a deployment of one camera says when it starts."""
    return DeploymentStarted(
        deployment=deployment,
        file_digest="ab" * 32,
        location="Wrexham city centre",
        operation=None,
        force="North Wales Police",
        purposes=("warrant", "safeguarding"),
        authority_reference="LFR/2024/031",
        not_before=NOON - dt.timedelta(hours=2),
        not_after=NOON + dt.timedelta(hours=6),
        pack="open",
        pack_sha256={"detector": "0" * 64, "embedder": "1" * 64},
        provider="CPUExecutionProvider",
        threshold=0.955,
        confirm_hits=2,
        confirm_within_s=1.0,
        cooldown_s=60.0,
        min_face_px=24,
        cameras=("bridge-street",),
        software_version="0.1.0",
        notices=("the open pack is not fit for a live deployment",),
    )


BODIES: tuple[KnownBody, ...] = (
    started(),
    WatchlistBuilt(
        gallery_version="g1", subjects=500, templates=510, rows=512, verdicts={"enrolled": 510, "no face": 2}
    ),
    CameraOpened(camera="bridge-street", width=1280, height=720, source_kind="file"),
    CameraLost(camera="bridge-street", reason="no frame for 5 s", retry_in_s=2.0),
    CameraFailed(camera="bridge-street", error="SourceDenied", reason="wrong password"),
    CameraEnded(camera="bridge-street", totals=TOTALS),
    CameraObserved(
        camera="bridge-street",
        from_media_s=0.0,
        to_media_s=10.0,
        frames=250,
        dropped=0,
        tracks=14,
        tracks_ended=13,
        tracks_searched=9,
        searches=31,
        probes_dropped=1,
        score_histogram=(0,) * (len(SCORE_EDGES) - 1),
        quality_histogram=(0,) * (len(QUALITY_EDGES) - 1),
        rejected={"too small": 4},
    ),
    AlertRaised(
        alert_id="c0ffee00c0ffee00",
        camera="bridge-street",
        track="1-7",
        captured_at=NOON,
        media_time_s=12.48,
        score=0.971,
        threshold=0.955,
        hits=2,
        gallery_version="g1",
        gallery_subjects=500,
        pack="open",
    ),
    DeploymentStopped(reason="asked to stop", totals=TOTALS),
    DeploymentClosed(reason="every source ended", totals=TOTALS),
    AccessViewed(what="alert:c0ffee00c0ffee00", who="operator1", why=None),
)


def log_of(bodies: Sequence[EventBody] = BODIES, start: str = GENESIS) -> list[StoredEvent]:
    """A valid log of these bodies."""
    log: list[StoredEvent] = []
    prev_hash = start
    for seq, body in enumerate(bodies, start=1):
        name, version = wire_name(body)
        texts = {
            "event_id": f"{seq:032x}",
            "name": name,
            "public_json": canonical_json(to_public(body)),
            "prev_hash": prev_hash,
        }
        at = utc_text(NOON + dt.timedelta(seconds=seq))
        sealed = b"\x01sealed" if isinstance(body, AlertRaised) else None
        digest = link_hash(seq=seq, deployment="drill-1", version=version, at=at, sealed=sealed, **texts)
        log.append(
            StoredEvent(
                seq=seq,
                deployment_id="drill-1",
                version=version,
                written_at=at,
                sealed=sealed,
                hash=digest,
                **texts,
            )
        )
        prev_hash = digest
    return log


UNKNOWN = OpaqueBody(name="alert.adjudicated", version=3, public={"verdict": "true", "nested": {"n": [1]}})
