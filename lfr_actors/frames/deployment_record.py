"""The deployment record as data frames: the same figures as `lfr record` publishes, from the same events.

    day = record()                      the latest deployment that ended
    whole = operation("wrexham-2024")   an operation, its deployments summed
    whole.deployments()                 one row a deployment, as in the published CSV

The whole chain is verified before anything is said of it. Small cells are hidden as in the published record: such a
count is missing. What is counted is said by `RecordDocument` field by field.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lfr_actors.data_frame import data_frame
from lfr_actors.errors import LfrError
from lfr_actors.records.deployment_record.csv_form import COLUMNS, csv_bytes
from lfr_actors.records.deployment_record.document import RecordDocument
from lfr_actors.records.deployment_record.figures import Counts, Line, Rate
from lfr_actors.records.deployment_record.making import read_record
from lfr_actors.records.deployment_record.parts import (
    Camera,
    DeploymentPart,
    NeverSearched,
    NonMatches,
    Predicted,
    RetentionLine,
    Threshold,
)
from lfr_actors.records.finished_run import read_run

if TYPE_CHECKING:
    from pandas import DataFrame
    from pydantic import BaseModel

_RATE = ("rate", "hits", "trials", "low", "high", "confidence")
_TEXT = frozenset({"deployment", "operation", "force", "place", "state", "purposes", "thresholds", "pack"})


def record(
    deployment: str | None = None,
    home: Path | str | None = None,
    *,
    upto: int | None = None,
    events: Path | str | None = None,
) -> Record:
    """The record of a deployment, by default the latest that ended, as the log stands or stood at event `upto`.

    `home` is the data folder, by default that of `LFR_HOME` or the account's; `events` an exported log in its
    place, for which a deployment has to be named. Raises `StoreError` when there is no such deployment,
    `ChainBroken` naming the event for a log that was altered.
    """
    if deployment is None and events is not None:
        raise LfrError("an exported log: name the deployment whose record it is to be")
    name = deployment or read_run(home).deployment.deployment_id
    return Record(read_record(home, deployment=name, upto=upto, events=events))


def operation(
    name: str,
    home: Path | str | None = None,
    *,
    upto: int | None = None,
    events: Path | str | None = None,
) -> Record:
    """The record of an operation: its deployments, and their sums. As `record`."""
    return Record(read_record(home, operation=name, upto=upto, events=events))


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One record. Frames have a column `deployment` wherever they speak of single deployments."""

    document: RecordDocument = field(repr=False)

    def deployments(self) -> DataFrame:
        """One row a deployment, in the columns of the published CSV; times aware UTC, what is empty missing."""
        import pandas as pd

        text = csv_bytes(self.document).decode()
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(text)))
        made = data_frame(rows, COLUMNS).replace("", pd.NA)
        for name in made.columns:
            if name.endswith("_at"):
                made[name] = pd.to_datetime(made[name], utc=True)
            elif name not in _TEXT and made[name].notna().any():
                numbers = pd.to_numeric(made[name], errors="coerce")
                if numbers.notna().sum() == made[name].notna().sum():
                    made[name] = numbers
        return made

    def counts(self) -> DataFrame:
        """One row a count: `count` (its name), `value` over all deployments, then a column for each of them."""
        parts = self.document.deployments
        rows = [
            {"count": name, "value": getattr(self.document.counts, name)}
            | {part.identity.deployment: getattr(part.counts, name) for part in parts}
            for name in Counts.model_fields
        ]
        return data_frame(rows, ("count", "value", *(part.identity.deployment for part in parts)))

    def rates(self) -> DataFrame:
        """A row for each rate, over all and by deployment: `of`, `name`, `rate`, `hits`, `trials`, `low`, `high`,
        `confidence`, `words`. `of` is the name of the record or of a deployment; without data only the names stand.
        """
        rows = [_rate_row(self.document.name, name, found) for name, found in self.document.rates]
        if self.document.kind == "operation":
            rows += [
                _rate_row(part.identity.deployment, name, found)
                for part in self.document.deployments
                for name, found in part.rates
            ]
        for part in self.document.deployments:
            of = part.identity.deployment
            if part.blue_list is not None:
                rows.append(_rate_row(of, "blue_list_tpir", part.blue_list.tpir))
            rows.append(_rate_row(of, "never_searched", part.never_searched_share))
        return data_frame(rows, ("of", "name", *_RATE, "words"))

    def predicted(self) -> DataFrame:
        """Predicted against observed false alerts, one row a deployment that has a prediction; see `Predicted`."""
        rows = [
            {"deployment": part.identity.deployment} | _flat(part.predicted)
            for part in self.document.deployments
            if part.predicted is not None
        ]
        return data_frame(rows, ("deployment", *_columns(Predicted)))

    def table(self, name: str) -> DataFrame:
        """A table of alerts by two things at once: its rows and columns, `total` last; hidden cells are missing.

        Raises `LfrError` for a name that there is none of, and for a table that is withheld, with the reason.
        """
        from pandas import DataFrame

        tables = {each.name: each for each in self.document.tables}
        if name not in tables:
            raise LfrError(f"the record has no table {name!r}; it has {', '.join(tables) or 'none'}")
        found = tables[name]
        if found.withheld is not None:
            raise LfrError(f"table {name} is withheld: {found.withheld}")
        return DataFrame(
            [[cell.count for cell in (*row.cells, row.total)] for row in found.rows],
            index=[row.words for row in found.rows],
            columns=[*found.columns, "total"],
            dtype="Int64",
        ).rename_axis(index=found.row_heading)

    def cameras(self) -> DataFrame:
        """One row a camera of a deployment, the fields of `Camera`; faces are tracks."""
        return self._parts("cameras", Camera)

    def thresholds(self) -> DataFrame:
        """One row a threshold that was in force, the fields of `Threshold`."""
        return self._parts("thresholds", Threshold)

    def never_searched(self) -> DataFrame:
        """Tracks that were never searched, one row a reason, the fields of `NeverSearched`."""
        return self._parts("never_searched", NeverSearched)

    def non_matches(self) -> DataFrame:
        """How long biometric data of non-matches lived, one row a kind, the fields of `NonMatches`."""
        return self._parts("non_matches", NonMatches)

    def retention(self) -> DataFrame:
        """What was erased and what is kept, one row a class of data, the fields of `RetentionLine`."""
        return self._parts("retention", RetentionLine)

    def reconciliation(self) -> DataFrame:
        """One row a line that must add up: the fields of `Line`."""
        return data_frame([_flat(line) for line in self.document.reconciliation.lines], _columns(Line))

    def _parts(self, name: str, kind: type[BaseModel]) -> DataFrame:
        rows = [
            {"deployment": part.identity.deployment} | _flat(each)
            for part in self.document.deployments
            for each in _of(part, name)
        ]
        return data_frame(rows, ("deployment", *_columns(kind)))


def _of(part: DeploymentPart, name: str) -> Sequence[BaseModel]:
    found: Sequence[BaseModel] = getattr(part, name)
    return found


def _columns(kind: type[BaseModel]) -> tuple[str, ...]:
    return tuple(kind.model_fields)


def _flat(value: BaseModel) -> dict[str, Any]:
    """The fields of a part as they are; a rate among them by its rate."""
    return {name: each.rate if isinstance(each, Rate) else each for name, each in value}


def _rate_row(of: str, name: str, found: Rate | None) -> dict[str, Any]:
    row: dict[str, Any] = {"of": of, "name": name}
    return row if found is None else row | {key: getattr(found, key) for key in (*_RATE, "words")}
