"""What `lfr evaluate live` shows, as tables and as a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lfr_actors.evaluation.band_words import NAMES, TRIALS, band_words, figure_words
from lfr_actors.evaluation.bands import Reading, readings, undeclared_drift
from lfr_actors.evaluation.commissioning import Baseline
from lfr_actors.evaluation.intervals import INSUFFICIENT, proportion_interval
from lfr_actors.evaluation.left_bands import LeftBands
from lfr_actors.evaluation.live import LiveLog
from lfr_actors.evaluation.live_figures import LiveFigures, LiveReport, live_report
from lfr_actors.evaluation.sequential import time_uniform_interval
from lfr_actors.events.codec import utc_text
from lfr_actors.events.measuring import Measured

_RATES = tuple(kind for kind in Measured if not kind.is_drift)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A deployment as it stood at a time: its figures, its declared bands, and the drifts that have none."""

    deployment: str
    at: dt.datetime
    threshold: float
    subjects: int
    volunteers: int
    report: LiveReport
    declared: tuple[Reading, ...]
    others: tuple[Reading, ...]
    left: LeftBands


def looked(log: LiveLog, baselines: Mapping[str, Baseline], at: dt.datetime) -> Looked:
    """What the log says by now. Raises `ValueError` before the deployment started."""
    if log.started is None:
        raise ValueError("the deployment has not started: there is nothing to look at")
    return Looked(
        deployment=log.started.deployment,
        at=at,
        threshold=log.started.threshold,
        subjects=log.subjects,
        volunteers=len(log.volunteers),
        report=live_report(log, settled_at=at),
        declared=readings(log, baselines, at),
        others=undeclared_drift(log, baselines),
        left=log.left,
    )


def live_document(seen: Looked) -> dict[str, Any]:
    """What was looked at, for scripts; null is insufficient data."""
    return {
        "deployment": seen.deployment,
        "at": utc_text(seen.at),
        "threshold": seen.threshold,
        "subjects": seen.subjects,
        "volunteers": seen.volunteers,
        "total": _figures(seen.report.total),
        "cameras": [
            {
                "camera": name,
                **_figures(each),
                "drift": {
                    str(one.what): _drift(one)
                    for one in (*seen.declared, *seen.others)
                    if one.what.is_drift and one.camera == name
                },
            }
            for name, each in seen.report.cameras.items()
        ],
        "bands": [_band(seen, one) for one in seen.declared],
    }


def live_tables(seen: Looked) -> Group:
    """What was looked at, for people."""
    parts: list[Table | Text] = [_rates_table(seen), _notes(seen), _bands_table(seen)]
    if seen.others:
        parts.append(_drift_table(seen))
    if any(one.figure is None and one.what.is_drift for one in (*seen.declared, *seen.others)):
        words = "drift is from a camera's commissioning: lfr evaluate commission DEPLOYMENT keeps one"
        parts.append(Text(words, style="dim"))
    return Group(*parts)


def _figures(figures: LiveFigures) -> dict[str, Any]:
    return {
        "faces_seen": figures.faces,
        "searches": figures.searches,
        "alerts": figures.alerts,
        "decided": figures.decided,
        "true": figures.true,
        "false": figures.false,
        "cannot_tell": figures.cannot_tell,
        "passes": figures.blue.passes,
        "passes_in_cooldown": figures.blue.in_cooldown,
        "rates": {str(what): _rate(*figures.counts(what)) for what in _RATES},
    }


def _rate(hits: int, trials: int) -> dict[str, Any] | None:
    """A rate with its exact interval for one look, and the one that holds for every look there is."""
    once, always = proportion_interval(hits, trials), time_uniform_interval(hits, trials)
    if once is None or always is None:
        return None
    return {**once.to_json(), "whenever_looked": {"low": always.low, "high": always.high}}


def _drift(reading: Reading) -> dict[str, Any]:
    return {
        "distance": reading.figure,
        "faces": reading.trials,
        "against": None if reading.figure is None else reading.against,
        "insufficient": reading.missing,
    }


def _band(seen: Looked, reading: Reading) -> dict[str, Any]:
    left = seen.left.now.get(reading.key)
    return {
        "what": reading.band.what,
        "camera": reading.camera,
        "at_least": reading.band.at_least,
        "at_most": reading.band.at_most,
        "figure": reading.figure,
        "hits": reading.hits,
        "trials": reading.trials,
        "low": reading.low,
        "high": reading.high,
        "confidence": reading.confidence,
        "against": reading.against,
        "insufficient": reading.missing,
        "outside_since": None if left is None else utc_text(left.at),
    }


def _rates_table(seen: Looked) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("camera")
    for heading in ("faces seen", "alerts", "decided"):
        table.add_column(heading, justify="right")
    for heading in ("TPIR", "false / faces seen", "false / decided alerts", "never searched"):
        table.add_column(heading)
    report = seen.report
    whole = [("all", report.total)] if len(report.cameras) != 1 else []
    for name, each in (*report.cameras.items(), *whole):
        counts = (f"{count:,}" for count in (each.faces, each.alerts, each.decided))
        table.add_row(Text(name), *counts, *(_cell(what, each) for what in _RATES))
    return table


def _cell(what: Measured, figures: LiveFigures) -> str:
    found = figures.rate(what)
    if found is None:
        return INSUFFICIENT
    low, high = (figure_words(what, part).removesuffix(" %") for part in (found.low, found.high))
    return f"{figure_words(what, found.rate)} ({low}–{high})"


def _notes(seen: Looked) -> Text:
    return Text(
        f"faces seen are tracks, not people. TPIR: declared passes of {seen.volunteers} volunteers. In brackets "
        f"the exact 95 % interval of one look, in per cent, trials taken as independent. Threshold "
        f"{seen.threshold:g}, {seen.subjects:,} on the list.\n",
        style="dim",
    )


def _bands_table(seen: Looked) -> Table | Text:
    if not seen.declared:
        return Text("no bands were declared (key measurement of the deployment file): no alarm is raised")
    table = Table(box=None, header_style="bold", pad_edge=False, title="bands", title_justify="left")
    for heading in ("figure", "camera", "now", "however often one looks", "declared", "state"):
        table.add_column(heading, overflow="fold")
    for one in seen.declared:
        table.add_row(
            NAMES[one.what],
            Text(one.camera or "all"),
            INSUFFICIENT if one.figure is None else figure_words(one.what, one.figure),
            _interval(one),
            band_words(one.band),
            _state(seen, one),
        )
    return table


def _interval(reading: Reading) -> str:
    if reading.low is None or reading.high is None:
        return "–"
    low, high = (figure_words(reading.what, limit) for limit in (reading.low, reading.high))
    return f"{low} to {high}"


def _state(seen: Looked, reading: Reading) -> Text:
    left = seen.left.now.get(reading.key)
    if left is not None:
        return Text(f"OUTSIDE since {left.at.astimezone():%H:%M:%S}", style="bold red")
    if reading.missing is not None:
        return Text(reading.missing, style="yellow")
    count = f"{reading.trials:,} {TRIALS[reading.what]}"
    if reading.has_left:
        return Text(f"outside, over {count}", style="bold red")
    return Text(f"inside, {count}" if reading.is_back else f"not shown to be outside, {count}")


def _drift_table(seen: Looked) -> Table:
    table = Table(
        box=None, header_style="bold", pad_edge=False, title="drift without a band", title_justify="left"
    )
    for heading in ("figure", "camera", "distance", "from"):
        table.add_column(heading, overflow="fold")
    for one in seen.others:
        if one.figure is None:
            table.add_row(
                NAMES[one.what], Text(one.camera or ""), INSUFFICIENT, Text(one.missing or "", style="yellow")
            )
        else:
            words = f"{one.against}, over the {one.trials:,} {TRIALS[one.what]}"
            table.add_row(
                NAMES[one.what], Text(one.camera or ""), figure_words(one.what, one.figure), Text(words)
            )
    return table
