"""What a deployment's list says of one subject: who is before an officer, why, and what the list's pictures show.

Only that subject is read of the sealed list, and nothing of it is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence

from lfr_actors.errors import Erased, StoreError
from lfr_actors.events.lists import WatchlistSealed
from lfr_actors.messages import GalleryVersion, Wanted, WantedPicture
from lfr_actors.store.objects import LIST_KIND
from lfr_actors.store.sealed_lists import SealedWatchlist, located, reading
from lfr_actors.store.store import Store
from lfr_actors.store.wanted import MAX_LISTED
from lfr_actors.watchlist.snapshot import read_subject
from lfr_actors.watchlist.version import Picture, Subject


def read_wanted(
    store: Store, deployment_id: str, version: str, subject_id: str
) -> tuple[Wanted, tuple[bytes, ...]]:
    """What a deployment's list says of a subject, and its portraits: JPEG, at most six, best quality first.

    `version` is the list that answered; where an amendment has replaced it meanwhile and it is erased, the
    deployment's latest is read. Raises `Erased` when no list of the deployment is left, `StoreError` when it has
    none or the subject is not on it, `Tampered` and `KeyRefused` for a list that cannot be read.
    """
    sealed = _list_of(store, deployment_id, version)
    with reading(store, sealed) as source:
        found = read_subject(source, subject_id, MAX_LISTED)
    if found is None:
        raise StoreError(store.name, f"version {sealed.version} of the list does not have this subject")
    subject, pictures = found
    shown = [picture for picture in pictures if picture.portrait_jpeg]
    return _wanted(subject, shown), tuple(picture.portrait_jpeg for picture in shown)


def _list_of(store: Store, deployment_id: str, version: str) -> SealedWatchlist:
    """The deployment's copy of this version; its latest list where that is gone."""
    sealed = [
        event.body
        for event in store.iter_events(deployment_id=deployment_id, name=WatchlistSealed.NAME)
        if isinstance(event.body, WatchlistSealed)
    ]
    if not sealed:
        raise StoreError(store.name, f"deployment {deployment_id} has sealed no list")
    rows = store.retained.objects(LIST_KIND)
    left = [body for body in reversed(sealed) if rows[body.object_id].is_readable]
    if not left:
        raise Erased(f"the list of deployment {deployment_id}", "was erased")
    body = next((body for body in left if body.version == version), left[0])
    key_id, path = located(rows[body.object_id])
    return SealedWatchlist(
        object_id=body.object_id, key_id=key_id, path=path, version=GalleryVersion(body.version)
    )


def _wanted(subject: Subject, pictures: Sequence[Picture]) -> Wanted:
    return Wanted(
        subject_id=subject.subject_id,
        category=subject.category,
        priority=None if subject.priority is None else subject.priority.value,
        legal_basis=subject.legal_basis,
        date_of_birth=subject.date_of_birth,
        notes=subject.notes,
        pictures=tuple(
            WantedPicture(image_source=each.image_source, image_taken=each.image_taken) for each in pictures
        ),
    )
