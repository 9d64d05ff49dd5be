"""The record's cross tables of alerts, their small cells protected; also of several deployments together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lfr_actors.alerting.outcomes import OUTCOME_WORDS, WITH_OFFENCE
from lfr_actors.records.deployment_record.cube import CAMERA, CATEGORY, NONE, OFFENCE, AlertCube, Division
from lfr_actors.records.deployment_record.figures import Cell, Table, TableRow
from lfr_actors.records.deployment_record.protection import (
    THRESHOLD,
    Sum,
    Suppression,
    suppress,
)
from lfr_actors.records.deployment_record.result import DECISIONS, OUTCOMES, Condition, Result
from lfr_actors.records.deployment_record.trace import DeploymentTrace

OTHERS, ALL, TOTAL = "others", "all", "total"
"""Rows and columns: those of a force's own that are too few to name, and sums."""

INTERIM: Final = (
    "withheld until the deployment is over: two versions of a table tell together what each of them hides"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """A table: how it divides, what it counts, its columns, and the row of those of which nothing was said."""

    name: str
    title: str
    counts: str
    division: Division
    columns: Mapping[str, Condition]
    nothing: str = ""


LAYOUTS: Final = (
    _Layout(
        name="alerts-by-camera",
        title="Alerts by camera",
        counts="alerts; false are also those that turned out to be somebody else after engagement",
        division=CAMERA,
        columns=DECISIONS,
    ),
    _Layout(
        name="alerts-by-category",
        title="Alerts by category of the watchlist",
        counts="alerts, by the category under which the subject is on the list",
        division=CATEGORY,
        columns=DECISIONS,
        nothing="no category",
    ),
    _Layout(
        name="outcomes-by-category",
        title="Outcomes by category of the watchlist",
        counts="alerts that have an outcome, each with the last one recorded",
        division=CATEGORY,
        columns=OUTCOMES,
        nothing="no category",
    ),
    _Layout(
        name="outcomes-by-offence",
        title="Arrests and breached conditions by offence",
        counts="alerts whose outcome was an arrest or a breached condition",
        division=OFFENCE,
        columns={OUTCOME_WORDS[each]: OUTCOMES[OUTCOME_WORDS[each]] for each in sorted(WITH_OFFENCE)},
        nothing="no offence recorded",
    ),
)


def exact_tables(traces: Sequence[DeploymentTrace]) -> tuple[Table, ...]:
    """The tables with every cell: for those inside, never to be published."""
    cube = AlertCube(traces)
    return tuple(
        _table(layout, list(_rows(layout, cube, grouped=False)), Suppression(), None)
        for layout in _layouts(traces)
    )


def withheld_tables(traces: Sequence[DeploymentTrace], why: str = INTERIM) -> tuple[Table, ...]:
    """The tables without any cell."""
    return tuple(_empty(layout, why) for layout in _layouts(traces))


def protected_tables(traces: Sequence[DeploymentTrace]) -> tuple[Table, ...]:
    """The tables for the public, deployments in the order of their first start.

    No hidden cell can be computed from them, nor from them and the records that were there before: of each
    deployment by itself, and of the operation when it had fewer of them. An operation is published as it grows.
    """
    before: list[_Published] = []
    for number, trace in enumerate(traces, start=1):
        if number > 1:
            before.append(_published([trace], []))
        before.append(_published(traces[:number], before))
    cube, chosen = before[-1].cube, before[-1].chosen
    return tuple(
        _table(layout, list(_rows(layout, cube, grouped=True)), chosen, THRESHOLD)
        for layout in _layouts(traces)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """What a record shows and hides: its sums, over the unknowns of its own cube."""

    cube: AlertCube
    sums: tuple[Sum, ...]
    chosen: Suppression


def _published(traces: Sequence[DeploymentTrace], before: Sequence[_Published]) -> _Published:
    """What the record of these deployments shows, to who knows what was shown before."""
    cube = AlertCube(traces)
    known = [
        cube.renumbered(one, each.cube)
        for each in before
        for one in each.sums
        if one.name not in each.chosen.hidden
    ]
    guarded = [
        cube.renumbered(one, each.cube)
        for each in before
        for one in each.sums
        if one.name in each.chosen.primary
    ]
    sums = tuple(sums_of(cube, layouts=_layouts(traces)))
    return _Published(cube=cube, sums=sums, chosen=suppress(cube.universe(known), sums, guarded))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row with its cells, the sum of the row last."""

    name: str
    words: str
    sums: tuple[Sum, ...]


def _layouts(traces: Sequence[DeploymentTrace]) -> tuple[_Layout, ...]:
    """Cameras of one name in two towns are two: an operation has no table of them."""
    return LAYOUTS if len(traces) == 1 else tuple(each for each in LAYOUTS if each.division is not CAMERA)


def sums_of(cube: AlertCube, layouts: Sequence[_Layout] = LAYOUTS) -> Iterator[Sum]:
    """Every cell and total of the tables."""
    for layout in layouts:
        for row in _rows(layout, cube, grouped=True):
            yield from row.sums


def _rows(layout: _Layout, cube: AlertCube, *, grouped: bool) -> Iterator[_Row]:
    """The rows of a table. `grouped`: words of a force's own stand in one row, unless there are enough of each."""
    division, own = layout.division, cube.own(layout.division)
    vocabulary = division.vocabulary or {}
    for value, words in vocabulary.items():
        yield _row(layout, cube, value, words, (value,))
    few: list[str] = []
    for value in own:
        row = _row(layout, cube, value, value, (value,))
        if grouped and division.vocabulary is not None and row.sums[-1].value < THRESHOLD:
            few.append(value)
        else:
            yield row
    if division.vocabulary is not None:
        if grouped:
            yield _row(layout, cube, OTHERS, f"other {division.name} of the force's own", few)
        yield _row(layout, cube, NONE, layout.nothing, (NONE,))
    yield _row(layout, cube, ALL, "all", cube.values(division))


def _row(layout: _Layout, cube: AlertCube, name: str, words: str, values: Sequence[str]) -> _Row:
    columns = {**layout.columns, TOTAL: _any_of(layout)}
    sums = []
    for column, wanted in columns.items():
        cell = f"{layout.name}/{name}/{column}"
        atoms = cube.atoms(layout.division, values, wanted)
        sums.append(
            Sum(
                name=cell,
                atoms=atoms,
                value=cube.count(atoms),
                draw=cube.draw(cell),
            )
        )
    return _Row(name=name, words=words, sums=tuple(sums))


def _any_of(layout: _Layout) -> Condition:
    conditions = tuple(layout.columns.values())

    def counted(result: Result) -> bool:
        return any(condition(result) for condition in conditions)

    return counted


def _table(layout: _Layout, rows: Sequence[_Row], chosen: Suppression, threshold: int | None) -> Table:
    """The table without rows that are nothing but zeros, which say nothing."""
    shown = []
    for row in rows:
        cells = tuple(_cell(one, chosen) for one in row.sums)
        if row.name == ALL or any(cell.hidden or cell.count for cell in cells):
            shown.append(TableRow(name=row.name, words=row.words, cells=cells[:-1], total=cells[-1]))
    return Table(
        name=layout.name,
        title=layout.title,
        counts=layout.counts,
        row_heading=layout.division.name,
        columns=tuple(layout.columns),
        rows=tuple(shown),
        threshold=threshold,
        withheld=None,
    )


def _cell(one: Sum, chosen: Suppression) -> Cell:
    hidden = one.name in chosen.hidden
    return Cell(count=None if hidden else one.value, hidden=hidden)


def _empty(layout: _Layout, why: str) -> Table:
    return Table(
        name=layout.name,
        title=layout.title,
        counts=layout.counts,
        row_heading=layout.division.name,
        columns=tuple(layout.columns),
        rows=(),
        threshold=THRESHOLD,
        withheld=why,
    )
