"""`lfr retention`: the rules by which data is erased, and erasing on time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.retention.policy import RetentionPolicy, SitePolicy

PROOFS_WHAT = "what proves to a person whether they were on a watchlist (keyed hashes, of nobody by name)"
"""Follows no rule of the public policy, because it has to outlive the list that it speaks of."""

retention_app = typer.Typer(help="The rules by which data is erased; erasing on time.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(retention_app, name="retention")


@retention_app.command("policy")
def policy_command(
    file: Annotated[
        Path | None,
        typer.Argument(help="A deployment file; without one, the defaults of this site.", show_default=False),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is erased when: the policy of a deployment at this site.

    Exit status 3 when the deployment keeps something longer than the site allows.
    """
    from lfr_actors.retention.policy import ClockStart, policy_for, when_erased
    from lfr_actors.spec import load_deployment
    from lfr_actors.spec.site import read_site, site_file

    folder = lfr_home(home)
    rules = read_site(folder)
    site = rules.retention
    deployment = None if file is None else load_deployment(file, os.environ)
    policy = site.policy() if deployment is None else policy_for(deployment.retention, site)
    name = None if deployment is None else str(deployment.deployment)
    if as_json:
        document = policy_document(policy, site) | {
            "proofs": {"what": PROOFS_WHAT, "erased": when_erased(rules.watchlist.proofs, ClockStart.MADE)},
            "deployment": name,
            "site_file": _text(site_file(folder)),
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    stdout.print(policy_table(policy))
    ceilings = site_file(folder) or f"the product (there is no {folder / 'site.yaml'})"
    stdout.print(
        f"beside these, {PROOFS_WHAT}: erased {when_erased(rules.watchlist.proofs, ClockStart.MADE)}\n"
        f"policy version {policy.version}, digest {policy.digest}\n"
        f"{'defaults of this site' if name is None else f'deployment {name}'}; ceilings from {ceilings}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@retention_app.command("serve")
def serve_command(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Erase what is due, on time, until Ctrl-C or SIGTERM: for machines and clusters that live on.

    Catches up first. Each erasure is a line on stdout; with --json each line is its receipt as JSON. On a
    cluster run it as a job of its own: `ray job submit -- lfr retention serve`.
    """
    from lfr_actors.actors.serving import serve_retention
    from lfr_actors.hardening import harden_process
    from lfr_actors.observability import configure_logging
    from lfr_actors.store.store import Store

    harden_process()
    configure_logging()
    folder = lfr_home(home)

    async def serve() -> int:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        say = partial(_say_erased, as_json=as_json)
        return await serve_retention(partial(Store.open, folder), stop, say)

    stderr.print(f"erasing on time in {folder}; Ctrl-C ends it", markup=False, highlight=False)
    erased = asyncio.run(serve())
    stderr.print(f"ended; erased {erased}", highlight=False)


def _say_erased(event: StoredEvent, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(event.to_json()))
        return
    body = event.public
    stdout.print(
        f"{event.at.astimezone():%Y-%m-%d %H:%M:%S} erased {body['object_id']} ({body['data_class']}), "
        f"{body['lateness_s']:.1f} s after it was due; receipt {event.seq}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def policy_table(policy: RetentionPolicy) -> Table:
    """The policy as a table for people."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("class", no_wrap=True)
    table.add_column("what")
    table.add_column("erased")
    for row in policy.table():
        table.add_row(Text(row.data_class), Text(row.what), Text(row.erased))
    return table


def policy_document(policy: RetentionPolicy, site: SitePolicy) -> dict[str, Any]:
    """What `lfr retention policy --json` prints of a policy and the site's ceilings."""
    from lfr_actors.retention.policy import RETENTION_KEYS
    from lfr_actors.spec.duration import show_duration

    return {
        "policy": policy.to_json(),
        "digest": policy.digest,
        "ceilings": {key: show_duration(site.ceiling(key)) for key in RETENTION_KEYS},
        "table": [
            {
                "class": str(row.data_class),
                "what": row.what,
                "kept_for": row.kept_for,
                "clock_starts": row.clock_starts,
                "erased": row.erased,
            }
            for row in policy.table()
        ],
    }


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
