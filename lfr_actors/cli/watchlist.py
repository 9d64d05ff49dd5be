"""`lfr watchlist build`: a list from a CSV, a folder of pictures or another list, by the rules of the site."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.cli.app import HomeOption, JsonOption
from lfr_actors.cli.list_building import Job, Reason, Sealing, checked, choose, enrolled, finish
from lfr_actors.cli.predicting import DEFAULT_FACES, FacesOption, ReferenceOption
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.watchlist.policy import Occasion
    from lfr_actors.watchlist.rows import ListSource
    from lfr_actors.watchlist.thresholds import Thresholds

DEFAULT_PACK = "open"

watchlist_app = typer.Typer(
    help="Build watchlists, see what they are worth, and what became of them.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(watchlist_app, name="watchlist")


@watchlist_app.command("build")
def build(
    file: Annotated[
        Path | None,
        typer.Argument(help="Deployment file: its list, pack, purposes and threshold.", show_default=False),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="A watchlist CSV.", show_default=False)] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help="A folder: SUBJECT/PICTURE.jpg, or SUBJECT.jpg, SUBJECT_2.jpg.",
            show_default=False,
        ),
    ] = None,
    taken_from: Annotated[
        str | None,
        typer.Option("--from", help="A sealed version, to choose subjects from.", show_default=False),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", help="With --from: FIELD=VALUE,VALUE; several must all hold.", show_default=False
        ),
    ] = None,
    pack: Annotated[
        str | None,
        typer.Option("--pack", help="Model pack, without FILE.  [default: open]", show_default=False),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0.0,
            max=1.0,
            help="Threshold, without FILE: says which pictures of different subjects are too alike.",
            show_default=False,
        ),
    ] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help="What it is for, without FILE; may be repeated.", show_default=False),
    ] = None,
    under_18_authority: Annotated[
        str | None,
        typer.Option(
            "--under-18-authority",
            help="Who decided that under-18s may be on it: 'rank, name, reference'.",
            show_default=False,
        ),
    ] = None,
    category: Annotated[
        str | None, typer.Option(help="With --folder: of everybody in it.", show_default=False)
    ] = None,
    priority: Annotated[
        str | None, typer.Option(help="With --folder: red, amber or green.", show_default=False)
    ] = None,
    legal_basis: Annotated[
        str | None, typer.Option(help="With --folder: of everybody in it.", show_default=False)
    ] = None,
    image_source: Annotated[
        str | None, typer.Option(help="With --folder: where its pictures come from.", show_default=False)
    ] = None,
    reference: ReferenceOption = None,
    faces: FacesOption = DEFAULT_FACES,
    reason: Annotated[Reason, typer.Option("--reason", help="Stands in the public log.")] = Reason.OPERATION,
    note: Annotated[
        str | None,
        typer.Option("--note", help="Sealed with the list, and erased with it.", show_default=False),
    ] = None,
    seal: Annotated[bool, typer.Option("--seal/--no-seal", help="Put the version into the vault.")] = True,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the report and contact sheet.", show_default=False),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every picture, not only those with a reason.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a version of a watchlist: check it against the site's rules, enrol every picture, seal it.

    Exit status 0: everybody is on the list; 1: some subject is not; 2: the file is invalid; 3: a rule of the
    site refuses it, and nothing was built.
    """
    _one_source(file, csv, folder, taken_from)
    _belong(
        (where, "--where goes with --from", taken_from),
        (category or priority or legal_basis or image_source, "facts of everybody go with --folder", folder),
    )
    data = lfr_home(home)
    sealing = Sealing(wanted=seal, reason=reason, note=note)
    if taken_from is not None:
        _belong(
            (out or pack or threshold is not None or reference, "only the list is chosen with --from", None),
        )
        occasion = _occasion(purpose, under_18_authority)
        choose(data, taken_from, where or [], occasion, sealing, as_json=as_json)
        return
    if file is not None:
        _belong(
            (
                pack or threshold is not None or purpose or under_18_authority,
                "a deployment file has its own pack, threshold, purposes and authority",
                None,
            )
        )
        csv, job = _of_deployment(file)
    else:
        job = Job(
            pack=pack or DEFAULT_PACK,
            occasion=_occasion(purpose, under_18_authority),
            thresholds=_thresholds(threshold),
        )
    source = _source(csv, folder, _facts(category, priority, legal_basis, image_source))
    site = checked(data, source, job.occasion, as_json=as_json)
    built, prediction = enrolled(source, job, site, data, reference, faces)
    finish(data, built, job, prediction, sealing, out, every=every, as_json=as_json)


def _one_source(*sources: object) -> None:
    if sum(source is not None for source in sources) != 1:
        raise typer.BadParameter("give one of: a deployment FILE, --csv CSV, --folder FOLDER, --from VERSION")


def _belong(*pairs: tuple[object, str, object]) -> None:
    """Options that were given without what they go with are a mistake and not ignored."""
    for given, words, owner in pairs:
        if given and owner is None:
            raise typer.BadParameter(words)


def _occasion(purposes: Sequence[str] | None, authority: str | None) -> Occasion:
    from lfr_actors.cli.opening import today
    from lfr_actors.spec.purposes import check_purpose
    from lfr_actors.watchlist.policy import Occasion, named_authority

    for purpose in purposes or ():
        try:
            check_purpose(purpose)
        except ValueError as error:
            raise typer.BadParameter(f"{purpose!r} {error}", param_hint="--purpose") from None
    try:
        named = None if authority is None else named_authority(authority)
    except ValueError as error:
        raise typer.BadParameter(f"{authority!r} {error}", param_hint="--under-18-authority") from None
    return Occasion(today=today(), purposes=tuple(purposes or ()), under_18_authority=named)


def _thresholds(threshold: float | None) -> Thresholds | None:
    from lfr_actors.watchlist.thresholds import Thresholds

    return None if threshold is None else Thresholds(default=threshold)


def _of_deployment(file: Path) -> tuple[Path, Job]:
    """The CSV of a deployment, and what its file says."""
    if file.suffix.lower() == ".csv":
        raise typer.BadParameter(f"{file} is a CSV, not a deployment file: use --csv {file}")
    if file.is_dir():
        raise typer.BadParameter(f"{file} is a folder, not a deployment file: use --folder {file}")
    from lfr_actors.spec import load_deployment

    deployment = load_deployment(file, os.environ)
    listed, recognition = deployment.watchlist, deployment.recognition
    if listed.csv is None:
        raise typer.BadParameter(f"the list of {file} is built already: version {listed.version}")
    return listed.csv, Job(
        pack=recognition.pack,
        occasion=_occasion(deployment.purposes, listed.under_18_authority),
        thresholds=recognition.thresholds_of(),
        device=recognition.device,
        long_side_px=recognition.detector_long_side_px,
    )


def _facts(
    category: str | None, priority: str | None, legal_basis: str | None, image_source: str | None
) -> dict[str, Any]:
    from lfr_actors.watchlist.version import Priority, category_problem

    if priority is not None and priority not in set(Priority):
        raise typer.BadParameter(f"--priority is one of {', '.join(Priority)}")
    if wrong_category := category_problem(category or ""):
        raise typer.BadParameter(wrong_category, param_hint="--category")
    return {
        "category": category,
        "priority": None if priority is None else Priority(priority),
        "legal_basis": legal_basis,
        "image_source": image_source,
    }


def _source(csv: Path | None, folder: Path | None, facts: dict[str, Any]) -> ListSource:
    """The list is read before the models are loaded: its mistakes are told at once."""
    from lfr_actors.watchlist.folder import Facts, read_folder
    from lfr_actors.watchlist.rows import read_list

    if folder is not None:
        return read_folder(folder, Facts(**facts))
    if csv is None:
        raise typer.BadParameter("no list was named")
    return read_list(csv)
