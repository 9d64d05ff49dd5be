"""The part of the vocabulary that speaks of watchlists: built, sealed as a version, erased; see also `amending`.

Nothing here says who is on a list. A version's name addresses its content, with a random salt in it, so that it
cannot be tried out; `root` commits to who is on it, and can be tied to a person only with what lies in the vault.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistBuilt:
    """The list of this start of a deployment is there. `rows` are pictures; `verdicts` counts them by verdict.

    `removed_before` subjects were left out because their removal had been asked for in an earlier start;
    `additions_gone` had joined the list then, were erased with it, and have to be asked for again.
    """

    NAME: ClassVar[str] = "watchlist.built"
    VERSION: ClassVar[int] = 2

    gallery_version: str
    subjects: int
    templates: int
    rows: int
    verdicts: Mapping[str, int]
    removed_before: int = 0
    additions_gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistSealed:
    """A version of a list lies in the vault as `object_id`, and what proves who was on it as `proof_object_id`.

    `previous` is the version that it was amended from; the same version where this is a deployment's own copy of
    one that was sealed before; None where the list was built. `root` (hex) and `public_key` (base64 of its DER)
    commit to who is on it, as `watchlist.membership` says: a proof is checked against them. `blue` counts the
    subjects on the blue list, `added` and `removed` against `previous`; `reason` is a code. What was noted is in
    the sealed part, under the key of the list.
    """

    NAME: ClassVar[str] = "watchlist.sealed"
    VERSION: ClassVar[int] = 1

    version: str
    previous: str | None
    object_id: str
    proof_object_id: str
    pack: str
    subjects: int
    templates: int
    blue: int
    root: str
    public_key: str
    built_at: dt.datetime
    who: str
    reason: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistErasureOrdered:
    """Somebody had a version of a list erased before its time; its receipt follows. `reason` is a code."""

    NAME: ClassVar[str] = "watchlist.erasure_ordered"
    VERSION: ClassVar[int] = 1

    version: str
    object_id: str
    reason: str
    who: str
