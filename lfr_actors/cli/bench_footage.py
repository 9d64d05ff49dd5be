"""`lfr bench footage`: what recording a camera costs, beside the same without recording."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from lfr_actors.cli.app import JsonOption, stderr, stdout


def footage_command(
    film: Annotated[Path, typer.Argument(help="A film; it stands for a camera.")],
    seconds: Annotated[float, typer.Option(min=3, help="Played so long without, and as long with.")] = 60.0,
    folder: Annotated[
        Path | None, typer.Option(help="Record into this folder's disk.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Processor time of reading a film at its own speed, without and with footage, turn by turn in one run."""
    from lfr_actors.footage.cost import measure
    from lfr_actors.spec.source import SourceAddress
    from lfr_actors.vision.sources.film import look_at_film

    address = SourceAddress(kind="file", location=str(film.resolve()), shown=f"file:{film}")
    look_at_film(film, address.shown)
    with (
        tempfile.TemporaryDirectory(prefix="lfr-bench-", dir=folder) as scratch,
        Progress(console=stderr, transient=True) as bar,
    ):
        task = bar.add_task("playing without and with footage", total=1.0)
        cost = measure(
            address,
            Path(scratch),
            seconds=seconds,
            progress=lambda done: bar.update(task, completed=done),
        )
    if as_json:
        document = {
            "film": film.name,
            "width": cost.width,
            "height": cost.height,
            "frames_per_s": round(cost.frames_per_s, 2),
            "played_s": round(cost.played_s, 1),
            "megabits_per_s": round(cost.size_bytes * 8e-6 / cost.played_s, 2),
            "packets": cost.packets,
            "segments": cost.segments,
            "percent_of_one_core": {
                "without": round(cost.without, 2),
                "with_recording": round(cost.with_recording, 2),
                "difference": round(cost.difference, 2),
                "recorder_thread": round(cost.recorder, 2),
            },
        }
        stdout.print_json(json.dumps(document))
        return
    stdout.print(
        f"{film.name}: {cost.width}x{cost.height}, {cost.frames_per_s:.1f} frames/s, "
        f"{cost.size_bytes * 8e-6 / cost.played_s:.2f} Mbit/s, {cost.played_s:.0f} s of each\n"
        f"  without footage  {cost.without:6.2f} % of one core\n"
        f"  with footage     {cost.with_recording:6.2f} %\n"
        f"  difference       {cost.difference:6.2f} %, of which the recorder's thread {cost.recorder:.2f} %",
        markup=False,
        highlight=False,
    )
