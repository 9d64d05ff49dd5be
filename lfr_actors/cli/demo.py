"""`lfr demo`: the whole product on a composed film, offline, on the open pack."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import shutil
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home
from lfr_actors.private_file import write_private

if TYPE_CHECKING:
    from lfr_actors.actors.outcome import Outcome
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.store.rows import AlertRow
    from lfr_actors.store.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("demo")
    def demo_command(
        seconds: Annotated[
            float | None, typer.Option(help="Length of the film; 12 to 120.", min=12, max=120)
        ] = None,
        compose_only: Annotated[
            Path | None, typer.Option(help="Only write film, list and deployment file into this folder.")
        ] = None,
        no_console: Annotated[
            bool, typer.Option("--no-console", help="Without the operators' console.")
        ] = False,
        webhook: Annotated[
            str | None,
            typer.Option(help="Tell this address of the alerts, signed with LFR_WEBHOOK_SECRET (whsec_…)."),
        ] = None,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Play a composed crowd past a camera and show who on the watchlist walked by. Needs no network.

        Meanwhile, and on a terminal until Enter afterwards, its alerts can be decided in the console.
        """
        from lfr_actors.cli.demo_console import stay

        data = lfr_home(home)
        name = f"demo-{dt.datetime.now():%Y%m%d-%H%M%S}"  # noqa: DTZ005 - a name for people, in their time
        folder = compose_only or data / "demo" / name
        note = _compose(folder, data, seconds, show=not as_json)
        if compose_only is not None:
            _show_composed(folder, name, as_json=as_json)
            return
        deployment = _deployment(folder, name, console=not no_console, webhook=webhook)
        outcome, alerts = _run(deployment, folder, data, live=not as_json)
        if as_json:
            stdout.print_json(json.dumps(_document(outcome, folder, alerts)))
        else:
            _show(outcome, folder, alerts, note)
            if deployment.console is not None:
                stay(data, deployment.console)
        if outcome.failed_cameras:
            raise typer.Exit(EXIT_FAILED)


def _show_composed(folder: Path, name: str, *, as_json: bool) -> None:
    """Where the film is, and how to run it."""
    file, environment = folder / "deployment.yaml", {"LFR_DEMO": ".", "LFR_DEMO_ID": name}
    if as_json:
        composed = {"folder": str(folder), "deployment_file": str(file), "environment": environment}
        stdout.print_json(json.dumps(composed))
        return
    variables = " ".join(f"{key}={value}" for key, value in environment.items())
    stdout.print(f"film, list and deployment file are in [bold]{escape(str(folder))}[/]; run it with")
    stdout.print(f"  {variables} lfr run {escape(str(file))}", highlight=False, soft_wrap=True)


def _compose(folder: Path, home: Path, seconds: float | None, *, show: bool) -> str | None:
    """Film, truth, list and deployment file; returns what must be said about them."""
    from lfr_actors.evaluation.scenes.compose import compose_scene, require_free
    from lfr_actors.evaluation.scenes.demo_cast import DEMO_SCENE, demo_cast
    from lfr_actors.machine import usable_cores
    from lfr_actors.vision.packs import load_pack, prepare_pack

    require_free(folder, overwrite=False)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not show) as progress:
        first = progress.add_task("compiling the open model pack, once", total=None)
        prepare_pack("open", home=home)
        threads = max(1, int(usable_cores()))
        detector = load_pack("open", home=home, device="cpu", threads=threads, parts="detector").detector
        progress.remove_task(first)
        film = progress.add_task("composing the film", total=1.0)
        settings = DEMO_SCENE if seconds is None else dataclasses.replace(DEMO_SCENE, seconds=seconds)
        cast = demo_cast(folder / "people", detector)
        try:
            scene = compose_scene(
                cast, settings, folder, detector, lambda share: progress.update(film, completed=share)
            )
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--seconds") from error
    shutil.copyfile(str(files("lfr_actors.cli") / "demo.yaml"), folder / "deployment.yaml")
    return scene.note


def _deployment(folder: Path, name: str, *, console: bool, webhook: str | None) -> Deployment:
    """The deployment of the file, with console and webhook as asked."""
    from lfr_actors.cli.demo_console import served
    from lfr_actors.spec.deployment import load_deployment

    environment = {**os.environ, "LFR_DEMO": ".", "LFR_DEMO_ID": name}
    deployment = load_deployment(folder / "deployment.yaml", environment)
    return served(deployment, console=console, webhook=webhook)


def _run(deployment: Deployment, folder: Path, home: Path, *, live: bool) -> tuple[Outcome, list[AlertRow]]:
    """Run the deployment, then make the page of alerts."""
    from lfr_actors.cli.demo_console import make_account
    from lfr_actors.cli.opening import opened
    from lfr_actors.cli.run import run_deployment
    from lfr_actors.store.store import Store

    name = deployment.deployment
    if deployment.console is not None:
        with opened(home) as store:
            make_account(store)
    outcome = run_deployment(
        deployment,
        home,
        annotate=folder / "annotated",
        live=live,
        title="lfr demo",
        film_s=_film_s(folder),
    )
    with Store.open(home) as store:
        alerts = store.alerts(name)
        _write_page(store, alerts, folder, name)
    return outcome, alerts


def _write_page(store: Store, alerts: list[AlertRow], folder: Path, name: str) -> None:
    from lfr_actors.cli.alerts import account
    from lfr_actors.events.types import AccessViewed
    from lfr_actors.records.alerts_page import alerts_page
    from lfr_actors.retention.policy import DataClass
    from lfr_actors.store.files import PAGE, NewFile, retain_files

    shown = [alert for alert in alerts if alert.erased_at is None]
    pictures = {
        alert.alert_id: {
            kind: store.picture(alert.alert_id, kind) for kind in store.picture_kinds(alert.alert_id)
        }
        for alert in shown
    }
    who = account()
    for alert in shown:
        store.append(name, AccessViewed(what=f"alert:{alert.alert_id}", who=who, why="page of the demo"))
    page = folder / "alerts.html"
    policy = store.policy_of(name)
    rule = policy.rule_of(DataClass.ALERT)
    # from before its first byte: the page shows what is sealed elsewhere, and goes with it
    file = NewFile(path=page, kind=PAGE, rule=rule, clock=rule.clock)
    retain_files(store, [file], deployment_id=name, policy_version=policy.version)
    write_private(page, alerts_page(name, shown, pictures))


def _film_s(folder: Path) -> float:
    """The length of the film, from the last pass of its truth."""
    rows = json.loads((folder / "truth.json").read_text())
    return max((row["leave_s"] or 0.0) for row in rows)


def _document(outcome: Outcome, folder: Path, alerts: list[AlertRow]) -> dict[str, object]:
    from lfr_actors.cli.run import outcome_document

    return {
        **outcome_document(outcome),
        "folder": str(folder),
        "alerts_raised": [
            {"subject_id": alert.subject_id, "media_time_s": alert.media_time_s, "score": alert.score}
            for alert in alerts
        ],
        "passes_of_targets": _passes_of_targets(folder),
    }


def _passes_of_targets(folder: Path) -> list[dict[str, object]]:
    rows = json.loads((folder / "truth.json").read_text())
    return [row for row in rows if row["target"]]


def _show(outcome: Outcome, folder: Path, alerts: list[AlertRow], note: str | None) -> None:
    """Who of the list walked by, whether an alert was raised, and where to look."""
    from lfr_actors.cli.run import show_outcome

    show_outcome(outcome)
    table = Table(title="people on the list who walked by", title_justify="left")
    for column in ("subject", "in the picture", "alert", "score"):
        table.add_column(column)
    matched: set[str] = set()
    for row in _passes_of_targets(folder):
        own = [
            alert
            for alert in alerts
            if alert.subject_id == row["subject_id"]
            and float(str(row["enter_s"])) <= alert.media_time_s <= float(str(row["leave_s"]))
        ]
        matched |= {alert.alert_id for alert in own}
        table.add_row(
            str(row["subject_id"]),
            f"{row['enter_s']} s to {row['leave_s']} s",
            ", ".join(f"at {alert.media_time_s:.1f} s" for alert in own) or "[red]none[/]",
            ", ".join(f"{alert.score:.3f}" for alert in own) or "–",
        )
    stdout.print(table)
    false = [alert for alert in alerts if alert.alert_id not in matched]
    stdout.print(f"  alerts for nobody who walked by: {len(false)}")
    if note:
        stdout.print(f"  [dim]{escape(note)}[/]")
    stdout.print("  the open pack is for demonstration, drills and development, not for live deployments")
    for what, path in (("alerts", folder / "alerts.html"), ("film", folder / "annotated")):
        stdout.print(f"  {what:7}{escape(str(path))}", soft_wrap=True, highlight=False)
