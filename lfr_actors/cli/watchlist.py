"""`lfr watchlist`: build a list from its CSV and pictures, and show again what became of each."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.errors import Refused
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.store import Store
    from lfr_actors.watchlist.enrol import Enrolment

DEFAULT_PACK = "open"

watchlist_app = typer.Typer(
    help="Build watchlists, and see what became of each picture.", no_args_is_help=True
)

AllOption = Annotated[bool, typer.Option("--all", help="Show every picture, not only those with a reason.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(watchlist_app, name="watchlist")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What to build from, and how."""

    csv: Path
    pack: str
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threshold: float | None = None
    long_side_px: int = 640


@watchlist_app.command("build")
def build(
    file: Annotated[
        Path | None, typer.Argument(help="Deployment file: its watchlist and pack.", show_default=False)
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="A watchlist CSV, in place of a deployment.", show_default=False),
    ] = None,
    pack: Annotated[
        str | None, typer.Option("--pack", help="Model pack for --csv.  [default: open]", show_default=False)
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0.0,
            max=1.0,
            help="Threshold for --csv: says which pictures of different subjects are too alike.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the report and contact sheet.", show_default=False),
    ] = None,
    every: AllOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enrol every picture of a watchlist and say what became of it.

    Exit status 0: every subject is on the list; 1: some subject is not; 2: the file is invalid.
    """
    folder = lfr_home(home)
    job = _job(file, csv, pack, threshold)
    enrolment, report = _build(job, folder)
    from lfr_actors.private_file import make_private_folder, write_private
    from lfr_actors.records.contact_sheet import contact_sheet
    from lfr_actors.watchlist.report import write_report

    target = (out or folder / "reports" / f"watchlist-{enrolment.gallery.version}").resolve()
    make_private_folder(target)
    document, sheet = target / "report.json", target / "contact_sheet.html"
    retain_report(folder, document, sheet)
    write_report(report, document)
    write_private(sheet, contact_sheet(enrolment, report))
    _show(report, target, every=every, as_json=as_json)


@watchlist_app.command("remove")
def remove(
    deployment: Annotated[str, typer.Argument(help="The running deployment.")],
    subject: Annotated[str, typer.Argument(help="The subject's id, as on the list.")],
    wait_s: Annotated[
        float, typer.Option("--wait", min=0.0, help="How long to wait until it is done, seconds.")
    ] = 30.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a subject off the list of a running deployment: out of every matcher, which is rebuilt without them.

    The log says that it was asked for, by whom, and that it was done; not whom it was about. Exit status 1 when
    it was not done in time, or when nobody of this id is on the list.
    """
    from lfr_actors.cli.alerts import account
    from lfr_actors.cli.opening import opened
    from lfr_actors.events.types import WatchlistRemovalRequested
    from lfr_actors.store.rows import RUNNING
    from lfr_actors.watchlist.commitment import commitment

    with opened(lfr_home(home)) as store:
        running = [row.deployment_id for row in store.deployments() if row.state == RUNNING]
        if deployment not in running:
            known = ", ".join(running) or "none"
            raise Refused(f"deployment {deployment}", f"does not run here; running: {known}")
        asked = commitment(store.deployment_secret(deployment), subject)
        (request,) = store.append(deployment, WatchlistRemovalRequested(commitment=asked, who=account()))
        amended = _amended(store, request, asked, wait_s)
    done = amended is not None
    if as_json:
        document = {"deployment": deployment, "removed": done, "requested_seq": request.seq}
        typer.echo(json.dumps(document | ({} if amended is None else {"amended": amended.public}), indent=2))
    elif amended is not None:
        body = amended.public
        stdout.print(
            f"removed: {body['subjects']} subjects left, gallery {body['gallery_version']} (event {amended.seq})",
            highlight=False,
        )
    if not done:
        stderr.print(
            f"not done within {wait_s:g} s: nobody of this id is on the list, or the deployment does not answer; "
            f"the request stands (event {request.seq})",
            style="red",
            highlight=False,
        )
        raise typer.Exit(EXIT_FAILED)


def _amended(store: Store, request: StoredEvent, asked: str, wait_s: float) -> StoredEvent | None:
    """The event that says that it was done, waited for."""
    from lfr_actors.events.types import WatchlistAmended

    until_s = time.monotonic() + wait_s
    while True:
        for event in store.iter_events(
            after=request.seq, deployment_id=request.deployment_id, name=WatchlistAmended.NAME
        ):
            if asked in event.public["commitments"]:
                return event
        if time.monotonic() >= until_s:
            return None
        time.sleep(min(0.2, max(0.0, until_s - time.monotonic())))


def retain_report(home: Path, *files: Path) -> None:
    """Retain what a report consists of, from before its first byte; not its folder, which may hold other things.

    It shows faces and names of the list, and is erased as a list is, within a day of its making, or what the site
    allows for lists.
    """
    from lfr_actors.cli.opening import opened
    from lfr_actors.retention.policy import ClockStart, DataClass
    from lfr_actors.retention.site import read_site
    from lfr_actors.store.files import REPORT, NewFile, retain_files
    from lfr_actors.store.store import utc_now

    site = read_site(home)
    policy = site.policy()
    report = [
        NewFile(
            path=file,
            kind=REPORT,
            rule=policy.rule_of(DataClass.WATCHLIST),
            clock=ClockStart.MADE,
            lifetime=site.ceiling("watchlist"),
        )
        for file in files
    ]
    with opened(home) as store:
        retain_files(
            store, report, deployment_id=None, policy_version=policy.version, clock_started_at=utc_now()
        )


@watchlist_app.command("report")
def report_again(
    where: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of a report; without it, the newest of the data folder.", show_default=False
        ),
    ] = None,
    every: AllOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a report again. Exit status as of the build."""
    from lfr_actors.watchlist.report import latest_report, load_report

    path = latest_report(lfr_home(home) / "reports") if where is None else where
    path = path / "report.json" if path.is_dir() else path
    _show(load_report(path), path.parent, every=every, as_json=as_json)


def _job(file: Path | None, csv: Path | None, pack: str | None, threshold: float | None) -> _Job:
    """What the arguments ask for; wrong usage is a usage error."""
    if (file is None) == (csv is None):
        raise typer.BadParameter("give either a deployment FILE or --csv CSV")
    if csv is not None:
        return _Job(csv=csv, pack=pack or DEFAULT_PACK, threshold=threshold)
    if pack is not None or threshold is not None:
        raise typer.BadParameter("--pack and --threshold go with --csv; a deployment file has its own")
    if file is not None and file.suffix.lower() == ".csv":
        raise typer.BadParameter(f"{file} is a CSV, not a deployment file: use --csv {file}")
    from lfr_actors.spec import load_deployment

    deployment = load_deployment(Path(str(file)), os.environ)
    recognition = deployment.recognition
    return _Job(
        csv=deployment.watchlist.csv,
        pack=recognition.pack,
        device=recognition.device,
        threshold=recognition.threshold,
        long_side_px=recognition.detector_long_side_px,
    )


def _build(job: _Job, home: Path) -> tuple[Enrolment, dict[str, Any]]:
    # the list is read before the models are loaded: its mistakes are told at once
    from lfr_actors.watchlist.rows import read_rows, refuse_expired

    rows = read_rows(job.csv)
    refuse_expired(job.csv, rows, dt.datetime.now().astimezone().date())
    from lfr_actors.vision.packs import load_pack
    from lfr_actors.watchlist.enrol import enrol
    from lfr_actors.watchlist.report import document
    from lfr_actors.watchlist.verdicts import EnrolmentLimits

    pack = load_pack(job.pack, home=home, device=job.device, threads=1, long_side_px=job.long_side_px)
    limits = None if job.threshold is None else EnrolmentLimits.for_threshold(job.threshold)
    with _progress() as progress:
        enrolment = enrol(
            rows,
            pack.detector,
            pack.embedder,
            limits,
            progress,
            workers=os.cpu_count() or 1,
            pack=pack.info.name,
            thumbnails=True,
        )
    return enrolment, document(enrolment, csv=job.csv.resolve(), pack=pack.info.name)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("enrolling"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("enrolling", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(report: Mapping[str, Any], folder: Path, *, every: bool, as_json: bool) -> None:
    """Print a report; exit with 1 when a subject is not on the list."""
    from lfr_actors.watchlist.report import rows_table, totals_table

    missing = report["subjects_missing"]
    if as_json:
        document = {**report, "folder": str(folder)}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        table = rows_table(report, every=every)
        if table.row_count:
            stdout.print(table)
        stdout.print(totals_table(report))
        stdout.print(
            f"{report['subjects_enrolled']} of {report['subjects']} subjects on the list, "
            f"{report['templates']} templates, pack {report['pack']}, gallery {report['gallery_version']}",
            markup=False,
            highlight=False,
        )
        stdout.print(
            f"contact sheet: {folder / 'contact_sheet.html'}", markup=False, highlight=False, soft_wrap=True
        )
    if missing:
        stderr.print(
            f"not on the list, no picture of theirs could be enrolled: {', '.join(missing)}",
            style="red",
            markup=False,
            highlight=False,
        )
        raise typer.Exit(EXIT_FAILED)
