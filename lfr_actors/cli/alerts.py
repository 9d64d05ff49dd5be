"""`lfr alerts`: the alerts of deployments."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home
from lfr_actors.private_file import write_private

if TYPE_CHECKING:
    from lfr_actors.store import AlertRow

SHORT_ID = 10
"""How much of an alert id the table shows; `show` takes any unique beginning."""

alerts_app = typer.Typer(help="Alerts of deployments: list them, look at one.", no_args_is_help=True)


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
    from lfr_actors.store import Store, database_exists

    folder = lfr_home(home)
    rows: list[AlertRow] = []
    if database_exists(folder):
        with Store.open(folder) as store:
            rows = store.alerts(deployment)
            known = [row.deployment_id for row in store.deployments()]
        if deployment is not None and deployment not in known:
            stderr.print(f"no deployment {deployment} in {store.name}", markup=False, highlight=False)
    else:
        stderr.print(f"no database in {folder}", markup=False, highlight=False)
    if as_json:
        typer.echo(json.dumps([listed(row) for row in rows], indent=2))
    elif rows:
        stdout.print(alert_table(rows))
    else:
        stdout.print("no alerts")


@alerts_app.command("show")
def show_alert(
    alert_id: Annotated[str, typer.Argument(help="The alert's id, or a beginning that no other has.")],
    picture: Annotated[
        Path | None, typer.Option(help="Write the probe to this JPEG file.", show_default=False)
    ] = None,
    why: Annotated[
        str | None, typer.Option(help="Why you look; kept in the log.", show_default=False)
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one alert. That you looked is written to the log, with your account's name."""
    from lfr_actors.events import AccessViewed
    from lfr_actors.store import Store, database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        stderr.print(f"no database in {folder}", markup=False, highlight=False)
        raise typer.Exit(EXIT_FAILED)
    with Store.open(folder) as store:
        row = store.alert(alert_id)
        jpeg = None if picture is None else store.picture(row.alert_id)
        # Written before anything is shown: nobody looks unseen.
        what = f"alert:{row.alert_id}" if picture is None else f"alert:{row.alert_id}:picture"
        store.append(row.deployment_id, AccessViewed(what=what, who=account(), why=why))
    if picture is not None and jpeg is not None:
        try:
            write_private(picture, jpeg)
        except OSError as error:
            raise typer.BadParameter(f"{picture} cannot be written: {error.strerror}") from error
        stderr.print(f"picture written to {picture}", markup=False, highlight=False)
    if as_json:
        typer.echo(json.dumps(shown(row), indent=2))
    else:
        stdout.print(alert_details(row))


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
    }


def shown(row: AlertRow) -> dict[str, Any]:
    """An alert as `lfr alerts show --json` gives it: what the list gives, and how it came about."""
    return listed(row) | {
        "raised_at": row.raised_at.isoformat(),
        "gallery_version": row.gallery_version,
        "gallery_subjects": row.gallery_subjects,
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
            row.state,
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def alert_details(row: AlertRow) -> Table:
    """One alert for people: a line a fact."""
    facts = {
        "alert": row.alert_id,
        "state": row.state,
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
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, fact in facts.items():
        table.add_row(Text(name, style="bold"), Text(fact))
    return table
