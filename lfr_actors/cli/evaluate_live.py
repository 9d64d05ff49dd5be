"""`lfr evaluate live` and `lfr evaluate commission`: what a deployment measures of itself while it runs."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.live import Live

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, say, say_aside, stdout
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.evaluation.live import LiveLog
    from lfr_actors.store import Store

LOOK_EVERY_S = 2.0
"""How often `--follow` looks again."""
DeploymentArgument = Annotated[str, typer.Argument(help="The deployment's id.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to `lfr evaluate`."""
    del app
    from lfr_actors.cli.evaluate import evaluate_app

    evaluate_app.command("live")(live)
    evaluate_app.command("commission")(commission)


def live(
    deployment: DeploymentArgument,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the deployment ends or Ctrl-C.")
    ] = False,
    home: HomeOption = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON document on stdout; with --follow, one document on each line."
        ),
    ] = False,
) -> None:
    """Show what a deployment measures of itself: rates with intervals, drift by camera, its declared bands.

    TPIR is of the passes declared with `lfr bluelist pass`; false alerts are those that people decided were false.
    Drift is the distance from what a camera saw when it was commissioned. During a run and after it.
    """
    from lfr_actors.cli.live_tables import live_document, live_tables, looked
    from lfr_actors.cli.opening import opened
    from lfr_actors.evaluation.commissioning import read_baselines
    from lfr_actors.records.live_log import read_live_log

    folder = _folder(home)
    with opened(folder) as store:
        log = read_live_log(store, deployment)
        baselines = read_baselines(folder, "" if log.started is None else log.started.location)
        looks = (looked(log, baselines, now) for now in _moments(store, log, follow=follow))
        if as_json:
            for seen in looks:
                typer.echo(json.dumps(live_document(seen), indent=None if follow else 2, ensure_ascii=False))
        elif not follow:
            stdout.print(live_tables(next(looks)))
        else:
            with Live(Group(), console=stdout, auto_refresh=False) as shown:
                for seen in looks:
                    shown.update(live_tables(seen), refresh=True)


def commission(
    deployment: DeploymentArgument,
    camera: Annotated[
        list[str] | None,
        typer.Option(
            "--camera", help="Only this camera; may be repeated.  [default: all]", show_default=False
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep what the cameras of a deployment saw, as counts, for later deployments at this place to be held against.

    Commission a camera with a deployment in which it worked as it should. Nothing about anybody is kept: scores and
    qualities, counted in bins, with pack, detector and sizes. Exit status 1 when a camera saw too little.
    """
    from lfr_actors.cli.opening import opened
    from lfr_actors.evaluation.commissioning import COMMISSIONING_FILE, save_baselines
    from lfr_actors.evaluation.live import baseline_of, too_little
    from lfr_actors.records.live_log import read_live_log
    from lfr_actors.store.store import utc_now

    folder = _folder(home)
    with opened(folder) as store:
        log = read_live_log(store, deployment)
    known = () if log.started is None else log.started.cameras
    for name in camera or ():
        if name not in known:
            reason = f"{deployment} has no camera {name}; it has {', '.join(known)}"
            raise typer.BadParameter(reason, param_hint="--camera")
    asked = tuple(dict.fromkeys(camera or known))
    refused = {name: why for name in asked if (why := too_little(log, name)) is not None}
    taken = {name: baseline_of(log, name, measured_at=utc_now()) for name in asked if name not in refused}
    if taken:
        save_baselines(folder, taken)
    if as_json:
        document = {
            "deployment": deployment,
            "location": None if log.started is None else log.started.location,
            "file": str(folder / COMMISSIONING_FILE),
            "commissioned": [
                {
                    "camera": name,
                    "subjects": each.subjects,
                    "faces": each.faces,
                    "faces_searched": each.faces_searched,
                }
                for name, each in taken.items()
            ],
            "refused": [{"camera": name, "reason": why} for name, why in refused.items()],
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    for name, each in taken.items() if not as_json else ():
        say(
            f"commissioned: camera {name} at {each.location}, {each.faces:,} faces seen (tracks), "
            f"{each.faces_searched:,} of them searched, against a list of {each.subjects:,}"
        )
    for name, why in refused.items():
        words = f"not commissioned: camera {name} {why}"
        say_aside(words, style="yellow")
    if refused:
        raise typer.Exit(EXIT_FAILED)


def _moments(store: Store, log: LiveLog, *, follow: bool) -> Iterator[dt.datetime]:
    """The times at which to look, with the log read up to them: once, or until the deployment has ended."""
    from lfr_actors.evaluation.live import folded
    from lfr_actors.store.rows import RUNNING
    from lfr_actors.store.store import utc_now

    name = log.started.deployment if log.started is not None else ""
    while True:
        running = store.deployment(name).state == RUNNING  # before the log is read, so that its end is in it
        folded(store.iter_events(after=log.seq, deployment_id=name), log)
        yield utc_now()
        if not (follow and running):
            return
        try:
            time.sleep(LOOK_EVERY_S)
        except KeyboardInterrupt:
            return


def _folder(home: Path | None) -> Path:
    from lfr_actors.cli.opening import say_no_database
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)
    return folder
