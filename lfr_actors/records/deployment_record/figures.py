"""What the record is made of: rates with intervals, tables with protected cells, lines that must add up.

A figure without data is None, never zero. `counts` says in words what was counted. Figures that were computed and
not counted are rounded to six digits, so that two machines write the same bytes.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

from lfr_actors.events.codec import utc_text

Moment = Annotated[dt.datetime, PlainSerializer(utc_text, return_type=str, when_used="json")]
"""An aware time; in JSON as UTC text with six digits of the second, such as `2024-09-07T09:00:00.000000Z`."""


class Part(BaseModel):
    """A part of the record: frozen, and without any field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Rate(Part):
    """A proportion `rate` = `hits` / `trials` and its exact interval, all in [0, 1].

    `counts` says what the two numbers count, `words` the whole of it in one sentence.
    """

    counts: str
    hits: int
    trials: int
    rate: float
    low: float
    high: float
    confidence: float
    words: str


class Rates(Part):
    """The rates that are quoted of a deployment; None is insufficient data.

    `false_over_faces`: false alerts of faces seen (tracks). `false_over_alerts`: false alerts of all alerts.
    `precision`: true alerts of those decided as true or false. False are those that an operator found false, and
    those that turned out to be somebody else after engagement.
    """

    false_over_faces: Rate | None
    false_over_alerts: Rate | None
    precision: Rate | None


class Counts(Part):
    """What happened, in counts. Every alert is in exactly one of judged true, judged false, cannot tell, undecided.

    `faces_seen` counts tracks, `tracks_ended` and `tracks_searched` those that ended and those of them that were
    searched at least once; none of them counts people. `judged_true` and `judged_false` are what operators decided
    before any engagement. `confirmed_true` and `confirmed_false` were found after engagement: of those, the latter
    were judged true and turned out to be somebody else. `false_alerts` = judged false + confirmed false;
    `true_alerts` = judged true - confirmed false. `disputed` are among the undecided. `outcomes` counts alerts that
    have an outcome, `arrests` and `other_outcomes` by its kind, `by_outcome` by each kind; `outcomes_engaged` are
    those of engaged alerts.
    """

    frames: int
    frames_dropped: int
    faces_seen: int
    tracks_ended: int
    tracks_searched: int
    searches: int
    probes_dropped: int
    alerts: int
    judged_true: int
    judged_false: int
    cannot_tell: int
    undecided: int
    disputed: int
    true_alerts: int
    false_alerts: int
    engagements: int
    not_engaged: int
    engagement_open: int
    confirmed_true: int
    confirmed_false: int
    confirmation_open: int
    outcomes: int
    outcomes_engaged: int
    arrests: int
    other_outcomes: int
    by_outcome: dict[str, int]
    escalated: int
    alerts_from_part_of_the_list: int


class Cell(Part):
    """A cell of a table: `count`, or None where it is hidden."""

    count: int | None
    hidden: bool


class TableRow(Part):
    """A row of a table."""

    name: str
    words: str
    cells: tuple[Cell, ...]
    total: Cell


class Table(Part):
    """Alerts counted in two ways at once. Cells of fewer than `threshold` are hidden, and so are others from which
    they could be computed; `threshold` is None in an unprotected table.

    `withheld` says why the whole table is not there; then it has no rows.
    """

    name: str
    title: str
    counts: str
    row_heading: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    threshold: int | None
    withheld: str | None


class Line(Part):
    """A line of the reconciliation: `left` must be equal to `right`, or at most `right`.

    `difference` is left - right where the line does not hold, otherwise 0; `reason` is what the events say of it.
    """

    name: str
    left_words: str
    left: int
    relation: Literal["=", "≤"]
    right_words: str
    right: int
    holds: bool
    difference: int
    reason: str | None


class Reconciliation(Part):
    """Whether everything adds up. `remarks` are what the lines rest on and cannot show."""

    holds: bool
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


class Figure(Part):
    """One of the headline figures: `value` as people read it, `counts` what it counts."""

    label: str
    value: str
    counts: str


class Definition(Part):
    """A word of the record, and what it means."""

    term: str
    meaning: str
