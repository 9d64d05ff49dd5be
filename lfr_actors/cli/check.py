"""`lfr check FILE`: is this deployment file right, and what would it do here?"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from lfr_actors.cli.app import EXIT_INVALID, HomeOption, JsonOption, stderr, stdout
from lfr_actors.errors import DeviceUnavailable, InvalidFile, PackError, Refused, SourceError
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.spec.deployment import Deployment
    from lfr_actors.spec.document import Mistake
    from lfr_actors.vision.packs import PackInfo
    from lfr_actors.watchlist.rows import Row

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
    subjects: int | None = None
    pictures: int | None = None

    @property
    def is_valid(self) -> bool:
        """Whether a run could start: nothing is wrong and nothing is missing."""
        return not self.mistakes and not self.missing


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("check")
    def check_command(
        file: Annotated[Path, typer.Argument(help="The deployment file (YAML).", show_default=False)],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Check a deployment file: every mistake with its line, or what it would do.

        Exit status 0 when a run could start, 2 when something is wrong or missing.
        """
        report = examine(file, lfr_home(home), dt.datetime.now(dt.UTC))
        if as_json:
            stdout.print_json(json.dumps(document(file, report), ensure_ascii=False))
        else:
            show(file, report)
        if not report.is_valid:
            raise typer.Exit(EXIT_INVALID)


def examine(file: Path, home: Path, now: dt.datetime) -> Report:
    """Read the file, look at the inputs it names and describe its pack; no camera is opened, nothing loaded."""
    from lfr_actors.spec import load_deployment
    from lfr_actors.spec.authority import window_state
    from lfr_actors.spec.inputs import input_mistakes

    try:
        deployment = load_deployment(file, os.environ)
    except InvalidFile as error:
        return Report(mistakes=error.problems)
    missing = list(input_mistakes(deployment))
    missing += _not_films(deployment, {mistake.path for mistake in missing})
    missing += _beyond_the_site(deployment, home)
    pack = _pack(deployment, home, missing)
    rows = _rows(deployment, missing)
    window = window_state(deployment.authority, now)
    return Report(
        missing=tuple(str(mistake) for mistake in sorted(missing, key=lambda mistake: mistake.line)),
        notices=(*deployment.notices(), *_notices(deployment, pack, window)),
        deployment=deployment,
        window=window,
        pack=pack,
        subjects=None if rows is None else len({row.subject_id for row in rows}),
        pictures=None if rows is None else len(rows),
    )


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


def _beyond_the_site(deployment: Deployment, home: Path) -> Iterator[Mistake]:
    """What the deployment would keep for longer than this site allows. Raises `InvalidFile` for the site's file."""
    from lfr_actors.retention.policy import policy_for
    from lfr_actors.retention.site import read_site
    from lfr_actors.spec.inputs import mistake_at

    site = read_site(home)
    try:
        policy_for(deployment.retention, site)
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


def _rows(deployment: Deployment, missing: list[Mistake]) -> tuple[Row, ...] | None:
    """The rows of the watchlist; mistakes in its CSV, and pictures that are not there, go to `missing`."""
    from lfr_actors.spec.inputs import mistake_at
    from lfr_actors.watchlist.rows import read_rows

    csv, at = deployment.watchlist.csv, ("watchlist", "csv")
    if not csv.is_file():
        return None
    try:
        rows = read_rows(csv)
    except InvalidFile as error:
        missing += [mistake_at(deployment, at, f"{csv.name}: {problem}") for problem in error.problems]
        return None
    absent = [row for row in rows if not row.path.is_file()]
    if absent:
        first = f"the first is {absent[0].image} (line {absent[0].line} of {csv.name})"
        text = f"{len(absent)} of {_count(len(rows), 'picture')} are not there; {first}"
        missing.append(mistake_at(deployment, at, text))
    return rows


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
    yield "cameras", "\n".join(_camera_lines(deployment))


def _window_words(deployment: Deployment, state: str | None) -> str:
    """The window in the time of the place (the offset in which it was written), and whether it is open."""
    begin, end = deployment.authority.not_before, deployment.authority.not_after
    last = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%a %d %b %Y %H:%M}"
    return f"{begin:%a %d %b %Y %H:%M} to {last} ({begin.tzname()}), {_WINDOW_WORDS[state or 'after']}"


def _watchlist_words(deployment: Deployment, report: Report) -> str:
    if report.subjects is None or report.pictures is None:
        return f"{deployment.watchlist.csv}\ncannot be read"
    counts = f"{_count(report.subjects, 'subject')}, {_count(report.pictures, 'picture')}"
    return f"{deployment.watchlist.csv}\n{counts}"


def _pack_words(pack: PackInfo) -> str:
    fit = "fit for live deployments" if pack.fit_for_live else "not fit for live deployments"
    return f"{pack.name}: {pack.detector}; {pack.embedder}\nlicence {pack.licence}\n{fit}"


def _rule_words(deployment: Deployment) -> str:
    from lfr_actors.spec.duration import show_duration

    recognition, confirm = deployment.recognition, deployment.recognition.confirm
    return (
        f"threshold {recognition.threshold:g}, {_count(confirm.hits, 'hit')} within "
        f"{show_duration(confirm.within)}, cooldown {show_duration(recognition.cooldown)}\n"
        f"faces from {recognition.min_face_px} px, detector {recognition.detector_long_side_px} px, "
        f"device {recognition.device}"
    )


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
        "watchlist": {"subjects": report.subjects, "pictures": report.pictures},
        "pack": asdict(report.pack) if report.pack else None,
        "deployment": deployment.model_dump(mode="json") if deployment else None,
        "digest": deployment.digest if deployment else None,
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
