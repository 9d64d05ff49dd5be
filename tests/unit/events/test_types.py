"""The vocabulary: round trips, refusals, and what a public part may never hold."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import pickle
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.errors import StoreError
from lfr_actors.events import types
from lfr_actors.events.cameras import CameraOpened
from lfr_actors.events.chain import canonical_json
from lfr_actors.events.keeping import NonMatchesForgotten
from lfr_actors.events.types import EventBody, OpaqueBody, from_public, to_public, wire_name
from tests.unit.events.samples import BODIES, NOON, TOTALS, UNKNOWN, log_of


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a declared type."""
    if type(None) in get_args(hint):
        return st.none() | values(next(arm for arm in get_args(hint) if arm is not type(None)))
    if dataclasses.is_dataclass(hint):
        return st.builds(hint, **{name: values(arm) for name, arm in get_type_hints(hint).items()})
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is Mapping:
        return st.dictionaries(st.text(max_size=5), values(get_args(hint)[1]), max_size=3)
    if hint is dt.datetime:
        return st.datetimes(timezones=st.just(dt.UTC))
    plain = {
        str: st.text(max_size=10),
        int: st.integers(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
    }
    return plain[hint]


def bodies() -> st.SearchStrategy[EventBody]:
    """Any body of any kind, except those with histograms, whose lengths are fixed."""
    with_histograms = (types.CameraObserved, NonMatchesForgotten)
    kinds = [kind for kind in types.BODIES if kind not in with_histograms]
    return st.one_of(
        st.builds(
            kind,
            **{field.name: values(get_type_hints(kind)[field.name]) for field in dataclasses.fields(kind)},
        )
        for kind in kinds
    )


@given(bodies())
def test_every_body_comes_back_from_its_json(body: EventBody) -> None:
    """What is written of any body, through canonical JSON, reads as the same body."""
    name, version = wire_name(body)
    assert from_public(name, version, json.loads(canonical_json(to_public(body)))) == body


@pytest.mark.parametrize("body", [*BODIES, TOTALS, UNKNOWN], ids=lambda body: type(body).__name__)
def test_bodies_travel_between_processes(body: object) -> None:
    """Every kind of body pickles."""
    assert pickle.loads(pickle.dumps(body)) == body


def test_every_kind_is_sampled_and_named_once() -> None:
    """Wire names are unique, and the samples hold every kind."""
    assert {type(body) for body in BODIES} == set(types.BODIES)
    assert len({(kind.NAME, kind.VERSION) for kind in types.BODIES}) == len(types.BODIES)


def test_wire_names_are_stable() -> None:
    """Names and fields already written to logs do not change unnoticed."""
    assert {kind.NAME: kind.VERSION for kind in types.BODIES} == {
        "deployment.started": 3,
        "watchlist.built": 2,
        "camera.opened": 1,
        "camera.lost": 1,
        "camera.failed": 1,
        "camera.ended": 1,
        "camera.observed": 1,
        "alert.raised": 3,
        "threshold.changed": 1,
        "bluelist.seeded": 1,
        "bluelist.passed": 1,
        "bluelist.recognised": 1,
        "measurement.declared": 1,
        "rate.left_band": 1,
        "rate.returned": 1,
        "camera.paused": 1,
        "camera.resumed": 1,
        "deployment.stopped": 1,
        "deployment.closed": 1,
        "access.viewed": 1,
        "retention.declared": 1,
        "nonmatch.forgotten": 1,
        "alert.adjudicated": 2,
        "alert.seen": 1,
        "alert.escalated": 1,
        "alert.opinion_given": 1,
        "alert.disputed": 1,
        "alert.decision_undone": 1,
        "alert.engaged": 1,
        "alert.confirmed": 1,
        "outcome.recorded": 1,
        "account.added": 1,
        "account.changed": 1,
        "account.signed_in": 1,
        "account.sign_in_refused": 1,
        "account.signed_out": 1,
        "token.issued": 1,
        "token.revoked": 1,
        "deployment.stop_requested": 1,
        "webhook.suspended": 1,
        "webhook.resumed": 1,
        "webhook.dead_lettered": 1,
        "webhook.replayed": 1,
        "watchlist.amendment_requested": 1,
        "watchlist.amended": 2,
        "watchlist.amendment_refused": 1,
        "matcher.incomplete": 1,
        "matcher.complete": 1,
        "search.disagreed": 1,
        "matcher.observed": 1,
        "footage.recorded": 1,
        "footage.stopped": 1,
        "footage.resumed": 1,
        "deployment.lost": 1,
        "data.erased": 1,
        "erasure.ordered": 1,
        "erasure.overdue": 1,
        "hold.placed": 1,
        "hold.released": 1,
        "keys.rotated": 1,
        "watchlist.sealed": 1,
        "watchlist.erasure_ordered": 1,
    }


def test_no_body_can_hold_a_subject_or_a_picture() -> None:
    """No kind has a field for a subject, a picture, a template or a name, nor one that takes bytes."""
    forbidden = ("subject_id", "jpeg", "picture", "template_", "vector", "embedding", "chip", "officer")
    for kind in types.BODIES:
        for name, hint in get_type_hints(kind).items():
            assert not any(word in name for word in forbidden), f"{kind.NAME}.{name}"
            assert "bytes" not in str(hint)
            assert "NDArray" not in str(hint)


@pytest.mark.parametrize(("name", "version"), [("drone.launched", 1), ("camera.opened", 99)])
def test_what_a_newer_version_wrote_is_readable(name: str, version: int) -> None:
    """An unknown name or version reads as an opaque body and writes as it was."""
    public = {"anything": [1, {"deep": None}]}
    body = from_public(name, version, public)
    assert body == OpaqueBody(name=name, version=version, public=public)
    assert to_public(body) == public
    assert wire_name(body) == (name, version)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"width": "1280"}, "CameraOpened.width"),
        ({"width": True}, "CameraOpened.width"),
        ({"width": None}, "CameraOpened.width"),
        ({"width": 12.5}, "CameraOpened.width"),
        ({"camera": 3}, "CameraOpened.camera"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(changes: dict[str, Any], names: str) -> None:
    """A body with a wrong value cannot be written, nor read; the error names the field."""
    right = {"camera": "a", "width": 1, "height": 1, "source_kind": "file"}
    with pytest.raises(TypeError, match=names):
        to_public(CameraOpened(**(right | changes)))
    with pytest.raises(TypeError, match=names):
        from_public("camera.opened", 1, right | changes)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    """NaN and infinities never reach the log."""
    with pytest.raises(ValueError, match=r"CameraLost\.retry_in_s"):
        to_public(types.CameraLost(camera="a", reason="r", retry_in_s=number))


def test_missing_and_unknown_fields_are_named() -> None:
    """A known kind with other fields is refused, naming them."""
    with pytest.raises(ValueError, match=r"\['colour'\].*\['height', 'source_kind', 'width'\]"):
        from_public("camera.opened", 1, {"camera": "a", "colour": 1})


def test_numpy_numbers_are_written_as_numbers() -> None:
    """A score straight out of an array is written like any other."""
    body = types.CameraLost(camera="a", reason="r", retry_in_s=np.float32(0.5))  # type: ignore[arg-type]
    assert canonical_json(to_public(body)) == '{"camera":"a","reason":"r","retry_in_s":0.5}'


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time cannot be written; one of another zone is written in UTC."""
    alert = next(body for body in BODIES if isinstance(body, types.AlertRaised))
    with pytest.raises(ValueError, match="no time zone"):
        to_public(dataclasses.replace(alert, captured_at=NOON.replace(tzinfo=None)))
    east = NOON.astimezone(dt.timezone(dt.timedelta(hours=9)))
    public = to_public(dataclasses.replace(alert, captured_at=east))
    assert public["captured_at"] == "2024-09-07T12:00:00.000000Z"


def test_a_histogram_of_another_length_is_refused() -> None:
    """Counts always belong to the fixed bins."""
    observed = next(body for body in BODIES if isinstance(body, types.CameraObserved))
    with pytest.raises(ValueError, match="histograms of"):
        dataclasses.replace(observed, score_histogram=(1, 2, 3))
    with pytest.raises(ValueError, match="3 bins of chip"):
        NonMatchesForgotten(camera="a", ages_histogram={"chip": (1, 2, 3)}, longest_s={})


def test_a_stored_event_reads_as_its_body() -> None:
    """The log gives back the bodies, the times, and a JSON view without the sealed part."""
    for event, body in zip(log_of(), BODIES, strict=True):
        assert event.body == body
        assert event.at.tzinfo is dt.UTC
        assert "sealed" not in event.to_json()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"camera": 1}'])
def test_a_damaged_event_says_so(text: str) -> None:
    """A public part that is no longer readable is a named fault."""
    event = dataclasses.replace(log_of()[2], public_json=text)
    with pytest.raises(StoreError, match="event 3"):
        _ = event.body
