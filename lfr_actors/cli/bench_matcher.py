"""`lfr bench matcher`: the matcher beside bare faiss, hnswlib and usearch, on made-up templates like faces'."""

from __future__ import annotations

import datetime as dt
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import typer
from rich.progress import Progress

from lfr_actors.cli.app import EXIT_FAILED, JsonOption, stderr, stdout

if TYPE_CHECKING:
    from lfr_actors.evaluation.matching.record import Record
    from lfr_actors.evaluation.matching.setting import BenchSettings


class Part(StrEnum):
    """A part of the measurement."""

    ACTOR = "actor"
    LARGE = "large"
    GROWTH = "growth"
    KILL = "kill"
    REMOVAL = "removal"


def matcher_command(
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Only this part; may be given several times.", show_default=False),
    ] = None,
    dim: Annotated[Literal["128", "512", "both"], typer.Option(help="Numbers in a template.")] = "both",
    templates: Annotated[
        int | None,
        typer.Option(
            min=1_000,
            max=10_000_000,
            help="The large list; no part measures a larger one. 1,000,000 unless told.",
            show_default=False,
        ),
    ] = None,
    searches: Annotated[
        int | None,
        typer.Option(
            min=400,
            help="Searches whose decisions are compared, half of listed people. 10,000 unless told.",
            show_default=False,
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="20,000 templates: see that it works.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the growth into this PNG or SVG.", show_default=False)
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Write each result into this JSON file as it comes; what is in it already is not measured again.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Search beside bare faiss, hnswlib and usearch: speed, decisions, memory, growth, a killed shard, a removal.

    Nothing is asserted. The templates are of nobody: made from a seed, several to a person, as alike as those of
    faces are.
    """
    from lfr_actors.evaluation.matching import setting
    from lfr_actors.evaluation.matching.record import Record

    _require_drawable(plot)
    if quick and (templates or searches):
        raise typer.BadParameter(
            "it has its own sizes: leave --templates and --searches away", param_hint="--quick"
        )
    settings = (
        setting.BenchSettings.quick()
        if quick
        else setting.BenchSettings.sized(templates or 1_000_000, searches or 10_000)
    )
    dims = setting.DIMS if dim == "both" else (int(dim),)
    parts = tuple(part for part in setting.PARTS if only is None or part in only)
    record = Record.open(settings, setting.machine(), keep)
    todo = {each: tuple(part for part in parts if record.part(each, part) is None) for each in dims}
    lasting = sum(setting.estimate_s(settings, parts, (each,)) for each, parts in todo.items())
    stderr.print(
        f"{settings.large_templates} templates at most, on {setting.threads()} threads, load average "
        f"{record.document['machine']['load_average']}: about {setting.duration_words(lasting)}",
        highlight=False,
    )
    try:
        with _Told() as told:
            _measure(settings, todo, record, told)
    except KeyboardInterrupt:
        stderr.print("[yellow]interrupted[/]: this is what was measured", highlight=False)
        _show(record, plot, as_json=as_json)
        raise typer.Exit(EXIT_FAILED) from None
    record.document["machine"]["load_average_at_end"] = setting.machine()["load_average"]
    _show(record, plot, as_json=as_json)


def _require_drawable(plot: Path | None) -> None:
    """Say before hours of measuring what would fail after them."""
    from lfr_actors.evaluation.matching.plot import FORMATS

    if plot is None:
        return
    if plot.suffix.lower() not in FORMATS:
        raise typer.BadParameter(f"{plot.name}: name a .png or .svg file", param_hint="--plot")


class _Told:
    """Progress on stderr: what is being measured, and how much of it is done."""

    def __init__(self) -> None:
        self._bar = Progress(console=stderr, transient=True)
        self._task = self._bar.add_task("", total=1.0, visible=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, words: str) -> None:
        """See `Telling.say`."""
        self._bar.print(f"{dt.datetime.now():%H:%M:%S} {words}", highlight=False, markup=False)  # noqa: DTZ005
        self._bar.update(self._task, visible=False)

    def progress(self, part: float) -> None:
        """See `Telling.progress`."""
        self._bar.update(self._task, completed=part, visible=part < 1)


def _measure(settings: BenchSettings, todo: dict[int, tuple[str, ...]], record: Record, told: _Told) -> None:
    """Every part that is to be made, one dimension after the other."""
    from lfr_actors.actors.bench_context import BenchContext
    from lfr_actors.actors.bench_matcher import measure_part
    from lfr_actors.evaluation.matching.peers import peers_here

    kinds, absent = peers_here()
    record.document["libraries"] = {kind.library: kind.version for kind in kinds}
    record.document["absent"] = list(absent)
    for words in absent:
        told.say(words)
    for dim, parts in todo.items():
        bench = BenchContext(dim=dim, settings=settings, record=record, kinds=kinds, tell=told)
        for part in parts:
            measure_part(bench, part)


def _show(record: Record, plot: Path | None, *, as_json: bool) -> None:
    from lfr_actors.evaluation.matching.summary import growth_steps, machine_words, summary_tables

    document = record.document
    if plot is not None:
        steps = growth_steps(document)
        if any(steps.values()):
            from lfr_actors.evaluation.matching.plot import draw_growth

            draw_growth(steps, plot, machine_words(document))
            stderr.print(f"growth drawn: {plot}", highlight=False)
    if as_json:
        stdout.print_json(json.dumps(document))
        return
    for table in summary_tables(document):
        stdout.print(table)
