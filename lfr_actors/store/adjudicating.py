"""Deciding alerts in a store: one way in, for the console, the JSON API and the command line."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from lfr_actors.alerting.adjudication import is_done, step
from lfr_actors.alerting.case import Acknowledge, Act, Adjudicate, Case, Opinion, RecordOutcome, State
from lfr_actors.alerting.escalation import overdue_since
from lfr_actors.errors import Conflict, Refused
from lfr_actors.events.log import StoredEvent
from lfr_actors.people import Person
from lfr_actors.retention.false_alert import erase_false
from lfr_actors.spec.site import read_site
from lfr_actors.store.decisions import Standing
from lfr_actors.store.history import HistoryStep, history
from lfr_actors.store.rows import AlertRow
from lfr_actors.store.store import Store

__all__ = [
    "Acted",
    "HistoryStep",
    "act",
    "carry_out",
    "case_of",
    "escalate_due",
    "opinions",
    "queue",
    "steps",
    "waiting_opinions",
]

_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What became of an act: the alert after it, the events written, and the receipts of what it erased.

    The first receipt is that of the alert itself; there are none where it erased nothing, or a hold keeps it.
    """

    row: AlertRow
    written: tuple[StoredEvent, ...]
    receipts: tuple[StoredEvent, ...]


def act(store: Store, alert_id: str, act: Act, person: Person, *, expects: State | None = None) -> AlertRow:
    """Carry out what a person does with an alert, and give it as it stands then; see `carry_out`."""
    return carry_out(store, alert_id, act, person, expects=expects).row


def carry_out(
    store: Store, alert_id: str, act: Act, person: Person, *, expects: State | None = None
) -> Acted:
    """Carry out what a person does with an alert: state and events in one transaction; a false one is erased.

    `expects` is the state that the person saw when they decided: where somebody else has decided since, this
    refuses instead of deciding on top of it. What was said already is not written again.

    Raises `Refused` naming what is wrong and what may be done, `Conflict` when somebody else decided meanwhile;
    `StoreError` for an unknown alert; `KeyRefused`, with nothing written, without its keys; `VaultError` when a
    false alert is written as such and could not be erased: the same act again, or the next catch-up, tries again.
    """
    if isinstance(act, RecordOutcome) and act.offence is not None:
        _check_offence(store, alert_id, act.offence)
    _ = store.keys  # without them a false alert could be written as such and not be erased
    seen = store.decisions.standing(alert_id)
    first = seen.case if expects is None else replace(seen.case, state=expects)
    for _ in range(_ATTEMPTS):
        if not _is_as_it_was(first, seen.case, act):
            break
        taken = step(_opened(store, seen, act), act, person, store.decisions.now())
        written = store.decisions.write(seen, taken, person.name) if taken.entries else []
        if written is not None:
            receipts = erase_false(store, seen.row) if taken.erases else []
            return Acted(row=store.alert(alert_id), written=tuple(written), receipts=tuple(receipts))
        seen = store.decisions.standing(alert_id)
    reason = f"somebody else decided at this moment: look again, it is {seen.case.state}"
    raise Conflict(f"alert {alert_id}", reason)


def case_of(store: Store, alert_id: str) -> Case:
    """The case of an alert for `possible` and `score_hidden`; opinions stay sealed, and no key is needed."""
    return store.decisions.standing(alert_id).case


def opinions(store: Store, alert_id: str, person: Person) -> tuple[Opinion, ...]:
    """The opinions of the present round as this person may see them.

    Before both are given, what somebody else decided is sealed (`verdict` and `why` None). So it is once erased.
    """
    standing = store.decisions.standing(alert_id)
    blind = standing.case.state is State.ONE_OPINION
    mine = [each for each in standing.case.opinions if not blind or each.who == person.name]
    opened = {each.ordinal: each for each in store.decisions.opened(mine, standing)}
    return tuple(opened.get(each.ordinal, each) for each in standing.case.opinions)


def steps(store: Store, alert_id: str) -> tuple[HistoryStep, ...]:
    """Every step of an alert out of the log: when, who, what, and why where that is still there.

    What one of two operators decided is left out until both have.
    """
    return history(store, store.decisions.standing(alert_id).row)


def queue(store: Store, deployment_id: str) -> list[AlertRow]:
    """The alerts of a deployment in the order in which they were raised; nothing sealed is opened."""
    return store.alerts(deployment_id, identities=False)


def waiting_opinions(store: Store, deployment_id: str) -> dict[str, str]:
    """The alerts of a deployment that wait for a second opinion, and who gave the first."""
    return store.decisions.waiting(deployment_id)


def escalate_due(store: Store, deployment_id: str, now: dt.datetime) -> list[str]:
    """Escalate what nobody acknowledged in time, each once; their ids. Writes nothing where nothing is due."""
    since = overdue_since(store.deployment(deployment_id).acknowledge_within_s, now)
    if since is None or not store.decisions.unacknowledged(deployment_id, since):
        return []
    return store.decisions.escalate(deployment_id, since, now)


def _is_as_it_was(first: Case, now: Case, act: Act) -> bool:
    """Whether what a person decided on seeing `first` is still an answer to how the alert stands now.

    To acknowledge is no decision, and to have acknowledged changes none. With two people an opinion is one,
    whether the other came first.
    """
    if isinstance(act, Acknowledge) or is_done(now, act):
        return True
    alike = {State.RAISED, State.SEEN} | ({State.ONE_OPINION} if now.two_person else set())
    same_state = now.state is first.state or {now.state, first.state} <= alike
    return same_state and now.outcome == first.outcome


def _opened(store: Store, seen: Standing, act: Act) -> Case:
    """The case with the first opinion opened, where the second is to be compared with it."""
    if not isinstance(act, Adjudicate) or seen.case.state is not State.ONE_OPINION:
        return seen.case
    return replace(seen.case, opinions=store.decisions.opened(seen.case.opinions, seen))


def _check_offence(store: Store, alert_id: str, offence: str) -> None:
    """Refuse an offence that is not one of the site's: it would stand in the log for ever."""
    known = read_site(store.home).offences
    if offence not in known:
        reason = f"{offence!r} is not a category of offences; known are {', '.join(known)}"
        raise Refused(f"alert {alert_id}", reason)
