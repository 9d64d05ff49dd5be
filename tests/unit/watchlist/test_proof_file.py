"""A file that claims to be a proof: whatever is in it, it is a proof or a clear error."""

from __future__ import annotations

import json

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.watchlist.membership import MembershipKey, commit, prove
from lfr_actors.watchlist.proof_file import ProofFile, checked, document, parse


def written() -> dict[str, object]:
    """The proof that `ann` is on a list."""
    key = MembershipKey.generate()
    leaves = [key.leaf(name) for name in ("ann", "bea", "cy")]
    file = ProofFile(
        included=True,
        version="ab12",
        root=commit(leaves, key.public_der).root,
        public_key=key.public_der,
        proof=prove(key, leaves, "ann"),
    )
    return document(file, sealed_at="2026-01-01T12:00:00+00:00", event=7)


def test_what_was_written_is_read_and_proves() -> None:
    """The way there and back."""
    file = parse("p.json", json.dumps(written()).encode())
    assert checked("p.json", file).included


@pytest.mark.parametrize("content", [b"[" * 500_000, b"{", b"[]", b"\xff\xfe\x00"])
def test_what_is_no_proof_is_a_clear_error(content: bytes) -> None:
    """Also brackets without an end."""
    with pytest.raises(InvalidFile):
        parse("p.json", content)


def test_half_a_character_in_a_name_is_a_clear_error() -> None:
    """JSON can hold what no text can."""
    said = written() | {"subject_id": "\ud800"}
    with pytest.raises(InvalidFile, match="damaged"):
        parse("p.json", json.dumps(said).encode())
