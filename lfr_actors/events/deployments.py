"""The part of the vocabulary that speaks of a deployment as a whole: it began, it stopped, it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from lfr_actors.events.cameras import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedFalseMatches:
    """What a reference set says of the threshold: `hits` of `searches` people who are not on a list reached it.

    `subjects` were on the list that they were searched against, which need not be this deployment's; with more of
    them, more strangers reach a threshold.
    """

    hits: int
    searches: int
    subjects: int
    threshold: float
    measured_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStarted:
    """A deployment began, or was resumed; what it was told to do, as the file said.

    `file_digest` is the SHA-256 (hex) of the deployment file; `provider` the ONNX Runtime execution provider
    really in use; `pack_sha256` the checksum of each model file, `detector`, `embedder`, `pack_licence`,
    `pack_provenance` and `pack_rates` what the pack says of itself, `fit_for_live` whether it may be used live.
    `technology_provider` is whose technology it is, where that is not the force's own. `predicted` is what was
    last measured with this pack; None where nobody measured. `notices` are warnings that the operator was shown.
    `two_person`: every alert is decided by two operators, blind to each other; one that nobody
    acknowledged within `acknowledge_within_s` is escalated. `incarnation` is 1 the first
    time; the store fills it in.
    """

    NAME: ClassVar[str] = "deployment.started"
    VERSION: ClassVar[int] = 3

    deployment: str
    file_digest: str
    location: str
    operation: str | None
    force: str | None
    technology_provider: str | None
    purposes: tuple[str, ...]
    authority_reference: str
    not_before: dt.datetime
    not_after: dt.datetime
    pack: str
    pack_sha256: Mapping[str, str]
    detector: str
    embedder: str
    pack_licence: str
    pack_provenance: str
    pack_rates: str | None
    fit_for_live: bool
    predicted: PredictedFalseMatches | None
    provider: str
    threshold: float
    confirm_hits: int
    confirm_within_s: float
    cooldown_s: float
    min_face_px: float
    cameras: tuple[str, ...]
    software_version: str
    two_person: bool
    acknowledge_within_s: float
    notices: tuple[str, ...] = ()
    incarnation: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStopped:
    """A deployment stopped before its end; it may be resumed under the same id."""

    NAME: ClassVar[str] = "deployment.stopped"
    VERSION: ClassVar[int] = 1

    reason: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentClosed:
    """A deployment is over; its id is never used again."""

    NAME: ClassVar[str] = "deployment.closed"
    VERSION: ClassVar[int] = 1

    reason: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentLost:
    """The process of a deployment ended without a word; found afterwards. It may be resumed.

    `last_event_at` is the time of its last event, and counts as its end.
    """

    NAME: ClassVar[str] = "deployment.lost"
    VERSION: ClassVar[int] = 1

    last_event_at: dt.datetime
