"""The published schemas say what is sent: no less and no more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from lfr_actors.delivery.bodies import PictureLink, SubjectFacts, body_of, is_delivered, trial_body
from lfr_actors.delivery.schemas import KINDS, schema_of
from lfr_actors.events.log import StoredEvent
from tests.unit.events.samples import NOON, log_of

LOG = [event for event in log_of() if is_delivered(event.name)]
RAISED = next(event for event in LOG if event.name == "alert.raised")


def _said(event: StoredEvent) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(body_of(event))
    return document


@pytest.fixture(scope="module")
def of_all() -> Draft202012Validator:
    """What validates any webhook."""
    return Draft202012Validator(schema_of())


@pytest.mark.parametrize("name", [None, *KINDS])
def test_every_schema_is_one(name: str | None) -> None:
    """Each is valid under JSON Schema 2020-12, and says what it is about."""
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    assert schema["description"]
    assert name is None or schema["title"].startswith(f"{name} version ")


@pytest.mark.parametrize("event", LOG, ids=lambda event: event.name)
def test_what_is_sent_is_valid(event: StoredEvent, of_all: Draft202012Validator) -> None:
    """Every kind of event is valid under its own schema and under that of all."""
    Draft202012Validator(schema_of(event.name)).validate(_said(event))
    of_all.validate(_said(event))


def test_a_trial_is_valid(of_all: Draft202012Validator) -> None:
    """So is what only tries an endpoint."""
    document = json.loads(trial_body("c2", "test-1", NOON))
    of_all.validate(document)
    Draft202012Validator(schema_of("webhook.test")).validate(document)


def test_subject_and_pictures_are_in_the_schema(of_all: Draft202012Validator) -> None:
    """Whoever may be told them finds them described; half of them is refused."""
    picture = PictureLink(kind="probe", url="https://c.example/p/t", expires_at=NOON)
    document = json.loads(body_of(RAISED, subject=SubjectFacts(subject_id="S-1"), pictures=[picture]))
    of_all.validate(document)
    del document["pictures"][0]["expires_at"]
    with pytest.raises(ValidationError):
        of_all.validate(document)


@pytest.mark.parametrize(
    "change",
    [
        {"score": "0.9"},
        {"score": None},
        {"hits": 1.5},
        {"captured_at": "2024-09-07"},
        {"missing": "all"},
        {"name": "Bob"},
        {"category": 3},
    ],
)
def test_another_type_or_key_is_invalid(change: dict[str, Any], of_all: Draft202012Validator) -> None:
    """A schema that takes anything would prove nothing: each change of the data is found by both."""
    document = _said(RAISED)
    document["data"] |= change
    for schema in (of_all, Draft202012Validator(schema_of("alert.raised"))):
        with pytest.raises(ValidationError):
            schema.validate(document)


def test_a_type_or_version_to_come_is_taken_by_the_schema_of_all(of_all: Draft202012Validator) -> None:
    """A receiver that validates does not break when the sender is newer; its outer form is still checked."""
    for change in ({"type": "alert.teleported", "data": {"x": 1}}, {"version": 99, "data": {}}):
        of_all.validate(_said(RAISED) | change)
        with pytest.raises(ValidationError):
            Draft202012Validator(schema_of("alert.raised")).validate(_said(RAISED) | change)
    with pytest.raises(ValidationError):
        of_all.validate(_said(RAISED) | {"type": "alert.teleported", "seq": "1"})


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    """A typing mistake is told what it was meant for; what is never delivered has no schema."""
    with pytest.raises(ValueError, match=r"write .*alert\.raised"):
        schema_of("alert.rised")
    with pytest.raises(ValueError, match="is not the type of a webhook"):
        schema_of("account.added")
