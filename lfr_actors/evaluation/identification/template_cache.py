"""Templates that a measurement keeps for its next run: sealed in the vault, erased after 24 hours at most.

They are of people, so they follow the rule of watchlists: a key of their own, never a byte in clear on a disk, a
receipt when they are erased (`lfr purge`, or whatever command opens the data folder next). One entry holds what one
run computed; none is ever lengthened by a later run. A site that keeps no list without a deployment
(`retention.watchlist: 0s`) keeps no templates either.
"""

from __future__ import annotations

import hashlib
import json
import struct
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from lfr_actors.errors import Erased, StoreError, Tampered
from lfr_actors.evaluation.identification.looking import LOOKING_VERSION, Found, Look
from lfr_actors.messages import Vectors
from lfr_actors.retention.policy import ClockStart, DataClass
from lfr_actors.spec.site import read_site
from lfr_actors.store.objects import TEMPLATES_KIND, NewObject, ObjectRow
from lfr_actors.store.sealed_lists import FOLDER, Kept, SealedWatchlist, located, reading, writing
from lfr_actors.store.store import Store
from lfr_actors.vision.packs import LoadedPack
from lfr_actors.watchlist.verdicts import Verdict

_LENGTH: Final = struct.Struct(">Q")
_LARGEST_HEADER: Final = 1 << 30


class TemplateCache:
    """What earlier measurements with one pack kept in one data folder. `notes` say what could not be used.

    Two packs are one when every checksum, the device and the way of looking at a picture agree. A pack without
    checksums has nothing by which it could be known again, so nothing of it is kept.
    """

    def __init__(self, store: Store, pack: LoadedPack) -> None:
        self._store = store
        self._dim = pack.embedder.dim
        self._mark = _mark_of(pack) if pack.info.sha256 else None
        self._lifetime = read_site(store.home).retention.ceiling("watchlist")
        self.notes: list[str] = []
        if self._mark is None:
            self.notes.append("templates were not kept: the pack has no checksums by which to know it again")
        elif not self._lifetime:
            self.notes.append("templates were not kept: this site keeps no list (retention.watchlist is 0s)")

    def load(self) -> dict[str, Look]:
        """Every look that is kept of this pack, by SHA-256 of the picture's file; the caller overwrites them."""
        looks: dict[str, Look] = {}
        if self._mark is None:
            return looks
        for object_id, row in self._store.retained.objects(TEMPLATES_KIND).items():
            if object_id.split(":")[1] != self._mark or not row.is_readable:
                continue
            try:
                looks |= self._read(row)
            except (Erased, Tampered, StoreError) as error:
                self.notes.append(
                    f"kept templates cannot be used, their pictures are computed again: {error}"
                )
        return looks

    def keep(self, looks: Iterable[Look]) -> None:
        """Seal these looks as one entry; nothing is written of none."""
        found = {look.sha256: look for look in looks if look.sha256 and look.found is not Found.UNREADABLE}
        if not found or self._mark is None or not self._lifetime:
            return
        name = uuid.uuid4().hex
        kept = Kept(
            object_id=f"{TEMPLATES_KIND}:{self._mark}:{name}",
            kind=TEMPLATES_KIND,
            key=self._store.keys.create(TEMPLATES_KIND),
            path=self._store.home / FOLDER / f"{name}.sealed",
            items={"templates": sum(look.acquired for look in found.values())},
        )
        retained = NewObject(
            object_id=kept.object_id,
            data_class=DataClass.WATCHLIST,
            kind=kept.kind,
            deployment_id=None,
            clock=ClockStart.MADE,
            lifetime=self._lifetime,
            policy_version=read_site(self._store.home).retention.policy().version,
            key=kept.key,
            path=kept.path,
            items=kept.items,
        )
        self._store.retained.add(retained)  # before its first byte, so that a crash leaves nothing for ever
        header = json.dumps({"dim": self._dim, "looks": [_to_json(look) for look in found.values()]}).encode()
        with writing(kept) as file:
            file.write(_LENGTH.pack(len(header)))
            file.write(header)
            for look in found.values():
                if look.template is not None:
                    file.write(np.ascontiguousarray(look.template, np.float32).data.cast("B"))

    def _read(self, row: ObjectRow) -> dict[str, Look]:
        key_id, path = located(row)
        sealed = SealedWatchlist(object_id=row.object_id, key_id=key_id, path=path, version=None)
        with reading(self._store, sealed) as file:
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            if length > _LARGEST_HEADER:
                raise Tampered(row.object_id, "does not begin as templates do")
            header: dict[str, Any] = json.loads(file.read(length))
            looks = header["looks"]
            count = sum(look["acquired"] for look in looks)
            templates = np.empty((count, header["dim"]), np.float32)
            if count and file.readinto(templates.data.cast("B")) != templates.nbytes:
                raise Tampered(row.object_id, "ends before its last template")
        rows = iter(templates)
        return {look["sha256"]: _from_json(look, next(rows) if look["acquired"] else None) for look in looks}


def _mark_of(pack: LoadedPack) -> str:
    """32 hex digits that are the same for the same networks, run in the same way."""
    said = {
        "sha256": pack.info.sha256,
        "detector": pack.info.detector,
        "embedder": pack.info.embedder,
        "provider": pack.provider,
        "looking": LOOKING_VERSION,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _to_json(look: Look) -> dict[str, Any]:
    return {
        "found": look.found,
        "sha256": look.sha256,
        "faces": look.faces,
        "refused": look.refused,
        "acquired": look.acquired,
    }


def _from_json(said: Mapping[str, Any], template: Vectors | None) -> Look:
    return Look(
        found=Found(said["found"]),
        sha256=said["sha256"],
        faces=said["faces"],
        refused=None if said["refused"] is None else Verdict(said["refused"]),
        template=template,
    )
