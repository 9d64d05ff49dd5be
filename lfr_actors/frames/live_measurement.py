"""What a deployment measures of itself, while it runs or after it, as data frames; see `evaluation.live`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lfr_actors.data_frame import data_frame
from lfr_actors.evaluation.live_figures import LiveFigures, LiveReport, live_report
from lfr_actors.events.measuring import Measured
from lfr_actors.frames.table import rate_cells, rate_columns
from lfr_actors.home import named_home
from lfr_actors.records.live_log import read_live_log
from lfr_actors.store.read_only import read_only
from lfr_actors.store.store import Store

if TYPE_CHECKING:
    from pandas import DataFrame

_COUNTS = ("faces", "ended", "searched", "searches", "alerts", "true", "false", "cannot_tell")
_RATES = {
    "tpir": Measured.TPIR,
    "false_over_faces": Measured.FALSE_OVER_FACES,
    "false_over_decided": Measured.FALSE_OVER_DECIDED,
    "never_searched": Measured.NEVER_SEARCHED,
}


def live(deployment: str, home: Path | str | None = None) -> DataFrame:
    """One row a camera, and a first one with `camera` missing for all of them; as the log stands now.

    The counts of `LiveFigures` (faces are tracks), `passes` of the blue list that could be recognised and
    `recognised` of them; then the columns of the rates `tpir` (of the blue list), `false_over_faces`,
    `false_over_decided` (alerts) and `never_searched`. `home` as in `open_run`. Raises `StoreError` when
    there is no such deployment.
    """
    folder = named_home(Path(home) if home else None)
    report = read_only(folder, partial(_report, deployment=deployment))
    rows = [_row(None, report.total), *(_row(name, each) for name, each in report.cameras.items())]
    rates = (column for name in _RATES for column in rate_columns(name))
    return data_frame(rows, ("camera", *_COUNTS, "passes", "recognised", *rates))


def _report(store: Store, *, deployment: str) -> LiveReport:
    return live_report(read_live_log(store, deployment))


def _row(camera: str | None, figures: LiveFigures) -> dict[str, Any]:
    row: dict[str, Any] = {"camera": camera} | {name: getattr(figures, name) for name in _COUNTS}
    row |= {"passes": figures.blue.passes - figures.blue.in_cooldown, "recognised": figures.blue.recognised}
    for name, what in _RATES.items():
        row |= rate_cells(name, figures.rate(what))
    return row
