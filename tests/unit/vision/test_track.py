"""Tracks: who is followed, and when a track is born, lost and ended."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.vision.faces import Faces
from lfr_actors.vision.track import Tracker, TrackSettings


def faces(*boxes: tuple[float, float, float, float]) -> Faces:
    """Faces at these boxes."""
    n = len(boxes)
    return Faces(
        boxes=np.array(boxes, np.float32).reshape(n, 4),
        scores=np.full(n, 0.9, np.float32),
        landmarks=np.zeros((n, 5, 2), np.float32),
    )


def square(x: float, y: float, side: float = 40) -> tuple[float, float, float, float]:
    """A box around a centre."""
    return (x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def test_a_track_is_born_at_its_second_sight_and_not_at_its_first() -> None:
    """One detection is not yet a face seen; the second makes the track active and says so once."""
    tracker = Tracker()
    assert tracker.update(faces(square(100, 100)), 0.0).born == ()
    second = tracker.update(faces(square(104, 100)), 0.04)
    third = tracker.update(faces(square(108, 100)), 0.08)
    assert second.born == ("1-1",)
    assert third.born == ()
    assert [seen.track_id for seen in third.seen] == ["1-1"]


def test_a_flicker_is_forgotten() -> None:
    """A tentative track that is missed once is never born, lost or ended."""
    tracker = Tracker()
    tracker.update(faces(square(100, 100)), 0.0)
    update = tracker.update(Faces.none(), 0.04)
    assert (update.born, update.lost, update.ended) == ((), (), ())
    assert tracker.end_all() == ()


def test_a_track_is_lost_once_found_again_under_its_id_and_ended_in_its_time() -> None:
    """Loss is said once, a face that comes back in time keeps its id, one that does not ends the track."""
    tracker = Tracker(settings=TrackSettings(max_lost_s=0.5))
    for i in range(5):
        tracker.update(faces(square(100 + 4 * i, 100)), 0.04 * i)
    assert tracker.update(Faces.none(), 0.20).lost == ("1-1",)
    assert tracker.update(Faces.none(), 0.24).lost == ()
    back = tracker.update(faces(square(100 + 4 * 7, 100)), 0.28)
    assert [seen.track_id for seen in back.seen] == ["1-1"]
    assert tracker.update(Faces.none(), 0.7).ended == ()
    assert tracker.update(Faces.none(), 0.8).ended == ("1-1",)


def test_two_people_who_cross_keep_their_tracks() -> None:
    """Motion decides when boxes overlap: each goes on in its own direction."""
    tracker = Tracker()
    where: dict[str, float] = {}
    for i in range(40):
        t = i * 0.04
        update = tracker.update(faces(square(100 + 5 * i, 100), square(300 - 5 * i, 112)), t)
        for seen in update.seen:
            x = (100 + 5 * i, 300 - 5 * i)[seen.face]
            if seen.track_id in where:
                assert abs(x - where[seen.track_id]) <= 6
            where[seen.track_id] = x
    assert len(where) == 2


def test_a_far_away_face_is_another_track() -> None:
    """A face that appears elsewhere, or at another size, does not continue a track."""
    tracker = Tracker()
    for i in range(3):
        tracker.update(faces(square(100, 100)), 0.04 * i)
    for place in (square(600, 100), square(100, 100, side=120)):
        update = tracker.update(faces(place), 0.2)
        assert update.seen == ()


def test_low_frame_rates_are_followed_by_motion() -> None:
    """At five frames a second a walking face no longer overlaps itself, and is still one track."""
    tracker = Tracker()
    ids = set()
    for i in range(12):
        update = tracker.update(faces(square(100 + 22 * i, 100)), 0.2 * i)
        ids |= {seen.track_id for seen in update.seen}
    assert ids == {"1-1"}


def test_split_gives_a_new_id_and_incarnations_never_share_one() -> None:
    """After a split the face goes on under another id; ids carry the incarnation of the camera."""
    tracker = Tracker(incarnation="3")
    for i in range(3):
        tracker.update(faces(square(100, 100)), 0.04 * i)
    successor = tracker.split("3-1")  # type: ignore[arg-type]
    assert successor == "3-2"
    assert [seen.track_id for seen in tracker.update(faces(square(100, 100)), 0.2).seen] == ["3-2"]
    assert tracker.split("3-1") is None  # type: ignore[arg-type]


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 600), st.floats(8, 200)), max_size=6),
        min_size=1,
        max_size=25,
    )
)
def test_every_track_is_born_once_and_ends_once(film: list[list[tuple[float, float, float]]]) -> None:
    """Whatever comes, a track is seen only between its birth and its end, and each face has one track."""
    tracker = Tracker()
    alive: set[str] = set()
    ever: set[str] = set()
    for i, frame in enumerate(film):
        update = tracker.update(faces(*(square(*face) for face in frame)), i * 0.3)
        assert ever.isdisjoint(update.born)
        alive |= set(update.born)
        ever |= set(update.born)
        assert {seen.track_id for seen in update.seen} <= alive
        assert len({seen.face for seen in update.seen}) == len(update.seen)
        assert set(update.ended) <= alive
        alive -= set(update.ended)
    assert set(tracker.end_all()) == alive
