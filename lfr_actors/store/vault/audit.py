"""Which sealed parts of the log can still be read, which were erased with a receipt, and which are wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lfr_actors.errors import Erased, KeyRefused, StoreError, Tampered
from lfr_actors.events.codec import Json
from lfr_actors.events.keeping import DataErased
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.sealed import key_id_of
from lfr_actors.store.append import event_context
from lfr_actors.store.vault.sealing import ObjectKey, unseal


class KeySource(Protocol):
    """Where keys are found; `Keys` is one."""

    def get(self, key_id: str) -> ObjectKey:
        """The key of this id. Raises `Erased` when it is gone, `Tampered` when it was altered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedParts:
    """What became of the sealed parts of a log. Counts are of events; the lists hold numbers of events.

    `parts` are all of them. `erased` have a receipt, a `data.erased` event naming their key. Without keys
    `not_opened` says why, and nothing but receipts is known. Faults: `missing` keys have no receipt; `tampered`
    parts do not open under their key; `restored` ones can be read although a receipt says that they were erased.
    """

    parts: int
    erased: int
    readable: int = 0
    missing: tuple[int, ...] = ()
    tampered: tuple[int, ...] = ()
    restored: tuple[int, ...] = ()
    not_opened: str | None = None

    @property
    def holds(self) -> bool:
        """Whether no fault was found."""
        return not self.missing and not self.tampered and not self.restored

    def to_json(self) -> Json:
        """What is printed for scripts."""
        return {
            "parts": self.parts,
            "opened": self.not_opened is None,
            "not_opened": self.not_opened,
            "readable": self.readable if self.not_opened is None else None,
            "erased": self.erased,
            "missing": list(self.missing),
            "tampered": list(self.tampered),
            "restored": list(self.restored),
        }


@dataclass(slots=True)
class SealedAudit:
    """Looks at every event of a log once, in any order. Nothing of what is opened is kept.

    `open_keys` is called when the first sealed part is met; its `KeyRefused` or `StoreError` means that none
    is opened. Memory grows with the number of sealed parts.
    """

    open_keys: Callable[[], KeySource]
    _keys: KeySource | None = None
    _not_opened: str | None = None
    _readable: dict[str, list[int]] = field(default_factory=dict)
    _gone: dict[str, list[int]] = field(default_factory=dict)
    _tampered: list[int] = field(default_factory=list)
    _receipts: set[str] = field(default_factory=set)

    def look(self, event: StoredEvent) -> None:
        """Take an event into account."""
        if event.name == DataErased.NAME:
            self._note_receipt(event)
        if event.sealed is None:
            return
        try:
            key_id = key_id_of(event.sealed)
            key = self._key(key_id)
            if key is None:
                self._gone.setdefault(key_id, []).append(event.seq)
                return
            unseal(key, event.sealed, event_context(event.event_id))
        except Tampered:
            self._tampered.append(event.seq)
        else:
            self._readable.setdefault(key_id, []).append(event.seq)

    def result(self) -> SealedParts:
        """What was found, once every event was looked at."""
        restored = [key_id for key_id in self._readable if key_id in self._receipts and self._key(key_id)]
        readable = sorted(_places(self._readable))
        gone = sorted(_places(self._gone))
        missing = _places({key_id: at for key_id, at in self._gone.items() if key_id not in self._receipts})
        parts = len(readable) + len(gone) + len(self._tampered)
        if self._not_opened is not None:
            known = [*self._gone.items(), *self._readable.items()]
            erased = sum(len(at) for key_id, at in known if key_id in self._receipts)
            return SealedParts(parts=parts, erased=erased, not_opened=self._not_opened)
        return SealedParts(
            parts=parts,
            erased=len(gone) - len(missing),
            readable=len(readable),
            missing=tuple(sorted(missing)),
            tampered=tuple(self._tampered),
            restored=tuple(sorted(place for key_id in restored for place in self._readable[key_id])),
        )

    def _key(self, key_id: str) -> ObjectKey | None:
        """The key, or None where it is gone or no key can be had. Raises `Tampered`."""
        try:
            if self._keys is None and self._not_opened is None:
                self._keys = self.open_keys()
            return None if self._keys is None else self._keys.get(key_id)
        except Erased:
            return None
        except (KeyRefused, StoreError) as error:
            self._keys, self._not_opened = None, str(error)
            return None

    def _note_receipt(self, event: StoredEvent) -> None:
        try:
            body = event.body
        except StoreError:  # an altered receipt is none; the chain says where
            return
        if isinstance(body, DataErased) and body.key_id is not None:
            self._receipts.add(body.key_id)


def _places(parts: Mapping[str, Iterable[int]]) -> list[int]:
    return [place for places in parts.values() for place in places]
