"""`lfr purge`: what is due, and its erasure."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.hold import hold_document
from lfr_actors.cli.moments import moment_of, shown
from lfr_actors.cli.opening import (
    counted,
    erasing_bar,
    log_to_stderr,
    say_no_database,
    say_overdue,
    say_overdue_reviews,
    say_refused_keys,
)
from lfr_actors.events.codec import utc_text
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.retention.erasure import Overdue
    from lfr_actors.retention.receipts import Receipt
    from lfr_actors.retention.schedule import Due, Record
    from lfr_actors.store import Store
    from lfr_actors.store.rows import HoldRow

MOST_ROWS = 100
"""How many erased objects the table shows; `lfr receipts list` has them all."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("purge")(purge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object that would be due if these holds did not keep it."""

    object_id: str
    data_class: str
    due_at: dt.datetime
    holds: tuple[HoldRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What a purge did, or with `dry_run` would do (`due`). `next_due_at` is None while nothing is coming."""

    now: dt.datetime
    simulated: bool
    dry_run: bool
    erased: tuple[Receipt, ...] = ()
    due: tuple[Due, ...] = ()
    held: tuple[Held, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    next_due_at: dt.datetime | None = None


def purge(
    now: Annotated[
        str | None,
        typer.Option(
            metavar="ISO",
            help="Work as if it were this moment, written with its zone, such as 2024-09-08T18:00:00+01:00. "
            "What is due then is really erased; its receipts say that the time was given by hand.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is due; change nothing.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase what is due. Safe at any time and as often as you like: each object is erased once.

    Exit status 1 when something due could not be erased. A dry run does not look for deployments whose process
    died; their clocks start when a purge finds them.
    """
    from lfr_actors.store import database_exists, utc_now

    moment = None if now is None else moment_of(now, "--now")
    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        done = Purge(now=moment or utc_now(), simulated=moment is not None, dry_run=dry_run)
    elif dry_run:
        done = planned(folder, moment)
    else:
        done = carried_out(folder, moment)
    if as_json:
        typer.echo(json.dumps(purge_document(done), indent=2, ensure_ascii=False))
    else:
        _show(done)
    say_overdue(done.overdue)
    if done.overdue:
        raise typer.Exit(EXIT_FAILED)


def planned(folder: Path, moment: dt.datetime | None) -> Purge:
    """What a purge would erase at `moment`, or now; the data folder is read and not changed."""
    from lfr_actors.retention.schedule import due, next_due_at
    from lfr_actors.store import utc_now
    from lfr_actors.store.read_only import read_only

    at = moment or utc_now()

    def read(store: Store) -> Purge:
        records, holds = store.retained.records(), store.retained.active_holds()
        waiting = due(records, holds, at)
        gone = {item.object_id for item in waiting}
        left = [record for record in records if record.object_id not in gone]
        return Purge(
            now=at,
            simulated=moment is not None,
            dry_run=True,
            due=tuple(waiting),
            held=_held(left, store.retained.holds(), at),
            next_due_at=next_due_at(left, holds, at),
        )

    return read_only(folder, read)


def carried_out(folder: Path, moment: dt.datetime | None) -> Purge:
    """Erase what is due at `moment`, or now."""
    from lfr_actors.cli.alerts import account
    from lfr_actors.events.keeping import ErasureOrdered
    from lfr_actors.events.types import SITE
    from lfr_actors.retention.erasure import Eraser
    from lfr_actors.retention.receipts import receipt_of
    from lfr_actors.store import Store, utc_now

    log_to_stderr()
    with Store.open(folder) as store, erasing_bar() as on_progress:
        clock = utc_now if moment is None else lambda: moment
        eraser = Eraser(store, clock=clock, simulated=moment is not None, on_progress=on_progress)
        if moment is not None and eraser.due():  # who had it done before its time is not forgotten
            store.append(SITE, ErasureOrdered(as_of=moment, who=account()))
        caught = eraser.catch_up()
        at = clock()
        found = Purge(
            now=at,
            simulated=moment is not None,
            dry_run=False,
            erased=tuple(receipt_of(event) for event in caught.erased),
            held=_held(store.retained.records(), store.retained.holds(), at),
            overdue=caught.overdue,
            next_due_at=caught.next_due_at,
        )
        if not caught.overdue:
            say_refused_keys(store)
        say_overdue_reviews(store)
    return found


def _held(records: Sequence[Record], holds: Sequence[HoldRow], at: dt.datetime) -> tuple[Held, ...]:
    """What is due at a moment and kept by holds, longest due first."""
    by_object: dict[str, list[HoldRow]] = {}
    for hold in holds:
        by_object.setdefault(hold.object_id, []).append(hold)
    found = [
        Held(
            object_id=record.object_id,
            data_class=str(record.data_class),
            due_at=record.due_at,
            holds=tuple(by_object[record.object_id]),
        )
        for record in records
        if record.object_id in by_object
        and not record.claimed
        and record.due_at is not None
        and record.due_at <= at
    ]
    return tuple(sorted(found, key=lambda item: (item.due_at, item.object_id)))


def purge_document(done: Purge) -> dict[str, Any]:
    """A purge as `--json` gives it; scripts depend on the keys."""
    return {
        "now": utc_text(done.now),
        "simulated": done.simulated,
        "dry_run": done.dry_run,
        "erased": [receipt.to_json() for receipt in done.erased],
        "due": [
            {"object_id": item.object_id, "class": str(item.data_class), "due_at": utc_text(item.due_at)}
            for item in done.due
        ],
        "held": [
            {
                "object_id": item.object_id,
                "class": item.data_class,
                "due_at": utc_text(item.due_at),
                "holds": [hold_document(hold) for hold in item.holds],
            }
            for item in done.held
        ],
        "overdue": [
            {
                "object_id": item.object_id,
                "class": str(item.data_class),
                "due_at": utc_text(item.due_at),
                "reason": item.reason,
            }
            for item in done.overdue
        ],
        "next_due_at": None if done.next_due_at is None else utc_text(done.next_due_at),
    }


def purge_table(done: Purge) -> Table:
    """What a purge did, for people: a line an object, times in the local zone."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("object", overflow="fold")
    for heading in ("class", "due"):
        table.add_column(heading, no_wrap=True)
    table.add_column("late", justify="right", no_wrap=True)
    table.add_column("outcome")

    def add(object_id: str, data_class: str, due_at: dt.datetime, outcome: str, style: str = "") -> None:
        cells = (object_id, data_class, shown(due_at), late_words(done.now - due_at), outcome)
        table.add_row(*(Text(cell, style=style) for cell in cells))

    for receipt in done.erased[:MOST_ROWS]:
        outcome = f"erased, receipt: event {receipt.seq}"
        add(receipt.object_id, str(receipt.data_class), receipt.due_at, outcome)
    for item in done.due[:MOST_ROWS]:
        add(item.object_id, str(item.data_class), item.due_at, "would be erased")
    for kept in done.held:
        because = "; ".join(
            f"hold {hold.hold_id} ({hold.reason}, {hold.authority}, review by {hold.review_on})"
            for hold in kept.holds
        )
        add(kept.object_id, kept.data_class, kept.due_at, f"held: {because}", "yellow")
    for fault in done.overdue:
        add(fault.object_id, str(fault.data_class), fault.due_at, f"NOT ERASED: {fault.reason}", "bold red")
    return table


def late_words(late: dt.timedelta) -> str:
    """How late, as people say it: `0.3 s`, `12 min`, `5 h`, `31 d`."""
    seconds = max(0.0, late.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s"


def _show(done: Purge) -> None:
    table = purge_table(done)
    if table.row_count:
        stdout.print(table)
    left_out = max(len(done.erased), len(done.due)) - MOST_ROWS
    if left_out > 0:
        more = "lfr receipts list has them" if done.erased else "--json has them"
        stdout.print(f"… and {left_out} more: {more}", highlight=False)
    _say(_summary(done))
    if done.held:
        _say(f"held: {counted([item.data_class for item in done.held])}")
    if done.next_due_at is None:
        _say("nothing else is due at any known time")
    elif done.next_due_at > done.now:
        _say(f"next due: {shown(done.next_due_at)}")
    if done.simulated:
        text = f"the time was given by hand: {shown(done.now)}"
        stderr.print(text, markup=False, highlight=False, soft_wrap=True)


def _summary(done: Purge) -> str:
    if done.dry_run:
        return f"would erase {counted([str(item.data_class) for item in done.due])}; nothing was changed"
    if not (done.erased or done.overdue):
        return "nothing is due"
    text = f"erased {counted([str(receipt.data_class) for receipt in done.erased])}"
    if done.overdue:
        text += f"; NOT erased {counted([str(item.data_class) for item in done.overdue])}"
    return text


def _say(text: str) -> None:
    stdout.print(text, markup=False, highlight=False, soft_wrap=True)
