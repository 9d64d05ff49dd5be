"""Plans: who walks when and where, and when a face is to be seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.evaluation.scenes.cast import Cast, Member, Passer
from lfr_actors.evaluation.scenes.settings import FIRST_STEP_S, SceneSettings
from lfr_actors.evaluation.scenes.sighting import sightings
from lfr_actors.evaluation.scenes.walk import Pass, plan_scene, walk_path


def _cast(targets: int, passers: int, times: int = 1) -> Cast:
    return Cast(
        targets=tuple(
            Member(
                identity=f"T{n}", subject_id=f"S{n}", enrolled=(Path(f"t{n}.jpg"),), filmed=Path(f"u{n}.jpg")
            )
            for n in range(targets)
        ),
        passers=tuple(
            Passer(identity=f"P{n}", filmed=Path(f"p{n}.jpg")) for _ in range(times) for n in range(passers)
        ),
    )


def _plan(cast: Cast, scene: SceneSettings) -> tuple[Pass, ...]:
    return plan_scene(cast, scene, np.random.default_rng(scene.seed))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    targets=st.integers(1, 4),
    passers=st.integers(0, 8),
    face=st.sampled_from([(24.0, 60.0), (40.0, 130.0), (60.0, 110.0)]),
    crowding=st.floats(0, 1),
)
def test_every_walker_passes_once_inside_the_film(
    seed: int, targets: int, passers: int, face: tuple[float, float], crowding: float
) -> None:
    """Each walker has one pass; none starts too early or is cut off; faces reach the size asked for."""
    scene = SceneSettings(
        seconds=30, face_px_min=face[0], face_px_max=face[1], crowding=crowding, seed=seed, speed_m_s=1.5
    )
    passes = _plan(_cast(targets, passers), scene)
    assert sorted(one.walker for one in passes) == list(range(targets + passers))
    assert len({one.pass_id for one in passes}) == len(passes)
    assert sum(one.target for one in passes) == targets
    assert [one.starts_s for one in passes] == sorted(one.starts_s for one in passes)
    for one in passes:
        assert one.starts_s >= FIRST_STEP_S
        assert one.ends_s < scene.seconds
        assert 0.7 * face[1] <= one.largest_px <= face[1]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_sightings_lie_inside_passes_and_faces_inside_the_picture(seed: int) -> None:
    """What the truth says is what the geometry shows: the face lies in the picture when it is seen."""
    scene = SceneSettings(seconds=25, seed=seed, crowding=0.0)
    passes = _plan(_cast(2, 6), scene)
    for one, seen in zip(passes, sightings(passes, scene), strict=True):
        assert seen.enter_s is not None
        assert seen.leave_s is not None
        assert seen.largest_at_s is not None
        assert one.starts_s <= seen.enter_s <= seen.largest_at_s <= seen.leave_s <= one.ends_s
        path = walk_path(one, scene, np.array([seen.enter_s, seen.leave_s]))
        assert (path.x > 0).all()
        assert (path.x < scene.width).all()
        assert (path.y < scene.height).all()
        assert seen.largest_px <= 1.05 * scene.face_px_max
        assert seen.seen_s > 1.0


def test_faces_grow_while_people_come_nearer() -> None:
    """The width of a face never falls during a pass."""
    scene = SceneSettings(seconds=20)
    (one,) = _plan(_cast(1, 0), scene)
    path = walk_path(one, scene, np.linspace(one.starts_s, one.ends_s, 200))
    assert (np.diff(path.face_px) > 0).all()


def test_nobody_is_seen_out_of_thin_air() -> None:
    """Figures begin behind a corner and end outside the picture."""
    scene = SceneSettings(seconds=30)
    for one in _plan(_cast(2, 8), scene):
        path = walk_path(one, scene, np.array([one.starts_s, one.ends_s]))
        assert abs(path.x[0] - scene.width / 2) - path.face_px[0] > scene.corner_px
        assert bool(one.behind_corner(scene, np.array([one.starts_s]))[0])
        assert abs(path.x[1] - scene.width / 2) - 1.5 * path.face_px[1] > scene.width / 2


def test_the_same_seed_gives_the_same_plan() -> None:
    """Planning is a function of cast, settings and seed."""
    cast, scene = _cast(3, 9), SceneSettings(seconds=30, seed=4)
    assert _plan(cast, scene) == _plan(cast, scene)
    assert _plan(cast, scene) != _plan(cast, SceneSettings(seconds=30, seed=5))


def test_keeping_clear_leaves_faces_longer_to_be_seen() -> None:
    """Less crowding means fewer hidden faces, with the same people in the same time."""

    def seen_s(crowding: float) -> float:
        total = 0.0
        for seed in range(2):
            scene = SceneSettings(seconds=30, seed=seed, crowding=crowding)
            total += sum(one.seen_s for one in sightings(_plan(_cast(4, 40), scene), scene))
        return total

    assert seen_s(0.0) > seen_s(1.0)


def test_nobody_passes_beside_themselves() -> None:
    """Somebody who passes twice has left before coming again."""
    scene = SceneSettings(seconds=40, crowding=0.0)
    cast = _cast(2, 6, times=2)
    ends: dict[str, float] = {}
    for one in _plan(cast, scene):
        identity = cast.walkers[one.walker].identity
        assert one.starts_s > ends.get(identity, 0.0)
        ends[identity] = one.ends_s


def test_a_nearer_person_hides_a_farther_face() -> None:
    """A face straight behind another head does not count as seen."""
    scene = SceneSettings(seconds=30, crowding=1.0)
    (one,) = _plan(_cast(1, 0), scene)
    alone = sightings((one,), scene)[0]
    # The same walk a little earlier and lower: the same line of sight, nearer all the time.
    before = replace(one, pass_id="q", starts_s=one.starts_s - 0.3, ends_s=one.ends_s - 0.3)
    behind = sightings((one, before), scene)[0]
    assert behind.seen_s < 0.7 * alone.seen_s


def test_a_film_too_short_says_how_long_a_pass_is() -> None:
    """The error names the setting and the length needed."""
    with pytest.raises(ValueError, match=r"seconds is 3; .* need \d"):
        _plan(_cast(1, 0), SceneSettings(seconds=3))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("seconds", 0.0), ("width", 101), ("crowding", 1.5), ("face_px_max", 45.0), ("face_px_max", 390.0)],
)
def test_impossible_settings_are_refused(setting: str, value: float) -> None:
    """Each limit of the settings is checked when they are made."""
    with pytest.raises(ValueError, match="must be|at most"):
        SceneSettings(**{setting: value})  # type: ignore[arg-type]
