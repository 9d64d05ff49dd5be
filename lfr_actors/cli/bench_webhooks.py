"""`lfr bench webhooks`: deliveries a second of the courier, beside a bare aiohttp client."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from lfr_actors.cli.app import JsonOption, stderr, stdout


def webhooks_command(
    events: Annotated[
        int, typer.Option(min=100, max=1_000_000, help="Events that every endpoint is told of.")
    ] = 10_000,
    endpoints: Annotated[int, typer.Option(min=1, max=64, help="Endpoints, on this machine.")] = 4,
    as_json: JsonOption = False,
) -> None:
    """Deliver events to consumers on this machine, beside a bare aiohttp client that posts the same bodies.

    The courier reads them from a log, signs each for each endpoint, and writes down where each endpoint stands; the
    bare client only posts, in order, one at a time to each endpoint, as the courier does.
    """
    from lfr_actors.evaluation.webhook_delivery import measure
    from lfr_actors.store.elsewhere import by_itself

    load = os.getloadavg()[0]
    with (
        stderr.status(f"{events} events to {endpoints} endpoints, twice"),
        by_itself(),
        tempfile.TemporaryDirectory(prefix="lfr-bench-") as scratch,
    ):
        measured = measure(events, endpoints, Path(scratch))
    document = {
        "events": events,
        "endpoints": endpoints,
        "courier_per_s": round(measured.courier_per_s, 1),
        "bare_aiohttp_per_s": round(measured.bare_per_s, 1),
        "ratio": round(measured.ratio, 3),
        "load_average": round(load, 2),
    }
    if as_json:
        stdout.print_json(json.dumps(document))
        return
    stdout.print(
        f"courier {measured.courier_per_s:.0f} deliveries/s, bare aiohttp {measured.bare_per_s:.0f}/s: "
        f"{measured.ratio:.2f} of it ({events} events to {endpoints} endpoints; load average {load:.1f})",
        highlight=False,
        soft_wrap=True,
    )
