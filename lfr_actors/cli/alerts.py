"""`lfr alerts list|show`: the alerts of deployments. What people decide of them is in `alert_decisions`."""

from __future__ import annotations

import json
import os
import pwd
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lfr_actors.cli.alert_views import Shown, alert_details, alert_table, listed, shown
from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import opened, say_no_database
from lfr_actors.errors import Erased
from lfr_actors.events.codec import utc_text
from lfr_actors.home import lfr_home
from lfr_actors.private_file import write_private

if TYPE_CHECKING:
    from lfr_actors.store import AlertRow, Store

alerts_app = typer.Typer(help="Alerts of deployments: list, look at, decide.", no_args_is_help=True)


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
    hidden: dict[str, bool] = {}
    if database_exists(folder):
        with opened(folder) as store:
            rows = store.alerts(deployment)
            known = {row.deployment_id: row.two_person for row in store.deployments()}
        hidden = {row.alert_id: hides_score(row, two_person=known[row.deployment_id]) for row in rows}
        if deployment is not None and deployment not in known:
            stderr.print(f"no deployment {deployment} in {store.name}", markup=False, highlight=False)
    else:
        say_no_database(folder)
    if as_json:
        found = [listed(row, hides_score=hidden[row.alert_id]) for row in rows]
        typer.echo(json.dumps(found, indent=2))
    elif rows:
        stdout.print(alert_table(rows, hidden))
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

    with opened(existing_folder(home)) as store:
        row = store.alert(alert_id)
        if picture is not None and row.erased_at is not None:
            reason = f"was erased at {utc_text(row.erased_at)}: its picture is gone for ever"
            raise Erased(f"alert {row.alert_id}", reason)
        jpeg = None if picture is None else store.picture(row.alert_id)
        # Written before anything is shown: nobody looks unseen.
        what = f"alert:{row.alert_id}" if picture is None else f"alert:{row.alert_id}:picture"
        store.append(row.deployment_id, AccessViewed(what=what, who=account(), why=why))
        alert = _shown(store, row)
        if picture is not None and jpeg is not None:
            _write_picture(store, row, picture, jpeg)
    if as_json:
        typer.echo(json.dumps(shown(alert), indent=2, ensure_ascii=False))
    else:
        stdout.print(alert_details(alert))


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


def existing_folder(home: Path | None) -> Path:
    """The data folder; without a database in it there is nothing to look at, and the command fails."""
    from lfr_actors.store import database_exists

    folder = lfr_home(home)
    if not database_exists(folder):
        say_no_database(folder)
        raise typer.Exit(EXIT_FAILED)
    return folder


def account() -> str:
    """The account that runs this, as the system knows it; variables such as `USER` could say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number without a name
        return f"uid:{os.getuid()}"


def hides_score(row: AlertRow, *, two_person: bool) -> bool:
    """Whether the score of an alert is not shown here: two people decide it, and have not."""
    from lfr_actors.alerting.adjudication import score_hidden
    from lfr_actors.people import Person, Role
    from lfr_actors.store.decisions import case_of_row

    me = Person(name=account(), role=Role.OPERATOR)
    return score_hidden(case_of_row(row, two_person=two_person), me)


def _shown(store: Store, row: AlertRow) -> Shown:
    from lfr_actors.store.adjudicating import steps

    return Shown(
        row=row,
        hides_score=hides_score(row, two_person=store.deployment(row.deployment_id).two_person),
        missing=_missing(store, row),
        wanted=None if row.subject_id is None else store.wanted(row.alert_id),
        steps=steps(store, row.alert_id),
    )


def _missing(store: Store, row: AlertRow) -> tuple[str, ...]:
    """Which parts of the list did not answer the search that raised an alert."""
    from lfr_actors.events import AlertRaised

    (event,) = store.events(after=row.event_seq - 1, limit=1)
    return event.body.missing if isinstance(event.body, AlertRaised) else ()
