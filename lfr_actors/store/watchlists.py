"""Watchlists in the vault: the gallery of a deployment, sealed under a key of its own for as long as it is used."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from lfr_actors.errors import StoreError, Tampered, WatchlistError
from lfr_actors.messages import GalleryVersion
from lfr_actors.private_file import make_private_folder
from lfr_actors.retention.policy import DataClass
from lfr_actors.store.objects import NewObject
from lfr_actors.store.store import Store
from lfr_actors.store.vault.stream import SealedReader, SealedWriter
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.snapshot import read_snapshot, write_snapshot

KIND = "watchlist"
FOLDER = "vault"
"""Where sealed lists lie under the data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedWatchlist:
    """A gallery in the vault: which object it is, and the version that it holds."""

    object_id: str
    key_id: str
    path: Path
    version: GalleryVersion


def seal_watchlist(store: Store, deployment_id: str, gallery: Gallery) -> SealedWatchlist:
    """Seal a gallery for a deployment; retained from before its first byte, erased with the deployment's list."""
    name = uuid.uuid4().hex
    path = store.home / FOLDER / f"{name}.sealed"
    key = store.keys.create(KIND)
    policy = store.policy_of(deployment_id)
    rule = policy.rule_of(DataClass.WATCHLIST)
    store.retained.add(
        NewObject(
            object_id=f"{KIND}:{name}",
            data_class=rule.data_class,
            kind=KIND,
            deployment_id=deployment_id,
            clock=rule.clock,
            lifetime=rule.lifetime,
            policy_version=policy.version,
            key=key,
            path=path,
            items={"subjects": len(gallery.subject_ids), "templates": len(gallery)},
        )
    )
    try:
        make_private_folder(path.parent)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            writer = SealedWriter(file, key, _context(name))
            write_snapshot(gallery, writer)
            writer.close()
    except OSError as error:
        raise StoreError(str(path), f"the list cannot be sealed: {error.strerror}") from error
    return SealedWatchlist(object_id=f"{KIND}:{name}", key_id=key.key_id, path=path, version=gallery.version)


def open_watchlist(store: Store, sealed: SealedWatchlist) -> Gallery:
    """The gallery in the vault. Raises `Erased`, `Tampered`, `KeyRefused`, and `StoreError` for a missing file."""
    key = store.keys.get(sealed.key_id)
    try:
        with sealed.path.open("rb") as file:
            reader = SealedReader(file, key, _context(sealed.path.stem))
            gallery = read_snapshot(reader)
    except OSError as error:
        raise StoreError(str(sealed.path), f"the sealed list cannot be read: {error.strerror}") from error
    except WatchlistError as error:  # what it holds is authentic, so it can only be cut short
        raise Tampered(str(sealed.path), error.reason) from error
    if gallery.version != sealed.version:
        raise Tampered(str(sealed.path), f"holds gallery {gallery.version}, not {sealed.version}")
    return gallery


def _context(name: str) -> str:
    return f"watchlist:{name}"
