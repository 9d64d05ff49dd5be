"""Watchlists in the vault: versions, each sealed under a key of its own for as long as it is used.

    seal_version ─► watchlist:…        the version, erased with its deployment, or within a day of its making
                 └► watchlist-proof:…  what proves who was on it, names nobody, and outlives it for the site's time
    seal_addition ─► watchlist-addition:…  subjects on their way to a running deployment
    open_version, open_part ─► what is searched
    versions, find_version ─► what was sealed, by its name

A version may lie in the vault several times: as it was built, and once for each deployment that uses it.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lfr_actors.errors import Erased, StoreError, Tampered
from lfr_actors.events.lists import WatchlistSealed
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import SITE
from lfr_actors.messages import DeploymentId, GalleryVersion
from lfr_actors.store.append import Speaking
from lfr_actors.store.objects import ADDITION_KIND, LIST_KIND, PROOF_KIND, ObjectRow
from lfr_actors.store.sealed_lists import (
    SealedWatchlist,
    items_of,
    located,
    new_object,
    of_deployment,
    open_material,
    reading,
    retain_version,
    writing,
)
from lfr_actors.store.store import Store
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.membership import MembershipKey, commit, material
from lfr_actors.watchlist.snapshot import read_leaves, read_part, read_version, write_version
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.version import ListVersion

__all__ = [
    "KIND",
    "SealedWatchlist",
    "VersionRow",
    "copies",
    "find_version",
    "open_part",
    "open_version",
    "seal_addition",
    "seal_version",
    "sealed_object",
    "versions",
]

KIND: Final = LIST_KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version that was sealed, once: what the log says of it, and how list and proof stand now.

    `deployment_id` is None for one that was sealed for no deployment.
    """

    sealed: WatchlistSealed
    sealed_at: dt.datetime
    seq: int
    deployment_id: DeploymentId | None
    list_row: ObjectRow
    proof_row: ObjectRow

    @property
    def version(self) -> GalleryVersion:
        """Its name."""
        return GalleryVersion(self.sealed.version)

    @property
    def watchlist(self) -> SealedWatchlist:
        """The way to open it. Raises `Erased` when it is gone."""
        key_id, path = located(self.list_row)
        return SealedWatchlist(
            object_id=self.list_row.object_id,
            key_id=key_id,
            path=path,
            version=self.version,
            proof_object_id=self.proof_row.object_id,
        )


def seal_version(
    store: Store,
    version: ListVersion,
    *,
    deployment_id: str | None = None,
    previous: SealedWatchlist | None = None,
    who: str,
    reason: str,
    note: str | None = None,
    added: int = 0,
    removed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> SealedWatchlist:
    """Put a version into the vault, commit to who is on it, and write `watchlist.sealed`.

    Retained from before its first byte: that of a deployment as its policy says, any other as long as the site
    lets lists be kept, from its making. `previous` is what it was amended from, or the version itself where a
    deployment seals its own copy: then the commitment goes on under the same key, and only who was added has to
    be signed for, about a millisecond each; `progress` hears how many of how many. `added` and `removed` count
    against `previous`. `note` is sealed under the list's key.

    Raises `Refused` at a site that keeps no list without a deployment, `StoreError` when it cannot be written:
    then what was written of it is due at once.
    """
    kept, proof = retain_version(store, version, deployment_id)
    try:
        member_key, leaves = _leaves(store, version, previous, progress)
        commitment = commit(leaves.values(), member_key.public_der)
        with writing(kept) as out:
            write_version(version, leaves, out)
        with writing(proof) as out:
            out.write(material(member_key, leaves.values()))
    except BaseException:
        for each in (kept, proof):
            store.retained.end_now(each.object_id)
        raise
    body = WatchlistSealed(
        version=version.version,
        previous=None if previous is None else previous.version,
        object_id=kept.object_id,
        proof_object_id=proof.object_id,
        pack=version.pack,
        subjects=len(version.subjects),
        templates=len(version.templates),
        blue=version.blue_subjects,
        root=commitment.root,
        public_key=base64.b64encode(member_key.public_der).decode(),
        built_at=version.built_at,
        who=who,
        reason=reason,
        added=added,
        removed=removed,
    )
    spoken = Speaking(body=body, key=kept.key, speaks={"note": note}) if note else body
    store.append(deployment_id or SITE, spoken)
    return SealedWatchlist(
        object_id=kept.object_id,
        key_id=kept.key.key_id,
        path=kept.path,
        version=version.version,
        proof_object_id=proof.object_id,
    )


def seal_addition(store: Store, version: ListVersion, *, deployment_id: str) -> SealedWatchlist:
    """Put subjects into the vault who are to be added to a deployment's list; erased with it at the latest.

    Raises `StoreError` when they cannot be written: then what was written is due at once.
    """
    kept = new_object(store, ADDITION_KIND, items_of(version))
    store.retained.add(of_deployment(store, kept, deployment_id))
    try:
        with writing(kept) as out:
            write_version(version, {}, out)
    except BaseException:
        store.retained.end_now(kept.object_id)
        raise
    return SealedWatchlist(
        object_id=kept.object_id, key_id=kept.key.key_id, path=kept.path, version=version.version
    )


def open_version(store: Store, sealed: SealedWatchlist) -> ListVersion:
    """The version in the vault; overwrite it when done.

    Raises `Erased`, `Tampered`, `KeyRefused`, and `StoreError` for a missing file.
    """
    with reading(store, sealed) as source:
        version = read_version(source)
    if sealed.version is not None and version.version != sealed.version:
        version.overwrite()
        raise Tampered(str(sealed.path), f"holds version {version.version}, not {sealed.version}")
    return version


def open_part(home: Path, sealed: SealedWatchlist, thresholds: Thresholds, part: int, parts: int) -> Gallery:
    """What shard `part` of `parts` searches of a version in the vault of a data folder; raises as `open_version`.

    For any process: `functools.partial(open_part, home, sealed, thresholds)` pickles.
    """
    with Store.open(home) as store, reading(store, sealed) as source:
        found = read_part(source, part, parts)
    try:
        if sealed.version is not None and found.version != sealed.version:
            raise Tampered(str(sealed.path), f"holds version {found.version}, not {sealed.version}")
        return Gallery.of(
            found.subject_ids,
            found.templates,
            pack=found.pack,
            version=found.version,
            thresholds={
                each.subject_id: thresholds.of(each.subject_id, each.category) for each in found.subjects
            },
            blue={each.subject_id for each in found.subjects if each.is_blue},
        )
    finally:
        found.templates.fill(0)


def sealed_object(store: Store, object_id: str, kind: str = LIST_KIND) -> SealedWatchlist:
    """A list in the vault by the id of its object. Raises `Erased`, and `StoreError` for an unknown one."""
    row = store.retained.objects(kind).get(object_id)
    if row is None:
        raise StoreError(store.name, f"holds no {kind} {object_id}")
    key_id, path = located(row)
    return SealedWatchlist(object_id=object_id, key_id=key_id, path=path, version=None)


def versions(store: Store) -> list[VersionRow]:
    """Everything that was sealed, oldest first, also what is erased. Raises `StoreError` for an altered log."""
    rows = store.retained.objects(LIST_KIND, PROOF_KIND)
    return [
        _row(event, event.body, rows[event.body.object_id], rows[event.body.proof_object_id])
        for event in store.iter_events(name=WatchlistSealed.NAME)
        if isinstance(event.body, WatchlistSealed)
    ]


def copies(store: Store, prefix: str) -> list[VersionRow]:
    """The copies of the one version whose name begins so, oldest first, also those that are erased.

    Raises `StoreError` when no version begins so, or several do.
    """
    begins = prefix.lower()
    found = [row for row in versions(store) if begins and row.version.startswith(begins)]
    names = sorted({row.version for row in found})
    if len(names) == 1:
        return found
    if not names:
        reason = f"holds no version of a list whose name begins with {prefix!r}: see lfr watchlist list"
        raise StoreError(store.name, reason)
    reason = f"{len(names)} versions have names that begin with {prefix!r}: write more of the name"
    raise StoreError(store.name, reason)


def find_version(store: Store, prefix: str) -> SealedWatchlist:
    """The version whose name begins so, to open; the copy that was sealed last where there are several.

    Raises `StoreError` when no version begins so, or several do, and `Erased` when no copy is left.
    """
    found = copies(store, prefix)
    readable = [row for row in found if row.list_row.is_readable]
    if not readable:
        raise Erased(f"watchlist {found[-1].version}", f"was erased at {_erased_at(found)}")
    return readable[-1].watchlist


def _leaves(
    store: Store,
    version: ListVersion,
    previous: SealedWatchlist | None,
    progress: Callable[[int, int], None],
) -> tuple[MembershipKey, dict[str, bytes]]:
    """The key of the commitment and the leaf of everybody; what is known of the previous version is used again."""
    ids = {each.subject_id for each in version.subjects}
    key, known = (None, {}) if previous is None else _lineage(store, previous, ids)
    key = key or MembershipKey.generate()
    new = [each for each in sorted(ids) if each not in known]
    return key, known | key.leaves(new, progress=progress)


def _lineage(
    store: Store, previous: SealedWatchlist, wanted: Collection[str]
) -> tuple[MembershipKey | None, dict[str, bytes]]:
    """The key of the previous version's commitment, and the leaves of these subjects in it; none once erased."""
    row = store.retained.objects(PROOF_KIND).get(previous.proof_object_id or "")
    if row is None or not row.is_readable:
        return None, {}
    key, _ = open_material(store, row)
    try:
        with reading(store, previous) as source:
            return key, read_leaves(source, wanted)
    except Erased:
        return key, {}


def _row(event: StoredEvent, body: WatchlistSealed, of_list: ObjectRow, of_proof: ObjectRow) -> VersionRow:
    return VersionRow(
        sealed=body,
        sealed_at=event.at,
        seq=event.seq,
        deployment_id=None if event.deployment_id == SITE else DeploymentId(event.deployment_id),
        list_row=of_list,
        proof_row=of_proof,
    )


def _erased_at(rows: Sequence[VersionRow]) -> str:
    gone = (row.list_row.erased_at or row.list_row.erasing_at for row in rows)
    return max((f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in gone if at is not None), default="")
