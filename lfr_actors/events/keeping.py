"""The part of the vocabulary that speaks of keeping and erasing: retention, footage, holds, receipts, keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from lfr_actors.events.histograms import AGE_EDGES_S


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionDeclared:
    """The retention policy in force for a deployment: lifetimes in seconds by data class, and its digest."""

    NAME: ClassVar[str] = "retention.declared"
    VERSION: ClassVar[int] = 1

    policy_version: int
    policy_digest: str
    lifetimes_s: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NonMatchesForgotten:
    """Biometric data of non-matches overwritten in a stretch of a camera, by kind (frame, chip, template, query).

    `ages_histogram` counts the ages at overwriting in the bins of `AGE_EDGES_S`, by kind; `longest_s` is the
    greatest age, from capture.
    """

    NAME: ClassVar[str] = "nonmatch.forgotten"
    VERSION: ClassVar[int] = 1

    camera: str
    ages_histogram: Mapping[str, tuple[int, ...]]
    longest_s: Mapping[str, float]

    def __post_init__(self) -> None:
        for kind, counts in self.ages_histogram.items():
            if len(counts) != len(AGE_EDGES_S) - 1:
                raise ValueError(
                    f"nonmatch.forgotten: {len(counts)} bins of {kind}, expected {len(AGE_EDGES_S) - 1}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageRecorded:
    """A segment of footage is complete; `sha256` (hex) is of the file as it stands, encrypted.

    `complete` is False for one that a crash or a full disk cut short.
    """

    NAME: ClassVar[str] = "footage.recorded"
    VERSION: ClassVar[int] = 1

    object_id: str
    camera: str
    started_at: dt.datetime
    ended_at: dt.datetime
    from_media_s: float
    to_media_s: float
    packets: int
    size_bytes: int
    sha256: str
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageStopped:
    """A camera's footage is not recorded for now, for this reason; recognition goes on."""

    NAME: ClassVar[str] = "footage.stopped"
    VERSION: ClassVar[int] = 1

    camera: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageResumed:
    """A camera's footage is recorded again; `missed_packets` were not."""

    NAME: ClassVar[str] = "footage.resumed"
    VERSION: ClassVar[int] = 1

    camera: str
    missed_packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataErased:
    """An object was erased: this is the receipt. Nothing in it speaks of a person.

    `items` counts what was in the object, such as pictures, templates, rows or bytes; `rule` is the rule as
    words; `done_at` is when its key was gone; `simulated` says that the time was given by hand
    (`lfr purge --now`). `key_fingerprint` is None for a file that was never encrypted.
    """

    NAME: ClassVar[str] = "data.erased"
    VERSION: ClassVar[int] = 1

    object_id: str
    data_class: str
    kind: str
    items: Mapping[str, int]
    rule: str
    policy_version: int
    clock_started_at: dt.datetime
    due_at: dt.datetime
    done_at: dt.datetime
    lateness_s: float
    key_id: str | None
    key_fingerprint: str | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOrdered:
    """Somebody had erased what is due at a moment given by hand (`as_of`), which may lie in the future."""

    NAME: ClassVar[str] = "erasure.ordered"
    VERSION: ClassVar[int] = 1

    as_of: dt.datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueErasure:
    """Something that is due could not be erased; written once for an object."""

    NAME: ClassVar[str] = "erasure.overdue"
    VERSION: ClassVar[int] = 1

    object_id: str
    data_class: str
    due_at: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced:
    """Erasure of one object is suspended until the hold is released.

    `reason` is one of `retention.holds.REASONS`; `authority` a reference, not a name; `review_on` the date
    (ISO 8601) by which the hold must be looked at again. A note is in the sealed part.
    """

    NAME: ClassVar[str] = "hold.placed"
    VERSION: ClassVar[int] = 1

    hold_id: str
    object_id: str
    reason: str
    authority: str
    review_on: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased:
    """A hold is over; the object is erased when it is due, at once when it is overdue."""

    NAME: ClassVar[str] = "hold.released"
    VERSION: ClassVar[int] = 1

    hold_id: str
    object_id: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysRotated:
    """The key-encryption key was replaced; `keys` object keys were wrapped anew, their data untouched."""

    NAME: ClassVar[str] = "keys.rotated"
    VERSION: ClassVar[int] = 1

    from_fingerprint: str
    to_fingerprint: str
    keys: int
