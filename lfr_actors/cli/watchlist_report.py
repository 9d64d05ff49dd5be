"""`lfr watchlist report`: show again what a list is worth, and predict what it would do to strangers.

Building a list writes its report here as well: a page to look at, CSV files for a spreadsheet, and JSON.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.predicting import DEFAULT_FACES, FacesOption, ReferenceOption
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.watchlist.building import Built
    from lfr_actors.watchlist.prediction import Prediction
    from lfr_actors.watchlist.thresholds import Thresholds

SHEET_FILE = "contact_sheet.html"

AllOption = Annotated[bool, typer.Option("--all", help="Show every picture, not only those with a reason.")]


def register(app: typer.Typer) -> None:
    """Add the command to `lfr watchlist`."""
    del app
    from lfr_actors.cli.watchlist import watchlist_app

    watchlist_app.command("report")(report_again)


def write_reports(
    home: Path,
    built: Built,
    folder: Path,
    *,
    thresholds: Thresholds | None,
    prediction: Prediction | None = None,
) -> dict[str, Any]:
    """Measure a built list, write its report to a folder and return it as a document.

    `report.json`, `contact_sheet.html`, `pictures.csv`, `subjects.csv` and `look-alikes.csv`, for their owner
    only, and retained as a list is from before their first byte. Wants a list that was built with thumbnails.
    """
    from lfr_actors.private_file import make_private_folder, write_private
    from lfr_actors.records.contact_sheet import contact_sheet
    from lfr_actors.watchlist.report import REPORT_FILE, document, measure_list, written
    from lfr_actors.watchlist.report_csv import report_tables

    with told("comparing everybody with everybody") as progress:
        quality = measure_list(built, thresholds, progress)
    report = document(built, quality, thresholds=thresholds, prediction=prediction)
    contents = {
        REPORT_FILE: written(report),
        SHEET_FILE: contact_sheet(built, report),
        **report_tables(report),
    }
    make_private_folder(folder)
    retain_report(home, built.version.version, *(folder / name for name in contents))
    for name, content in contents.items():
        write_private(folder / name, content)
    return report


def retain_report(home: Path, version: str, *files: Path) -> None:
    """Retain what a report consists of, from before its first byte; not its folder, which may hold other things.

    It shows faces and names of the list, and is erased as a list is, within a day of its making, or what the site
    allows for lists; with its version, when that is erased before.
    """
    from lfr_actors.cli.opening import opened
    from lfr_actors.retention.policy import ClockStart, DataClass
    from lfr_actors.spec.site import read_site
    from lfr_actors.store.files import REPORT, NewFile, report_object, retain_files
    from lfr_actors.store.store import utc_now

    site = read_site(home).retention
    policy = site.policy()
    report = [
        NewFile(
            path=file,
            kind=REPORT,
            rule=policy.rule_of(DataClass.WATCHLIST),
            clock=ClockStart.MADE,
            lifetime=site.ceiling("watchlist"),
            object_id=f"{report_object(version)}{uuid.uuid4().hex[:12]}",
        )
        for file in files
    ]
    with opened(home) as store:
        retain_files(
            store, report, deployment_id=None, policy_version=policy.version, clock_started_at=utc_now()
        )


def report_again(
    where: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of a report; without it, the newest of the data folder.", show_default=False
        ),
    ] = None,
    reference: ReferenceOption = None,
    faces: FacesOption = DEFAULT_FACES,
    every: AllOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a report again. Exit status as of the build.

    With --reference the sealed list of the report is searched once more by people who are not on it; what is
    found is shown here, and the files of the report stay as they were built.
    """
    from lfr_actors.watchlist.report import latest_report, load_report, prediction_document

    data = lfr_home(home)
    path = latest_report(data / "reports") if where is None else where
    path = path / "report.json" if path.is_dir() else path
    report = load_report(path)
    if reference is not None:
        prediction = _predicted(report, data, reference, faces)
        report = {**report, "prediction": prediction_document(prediction)}
        stderr.print(
            "note the contact sheet is as it was built and holds no word of this prediction; to have both in "
            "one, give --reference to lfr watchlist build",
            markup=False,
            highlight=False,
        )
    show_report(report, path.parent, every=every, as_json=as_json)


def _predicted(report: Mapping[str, Any], home: Path, reference: Path, faces: int) -> Prediction:
    """A prediction for the list of a report, which has to be sealed and not erased."""
    from lfr_actors.cli.alerts import account
    from lfr_actors.cli.opening import opened
    from lfr_actors.cli.predicting import predict_with_reference, read_reference
    from lfr_actors.events.types import SITE, AccessViewed
    from lfr_actors.store.watchlists import find_version, open_version
    from lfr_actors.vision.packs import load_pack
    from lfr_actors.watchlist.thresholds import Thresholds

    said = report["thresholds"]
    if said is None:
        raise typer.BadParameter("the list was built without a threshold: build it with --threshold")
    rows = read_reference(reference)
    with opened(home) as store:
        sealed = find_version(store, report["version"])
        store.append(SITE, AccessViewed(what=f"watchlist:{sealed.version}", who=account(), why="prediction"))
        version = open_version(store, sealed)
    try:
        pack = load_pack(version.pack, home=home, device="auto", threads=1)
        return predict_with_reference(version, Thresholds(**said), rows, pack, faces=faces, home=home)
    finally:
        version.overwrite()


def show_report(report: Mapping[str, Any], folder: Path, *, every: bool, as_json: bool) -> None:
    """Print a report; exit with 1 when a subject is not on the list."""
    from lfr_actors.watchlist.report_terminal import report_lines

    missing = report["subjects_missing"]
    if as_json:
        typer.echo(json.dumps({**report, "folder": str(folder)}, indent=2, ensure_ascii=False))
    else:
        for part in report_lines(report, every=every):
            stdout.print(part, markup=False, highlight=False)
        stdout.print(f"contact sheet: {folder / SHEET_FILE}", markup=False, highlight=False, soft_wrap=True)
    if missing:
        stderr.print(
            f"not on the list, no picture of theirs could be enrolled: {', '.join(missing)}",
            style="red",
            markup=False,
            highlight=False,
        )
        raise typer.Exit(EXIT_FAILED)


@contextmanager
def told(words: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(words), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
