"""`lfr alerts`: the alerts of deployments, and what people decide of them."""

from __future__ import annotations

import json
import os
import pwd
import uuid
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import opened, say_no_database, shout
from lfr_actors.errors import Erased, VaultError
from lfr_actors.events.codec import utc_text
from lfr_actors.home import lfr_home
from lfr_actors.private_file import write_private

if TYPE_CHECKING:
    from lfr_actors.events import StoredEvent
    from lfr_actors.store import AlertRow, Store

SHORT_ID = 10
"""How much of an alert id the table shows; `show` takes any unique beginning."""

alerts_app = typer.Typer(help="Alerts of deployments: list, look at, decide.", no_args_is_help=True)


class Verdict(StrEnum):
    """What a person may decide of an alert."""

    TRUE = "true"
    FALSE = "false"
    CANNOT_TELL = "cannot-tell"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(alerts_app, name="alerts")


@alerts_app.command("list")
def list_alerts(
    deployment: Annotated[str | None, typer.Option(help="Only alerts of this deployment.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List alerts, newest last."""
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    rows: list[AlertRow] = []
    if database_exists(folder):
        with opened(folder) as store:
            rows = store.alerts(deployment)
            known = [row.deployment_id for row in store.deployments()]
        if deployment is not None and deployment not in known:
            stderr.print(f"no deployment {deployment} in {store.name}", markup=False, highlight=False)
    else:
        say_no_database(folder)
    if as_json:
        typer.echo(json.dumps([listed(row) for row in rows], indent=2))
    elif rows:
        stdout.print(alert_table(rows))
    else:
        stdout.print("no alerts")


def said(why: str | None) -> str | None:
    """A reason that says something, or none; wrong usage for an empty one."""
    if why is not None and not why.strip():
        raise typer.BadParameter("says nothing; write why, or leave it out")
    return why


@alerts_app.command("show")
def show_alert(
    alert_id: Annotated[str, typer.Argument(help="The alert's id, or a beginning that no other has.")],
    picture: Annotated[
        Path | None, typer.Option(help="Write the probe to this JPEG file.", show_default=False)
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(
            help="Why you look; kept in the log for ever, so without names.",
            callback=said,
            show_default=False,
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one alert. That you looked is written to the log, with your account's name."""
    from lfr_actors.events import AccessViewed

    with opened(_folder(home)) as store:
        row = store.alert(alert_id)
        if picture is not None and row.erased_at is not None:
            reason = f"was erased at {utc_text(row.erased_at)}: its picture is gone for ever"
            raise Erased(f"alert {row.alert_id}", reason)
        jpeg = None if picture is None else store.picture(row.alert_id)
        # Written before anything is shown: nobody looks unseen.
        what = f"alert:{row.alert_id}" if picture is None else f"alert:{row.alert_id}:picture"
        store.append(row.deployment_id, AccessViewed(what=what, who=account(), why=why))
        missing = _missing(store, row)
        if picture is not None and jpeg is not None:
            _write_picture(store, row, picture, jpeg)
    if as_json:
        typer.echo(json.dumps(shown(row, missing), indent=2))
    else:
        stdout.print(alert_details(row, missing))


@alerts_app.command("adjudicate")
def adjudicate(
    alert_id: Annotated[
        str, typer.Argument(metavar="ALERT", help="The alert's id, or a beginning that no other has.")
    ],
    verdict: Annotated[
        Verdict, typer.Argument(help="Is the person seen the person on the list?", show_default=False)
    ],
    why: Annotated[
        str | None,
        typer.Option(help="Why; sealed, and erased with the alert.", callback=said, show_default=False),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what you decide of an alert, with your account's name.

    A false alert is erased before this returns: pictures, template and identity. Only a hold keeps it. Exit
    status 1 when it could not be erased.
    """
    from lfr_actors.cli.hold import holders
    from lfr_actors.retention.policy import DataClass
    from lfr_actors.retention.receipts import receipt_of
    from lfr_actors.store.alerts import alert_object

    with opened(_folder(home)) as store:
        row = store.adjudicate(alert_id, verdict, who=account(), why=why)
        receipts = _erase_false(store, row) if verdict is Verdict.FALSE else []
        row = store.alert(row.alert_id)
        held_by = holders(store, alert_object(row.alert_id)) if row.erased_at is None else []
        kept = store.policy_of(row.deployment_id).rule_of(DataClass.ALERT).words
    if as_json:
        document = listed(row) | {
            "receipt": receipt_of(receipts[0]).to_json() if receipts else None,
            "copies": [receipt_of(event).to_json() for event in receipts[1:]],
            "held_by": held_by,
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    _say(f"alert {row.alert_id}: {verdict}")
    if receipts:
        _say(f"erased: pictures, template and identity are gone; receipt: event {receipts[0].seq}")
        for event in receipts[1:]:
            _say(f"erased with it, since it showed it: a {event.public['kind']}; receipt: event {event.seq}")
    elif row.erased_at is not None:
        _say(f"it was erased at {utc_text(row.erased_at)}")
    elif held_by:
        _say(f"not erased before it is released: kept by {', '.join(f'hold {hold}' for hold in held_by)}")
    else:
        _say(f"kept, and erased {kept}")


def _erase_false(store: Store, row: AlertRow) -> list[StoredEvent]:
    """The receipts of a false alert and of its copies; none when a hold keeps it, or it was erased before."""
    from lfr_actors.retention.false_alert import erase_false

    try:
        return erase_false(store, row)
    except VaultError:
        shout(f"alert {row.alert_id} is written as false, but it is NOT ERASED: mend this, then lfr purge")
        raise


def _write_picture(store: Store, row: AlertRow, picture: Path, jpeg: bytes) -> None:
    """Write an alert's picture where the operator wants it; it is erased with the alert, wherever it lies."""
    from lfr_actors.retention.policy import DataClass
    from lfr_actors.store.files import PICTURE, NewFile, picture_object, retain_files

    policy = store.policy_of(row.deployment_id)
    rule = policy.rule_of(DataClass.ALERT)
    file = NewFile(
        path=picture,
        kind=PICTURE,
        rule=rule,
        clock=rule.clock,
        object_id=f"{picture_object(row.alert_id)}{uuid.uuid4().hex[:12]}",
    )
    retain_files(store, [file], deployment_id=row.deployment_id, policy_version=policy.version)
    try:
        write_private(picture, jpeg)
    except OSError as error:
        raise typer.BadParameter(f"{picture} cannot be written: {error.strerror}") from error
    stderr.print(f"picture written to {picture}; it is erased with the alert", markup=False, highlight=False)


def _folder(home: Path | None) -> Path:
    """The data folder; without a database in it there is nothing to look at, and the command fails."""
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)
    return folder


def _say(text: str) -> None:
    stdout.print(text, markup=False, highlight=False, soft_wrap=True)


def account() -> str:
    """The account that runs this, as the system knows it; variables such as `USER` could say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number without a name
        return f"uid:{os.getuid()}"


def listed(row: AlertRow) -> dict[str, Any]:
    """An alert as `lfr alerts list --json` gives it; scripts depend on the keys."""
    return {
        "alert_id": row.alert_id,
        "camera": row.camera_id,
        "captured_at": row.captured_at.isoformat(),
        "media_time_s": row.media_time_s,
        "subject_id": row.subject_id,
        "score": row.score,
        "state": row.state,
        "deployment": row.deployment_id,
        "track": row.track_id,
        "threshold": row.threshold,
        "hits": row.hits,
        "erased_at": None if row.erased_at is None else row.erased_at.isoformat(),
    }


def _missing(store: Store, row: AlertRow) -> tuple[str, ...]:
    """Which parts of the list did not answer the search that raised an alert."""
    from lfr_actors.events import AlertRaised

    (event,) = store.events(after=row.event_seq - 1, limit=1)
    return event.body.missing if isinstance(event.body, AlertRaised) else ()


def shown(row: AlertRow, missing: Sequence[str]) -> dict[str, Any]:
    """An alert as `lfr alerts show --json` gives it: what the list gives, and how it came about."""
    return listed(row) | {
        "raised_at": row.raised_at.isoformat(),
        "gallery_version": row.gallery_version,
        "gallery_subjects": row.gallery_subjects,
        "missing": list(missing),
        "pack": row.pack,
        "event_seq": row.event_seq,
    }


def alert_table(rows: Sequence[AlertRow]) -> Table:
    """Alerts as a table for people, times in the local zone."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    several = len({row.deployment_id for row in rows}) > 1
    for heading in ("alert", *(["deployment"] if several else []), "captured", "camera", "subject"):
        table.add_column(heading, no_wrap=heading == "alert")
    for heading in ("film time", "score", "threshold", "hits"):
        table.add_column(heading, justify="right")
    table.add_column("state")
    for row in rows:
        cells = (
            row.alert_id[:SHORT_ID],
            *([row.deployment_id] if several else []),
            row.captured_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            row.camera_id,
            row.subject_id or "erased",
            f"{row.media_time_s:.1f} s",
            f"{row.score:.3f}",
            f"{row.threshold:.3f}",
            str(row.hits),
            state_words(row),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def state_words(row: AlertRow) -> str:
    """What was decided of an alert, and whether it was erased."""
    return row.state if row.erased_at is None else f"{row.state}, erased"


def alert_details(row: AlertRow, missing: Sequence[str]) -> Table:
    """One alert for people: a line a fact. `missing`: the parts of the list that did not answer its search."""
    facts = {
        "alert": row.alert_id,
        "state": state_words(row),
        "subject": row.subject_id or "erased",
        "score": f"{row.score:.4f} (threshold {row.threshold:.4f}, {row.hits} searches agreed)",
        "captured": row.captured_at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f %Z"),
        "film time": f"{row.media_time_s:.2f} s",
        "deployment": row.deployment_id,
        "camera": row.camera_id,
        "track": row.track_id,
        "gallery": f"{row.gallery_version} ({row.gallery_subjects} subjects)",
        "pack": row.pack,
    }
    if missing:
        facts["search"] = "INCOMPLETE, part of the list did not answer: " + "; ".join(missing)
    if row.erased_at is not None:
        facts["erased"] = row.erased_at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f %Z")
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, fact in facts.items():
        table.add_row(Text(name, style="bold"), Text(fact))
    return table
