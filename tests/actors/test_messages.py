"""What travels between actors survives the trip and stays below the limit."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lfr_actors.actors.answers import CANDIDATES, ShardReply
from lfr_actors.actors.ports import CameraStatus, GalleryOrder
from lfr_actors.messages import (
    MAX_CONTEXT_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_PROBE_BYTES,
    CameraId,
    Candidate,
    GalleryVersion,
    Probe,
    SearchResult,
    SubjectId,
    TrackId,
)
from lfr_actors.tally import Latency
from lfr_actors.vision.align import ARCFACE_POINTS, ARCFACE_SIZE, DLIB_SIZE
from lfr_actors.vision.context import context_jpeg
from lfr_actors.vision.packs.registry import LARGEST_CHIP_PX
from lfr_actors.vision.portrait import aligned_portrait
from lfr_actors.vision.zone import Zone
from lfr_actors.watchlist.gallery import Gallery
from tests.actors.colours import plan, settings
from tests.unit.store.samples import alert

RNG = np.random.default_rng(1)
NOISE = RNG.integers(0, 256, (900, 900, 3)).astype(np.uint8)
BOX = np.array([250, 250, 650, 650], np.float32)
FACE = ARCFACE_POINTS + np.float32(300)


def probe(size: int) -> Probe:
    """A probe that does not compress."""
    return Probe(
        camera_id=CameraId("c" * 60),
        track_id=TrackId("12-34567"),
        captured_at=dt.datetime.now(dt.UTC),
        media_time_s=12.5,
        quality=0.8,
        chip=NOISE[:size, :size].copy(),
    )


def result() -> SearchResult:
    """A full answer to a search."""
    candidates = [Candidate(subject_id=SubjectId("s" * 120), score=0.5, threshold=0.6)] * CANDIDATES
    return SearchResult(
        candidates=tuple(candidates), gallery_version=GalleryVersion("0" * 32), gallery_subjects=17_000
    )


def order() -> GalleryOrder:
    """What shards are told to load: which list, and not what is on it."""
    return GalleryOrder(version=GalleryVersion("0" * 32), generation=3, load=nobody)


def nobody(part: int, parts: int) -> Gallery:
    """The part of a list without anybody."""
    return Gallery.of([], np.zeros((0, 512), np.float32), pack="open").part(part, parts)


MESSAGES = {
    "probe of arcface": lambda: probe(ARCFACE_SIZE),
    "probe of dlib": lambda: probe(DLIB_SIZE),
    "probe of the largest chip": lambda: probe(LARGEST_CHIP_PX),
    "queries": lambda: RNG.normal(size=(32, 512)).astype(np.float32),
    "results": lambda: (result(),) * 32,
    "alert": lambda: alert(
        probe_jpeg=aligned_portrait(NOISE, FACE), context_jpeg=context_jpeg(NOISE, BOX, [])
    ),
    "largest alert": lambda: alert(
        probe_jpeg=b"x" * MAX_PROBE_BYTES,
        context_jpeg=b"x" * MAX_CONTEXT_BYTES,
        camera_id="c" * 60,
        subject_id="s" * 120,
        missing=tuple(f"shard {n} of 32: {'x' * 100}" for n in range(32)),
    ),
    "results as they travel": lambda: ShardReply.of((result(),) * 32, 3),
    "order of a list": order,
    "plan of a camera": lambda: plan(
        settings=settings(zone=Zone(points=((0, 0), (1, 0), (1, 1)))), annotate=Path("/films/east.mp4")
    ),
    "status of a camera": lambda: CameraStatus.failed_with("east", "x" * 300, None),
    "latency": lambda: Latency().as_tuple(),
}


@pytest.mark.parametrize("make", MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_travels_below_the_limit(make: Any) -> None:
    """It pickles, comes back as it was, and is small enough to stay out of the shared-memory store."""
    message = make()
    sent = pickle.dumps(message, protocol=5)
    assert len(sent) < MAX_MESSAGE_BYTES
    again = pickle.loads(sent)
    assert type(again) is type(message)
    assert pickle.dumps(again, protocol=5) == sent


def test_shown_messages_hold_no_biometric_data() -> None:
    """The text of a message, as a log or a traceback would have it, shows no pixel and no template."""
    for message in (probe(DLIB_SIZE), alert(), order()):
        assert len(repr(message)) < 900
        assert "array" not in repr(message)
        assert "jpeg" not in repr(message)


@pytest.mark.parametrize("kind", ["probe_jpeg", "context_jpeg"])
def test_an_alert_with_too_large_a_picture_is_refused(kind: str) -> None:
    """What would not travel is no alert, and the error says how large it may be."""
    with pytest.raises(ValueError, match="at most 30000 and 60000"):
        alert(**{kind: b"x" * 60_001})
