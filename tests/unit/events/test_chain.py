"""The chain: whatever is done to a log is found, and the first broken link is named."""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.errors import ChainBroken
from lfr_actors.events.chain import (
    GENESIS,
    ORIGIN,
    Breach,
    BrokenLink,
    Head,
    VerifiedChain,
    canonical_json,
    check,
    hash_of,
    link_hash,
    verify,
)
from lfr_actors.events.log import StoredEvent
from tests.unit.events.samples import BODIES, log_of

LOG = log_of()
HEAD = Head(seq=len(LOG), hash=LOG[-1].hash)
COVERED = ("event_id", "deployment_id", "name", "written_at", "public_json")

places = st.integers(0, len(LOG) - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def broken(log: list[StoredEvent], *heads: Head) -> BrokenLink:
    """What is wrong with a log that must not verify."""
    found = check(log, heads)
    assert isinstance(found, BrokenLink), found
    return found


def continued(log: list[StoredEvent], place: int) -> list[StoredEvent]:
    """The log with every hash from this place on computed anew, as a thorough forger would."""
    forged = list(log[:place])
    prev_hash = forged[-1].hash if forged else GENESIS
    for seq, event in enumerate(log[place:], start=place + 1):
        moved = replace(event, seq=seq, prev_hash=prev_hash)
        forged.append(replace(moved, hash=hash_of(moved)))
        prev_hash = forged[-1].hash
    return forged


def test_an_untouched_log_verifies() -> None:
    """A valid log verifies, gives its head, and contains every earlier head."""
    assert verify(LOG) == VerifiedChain(events=len(BODIES), head=HEAD)
    for event in LOG:
        assert verify(LOG, Head(seq=event.seq, hash=event.hash)).head == HEAD


def test_an_empty_log_verifies() -> None:
    """Nothing written is a valid log, whose head is its beginning."""
    assert verify([]) == VerifiedChain(events=0, head=ORIGIN)
    assert verify([], ORIGIN).events == 0


@given(places, st.sampled_from(COVERED), st.data())
def test_any_byte_edited_is_found(place: int, column: str, data: st.DataObject) -> None:
    """One character changed in any covered text is found at that event."""
    text = getattr(LOG[place], column)
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda c: c != text[at]))
    log = list(LOG)
    log[place] = replace(log[place], **{column: text[:at] + character + text[at + 1 :]})
    found = broken(log)
    assert (found.seq, found.breach) == (place + 1, Breach.EDITED)


@given(places, st.binary(max_size=8) | st.none(), st.integers(4, 9))
def test_an_edited_sealed_part_or_version_is_found(place: int, sealed: bytes | None, version: int) -> None:
    """The chain covers ciphertext and version; an absent sealed part is not an empty one."""
    log = list(LOG)
    if sealed != log[place].sealed:
        log[place] = replace(LOG[place], sealed=sealed)
        assert broken(log).seq == place + 1
    log[place] = replace(LOG[place], version=version)
    assert broken(log).seq == place + 1


@given(places)
def test_an_edit_with_its_own_hash_computed_anew_is_found(place: int) -> None:
    """Editing an event and mending only its hash breaks the link to the next event, or the noted head."""
    log = list(LOG)
    forged = replace(log[place], public_json="{}")
    log[place] = replace(forged, hash=hash_of(forged))
    found = broken(log, HEAD)
    last = place == len(LOG) - 1
    assert found.seq == (place + 1 if last else place + 2)
    assert found.breach == (Breach.REWRITTEN if last else Breach.EDITED)


@given(places, st.sampled_from(["hash", "prev_hash"]))
def test_an_edited_hash_is_found(place: int, column: str) -> None:
    """The stored hashes themselves cannot be changed unnoticed."""
    log = list(LOG)
    log[place] = replace(log[place], **{column: "0" * 64})
    assert broken(log).seq == place + 1


@given(st.integers(0, len(LOG) - 2), st.integers(1, 4))
def test_removed_events_are_named(place: int, count: int) -> None:
    """Events missing before others are named by number."""
    count = min(count, len(LOG) - 1 - place)
    found = broken(LOG[:place] + LOG[place + count :])
    assert (found.seq, found.breach) == (place + 1, Breach.REMOVED)


@given(st.integers(0, len(LOG) - 2))
def test_a_removed_event_is_found_though_the_rest_is_renumbered(place: int) -> None:
    """Closing the gap in the numbers does not hide it."""
    rest = [replace(event, seq=event.seq - 1) for event in LOG[place + 1 :]]
    found = broken(LOG[:place] + rest)
    assert (found.seq, found.breach) == (place + 1, Breach.REORDERED)


@given(places, places)
def test_exchanged_rows_are_found(first: int, second: int) -> None:
    """Two events that changed places are found at the first of them."""
    if first == second:
        return
    first, second = sorted((first, second))
    log = list(LOG)
    log[first], log[second] = log[second], log[first]
    found = broken(log)
    assert (found.seq, found.breach) == (first + 1, Breach.REORDERED)


@given(st.integers(0, len(LOG) - 2))
def test_exchanged_contents_are_found(place: int) -> None:
    """Neighbours whose contents changed places, numbers kept in order, are found at the first of them."""
    log = list(LOG)
    log[place], log[place + 1] = (
        replace(LOG[place + 1], seq=place + 1),
        replace(LOG[place], seq=place + 2),
    )
    found = broken(log)
    assert (found.seq, found.breach) == (place + 1, Breach.REORDERED)


@given(st.integers(0, len(LOG) - 1))
def test_a_log_cut_short_is_found_by_whoever_holds_a_head(length: int) -> None:
    """Without a head a shorter log verifies; with one it does not."""
    assert check(LOG[:length]) == VerifiedChain(
        events=length, head=Head(seq=length, hash=LOG[length - 1].hash) if length else ORIGIN
    )
    found = broken(LOG[:length], HEAD)
    assert (found.seq, found.breach) == (length + 1, Breach.TRUNCATED)


@given(places)
def test_a_log_computed_anew_is_found_by_whoever_holds_a_head(place: int) -> None:
    """A forger who mends every later hash passes alone, and not against a head."""
    log = list(LOG)
    log[place] = replace(log[place], public_json="{}")
    log = continued(log, place)
    assert isinstance(check(log), VerifiedChain)
    found = broken(log, HEAD)
    assert (found.seq, found.breach) == (HEAD.seq, Breach.REWRITTEN)
    noted = Head(seq=place + 1, hash=LOG[place].hash)
    assert broken(log, HEAD, noted).seq == place + 1


def test_another_beginning_is_found() -> None:
    """A log that follows something else than the common beginning is named so."""
    found = broken(log_of(BODIES, start="f" * 64))
    assert (found.seq, found.breach) == (1, Breach.FOREIGN_START)


def test_impossible_heads_are_refused() -> None:
    """Two heads for one place, or another beginning, fit no log."""
    assert broken(LOG, HEAD, replace(HEAD, hash="0" * 64)).breach == Breach.REWRITTEN
    assert broken(LOG, Head(seq=0, hash="0" * 64)).breach == Breach.REWRITTEN


def test_a_broken_chain_is_an_error_that_travels() -> None:
    """`verify` raises an error that names the link and survives pickling."""
    log = [*LOG[:3], replace(LOG[3], name="camera.found"), *LOG[4:]]
    with pytest.raises(ChainBroken, match="event 4: edited") as caught:
        verify(log)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


def test_a_log_is_read_as_a_stream() -> None:
    """Verifying never holds more than the event at hand."""
    alive: list[StoredEvent] = []

    def stream() -> Iterator[StoredEvent]:
        for event in LOG:
            alive[:] = [event]
            yield alive[0]

    assert verify(stream()).events == len(LOG)


@given(st.tuples(texts, texts), st.tuples(texts, texts))
def test_text_cannot_move_between_parts(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Different parts never give the same hash, though joined they read the same."""

    def digest(parts: tuple[str, str]) -> str:
        fixed: dict[str, Any] = {"prev_hash": GENESIS, "seq": 1, "event_id": "e", "version": 1, "at": "t"}
        return link_hash(**fixed, deployment=parts[0], name=parts[1], public_json="{}", sealed=None)

    assert (digest(one) == digest(other)) == (one == other)


def test_the_hash_is_fixed() -> None:
    """Logs written by earlier versions must verify for ever: known inputs give the known hash."""
    assert GENESIS == "005314569b4a555aa9c2f5270eca0250ac1139be06641a982a8de567d0dece2b"
    known = link_hash(
        prev_hash=GENESIS,
        seq=1,
        event_id="e-1",
        deployment="drill-1",
        name="camera.opened",
        version=1,
        at="2024-09-07T12:00:00.000000Z",
        public_json='{"camera":"bridge-street"}',
        sealed=b"\x01\x02",
    )
    assert known == "8da4952c322d08da97e04edb2cec4a1341c2d2c99bbbb74a35e7debb9dfa3659"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(json_values)
def test_canonical_json_has_one_spelling(value: Any) -> None:
    """Writing, reading and writing again gives the same ASCII text, whatever the order of keys."""
    text = canonical_json(value)
    assert text.isascii()
    assert canonical_json(json.loads(text)) == text
    if isinstance(value, dict):
        assert canonical_json(dict(reversed(value.items()))) == text


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_canonical_json_refuses_what_json_has_not(number: float) -> None:
    """NaN and infinities have no spelling."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"score": number})


def test_a_head_reads_as_it_prints() -> None:
    """What is printed can be given back, also in capitals and with space around it."""
    assert Head.parse(str(HEAD)) == HEAD
    assert Head.parse(f" {str(HEAD).upper()}\n") == HEAD


@pytest.mark.parametrize("text", ["", "3", "3:abc", f"x:{'0' * 64}", f"-1:{'0' * 64}", f"²:{'0' * 64}"])
def test_what_is_not_a_head_is_refused(text: str) -> None:
    """The error says what a head looks like."""
    with pytest.raises(ValueError, match="SEQ:HASH"):
        Head.parse(text)


@pytest.mark.parametrize("key_id", [None, "00" * 16, ""])
def test_another_key_id_beside_a_sealed_part_is_found(key_id: str | None) -> None:
    """The hash does not cover the column that names the key; the sealed part itself says which it is."""
    place = next(at for at, event in enumerate(LOG) if event.sealed is not None)
    log = list(LOG)
    log[place] = replace(LOG[place], key_id=key_id)
    found = broken(log)
    assert (found.seq, found.breach) == (place + 1, Breach.EDITED)
    assert "key" in found.detail


def test_a_key_id_without_a_sealed_part_is_found() -> None:
    """An event that speaks of nobody names no key."""
    log = [replace(LOG[0], key_id="00" * 16), *LOG[1:]]
    assert (broken(log).seq, broken(log).breach) == (1, Breach.EDITED)


def test_a_sealed_part_in_no_known_form_is_found() -> None:
    """Somebody who computes all hashes anew over garbage in place of ciphertext is found out too."""
    place = next(at for at, event in enumerate(LOG) if event.sealed is not None)
    log = list(LOG)
    log[place] = replace(LOG[place], sealed=b"garbage")
    found = broken(continued(log, place))
    assert (found.seq, found.breach) == (place + 1, Breach.EDITED)
    assert "not in the form" in found.detail


def test_every_stored_text_is_covered() -> None:
    """No field of an event but the key's id is outside the hash, and that is in the sealed part."""
    fields = {field.name for field in dataclasses.fields(StoredEvent)}
    assert fields - {*COVERED, "seq", "version", "sealed", "prev_hash", "hash"} == {"key_id"}
