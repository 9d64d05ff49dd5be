"""`lfr check FILE`: is this deployment file right, and what would it do here?"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from lfr_actors.cli.app import EXIT_INVALID, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.checked_list import CheckedList, look_at_list
from lfr_actors.cli.checked_serving import serving_mistakes, serving_summary
from lfr_actors.cli.predicting import DEFAULT_FACES, FacesOption, ReferenceOption
from lfr_actors.errors import DeviceUnavailable, InvalidFile, PackError, Refused, SourceError
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.spec.document import Mistake
    from lfr_actors.spec.site import Site
    from lfr_actors.vision.packs import PackInfo

_WINDOW_WORDS = {"before": "not open yet", "open": "open now", "after": "over"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What there is to say of a file: its mistakes, what it needs and is not right, and what it would do."""

    mistakes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    deployment: Deployment | None = None
    window: str | None = None
    pack: PackInfo | None = None
    listed: CheckedList | None = None
    prediction: dict[str, Any] | None = None

    @property
    def is_valid(self) -> bool:
        """Whether a run could start: nothing is wrong and nothing is missing."""
        return not self.mistakes and not self.missing


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("check")
    def check_command(
        file: Annotated[Path, typer.Argument(help="The deployment file (YAML).", show_default=False)],
        reference: ReferenceOption = None,
        faces: FacesOption = DEFAULT_FACES,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Check a deployment file: every mistake with its line, or what it would do.

        With --reference the list is enrolled, and searched by people who are not on it: the false matches to
        expect at its size and thresholds. Exit status 0 when a run could start, 2 when something is wrong or
        missing.
        """
        folder = lfr_home(home)
        report = examine(file, folder, dt.datetime.now(dt.UTC))
        if reference is not None and report.deployment is not None and report.is_valid:
            report = replace(report, prediction=_predicted(report.deployment, folder, reference, faces))
        if as_json:
            stdout.print_json(json.dumps(document(file, report), ensure_ascii=False))
        else:
            show(file, report)
        if not report.is_valid:
            raise typer.Exit(EXIT_INVALID)


def examine(file: Path, home: Path, now: dt.datetime) -> Report:
    """Read the file, look at the inputs it names and describe its pack; no camera is opened, nothing loaded.

    Raises `InvalidFile` for the site's file.
    """
    from lfr_actors.spec import load_deployment
    from lfr_actors.spec.authority import window_state
    from lfr_actors.spec.inputs import input_mistakes
    from lfr_actors.spec.site import read_site

    try:
        deployment = load_deployment(file, os.environ)
    except InvalidFile as error:
        return Report(mistakes=error.problems)
    missing = list(input_mistakes(deployment))
    missing += _not_films(deployment, {mistake.path for mistake in missing})
    site = read_site(home)
    missing += _beyond_the_site(deployment, site)
    missing += serving_mistakes(deployment, site, now)
    pack = _pack(deployment, home, missing)
    listed = look_at_list(deployment, home, site.watchlist, now, missing)
    window = window_state(deployment.authority, now)
    return Report(
        missing=tuple(str(mistake) for mistake in sorted(missing, key=lambda mistake: mistake.line)),
        notices=(
            *deployment.notices(),
            *_notices(deployment, pack, window),
            *(listed.notes if listed is not None else ()),
        ),
        deployment=deployment,
        window=window,
        pack=pack,
        listed=listed,
    )


def _predicted(deployment: Deployment, home: Path, reference: Path, faces: int) -> dict[str, Any]:
    from lfr_actors.cli.predicting import predict_for_deployment
    from lfr_actors.watchlist.report import prediction_document

    return prediction_document(predict_for_deployment(deployment, home, reference, faces=faces))


def _not_films(deployment: Deployment, known: set[str]) -> Iterator[Mistake]:
    """The films that are there, are not `known` to be wrong, and cannot be opened as films."""
    from lfr_actors.spec.document import shown_path
    from lfr_actors.spec.inputs import mistake_at
    from lfr_actors.vision.sources.film import look_at_film

    for index, camera in enumerate(deployment.cameras):
        at, source = ("cameras", index, "source"), camera.source
        if source.is_live or shown_path(at) in known:
            continue
        try:
            look_at_film(Path(source.location), source.shown)
        except SourceError as error:
            yield mistake_at(deployment, at, str(error))


def _beyond_the_site(deployment: Deployment, site: Site) -> Iterator[Mistake]:
    """What the deployment would keep for longer than this site allows."""
    from lfr_actors.retention.policy import policy_for
    from lfr_actors.spec.inputs import mistake_at

    try:
        policy_for(deployment.retention, site.retention)
    except Refused as error:
        key = error.what.rpartition(".")[2]
        yield mistake_at(deployment, ("retention", key), error.reason)


def _pack(deployment: Deployment, home: Path, missing: list[Mistake]) -> PackInfo | None:
    """The pack's description; None, with a mistake, when there is no such pack here."""
    from lfr_actors.spec.inputs import mistake_at
    from lfr_actors.vision.packs import describe_pack
    from lfr_actors.vision.packs.session import providers_for

    recognition = deployment.recognition
    try:
        providers_for(recognition.pack, recognition.device)
    except DeviceUnavailable as error:
        missing.append(mistake_at(deployment, ("recognition", "device"), error.reason))
    try:
        return describe_pack(recognition.pack, home=home)
    except PackError as error:
        missing.append(mistake_at(deployment, ("recognition", "pack"), error.reason))
        return None


def _notices(deployment: Deployment, pack: PackInfo | None, window: str) -> Iterator[str]:
    """What the file alone cannot say: it depends on the clock and on the packs of this machine."""
    recognition = deployment.recognition
    if window != "open":
        state = "not open yet" if window == "before" else "over"
        yield f"the authorised window is {state}: this file can be checked now and not run"
    if pack is not None and not pack.fit_for_live and deployment.is_live and recognition.pack != "open":
        if recognition.accepted_rates:
            yield f"the pack's rates were accepted: {recognition.accepted_rates}"
        else:
            yield (
                f"the pack {pack.name} is not described as fit for a live deployment; measure it, or write "
                "under recognition.accepted_rates who accepted its rates, and where"
            )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _summary(deployment: Deployment, report: Report) -> Iterator[tuple[str, str]]:
    """What the deployment is, as pairs of a heading and words."""
    yield "deployment", deployment.deployment
    yield "operation", deployment.operation or ""
    provider = f"technology of {deployment.provider}" if deployment.provider else ""
    yield "force", ", ".join(filter(None, (deployment.force, provider)))
    yield "place", deployment.location
    yield "purposes", ", ".join(deployment.purposes)
    yield "authority", f"{deployment.authority.officer}, {deployment.authority.reference}"
    yield "window", _window_words(deployment, report.window)
    yield "watchlist", _watchlist_words(deployment, report)
    yield "pack", _pack_words(report.pack) if report.pack else deployment.recognition.pack
    yield "rule", _rule_words(deployment)
    yield "bands", _band_lines(deployment)
    yield "cameras", "\n".join(_camera_lines(deployment))
    yield from serving_summary(deployment)


def _window_words(deployment: Deployment, state: str | None) -> str:
    """The window in the time of the place (the offset in which it was written), and whether it is open."""
    begin, end = deployment.authority.not_before, deployment.authority.not_after
    last = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%a %d %b %Y %H:%M}"
    return f"{begin:%a %d %b %Y %H:%M} to {last} ({begin.tzname()}), {_WINDOW_WORDS[state or 'after']}"


def _watchlist_words(deployment: Deployment, report: Report) -> str:
    watchlist, listed = deployment.watchlist, report.listed
    name = f"version {watchlist.version}" if watchlist.csv is None else str(watchlist.csv)
    if listed is None:
        return f"{name}\ncannot be read"
    if listed.version is not None and listed.built_at is not None:
        name = f"version {listed.version}, built {listed.built_at.astimezone():%a %d %b %Y %H:%M}"
    shards = deployment.resources.matcher_shards
    divided = f", in {_count(shards, 'shard')}" if shards > 1 else ""
    return f"{name}\n{_count(listed.subjects, 'subject')}, {_count(listed.pictures, 'picture')}{divided}"


def _pack_words(pack: PackInfo) -> str:
    fit = "fit for live deployments" if pack.fit_for_live else "not fit for live deployments"
    return f"{pack.name}: {pack.detector}; {pack.embedder}\nlicence {pack.licence}\n{fit}"


def _rule_words(deployment: Deployment) -> str:
    from lfr_actors.spec.duration import show_duration

    recognition, confirm = deployment.recognition, deployment.recognition.confirm
    own = "".join(
        f", {each.threshold:g} for {f'category {each.category}' if each.subject is None else 'one subject'}"
        for each in recognition.thresholds
    )
    while_incomplete = (
        "cameras pause" if recognition.when_incomplete == "pause" else "cameras continue, marked"
    )
    return (
        f"threshold {recognition.threshold:g}{own}\n"
        f"{_count(confirm.hits, 'hit')} within {show_duration(confirm.within)}, cooldown "
        f"{show_duration(recognition.cooldown)}\n"
        f"while part of the list cannot be searched {while_incomplete}\n"
        f"faces from {recognition.min_face_px} px, detector {recognition.detector_long_side_px} px, "
        f"device {recognition.device}"
    )


def _band_lines(deployment: Deployment) -> str:
    """What is watched while it runs; empty without a band."""
    from lfr_actors.evaluation.band_words import NAMES, band_words
    from lfr_actors.events.measuring import Measured

    bands = deployment.measurement.bands()
    return "\n".join(f"{NAMES[Measured(band.what)]}: {band_words(band)}" for band in bands)


def _camera_lines(deployment: Deployment) -> list[str]:
    lines = []
    for camera in deployment.cameras:
        zone = f", zone of {len(camera.zone)} points" if camera.zone else ""
        lines.append(f"{camera.id}: {camera.source.shown} ({camera.pace}{zone})")
    return lines


def document(file: Path, report: Report) -> dict[str, Any]:
    """The report as the JSON document of `lfr check --json`; it holds no password and no secret."""
    deployment = report.deployment
    return {
        "file": str(file),
        "valid": report.is_valid,
        "mistakes": report.mistakes,
        "missing": report.missing,
        "notices": report.notices,
        "window": report.window,
        "watchlist": _list_document(report.listed),
        "prediction": report.prediction,
        "pack": asdict(report.pack) if report.pack else None,
        "deployment": deployment.model_dump(mode="json") if deployment else None,
        "digest": deployment.digest if deployment else None,
    }


def _list_document(listed: CheckedList | None) -> dict[str, Any] | None:
    if listed is None:
        return None
    return {
        "subjects": listed.subjects,
        "pictures": listed.pictures,
        "version": listed.version,
        "built_at": None if listed.built_at is None else listed.built_at.isoformat(),
    }


def show(file: Path, report: Report) -> None:
    """The report for people: what is right on stdout, what is wrong on stderr."""
    if report.deployment is not None:
        table = Table(show_header=False, box=None, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for heading, words in _summary(report.deployment, report):
            if words:
                table.add_row(heading, escape(words))
        stdout.print(table)
    for notice in report.notices:
        stderr.print(f"[yellow]note[/] {escape(notice)}", highlight=False, soft_wrap=True)
    for problem in (*report.mistakes, *report.missing):
        stderr.print(f"[red]✗[/] {escape(problem)}", highlight=False, soft_wrap=True)
    if report.prediction is not None:
        from lfr_actors.watchlist.prediction_words import prediction_words

        for words in prediction_words(report.prediction):
            stdout.print(words, markup=False, highlight=False, soft_wrap=True)
    verdict = _verdict(report)
    (stdout if report.is_valid else stderr).print(
        f"{escape(str(file))}: {verdict}", highlight=False, soft_wrap=True
    )


def _verdict(report: Report) -> str:
    if report.mistakes:
        return f"[red]not valid[/], {_count(len(report.mistakes), 'mistake')}"
    if report.missing:
        return (
            f"[red]the file is right, what it needs is not[/]: {_count(len(report.missing), 'thing')} to mend"
        )
    return "[green]valid[/]"
