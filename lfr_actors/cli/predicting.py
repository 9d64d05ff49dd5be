"""What a list would do to strangers: the people of a folder are searched against it and then forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lfr_actors.errors import InvalidFile

if TYPE_CHECKING:
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.vision.packs import LoadedPack
    from lfr_actors.watchlist.prediction import Prediction
    from lfr_actors.watchlist.rows import Row
    from lfr_actors.watchlist.thresholds import Thresholds
    from lfr_actors.watchlist.version import ListVersion

ReferenceOption = Annotated[
    Path | None,
    typer.Option(
        "--reference",
        help="Folder with pictures of people who are not on the list: predicts the false matches.",
        show_default=False,
    ),
]
FacesOption = Annotated[
    int,
    typer.Option("--faces", min=1, help="Faces expected to be searched, for the predicted false matches."),
]
DEFAULT_FACES = 10_000


def read_reference(folder: Path) -> tuple[Row, ...]:
    """The pictures of a reference, to be read before anything long begins.

    Raises `InvalidFile` when the folder is not there, has no picture, or as `read_folder` does.
    """
    from lfr_actors.watchlist.folder import Facts, read_folder

    if not folder.is_dir():
        raise InvalidFile(
            str(folder),
            ("there is no such folder; --reference names one of PERSON/PICTURE.jpg or PERSON.jpg",),
        )
    return read_folder(folder, Facts()).rows


def predict_with_reference(
    version: ListVersion,
    thresholds: Thresholds,
    rows: Sequence[Row],
    pack: LoadedPack,
    *,
    faces: int,
    home: Path,
) -> Prediction:
    """Search the people of a reference, `rows`, against a list and keep nothing of them but counts by score.

    The counts tell operators what a score means; see `evaluation.reference_scores`.
    """
    from lfr_actors.cli.watchlist_report import told
    from lfr_actors.evaluation.reference_scores import ReferenceScores, save_reference_scores
    from lfr_actors.machine import usable_cores
    from lfr_actors.store.store import utc_now
    from lfr_actors.watchlist.reference import predict_for, reference_of

    names = [subject.subject_id for subject in version.subjects]
    workers = max(1, int(usable_cores()))
    with (
        told("searching people who are not on the list") as progress,
        reference_of(rows, names, pack.detector, pack.embedder, progress, workers) as reference,
    ):
        prediction = predict_for(version, thresholds, reference, faces=faces)
    scores = ReferenceScores.of(prediction.best, subjects=prediction.subjects, measured_at=utc_now())
    save_reference_scores(home, version.pack, scores)
    return prediction


def predict_for_deployment(deployment: Deployment, home: Path, folder: Path, *, faces: int) -> Prediction:
    """What a deployment's list would do to the people of a folder; the list is built, or opened, for it.

    Raises `InvalidFile` as `read_reference`, `Refused` when a rule of the site refuses the list,
    `WatchlistError` when nobody could be enrolled, and as opening a sealed version does.
    """
    from lfr_actors.vision.packs import load_pack

    rows, recognition = read_reference(folder), deployment.recognition
    pack = load_pack(
        recognition.pack,
        home=home,
        device=recognition.device,
        threads=1,
        long_side_px=recognition.detector_long_side_px,
    )
    version = _version(deployment, home, pack)
    try:
        return predict_with_reference(
            version, recognition.thresholds_of(), rows, pack, faces=faces, home=home
        )
    finally:
        version.overwrite()


def _version(deployment: Deployment, home: Path, pack: LoadedPack) -> ListVersion:
    """The deployment's list: built of its CSV and not sealed, or opened from the vault."""
    watchlist, recognition = deployment.watchlist, deployment.recognition
    if watchlist.csv is None:
        from lfr_actors.cli.alerts import account
        from lfr_actors.cli.opening import opened
        from lfr_actors.events.types import SITE, AccessViewed
        from lfr_actors.store.watchlists import find_version, open_version

        with opened(home) as store:
            sealed = find_version(store, watchlist.version or "")
            viewed = AccessViewed(what=f"watchlist:{sealed.version}", who=account(), why="prediction")
            store.append(SITE, viewed)
            return open_version(store, sealed)
    from lfr_actors.cli.opening import today
    from lfr_actors.cli.watchlist_report import told
    from lfr_actors.machine import usable_cores
    from lfr_actors.spec.site import read_site
    from lfr_actors.store.store import utc_now
    from lfr_actors.watchlist.building import build_list
    from lfr_actors.watchlist.enrol import NOTHING
    from lfr_actors.watchlist.policy import Occasion
    from lfr_actors.watchlist.rows import read_list
    from lfr_actors.watchlist.verdicts import EnrolmentLimits

    occasion = Occasion(
        today=today(),
        purposes=tuple(deployment.purposes),
        under_18_authority=watchlist.under_18_authority,
    )
    with told("enrolling the list") as progress:
        built = build_list(
            read_list(watchlist.csv),
            pack,
            policy=read_site(home).watchlist,
            occasion=occasion,
            built_at=utc_now(),
            limits=EnrolmentLimits.for_threshold(recognition.threshold),
            progress=progress,
            workers=max(1, int(usable_cores())),
            kept=NOTHING,
        )
    built.require_somebody()
    return built.version
