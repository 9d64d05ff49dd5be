"""`lfr console`: the operators' console without cameras, as after a deployment, or beside one on another port."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape

from lfr_actors.cli.app import HomeOption, stderr
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.spec.console import Console
    from lfr_actors.store import Store

USUAL_PORT: Final = 8440


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("console")
    def console_command(
        file: Annotated[
            Path | None, typer.Argument(help="A deployment file; its part `console` says how it is served.")
        ] = None,
        home: HomeOption = None,
        port: Annotated[
            int | None, typer.Option(help="Another port than the file's.", min=1, max=65_535)
        ] = None,
    ) -> None:
        """Serve the console: every deployment of the data folder, its alerts and its log. Until Ctrl-C.

        `lfr run` serves it by itself while a deployment runs, where its file has a part `console`.
        """
        from lfr_actors.cli.opening import opened
        from lfr_actors.console.serving import check_servable

        settings = settings_of(file, port)
        check_servable(settings, dt.datetime.now(dt.UTC))
        with opened(lfr_home(home)) as store:
            say_where(store, settings)
            asyncio.run(_serve(store, settings))


def settings_of(file: Path | None, port: int | None) -> Console:
    """How the console is served: as a file says, or on the loopback interface. Raises `InvalidFile`, `Refused`."""
    from lfr_actors.errors import Refused
    from lfr_actors.spec.console import Console
    from lfr_actors.spec.deployment import load_deployment

    settings = Console(port=port or USUAL_PORT)
    if file is not None:
        found = load_deployment(file, os.environ).console
        if found is None:
            raise Refused(str(file), "has no part console: add console: {port: 8440}, or leave the file out")
        settings = found if port is None else found.model_copy(update={"port": port})
    return settings


def say_where(store: Store, settings: Console) -> None:
    """The console's address, who can sign in if nobody can, and that it is not for others without TLS."""
    from lfr_actors.console.serving import address_of

    stderr.print(f"console at [bold]{escape(address_of(settings))}[/]", highlight=False, soft_wrap=True)
    if settings.tls is None:
        stderr.print("  this machine only: without console.tls it is served on the loopback interface")
    say_nobody(store)


def say_nobody(store: Store) -> None:
    """Say how to make the first account, while there is none."""
    if not store.people.accounts.any_enabled():
        stderr.print(
            "[yellow]note[/] nobody can sign in to the console yet: `lfr users add NAME --role supervisor` makes "
            "the first account",
            highlight=False,
            soft_wrap=True,
        )


async def _serve(store: Store, settings: Console) -> None:
    """Serve until SIGINT or SIGTERM."""
    from lfr_actors.console.open_console import serve_console

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    stderr.print("  Ctrl-C ends it", style="dim")
    await serve_console(store, settings, ended)
