"""`lfr events checkpoint`: a head of the log, signed by the site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import say_no_database
from lfr_actors.cli.verification import checked, say_altered
from lfr_actors.home import lfr_home

OutOption = Annotated[
    Path | None, typer.Option("--out", help="Write the checkpoint to this file.", show_default=False)
]


def checkpoint(out: OutOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Verify the log, then sign its head with the site's key. Give the file to somebody outside to keep."""
    from lfr_actors.events.chain import BrokenLink
    from lfr_actors.events.checkpoint import Checkpoint
    from lfr_actors.store import Store, database_exists, utc_now
    from lfr_actors.store.vault.site_key import SiteKey

    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)
    with Store.open(folder) as store:
        found = checked(store, ())
        if isinstance(found, BrokenLink):
            say_altered(found)
            stderr.print("nothing was signed", highlight=False)
            raise typer.Exit(EXIT_FAILED)
        key = SiteKey.of(store.keys)
    signed = Checkpoint.signed(found.head, at=utc_now(), public_key=key.public_key, sign=key.sign)
    text = json.dumps(signed.to_json(), indent=2)
    if out is not None:
        out.write_text(text + "\n")
    if as_json or out is None:
        typer.echo(text)
    else:
        stdout.print(f"head {signed.head}", highlight=False, soft_wrap=True)
        stdout.print(f"signed by site key {signed.public_key}", highlight=False, soft_wrap=True)
        stdout.print(f"written to {out}", markup=False, highlight=False, soft_wrap=True)
