"""`lfr watchlist amend`: add to a list and take off it, while its deployment runs or as a version in the vault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from lfr_actors.cli.amending import Asked, amend_deployment, amend_version, runs_here
from lfr_actors.cli.app import EXIT_FAILED, EXIT_REFUSED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import opened
from lfr_actors.cli.watchlist import watchlist_app
from lfr_actors.events.amending import AmendmentReason
from lfr_actors.home import lfr_home


def register(app: typer.Typer) -> None:  # noqa: ARG001 - the group is in `watchlist`
    """Add the command."""
    watchlist_app.command("amend")(amend)


def amend(
    target: Annotated[
        str, typer.Argument(help="A running deployment, or the beginning of a sealed version's name.")
    ],
    reason: Annotated[
        AmendmentReason, typer.Option("--reason", help="Stands in the public log.", show_default=False)
    ],
    add: Annotated[
        Path | None,
        typer.Option(
            "--add", help="CSV or folder of those to add; replaces who is on it.", show_default=False
        ),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", help="A subject's id, as on the list; may be repeated.", show_default=False),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option("--note", help="Sealed with the list, and erased with it.", show_default=False),
    ] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help="What a sealed version is for; may be repeated.", show_default=False),
    ] = None,
    under_18_authority: Annotated[
        str | None,
        typer.Option(
            "--under-18-authority",
            help="Who decided that under-18s may be added: 'rank, name, reference'.",
            show_default=False,
        ),
    ] = None,
    wait_s: Annotated[
        float, typer.Option("--wait", min=0.0, help="How long to wait for a deployment, seconds.")
    ] = 60.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add subjects to a list and take others off it: a new version; a sealed one stays as it is.

    Every shard of a running deployment turns to it without a pause, and what was searched before is erased. The
    log says how many were added and removed, by whom and why; not who. Exit status 1 when somebody to remove is
    not on the list, somebody to add cannot be enrolled or is on it under another id, or when it was not done in
    time; 2: the file is invalid; 3: a rule of the site, or the deployment, refuses it, and nothing was changed.
    """
    if add is None and not remove:
        raise typer.BadParameter("changes nothing: give --add, --remove, or both")
    data = lfr_home(home)
    asked = Asked.of(
        reason=reason,
        note=note,
        add=add,
        remove=remove or (),
        purposes=purpose or (),
        under_18_authority=under_18_authority,
    )
    with opened(data) as store:
        if runs_here(store, target):
            if purpose:
                raise typer.BadParameter("a deployment has its own purposes: leave --purpose out")
            document = amend_deployment(store, data, target, asked, wait_s, as_json=as_json)
        else:
            document = amend_version(store, data, target, asked, as_json=as_json)
    if as_json:
        typer.echo(json.dumps(document, indent=2))
    else:
        _show(document)
    _end(document, wait_s)


def _show(document: dict[str, Any]) -> None:
    done = document["amended"]
    if done is None:
        return
    counts = (f"{done[name]} {name}" for name in ("added", "replaced", "removed") if done[name])
    stdout.print(
        f"{', '.join(counts)}: {done['subjects']} subjects, {done['templates']} templates on version "
        f"{done['version']}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _end(document: dict[str, Any], wait_s: float) -> None:
    """Say what was not done, with its exit status."""
    if document["refused"] is not None:
        words, status = f"refused: {document['refused']}; nothing was changed", EXIT_REFUSED
    elif document["amended"] is None:
        words, status = (
            f"not done within {wait_s:g} s; the request stands (event {document['requested_seq']})",
            EXIT_FAILED,
        )
    else:
        return
    stderr.print(words, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(status)
