"""`lfr bluelist`: declare the passes of volunteers, and see how many the deployment recognised."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.evaluation.blue_list import BlueListFigures, BlueListReport, Sighting
    from lfr_actors.events.deployments import DeploymentStarted
    from lfr_actors.store import Store

bluelist_app = typer.Typer(
    help="Volunteers on a list whose passes are measured, and never become an alert.", no_args_is_help=True
)
DeploymentArgument = Annotated[str, typer.Argument(help="The deployment's id.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(bluelist_app, name="bluelist")


@bluelist_app.command("pass")
def declare_pass(
    deployment: DeploymentArgument,
    subject: Annotated[str, typer.Argument(help="The volunteer's id, as on the list.", show_default=False)],
    camera: Annotated[
        str, typer.Option("--camera", help="The camera whose view was crossed.", show_default=False)
    ],
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="ISO", help="When, with its zone.  [default: now]", show_default=False),
    ] = None,
    who: Annotated[
        str | None,
        typer.Option(
            "--who",
            help="Who declares it: an account or a number, for the log keeps it.  [default: your account]",
            show_default=False,
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare that a volunteer crossed the view of a camera.

    The log says that somebody of the blue list did, where and when; not who. Exit status 1 for somebody who is not
    on the blue list, 2 for a camera that the deployment does not have.
    """
    from lfr_actors.cli.alerts import account
    from lfr_actors.cli.moments import moment_of, shown
    from lfr_actors.cli.opening import opened
    from lfr_actors.evaluation.blue_list import Sighting
    from lfr_actors.events.marks import BlueListPassed
    from lfr_actors.store.store import utc_now

    now = utc_now()
    moment = now if at is None else moment_of(at, "--at")
    if moment > now:
        raise typer.BadParameter(f"{at} is yet to come; declare a pass when it is made", param_hint="--at")
    if who is not None and not who.strip():
        raise typer.BadParameter("says nothing; write an account, or leave it out", param_hint="--who")
    with opened(_folder(home)) as store:
        _require_running(store, deployment, camera, moment)
        commitment = _volunteer(store, deployment, subject)
        made = Sighting(commitment=commitment, camera=camera, at=moment)
        before = _passes(store, deployment)
        _require_new(made, before)
        body = BlueListPassed(commitment=commitment, camera=camera, at=moment, who=who or account())
        (event,) = store.append(deployment, body)
        cooldown_s = _started(store, deployment).cooldown_s
    _warn_of_cooldown(made, before, cooldown_s)
    if as_json:
        typer.echo(json.dumps({"deployment": deployment, "event_seq": event.seq, **event.public}, indent=2))
    else:
        stdout.print(
            f"declared: a pass on camera {camera} at {shown(moment)} (event {event.seq})",
            markup=False,
            highlight=False,
        )


@bluelist_app.command("report")
def report(deployment: DeploymentArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """How many of the declared passes the deployment recognised (TPIR), with an exact 95 % interval."""
    from lfr_actors.cli.opening import opened
    from lfr_actors.evaluation.live import folded
    from lfr_actors.evaluation.live_figures import blue_list

    with opened(_folder(home)) as store:
        started = _started(store, deployment)
        log = folded(store.iter_events(deployment_id=deployment))
    seeded, figures = len(log.volunteers), blue_list(log)
    if as_json:
        typer.echo(json.dumps(_document(started, seeded, figures), indent=2, ensure_ascii=False))
    else:
        _show(started, seeded, figures)


def _folder(home: Path | None) -> Path:
    from lfr_actors.cli.opening import say_no_database
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)
    return folder


def _started(store: Store, deployment: str) -> DeploymentStarted:
    """What the deployment said at its last start. Raises `StoreError` for one that never began."""
    from lfr_actors.errors import StoreError
    from lfr_actors.events.deployments import DeploymentStarted

    store.deployment(deployment)
    bodies = [
        event.body for event in store.iter_events(deployment_id=deployment, name=DeploymentStarted.NAME)
    ]
    started = [body for body in bodies if isinstance(body, DeploymentStarted)]
    if not started:
        raise StoreError(store.name, f"deployment {deployment} began under a version not known here")
    return started[-1]


def _require_running(store: Store, deployment: str, camera: str, moment: dt.datetime) -> None:
    """Refuse a camera that the deployment does not have, and a time at which it did not run."""
    from lfr_actors.cli.moments import shown
    from lfr_actors.events.codec import utc_time
    from lfr_actors.events.deployments import DeploymentStarted

    cameras = _started(store, deployment).cameras
    if camera not in cameras:
        reason = f"{deployment} has no camera {camera}; it has {', '.join(cameras)}"
        raise typer.BadParameter(reason, param_hint="--camera")
    (first,) = store.events(deployment_id=deployment, name=DeploymentStarted.NAME, limit=1)
    began = utc_time(first.written_at)
    if moment < began:
        reason = f"{deployment} began only at {shown(began)}; a pass before that could not be recognised"
        raise typer.BadParameter(reason, param_hint="--at")
    ended = store.deployment(deployment).ended_at
    if ended is not None and moment > ended:
        reason = f"{deployment} ended at {shown(ended)}; a pass after that could not be recognised"
        raise typer.BadParameter(reason, param_hint="--at")


def _volunteer(store: Store, deployment: str, subject: str) -> str:
    """The commitment of somebody on the blue list. Raises `WatchlistError` for anybody else."""
    from lfr_actors.errors import WatchlistError
    from lfr_actors.watchlist.commitment import commitment
    from lfr_actors.watchlist.version import BLUE_LIST

    blue = _seeded(store, deployment)
    if not blue:
        reason = f"has nobody on its blue list; give volunteers the category {BLUE_LIST} before it is built"
        raise WatchlistError(f"of {deployment}", reason)
    own = commitment(store.known_secret(deployment), subject)
    if own not in blue:
        count = f"{len(blue)} volunteer{'s' if len(blue) != 1 else ''}"
        reason = f"has {count} on its blue list, and {subject} is not one of them; nothing was declared"
        raise WatchlistError(f"of {deployment}", reason)
    return own


def _seeded(store: Store, deployment: str) -> set[str]:
    """Everybody who was on the blue list of a deployment, also in earlier versions of its list."""
    from lfr_actors.events.marks import BlueListSeeded

    return {
        commitment
        for event in store.iter_events(deployment_id=deployment, name=BlueListSeeded.NAME)
        if isinstance(body := event.body, BlueListSeeded)
        for commitment in body.commitments
    }


def _passes(store: Store, deployment: str) -> list[Sighting]:
    from lfr_actors.evaluation.blue_list import Sighting
    from lfr_actors.events.marks import BlueListPassed

    return [
        Sighting(commitment=body.commitment, camera=body.camera, at=body.at)
        for event in store.iter_events(deployment_id=deployment, name=BlueListPassed.NAME)
        if isinstance(body := event.body, BlueListPassed)
    ]


def _require_new(made: Sighting, before: list[Sighting]) -> None:
    """One pass must not count twice because a command was given twice."""
    from lfr_actors.errors import Refused

    if made in before:
        raise Refused("this pass", "of this volunteer, on this camera at this time is declared already")


def _warn_of_cooldown(made: Sighting, before: list[Sighting], cooldown_s: float) -> None:
    same = (each for each in before if (each.commitment, each.camera) == (made.commitment, made.camera))
    if any(abs((made.at - each.at).total_seconds()) < cooldown_s for each in same):
        stderr.print(
            f"another pass of this volunteer on this camera is within the cooldown of {cooldown_s:g} s: once one "
            f"of them is recognised, the other cannot be, and then does not count",
            style="yellow",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def _document(started: DeploymentStarted, seeded: int, report: BlueListReport) -> dict[str, Any]:
    """The report for scripts; a TPIR of null is insufficient data."""
    from lfr_actors.evaluation.blue_list import WITHIN_S

    return {
        "deployment": started.deployment,
        "threshold": started.threshold,
        "cooldown_s": started.cooldown_s,
        "within_s": WITHIN_S,
        "blue_list": seeded,
        **_figures(report.total),
        "cameras": [{"camera": camera, **_figures(each)} for camera, each in report.cameras.items()],
    }


def _figures(figures: BlueListFigures) -> dict[str, Any]:
    return {
        "volunteers": figures.volunteers,
        "passes": figures.passes,
        "recognised": figures.recognised,
        "missed": figures.missed,
        "in_cooldown": figures.in_cooldown,
        "undeclared": figures.undeclared,
        "tpir": None if figures.tpir is None else figures.tpir.to_json(),
    }


def _show(started: DeploymentStarted, seeded: int, report: BlueListReport) -> None:
    from lfr_actors.evaluation.intervals import rate_words

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("camera")
    for heading in ("passes", "recognised", "missed", "in cooldown", "undeclared"):
        table.add_column(heading, justify="right")
    table.add_column("TPIR")
    total = report.total
    rows = [*report.cameras.items(), *([("all", total)] if len(report.cameras) != 1 else [])]
    for name, each in rows:
        counts = (each.passes, each.recognised, each.missed, each.in_cooldown, each.undeclared)
        table.add_row(Text(name), *map(str, counts), rate_words(each.tpir))
    stdout.print(table)
    _say(
        f"{total.volunteers} of {seeded} volunteers passed; the deployment's threshold is {started.threshold:g}. "
        f"The interval takes passes to be independent of each other."
    )
    if total.in_cooldown:
        _say(
            f"in cooldown: not counted, since within {started.cooldown_s:g} s after a recognition a second one is "
            f"never raised"
        )
    if total.undeclared:
        _say("undeclared: recognitions of volunteers without a pass that was declared; in no rate")


def _say(text: str) -> None:
    stdout.print(text, markup=False, highlight=False, soft_wrap=True)
