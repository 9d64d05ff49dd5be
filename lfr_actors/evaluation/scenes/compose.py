"""A scene composed: film, truth and watchlist in one folder."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.scenes.cast import Cast
from lfr_actors.evaluation.scenes.cutout import Head, cut_head, read_picture
from lfr_actors.evaluation.scenes.film import Stage, write_film
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.evaluation.scenes.sighting import Sighting, sightings
from lfr_actors.evaluation.scenes.street import paint_street
from lfr_actors.evaluation.scenes.walk import Pass, plan_scene
from lfr_actors.vision.models import Detector

CUTTING = 0.1
"""Share of the work that is cutting out heads; the rest is the film."""
WATCHLIST_COLUMNS = ("subject_id", "image", "category", "image_source")
SAME_PHOTOGRAPH = (
    "Targets are filmed from the photographs they are enrolled with, relit and slightly turned: "
    "this scene shows how the pipeline works and says nothing about its accuracy."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFiles:
    """What a composed scene left in its folder, and who passes when."""

    film: Path
    truth: Path
    watchlist: Path
    passes: tuple[Pass, ...]
    sightings: tuple[Sighting, ...]
    note: str | None


def compose_scene(
    cast: Cast,
    settings: SceneSettings,
    out: Path,
    detector: Detector,
    progress: Callable[[float], None] | None = None,
) -> SceneFiles:
    """Compose `film.mp4`, `truth.json`, `watchlist.csv` and `watchlist/` in a folder.

    A scene that is there is replaced, and not touched before the plan stands and every head is cut out; see
    `require_free`. `progress` is called with the share done, from 0 to 1. The same cast, settings and
    pictures give the same plan, truth, watchlist and frames. Raises `InvalidFile` for a photograph that
    cannot be read or shows no face, `ValueError` for a film too short.
    """

    def report(share: float) -> None:
        if progress is not None:
            progress(share)

    passes = plan_scene(cast, settings, np.random.default_rng([settings.seed, 1]))
    seen = sightings(passes, settings)
    heads = _cut_heads(cast, detector, report)
    _clear(out)
    watchlist = _write_watchlist(cast, out)
    truth = out / "truth.json"
    truth.write_text(json.dumps(truth_of(cast, passes, seen), indent=1) + "\n", encoding="utf-8")

    street = paint_street(settings, np.random.default_rng([settings.seed, 2]))
    walkers = cast.walkers
    stage = Stage(passes, lambda walker: heads[walkers[walker].filmed], street, settings)
    film = out / "film.mp4"
    write_film(film, stage.frames(), settings, lambda share: report(CUTTING + (1 - CUTTING) * share))
    return SceneFiles(
        film=film,
        truth=truth,
        watchlist=watchlist,
        passes=passes,
        sightings=seen,
        note=SAME_PHOTOGRAPH if cast.same_photograph else None,
    )


def require_free(out: Path, *, overwrite: bool) -> None:
    """Raise `InvalidFile` when `out` is no folder, or holds anything and `overwrite` is false."""
    if out.exists() and not out.is_dir():
        raise InvalidFile(str(out), ("is a file; give a folder for the scene",))
    if not overwrite and out.is_dir() and any(out.iterdir()):
        right = "choose another folder, or replace its scene with `lfr scenes compose --overwrite`"
        raise InvalidFile(str(out), (f"is not empty; {right}",))


def _clear(out: Path) -> None:
    """Make the folder, without the scene that may be in it; other files stay."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("film.mp4", "truth.json", "watchlist.csv"):
        (out / name).unlink(missing_ok=True)
    if (out / "watchlist").is_dir():
        shutil.rmtree(out / "watchlist")


def _cut_heads(cast: Cast, detector: Detector, report: Callable[[float], None]) -> dict[Path, Head]:
    """The heads of everybody who walks, by photograph."""
    heads: dict[Path, Head] = {}
    walkers = cast.walkers
    for number, walker in enumerate(walkers, start=1):
        if walker.filmed not in heads:
            heads[walker.filmed] = cut_head(read_picture(walker.filmed), detector, str(walker.filmed))
        report(CUTTING * number / len(walkers))
    return heads


def truth_of(cast: Cast, passes: tuple[Pass, ...], seen: tuple[Sighting, ...]) -> list[dict[str, object]]:
    """The rows of `truth.json`: one a pass, in order of time.

    `enter_s` to `leave_s` is when the face is in the picture and not hidden (None: never), `seen_s` for how
    long altogether; `speed_m_s` how fast the person walks. `photograph_is_enrolled` is true where a target is
    filmed from its enrolled photograph. How crowded it was follows from `enter_s` and `leave_s` of everybody.
    """
    rows: list[dict[str, object]] = []
    for one, sighting in zip(passes, seen, strict=True):
        walker = cast.walkers[one.walker]
        rows.append(
            {
                "pass_id": one.pass_id,
                "identity": walker.identity,
                "photograph": walker.filmed.name,
                "target": walker.target,
                "subject_id": walker.subject_id,
                "enter_s": sighting.enter_s,
                "leave_s": sighting.leave_s,
                "seen_s": sighting.seen_s,
                "largest_face_px": sighting.largest_px,
                "largest_face_s": sighting.largest_at_s,
                "speed_m_s": round(one.speed_m_s, 2),
                "photograph_is_enrolled": walker.target and cast.same_photograph,
            }
        )
    return rows


def _write_watchlist(cast: Cast, out: Path) -> Path:
    """Copy the pictures of the list, named by subject, and write the CSV that names them."""
    folder = out / "watchlist"
    folder.mkdir(exist_ok=True)
    path = out / "watchlist.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(WATCHLIST_COLUMNS)
        for member in cast.listed:
            for number, picture in enumerate(member.enrolled, start=1):
                name = f"{member.subject_id}-{number}{picture.suffix.lower()}"
                shutil.copyfile(picture, folder / name)
                writer.writerow((member.subject_id, f"watchlist/{name}", "composed scene", picture.name))
    return path
