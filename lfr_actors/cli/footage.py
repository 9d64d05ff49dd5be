"""`lfr footage`: what cameras recorded, and its export as films."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from lfr_actors.cli.alerts import account
from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, stderr, stdout
from lfr_actors.cli.opening import opened
from lfr_actors.errors import Erased
from lfr_actors.footage.span import Moment, Span, parse_moment, show_moment
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.footage.export import ExportedFilm, Segment
    from lfr_actors.store import Store
    from lfr_actors.store.rows import SegmentRow

SHORT_ID = 10
"""How much of a segment's id the table shows, after `footage:`."""

footage_app = typer.Typer(
    help="Footage of cameras: list its segments, export it as films.", no_args_is_help=True
)


def _moment(text: str) -> Moment:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from error


FromOption = Annotated[
    Any,
    typer.Option(
        "--from",
        parser=_moment,
        metavar="TIME",
        help="ISO 8601 with zone, or 12.5s of the film.",
        show_default=False,
    ),
]
ToOption = Annotated[
    Any, typer.Option("--to", parser=_moment, metavar="TIME", help="As --from.", show_default=False)
]
DeploymentOption = Annotated[str | None, typer.Option(help="Only of this deployment.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(footage_app, name="footage")


@footage_app.command("list")
def list_footage(
    deployment: DeploymentOption = None,
    camera: Annotated[str | None, typer.Option(help="Only of this camera.", show_default=False)] = None,
    from_: FromOption = None,
    to: ToOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List segments of footage, oldest first. Nothing is decrypted."""
    from lfr_actors.store import database_exists

    span = _span(from_, to)
    folder = lfr_home(home)
    rows: list[SegmentRow] = []
    held: set[str] = set()
    if database_exists(folder):
        with opened(folder) as store:
            rows = _segments(store, deployment, camera, span)
            held = {hold.object_id for hold in store.retained.holds()}
    else:
        stderr.print(f"no database in {folder}", markup=False, highlight=False)
    if as_json:
        typer.echo(json.dumps([listed(row, held=row.object_id in held) for row in rows], indent=2))
    elif rows:
        stdout.print(footage_table(rows, held))
    else:
        stdout.print("no footage")


@footage_app.command("export")
def export_footage(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The film to write: OUT.mkv or OUT.mp4.", show_default=False)
    ],
    camera: Annotated[str, typer.Option(help="Of this camera.", show_default=False)],
    from_: FromOption,
    to: ToOption,
    why: Annotated[
        str,
        typer.Option(help="Why you look; kept in the log for ever, so without names.", show_default=False),
    ],
    deployment: Annotated[
        str | None,
        typer.Option(help="Needed where several deployments have this camera.", show_default=False),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decrypt the footage of a camera into a film that plays everywhere. That you did is written to the log.

    It begins at the key frame at or before --from. Where the footage has a gap of more than ten seconds, or
    the camera changed its pictures, another film begins: OUT-2, OUT-3.
    """
    from lfr_actors.footage.export import format_of
    from lfr_actors.store import database_exists

    if not why.strip():
        raise typer.BadParameter("says nothing; write why you look at this footage", param_hint="--why")
    format_of(out)
    if out.exists():
        raise typer.BadParameter(f"{out} is there already; choose another name")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}")
    span = _span(from_, to)
    folder = lfr_home(home)
    if not database_exists(folder):
        stderr.print(f"no database in {folder}", markup=False, highlight=False)
        raise typer.Exit(EXIT_FAILED)
    with opened(folder) as store:
        rows = _of_one_deployment(_segments(store, deployment, camera, span), camera)
        if not rows:
            stderr.print(f"no footage of camera {camera} in this range", markup=False, highlight=False)
            raise typer.Exit(EXIT_FAILED)
        # Written before anything is decrypted: nobody looks unseen.
        _say_accessed(store, rows, span, why)
        segments, erased = _opened(store, rows, folder)
    if not segments:
        raise Erased(f"footage of camera {camera}", "it was erased: nobody can see it any more")
    films = _export(segments, out, span)
    if as_json:
        document = {"films": [written(film) for film in films], "erased": list(erased)}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for line in _told(films, erased):
            stderr.print(line, markup=False, highlight=False, soft_wrap=True)
    if not films:
        raise typer.Exit(EXIT_FAILED)


def _span(from_: Moment | None, to: Moment | None) -> Span:
    try:
        return Span(from_=from_, to=to)
    except ValueError as error:
        raise typer.BadParameter(f"the range {error}") from error


def _segments(store: Store, deployment: str | None, camera: str | None, span: Span) -> list[SegmentRow]:
    after, before = span.times
    rows = store.retained.segments(deployment, camera, after, before)
    return [row for row in rows if span.touches(row.from_media_s, row.to_media_s)]


def _of_one_deployment(rows: list[SegmentRow], camera: str) -> list[SegmentRow]:
    """The rows; wrong usage when the range meets a camera of this name in several deployments."""
    deployments = sorted({row.deployment_id for row in rows})
    if len(deployments) > 1:
        raise typer.BadParameter(
            f"several deployments have footage of camera {camera} in this range; "
            f"choose with --deployment: {', '.join(deployments)}"
        )
    return rows


def _say_accessed(store: Store, rows: Sequence[SegmentRow], span: Span, why: str) -> None:
    """The look in the log: one event for the range, and one for each segment, by which it can be found."""
    from lfr_actors.events import AccessViewed

    ends = "/".join("" if moment is None else show_moment(moment) for moment in (span.from_, span.to))
    what = [f"footage:{rows[0].camera_id}:{ends}", *(row.object_id for row in rows if row.erased_at is None)]
    who = account()
    store.append(rows[0].deployment_id, *(AccessViewed(what=each, who=who, why=why.strip()) for each in what))


def _opened(store: Store, rows: Sequence[SegmentRow], folder: Path) -> tuple[list[Segment], tuple[str, ...]]:
    """The segments with their keys, and the ids of those that are erased."""
    from lfr_actors.footage.export import Segment

    segments: list[Segment] = []
    erased: list[str] = []
    for row in rows:
        if row.erased_at is not None or row.path is None or row.key_id is None:
            erased.append(row.object_id)
            continue
        try:
            key = store.keys.get(row.key_id)
        except Erased:  # between the look at the index and here
            erased.append(row.object_id)
            continue
        segments.append(
            Segment(
                object_id=row.object_id,
                path=folder / row.path,
                key=key,
                started_at=row.started_at,
                ended_at=row.ended_at,
                from_media_s=row.from_media_s,
                to_media_s=row.to_media_s,
            )
        )
    return segments, tuple(erased)


def _export(segments: list[Segment], out: Path, span: Span) -> list[ExportedFilm]:
    from lfr_actors.footage.export import export

    total_bytes = sum(segment.path.stat().st_size for segment in segments if segment.path.exists())
    with Progress(console=stderr, transient=True) as bar:
        task = bar.add_task("decrypting", total=total_bytes)
        try:
            return export(segments, out, span, progress=lambda read: bar.update(task, completed=read))
        except OSError as error:
            raise typer.BadParameter(f"{out} cannot be written: {error.strerror or error}") from error


def _told(films: Sequence[ExportedFilm], erased: Sequence[str]) -> list[str]:
    """What was written, in lines for people."""
    lines = [
        f"{film.path}: {film.pictures} pictures, {film.from_media_s:.1f} s to {film.to_media_s:.1f} s, "
        f"from {film.started_at.astimezone():%Y-%m-%d %H:%M:%S}, {film.size_bytes} bytes"
        for film in films
    ]
    lines += [
        f"cut short: {object_id} ends where recording broke off; what is in it was exported"
        for film in films
        for object_id in film.cut_short
    ]
    if erased:
        lines.append(f"erased, and so not in the film: {', '.join(erased)}")
    return lines or ["nothing was recorded in this range"]


def state_of(row: SegmentRow) -> str:
    """`recording`, `complete`, `cut short` or `erased`."""
    if row.erased_at is not None:
        return "erased"
    if row.ended_at is None:
        return "recording"
    return "complete" if row.complete else "cut short"


def listed(row: SegmentRow, *, held: bool) -> dict[str, Any]:
    """A segment as `lfr footage list --json` gives it; scripts depend on the keys."""
    return {
        "object_id": row.object_id,
        "deployment": row.deployment_id,
        "camera": row.camera_id,
        "started_at": row.started_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
        "from_media_s": row.from_media_s,
        "to_media_s": row.to_media_s,
        "codec": row.codec,
        "width": row.width,
        "height": row.height,
        "packets": row.packets,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "state": state_of(row),
        "held": held,
    }


def written(film: ExportedFilm) -> dict[str, Any]:
    """A film as `lfr footage export --json` gives it."""
    return {
        "file": str(film.path),
        "started_at": film.started_at.isoformat(),
        "ended_at": film.ended_at.isoformat(),
        "from_media_s": round(film.from_media_s, 3),
        "to_media_s": round(film.to_media_s, 3),
        "pictures": film.pictures,
        "size_bytes": film.size_bytes,
        "sha256": film.sha256,
        "segments": list(film.object_ids),
        "cut_short": list(film.cut_short),
    }


def footage_table(rows: Sequence[SegmentRow], held: set[str]) -> Table:
    """Segments as a table for people, times in the local zone."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    several = len({row.deployment_id for row in rows}) > 1
    for heading in ("segment", *(["deployment"] if several else []), "camera", "started", "ended"):
        table.add_column(heading, no_wrap=heading != "camera")
    for heading in ("length", "film time", "size"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("state")
    for row in rows:
        length = "" if row.to_media_s is None else f"{row.to_media_s - row.from_media_s:.1f} s"
        cells = (
            row.object_id.partition(":")[2][:SHORT_ID],
            *([row.deployment_id] if several else []),
            row.camera_id,
            row.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            "" if row.ended_at is None else row.ended_at.astimezone().strftime("%H:%M:%S"),
            length,
            f"{row.from_media_s:.1f} s",
            f"{row.size_bytes / 1e6:.1f} MB",
            state_of(row) + (", held" if row.object_id in held else ""),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table
