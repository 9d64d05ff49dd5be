"""Proving to a person that they are, or are not, on a version of a watchlist; also after its erasure.

    subject id ─ signature ─► leaf ┐
    subject id ─ signature ─► leaf ┼─ sorted ─► Merkle tree ─► root, in the public log
    …                              ┘

A leaf is the hash of an RSA signature (PKCS #1 v1.5 with SHA-256, RFC 8017, section 8.2) of the subject's id. There
is one such signature for a key and an id: nobody without the key can tell from the leaves who is on the list, not
by trying every id there is, and who holds the key cannot choose another leaf for an id. That is the idea of the
verifiable random function of RFC 9381, section 4, with which it shares a limit: an id has one signature where the
key was made as keys are made, which `MembershipKey.generate` does.

The leaves are sorted and hashed as RFC 6962, section 2.1, does it; the root is bound to their number and to the
public key. On the list is whose leaf is in the tree; not on it, whose leaf would stand between two neighbours, or
before the first, or after the last. A proof names nobody else, and shows of the list how long it is.

That the leaves are sorted no single proof shows: one who commits to a tree that is not could prove of a subject
that they are on it, and that they are not. Whoever checks the committer needs the leaves: they are in the material.
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from lfr_actors.errors import Tampered

HASH_BYTES: Final = 32
_KEY_BITS: Final = 2048
_EXPONENT: Final = 65537
_MESSAGE: Final = b"lfr watchlist membership\x00"
_ROOT: Final = b"lfr watchlist root\x00"
_LEAF, _NODE = b"\x00", b"\x01"
_AT_ONCE: Final = 64
"""How many ids a thread signs between two words of progress."""
_COUNT_BYTES: Final = 8
_PROOF: Final = "membership proof"


class MembershipKey:
    """The key under which a list, and the lists amended from it, are committed to. It is not shown."""

    def __init__(self, private: RSAPrivateKey) -> None:
        """Sign with this key; `generate` and `from_bytes` are the ways in."""
        self._private = private
        self.public_der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @classmethod
    def generate(cls) -> MembershipKey:
        """A new random key: RSA, 2048 bits."""
        return cls(generate_private_key(public_exponent=_EXPONENT, key_size=_KEY_BITS))

    @classmethod
    def from_bytes(cls, data: bytes) -> MembershipKey:
        """The key that `to_bytes` wrote. Raises `Tampered` for anything else."""
        try:
            key = load_der_private_key(data, None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise Tampered("membership key", "is not a key in the form in which it was kept") from error
        if not isinstance(key, RSAPrivateKey) or key.key_size != _KEY_BITS:
            raise Tampered("membership key", f"is not an RSA key of {_KEY_BITS} bits")
        return cls(key)

    def to_bytes(self) -> bytes:
        """The private key, PKCS #8 DER. To be sealed, never shown."""
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, subject_id: str) -> bytes:
        """The one signature of a subject's id, 256 bytes."""
        return self._private.sign(_MESSAGE + subject_id.encode(), PKCS1v15(), SHA256())

    def leaf(self, subject_id: str) -> bytes:
        """The leaf of a subject, 32 bytes."""
        return leaf_of(self.sign(subject_id))

    def leaves(
        self,
        subject_ids: Collection[str],
        *,
        threads: int = 2,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> dict[str, bytes]:
        """The leaf of each of these, by id; about a millisecond each. `progress` hears how many of how many."""
        ids = list(subject_ids)
        batches = [ids[begin : begin + _AT_ONCE] for begin in range(0, len(ids), _AT_ONCE)]
        found: dict[str, bytes] = {}
        with ThreadPoolExecutor(threads, thread_name_prefix="leaves") as pool:
            for batch in pool.map(lambda some: [(each, self.leaf(each)) for each in some], batches):
                found.update(batch)
                progress(len(found), len(ids))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What the public log says of who is on a list: `root`, 64 hex digits, and how many there are."""

    root: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A leaf and where it stands: `place` from 0, and the hashes from it up to the top of the tree."""

    place: int
    leaf: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a subject is on a list of `count` people, or is not.

    `positions`: the subject's own where it is on the list; where not, those of its neighbours: none for an empty
    list, one before the first and after the last, else two.
    """

    subject_id: str = field(repr=False)
    signature: bytes = field(repr=False)
    count: int
    positions: tuple[Position, ...]


def leaf_of(signature: bytes) -> bytes:
    """The leaf of whose id this is the signature: RFC 6962's hash of an entry."""
    return hashlib.sha256(_LEAF + signature).digest()


def commit(leaves: Collection[bytes], public_der: bytes) -> Commitment:
    """The commitment to these leaves, in any order, under this key. Raises `ValueError` for one twice there."""
    ordered = sorted(leaves)
    if len(set(ordered)) < len(ordered):
        raise ValueError("a leaf is there twice")
    return Commitment(root=_root(_levels(ordered)[-1][0], len(ordered), public_der), count=len(ordered))


def prove(key: MembershipKey, leaves: Collection[bytes], subject_id: str) -> Proof:
    """The proof that a subject is on the list of these leaves, or is not, whichever is true."""
    ordered = sorted(leaves)
    levels = _levels(ordered)
    signature = key.sign(subject_id)
    leaf = leaf_of(signature)
    place = bisect.bisect_left(ordered, leaf)
    if place < len(ordered) and ordered[place] == leaf:
        places = [place]
    else:
        places = [each for each in (place - 1, place) if 0 <= each < len(ordered)]
    return Proof(
        subject_id=subject_id,
        signature=signature,
        count=len(ordered),
        positions=tuple(
            Position(place=each, leaf=ordered[each], path=_path(levels, each)) for each in places
        ),
    )


def check(proof: Proof, root: str, public_der: bytes) -> bool:
    """Whether the proof's subject is on the list of this root and key, as the public log gives them.

    Needs nothing else. Raises `Tampered` for a proof that does not prove either.
    """
    _verify_signature(proof, public_der)
    leaf = leaf_of(proof.signature)
    tops = {_top(position, proof.count) for position in proof.positions} or {_levels([])[-1][0]}
    if len(tops) != 1 or _root(tops.pop(), proof.count, public_der) != root.lower():
        raise Tampered(_PROOF, "does not lead to the root of that list under that key")
    if [position.leaf for position in proof.positions] == [leaf]:
        return True
    before = [position for position in proof.positions if position.leaf < leaf]
    after = [position for position in proof.positions if position.leaf > leaf]
    between = len(before) == len(after) == 1 and before[0].place + 1 == after[0].place
    first = not before and len(after) == 1 and after[0].place == 0
    last = not after and len(before) == 1 and before[0].place == proof.count - 1
    nobody = proof.count == 0 and not proof.positions
    if not (between or first or last or nobody):
        raise Tampered(_PROOF, "its leaves are not the neighbours of the subject's")
    return False


def material(key: MembershipKey, leaves: Collection[bytes]) -> bytes:
    """What proofs are made of, to be sealed: the key and the leaves, no name. Whoever has it can try names."""
    private = key.to_bytes()
    head = len(private).to_bytes(_COUNT_BYTES, "big") + private
    return head + len(leaves).to_bytes(_COUNT_BYTES, "big") + b"".join(sorted(leaves))


def read_material(data: bytes) -> tuple[MembershipKey, tuple[bytes, ...]]:
    """What `material` gave. Raises `Tampered` for anything else."""
    size = int.from_bytes(data[:_COUNT_BYTES], "big")
    private, rest = data[_COUNT_BYTES : _COUNT_BYTES + size], data[_COUNT_BYTES + size :]
    count, leaves = int.from_bytes(rest[:_COUNT_BYTES], "big"), rest[_COUNT_BYTES:]
    if len(rest) < _COUNT_BYTES or len(leaves) != count * HASH_BYTES:
        raise Tampered("proof material", "is not whole")
    key = MembershipKey.from_bytes(private)
    return key, tuple(leaves[place : place + HASH_BYTES] for place in range(0, len(leaves), HASH_BYTES))


def _verify_signature(proof: Proof, public_der: bytes) -> None:
    try:
        public = load_der_public_key(public_der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Tampered(_PROOF, "the public key of the list is not one") from error
    if not isinstance(public, RSAPublicKey):
        raise Tampered(_PROOF, "the public key of the list is not an RSA key")
    try:
        public.verify(proof.signature, _MESSAGE + proof.subject_id.encode(), PKCS1v15(), SHA256())
    except InvalidSignature as error:
        raise Tampered(_PROOF, "it is not of this subject and the key of the list") from error


def _root(top: bytes, count: int, public_der: bytes) -> str:
    """Bound to the count, because a path proves a place only in a tree of known size, and to the key."""
    key = hashlib.sha256(public_der).digest()
    return hashlib.sha256(_ROOT + key + count.to_bytes(_COUNT_BYTES, "big") + top).hexdigest()


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree from its leaves up: RFC 6962's, in which the last of an odd number goes up as it is."""
    levels = [list(leaves) or [hashlib.sha256(b"").digest()]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [_node(below[place], below[place + 1]) for place in range(0, len(below) - 1, 2)]
        levels.append(pairs + below[len(pairs) * 2 :])
    return levels


def _path(levels: Sequence[Sequence[bytes]], place: int) -> tuple[bytes, ...]:
    path = []
    for level in levels[:-1]:
        beside = place ^ 1
        if beside < len(level):
            path.append(level[beside])
        place //= 2
    return tuple(path)


def _top(position: Position, count: int) -> bytes:
    """The top of the tree that a path leads to. Raises `Tampered` for one that is not of that place and size."""
    place, last, top = position.place, count - 1, position.leaf
    if not 0 <= place <= last:
        raise Tampered(_PROOF, f"place {place} is not one of {count}")
    if any(len(each) != HASH_BYTES for each in (top, *position.path)):
        raise Tampered(_PROOF, f"holds a hash that is not of {HASH_BYTES} bytes")
    path = iter(position.path)
    while last > 0:
        if place % 2 or place < last:
            beside = next(path, b"")
            top = _node(beside, top) if place % 2 else _node(top, beside)
        place, last = place // 2, last // 2
    if next(path, None) is not None:
        raise Tampered(_PROOF, "a path is too long")
    return top


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
