"""Building a list: the site's rules first, then every picture, then a version; a refused list builds nothing.

    source = read_list(path)  or  read_folder(path, facts)
    built = build_list(source, pack, policy=site.watchlist, occasion=Occasion(today=…), built_at=now)
    built.version ─► sealed in the vault

A list that was built before is asked again with `check_version`: its subjects expire, and its hours run out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Protocol

from lfr_actors.errors import WatchlistError
from lfr_actors.vision.models import Detector, Embedder
from lfr_actors.vision.packs import PackInfo
from lfr_actors.watchlist.enrol import FOR_A_VERSION, Enrolment, Kept, Progress, enrol
from lfr_actors.watchlist.list_rules import check
from lfr_actors.watchlist.policy import (
    Finding,
    ListPolicy,
    Occasion,
    entries_of_rows,
    entries_of_version,
    require_allowed,
)
from lfr_actors.watchlist.rows import ListSource
from lfr_actors.watchlist.verdicts import EnrolmentLimits
from lfr_actors.watchlist.version import ListVersion


class Models(Protocol):
    """What a loaded pack has: see `LoadedPack`."""

    info: PackInfo

    @property
    def detector(self) -> Detector:
        """Finds faces."""

    @property
    def embedder(self) -> Embedder:
        """Makes templates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Built:
    """A list that was built: from what, what became of each picture, and what each rule of the site says."""

    source: ListSource
    enrolment: Enrolment
    findings: tuple[Finding, ...] = field(repr=False)

    @property
    def version(self) -> ListVersion:
        """The list."""
        return self.enrolment.version

    def require_somebody(self) -> None:
        """Raise `WatchlistError` when nobody could be enrolled."""
        if not self.version.subjects:
            raise WatchlistError(
                str(self.source.path),
                "nobody on it could be enrolled; `lfr watchlist build` says why for each picture",
            )


def check_source(source: ListSource, policy: ListPolicy, occasion: Occasion) -> tuple[Finding, ...]:
    """What the rules say of a list that is yet to be built; needs no models."""
    return check(policy, entries_of_rows(source.rows), occasion)


def check_version(
    version: ListVersion, policy: ListPolicy, occasion: Occasion, *, now: dt.datetime
) -> tuple[Finding, ...]:
    """What the rules say of a list that was built; its age, at the aware `now`, replaces that of the occasion."""
    return check(policy, entries_of_version(version), replace(occasion, age=now - version.built_at))


def build_list(
    source: ListSource,
    models: Models,
    *,
    policy: ListPolicy,
    occasion: Occasion,
    built_at: dt.datetime,
    limits: EnrolmentLimits | None = None,
    progress: Progress | None = None,
    workers: int = 2,
    kept: Kept = FOR_A_VERSION,
    salt: bytes | None = None,
) -> Built:
    """Build a list with a loaded pack, in `workers` threads.

    Raises `Refused`, before it looks at the first picture, when a rule of the site refuses the list: every rule
    and every row is named. That nobody could be enrolled is no fault here: ask `Built.require_somebody`.
    """
    findings = check_source(source, policy, occasion)
    require_allowed(str(source.path), findings)
    enrolment = enrol(
        source.rows,
        models.detector,
        models.embedder,
        limits,
        progress,
        workers,
        built_at=built_at,
        pack=models.info.name,
        kept=kept,
        salt=salt,
    )
    return Built(source=source, enrolment=enrolment, findings=findings)
