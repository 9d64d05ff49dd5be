"""`lfr alerts acknowledge|adjudicate|engage|confirm|outcome|undo`: what people decide of an alert, step by step.

The account of the operating system acts, as an operator; with `--as-supervisor` as a supervisor. Every step goes
the same way as those of the console, and is written with the account's name.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lfr_actors.alerting.case import (
    Acknowledge,
    Act,
    Adjudicate,
    Confirm,
    Engage,
    RecordOutcome,
    State,
    Undo,
    Verdict,
)
from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.cli.alert_views import listed
from lfr_actors.cli.alerts import account, alerts_app, existing_folder, hides_score, said
from lfr_actors.cli.app import HomeOption, JsonOption, say
from lfr_actors.cli.opening import opened, shout
from lfr_actors.errors import VaultError
from lfr_actors.events.codec import utc_text

if TYPE_CHECKING:
    from lfr_actors.people import Person
    from lfr_actors.store import AlertRow, Store
    from lfr_actors.store.adjudicating import Acted

AlertArgument = Annotated[
    str, typer.Argument(metavar="ALERT", help="The alert's id, or a beginning that no other has.")
]
WhyOption = Annotated[
    str | None,
    typer.Option(help="Why; sealed, and erased with the alert.", callback=said, show_default=False),
]
SupervisorOption = Annotated[
    bool,
    typer.Option("--as-supervisor", help="Act as a supervisor: decide what is disputed, correct an outcome."),
]


class Engaged(StrEnum):
    """Whether officers spoke to the person."""

    ENGAGED = "engaged"
    NOT_ENGAGED = "not-engaged"


class Confirmed(StrEnum):
    """Whom officers found."""

    TRUE = "true"
    FALSE = "false"


def register(app: typer.Typer) -> None:
    """Add the commands to `lfr alerts`."""
    del app
    for name, command in (
        ("acknowledge", acknowledge),
        ("adjudicate", adjudicate),
        ("engage", engage),
        ("confirm", confirm),
        ("outcome", outcome),
        ("undo", undo),
    ):
        alerts_app.command(name)(command)


def acknowledge(alert_id: AlertArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write that you have seen an alert: it does not escalate any more."""
    _carry_out(alert_id, Acknowledge(), home, as_json)


def adjudicate(
    alert_id: AlertArgument,
    verdict: Annotated[
        Verdict, typer.Argument(help="Is the person seen the person on the list?", show_default=False)
    ],
    why: WhyOption = None,
    as_supervisor: SupervisorOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what you decide of an alert, with your account's name.

    A false alert is erased before this returns: pictures, template and identity. Only a hold keeps it. Exit
    status 1 when it could not be erased. Where two people decide, this is one opinion of the two.
    """
    _carry_out(alert_id, Adjudicate(verdict=verdict, why=why), home, as_json, as_supervisor=as_supervisor)


def engage(
    alert_id: AlertArgument,
    engaged: Annotated[Engaged, typer.Argument(help="Did officers speak to the person?", show_default=False)],
    why: WhyOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write whether officers spoke to the person of a true alert."""
    _carry_out(alert_id, Engage(engaged=engaged is Engaged.ENGAGED, why=why), home, as_json)


def confirm(
    alert_id: AlertArgument,
    confirmed: Annotated[
        Confirmed, typer.Argument(help="Was it the person on the list?", show_default=False)
    ],
    why: WhyOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write whom officers found; an alert that was of somebody else is erased before this returns."""
    _carry_out(alert_id, Confirm(same_person=confirmed is Confirmed.TRUE, why=why), home, as_json)


def outcome(
    alert_id: AlertArgument,
    outcome: Annotated[Outcome, typer.Argument(help="What came of it.", show_default=False)],
    offence: Annotated[
        str | None, typer.Option(help="Category of the offence, of the site's list.", show_default=False)
    ] = None,
    note: Annotated[
        str | None,
        typer.Option(help="A note; sealed, and erased with the alert.", callback=said, show_default=False),
    ] = None,
    as_supervisor: SupervisorOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what came of an alert. Another outcome of the same corrects the first: that is a supervisor's."""
    act = RecordOutcome(outcome=outcome, offence=offence, note=note)
    _carry_out(alert_id, act, home, as_json, as_supervisor=as_supervisor)


def undo(alert_id: AlertArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take back your own last step, within ten seconds; never across an erasure."""
    _carry_out(alert_id, Undo(), home, as_json, as_supervisor=True)


def _carry_out(
    alert_id: str, act: Act, home: Path | None, as_json: bool, *, as_supervisor: bool = False
) -> None:
    from lfr_actors.cli.hold import holders
    from lfr_actors.retention.policy import DataClass
    from lfr_actors.store.alerts import alert_object

    with opened(existing_folder(home)) as store:
        row = store.alert(alert_id)
        acted = _acted(store, row, act, _person(as_supervisor))
        held_by = []
        if acted.row.state.is_false and acted.row.erased_at is None:
            held_by = holders(store, alert_object(row.alert_id))
        kept = store.policy_of(row.deployment_id).rule_of(DataClass.ALERT).words
        hidden = hides_score(acted.row, two_person=store.deployment(row.deployment_id).two_person)
    if as_json:
        typer.echo(json.dumps(_document(acted, held_by, hidden), indent=2, ensure_ascii=False))
    else:
        _tell(acted, held_by, kept)


def _acted(store: Store, row: AlertRow, act: Act, person: Person) -> Acted:
    from lfr_actors.store.adjudicating import carry_out

    try:
        return carry_out(store, row.alert_id, act, person)
    except VaultError:
        after = store.decisions.standing(row.alert_id).row
        if after.state.is_false and after.erased_at is None:
            shout(
                f"alert {row.alert_id} is written as false, but it is NOT ERASED: mend this, then lfr purge"
            )
        raise


def _person(as_supervisor: bool) -> Person:
    from lfr_actors.people import Person, Role

    return Person(name=account(), role=Role.SUPERVISOR if as_supervisor else Role.OPERATOR)


def _document(acted: Acted, held_by: list[str], hidden: bool) -> dict[str, Any]:
    from lfr_actors.retention.receipts import receipt_of

    receipts = [receipt_of(event).to_json() for event in acted.receipts]
    return listed(acted.row, hides_score=hidden) | {
        "receipt": receipts[0] if receipts else None,
        "copies": receipts[1:],
        "held_by": held_by,
    }


def _tell(acted: Acted, held_by: list[str], kept: str) -> None:
    row = acted.row
    came_of_it = "" if row.outcome is None else f", outcome {row.outcome}"
    say(f"alert {row.alert_id}: {row.state}{came_of_it}")
    if not acted.written and not acted.receipts:
        say("nothing was written: it was so already")
    if row.state is State.ONE_OPINION:
        say("this is one opinion of two: somebody else gives the second, without seeing it")
    elif row.state is State.DISPUTED:
        say("the two opinions differ: a supervisor who gave neither decides")
    if acted.receipts:
        say(f"erased: pictures, template and identity are gone; receipt: event {acted.receipts[0].seq}")
        for event in acted.receipts[1:]:
            say(f"erased with it, since it showed it: a {event.public['kind']}; receipt: event {event.seq}")
    elif row.erased_at is not None:
        say(f"it was erased at {utc_text(row.erased_at)}")
    elif held_by:
        say(f"not erased before it is released: kept by {', '.join(f'hold {hold}' for hold in held_by)}")
    elif not row.state.is_open:
        say(f"kept, and erased {kept}")
