"""`lfr run FILE`: a deployment on this machine, or inside a Ray job, until its sources or its window end."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.actors.list_on_pack import ListOnPack
    from lfr_actors.actors.outcome import Outcome
    from lfr_actors.actors.supervisor import Supervisor
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.store.store import Store
    from lfr_actors.watchlist.policy import ListPolicy


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("run")
    def run_command(
        file: Annotated[Path, typer.Argument(help="The deployment file (YAML).")],
        home: HomeOption = None,
        as_json: JsonOption = False,
        annotate: Annotated[
            Path | None,
            typer.Option(
                help="Folder for films in which everybody but alerts is blurred (file sources only)."
            ),
        ] = None,
        quiet: Annotated[bool, typer.Option("--quiet", help="No live table.")] = False,
    ) -> None:
        """Run a deployment here until its window or its file sources end.

        Ctrl-C and SIGTERM stop it in order: cameras first, then the alerts in hand, then everything else.
        Exit status 1 when a camera failed, or something due could not be erased.
        """
        from lfr_actors.spec.deployment import load_deployment

        deployment = load_deployment(file, os.environ)
        outcome = run_deployment(
            deployment, lfr_home(home), annotate=annotate, live=not (quiet or as_json), title=file.name
        )
        if as_json:
            stdout.print_json(json.dumps(outcome_document(outcome)))
        else:
            show_outcome(outcome)
        if outcome.failed_cameras or outcome.overdue:
            raise typer.Exit(EXIT_FAILED)


def run_deployment(
    deployment: Deployment,
    home: Path,
    *,
    annotate: Path | None,
    live: bool,
    title: str,
    film_s: float | None = None,
) -> Outcome:
    """Enrol the list, run the deployment on Ray and show what it does; SIGINT and SIGTERM stop it in order.

    Raises `Refused`, before anything else is done, outside the window, for a deployment that was closed, that
    would keep something longer than the site allows, whose list a rule of the site refuses, or while something
    overdue cannot be erased; and when films are to be annotated of a camera that is not a film, or over those of
    another run, and for a webhook that would tell more than the site allows. `NotReady` when the console cannot
    be served as the file says, `SecretRefused` for a webhook without its secret.
    """
    from lfr_actors.actors.opening import check_window
    from lfr_actors.actors.supervisor import Supervisor
    from lfr_actors.console.serving import address_of, check_servable
    from lfr_actors.delivery.endpoint import endpoints_of
    from lfr_actors.errors import Refused
    from lfr_actors.retention.policy import policy_for
    from lfr_actors.spec.site import read_site

    check_window(deployment)
    site = read_site(home)
    policy = policy_for(deployment.retention, site.retention)
    endpoints = endpoints_of(deployment.webhooks, site.webhooks)
    if annotate is not None:
        if deployment.is_live:
            raise Refused("--annotate", "only films may be written out again, never a live camera")
        for film in (annotate / f"{camera.id}.mp4" for camera in deployment.cameras):
            if film.exists():  # erased at the time of whichever run it is of
                raise Refused("--annotate", f"{film} is there already: name another folder")
        annotate.mkdir(parents=True, exist_ok=True, mode=0o700)
    if deployment.console is not None:
        check_servable(deployment.console, dt.datetime.now(dt.UTC))

    # Ray takes seconds to import, and a refusal need not wait for it
    from lfr_actors.actors.cluster import RayCluster, start_ray, stop_ray
    from lfr_actors.cli.alerts import account
    from lfr_actors.cli.console import say_where
    from lfr_actors.cli.live import LiveTable
    from lfr_actors.cli.opening import opened
    from lfr_actors.observability import configure_logging

    configure_logging(level="warning" if live else "info")
    for notice in deployment.notices():
        stderr.print(f"[yellow]note[/] {escape(notice)}", highlight=False)
    # Ray says on stdout what it has to say, and stdout is for the answer alone
    with contextlib.redirect_stdout(sys.stderr), opened(home) as store:
        store.require_open(deployment.deployment)
        served = None
        if deployment.console is not None:
            served = address_of(deployment.console)
            say_where(store, deployment.console)
        table = LiveTable(title, show=live, film_s=film_s, console=served)
        supervisor = Supervisor(
            deployment,
            _build_list(deployment, home, store, site.watchlist, show=live),  # held by nobody else
            who=account(),
            home=home,
            store=store,
            cluster=RayCluster(),
            policy=policy,
            lists=site.watchlist,
            annotate=annotate,
            endpoints=endpoints,
            on_status=table.update,
        )
        try:
            start_ray(show_actor_logs=not live)
            with table:
                return asyncio.run(_run_with_signals(supervisor))
        finally:
            stop_ray()


def _build_list(
    deployment: Deployment,
    home: Path,
    store: Store,
    policy: ListPolicy,
    *,
    show: bool,
) -> ListOnPack:
    """The list on the deployment's pack, with what is to be known of it said."""
    from lfr_actors.actors.list_on_pack import build_list_on_pack
    from lfr_actors.cli.live import enrolment_progress

    with enrolment_progress(show=show) as progress:
        now = dt.datetime.now().astimezone()
        on_pack = build_list_on_pack(deployment, home, store, policy, now, progress)
    _warn_of_list(on_pack)
    return on_pack


def _warn_of_list(on_pack: ListOnPack) -> None:
    """Say what is odd about the list, and how many of it will not be found; not who."""
    said = list(on_pack.warnings)
    if on_pack.missing_subjects:
        of = on_pack.missing_subjects + len(on_pack.version.subjects)
        said.append(
            f"{on_pack.missing_subjects} of {of} subjects cannot be found: no picture of theirs could be "
            "enrolled; `lfr watchlist build` says why"
        )
    for words in said:
        stderr.print(f"[yellow]warning[/] {escape(words)}", highlight=False, soft_wrap=True)


async def _run_with_signals(supervisor: Supervisor) -> Outcome:
    """Run with SIGINT and SIGTERM handled here: Ray installs its own at `ray.init`, which came before."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.request_stop, signal.Signals(number).name)
    try:
        return await supervisor.run()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """The outcome as the JSON document of `lfr run --json`."""
    totals = dataclasses.asdict(outcome.totals)
    capturing_s = max((camera.elapsed_s for camera in outcome.cameras), default=0.0)
    return {
        "deployment": outcome.deployment_id,
        "state": "closed" if outcome.closed else "stopped",
        "reason": outcome.reason,
        **totals,
        "longest_life_s": {kind: round(age_s, 3) for kind, age_s in outcome.longest_life_s.items()},
        "erased": outcome.erased,
        "overdue": [
            {"object_id": item.object_id, "class": str(item.data_class), "reason": item.reason}
            for item in outcome.overdue
        ],
        "next_due_at": None if outcome.next_due_at is None else outcome.next_due_at.isoformat(),
        "out_of_band": outcome.out_of_band,
        "frames_per_s": round(outcome.totals.frames / capturing_s, 2) if outcome.totals.frames else None,
        "cameras": [
            {
                "camera": camera.camera_id,
                "state": camera.state,
                "reason": camera.reason,
                "failed": camera.failed,
                "frames": camera.frames,
                "elapsed_s": camera.elapsed_s,
                "dropped": camera.dropped,
                "faces_seen": camera.faces,
                "searches": camera.searches,
                "unsearched": camera.unsearched,
                "incomplete": camera.incomplete,
                "alerts": camera.alerts,
            }
            for camera in outcome.cameras
        ],
    }


def show_outcome(outcome: Outcome) -> None:
    """The outcome for people."""
    totals = outcome.totals
    state = "closed" if outcome.closed else "stopped; the same file runs it again"
    stdout.print(f"[bold]{escape(outcome.deployment_id)}[/] {state} ({escape(outcome.reason)})")
    stdout.print(
        f"  alerts {totals.alerts} · faces seen {totals.faces_seen} (tracks) · searches {totals.searches} · "
        f"frames {totals.frames} in {totals.elapsed_s:.1f} s, {totals.dropped} dropped"
    )
    stdout.print(
        f"  latency from capture to decision: {_latency(totals.latency_p50_ms, totals.latency_p99_ms)}"
    )
    _show_forgotten(outcome)
    for camera in outcome.cameras:
        if camera.failed:
            stdout.print(f"  [red]camera {escape(camera.camera_id)} failed[/]: {escape(camera.reason or '')}")
        elif camera.reason is not None:
            stdout.print(
                f"  [yellow]camera {escape(camera.camera_id)} gave no frames at the end[/]: "
                f"{escape(camera.reason)}"
            )
    incomplete = sum(camera.incomplete for camera in outcome.cameras)
    if incomplete:
        stdout.print(
            f"  [bold red]{incomplete} searches of part of the list only[/]: lfr events tail says when"
        )
    for words in outcome.out_of_band:
        stdout.print(f"  [bold red]outside its band[/] {escape(words)}", highlight=False, soft_wrap=True)
    if totals.alerts:
        stdout.print("  [dim]lfr alerts list[/] shows the alerts")


def _show_forgotten(outcome: Outcome) -> None:
    """What is gone, what is still to go, and when."""
    from lfr_actors.lifetimes import NON_MATCH_LIFETIME_S

    longest = outcome.longest_life_s
    if longest:
        ages = " · ".join(f"{kind} {age_s:.2f} s" for kind, age_s in sorted(longest.items()))
        stdout.print(f"  longest life of anything biometric without an alert: {ages}")
        if max(longest.values()) > NON_MATCH_LIFETIME_S:
            stdout.print(
                f"  [bold red]longer than the {NON_MATCH_LIFETIME_S:g} s promised[/]: this machine was too busy; "
                "give it fewer cameras"
            )
    erased = f"  erased {outcome.erased} object{'s' * (outcome.erased != 1)}"
    if outcome.next_due_at is not None:
        due = outcome.next_due_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        erased += f"; the next is due at {due}: [dim]lfr purge[/] erases it, lfr retention serve on time"
    stdout.print(erased, highlight=False)
    for item in outcome.overdue:
        stdout.print(f"  [bold red]not erased[/] {escape(item.object_id)}: {escape(item.reason)}")


def _latency(p50_ms: float | None, p99_ms: float | None) -> str:
    if p50_ms is None or p99_ms is None:
        return "insufficient data"
    return f"p50 {p50_ms:.0f} ms · p99 {p99_ms:.0f} ms"
