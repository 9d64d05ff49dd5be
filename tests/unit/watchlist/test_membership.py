"""Proofs that somebody is, or is not, on a list: right ones hold, and no other does."""

from __future__ import annotations

import dataclasses
import functools

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from lfr_actors.errors import Tampered
from lfr_actors.watchlist.membership import (
    MembershipKey,
    Position,
    Proof,
    check,
    commit,
    leaf_of,
    material,
    prove,
    read_material,
)

IDS = [f"subject-{n}" for n in range(40)]


@functools.cache
def a_key(number: int = 0) -> MembershipKey:
    """A key; making one takes a while."""
    del number
    return MembershipKey.generate()


@functools.cache
def leaves() -> dict[str, bytes]:
    """The leaf of each of the ids."""
    return a_key().leaves(IDS)


def some(count: int) -> list[bytes]:
    """The leaves of the first so many."""
    return [leaves()[each] for each in IDS[:count]]


@settings(deadline=None, max_examples=60)
@given(count=st.integers(0, 40), who=st.integers(0, 39))
def test_a_proof_says_what_is_true(count: int, who: int) -> None:
    """Of a list of any length, that somebody is on it when they are, and that they are not when they are not."""
    committed = commit(some(count), a_key().public_der)
    proof = prove(a_key(), some(count), IDS[who])
    assert committed.count == proof.count == count
    assert check(proof, committed.root, a_key().public_der) is (who < count)


def test_a_leaf_follows_from_key_and_id_alone() -> None:
    """Signed again it is the same, so that an amended list is committed to without signing for everybody."""
    again = MembershipKey.from_bytes(a_key().to_bytes())
    assert again.leaf("subject-7") == leaves()["subject-7"] == leaf_of(a_key().sign("subject-7"))
    assert a_key(1).leaf("subject-7") != leaves()["subject-7"]


def test_the_commitment_does_not_depend_on_the_order() -> None:
    """It speaks of who is on the list, of how many and under which key; a leaf cannot be there twice."""
    root = commit(some(9), a_key().public_der).root
    assert commit(some(9)[::-1], a_key().public_der).root == root
    assert commit(some(8), a_key().public_der).root != root
    assert commit(some(9), a_key(1).public_der).root != root
    with pytest.raises(ValueError, match="twice"):
        commit([*some(3), *some(1)], a_key().public_der)


def altered(proof: Proof) -> list[Proof]:
    """Proofs that differ from this in one thing."""
    first = proof.positions[0]
    others = [
        dataclasses.replace(first, place=first.place + 1),
        dataclasses.replace(first, place=-1),
        dataclasses.replace(first, leaf=bytes(32)),
        dataclasses.replace(first, leaf=first.leaf + b"x"),
        dataclasses.replace(first, path=first.path[:-1]),
        dataclasses.replace(first, path=(*first.path, bytes(32))),
        dataclasses.replace(first, path=(first.path[0][:-1], *first.path[1:])),
    ]
    return [
        *(dataclasses.replace(proof, positions=(each, *proof.positions[1:])) for each in others),
        dataclasses.replace(proof, positions=()),
        dataclasses.replace(proof, positions=(*proof.positions, first)),
        dataclasses.replace(proof, count=proof.count + 1),
        dataclasses.replace(proof, count=0),
        dataclasses.replace(proof, signature=bytes(256)),
        dataclasses.replace(proof, signature=proof.signature[:-1]),
        dataclasses.replace(proof, subject_id="subject-999"),
    ]


@pytest.mark.parametrize("who", ["subject-3", "subject-39"])
def test_an_altered_proof_is_refused(who: str) -> None:
    """Whatever was changed in it, of somebody who is on the list and of somebody who is not."""
    committed = commit(some(20), a_key().public_der)
    proof = prove(a_key(), some(20), who)
    check(proof, committed.root, a_key().public_der)
    for each in altered(proof):
        with pytest.raises(Tampered):
            check(each, committed.root, a_key().public_der)


def test_a_proof_is_of_one_list_and_one_key() -> None:
    """Under the root of another list, or another key, or one that is none, it proves nothing."""
    committed = commit(some(20), a_key().public_der)
    proof = prove(a_key(), some(20), "subject-3")
    with pytest.raises(Tampered, match="root"):
        check(proof, commit(some(19), a_key().public_der).root, a_key().public_der)
    of_edwards = Ed25519PrivateKey.generate().public_key()
    other = of_edwards.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for public in (a_key(1).public_der, b"no key", other):
        with pytest.raises(Tampered):
            check(proof, committed.root, public)


def test_nobody_on_a_list_can_be_proven_off_it() -> None:
    """Two leaves that are no neighbours, with somebody between them, prove nothing; nor does another key."""
    public, ordered = a_key().public_der, sorted(some(20))
    root = commit(ordered, public).root
    who = next(each for each in IDS[:20] if leaves()[each] == ordered[7])
    around = [
        prove(a_key(), ordered, next(each for each in IDS if leaves()[each] == ordered[place])).positions[0]
        for place in (6, 8)
    ]
    forged = Proof(subject_id=who, signature=a_key().sign(who), count=20, positions=tuple(around))
    for each in (forged, dataclasses.replace(forged, positions=(around[0],))):
        with pytest.raises(Tampered, match="neighbours"):
            check(each, root, public)
    others = prove(a_key(1), ordered, who)  # whose leaf under another key is somewhere between two others
    with pytest.raises(Tampered, match="root"):
        check(others, root, a_key(1).public_der)


def test_the_tree_is_that_of_certificate_transparency() -> None:
    """Two and three leaves hash as RFC 6962 says: the odd one goes up as it is."""
    proof = prove(a_key(), sorted(some(3)), next(e for e in IDS[:3] if leaves()[e] == sorted(some(3))[2]))
    assert [(each.place, len(each.path)) for each in proof.positions] == [(2, 1)]
    assert isinstance(proof.positions[0], Position)


def test_what_proofs_are_made_of_is_kept_whole() -> None:
    """It comes back as it was, names nobody, and is refused when anything is missing of it."""
    data = material(a_key(), some(5))
    key, kept = read_material(data)
    assert key.public_der == a_key().public_der
    assert list(kept) == sorted(some(5))
    assert b"subject" not in data
    assert read_material(material(a_key(), []))[1] == ()
    for cut in (b"", data[:4], data[:100], data[:-1], data + b"x", bytes(8) + data[8:]):
        with pytest.raises(Tampered):
            read_material(cut)


def test_nothing_shows_who_it_is_about() -> None:
    """Neither a key nor a proof shows itself in a log."""
    proof = prove(a_key(), some(5), "subject-3")
    assert "subject-3" not in repr(proof)
    assert "private" not in repr(a_key()).lower()
