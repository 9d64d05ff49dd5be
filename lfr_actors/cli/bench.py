"""`lfr bench`: what a run costs (`pipeline`) beside an InsightFace loop and kernels; footage; matcher; webhooks."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from lfr_actors.cli.app import JsonOption, stderr, stdout
from lfr_actors.cli.bench_footage import footage_command
from lfr_actors.cli.bench_matcher import matcher_command
from lfr_actors.cli.bench_webhooks import webhooks_command
from lfr_actors.cli.film_run import film_deployment, run_film, scratch_home

if TYPE_CHECKING:
    from lfr_actors.spec.deployment import Deployment

PEER_SIDE_PX = 640
_KERNEL_RUNS = 15


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    bench = typer.Typer(
        name="bench", help="Measure on this machine; nothing is asserted.", no_args_is_help=True
    )
    app.add_typer(bench)

    @bench.callback()
    def group() -> None:
        """Measure on this machine; nothing is asserted."""

    bench.command("footage")(footage_command)
    bench.command("matcher")(matcher_command)
    bench.command("webhooks")(webhooks_command)

    @bench.command("pipeline")
    def pipeline_command(
        film: Annotated[Path, typer.Argument(help="A film.")],
        watchlist: Annotated[Path, typer.Argument(help="The CSV of a watchlist.")],
        pack: Annotated[
            str, typer.Option(help="Model pack; the InsightFace loop runs beside insightface: packs.")
        ],
        threshold: Annotated[float, typer.Option(help="Threshold of the run.")],
        peer_every: Annotated[
            int, typer.Option(min=1, help="The loop takes every Nth frame, to save time.")
        ] = 1,
        as_json: JsonOption = False,
    ) -> None:
        """Frames a second of a whole run at `pace: max`, beside a plain FaceAnalysis loop and the bare kernels.

        One after the other in this order: the loop's first half, the run, the loop's second half, so that a
        machine that slows down or speeds up weighs on both.
        """
        from lfr_actors.vision.sources.film import look_at_film
        from lfr_actors.watchlist.rows import read_rows

        look_at_film(film, f"file:{film}")
        read_rows(watchlist)
        recognition = {"pack": pack, "threshold": threshold}
        deployment = film_deployment(film, watchlist, recognition, command="lfr bench pipeline")
        folder = pack.removeprefix("insightface:") if pack.startswith("insightface:") else None
        measured: dict[str, Any] = {"film": film.name, "pack": pack}
        with scratch_home() as home:
            before = _peer(film, folder, peer_every, half=0) if folder else None
            measured["run"] = _run(deployment, home)
            after = _peer(film, folder, peer_every, half=1) if folder else None
            measured["kernels_ms"] = _kernels(film, deployment, home)
        if before and after:
            frames, elapsed_s = before[0] + after[0], before[1] + after[1]
            measured["face_analysis_loop"] = {
                "frames": frames,
                "elapsed_s": round(elapsed_s, 2),
                "frames_per_s": round(frames / elapsed_s, 2),
            }
            ratio = measured["run"]["frames_per_s"] / (frames / elapsed_s)
            measured["times_face_analysis"] = round(ratio, 2)
        if as_json:
            stdout.print_json(json.dumps(measured))
        else:
            _show(measured)


def _run(deployment: Deployment, home: Path) -> dict[str, Any]:
    """A whole run; its rate is of the camera's own time, from its first to its last frame."""
    outcome, camera = run_film(deployment, home, live=True, title="lfr bench")
    return {
        "frames": camera.frames,
        "elapsed_s": camera.elapsed_s,
        "frames_per_s": round(camera.frames / camera.elapsed_s, 2),
        "alerts": camera.alerts,
        "latency_p50_ms": outcome.totals.latency_p50_ms,
        "latency_p99_ms": outcome.totals.latency_p99_ms,
    }


def _peer(film: Path, folder: str, every: int, *, half: int) -> tuple[int, float]:
    """Frames and seconds of `FaceAnalysis.get` over the even or odd seconds of a film, decoding included."""
    import av
    from insightface.app import FaceAnalysis

    with contextlib.redirect_stdout(sys.stderr):  # the library prints what it loads
        loop = FaceAnalysis(
            name=folder, allowed_modules=["detection", "recognition"], providers=["CPUExecutionProvider"]
        )
        loop.prepare(ctx_id=-1, det_size=(PEER_SIDE_PX, PEER_SIDE_PX))
    frames, elapsed_s = 0, 0.0
    with av.open(str(film)) as container:
        decoded = container.decode(video=0)
        for index in range(10**9):
            began_s = time.perf_counter()
            frame = next(decoded, None)
            if frame is None:
                return frames, elapsed_s
            if int(frame.time or 0) % 2 != half or index % every:
                continue
            loop.get(frame.to_ndarray(format="bgr24"))
            elapsed_s += time.perf_counter() - began_s
            frames += 1
            if frames % 50 == 0:
                stderr.print(f"FaceAnalysis loop: {frames} frames, {frames / elapsed_s:.1f} a second")
    return frames, elapsed_s


def _kernels(film: Path, deployment: Deployment, home: Path) -> dict[str, float]:
    """Median ms of one call on one thread: detecting one frame, embedding one chip."""
    import av
    import numpy as np

    from lfr_actors.vision.packs import load_pack

    pack = load_pack(deployment.recognition.pack, home=home, device="cpu", threads=1)
    with av.open(str(film)) as container:
        image = np.asarray(next(container.decode(video=0)).to_ndarray(format="bgr24"), np.uint8)
    side = pack.embedder.chip_size
    chip = np.zeros((1, side, side, 3), np.uint8)

    def median_ms(call: Any) -> float:
        call()
        times = []
        for _ in range(_KERNEL_RUNS):
            began_s = time.perf_counter()
            call()
            times.append(time.perf_counter() - began_s)
        return round(float(np.median(times)) * 1e3, 2)

    return {
        "detect_frame": median_ms(lambda: pack.detector.detect(image)),
        "embed_chip": median_ms(lambda: pack.embedder.embed(chip)),
    }


def _show(measured: dict[str, Any]) -> None:
    table = Table(title=f"pipeline on {measured['film']}, {measured['pack']}", title_justify="left")
    for column in ("", "frames", "s", "frames/s"):
        table.add_column(column, justify="left" if not column else "right")
    names = {"run": "lfr run, pace: max", "face_analysis_loop": "FaceAnalysis loop, 640x640"}
    for key, name in names.items():
        if key in measured:
            row = measured[key]
            table.add_row(name, str(row["frames"]), f"{row['elapsed_s']:.1f}", f"{row['frames_per_s']:.1f}")
    stdout.print(table)
    if "times_face_analysis" in measured:
        stdout.print(f"  {measured['times_face_analysis']} times the loop")
    run = measured["run"]
    stdout.print(
        f"  latency p50 {run['latency_p50_ms']} ms, p99 {run['latency_p99_ms']} ms; {run['alerts']} alerts"
    )
    kernels = measured["kernels_ms"]
    stdout.print(
        f"  one thread: detect {kernels['detect_frame']} ms a frame, embed {kernels['embed_chip']} ms a face"
    )
