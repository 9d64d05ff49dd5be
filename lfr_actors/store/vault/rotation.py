"""Another key-encryption key: every object key is wrapped anew, and no data is touched.

With the key in a file, these steps, each on disk before the next:

    1  the next key is written beside the present one        crash: deleted at the next opening
    2  one transaction wraps every key under it              crash: rolled back; as 1
    3  the present file is overwritten and the next renamed  crash: done at the next opening
    4  the old wrappings are scrubbed off the disk           crash: done at the next scrub, after any erasure

With the key in the environment there are steps 2 and 4 only; the operator holds both keys until it is done.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from lfr_actors.errors import KeyRefused
from lfr_actors.store.vault.kek import NEXT_VARIABLE, Kek, KekMode
from lfr_actors.store.vault.tables import key_store, object_keys
from lfr_actors.store.vault.wrapping import make_check, unwrap, wrap


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What was done: `keys` object keys wrapped anew; `mode` says where the key comes from now."""

    from_fingerprint: str
    to_fingerprint: str
    keys: int
    mode: KekMode


def rewrap(connection: sa.Connection, present: Kek, following: Kek, store_id: str, now: dt.datetime) -> int:
    """Wrap every key under the following key; how many. The connection must hold the write lock.

    Raises `KeyRefused` when the key is the present one already, `Tampered` when a row was altered: then
    nothing is changed, because the transaction is not to be committed.
    """
    if present.fingerprint == following.fingerprint:
        raise KeyRefused(NEXT_VARIABLE, "is the key in use already: set it to another")
    values = []
    for row in connection.execute(sa.select(object_keys)).mappings():
        key_id, kind, name = str(row["key_id"]), str(row["kind"]), row["name"]
        key = unwrap(present, bytes(row["wrapped"]), key_id, kind, name)
        values.append({"of": key_id, "wrapped": wrap(following, key, kind, name)})
    if values:
        this = object_keys.c.key_id == sa.bindparam("of")
        connection.execute(sa.update(object_keys).where(this).values(kek_id=following.fingerprint), values)
    check = make_check(following, store_id)
    store_row = sa.update(key_store)
    connection.execute(store_row.values(kek_id=following.fingerprint, kek_check=check, rotated_at=now))
    return len(values)
