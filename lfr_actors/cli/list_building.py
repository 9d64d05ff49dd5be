"""How `lfr watchlist build` goes about it: the rules first, then the pictures, then the vault and the report."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import typer

from lfr_actors.cli.app import EXIT_REFUSED, stderr, stdout

if TYPE_CHECKING:
    from lfr_actors.spec.site import Site
    from lfr_actors.store.watchlists import SealedWatchlist
    from lfr_actors.vision.packs import LoadedPack
    from lfr_actors.watchlist.building import Built
    from lfr_actors.watchlist.policy import Finding, Occasion
    from lfr_actors.watchlist.prediction import Prediction
    from lfr_actors.watchlist.rows import ListSource
    from lfr_actors.watchlist.thresholds import Thresholds
    from lfr_actors.watchlist.version import ListVersion

_NOTES_SHOWN = 10


class Reason(StrEnum):
    """Why a list was built: the only words about it that are public for ever."""

    OPERATION = "operation"
    REVIEW = "review"
    DRILL = "drill"
    MEASUREMENT = "measurement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a list is built with and for."""

    pack: str
    occasion: Occasion
    thresholds: Thresholds | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    long_side_px: int = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """Whether and as what the list is sealed."""

    wanted: bool
    reason: Reason
    note: str | None = field(repr=False)


def checked(home: Path, source: ListSource, occasion: Occasion, *, as_json: bool) -> Site:
    """The rules of the site, which the list keeps; exits with 3 when it does not."""
    from lfr_actors.spec.site import read_site
    from lfr_actors.watchlist.building import check_source

    site = read_site(home)
    findings = check_source(source, site.watchlist, occasion)
    if any(finding.refused for finding in findings):
        _refuse(str(source.path), findings, source.notes, as_json=as_json)
    return site


def _refuse(name: str, findings: Sequence[Finding], notes: Sequence[str], *, as_json: bool) -> NoReturn:
    """Every rule, and the rows that the broken ones name."""
    from lfr_actors.errors import Refused
    from lfr_actors.watchlist.policy import require_allowed
    from lfr_actors.watchlist.report_terminal import rules_table

    rules = [finding.to_json() for finding in findings]
    if not as_json:
        for note in notes[:_NOTES_SHOWN]:
            stderr.print(f"note: {note}", style="yellow", markup=False, highlight=False, soft_wrap=True)
        stdout.print(rules_table({"rules": rules}))
    try:
        require_allowed(name, findings)
    except Refused as error:
        if not as_json:
            raise
        said = {"kind": "Refused", "message": str(error), "problems": []}
        document = {"error": said, "notes": list(notes), "rules": rules}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        stderr.print(str(error), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(EXIT_REFUSED)


def enrolled(
    source: ListSource, job: Job, site: Site, home: Path, reference: Path | None, faces: int
) -> tuple[Built, Prediction | None]:
    """Load the pack and enrol the list; with a reference, also what the list would do to those strangers."""
    from lfr_actors.cli.predicting import predict_with_reference, read_reference
    from lfr_actors.cli.watchlist_report import told
    from lfr_actors.machine import usable_cores
    from lfr_actors.store.store import utc_now
    from lfr_actors.vision.packs import load_pack
    from lfr_actors.watchlist.building import build_list
    from lfr_actors.watchlist.enrol import Kept
    from lfr_actors.watchlist.verdicts import EnrolmentLimits

    if reference is not None and job.thresholds is None:
        raise typer.BadParameter("--reference predicts the false matches at a --threshold: name one")
    strangers = None if reference is None else read_reference(reference)
    models: LoadedPack = load_pack(
        job.pack, home=home, device=job.device, threads=1, long_side_px=job.long_side_px
    )
    limits = None if job.thresholds is None else EnrolmentLimits.for_threshold(job.thresholds.default)
    with told("enrolling") as progress:
        built = build_list(
            source,
            models,
            policy=site.watchlist,
            occasion=job.occasion,
            built_at=utc_now(),
            limits=limits,
            progress=progress,
            workers=max(1, int(usable_cores())),
            kept=Kept(portraits=True, thumbnails=True),
        )
    prediction = None
    if strangers is not None and job.thresholds is not None:
        prediction = predict_with_reference(
            built.version, job.thresholds, strangers, models, faces=faces, home=home
        )
    return built, prediction


def finish(
    home: Path,
    built: Built,
    job: Job,
    prediction: Prediction | None,
    sealing: Sealing,
    out: Path | None,
    *,
    every: bool,
    as_json: bool,
) -> None:
    """Seal the version, write the report and show it; the templates in memory are overwritten."""
    from lfr_actors.cli.watchlist_report import show_report, write_reports

    version = built.version
    target = (out or home / "reports" / f"watchlist-{version.version}").resolve()
    try:
        sealed = _sealed(home, version, sealing)
        report = write_reports(home, built, target, thresholds=job.thresholds, prediction=prediction)
    finally:
        version.overwrite()
    if not as_json:
        _say_sealed(sealed)
    show_report({**report, "sealed": sealed}, target, every=every, as_json=as_json)


def _sealed(
    home: Path,
    version: ListVersion,
    sealing: Sealing,
    previous: SealedWatchlist | None = None,
    removed: int = 0,
) -> dict[str, Any] | None:
    """What the log says of the version in the vault; None for one that is not sealed, or of nobody."""
    if not sealing.wanted or not version.subjects:
        return None
    from lfr_actors.cli.alerts import account
    from lfr_actors.cli.opening import opened
    from lfr_actors.cli.watchlist_report import told
    from lfr_actors.store.watchlists import copies, seal_version

    with opened(home) as store, told("committing to who is on it") as progress:
        seal_version(
            store,
            version,
            previous=previous,
            who=account(),
            reason=sealing.reason,
            note=sealing.note,
            removed=removed,
            progress=progress,
        )
        row = copies(store, version.version)[-1]
    due = row.list_row.due_at
    return {
        "version": row.version,
        "previous": row.sealed.previous,
        "object_id": row.sealed.object_id,
        "root": row.sealed.root,
        "event": row.seq,
        "erased_by": None if due is None else due.isoformat(),
    }


def _say_sealed(sealed: dict[str, Any] | None) -> None:
    if sealed is None:
        stdout.print("not sealed", highlight=False)
        return
    due = sealed["erased_by"]
    erased = f", erased by {dt.datetime.fromisoformat(due):%Y-%m-%d %H:%M:%S} UTC" if due else ""
    stdout.print(
        f"sealed as version {sealed['version']} (event {sealed['event']}){erased}\nroot {sealed['root']}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def choose(
    home: Path, name: str, where: Sequence[str], occasion: Occasion, sealing: Sealing, *, as_json: bool
) -> None:
    """A list of some of the subjects of a sealed one."""
    from lfr_actors.cli.alerts import account
    from lfr_actors.cli.opening import opened
    from lfr_actors.events.types import SITE, AccessViewed
    from lfr_actors.spec.site import read_site
    from lfr_actors.store.store import utc_now
    from lfr_actors.store.watchlists import find_version, open_version
    from lfr_actors.watchlist.building import check_version
    from lfr_actors.watchlist.report_terminal import rules_table
    from lfr_actors.watchlist.selection import Condition, select

    try:
        conditions = [Condition.parse(text) for text in where]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with opened(home) as store:
        previous = find_version(store, name)
        viewed = AccessViewed(what=f"watchlist:{previous.version}", who=account(), why="to choose from it")
        store.append(SITE, viewed)
        whole = open_version(store, previous)
    try:
        version = select(whole, conditions)
        removed = len(whole.subjects) - len(version.subjects)
    finally:
        whole.overwrite()
    try:
        findings = check_version(version, read_site(home).watchlist, occasion, now=utc_now())
        if any(finding.refused for finding in findings):
            _refuse(f"{version.version}, chosen from {previous.version}", findings, (), as_json=as_json)
        sealed = _sealed(home, version, sealing, previous, removed)
    finally:
        version.overwrite()
    rules = [finding.to_json() for finding in findings]
    document = {
        "version": version.version,
        "taken_from": previous.version,
        "built_at": version.built_at.isoformat(),
        "pack": version.pack,
        "subjects": len(version.subjects),
        "subjects_left_out": removed,
        "templates": len(version.pictures),
        "rules": rules,
        "sealed": sealed,
    }
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    stdout.print(rules_table(document))
    _say_sealed(sealed)
    stdout.print(
        f"{len(version.subjects)} subjects of {previous.version}, {removed} left out, {len(version.pictures)} "
        f"templates, built at {version.built_at.isoformat()}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
