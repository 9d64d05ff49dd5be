"""Checkpoints: what an outsider keeps, and what it proves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.errors import Tampered
from lfr_actors.events.chain import Head
from lfr_actors.events.checkpoint import FORMAT, Checkpoint
from tests.unit.events.samples import NOON, log_of

SITE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LAST = log_of()[-1]
HEAD = Head(seq=LAST.seq, hash=LAST.hash)


def public(key: Ed25519PrivateKey) -> str:
    """The public key in hex."""
    return key.public_key().public_bytes_raw().hex()


def signed(head: Head = HEAD, key: Ed25519PrivateKey = SITE) -> Checkpoint:
    """A checkpoint."""
    return Checkpoint.signed(head, at=NOON, public_key=public(key), sign=key.sign)


def test_a_checkpoint_comes_back_from_its_file() -> None:
    """What is written reads as the same, verifies, and gives the head."""
    point = Checkpoint.from_json(json.dumps(signed().to_json()))
    assert point == signed() == pickle.loads(pickle.dumps(point))
    point.verify()
    point.verify(public(SITE).upper())
    assert point.head == HEAD


@given(
    st.sampled_from(["seq", "hash", "at", "signature"]),
    st.integers(0, 2**40),
    st.binary(min_size=64, max_size=64),
)
def test_whatever_is_changed_breaks_the_signature(name: str, number: int, data: bytes) -> None:
    """No part of what was signed can be changed."""
    changed: dict[str, Any] = {
        "seq": number,
        "hash": data[:32].hex(),
        "at": NOON + dt.timedelta(microseconds=number),
        "signature": data.hex(),
    }
    if changed[name] != getattr(signed(), name):
        with pytest.raises(Tampered, match="signature is wrong"):
            dataclasses.replace(signed(), **{name: changed[name]}).verify()


def test_another_site_is_found_out() -> None:
    """A checkpoint signed by anybody else does not pass for the site's."""
    forged = signed(key=OTHER)
    forged.verify()
    with pytest.raises(Tampered, match=f"not with {public(SITE)}"):
        forged.verify(public(SITE))
    with pytest.raises(Tampered, match="signature is wrong"):
        dataclasses.replace(forged, public_key=public(SITE)).verify(public(SITE))


def test_a_signature_of_something_else_does_not_pass() -> None:
    """What is signed begins with a label: the same fields signed without it are no checkpoint."""
    fields = json.dumps({"seq": HEAD.seq, "hash": HEAD.hash}).encode()
    with pytest.raises(Tampered):
        dataclasses.replace(signed(), signature=SITE.sign(fields).hex()).verify()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seq": -1}, "seq"),
        ({"seq": True}, "seq"),
        ({"seq": "12"}, "seq"),
        ({"hash": "ab"}, "hash"),
        ({"hash": 7}, "hash"),
        ({"public_key": "zz" * 32}, "public_key"),
        ({"signature": "AB" * 64}, "signature"),
        ({"at": "yesterday"}, "not a time"),
        ({"at": 5}, "not a time"),
        ({"format": "something"}, FORMAT),
        ({"more": 1}, "fields"),
    ],
)
def test_a_malformed_checkpoint_is_refused(changes: dict[str, Any], says: str) -> None:
    """The error says which part is wrong."""
    with pytest.raises(ValueError, match=says):
        Checkpoint.from_json(json.dumps(signed().to_json() | changes))


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "null", "[" * 60_000], ids=len)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """Any other file is refused with a reason."""
    with pytest.raises(ValueError, match=r"JSON|checkpoint"):
        Checkpoint.from_json(text)
