"""What `lfr check` says of a deployment's list: a CSV that is read, or a version whose entry in the log is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lfr_actors.errors import InvalidFile, StoreError

if TYPE_CHECKING:
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.spec.document import Mistake
    from lfr_actors.store.watchlists import VersionRow
    from lfr_actors.watchlist.policy import Finding, ListPolicy
    from lfr_actors.watchlist.rows import ListSource

_ROWS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedList:
    """The list in numbers. `version` and `built_at` are of one that was sealed; `notes` what is odd about it."""

    subjects: int
    pictures: int
    version: str | None = None
    built_at: dt.datetime | None = None
    notes: tuple[str, ...] = ()


def look_at_list(
    deployment: Deployment, home: Path, policy: ListPolicy, now: dt.datetime, missing: list[Mistake]
) -> CheckedList | None:
    """The list; None when it cannot be read. What keeps a run from starting goes to `missing`."""
    if deployment.watchlist.version is not None:
        return _of_version(deployment, deployment.watchlist.version, home, policy, now, missing)
    csv = deployment.watchlist.csv
    return None if csv is None or not csv.is_file() else _of_csv(deployment, csv, policy, now, missing)


def _of_csv(
    deployment: Deployment, csv: Path, policy: ListPolicy, now: dt.datetime, missing: list[Mistake]
) -> CheckedList | None:
    from lfr_actors.spec.inputs import mistake_at
    from lfr_actors.watchlist.building import check_source
    from lfr_actors.watchlist.policy import Occasion, Outcome
    from lfr_actors.watchlist.rows import read_list
    from lfr_actors.watchlist.version import Subject

    at = ("watchlist", "csv")
    try:
        source = read_list(csv)
    except InvalidFile as error:
        missing += [mistake_at(deployment, at, f"{csv.name}: {problem}") for problem in error.problems]
        return None
    missing += [mistake_at(deployment, at, words) for words in _absent(source)]
    occasion = Occasion(
        today=now.astimezone().date(),
        purposes=tuple(deployment.purposes),
        under_18_authority=deployment.watchlist.under_18_authority,
    )
    findings = check_source(source, policy, occasion)
    missing += [mistake_at(deployment, at, _refusal(each)) for each in findings if each.refused]
    warned = [f"{each.rule}: {each.words}" for each in findings if each.outcome is Outcome.WARNED]
    people = {
        row.subject_id: Subject(subject_id=row.subject_id, category=row.category) for row in source.rows
    }
    return CheckedList(
        subjects=len(people),
        pictures=len(source.rows),
        notes=(*source.notes, *warned, *deployment.recognition.thresholds_of_nobody(people.values())),
    )


def _absent(source: ListSource) -> Iterator[str]:
    absent = [row for row in source.rows if not row.path.is_file()]
    if absent:
        count = f"{len(source.rows):,} picture{'s' * (len(source.rows) != 1)}"
        first = f"the first is {absent[0].image} ({absent[0].where} of {source.path.name})"
        yield f"{len(absent)} of {count} are not there; {first}"


def _refusal(finding: Finding) -> str:
    rows = "; ".join(finding.rows[:_ROWS_SHOWN])
    more = f" and {len(finding.rows) - _ROWS_SHOWN} more" if len(finding.rows) > _ROWS_SHOWN else ""
    return f"the rule {finding.rule} refuses the list: {finding.words}{f' ({rows}{more})' if rows else ''}"


def _of_version(
    deployment: Deployment,
    prefix: str,
    home: Path,
    policy: ListPolicy,
    now: dt.datetime,
    missing: list[Mistake],
) -> CheckedList | None:
    from lfr_actors.spec.inputs import mistake_at
    from lfr_actors.store.read_only import read_only
    from lfr_actors.store.watchlists import copies

    at = ("watchlist", "version")
    try:
        found = read_only(home, lambda store: copies(store, prefix))
    except StoreError as error:
        missing.append(mistake_at(deployment, at, error.reason))
        return None
    missing += [mistake_at(deployment, at, words) for words in _unusable(deployment, found, policy, now)]
    sealed = found[-1].sealed
    return CheckedList(
        subjects=sealed.subjects,
        pictures=sealed.templates,
        version=sealed.version,
        built_at=sealed.built_at,
        notes=("the site's rules are put to the people of a sealed list when the deployment starts",),
    )


def _unusable(
    deployment: Deployment, found: list[VersionRow], policy: ListPolicy, now: dt.datetime
) -> Iterator[str]:
    """Why a version cannot be used, as far as the log says."""
    sealed, pack = found[-1].sealed, deployment.recognition.pack
    if not any(row.list_row.is_readable for row in found):
        yield "the version is erased: build the list again"
    if sealed.pack != pack:
        yield f"the version was built on the pack {sealed.pack}, and recognition.pack is {pack}"
    if now - sealed.built_at > policy.built_within:
        hours, most = (
            (each / dt.timedelta(hours=1)) for each in (now - sealed.built_at, policy.built_within)
        )
        yield f"the version was built {hours:.1f} hours ago, at most {most:g} are allowed: build the list again"
