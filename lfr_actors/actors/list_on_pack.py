"""The list of a deployment on its model pack: built from a CSV, or a version that was sealed before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lfr_actors.errors import Refused, WatchlistError
from lfr_actors.machine import usable_cores
from lfr_actors.spec.deployment import Deployment
from lfr_actors.store.store import Store
from lfr_actors.store.watchlists import SealedWatchlist, find_version, open_version
from lfr_actors.vision.models import Embedder
from lfr_actors.vision.packs import PackInfo, load_pack
from lfr_actors.watchlist.building import build_list, check_source, check_version
from lfr_actors.watchlist.policy import Finding, ListPolicy, Occasion, Outcome, require_allowed
from lfr_actors.watchlist.rows import read_list
from lfr_actors.watchlist.verdicts import EnrolmentLimits, Verdict
from lfr_actors.watchlist.version import ListVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOnPack:
    """The list as this deployment's model pack sees it, and what the cameras need to know of the pack.

    `pictures` is how many were looked at, `verdicts` counts them by verdict, `missing_subjects` how many of the
    subjects no picture could be enrolled of. `source` is the version that the list was opened from, if any.
    `warnings` are what the site's rules say of it without refusing it.
    """

    info: PackInfo
    provider: str
    embedder: Embedder
    version: ListVersion
    pictures: int
    verdicts: Mapping[str, int]
    missing_subjects: int
    source: SealedWatchlist | None = None
    warnings: tuple[str, ...] = ()


def build_list_on_pack(
    deployment: Deployment,
    home: Path,
    store: Store,
    policy: ListPolicy,
    now: dt.datetime,
    progress: Callable[[int, int], None] | None = None,
) -> ListOnPack:
    """Load the pack, and build the list from its CSV or open the version that the deployment names.

    `now` is aware; the day is that of its time zone. Raises `PackError`, `InvalidFile` for the CSV, `Refused` when
    a rule of the site refuses the list (every rule and row is named) or a version was made on another pack,
    `WatchlistError` when nobody is on it, and what `find_version` and `open_version` raise.
    """
    watchlist = deployment.watchlist
    occasion = Occasion(
        today=now.date(),
        purposes=tuple(deployment.purposes),
        under_18_authority=watchlist.under_18_authority,
    )
    if watchlist.csv is not None:
        return _from_csv(deployment, watchlist.csv, home, policy, occasion, now, progress)
    return _from_version(deployment, str(watchlist.version), home, store, policy, occasion, now)


def _from_csv(
    deployment: Deployment,
    csv: Path,
    home: Path,
    policy: ListPolicy,
    occasion: Occasion,
    now: dt.datetime,
    progress: Callable[[int, int], None] | None,
) -> ListOnPack:
    recognition = deployment.recognition
    # the list is read and judged before the models are loaded: what is wrong with it is told at once
    source = read_list(csv)
    require_allowed(str(csv), check_source(source, policy, occasion))
    pack = load_pack(
        recognition.pack,
        home=home,
        device=recognition.device,
        threads=1,
        long_side_px=recognition.detector_long_side_px,
    )
    built = build_list(
        source,
        pack,
        policy=policy,
        occasion=occasion,
        built_at=now,
        limits=EnrolmentLimits.for_threshold(recognition.threshold),
        progress=progress,
        workers=int(max(1, usable_cores())),
    )
    built.require_somebody()
    return ListOnPack(
        info=pack.info,
        provider=pack.provider,
        embedder=pack.embedder,
        version=built.version,
        pictures=len(built.enrolment.verdicts),
        verdicts=built.enrolment.totals(),
        missing_subjects=len(built.enrolment.missing_subjects()),
        warnings=(
            *source.notes,
            *_warnings(built.findings),
            *recognition.thresholds_of_nobody(built.version.subjects),
        ),
    )


def _from_version(
    deployment: Deployment,
    prefix: str,
    home: Path,
    store: Store,
    policy: ListPolicy,
    occasion: Occasion,
    now: dt.datetime,
) -> ListOnPack:
    recognition = deployment.recognition
    source = find_version(store, prefix)
    version = open_version(store, source)
    try:
        pack = load_pack(recognition.pack, home=home, device=recognition.device, threads=1, parts="embedder")
        if version.pack != pack.info.name:
            raise Refused(
                f"watchlist {version.version}",
                f"was built on the pack {version.pack}, and this deployment uses {pack.info.name}: build it anew",
            )
        findings = check_version(version, policy, occasion, now=now)
        require_allowed(version.version, findings)
        if not version.subjects:
            raise WatchlistError(version.version, "nobody is on it")
    except BaseException:
        version.overwrite()
        raise
    return ListOnPack(
        info=pack.info,
        provider=pack.provider,
        embedder=pack.embedder,
        version=version,
        pictures=len(version.pictures),
        verdicts={str(Verdict.ENROLLED): len(version.pictures)},
        missing_subjects=0,
        source=source,
        warnings=(*_warnings(findings), *recognition.thresholds_of_nobody(version.subjects)),
    )


def _warnings(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(
        f"{finding.rule}: {finding.words}" for finding in findings if finding.outcome is Outcome.WARNED
    )
