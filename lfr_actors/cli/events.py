"""`lfr events`: the log of everything that happened; its proof is in `verification` and `checkpoints`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from lfr_actors.cli.app import HomeOption, stdout
from lfr_actors.cli.checkpoints import checkpoint
from lfr_actors.cli.events_export import export
from lfr_actors.cli.opening import say_no_database
from lfr_actors.cli.verification import verify
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.store import Store

POLL_S = 0.5
"""How often `--follow` looks for new events."""

events_app = typer.Typer(help="The log of events: follow it, verify it, sign its head.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(events_app, name="events")


@events_app.command("tail")
def tail(
    deployment: Annotated[str | None, typer.Option(help="Only events of this deployment.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new events until Ctrl-C.")
    ] = False,
    after: Annotated[
        int | None, typer.Option(min=0, help="Begin after this event's number.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many of the events there are.")] = 20,
    home: HomeOption = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON document on stdout; with --follow, one document on each line."
        ),
    ] = False,
) -> None:
    """Show the newest events, or those after a number."""
    from lfr_actors.cli.opening import opened
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        if as_json and not follow:
            typer.echo("[]")
        return
    with opened(folder) as store:
        if after is None:
            found = store.last_events(limit, deployment_id=deployment)
        else:
            found = store.events(after=after, deployment_id=deployment, limit=limit)
        if as_json and not follow:
            typer.echo(json.dumps([event.to_json() for event in found], indent=2))
            return
        if not found and not follow:
            stdout.print("no events")
        for event in found:
            _print_event(event, as_json)
        if follow:
            start = found[-1].seq if found else (after or 0)
            for event in following(store, start, deployment, _wait):
                _print_event(event, as_json)


events_app.command("verify")(verify)
events_app.command("checkpoint")(checkpoint)
events_app.command("export")(export)


def following(
    store: Store, after: int, deployment: str | None, wait: Callable[[], bool]
) -> Iterator[StoredEvent]:
    """New events as they are written; `wait` is called when there are none, and ends it with False."""
    while True:
        for event in store.iter_events(after=after, deployment_id=deployment):
            yield event
            after = event.seq
        if not wait():
            return


def event_line(event: StoredEvent) -> Text:
    """An event for people: number, local time, deployment, name, and its plain facts."""
    line = Text(f"{event.seq:>6}  ")
    line.append(event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"), style="dim")
    line.append(f"  {_plain(event.deployment_id)}  ")
    line.append(_plain(event.name), style="bold")
    line.append("  " + " ".join(f"{_plain(key)}={_plain(value)}" for key, value in _facts(event.public)))
    return line


def _facts(public: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What fits on a line: single values, also those one level down; no lists."""
    for key, value in public.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", part) for inner, part in _facts(value))
        elif value is not None and not isinstance(value, list):
            yield key, value


def _plain(value: Any) -> str:
    """A value as one printable word or quoted text: an event must not be able to steer a terminal."""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    if len(text) == 64 and text.isalnum():  # a checksum
        return text[:12] + "…"
    return text if text.isprintable() and " " not in text and text else json.dumps(text)


def _print_event(event: StoredEvent, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(event.to_json()))
    else:
        stdout.print(event_line(event), soft_wrap=True)


def _wait() -> bool:
    try:
        time.sleep(POLL_S)
    except KeyboardInterrupt:
        return False
    return True
