"""`lfr watchlist list|show|diff|erase`: the versions in the vault, who is on one, what two differ in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lfr_actors.cli.alerts import account, said
from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.moments import shown
from lfr_actors.cli.opening import opened, say_no_database
from lfr_actors.cli.version_views import (
    contents,
    difference_document,
    difference_lines,
    listed,
    subject_table,
    version_table,
)
from lfr_actors.errors import StoreError
from lfr_actors.events.amending import AmendmentReason
from lfr_actors.events.codec import utc_text
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.store import Store
    from lfr_actors.store.watchlists import VersionRow
    from lfr_actors.watchlist.version import ListVersion

VersionArgument = Annotated[
    str, typer.Argument(help="The version's name, or a beginning that no other has.", show_default=False)
]
WhyOption = Annotated[
    str | None,
    typer.Option(
        "--why",
        help="Why you look; kept in the log for ever, so without names.",
        callback=said,
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `lfr watchlist`."""
    del app
    from lfr_actors.cli.watchlist import watchlist_app

    watchlist_app.command("list")(list_versions)
    watchlist_app.command("show")(show_version)
    watchlist_app.command("diff")(diff_versions)
    watchlist_app.command("erase")(erase_version)


def list_versions(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List every version that was sealed, oldest first, also those that are erased; names nobody."""
    from lfr_actors.store import database_exists
    from lfr_actors.store.watchlists import versions

    folder = lfr_home(home)
    rows: list[VersionRow] = []
    if database_exists(folder):
        with opened(folder) as store:
            rows = versions(store)
    else:
        say_no_database(folder)
    if as_json:
        typer.echo(json.dumps([listed(row) for row in rows], indent=2))
    elif rows:
        stdout.print(version_table(rows))
    else:
        stdout.print("no watchlist was sealed")


def show_version(
    version: VersionArgument, why: WhyOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Show who is on a version, and why. That you looked is written to the log, with your account's name."""
    with opened(database_folder(home)) as store:
        (found,) = _looked_at(store, [version], why)
        found.overwrite()
        document = contents(found)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    stdout.print(subject_table(document["subjects"]))
    people = len(found.subjects)
    _say(
        f"watchlist {found.version}: {people} {'subject' if people == 1 else 'subjects'}, "
        f"{len(found.pictures)} templates, pack {found.pack}, built at {utc_text(found.built_at)}"
    )


def diff_versions(
    before: VersionArgument,
    after: VersionArgument,
    why: WhyOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is different between two versions: who was added, removed or changed, and in what.

    That you looked is written to the log, with your account's name. Exit status 1 when one of them is erased.
    """
    from lfr_actors.watchlist.diff import difference

    with opened(database_folder(home)) as store:
        old, new = _looked_at(store, [before, after], why)
        found = difference(old, new)
        old.overwrite()
        new.overwrite()
    if as_json:
        typer.echo(json.dumps(difference_document(found), indent=2, ensure_ascii=False))
        return
    for line in difference_lines(found):
        _say(line)


def erase_version(
    version: VersionArgument,
    reason: Annotated[AmendmentReason, typer.Option("--reason", help="Stands in the public log.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a version before its time: every copy of it, and the reports on it; gone when this returns.

    What proves who was on it goes at its own time. Exit status 3 while a deployment runs on it; 1 when something is
    held, or could not be erased.
    """
    from lfr_actors.retention.list_erasure import erase_list
    from lfr_actors.retention.receipts import receipt_of
    from lfr_actors.store.watchlists import copies

    with opened(database_folder(home)) as store:
        rows = copies(store, version)
        receipts = erase_list(store, rows, reason=reason, who=account())
        ids = {row.list_row.object_id for row in rows}
        held = [hold.hold_id for hold in store.retained.holds() if hold.object_id in ids]
        proofs = [row.proof_row.due_at for row in copies(store, rows[0].version) if row.proof_row.is_readable]
    until = max((at for at in proofs if at is not None), default=None)
    if as_json:
        document = {
            "version": rows[0].version,
            "reason": str(reason),
            "receipts": [receipt_of(event).to_json() for event in receipts],
            "held_by": held,
            "proofs_until": None if until is None else utc_text(until),
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for event in receipts:
            _say(f"erased: {event.public['object_id']}; receipt: event {event.seq}")
        if until is not None:
            _say(f"who was on it can be proven until {shown(until)}: lfr watchlist prove {rows[0].version}")
    if held:
        stderr.print(
            f"not erased before it is released: kept by {', '.join(f'hold {each}' for each in held)}",
            style="red",
            highlight=False,
        )
        raise typer.Exit(EXIT_FAILED)


def database_folder(home: Path | None) -> Path:
    """The data folder with a database in it. Raises `StoreError` for one without."""
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        raise StoreError(str(folder), "holds no database, so no list is kept here: name another with --home")
    return folder


def _looked_at(store: Store, names: Sequence[str], why: str | None) -> list[ListVersion]:
    """The versions of these names, once the log says who looks at them."""
    from lfr_actors.events.types import SITE, AccessViewed
    from lfr_actors.store.watchlists import copies, find_version, open_version

    found = [find_version(store, name) for name in names]  # every name is right before any look is written
    for each in found:
        (row,) = (row for row in copies(store, str(each.version)) if row.sealed.object_id == each.object_id)
        body = AccessViewed(what=f"watchlist:{row.version}", who=account(), why=why)
        store.append(row.deployment_id or SITE, body)
    return [open_version(store, each) for each in found]


def _say(text: str) -> None:
    stdout.print(text, markup=False, highlight=False, soft_wrap=True)
