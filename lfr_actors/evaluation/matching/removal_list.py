"""The list from which a subject is removed: sealed as any other, and amended as any other.

Every templates' way is that of a deployment's list: vault, shard's memory, vault again without the subject.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lfr_actors.canary.needles import Needle, Vectors
from lfr_actors.evaluation.vectors import SyntheticFaces
from lfr_actors.messages import GalleryVersion, SubjectId
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import SealedWatchlist, open_version, seal_version
from lfr_actors.watchlist.version import ListVersion, Picture, Subject

WHO = "lfr bench matcher"
REASON = "no-longer-wanted"
_FORMS: Final[tuple[tuple[str, Literal["<f4", "<f2"]], ...]] = (("float32", "<f4"), ("float16", "<f2"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalOrder:
    """What the process that holds the list is told at its start: the list in the vault, and who will be removed."""

    home: Path
    sealed: SealedWatchlist
    removed: SubjectId
    shards: int

    def to_line(self) -> str:
        """On one line, for the process's arguments."""
        return json.dumps(
            {
                "home": str(self.home),
                "removed": self.removed,
                "shards": self.shards,
                "object_id": self.sealed.object_id,
                "key_id": self.sealed.key_id,
                "path": str(self.sealed.path),
                "version": self.sealed.version,
                "proof_object_id": self.sealed.proof_object_id,
            }
        )

    @classmethod
    def from_line(cls, line: str) -> RemovalOrder:
        """What `to_line` wrote."""
        told = json.loads(line)
        return cls(
            home=Path(told["home"]),
            removed=SubjectId(told["removed"]),
            shards=told["shards"],
            sealed=SealedWatchlist(
                object_id=told["object_id"],
                key_id=told["key_id"],
                path=Path(told["path"]),
                version=GalleryVersion(told["version"]),
                proof_object_id=told["proof_object_id"],
            ),
        )


def seal_list(faces: SyntheticFaces, removed_person: int, home: Path, shards: int) -> RemovalOrder:
    """Seal these people as a version of a list in this data folder."""
    ids = [SubjectId(name) for name in faces.subject_ids(0, faces.people)]
    version = ListVersion.of(
        pack=f"synthetic-{faces.dim}",
        subjects=[Subject(subject_id=name, category="warrant") for name in ids],
        pictures=[
            Picture(
                subject_id=name,
                image=f"{name}-{number}.jpg",
                sha256=hashlib.sha256(f"{name}-{number}".encode()).hexdigest(),
                quality=1.0,
            )
            for name in ids
            for number in range(faces.pictures)
        ],
        templates=faces.templates(),
        built_at=dt.datetime.now(dt.UTC),
    )
    with Store.open(home) as store:
        sealed = seal_version(store, version, who=WHO, reason="new-intelligence", added=len(ids))
    return RemovalOrder(home=home, sealed=sealed, removed=ids[removed_person], shards=shards)


def seal_without(store: Store, sealed: SealedWatchlist, removed: SubjectId) -> SealedWatchlist:
    """Seal the version without a subject; the templates are in this process only meanwhile."""
    version = open_version(store, sealed)
    try:
        later = version.without({removed}, built_at=dt.datetime.now(dt.UTC))
    finally:
        version.overwrite()
    try:
        return seal_version(store, later, previous=sealed, who=WHO, reason=REASON, removed=1)
    finally:
        later.overwrite()


def needles_for(faces: SyntheticFaces, person: int) -> tuple[Needle, ...]:
    """What finds each template of a person, whatever its length, in float32 and float16."""
    for first, rows in faces.blocks():
        if first <= person < first + len(rows) // faces.pictures:
            start = (person - first) * faces.pictures
            templates = rows[start : start + faces.pictures].copy()
            return tuple(
                Vectors(kind=f"template {number}, {kind}", samples=template[None], dtype=dtype)
                for number, template in enumerate(templates, start=1)
                for kind, dtype in _FORMS
            )
    raise ValueError(f"person {person} is not one of {faces.people}")
