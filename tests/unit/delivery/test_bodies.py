"""What webhooks say: every kind of event there and back, and what receivers must not trip over."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.delivery.bodies import (
    DELIVERED,
    PictureLink,
    SubjectFacts,
    WebhookTest,
    body_of,
    is_delivered,
    read_body,
    trial_body,
)
from lfr_actors.errors import BodyRefused
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import OpaqueBody
from tests.unit.events.samples import NOON, log_of

LOG = [event for event in log_of() if is_delivered(event.name)]
RAISED = next(event for event in LOG if event.name == "alert.raised")
SUBJECT = SubjectFacts(subject_id="S-1", category="warrant", priority="amber", notes='<script>"é"</script>')
PICTURE = PictureLink(kind="probe", url="https://c.example/api/v1/pictures/tok", expires_at=NOON)


def _changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(body_of(RAISED)), **changes}).encode()


@pytest.mark.parametrize("event", LOG, ids=lambda event: event.name)
def test_every_kind_of_event_arrives_as_it_was_written(event: StoredEvent) -> None:
    """A receiver has the same typed body as the log, and the facts about it."""
    got = read_body(body_of(event))
    assert got.body == event.body
    assert (got.type, got.version, got.id, got.seq) == (event.name, event.version, event.event_id, event.seq)
    assert (got.at, got.deployment) == (event.at, event.deployment_id)
    assert (got.subject, got.pictures) == (None, ())


def test_every_kind_that_is_delivered_has_a_sample() -> None:
    """No kind of event is left out of the test above."""
    assert {event.name for event in LOG} >= {kind.NAME for kind in DELIVERED}


@pytest.mark.parametrize("event", [event for event in log_of() if not is_delivered(event.name)])
def test_some_events_are_never_delivered(event: StoredEvent) -> None:
    """Nothing of accounts, tokens, webhooks, and of who looked at what leaves by this way."""
    assert event.name.split(".")[0] in ("webhook", "account", "token", "access")
    with pytest.raises(ValueError, match="never delivered"):
        body_of(event)


def test_nothing_sealed_is_told_unless_it_is_handed_in() -> None:
    """Without a subject and pictures there is no such key, and no ciphertext either."""
    assert RAISED.sealed is not None
    document = json.loads(body_of(RAISED))
    assert sorted(document) == ["data", "deployment", "id", "seq", "timestamp", "type", "version"]
    assert "subject_id" not in document["data"]


def test_subject_and_pictures_are_told_when_they_are_handed_in() -> None:
    """They arrive as they were, whatever characters stand in them, in ASCII."""
    content = body_of(RAISED, subject=SUBJECT, pictures=[PICTURE])
    assert content.isascii()
    got = read_body(content)
    assert got.subject == SUBJECT
    assert got.pictures == (PICTURE,)


def test_personal_facts_are_not_in_a_repr() -> None:
    """A consumer that logs an event does not log whom it is about, nor the address of a picture."""
    shown = repr(read_body(body_of(RAISED, subject=SUBJECT, pictures=[PICTURE])))
    assert "S-1" not in shown
    assert "tok" not in shown


def test_the_same_event_is_the_same_bytes() -> None:
    """A second attempt sends what the first did."""
    assert body_of(RAISED, subject=SUBJECT) == body_of(replace(RAISED), subject=replace(SUBJECT))


def test_a_trial_says_that_it_is_one() -> None:
    """It looks like any other webhook and stands for no event."""
    got = read_body(trial_body("c2", "test-1", NOON))
    assert (got.type, got.seq, got.id, got.at, got.deployment) == ("webhook.test", 0, "test-1", NOON, "-")
    assert got.body == WebhookTest(endpoint="c2")


def test_what_is_not_known_yet_stays_readable() -> None:
    """Another type, another version, and keys nobody heard of reach the consumer as they are, or not at all."""
    later = read_body(_changed(type="alert.teleported", data={"where": {"x": [1]}}, colour="blue"))
    assert later.body == OpaqueBody(name="alert.teleported", version=3, public={"where": {"x": [1]}})
    newer = read_body(_changed(version=99))
    assert isinstance(newer.body, OpaqueBody)
    assert newer.body.public["score"] == 0.971


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"seq": NaN}', "not JSON"),
        (b'{"seq": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "'type' is missing"),
        (_changed(type=3), "'type' is missing or not of its type"),
        (_changed(version="3"), "'version'"),
        (_changed(version=True), "'version'"),
        (_changed(seq=None), "'seq'"),
        (_changed(id=7), "'id'"),
        (_changed(data=[]), "'data'"),
        (_changed(timestamp="yesterday"), "yesterday"),
        (_changed(data={"alert_id": "x"}), "missing fields"),
        (_changed(data={**RAISED.public, "score": 10**400}), "too large"),
        (_changed(data={**RAISED.public, "hits": True}), "hits"),
        (_changed(subject="Bob"), "subject is not a JSON object"),
        (_changed(subject={"name": "Bob"}), "unknown fields"),
        (_changed(pictures={}), "'pictures'"),
        (_changed(pictures=["x"]), "a picture is not a JSON object"),
        (_changed(pictures=[{"kind": "probe"}]), "missing fields"),
    ],
)
def test_what_is_no_event_is_refused(content: bytes, said: str) -> None:
    """Each mistake gets its sentence, and none is an error of the receiver."""
    with pytest.raises(BodyRefused, match="webhook") as refused:
        read_body(content)
    assert said in str(refused.value)


def test_a_picture_is_fetched_until_a_time_with_a_zone() -> None:
    """When an address ends is the same moment on both sides."""
    got = read_body(body_of(RAISED, pictures=[replace(PICTURE, expires_at=NOON + dt.timedelta(minutes=5))]))
    assert got.pictures[0].expires_at == NOON + dt.timedelta(minutes=5)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    event=st.sampled_from(LOG),
    outer=st.sampled_from(
        ["type", "version", "id", "seq", "timestamp", "deployment", "data", "subject", "pictures"]
    ),
    inner=st.booleans(),
    value=_JSON,
)
def test_whatever_stands_in_a_key_is_read_or_refused(
    event: StoredEvent, outer: str, inner: bool, value: Any
) -> None:
    """No value anywhere makes a receiver fail in another way than by refusing the body."""
    document = json.loads(body_of(event))
    if inner and document["data"]:
        document["data"][sorted(document["data"])[0]] = value
    else:
        document[outer] = value
    with contextlib.suppress(BodyRefused):
        assert read_body(json.dumps(document).encode()).deployment == document["deployment"]
