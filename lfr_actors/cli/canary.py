"""`lfr canary`: run a deployment past which somebody walks who is on no list, and hunt for what is left."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from lfr_actors.cli.app import EXIT_FAILED, JsonOption, stderr, stdout
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.canary.report import Moment, Report
    from lfr_actors.canary.search import Searched

OPEN_THRESHOLD, OTHER_THRESHOLD = 0.955, 0.5
"""Used unless one is given: the canary need not be told from the list, the listed person should be found."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("canary")
    def canary_command(
        home: Annotated[
            Path | None,
            typer.Option("--home", help="Run in this data folder instead of a temporary one."),
        ] = None,
        pack: Annotated[str, typer.Option(help="Model pack.")] = "open",
        threshold: Annotated[
            float | None, typer.Option(help="Threshold of the deployment.", min=-1, max=1, show_default=False)
        ] = None,
        under_load: Annotated[
            int,
            typer.Option("--under-load", help="So many more cameras see the crowd meanwhile.", min=0, max=16),
        ] = 0,
        keep: Annotated[
            bool, typer.Option("--keep", help="Keep the film, the logs and the data folder.")
        ] = False,
        as_json: JsonOption = False,
    ) -> None:
        """Check on this machine that nothing is left of people who are on no list.

        A deployment runs on a composed film for half a minute. Then the pixels and templates of a passer-by are
        hunted for on the disk, in shared memory, in what webhooks said, and in the memory of every process, 1 s and
        10 s after the pass.
        Exit status 1 when anything is left on a disk, in shared memory, or in memory after 10 s.
        """
        from lfr_actors.canary.hunt import HuntSettings, hunt
        from lfr_actors.canary.report import as_document

        if home is not None:
            home = lfr_home(home)
        if threshold is None:
            threshold = OPEN_THRESHOLD if pack.endswith("open") else OTHER_THRESHOLD
        settings = HuntSettings(pack=pack, threshold=threshold, home=home, more_cameras=under_load, keep=keep)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=stderr, transient=True, disable=as_json) as progress:
            task = progress.add_task("preparing", total=None)
            report = hunt(settings, lambda text: progress.update(task, description=escape(text)))
        if as_json:
            stdout.print_json(json.dumps(as_document(report)))
        else:
            show(report)
        if not report.passed:
            raise typer.Exit(EXIT_FAILED)


def show(report: Report) -> None:
    """What was found where and when, what could not be searched, and the verdict."""
    from lfr_actors.canary.report import DURING, LIMITS, REPORTED_ONLY

    looks = [moment for moment in report.moments if moment.when != DURING]
    table = Table(title="what is left of the passer-by", title_justify="left")
    table.add_column("place", overflow="fold")
    for moment in looks:
        table.add_column(
            moment.when if moment.after_pass_s is None else f"after {moment.when}", overflow="fold"
        )
    table.add_column("searched", justify="right")
    for place in _places(looks):
        cells = [_cell(moment, place) for moment in looks]
        table.add_row(escape(place), *cells, _searched(looks, place))
    stdout.print(table)
    stdout.print(
        "  memory is copied one process after the other, at the times shown after the pass, while they work"
    )
    stdout.print(
        f"  [dim]timed by {report.timed_by}; pack {escape(report.pack)}; "
        f"not decisive: {', '.join(sorted(REPORTED_ONLY))}[/]",
        highlight=False,
    )
    for limit in LIMITS:
        stdout.print(f"  [dim]{limit}[/]", highlight=False)
    _show_verdict(report)


def _show_verdict(report: Report) -> None:
    if report.problems:
        stdout.print("[bold red]the hunt proves nothing[/]:")
        for problem in report.problems:
            stdout.print(f"  {escape(problem)}", highlight=False)
    else:
        stdout.print(
            "  controls found in the driver's memory, the data folder and shared memory: the hunt can find"
        )
    if report.broken:
        stdout.print("[bold red]left where nothing may be[/]:")
        for found in report.broken:
            stdout.print(
                f"  {found.when}: {escape(found.place)}, {escape(found.where)}: {found.kind}, "
                f"{found.count} piece{'s' * (found.count != 1)}",
                highlight=False,
            )
    elif not report.problems:
        stdout.print(
            "[bold green]nothing is left[/] on any disk or in shared memory, nor in memory after 10 seconds",
            highlight=False,
        )


def _places(looks: list[Moment]) -> list[str]:
    """Every place that was looked at, memory first."""
    memory = [f"memory: {one.place}" for moment in looks for one in moment.memory]
    places = [one.place for moment in looks for one in moment.places]
    return list(dict.fromkeys(memory + places))


def _at(moment: Moment, place: str) -> list[Searched]:
    named = [(f"memory: {one.place}", one) for one in moment.memory]
    named += [(one.place, one) for one in moment.places]
    return [one for name, one in named if name == place]


def _cell(moment: Moment, place: str) -> str:
    """What was found of each kind; 0 only where something was searched."""
    from lfr_actors.canary.controls import CONTROL

    here = _at(moment, place)
    found: Counter[str] = Counter()
    for one in here:
        for find in one.finds:
            if not find.kind.startswith(CONTROL):
                found[find.kind] += find.count
    refused = [reason for one in here for reason in one.not_searched]
    words = [f"[red]{kind} {count}[/]" for kind, count in sorted(found.items())]
    words += [f"[yellow]not searched: {escape(reason)}[/]" for reason in refused]
    if not here:
        return "[dim]–[/]"
    if not words:
        words.append("[green]0[/]")
    times = [
        (one.began_s, one.ended_s) for one in here if one.began_s is not None and one.ended_s is not None
    ]
    if times:
        words.append(f"[dim]at {min(times)[0]:.1f} to {max(end for _, end in times):.1f} s[/]")
    return ", ".join(words)


def _searched(looks: list[Moment], place: str) -> str:
    """The most that was searched at one time."""
    sizes = [
        (sum(one.size_bytes for one in here), sum(one.files for one in here)) for here in _all(looks, place)
    ]
    size_bytes, files = max(sizes, default=(0, 0))
    words = f"{size_bytes / 1e6:.1f} MB"
    return f"{words}, {files} file{'s' * (files != 1)}" if not place.startswith("memory") else words


def _all(looks: list[Moment], place: str) -> list[list[Searched]]:
    return [here for moment in looks if (here := _at(moment, place))]
