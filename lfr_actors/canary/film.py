"""The canary's film: a listed person shows first, then the canary with its planted band, beside a crowd.

Left, people of the demo's cast walk along a street from beginning to end: the load. Right is a wall with two
windows. In the upper one a person on the list shows herself early: her alert ties the film to the wall clock.
In the lower one the canary, who is on no list and nowhere else in the film, shows for a few seconds. On the
forehead are stripes of colours that no face, street or coat has.

The film is H.264 without loss in YUV 4:4:4: every planted pixel comes out of the decoder as it went in, and
the decoder's own buffers hold YUV, so that BGR bytes found in memory are the product's.
"""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.scenes.cast import Cast
from lfr_actors.evaluation.scenes.cutout import Head, cut_head, read_picture
from lfr_actors.evaluation.scenes.demo_cast import demo_cast
from lfr_actors.evaluation.scenes.film import Stage, write_film
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.evaluation.scenes.street import paint_street
from lfr_actors.evaluation.scenes.walk import plan_scene
from lfr_actors.messages import Image
from lfr_actors.vision.models import Detector

FPS = 12
HEIGHT_PX, STREET_PX, WALL_PX = 540, 640, 320
SECONDS = 26.0
WITNESS_S = (0.5, 2.6)
"""When the listed person shows; see `CanaryFilm`."""
CANARY_S = (3.2, 6.6)
FACE_PX = 110.0
"""Width of both faces on the wall."""
CANARY, WITNESS = "guest-1", "astronaut"
STRIPES: tuple[tuple[int, int, int], ...] = ((13, 201, 77), (233, 31, 140), (61, 240, 190))
"""BGR colours of the band from left to right, as painted."""
STRIPE_WIDE, STRIPE_HIGH, BAND_ABOVE = 0.145, 0.17, 0.47
"""Breadth and height of a stripe, and the band's height above the middle of the face, in face widths."""
CROWD = SceneSettings(
    seconds=SECONDS,
    width=STREET_PX,
    height=HEIGHT_PX,
    fps=FPS,
    face_px_min=40.0,
    face_px_max=100.0,
    speed_m_s=1.6,
    crowding=0.6,
    noise=0.0,
    seed=5,
)
PASSES_EACH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryFilm:
    """What was composed. The canary is in the frames from `shows_from_s` until before `shows_to_s` (media
    time); `face_at` is the middle of its face, px, and it sways a few px about it.
    """

    film: Path
    watchlist: Path
    width_px: int
    height_px: int
    seconds: float
    shows_from_s: float
    shows_to_s: float
    face_at: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Onlooker:
    """Somebody who shows in a window of the wall for a while."""

    head: Head
    at: tuple[float, float]
    from_s: float
    to_s: float


def compose_canary_film(
    folder: Path, detector: Detector, progress: Callable[[float], None] = lambda _: None
) -> CanaryFilm:
    """Compose `canary.mkv`, `watchlist.csv` and `watchlist/` in a folder; the same pixels each time.

    `progress` is called with the share done. Raises `InvalidFile` when a shipped picture is missing.
    """
    cast = demo_cast(folder / "people", detector)
    heads = _heads(cast, detector)
    stage = _stage(_crowd(cast), heads)
    column = STREET_PX + WALL_PX / 2
    canary = _Onlooker(head=planted(heads[CANARY]), at=(column, 395.0), from_s=CANARY_S[0], to_s=CANARY_S[1])
    witness = _Onlooker(head=heads[WITNESS], at=(column, 130.0), from_s=WITNESS_S[0], to_s=WITNESS_S[1])
    film = folder / "canary.mkv"
    _encode(film, _pictures(stage.frames(), (witness, canary)), progress)
    return CanaryFilm(
        film=film,
        watchlist=_write_watchlist(cast, folder),
        width_px=STREET_PX + WALL_PX,
        height_px=HEIGHT_PX,
        seconds=SECONDS,
        shows_from_s=CANARY_S[0],
        shows_to_s=CANARY_S[1],
        face_at=canary.at,
    )


def compose_crowd_film(folder: Path, detector: Detector) -> Path:
    """The same crowd alone, `crowd.mp4`: more load from more cameras."""
    cast = demo_cast(folder / "people", detector)
    crowd = _crowd(cast)
    film = folder / "crowd.mp4"
    write_film(film, _stage(crowd, _heads(cast, detector)).frames(), CROWD, None)
    return film


def _heads(cast: Cast, detector: Detector) -> dict[str, Head]:
    return {one.identity: cut_head(read_picture(one.filmed), detector, one.identity) for one in cast.walkers}


def _stage(crowd: Cast, heads: dict[str, Head]) -> Stage:
    street = paint_street(CROWD, np.random.default_rng([CROWD.seed, 2]))
    passes = plan_scene(crowd, CROWD, np.random.default_rng([CROWD.seed, 1]))
    return Stage(passes, lambda walker: heads[crowd.walkers[walker].identity], street, CROWD)


def _crowd(cast: Cast) -> Cast:
    """Everybody but the canary and the listed ones, several times."""
    others = {one.identity: one for one in cast.passers if one.identity != CANARY}
    return replace(cast, targets=(), members=cast.targets, passers=tuple(others.values()) * PASSES_EACH)


def planted(head: Head) -> Head:
    """The head with the band on its forehead; nothing else is changed."""
    picture = head.picture.copy()
    wide, high = STRIPE_WIDE * head.face_px, STRIPE_HIGH * head.face_px
    left = head.centre[0] - len(STRIPES) / 2 * wide
    top = round(head.centre[1] - BAND_ABOVE * head.face_px)
    for number, colour in enumerate(STRIPES):
        columns = slice(round(left + number * wide), round(left + (number + 1) * wide))
        picture[top : top + round(high), columns] = (*colour, 255)
    return replace(head, picture=picture)


def _pictures(street: Iterator[Image], onlookers: tuple[_Onlooker, ...]) -> Iterator[Image]:
    """The frames: street and wall side by side."""
    wall = _paint_wall(tuple(one.at for one in onlookers))
    for index, left in enumerate(street):
        time_s = index / FPS
        picture = np.concatenate([left, wall], axis=1)
        for one in onlookers:
            if one.from_s <= time_s < one.to_s:
                _show(picture, one, time_s)
        yield picture


def _paint_wall(windows: tuple[tuple[float, float], ...]) -> Image:
    """A plain wall with a dark window behind each place."""
    rng = np.random.default_rng([CROWD.seed, 9])
    wall = np.full((HEIGHT_PX, WALL_PX, 3), (128, 140, 152), np.float32)
    wall += cv2.GaussianBlur(rng.normal(0, 30, wall.shape[:2]).astype(np.float32), (0, 0), 3)[..., None]
    picture = np.clip(wall, 0, 255).astype(np.uint8)
    for x, y in windows:
        left, top, right, bottom = _window((x, y))
        picture[top:bottom, left - STREET_PX : right - STREET_PX] = (86, 82, 78)
    return picture


def _window(at: tuple[float, float]) -> tuple[int, int, int, int]:
    x, y = at
    return int(x - 150), max(0, int(y - 122)), int(x + 150), min(HEIGHT_PX, int(y + 125))


def _show(picture: Image, one: _Onlooker, time_s: float) -> None:
    """Lay a head into its window, swaying a little: each frame gives a slightly different template."""
    left, top, right, bottom = _window(one.at)
    x = one.at[0] + 5 * math.sin(2 * math.pi * time_s / 2.9) - left
    y = one.at[1] + 2 * math.sin(2 * math.pi * time_s / 1.7) - top
    scale = FACE_PX / one.head.face_px
    matrix = np.array(
        [[scale, 0, x - scale * one.head.centre[0]], [0, scale, y - scale * one.head.centre[1]]]
    )
    layer: NDArray[np.uint8] = np.asarray(
        cv2.warpAffine(one.head.picture, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR),
        np.uint8,
    )
    ground = picture[top:bottom, left:right]
    rest = 1 - layer[..., 3:].astype(np.float32) / 255
    ground[:] = np.clip(layer[..., :3] + ground * rest + 0.5, 0, 255).astype(np.uint8)


def _encode(path: Path, pictures: Iterator[Image], progress: Callable[[float], None]) -> None:
    """Encode without loss beyond the change from BGR to YUV 4:4:4."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = STREET_PX + WALL_PX, HEIGHT_PX, "yuv444p"
        stream.time_base = Fraction(1, FPS)
        stream.options = {"preset": "ultrafast", "qp": "0", "threads": "2", "g": str(2 * FPS), "bf": "0"}
        for index, image in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = index
            container.mux(stream.encode(frame))
            progress((index + 1) / CROWD.frames)
        container.mux(stream.encode(None))


def _write_watchlist(cast: Cast, folder: Path) -> Path:
    """The demo's list: two people, of whom one walks by."""
    (folder / "watchlist").mkdir(exist_ok=True)
    path = folder / "watchlist.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("subject_id", "image"))
        for member in cast.targets:
            name = f"watchlist/{member.subject_id}{member.enrolled[0].suffix}"
            shutil.copyfile(member.enrolled[0], folder / name)
            writer.writerow((member.subject_id, name))
    return path
