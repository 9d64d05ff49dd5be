"""Who walks when and where: geometry and chance, no pixels.

People come round one of two street corners, walk towards the camera and leave the picture past its left or
right edge. Distances are in metres: `across` from the middle of the passage, `away` from the camera. A face
`away` metres off is `focal · FACE_M / away` px wide, so it grows slowly first and fast at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.cast import Cast
from lfr_actors.evaluation.scenes.settings import FACE_M, FIRST_STEP_S, SceneSettings

Floats = NDArray[np.float64]

TURN = 0.22
"""How far behind the corners people start, as a share of their distance from the camera."""
BODY_M = 0.30
"""Half the breadth of a person, arms included."""
CHOICES = 14
"""Ways tried for each pass; the one that disturbs the others least is taken."""
SAMPLE_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One person crossing the picture once.

    `walker` is the place in `Cast.walkers`. The figure is drawn from `starts_s` to `ends_s`. `lane_m` is
    where the person comes out of the turn, `exit_m` where it leaves, both across; `corner` is -1 for the left
    corner, 1 for the right. `drop_m`: how far the face is below the camera. `largest_px`: face width when the
    face touches the edge of the picture. `gait` is the phase of the first step, in [0, 1).
    """

    pass_id: str
    walker: int
    target: bool
    starts_s: float
    ends_s: float
    speed_m_s: float
    corner: int
    lane_m: float
    exit_m: float
    drop_m: float
    largest_px: float
    gait: float

    @property
    def steps_per_s(self) -> float:
        """Double steps a second; faster walkers take longer and quicker steps."""
        return 0.55 + 0.3 * self.speed_m_s

    def behind_corner(self, settings: SceneSettings, times_s: Floats) -> NDArray[np.bool_]:
        """Whether the person is still further away than the corner, whose wall is in front: bool (n,)."""
        since_s = np.asarray(times_s, np.float64) - self.starts_s
        return np.asarray(away_m(self, settings, since_s) > settings.corner_m)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """Where a face is at some times, each float64 (n,): its centre `x`, `y` and its width, in px."""

    x: Floats
    y: Floats
    face_px: Floats


def walk_path(one: Pass, settings: SceneSettings, times_s: Floats) -> Path:
    """The way of a face through the picture, at times in the film; also before and after the pass."""
    t = np.asarray(times_s, np.float64) - one.starts_s
    away = away_m(one, settings, t)
    gone = one.speed_m_s * t
    turn_m = 1.1 * TURN * settings.corner_m
    turned = _ease(gone / turn_m)
    hidden = one.corner * (settings.wall_m * _start_m(settings) / settings.corner_m + 1.3 * BODY_M)
    straight_m = one.speed_m_s * (one.ends_s - one.starts_s) - turn_m
    drifted = _ease((gone - 0.6 * turn_m) / (0.9 * straight_m))
    across = hidden + (one.lane_m - hidden) * turned + (one.exit_m - one.lane_m) * drifted
    scale = settings.focal_px / away
    step = 2 * np.pi * (one.gait + one.steps_per_s * t)
    sway = 0.012 * np.sin(step)
    bob = 0.016 * np.cos(2 * step)
    return Path(
        x=settings.width / 2 + (across + sway) * scale,
        y=settings.horizon_px + (one.drop_m + bob) * scale,
        face_px=FACE_M * scale,
    )


def away_m(one: Pass, settings: SceneSettings, since_s: Floats) -> Floats:
    """Distance from the camera, float64 (n,), at times since the start of the pass; never below 0.4 m."""
    away = _start_m(settings) - one.speed_m_s * since_s
    return np.asarray(np.maximum(away, 0.4), np.float64)


def plan_scene(cast: Cast, settings: SceneSettings, rng: np.random.Generator) -> tuple[Pass, ...]:
    """One pass for each walker of the cast, in order of time.

    Starts are spread evenly with jitter; every pass, from the first sight of the figure to the last, lies
    between `FIRST_STEP_S` and the end of the film. Raises `ValueError` when the film is too short for
    one pass.
    """
    walkers = cast.walkers
    order = _order(cast, rng)
    lengths = [_draw_walk(settings, rng) for _ in order]
    needed = FIRST_STEP_S + max((duration for _, _, duration in lengths), default=0.0) + 0.1
    if needed > settings.seconds:
        raise ValueError(
            f"seconds is {settings.seconds:g}; people at this size and speed need {needed:.1f} s for one pass"
        )
    planned: list[Pass] = []
    for place, walker in enumerate(order):
        speed, largest, duration = lengths[place]
        room = settings.seconds - 0.1 - duration - FIRST_STEP_S
        starts = FIRST_STEP_S + room * (place + rng.uniform(0, 1)) / len(walkers)
        corners = rng.choice((-1, 1), CHOICES)
        ways = [
            Pass(
                pass_id=f"p{place + 1:03d}",
                walker=int(walker),
                target=walkers[int(walker)].target,
                starts_s=starts,
                ends_s=starts + duration,
                speed_m_s=speed,
                corner=int(corner),
                lane_m=float(corner * rng.uniform(0.1, 0.9)) * (settings.wall_m - BODY_M),
                exit_m=float(rng.choice((-1, 1))) * _exit_m(settings, largest),
                drop_m=settings.drop_m + float(np.clip(rng.normal(0, 0.07), -0.12, 0.12)),
                largest_px=largest,
                gait=float(rng.uniform()),
            )
            for corner in corners
        ]
        planned.append(_least_disturbing(ways, planned, settings, rng))
    return tuple(sorted(planned, key=lambda one: (one.starts_s, one.pass_id)))


def _order(cast: Cast, rng: np.random.Generator) -> list[int]:
    """Walkers in order of time: by chance, but who passes more than once does so in different rounds."""
    walkers = cast.walkers
    rounds: dict[str, int] = {}
    others: list[tuple[int, int]] = []
    for walker in rng.permutation(len(walkers)).tolist():
        if not walkers[walker].target:
            identity = walkers[walker].identity
            rounds[identity] = rounds.get(identity, 0) + 1
            others.append((rounds[identity], walker))
    order = [walker for _, walker in sorted(others, key=lambda entry: entry[0])]
    for walker in range(len(cast.targets)):
        order.insert(int(rng.integers(len(order) + 1)), walker)
    return order


def _draw_walk(settings: SceneSettings, rng: np.random.Generator) -> tuple[float, float, float]:
    """Speed, largest face and duration of a pass: until the shoulders have left the picture."""
    speed = settings.speed_m_s * float(rng.uniform(0.85, 1.15))
    largest = settings.face_px_max * float(rng.uniform(0.72, 1.0))
    out_m = (_exit_m(settings, largest) - BODY_M - 0.02) * settings.focal_px / (settings.width / 2)
    return speed, largest, (_start_m(settings) - max(out_m, 0.5)) / speed


def _start_m(settings: SceneSettings) -> float:
    return (1 + TURN) * settings.corner_m


def _exit_m(settings: SceneSettings, largest_px: float) -> float:
    """How far across a face is that touches the picture's edge when it is `largest_px` wide."""
    return FACE_M * (settings.width / 2 / largest_px - 0.5)


def _ease(share: Floats) -> Floats:
    """Smooth step from 0 to 1."""
    share = np.clip(share, 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), np.float64)


def _least_disturbing(
    ways: Sequence[Pass], planned: Sequence[Pass], settings: SceneSettings, rng: np.random.Generator
) -> Pass:
    """The way that runs least into people already planned; with `crowding` as probability, just the first."""
    if rng.uniform() < settings.crowding:
        return ways[0]
    near = [other for other in planned if other.ends_s > ways[0].starts_s and other.starts_s < ways[0].ends_s]
    times = np.arange(ways[0].starts_s, ways[0].ends_s, SAMPLE_S)
    paths = [(other, walk_path(other, settings, times)) for other in near]
    return min(ways, key=lambda way: _disturbance(walk_path(way, settings, times), paths, times))


def _disturbance(path: Path, others: Sequence[tuple[Pass, Path]], times: Floats) -> float:
    """How much heads overlap over time, both ways, in head widths."""
    total = 0.0
    for other, there in others:
        present = (times >= other.starts_s) & (times <= other.ends_s)
        size = (path.face_px + there.face_px) / 2
        aside = np.abs(path.x - there.x) / (1.6 * size)
        above = np.abs(path.y - there.y) / (2.0 * size)
        total += float(np.sum(np.clip(1 - aside, 0, 1) * np.clip(1.2 - above, 0, 1) * present))
    return total
