"""A film run through the real pipeline for its own sake: a deployment of which nothing is kept.

Data folder, keys and database are scratch and gone at the end: what a measurement finds is nobody's alert.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lfr_actors.errors import InvalidFile, SourceUnreadable

if TYPE_CHECKING:
    from lfr_actors.actors.outcome import Outcome
    from lfr_actors.actors.ports import CameraStatus
    from lfr_actors.spec.deployment import Deployment

CAMERA = "film"


def film_deployment(
    film: Path, watchlist: Path, recognition: Mapping[str, Any], *, command: str
) -> Deployment:
    """A deployment of one film at `pace: max`, as a file would describe it; `recognition` as in such a file.

    A relative pack starts from the working folder. Raises `InvalidFile`, naming `command`, for a pack that is none
    and for recognition that no deployment could have.
    """
    from lfr_actors.spec.deployment import load_deployment
    from lfr_actors.spec.recognition import resolve_pack

    try:
        pack = resolve_pack(str(recognition["pack"]), Path.cwd())
    except ValueError as error:
        raise InvalidFile(command, (f"pack {recognition['pack']!r} {error}",)) from error
    now = dt.datetime.now(dt.UTC)
    document = {
        "deployment": f"film-{now:%Y%m%d-%H%M%S}",
        "location": "a film",
        "purposes": ["safeguarding"],
        "authority": {
            "officer": "nobody, this is a measurement",
            "reference": "MEASUREMENT",
            "not_before": (now - dt.timedelta(hours=1)).isoformat(),
            "not_after": (now + dt.timedelta(hours=12)).isoformat(),
        },
        "watchlist": {"csv": str(watchlist.resolve())},
        "recognition": {**recognition, "pack": pack},
        "cameras": [{"id": CAMERA, "source": f"file:{film.resolve()}", "pace": "max"}],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(document, file)  # JSON is YAML
        file.flush()
        try:
            return load_deployment(Path(file.name), {})
        except InvalidFile as error:  # nobody wrote this file: what is wrong came from the command line
            said = tuple(problem.partition(": ")[2] or problem for problem in error.problems)
            raise InvalidFile(command, said) from error


@contextmanager
def scratch_home(packs: Path | None = None) -> Iterator[Path]:
    """A data folder of its own, whatever the environment says of the site's; gone at the end.

    `packs` is the folder of model packs to use, so that none is compiled or fetched again.
    """
    from lfr_actors.store.elsewhere import by_itself

    with by_itself(), tempfile.TemporaryDirectory(prefix="lfr-film-") as scratch:
        if packs is not None:
            (Path(scratch) / "packs").symlink_to(packs.resolve())
        yield Path(scratch)


def run_film(
    deployment: Deployment, home: Path, *, live: bool, title: str, film_s: float | None = None
) -> tuple[Outcome, CameraStatus]:
    """Run the deployment of a film to the film's end; how it ended, and what its camera did.

    Raises `SourceUnreadable` when it did not come so far, was stopped, or left frames out: there is nothing to
    measure then.
    """
    from lfr_actors.cli.run import run_deployment

    outcome = run_deployment(deployment, home, annotate=None, live=live, title=title, film_s=film_s)
    (camera,) = outcome.cameras
    shown = deployment.cameras[0].source.shown
    if camera.failed:
        raise SourceUnreadable(shown, camera.reason or "the camera failed")
    if not outcome.closed:
        raise SourceUnreadable(
            shown, f"it was not played to its end ({outcome.reason}): nothing was measured"
        )
    if camera.dropped:
        raise SourceUnreadable(shown, f"{camera.dropped} frames were not looked at: nothing was measured")
    return outcome, camera
