"""Events of a list that is amended while its deployment runs.

    watchlist.amendment_requested ─► watchlist.amended (every shard answers from the new version)
                                 └─► watchlist.amendment_refused

Whom it is about is not in the public part: removals are commitments, additions are sealed. What a person noted
is in the sealed part, under the key of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class AmendmentReason(StrEnum):
    """Why a list may be amended: the only words of it that are public for ever."""

    NEW_INTELLIGENCE = "new-intelligence"
    NO_LONGER_WANTED = "no-longer-wanted"
    IDENTITY_ERROR = "identity-error"
    QUALITY = "quality"
    EXPIRED = "expired"
    COURT_ORDER = "court-order"
    DATA_SUBJECT_REQUEST = "data-subject-request"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistAmendmentRequested:
    """Somebody asked to change the list of a running deployment. What they noted is sealed: `{"note"}`.

    `added` and `removed` count subjects. `object_id` is the sealed list of the additions, if any. `commitments`
    are HMAC-SHA-256 (hex) of the ids to remove under the deployment's secret: the deployment can tell whom they
    mean, and once the secret is destroyed nobody can. `reason` is an `AmendmentReason`.
    """

    NAME: ClassVar[str] = "watchlist.amendment_requested"
    VERSION: ClassVar[int] = 1

    amendment_id: str
    added: int
    removed: int
    object_id: str | None
    commitments: tuple[str, ...]
    reason: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistAmended:
    """The list was changed as asked: every shard answers from the new version, and the one before is erased.

    `added` counts subjects that were not on it, `replaced` those whose pictures and facts are others now,
    `removed` those that were on it and are not; `subjects` and `templates` are of the new version.
    """

    NAME: ClassVar[str] = "watchlist.amended"
    VERSION: ClassVar[int] = 2

    amendment_id: str
    version: str
    previous: str
    added: int
    replaced: int
    removed: int
    subjects: int
    templates: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchlistAmendmentRefused:
    """The list was not changed as asked: `reason` says why, and names nobody."""

    NAME: ClassVar[str] = "watchlist.amendment_refused"
    VERSION: ClassVar[int] = 1

    amendment_id: str
    reason: str
