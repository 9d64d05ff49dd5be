"""`lfr events`: the log of everything that happened, and the proof that nobody altered it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress
from rich.text import Text

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.events.chain import BrokenLink, VerifiedChain
    from lfr_actors.store import Store

POLL_S = 0.5
"""How often `--follow` looks for new events."""

PROGRESS_EVERY = 1_000

events_app = typer.Typer(help="The log of events: follow it, verify it.", no_args_is_help=True)


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
    from lfr_actors.store import Store, database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        _say_no_database(folder)
        if as_json and not follow:
            typer.echo("[]")
        return
    with Store.open(folder) as store:
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


@events_app.command("verify")
def verify(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="SEQ:HASH",
            help="A head noted earlier: the log must still contain it. Without one, a log whose end was cut "
            "off or computed anew cannot be told from a shorter or another one.",
            show_default=False,
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every link of the log. Prints its head, which you may publish; fails at the first broken link."""
    from lfr_actors.events.chain import BrokenLink, Head
    from lfr_actors.store import Store, database_exists

    try:
        expected = None if head is None else Head.parse(head)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--head") from error
    folder = lfr_home(home)
    if not database_exists(folder):
        _say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)
    with Store.open(folder) as store:
        found = checked(store, expected)
    if as_json:
        typer.echo(json.dumps(verification(found), indent=2))
    elif isinstance(found, BrokenLink):
        stderr.print(f"the log was altered: {found}", markup=False, highlight=False)
    else:
        stdout.print(f"{found.events} events, every link holds", highlight=False)
        stdout.print(f"head {found.head}", highlight=False, soft_wrap=True)
    if isinstance(found, BrokenLink):
        raise typer.Exit(EXIT_FAILED)


def checked(store: Store, expected: Any) -> VerifiedChain | BrokenLink:
    """Check the whole log, with a progress bar on stderr."""
    from lfr_actors.events.chain import check

    # Noted before reading: the log may grow meanwhile, and must contain this.
    noted = store.head()
    with Progress(console=stderr, transient=True) as progress:
        task = progress.add_task("verifying", total=noted.seq)

        def counted() -> Iterator[StoredEvent]:
            for event in store.iter_events():
                if event.seq % PROGRESS_EVERY == 0:
                    progress.update(task, completed=event.seq)
                yield event

        return check(counted(), [noted] if expected is None else [noted, expected])


def verification(found: VerifiedChain | BrokenLink) -> dict[str, Any]:
    """What `lfr events verify --json` prints."""
    from lfr_actors.events.chain import BrokenLink

    if isinstance(found, BrokenLink):
        return {"verified": False, "seq": found.seq, "breach": str(found.breach), "detail": found.detail}
    return {"verified": True, "events": found.events, "head": str(found.head)}


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


def _say_no_database(folder: Path) -> None:
    stderr.print(f"no database in {folder}", markup=False, highlight=False)
