"""The key store: a key for every object, wrapped, in a database apart from the data.

Nothing is cached between calls: a key that another process destroyed is gone at once for everybody. Whoever
writes holds the database's write lock, under which the key-encryption key cannot change.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from lfr_actors.errors import Erased, KeyRefused
from lfr_actors.store.database import open_engine, reading, shown, writing
from lfr_actors.store.vault import rotation
from lfr_actors.store.vault.kek import KekMode, keys_folder
from lfr_actors.store.vault.keyring import Keyring
from lfr_actors.store.vault.scrub import scrub
from lfr_actors.store.vault.sealing import KEY_BYTES, ObjectKey
from lfr_actors.store.vault.tables import batches, has_tables, key_store, key_store_url, metadata, object_keys
from lfr_actors.store.vault.wrapping import make_check, unwrap, verify_check, wrap


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Keys:
    """The keys of every object. Many threads and many processes may have the same store open.

    Every method raises `StoreError` for faults of the database, and `KeyRefused` when the key-encryption key
    was replaced and the new one is not to be had.
    """

    def __init__(self, engine: sa.Engine, keyring: Keyring, clock: Callable[[], dt.datetime]) -> None:
        """Use a store that was made; `open` is the way in."""
        self._engine = engine
        self._keyring = keyring
        self._clock = clock
        # Threads of one process queue here, in turn; SQLite's own waiting is by sleeping and trying again.
        self._writers = threading.Lock()
        self.store_id: str = ""
        self.made_at: dt.datetime
        self._enter()

    @classmethod
    def open(cls, home: Path, *, make: bool = True, clock: Callable[[], dt.datetime] = _utc_now) -> Self:
        """Open the key store of a data folder; make it, and the key file, on first use.

        `LFR_KEYS_URL` names a PostgreSQL database in place of `keys.db`. Raises `KeyRefused` for a missing,
        malformed or other key-encryption key, and, without `make`, when there is no store; nothing is changed.
        """
        url = key_store_url(home)
        keyring = Keyring(keys_folder(home))
        if url.drivername == "sqlite" and not Path(str(url.database)).exists():
            if not make:
                raise KeyRefused(
                    f"key store {shown(url)}",
                    "is not there: put it back or set LFR_KEYS to its folder (data that was never used has none)",
                )
            keyring.require_usable()
        engine = open_engine(url)
        try:
            if not has_tables(engine):
                if not make:
                    raise KeyRefused(
                        f"key store {shown(url)}",
                        "is empty: set LFR_KEYS_URL to its database (data that was never used has none)",
                    )
                with writing(engine) as connection:
                    _make_store(connection, keyring, clock())
            return cls(engine, keyring, clock)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        """Close every connection; may be called twice."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The database as people know it, without a password."""
        return shown(self._engine.url)

    @property
    def mode(self) -> KekMode:
        """Where the key-encryption key comes from."""
        return self._keyring.mode

    @property
    def key_file(self) -> Path:
        """Where the key file is, or would be."""
        return self._keyring.file.path

    @property
    def kek_fingerprint(self) -> str:
        """The fingerprint of the key-encryption key that wraps the keys."""
        with reading(self._engine) as connection:
            return str(_store_row(connection, self.name)["kek_id"])

    # --- keys --------------------------------------------------------------------------------------------

    def create(self, kind: str, *, name: str | None = None) -> ObjectKey:
        """A new random key, in the store and on disk when this returns.

        `kind` says what it is for; a `name` is unique. Raises `ValueError` for a name that is taken.
        """
        with self._writing() as connection:
            if name is not None and self._row(connection, object_keys.c.name == name) is not None:
                raise ValueError(f"a key has the name {name!r} already")
            return self._insert(connection, kind, name)

    def get(self, key_id: str) -> ObjectKey:
        """The key of this id. Raises `Erased` when it is not there, `Tampered` when its row was altered."""
        found = self._find(object_keys.c.key_id == key_id)
        if found is None:
            raise Erased(f"key {key_id}", "was destroyed: what was sealed under it can never be read again")
        return found

    def named(self, name: str) -> ObjectKey | None:
        """The key of this name, or None."""
        return self._find(object_keys.c.name == name)

    def named_or_create(self, name: str, kind: str) -> ObjectKey:
        """The key of this name, made when there was none; every caller gets the same one."""
        found = self.named(name)
        if found is not None:
            return found
        with self._writing() as connection:
            row = self._row(connection, object_keys.c.name == name)
            return self._insert(connection, kind, name) if row is None else self._unwrapped(row)

    def destroy(self, *key_ids: str) -> int:
        """Destroy these keys for ever, all or none; how many were there. Call `scrub` when done."""
        destroyed = 0
        with self._writing() as connection:
            for batch in batches(key_ids):
                gone = sa.delete(object_keys).where(object_keys.c.key_id.in_(batch))
                destroyed += connection.execute(gone).rowcount
        return destroyed

    def known(self, *key_ids: str) -> set[str]:
        """Which of these keys are in the store."""
        found: set[str] = set()
        with reading(self._engine) as connection:
            for batch in batches(key_ids):
                query = sa.select(object_keys.c.key_id).where(object_keys.c.key_id.in_(batch))
                found.update(connection.execute(query).scalars())
        return found

    def made_before(self, moment: dt.datetime, kinds: Collection[str]) -> list[str]:
        """Ids of the keys of these kinds made before a moment, oldest first."""
        columns = object_keys.c
        query = sa.select(columns.key_id).where(columns.made_at < moment, columns.kind.in_(list(kinds)))
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(columns.made_at, columns.key_id)).scalars())

    def counts(self) -> dict[str, int]:
        """How many keys there are of each kind, in order of the kinds."""
        columns = object_keys.c
        query = sa.select(columns.kind, sa.func.count()).group_by(columns.kind).order_by(columns.kind)
        with reading(self._engine) as connection:
            return {str(kind): int(count) for kind, count in connection.execute(query)}

    # --- upkeep ------------------------------------------------------------------------------------------

    def rotate(self, to: KekMode | None = None) -> rotation.Rotation:
        """Replace the key-encryption key; every key is wrapped anew in one transaction.

        The next key is that of `LFR_KEK_NEXT`, or a new random one in the key file; `to` changes from the one
        to the other. Raises `KeyRefused`, and nothing is changed, when there is no other next key. Whatever
        the moment of a crash, the store opens afterwards, under the old key or the new.
        """
        target = self.mode if to is None else to
        next_kek = self._keyring.next(target)
        with self._writing() as connection:
            present = self._keyring.find(str(_store_row(connection, self.name)["kek_id"]))
            if target is KekMode.FILE:
                self._keyring.settle(present.fingerprint)
                self._keyring.file.write_next(next_kek)
            count = rotation.rewrap(connection, present, next_kek, self.store_id, self._clock())
        self._keyring.adopt(next_kek, target)
        with (
            self._writing() as connection
        ):  # another rotation may have followed: tidy for what is in force now
            self._keyring.tidy(str(_store_row(connection, self.name)["kek_id"]))
        self.scrub()
        return rotation.Rotation(
            from_fingerprint=present.fingerprint, to_fingerprint=next_kek.fingerprint, keys=count, mode=target
        )

    def scrub(self) -> None:
        """Take what was destroyed out of the store's files: truncate its write-ahead log.

        Raises `StoreError` when another connection keeps it busy through several tries.
        """
        scrub(self._engine, [object_keys.name, key_store.name])

    # --- within ------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._writers, writing(self._engine) as connection:
            yield connection

    def _enter(self) -> None:
        """Check the key-encryption key against the store, and finish a rotation that a crash cut short."""
        with reading(self._engine) as connection:
            row = _store_row(connection, self.name)
        if not self._keyring.fits(str(row["kek_id"])):  # or is just being replaced, which the lock prevents
            with self._writing() as connection:
                row = _store_row(connection, self.name)
                self._keyring.settle(str(row["kek_id"]))
                self._keyring.find(str(row["kek_id"]))
        self.store_id = str(row["store_id"])
        self.made_at = row["made_at"]
        verify_check(self._keyring.find(str(row["kek_id"])), bytes(row["kek_check"]), self.store_id)

    def _insert(self, connection: sa.Connection, kind: str, name: str | None) -> ObjectKey:
        """Write a new key; the connection holds the write lock, so this wrapping is the one in force."""
        kek = self._keyring.find(str(_store_row(connection, self.name)["kek_id"]))
        key = ObjectKey(key_id=uuid.uuid4().hex, secret=os.urandom(KEY_BYTES))
        values = {
            "key_id": key.key_id,
            "kind": kind,
            "name": name,
            "wrapped": wrap(kek, key, kind, name),
            "kek_id": kek.fingerprint,
            "fingerprint": key.fingerprint,
            "made_at": self._clock(),
        }
        connection.execute(sa.insert(object_keys).values(values))
        return key

    def _find(self, where: sa.ColumnElement[bool]) -> ObjectKey | None:
        """The key of the one row."""
        with reading(self._engine) as connection:
            row = self._row(connection, where)
        if row is None:
            return None
        try:
            return self._unwrapped(row)
        except KeyRefused:
            # Perhaps the key-encryption key was replaced between the two looks, which the lock prevents.
            with self._writing() as connection:
                row = self._row(connection, where)
                return None if row is None else self._unwrapped(row)

    def _row(self, connection: sa.Connection, where: sa.ColumnElement[bool]) -> sa.RowMapping | None:
        return connection.execute(sa.select(object_keys).where(where)).mappings().one_or_none()

    def _unwrapped(self, row: sa.RowMapping) -> ObjectKey:
        kek = self._keyring.find(str(row["kek_id"]))
        return unwrap(kek, bytes(row["wrapped"]), str(row["key_id"]), str(row["kind"]), row["name"])


def _make_store(connection: sa.Connection, keyring: Keyring, now: dt.datetime) -> None:
    """Make the tables and the one row, unless another process did meanwhile."""
    metadata.create_all(connection)
    if connection.execute(sa.select(key_store.c.id)).first() is not None:
        return
    kek = keyring.first()
    store_id = uuid.uuid4().hex
    values: dict[str, Any] = {"id": 1, "store_id": store_id, "kek_id": kek.fingerprint, "made_at": now}
    connection.execute(sa.insert(key_store).values(values | {"kek_check": make_check(kek, store_id)}))


def _store_row(connection: sa.Connection, name: str) -> sa.RowMapping:
    row = connection.execute(sa.select(key_store)).mappings().one_or_none()
    if row is None:
        raise KeyRefused(f"key store {name}", "is not one of this product: it does not say which store it is")
    return row
