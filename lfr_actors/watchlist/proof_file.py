"""A proof of membership as a file: what a person is handed, and what anybody can check.

    {"kind": "lfr-watchlist-proof", "format": 1, "statement": …, "version": …, "root": …, "public_key": …, …}

The file says itself what it proves and against which root; it is worth something only where that root is the one
that was published.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lfr_actors.errors import InvalidFile, Tampered
from lfr_actors.watchlist.membership import Position, Proof, check

KIND: Final = "lfr-watchlist-proof"
FORMAT: Final = 1
MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFile:
    """A proof, what it says it proves, and against which `root` (hex) and `public_key` (DER) of `version`."""

    included: bool
    version: str
    root: str
    public_key: bytes
    proof: Proof


def document(file: ProofFile, *, sealed_at: str, event: int) -> dict[str, Any]:
    """The proof as JSON values, with where the log says what it is to be checked against."""
    proof = file.proof
    return {
        "kind": KIND,
        "format": FORMAT,
        "statement": statement(file),
        "version": file.version,
        "sealed_at": sealed_at,
        "event": event,
        "root": file.root,
        "public_key": _text(file.public_key),
        "subject_id": proof.subject_id,
        "included": file.included,
        "count": proof.count,
        "signature": _text(proof.signature),
        "positions": [
            {"place": each.place, "leaf": each.leaf.hex(), "path": [step.hex() for step in each.path]}
            for each in proof.positions
        ],
    }


def statement(file: ProofFile) -> str:
    """What the file says, in words."""
    count = file.proof.count
    people = f"{count} {'person' if count == 1 else 'people'}"
    on = "is" if file.included else "is not"
    return f"{file.proof.subject_id} {on} on watchlist {file.version} of {people}"


def checked(name: str, file: ProofFile) -> ProofFile:
    """The file again, when it proves what it says. Raises `Tampered` otherwise."""
    if check(file.proof, file.root, file.public_key) is not file.included:
        raise Tampered(name, "proves the opposite of what it says")
    return file


def parse(name: str, content: bytes) -> ProofFile:
    """The proof in a file of this name; nothing of it is believed before it is `checked`.

    Raises `InvalidFile` for what is not such a file.
    """
    if len(content) > MAX_BYTES:
        raise InvalidFile(name, (f"is longer than {MAX_BYTES} bytes, and no proof is",))
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise InvalidFile(name, ("is not JSON; a proof is, as lfr watchlist prove writes it",)) from None
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise InvalidFile(name, (f'is not a proof: it has no "kind": "{KIND}"',))
    if data.get("format") != FORMAT:
        reason = f"is a proof of format {data.get('format')!r}, and this software reads format {FORMAT}"
        raise InvalidFile(name, (reason,))
    try:
        file = _file(data)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        reason = f"is damaged: {type(error).__name__} {error}"
        raise InvalidFile(name, (reason,)) from error
    if data.get("statement") != statement(file):
        raise InvalidFile(name, (f"its statement is not what it holds, which is: {statement(file)}",))
    return file


def _file(data: Mapping[str, Any]) -> ProofFile:
    positions = tuple(
        Position(
            place=_number(each["place"]),
            leaf=bytes.fromhex(each["leaf"]),
            path=tuple(bytes.fromhex(step) for step in each["path"]),
        )
        for each in data["positions"]
    )
    proof = Proof(
        subject_id=_string(data["subject_id"]),
        signature=base64.b64decode(data["signature"], validate=True),
        count=_number(data["count"]),
        positions=positions,
    )
    if not isinstance(data["included"], bool):
        raise TypeError("included is neither true nor false")
    return ProofFile(
        included=data["included"],
        version=_string(data["version"]),
        root=_string(data["root"]).lower(),
        public_key=base64.b64decode(data["public_key"], validate=True),
        proof=proof,
    )


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    value.encode()  # half a character is a ValueError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise TypeError(f"{value!r} is not a number of people")
    return value


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
