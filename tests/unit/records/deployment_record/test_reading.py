"""From which log a record is made, and from which none is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lfr_actors.errors import ChainBroken, StoreError
from lfr_actors.events.chain import Head
from lfr_actors.events.types import OpaqueBody
from lfr_actors.records.deployment_record.reading import Subject, read_traces
from tests.unit.records.deployment_record.story import NAME, Script, document, judged, matchday, raised

DAY = Subject(kind="deployment", name=NAME)


def test_of_an_altered_log_no_record_is_made() -> None:
    """The first event that is not what was written is named, also one of another deployment after the record."""
    script = matchday()
    script.add("another", raised("b1"), *judged("b1", "false"))
    last = script.log[-1]
    altered = [*script.log[:-1], replace(last, public_json=last.public_json.replace("false", "true"))]
    with pytest.raises(ChainBroken, match=f"event {last.seq}: edited"):
        document(altered)
    with pytest.raises(ChainBroken, match="event 12: removed"):
        document([*script.log[:11], *script.log[12:]], upto=10)


def test_a_log_that_was_cut_or_computed_anew_is_refused_by_a_head() -> None:
    """Whoever noted an older head is told when the log does not contain it."""
    log = matchday().log
    head = Head(seq=len(log), hash=log[-1].hash)
    with pytest.raises(ChainBroken, match="truncated"):
        read_traces(log[:-1], DAY, expected_heads=(head,))
    assert read_traces(log, DAY, expected_heads=(head,)).head == head


def test_an_earlier_record_can_be_made_again() -> None:
    """Up to the same event, a log that has grown since gives the same bytes."""
    script = matchday()
    before = document(script.log).json_bytes()
    upto = len(script.log)
    script.add(NAME, *judged("a11", "true"))
    assert document(script.log).json_bytes() != before
    assert document(script.log, upto=upto).json_bytes() == before
    with pytest.raises(StoreError, match=f"has events 1 to {len(script.log)}, and none with the number 999"):
        document(script.log, upto=999)


def test_what_is_not_there_is_named_with_what_is() -> None:
    """A wrong name is answered with the right ones."""
    log = matchday(operation="matchdays").log
    with pytest.raises(StoreError, match=f"has no deployment 'wrexam'; it has {NAME}"):
        document(log, "wrexam")
    with pytest.raises(StoreError, match="has no operation 'x'; it has matchdays"):
        document(log, operation="x")
    with pytest.raises(StoreError, match="it has no operation at all"):
        document(matchday().log, operation="x")


def test_a_start_of_another_version_is_said() -> None:
    """A deployment whose start cannot be read has no record."""
    script = Script()
    script.add(NAME, OpaqueBody(name="deployment.started", version=99, public={}))
    with pytest.raises(
        StoreError, match=r"its start cannot be read: the log has deployment.started version 99"
    ):
        document(script.log)
