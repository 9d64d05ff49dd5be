"""`lfr stop DEPLOYMENT`: cameras off now, from another terminal than the one that runs it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.events.log import StoredEvent
    from lfr_actors.store import Store

WAIT_S: Final = 90.0
"""A camera that does not drain is killed after half of this."""
LOOK_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """How a stop went, in seconds since it was requested; None for what has not happened yet."""

    cameras_off_s: float | None
    stopped_s: float | None
    state: str


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("stop")
    def stop_command(
        deployment: Annotated[str, typer.Argument(help="The id of a deployment that runs.")],
        why: Annotated[str, typer.Option(help="The reason; it is kept in the log.")],
        home: HomeOption = None,
        as_json: JsonOption = False,
        wait: Annotated[bool, typer.Option(help="Wait until it has stopped.")] = True,
    ) -> None:
        """Stop a deployment: cameras first, then the alerts in hand, then everything else.

        Whoever runs it hears of it through the log, on this machine or another with the same database.
        Exit status 1 when it has not stopped within a minute and a half.
        """
        from lfr_actors.cli.alerts import account
        from lfr_actors.cli.opening import opened
        from lfr_actors.store.stop_request import request_stop

        with opened(lfr_home(home)) as store:
            event = request_stop(store, deployment, who=account(), why=why)
            stopped = _await_stop(store, event, wait_s=WAIT_S if wait else 0.0, show=not as_json)
        if as_json:
            stdout.print_json(json.dumps(_document(deployment, event, stopped)))
        else:
            _say(deployment, stopped)
        if wait and stopped.stopped_s is None:
            raise typer.Exit(EXIT_FAILED)


def _await_stop(store: Store, asked: StoredEvent, *, wait_s: float, show: bool) -> Stopped:
    """Look until the deployment has stopped, for so long at most."""
    from lfr_actors.store.rows import RUNNING

    until_s = time.monotonic() + wait_s
    with stderr.status("stopping", spinner="dots") if show else contextlib.nullcontext():
        while True:
            row = store.deployment(asked.deployment_id)
            if row.state != RUNNING or time.monotonic() >= until_s:
                break
            time.sleep(LOOK_EVERY_S)
    written = list(store.iter_events(after=asked.seq, deployment_id=asked.deployment_id))
    return Stopped(
        cameras_off_s=_last_s(written, asked, ("camera.ended", "camera.failed")),
        stopped_s=None if row.ended_at is None else _since_s(asked, row.ended_at),
        state=row.state,
    )


def _last_s(written: list[StoredEvent], asked: StoredEvent, names: tuple[str, ...]) -> float | None:
    """When the last event of these names was written, since the request."""
    from lfr_actors.events.codec import utc_time

    moments = [utc_time(event.written_at) for event in written if event.name in names]
    return _since_s(asked, max(moments)) if moments else None


def _since_s(asked: StoredEvent, moment: dt.datetime) -> float:
    from lfr_actors.events.codec import utc_time

    return round((moment - utc_time(asked.written_at)).total_seconds(), 3)


def _document(deployment: str, asked: StoredEvent, stopped: Stopped) -> dict[str, object]:
    return {
        "deployment": deployment,
        "requested_at": asked.written_at,
        "seq": asked.seq,
        "state": stopped.state,
        "cameras_off_s": stopped.cameras_off_s,
        "stopped_s": stopped.stopped_s,
    }


def _say(deployment: str, stopped: Stopped) -> None:
    name = f"[bold]{escape(deployment)}[/]"
    if stopped.cameras_off_s is not None:
        stdout.print(f"{name}: cameras off after {stopped.cameras_off_s:.1f} s", highlight=False)
    if stopped.stopped_s is not None:
        stdout.print(f"{name} {stopped.state} after {stopped.stopped_s:.1f} s", highlight=False)
    else:
        stdout.print(f"{name} was asked to stop, and has not stopped yet", highlight=False)
