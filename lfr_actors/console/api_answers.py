"""From the views of the pages to what the JSON API says, and from what it is told to acts."""

from __future__ import annotations

from aiohttp import web

from lfr_actors.alerting.case import (
    Acknowledge,
    Act,
    Adjudicate,
    Confirm,
    Engage,
    RecordOutcome,
    Undo,
)
from lfr_actors.console.actions import erases
from lfr_actors.console.api_models import Alert, Event, Picture, Possible
from lfr_actors.console.api_orders import (
    AcknowledgeAct,
    ActOrder,
    AdjudicateAct,
    AnyAct,
    ConfirmAct,
    EngageAct,
    OutcomeAct,
)
from lfr_actors.console.log_page import public_of
from lfr_actors.console.views import ActionView, AlertView, PictureView
from lfr_actors.events.log import StoredEvent

API = "/api/v1"
_TRUTH = {"yes": True, "no": False}
"""How a form says what JSON has its own words for."""


def alert_answer(view: AlertView) -> Alert:
    """An alert, with its pictures in one list and what may be done with it as bodies to post."""
    same = {
        name: getattr(view, name) for name in Alert.model_fields if name in AlertView.__dataclass_fields__
    }
    shown = [each for each in (view.probe, *view.listed, view.context) if each is not None]
    pictures = [_picture(view.alert_id, each) for each in shown]
    possible = [_possible(each) for each in view.actions]
    return Alert.model_validate(same | {"pictures": pictures, "possible": possible}, from_attributes=True)


def _picture(alert_id: str, view: PictureView) -> Picture:
    href = f"{API}/alerts/{alert_id}/pictures/{view.kind}"
    return Picture(kind=view.kind, href=href, source=view.source, taken=view.taken)


def _possible(view: ActionView) -> Possible:
    fields = {name: _TRUTH.get(value, value) for name, value in view.fields.items()}
    return Possible(
        body={"act": view.act, **fields},
        label=view.label,
        note_field=view.note_field,
        asks=view.asks,
        seconds_left=view.seconds_left,
        outcomes=tuple(choice.slug for choice in view.outcomes),
        offences=tuple(choice.slug for choice in view.offences),
    )


def event_answer(event: StoredEvent, hidden: frozenset[str]) -> Event:
    """An event's public part, without scores of `hidden` alerts. Raises `StoreError` for an altered one."""
    return Event(
        seq=event.seq,
        event_id=event.event_id,
        name=event.name,
        version=event.version,
        written_at=event.written_at,
        data=public_of(event, hidden),
        is_sealed=event.sealed is not None,
    )


def act_of(order: ActOrder) -> Act:
    """What is to be done. Raises `web.HTTPBadRequest` for what erases and is not confirmed."""
    asked = order.root
    act = _act(asked)
    if erases(act) and not (isinstance(asked, AdjudicateAct | ConfirmAct) and asked.confirm):
        raise web.HTTPBadRequest(text='It would be erased for ever: send "confirm": true if that is meant.')
    return act


def _act(asked: AnyAct) -> Act:
    match asked:
        case AcknowledgeAct():
            return Acknowledge()
        case AdjudicateAct():
            return Adjudicate(verdict=asked.verdict, why=asked.why)
        case EngageAct():
            return Engage(engaged=asked.engaged, why=asked.why)
        case ConfirmAct():
            return Confirm(same_person=asked.same_person, why=asked.why)
        case OutcomeAct():
            return RecordOutcome(outcome=asked.outcome, offence=asked.offence, note=asked.note)
        case _:
            return Undo()
