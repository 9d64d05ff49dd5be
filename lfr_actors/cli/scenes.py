"""`lfr scenes`: films with ground truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lfr_actors.cli.app import HomeOption, JsonOption, stderr, stdout

if TYPE_CHECKING:
    from collections.abc import Callable

    from lfr_actors.evaluation.scenes.cast import Cast
    from lfr_actors.evaluation.scenes.compose import SceneFiles
    from lfr_actors.evaluation.scenes.settings import SceneSettings
    from lfr_actors.vision.models import Detector

scenes_app = typer.Typer(
    name="scenes", help="Films of composed crowds, with the truth about everybody.", no_args_is_help=True
)


@scenes_app.callback()
def _scenes() -> None:
    """Keep `compose` a command of its own, although it is the only one."""


@scenes_app.command()
def compose(
    faces_dir: Annotated[
        Path, typer.Argument(help="Faces: NAME/NAME_0001.jpg, or NAME_0001.jpg side by side.")
    ],
    out: Annotated[Path, typer.Argument(help="Folder for film.mp4, truth.json, watchlist.csv, watchlist/.")],
    seconds: Annotated[float, typer.Option(help="Length of the film.")] = 60.0,
    targets: Annotated[int, typer.Option(help="People on the list who walk by.")] = 12,
    passers: Annotated[int, typer.Option(help="People not on the list who walk by.")] = 80,
    gallery: Annotated[int, typer.Option(help="People on the list altogether.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same scene.")] = 1,
    width: Annotated[int, typer.Option(help="Picture width, px.")] = 1280,
    height: Annotated[int, typer.Option(help="Picture height, px.")] = 720,
    fps: Annotated[int, typer.Option(help="Frames a second.")] = 25,
    face_px: Annotated[str, typer.Option(metavar="MIN-MAX", help="Face width far and near, px.")] = "40-130",
    speed: Annotated[float, typer.Option(help="Mean walking speed, m/s.")] = 1.3,
    crowding: Annotated[
        float, typer.Option(help="0: people keep clear of each other; 1: pure chance.")
    ] = 0.3,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a scene in OUT.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compose a film of people walking towards the camera, with ground truth and a watchlist."""
    import numpy as np

    from lfr_actors.evaluation.scenes.cast import cast_from_folder
    from lfr_actors.evaluation.scenes.compose import require_free
    from lfr_actors.evaluation.scenes.settings import SceneSettings
    from lfr_actors.home import lfr_home
    from lfr_actors.vision.packs import load_pack

    smallest, largest = _face_range(face_px)
    require_free(out, overwrite=overwrite)
    try:
        settings = SceneSettings(
            seconds=seconds,
            width=width,
            height=height,
            fps=fps,
            face_px_min=smallest,
            face_px_max=largest,
            speed_m_s=speed,
            crowding=crowding,
            seed=seed,
        )
        cast = cast_from_folder(
            faces_dir,
            targets=targets,
            passers=passers,
            gallery=gallery,
            rng=np.random.default_rng([seed, 0]),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    pack = load_pack("open", home=lfr_home(home), device="cpu", threads=1, parts="detector")
    files = _with_progress(cast, settings, out, pack.detector)
    _report(cast, settings, files, as_json=as_json)


def _face_range(text: str) -> tuple[float, float]:
    """`40-130` as two numbers."""
    smallest, dash, largest = text.partition("-")
    try:
        if not dash:
            raise ValueError(text)
        return float(smallest), float(largest)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is not a range of face widths in px, such as 40-130", param_hint="--face-px"
        ) from error


def _with_progress(cast: Cast, settings: SceneSettings, out: Path, detector: Detector) -> SceneFiles:
    """Compose with a progress bar on stderr."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from lfr_actors.evaluation.scenes.compose import compose_scene

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("composing the scene", total=1.0)
        show: Callable[[float], None] = lambda share: bar.update(task, completed=share)  # noqa: E731
        try:
            return compose_scene(cast, settings, out, detector, show)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error


def _report(cast: Cast, settings: SceneSettings, files: SceneFiles, *, as_json: bool) -> None:
    """Say what was composed, as one JSON document or for people."""
    seen = [one for one in files.sightings if one.enter_s is not None]
    faces_a_frame = sum(one.seen_s for one in seen) / settings.seconds
    if as_json:
        document = {
            "film": str(files.film),
            "truth": str(files.truth),
            "watchlist": str(files.watchlist),
            "seconds": settings.seconds,
            "frames": settings.frames,
            "passes": len(files.passes),
            "targets": len(cast.targets),
            "gallery": len(cast.listed),
            "mean_faces_per_frame": round(faces_a_frame, 2),
            "note": files.note,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    lines = [
        f"film       {files.film}  ({settings.seconds:g} s, {settings.width}x{settings.height})",
        f"truth      {files.truth}  ({len(files.passes)} passes, {len(cast.targets)} of them targets)",
        f"watchlist  {files.watchlist}  ({len(cast.listed)} people)",
        f"on average {faces_a_frame:.1f} faces to be seen in a frame",
    ]
    for line in [*lines, *([files.note] if files.note else [])]:
        stdout.print(line, markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add `lfr scenes`."""
    app.add_typer(scenes_app)
