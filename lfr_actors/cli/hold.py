"""`lfr hold`: suspend the erasure of one thing, for a reason, by an authority, until somebody looks again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import track
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.alerts import account
from lfr_actors.cli.app import EXIT_REFUSED, HomeOption, JsonOption, say, say_aside, stderr, stdout
from lfr_actors.cli.hold_terms import Grounds, Period, checked_reference, grounds_of, period_of
from lfr_actors.cli.moments import shown
from lfr_actors.cli.opening import BAR_FROM, opened, say_no_database, shout, today
from lfr_actors.errors import Refused, StoreError, VaultError
from lfr_actors.events.codec import utc_text
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.store import Store
    from lfr_actors.store.rows import HoldRow

hold_app = typer.Typer(help="Holds: keep one thing from being erased.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(hold_app, name="hold")


@hold_app.command("add")
def add(
    object_id: Annotated[
        str | None,
        typer.Argument(
            metavar="OBJECT",
            help="alert:ID, footage:ID, watchlist:ID or any other id of a kept object; a beginning that no "
            "other has is enough.",
            show_default=False,
        ),
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="evidence, complaint, court-order, subject-access or other.")],
    authority: Annotated[
        str,
        typer.Option(metavar="REF", help="Who says so: a reference, not a name. It is kept in the log."),
    ],
    review: Annotated[
        str,
        typer.Option(metavar="DATE", help="By when somebody looks again: from tomorrow to a year from now."),
    ],
    note: Annotated[
        str | None,
        typer.Option(help="A note; sealed, and erased with the object.", show_default=False),
    ] = None,
    footage_of: Annotated[
        str | None,
        typer.Option(
            metavar="CAMERA",
            help="In place of OBJECT: every segment of this camera that overlaps --from to --to.",
            show_default=False,
        ),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="ISO", help="With its zone.", show_default=False)
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="ISO", help="With its zone; not in the future.", show_default=False),
    ] = None,
    deployment: Annotated[
        str | None, typer.Option(help="With --footage-of: only this deployment's.", show_default=False)
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep something from being erased, however old it gets, until the hold is released.

    What is due at this moment is erased first, as at every start: a hold brings nothing back.
    """
    period = period_of(footage_of, from_, to, deployment)
    if (object_id is None) == (period is None):
        raise typer.BadParameter("give either an OBJECT or --footage-of CAMERA")
    reference = "" if object_id is None else checked_reference(object_id)
    grounds = grounds_of(reason, authority, review, note, today())
    folder = _folder(home)
    gone = 0
    with opened(folder) as store:
        if period is None:
            objects = [kept_object(store, reference)]
        else:
            objects, gone = segments_in(store, period)
        placed, refused = _place(store, objects, grounds, account())
    if as_json:
        document = {
            "holds": [hold_document(hold) for hold in placed],
            "refused": [{"object_id": error.what, "reason": error.reason} for error in refused],
            "already_erased": gone,
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for hold in placed:
            say(
                f"hold {hold.hold_id} keeps {hold.object_id} until it is released; review by {hold.review_on}"
            )
    if gone:
        say_aside(f"{gone} segment{'' if gone == 1 else 's'} of that time had been erased already")
    if refused:
        for error in refused:
            shout(f"not held: {error.what}: {error.reason}")
        raise typer.Exit(EXIT_REFUSED)


@hold_app.command("release")
def release(
    hold_id: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id, or a unique beginning.")],
    why: Annotated[str | None, typer.Option(help="Why; sealed with the object.", show_default=False)] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a hold. What it kept goes at once if it is overdue and nothing else holds it."""
    from lfr_actors.retention.receipts import receipt_of

    with opened(_folder(home)) as store:
        hold = store.retained.release_hold(hold_id, who=account(), why=why)
        receipt = _erase_if_due(store, hold)
        others = holders(store, hold.object_id)
        due_at = next((r.due_at for r in store.retained.records() if r.object_id == hold.object_id), None)
    if as_json:
        document = {
            "hold": hold_document(hold),
            "erased": None if receipt is None else receipt_of(receipt).to_json(),
            "held_by": others,
            "due_at": None if due_at is None else utc_text(due_at),
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    say(f"hold {hold.hold_id} on {hold.object_id} is released")
    if receipt is not None:
        say(f"it was overdue and is erased now; receipt: event {receipt.seq}")
    elif others:
        say(f"it is still kept by {', '.join(f'hold {other}' for other in others)}")
    elif due_at is not None:
        say(f"it will be erased at {shown(due_at)}")
    else:
        say("it will be erased when its time comes; its clock has not started")


@hold_app.command("list")
def list_holds(
    every: Annotated[bool, typer.Option("--all", help="Released ones too.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the holds in force, the next review first."""
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    holds: list[HoldRow] = []
    if database_exists(folder):
        with opened(folder) as store:
            holds = store.retained.holds(active_only=not every)
    else:
        say_no_database(folder)
    if as_json:
        document = {"holds": [hold_document(hold) for hold in holds]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif holds:
        stdout.print(hold_table(holds, today(), every=every))
    else:
        stdout.print("no holds")


def kept_object(store: Store, reference: str) -> str:
    """The kept object of this id, or the only one whose id begins so after its kind.

    An id of nothing that is kept is given back as it is: the store says whether it was erased or never there.
    Raises `StoreError` when several begin so.
    """
    found = [r.object_id for r in store.retained.records() if r.object_id.startswith(reference)]
    if reference in found:
        return reference
    if len(found) > 1:
        raise StoreError(
            store.name, f"{len(found)} objects have ids that begin with {reference!r}: give more"
        )
    return found[0] if found else reference


def segments_in(store: Store, period: Period) -> tuple[list[str], int]:
    """The kept segments of a stretch of time, and how many of it were erased. Raises `StoreError` for none."""
    rows = store.retained.segments(period.deployment, period.camera, period.from_, period.to)
    kept = [row.object_id for row in rows if row.erased_at is None]
    if not kept:
        whose = "" if period.deployment is None else f" in deployment {period.deployment}"
        gone = f"; {len(rows)} segments were erased" if rows else ""
        reason = f"no footage of camera {period.camera}{whose} is kept of that time{gone}"
        raise StoreError(store.name, reason)
    return kept, len(rows) - len(kept)


def holders(store: Store, object_id: str) -> list[str]:
    """The ids of the holds in force on an object."""
    return [hold.hold_id for hold in store.retained.holds() if hold.object_id == object_id]


def hold_document(hold: HoldRow) -> dict[str, Any]:
    """A hold as `--json` gives it; scripts depend on the keys."""
    return {
        "hold_id": hold.hold_id,
        "object_id": hold.object_id,
        "reason": hold.reason,
        "authority": hold.authority,
        "review_on": hold.review_on.isoformat(),
        "placed_at": utc_text(hold.placed_at),
        "placed_by": hold.placed_by,
        "released_at": None if hold.released_at is None else utc_text(hold.released_at),
        "released_by": hold.released_by,
    }


def hold_table(holds: Sequence[HoldRow], day: dt.date, *, every: bool = False) -> Table:
    """Holds for people, times in the local zone; a review that is overdue is red."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("hold", no_wrap=True)
    table.add_column("object", overflow="fold")
    for heading in ("reason", "authority", "review by", "placed", "by"):
        table.add_column(heading)
    if every:
        table.add_column("released")
    for hold in holds:
        late = hold.released_at is None and hold.review_on < day
        days = (day - hold.review_on).days
        cells = [
            hold.hold_id,
            hold.object_id,
            hold.reason,
            hold.authority,
            f"{hold.review_on}{f', {days} d overdue' if late else ''}",
            shown(hold.placed_at),
            hold.placed_by,
        ]
        if every:
            released = hold.released_at
            cells.append("" if released is None else f"{shown(released)} by {hold.released_by}")
        table.add_row(*(Text(cell, style="bold red" if late else "") for cell in cells))
    return table


def _folder(home: Path | None) -> Path:
    """The data folder with a database in it."""
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        raise StoreError(str(folder), "holds no database, so nothing is kept here: name another with --home")
    return folder


def _place(
    store: Store, objects: Sequence[str], grounds: Grounds, who: str
) -> tuple[list[HoldRow], list[Refused]]:
    """Hold each of the objects. A single one that is refused raises `Refused`; of several the rest is held."""
    placed: list[HoldRow] = []
    refused: list[Refused] = []
    for object_id in track(
        objects, "holding", console=stderr, transient=True, disable=len(objects) < BAR_FROM
    ):
        try:
            placed.append(
                store.retained.place_hold(
                    object_id,
                    reason=grounds.reason,
                    authority=grounds.authority,
                    review_on=grounds.review_on,
                    who=who,
                    note=grounds.note,
                )
            )
        except Refused as error:
            if len(objects) == 1:
                raise
            refused.append(error)
    return placed, refused


def _erase_if_due(store: Store, hold: HoldRow) -> StoredEvent | None:
    from lfr_actors.retention.erasure import Eraser

    try:
        return Eraser(store).erase(hold.object_id)
    except VaultError:
        shout(f"hold {hold.hold_id} is released, but {hold.object_id} is overdue and NOT ERASED")
        raise
