"""One alert, as one person may see it. That they look is in the log before anything is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lfr_actors.alerting.adjudication import Acknowledge, score_hidden
from lfr_actors.alerting.case import State
from lfr_actors.alerting.outcomes import OUTCOME_WORDS, Outcome
from lfr_actors.alerting.queue import urgency
from lfr_actors.console.addresses import alert_url, deployment_url, picture_url
from lfr_actors.console.alert_actions import action_views
from lfr_actors.console.context import ConsoleContext
from lfr_actors.console.lookups import alert_of
from lfr_actors.console.score_page import score_view
from lfr_actors.console.views import AlertView, ErasedView, PictureView, StepView, SubjectView
from lfr_actors.console.wording import decision_words, state_words, what_to_do
from lfr_actors.errors import Erased
from lfr_actors.events.keeping import DataErased
from lfr_actors.messages import Wanted, WantedPicture
from lfr_actors.people import Permission, Person
from lfr_actors.spec.site import read_site
from lfr_actors.store import Store
from lfr_actors.store.adjudicating import act, case_of, steps
from lfr_actors.store.alerts import CONTEXT, PROBE, alert_object
from lfr_actors.store.rows import AlertRow

SHORT: Final = 8
"""Characters of an id that people read."""
_LISTED: Final = "list-"
_HELD: Final = "It is known as false, and kept from erasure by a hold alone: it is not shown."
_NOT_FOR_YOU: Final = "Pictures are for operators and supervisors."
_NO_LIST: Final = "The list could not be read when the alert was raised: there is no picture to compare with."


def alert_view(context: ConsoleContext, person: Person, alert_id: str, *, sees: bool = True) -> AlertView:
    """An alert, for this person, who is written down as having looked at it.

    `sees`: an operator or supervisor who opens it has seen it, and it does not escalate any more; not so for an
    integration. Raises `web.HTTPNotFound` for an unknown alert.
    """
    store = context.store
    row = alert_of(store, alert_id)
    context.views.note(store, row.deployment_id, alert_object(alert_id), person, context.now())
    if sees and row.state is State.RAISED and row.erased_at is None and person.may(Permission.DECIDE):
        act(store, alert_id, Acknowledge(), person)
        row = alert_of(store, alert_id)
    return _view(context, person, row)


def is_shown(row: AlertRow) -> bool:
    """Whether who it is and the pictures may be shown to anybody: not once it is erased, or known as false."""
    return row.erased_at is None and not row.state.is_false


def _view(context: ConsoleContext, person: Person, row: AlertRow) -> AlertView:
    store, now = context.store, context.now()
    case = case_of(store, row.alert_id)
    hidden = score_hidden(case, person)
    told = urgency(row)
    wanted, subject_id = _facts(store, row)
    history = steps(store, row.alert_id)
    pictures = _pictures(store, row, person, wanted)
    return AlertView(
        alert_id=row.alert_id,
        short_id=row.alert_id[:SHORT],
        deployment_id=row.deployment_id,
        url=alert_url(row.alert_id),
        queue_url=deployment_url(row.deployment_id),
        camera=row.camera_id,
        track=row.track_id,
        captured_at=row.captured_at,
        raised_at=row.raised_at,
        age_s=(now - row.raised_at).total_seconds(),
        media_time_s=row.media_time_s,
        hits=row.hits,
        gallery_version=row.gallery_version,
        gallery_subjects=row.gallery_subjects,
        pack=row.pack,
        priority=row.priority,
        category=row.category,
        urgency=told.value,
        urgency_words=told.words,
        state=row.state,
        state_words=state_words(row.state),
        is_open=row.state.is_open,
        is_disputed=row.state is State.DISPUTED,
        two_person=case.two_person,
        decision_words=decision_words(case, person),
        purposes=context.logs.started(store, row.deployment_id).purposes,
        seen_by=row.seen_by,
        seen_at=row.seen_at,
        escalated_at=row.escalated_at,
        outcome=row.outcome,
        outcome_words=None if row.outcome is None else OUTCOME_WORDS[Outcome(row.outcome)],
        erased=_erased(store, row),
        subject=None if subject_id is None else _subject(subject_id, wanted, row),
        probe=next((each for each in pictures if each.kind == PROBE), None),
        listed=tuple(each for each in pictures if each.kind.startswith(_LISTED)),
        context=next((each for each in pictures if each.kind == CONTEXT), None),
        pictures_words=_pictures_words(person, pictures, row),
        score=None if hidden else score_view(context, row, context.alerts.of(store, row.deployment_id)),
        score_hidden=hidden,
        steps=tuple(StepView(at=one.at, who=one.who, words=one.what, why=one.why) for one in history),
        actions=action_views(case, person, now, lambda: read_site(store.home).offences),
        version=len(history),
    )


def _facts(store: Store, row: AlertRow) -> tuple[Wanted | None, str | None]:
    """What the list said of the subject, and its id; neither of one that is false or erased, also a moment ago."""
    if not is_shown(row):
        return None, None
    try:
        return store.wanted(row.alert_id), store.alert(row.alert_id).subject_id
    except Erased:
        return None, None


def _subject(subject_id: str, wanted: Wanted | None, row: AlertRow) -> SubjectView:
    born = None if wanted is None or wanted.date_of_birth is None else wanted.date_of_birth.isoformat()
    return SubjectView(
        subject_id=subject_id,
        category=row.category,
        priority=row.priority,
        legal_basis=None if wanted is None else wanted.legal_basis,
        date_of_birth=born,
        notes=None if wanted is None else wanted.notes,
        what_to_do=what_to_do(row.priority),
    )


def _pictures(store: Store, row: AlertRow, person: Person, wanted: Wanted | None) -> tuple[PictureView, ...]:
    if not is_shown(row) or not person.may(Permission.PICTURES):
        return ()
    facts = () if wanted is None else wanted.pictures
    return tuple(_picture(row, kind, facts) for kind in store.picture_kinds(row.alert_id))


def _picture(row: AlertRow, kind: str, facts: Sequence[WantedPicture]) -> PictureView:
    url = picture_url(row.alert_id, kind)
    if kind == PROBE:
        return PictureView(kind=kind, url=url, alt=f"The face as seen by camera {row.camera_id}")
    if kind == CONTEXT:
        alt = f"The moment at camera {row.camera_id}; the alerted face is marked, everybody else is blurred"
        return PictureView(kind=kind, url=url, alt=alt)
    place = int(kind.removeprefix(_LISTED))
    fact = facts[place] if place < len(facts) else None
    taken = None if fact is None or fact.image_taken is None else fact.image_taken.isoformat()
    return PictureView(
        kind=kind,
        url=url,
        alt=f"Picture {place + 1} of the watchlist",
        source=None if fact is None else fact.image_source,
        taken=taken,
    )


def _pictures_words(person: Person, pictures: Sequence[PictureView], row: AlertRow) -> str | None:
    if row.erased_at is not None:
        return None
    if row.state.is_false:
        return _HELD
    if not person.may(Permission.PICTURES):
        return _NOT_FOR_YOU
    return None if any(each.kind.startswith(_LISTED) for each in pictures) else _NO_LIST


def _erased(store: Store, row: AlertRow) -> ErasedView | None:
    """When it was erased, with its receipt from the log."""
    if row.erased_at is None:
        return None
    own = alert_object(row.alert_id)
    events = store.iter_events(after=row.event_seq, deployment_id=row.deployment_id, name=DataErased.NAME)
    for event in events:
        body = event.body
        if isinstance(body, DataErased) and body.object_id == own:
            return ErasedView(at=body.done_at, rule=body.rule, receipt_seq=event.seq, receipt_hash=event.hash)
    return ErasedView(at=row.erased_at, rule=None, receipt_seq=None, receipt_hash=None)
