"""Proofs of who is on a version of a list, out of what is kept of it beside the list and longer."""

from __future__ import annotations

import base64

from lfr_actors.errors import Erased, Tampered
from lfr_actors.store.sealed_lists import open_material
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import VersionRow, copies
from lfr_actors.watchlist.membership import Proof, commit, prove


def membership_proof(store: Store, prefix: str, subject_id: str) -> tuple[VersionRow, Proof]:
    """The proof that a subject is on a version, or is not, also after the erasure of the list.

    Raises `StoreError` as `copies` does, `Erased` when what it is made of is gone as well, and `Tampered` when that
    is not what the log committed to.
    """
    found = copies(store, prefix)
    readable = [row for row in found if row.proof_row.is_readable]
    if not readable:
        at = max((str(row.proof_row.erased_at or row.proof_row.erasing_at) for row in found), default="")
        raise Erased(f"watchlist {found[-1].version}", f"what proves who was on it was erased at {at}")
    row = readable[-1]
    key, leaves = open_material(store, row.proof_row)
    public = base64.b64decode(row.sealed.public_key)
    if key.public_der != public or commit(leaves, public).root != row.sealed.root:
        raise Tampered(row.proof_row.object_id, f"is not what event {row.seq} committed to")
    return row, prove(key, leaves, subject_id)
