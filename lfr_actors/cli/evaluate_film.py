"""`lfr evaluate film`: a run over a film whose every pass is known: what it recognised, missed and got wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.cli.app import HomeOption, JsonOption, say, stderr, stdout
from lfr_actors.cli.study_files import json_text, require_folder, write_study_files
from lfr_actors.errors import StoreError

if TYPE_CHECKING:
    from rich.table import Table

    from lfr_actors.evaluation.film.matching import FilmAlert
    from lfr_actors.evaluation.film.run import FilmRun
    from lfr_actors.evaluation.film.study import FilmStudy
    from lfr_actors.records.finished_run import RunRecord
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.store.rows import AlertRow
    from lfr_actors.vision.packs import PackInfo

COMMAND = "lfr evaluate film"
DOCUMENT_FILE, PAGE_FILE = "film.json", "film.html"
_FOLDERS = re.compile(r"/(?:[^/+]+/)*")
"""What is left out of a pack's name: where this machine keeps it."""


def register(app: typer.Typer) -> None:
    """Add the command to `lfr evaluate`."""
    del app
    from lfr_actors.cli.evaluate import evaluate_app

    evaluate_app.command("film")(film_command)


def film_command(
    film: Annotated[Path, typer.Argument(help="The film.")],
    truth: Annotated[
        Path,
        typer.Argument(
            help="Who passes when: JSON or CSV with pass_id, subject_id (blank: not on the list), enter_s, leave_s."
        ),
    ],
    pack: Annotated[str, typer.Option(help="Model pack, as in a deployment file.")],
    threshold: Annotated[float, typer.Option(help="Score that recognises, in (0, 1].")],
    watchlist: Annotated[
        Path | None,
        typer.Option(help="CSV of the list; without it, watchlist.csv beside the film.", show_default=False),
    ] = None,
    confirm_hits: Annotated[int, typer.Option(help="Searches of a track that have to agree.")] = 2,
    confirm_within: Annotated[str, typer.Option(help="Within this time.")] = "1s",
    cooldown: Annotated[
        str, typer.Option(help="No second alert for a subject so long after it was last seen.")
    ] = "60s",
    min_face_px: Annotated[int, typer.Option(help="Smallest face that is searched, px.")] = 24,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    slack: Annotated[
        float, typer.Option(min=0, help="An alert may be so many s outside the pass that it is of.")
    ] = 1.0,
    out: Annotated[
        Path | None,
        typer.Option(help=f"Folder for {DOCUMENT_FILE}, {PAGE_FILE} and the plots.", show_default=False),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a film through the real pipeline and compare its alerts with who passed when.

    TPIR, FPIR, both false alert rates and precision with exact intervals, the time from the first sight of a face
    to its alert, and recognition by size, speed and crowding. Nothing of the run is kept but these figures, which
    name nobody: passes go by their pass_id.
    """
    from lfr_actors.cli.film_run import film_deployment
    from lfr_actors.evaluation.film.study import study_film
    from lfr_actors.evaluation.film.truth import check_truth, read_truth
    from lfr_actors.watchlist.rows import read_rows

    require_folder(out)
    listed = film.parent / "watchlist.csv" if watchlist is None else watchlist
    known = read_truth(truth)
    film_s = _film_s(film)
    rows = read_rows(listed)
    check_truth(known, truth, subjects=(row.subject_id for row in rows), film_s=film_s, list_name=listed.name)
    recognition = {
        "pack": pack,
        "threshold": threshold,
        "confirm": {"hits": confirm_hits, "within": confirm_within},
        "cooldown": cooldown,
        "min_face_px": min_face_px,
        "device": device,
    }
    deployment = film_deployment(film, listed, recognition, command=COMMAND)
    alerts, record, info = _run(deployment, home, live=not as_json, film_s=film_s)
    people = len({row.subject_id for row in rows})
    run = _film_run(deployment, info, record, truth=truth, film_s=film_s, people=people)
    study = study_film(known, alerts, run, slack_s=slack)
    document = _write(study, out)
    if as_json:
        typer.echo(json_text(document))
    else:
        _show(study, out)


def _film_s(film: Path) -> float | None:
    """The length of the film, s, if its file says it. Raises as `open_film` and `video_of` do."""
    from lfr_actors.vision.sources.film import declared_duration_s, open_film, video_of

    shown = f"file:{film}"
    with open_film(film, shown) as container:
        return declared_duration_s(container, video_of(container, shown))


def _run(
    deployment: Deployment, home: Path | None, *, live: bool, film_s: float | None
) -> tuple[list[FilmAlert], RunRecord, PackInfo]:
    """Run the film in a data folder that is thrown away: its alerts, its record, and its pack."""
    from lfr_actors.cli.film_run import run_film, scratch_home
    from lfr_actors.home import lfr_home
    from lfr_actors.records.finished_run import read_run
    from lfr_actors.store.store import Store
    from lfr_actors.vision.packs import prepare_pack

    data = lfr_home(home)
    with stderr.status("preparing the model pack"):
        info = prepare_pack(deployment.recognition.pack, home=data)
    packs = data / "packs"
    with scratch_home(packs if packs.is_dir() else None) as scratch:
        run_film(deployment, scratch, live=live, title=COMMAND, film_s=film_s)
        with Store.open(scratch) as store:
            alerts = [_film_alert(row) for row in store.alerts(deployment.deployment)]
        record = read_run(scratch, deployment.deployment)
    return alerts, record, info


def _film_alert(row: AlertRow) -> FilmAlert:
    from lfr_actors.evaluation.film.matching import FilmAlert

    if row.subject_id is None:  # it would be counted as false
        raise StoreError(row.deployment_id, f"whom alert {row.alert_id} is for cannot be read")
    return FilmAlert(
        track=row.track_id, subject_id=row.subject_id, media_time_s=row.media_time_s, score=row.score
    )


def _film_run(
    deployment: Deployment,
    info: PackInfo,
    record: RunRecord,
    *,
    truth: Path,
    film_s: float | None,
    people: int,
) -> FilmRun:
    """What is to be known of the run beside its alerts; `people` are on the list as it was written."""
    import lfr_actors
    from lfr_actors.evaluation.film.run import FilmRun
    from lfr_actors.events.cameras import CameraEnded, CameraObserved
    from lfr_actors.events.deployments import DeploymentClosed
    from lfr_actors.events.lists import WatchlistBuilt
    from lfr_actors.vision.packs.files import sha256_of

    ((_, closed),) = record.of(DeploymentClosed)
    ((_, ended),) = record.of(CameraEnded)
    ((_, built),) = record.of(WatchlistBuilt)
    film = Path(deployment.cameras[0].source.location)
    recognition = deployment.recognition
    return FilmRun(
        film=film.name,
        film_sha256=sha256_of(film),
        truth_sha256=sha256_of(truth),
        pack=_FOLDERS.sub("", recognition.pack),
        pack_sha256=info.sha256,
        pack_licence=info.licence,
        fit_for_live=info.fit_for_live,
        threshold=recognition.threshold,
        confirm_hits=recognition.confirm.hits,
        confirm_within_s=recognition.confirm.within.total_seconds(),
        cooldown_s=recognition.cooldown.total_seconds(),
        min_face_px=recognition.min_face_px,
        subjects=built.subjects,
        subjects_missing=people - built.subjects,
        templates=built.templates,
        frames=closed.totals.frames,
        faces=closed.totals.faces_seen,
        searches=closed.totals.searches,
        probes_dropped=sum(seen.probes_dropped for _, seen in record.of(CameraObserved)),
        film_s=film_s,
        elapsed_s=ended.totals.elapsed_s,
        software_version=lfr_actors.__version__,
    )


def _write(study: FilmStudy, out: Path | None) -> dict[str, Any]:
    """The document; also written to a folder with page and plots, where one is given."""
    from lfr_actors.evaluation.film.document import film_document

    document = film_document(study)
    if out is not None:
        from lfr_actors.evaluation.film.drawing import pictures_of
        from lfr_actors.evaluation.film.page import film_page

        with stderr.status("drawing"):
            pictures = pictures_of(study)
            page = film_page(study, pictures)
        write_study_files(out, {PAGE_FILE: page, DOCUMENT_FILE: json_text(document) + "\n"}, pictures)
    return document


def _show(study: FilmStudy, out: Path | None) -> None:
    """The figures for people."""
    from rich.table import Table

    from lfr_actors.evaluation.film.page import rate_rows, wait_rows
    from lfr_actors.evaluation.film.statements import statements_of

    rates = Table(
        title=f"{study.run.film}: what was recognised, and what was not right", title_justify="left"
    )
    for column in ("", "counts", "rate, exact 95 % interval"):
        rates.add_column(column)
    waits = [(f"first sight to alert, {which}", *rest) for which, *rest in wait_rows(study.waiting)]
    for row in (*rate_rows(study), *waits):
        rates.add_row(*row)
    stdout.print(rates)
    if study.tpir is not None:
        stdout.print(_bins_table(study))
    for statement in statements_of(study):
        style = "yellow" if statement.kind == "warning" else None
        stdout.print(f"  {statement.text}", style=style, markup=False, highlight=False)
    if out is not None:
        say(f"  page: {out / PAGE_FILE}")


def _bins_table(study: FilmStudy) -> Table:
    from rich.table import Table

    from lfr_actors.evaluation.film.page import QUANTITIES
    from lfr_actors.evaluation.intervals import rate_words

    bins = Table(title="passes recognised, by what makes it hard", title_justify="left")
    for column in ("", "", "rate, exact 95 % interval"):
        bins.add_column(column)
    for binned in study.by:
        for place, one in enumerate(binned.bins):
            name = "" if place else QUANTITIES[binned.quantity]
            bins.add_row(name, f"{one.words} {binned.unit}", rate_words(one.tpir, 0))
    return bins
