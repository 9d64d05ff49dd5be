"""`lfr keys`: the key store and the key-encryption key; no key is ever shown."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.cli.app import HomeOption, JsonOption, stderr, stdout
from lfr_actors.errors import Refused
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from pathlib import Path

    from lfr_actors.store.vault.keys import Keys
    from lfr_actors.store.vault.rotation import Rotation


class Source(StrEnum):
    """Where the key-encryption key comes from, as `store.vault.kek.KekMode` has it."""

    ENV = "env"
    FILE = "file"


keys_app = typer.Typer(help="The keys under which everything is sealed: show, rotate.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys_app, name="keys")


@keys_app.command("show")
def show(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show where the keys are, how many of each kind, and the fingerprints by which to recognise them."""
    from lfr_actors.store.vault.keys import Keys

    with Keys.open(lfr_home(home), make=False) as keys:
        document = described(keys)
    if as_json:
        typer.echo(json.dumps(document, indent=2))
        return
    where = "LFR_KEK" if document["mode"] == Source.ENV else document["key_file"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in document["keys"].items()) or "none"
    lines = {
        "key store": f"{document['key_store']} ({document['store_id']})",
        "key-encryption key": f"{where}, fingerprint {document['fingerprint']}",
        "keys": kinds,
        "site public key": document["site_public_key"] or "none yet: lfr events checkpoint makes it",
    }
    for name, text in lines.items():
        stdout.print(f"{name:<20}{text}", markup=False, highlight=False, soft_wrap=True)


@keys_app.command("rotate")
def rotate(
    to: Annotated[
        Source | None,
        typer.Option(
            help="Where the key comes from afterwards: env takes LFR_KEK_NEXT, file makes a new key file. "
            "Without it, from where it comes now.",
            show_default=False,
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace the key-encryption key: every key is wrapped anew, no data is touched.

    A key file is replaced by a new one, also while a deployment runs. A key in LFR_KEK is replaced by that in
    LFR_KEK_NEXT; set LFR_KEK to it afterwards. No deployment may run meanwhile: it could not know the next key.
    """
    from lfr_actors.store.vault.kek import KekMode
    from lfr_actors.store.vault.keys import Keys

    folder = lfr_home(home)
    with Keys.open(folder, make=False) as keys:
        before = Source(keys.mode)
        if Source.ENV in (before, to):
            _require_nothing_running(folder)
        done = keys.rotate(None if to is None else KekMode(to))
        key_file = keys.key_file
    _note(folder, done)
    advice = _advice(before, done)
    if as_json:
        document = {
            "from_fingerprint": done.from_fingerprint,
            "to_fingerprint": done.to_fingerprint,
            "keys": done.keys,
            "mode": str(done.mode),
            "advice": advice,
        }
        typer.echo(json.dumps(document, indent=2))
        return
    stdout.print(f"{done.keys} keys wrapped anew, no data touched", highlight=False)
    stdout.print(f"fingerprint {done.from_fingerprint} replaced by {done.to_fingerprint}", highlight=False)
    if Source(done.mode) is Source.FILE:
        stdout.print(f"the new key is {key_file}", markup=False, highlight=False, soft_wrap=True)
    if advice is not None:
        stdout.print(advice, highlight=False, soft_wrap=True)


def _require_nothing_running(folder: Path) -> None:
    """Raise `Refused` while a deployment runs, whose processes hold the present key in their environment."""
    from lfr_actors.store import Store, database_exists
    from lfr_actors.store.rows import RUNNING

    if not database_exists(folder):
        return
    with Store.open(folder) as store:
        store.retained.mark_lost()
        running = [row.deployment_id for row in store.deployments() if row.state == RUNNING]
    if running:
        raise Refused(
            "rotation", f"{', '.join(running)} runs and could not read its keys any more: end it first"
        )


def described(keys: Keys) -> dict[str, Any]:
    """What `lfr keys show --json` prints."""
    from lfr_actors.store.vault.site_key import SiteKey

    site = SiteKey.existing(keys)
    return {
        "key_store": keys.name,
        "store_id": keys.store_id,
        "mode": str(keys.mode),
        "key_file": str(keys.key_file) if Source(keys.mode) is Source.FILE else None,
        "fingerprint": keys.kek_fingerprint,
        "keys": keys.counts(),
        "site_public_key": None if site is None else site.public_key,
        "site_fingerprint": None if site is None else site.fingerprint,
    }


def _note(folder: Path, done: Rotation) -> None:
    """Write the rotation to the log, where there is one."""
    from lfr_actors.events.keeping import KeysRotated
    from lfr_actors.events.types import SITE
    from lfr_actors.store import Store, database_exists

    if not database_exists(folder):
        stderr.print("no database yet: the rotation is not in a log", highlight=False)
        return
    with Store.open(folder) as store:
        body = KeysRotated(
            from_fingerprint=done.from_fingerprint, to_fingerprint=done.to_fingerprint, keys=done.keys
        )
        store.append(SITE, body)


def _advice(before: Source, done: Rotation) -> str | None:
    """What the operator has to do now, or None."""
    if Source(done.mode) is Source.ENV:
        old = "" if before is Source.FILE else " and destroy the old key"
        return f"now set LFR_KEK to the key in LFR_KEK_NEXT, unset LFR_KEK_NEXT{old}"
    return "now unset LFR_KEK and destroy the old key" if before is Source.ENV else None
