"""How a list lies in the vault: its key first, then its row, then its file; and the way to open it.

Files have random names. What is retained has its key in the key store and its row in the database before a byte
of it is on disk, so that a crash leaves nothing that is not erased on time.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lfr_actors.errors import Erased, Refused, StoreError, Tampered, WatchlistError
from lfr_actors.messages import GalleryVersion
from lfr_actors.private_file import make_private_folder
from lfr_actors.retention.policy import ClockStart, DataClass
from lfr_actors.spec.site import read_site
from lfr_actors.store.objects import LIST_KIND, PROOF_KIND, NewObject, ObjectRow
from lfr_actors.store.store import Store
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.store.vault.stream import SealedReader, SealedWriter
from lfr_actors.watchlist.membership import MembershipKey, read_material
from lfr_actors.watchlist.version import ListVersion

FOLDER: Final = "vault"
"""Where sealed lists lie under the data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedWatchlist:
    """A list in the vault: which object it is, the version that it holds, and the object that proves who is on it.

    It pickles, and opens only with the keys of its data folder. `version` is None for one that is only known as
    an object, `proof_object_id` for an addition, of which nothing is to be proven.
    """

    object_id: str
    key_id: str
    path: Path
    version: GalleryVersion | None
    proof_object_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An object to be: its key is in the store, and nothing else is there yet."""

    object_id: str
    kind: str
    key: ObjectKey
    path: Path
    items: dict[str, int]


def new_object(store: Store, kind: str, items: dict[str, int]) -> Kept:
    """An object with a key of its own and a file of a random name, of which nothing is written yet."""
    name = uuid.uuid4().hex
    path = store.home / FOLDER / f"{name}.sealed"
    return Kept(object_id=f"{kind}:{name}", kind=kind, key=store.keys.create(kind), path=path, items=items)


def items_of(version: ListVersion) -> dict[str, int]:
    """What is in it, for its receipt."""
    return {"subjects": len(version.subjects), "templates": len(version.templates)}


def retain_version(store: Store, version: ListVersion, deployment_id: str | None) -> tuple[Kept, Kept]:
    """Retain a version and its proof, of which nothing is written yet, in one transaction."""
    site = read_site(store.home)
    policy = site.retention.policy()
    lifetime = site.retention.ceiling("watchlist")
    if deployment_id is None and not lifetime:
        raise Refused(
            "a list of no deployment", "this site keeps none: retention.watchlist is 0s in site.yaml"
        )
    kept = new_object(store, LIST_KIND, items_of(version))
    proof = new_object(store, PROOF_KIND, {"leaves": len(version.subjects)})
    store.retained.add(
        _made_now(kept, lifetime, policy.version)
        if deployment_id is None
        else of_deployment(store, kept, deployment_id),
        _made_now(proof, site.watchlist.proofs, policy.version, deployment_id),
    )
    return kept, proof


def _made_now(
    kept: Kept, lifetime: dt.timedelta, policy_version: int, deployment_id: str | None = None
) -> NewObject:
    """An object whose clock starts with its making."""
    return NewObject(
        object_id=kept.object_id,
        data_class=DataClass.WATCHLIST,
        kind=kept.kind,
        deployment_id=deployment_id,
        clock=ClockStart.MADE,
        lifetime=lifetime,
        policy_version=policy_version,
        key=kept.key,
        path=kept.path,
        items=kept.items,
    )


def of_deployment(store: Store, kept: Kept, deployment_id: str) -> NewObject:
    """An object that follows the deployment's rule for lists."""
    policy = store.policy_of(deployment_id)
    rule = policy.rule_of(DataClass.WATCHLIST)
    return NewObject(
        object_id=kept.object_id,
        data_class=rule.data_class,
        kind=kept.kind,
        deployment_id=deployment_id,
        clock=rule.clock,
        lifetime=rule.lifetime,
        policy_version=policy.version,
        key=kept.key,
        path=kept.path,
        items=kept.items,
    )


@contextmanager
def writing(kept: Kept) -> Iterator[SealedWriter]:
    """The sealed file of an object, to write."""
    try:
        make_private_folder(kept.path.parent)
        with os.fdopen(os.open(kept.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            writer = SealedWriter(file, kept.key, kept.object_id)
            try:
                yield writer
                writer.close()
            finally:
                writer.abandon()
    except OSError as error:
        raise StoreError(str(kept.path), f"the list cannot be sealed: {error.strerror}") from error


@contextmanager
def reading(store: Store, sealed: SealedWatchlist) -> Iterator[SealedReader]:
    """The sealed file of an object, to read; what is left unread is overwritten."""
    key = store.keys.get(sealed.key_id)
    try:
        with sealed.path.open("rb") as file:
            reader = SealedReader(file, key, sealed.object_id)
            try:
                yield reader
            finally:
                reader.wipe()
    except OSError as error:
        raise StoreError(str(sealed.path), f"the sealed list cannot be read: {error.strerror}") from error
    except WatchlistError as error:  # what it holds is authentic, so it can only be cut short
        raise Tampered(str(sealed.path), error.reason) from error


def located(row: ObjectRow) -> tuple[str, Path]:
    """The key and the file of an object that is sealed in a file. Raises `Erased` when its erasure has begun."""
    if not row.is_readable or row.key_id is None or row.path is None:
        at = row.erased_at or row.erasing_at
        raise Erased(row.object_id, "was erased" if at is None else f"was erased at {at.isoformat()}")
    return row.key_id, row.path


def open_material(store: Store, row: ObjectRow) -> tuple[MembershipKey, tuple[bytes, ...]]:
    """What proofs are made of: the key of the commitment, and the leaves. Raises as `open_version`."""
    key_id, path = located(row)
    sealed = SealedWatchlist(object_id=row.object_id, key_id=key_id, path=path, version=None)
    with reading(store, sealed) as source:
        return read_material(source.read())
