"""Sealing small things: what was sealed opens, and nothing else does."""

from __future__ import annotations

import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.errors import Tampered
from lfr_actors.store.vault.sealing import ObjectKey, key_id_of, seal, unseal

KEY = ObjectKey(key_id="0f" * 16, secret=bytes(range(32)))
OTHER = ObjectKey(key_id="0e" * 16, secret=bytes(range(1, 33)))
SAME_ID = ObjectKey(key_id=KEY.key_id, secret=OTHER.secret)

contexts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.binary(max_size=300), contexts)
def test_what_was_sealed_opens(plaintext: bytes, context: str) -> None:
    """Any bytes in any context come back; the key's id can be read from outside, the plaintext cannot."""
    sealed = seal(KEY, plaintext, context)
    assert unseal(KEY, sealed, context) == plaintext
    assert key_id_of(sealed) == KEY.key_id
    assert len(sealed) == len(plaintext) + 48
    assert len(plaintext) < 8 or plaintext not in sealed[32:]


@given(st.binary(max_size=64), st.data())
def test_any_flipped_bit_is_found(plaintext: bytes, data: st.DataObject) -> None:
    """One bit changed anywhere, header and nonce included, is refused."""
    sealed = bytearray(seal(KEY, plaintext, "alert:1"))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(Tampered):
        unseal(KEY, bytes(sealed), "alert:1")


@given(st.binary(max_size=64), st.data())
def test_any_part_of_it_is_refused(plaintext: bytes, data: st.DataObject) -> None:
    """What was shortened or lengthened is refused."""
    sealed = seal(KEY, plaintext, "alert:1")
    with pytest.raises(Tampered):
        unseal(KEY, sealed[: data.draw(st.integers(0, len(sealed) - 1))], "alert:1")
    with pytest.raises(Tampered):
        unseal(KEY, sealed + data.draw(st.binary(min_size=1, max_size=20)), "alert:1")


@given(contexts, contexts)
def test_another_context_is_refused(context: str, other: str) -> None:
    """What was sealed as one thing does not open as another."""
    sealed = seal(KEY, b"who", context)
    if context != other:
        with pytest.raises(Tampered, match="something else"):
            unseal(KEY, sealed, other)


def test_another_key_is_refused() -> None:
    """Another key, and another secret under the same id, are refused."""
    sealed = seal(KEY, b"who", "alert:1")
    with pytest.raises(Tampered, match="another key"):
        unseal(OTHER, sealed, "alert:1")
    with pytest.raises(Tampered):
        unseal(SAME_ID, sealed, "alert:1")


@given(st.binary(max_size=80))
def test_what_was_never_sealed_is_refused(data: bytes) -> None:
    """Arbitrary bytes have no key and do not open."""
    with pytest.raises(Tampered):
        key_id_of(data)
    with pytest.raises(Tampered):
        unseal(KEY, data, "alert:1")


def test_sealing_twice_gives_two_ciphertexts() -> None:
    """Nonces are random: equal things do not look equal."""
    assert len({seal(KEY, b"same", "alert:1") for _ in range(100)}) == 100


def test_a_key_does_not_show_its_secret() -> None:
    """Neither text of a key, nor the error for a malformed one, holds the secret."""
    secret = os.urandom(32)
    key = ObjectKey(key_id="ab" * 16, secret=secret)
    for shown in (repr(key), str(key), f"{key}", key.fingerprint):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
    with pytest.raises(ValueError, match="32 bytes") as caught:
        ObjectKey(key_id="ab" * 16, secret=secret[:31])
    assert repr(secret[:31]) not in str(caught.value)
    with pytest.raises(ValueError, match="hexadecimal"):
        ObjectKey(key_id="AB" * 16, secret=secret)


def test_a_key_travels_between_processes() -> None:
    """The desk hands keys to cameras."""
    assert pickle.loads(pickle.dumps(KEY)) == KEY


def test_fingerprints_tell_keys_apart() -> None:
    """A fingerprint depends on the secret alone."""
    assert KEY.fingerprint != OTHER.fingerprint == SAME_ID.fingerprint
    assert len(KEY.fingerprint) == 32
