"""Small cells cannot be computed from what is published: audited by linear programming."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from lfr_actors.alerting.outcomes import Outcome
from lfr_actors.events.log import StoredEvent
from lfr_actors.events.types import EventBody
from lfr_actors.records.deployment_record.cube import DIVISIONS, AlertCube
from lfr_actors.records.deployment_record.figures import Cell, Table
from lfr_actors.records.deployment_record.protection import THRESHOLD, Atoms, Sum, Universe, suppress
from lfr_actors.records.deployment_record.reading import Subject, read_traces
from lfr_actors.records.deployment_record.result import RESULTS, Result
from lfr_actors.records.deployment_record.tables import LAYOUTS, TOTAL, protected_tables, sums_of
from lfr_actors.records.deployment_record.trace import DeploymentTrace
from tests.unit.records.deployment_record.story import (
    CAMERAS,
    NAME,
    STRETCHES,
    Script,
    closing,
    document,
    engaged,
    judged,
    matchday,
    opening,
    outcome,
    raised,
)

OFFENCES = ("violence", "theft", "robbery", None)
CATEGORIES = ("warrant", "safeguarding", "hotspot", "gang", "organised crime", None)


def random_day(chance: random.Random, script: Script, name: str, alerts: int) -> None:
    """A day of alerts whose fates are drawn."""
    script.add(name, *opening(name, operation="autumn"), *STRETCHES)
    for number in range(alerts):
        alert = f"{name}-{number}"
        category = chance.choices(CATEGORIES, (30, 12, 4, 3, 1, 2))[0]
        fate: list[EventBody] = []
        match chance.choices(("true", "false", "open", "engaged"), (2, 2, 1, 6))[0]:
            case "engaged":
                result = chance.choice(
                    (Outcome.ARREST, Outcome.ARREST, Outcome.CHECK_BREACHED, Outcome.CHECK_MET)
                )
                with_offence = result in (Outcome.ARREST, Outcome.CHECK_BREACHED)
                offence = chance.choice(OFFENCES) if with_offence else None
                fate = [*engaged(alert), outcome(alert, result, offence=offence, category=category)]
            case "open":
                pass
            case verdict:
                fate = judged(alert, verdict)
        script.add(name, raised(alert, camera=chance.choice(CAMERAS), category=category), *fate)
    script.add(name, *closing(name, *STRETCHES, alerts=alerts))


def traces_of(log: Sequence[StoredEvent], subject: Subject) -> tuple[DeploymentTrace, ...]:
    """What the log says of a subject."""
    return read_traces(log, subject).traces


def links(cube: AlertCube, traces: Sequence[DeploymentTrace]) -> list[tuple[Atoms, Atoms]]:
    """What everybody knows: over cameras, categories and offences there are as many alerts of each result."""
    found = []
    for trace in traces:
        for result in RESULTS:

            def this(other: Result, result: Result = result) -> bool:
                return other == result

            first, *others = (
                cube.atoms(division, cube.values(division, trace.name), this, trace.name)
                for division in DIVISIONS
                if result in division.results
            )
            found += [(first, other) for other in others]
    return found


class Attack:
    """Everything that is published, as equations; what counts agree with it?"""

    def __init__(
        self, universe: Universe, shown: Sequence[Atoms], linked: Sequence[tuple[Atoms, Atoms]]
    ) -> None:
        width = len(universe.values)
        truth = np.array(universe.values, np.float64)
        rows = [self._row(atoms, width) for atoms in {*universe.known, *shown} if atoms]
        rows += [self._row(left, width) - self._row(right, width) for left, right in linked]
        self._matrix = csr_array(np.array(rows))
        self._right, self._width = self._matrix @ truth, width

    @staticmethod
    def _row(atoms: Atoms, width: int) -> np.ndarray:
        row = np.zeros(width)
        row[list(atoms)] = 1.0
        return row

    def range_of(self, atoms: Atoms) -> tuple[int, int]:
        """The least and the greatest whole number that the sum can be."""
        row = self._row(atoms, self._width)
        limits = []
        for sign in (1.0, -1.0):
            solved = linprog(
                sign * row, A_eq=self._matrix, b_eq=self._right, bounds=(0, None), method="highs"
            )
            limits.append(sign * float(solved.fun) if solved.status == 0 else -sign * np.inf)
        return int(np.ceil(limits[0] - 1e-6)), int(min(1e9, np.floor(limits[1] + 1e-6)))


def audit(traces: Sequence[DeploymentTrace]) -> tuple[int, int]:
    """Attack every small cell of a deployment's tables; how many there were, and how many cells were shown."""
    cube = AlertCube(traces)
    universe, sums = cube.universe(), list(sums_of(cube))
    chosen = suppress(universe, sums)
    shown = [one.atoms for one in sums if one.name not in chosen.hidden]
    attack = Attack(universe, shown, links(cube, traces))
    for one in sums:
        if one.name in chosen.primary:
            low, high = attack.range_of(one.atoms)
            assert low < high, one.name
    return len(chosen.primary), len(shown)


@pytest.mark.parametrize(("seed", "alerts"), [(1, 3), (2, 12), (3, 60)])
def test_no_small_cell_of_a_deployment_can_be_computed(seed: int, alerts: int) -> None:
    """Whatever is published leaves at least two whole numbers for every small cell."""
    script = Script()
    random_day(random.Random(seed), script, NAME, alerts)
    small, shown = audit(traces_of(script.log, Subject(kind="deployment", name=NAME)))
    assert small > 0
    assert shown > 100


def test_an_operation_that_grows_tells_nothing_that_its_records_hide() -> None:
    """Who has the record of each day, and of the operation after each day, computes no small cell of any."""
    script, chance = Script(), random.Random(2)
    for name in ("day-1", "day-2", "day-3"):
        random_day(chance, script, name, 25)
    traces = traces_of(script.log, Subject(kind="operation", name="autumn"))
    cube = AlertCube(traces)
    shown: list[Atoms] = []
    small: dict[str, list[Sum]] = {}
    for together in [[trace] for trace in traces] + [traces[:2], traces]:
        alone = AlertCube(together)
        layouts = [each for each in LAYOUTS if len(together) == 1 or each.name != "alerts-by-camera"]
        sums = {one.name: cube.renumbered(one, alone) for one in sums_of(alone, layouts)}
        cells = cells_of(protected_tables(together))
        shown += [sums[name].atoms for name, cell in cells.items() if not cell.hidden]
        hidden = [sums[name] for name, cell in cells.items() if cell.hidden]
        small[" ".join(trace.name for trace in together)] = [
            one for one in hidden if 0 < one.value < THRESHOLD
        ]
    attack = Attack(cube.universe(), shown, links(cube, traces))
    attacked = [*small["day-3"], *chance.sample(small["day-1"] + small["day-1 day-2"], 10)]
    assert len(attacked) > 20
    for one in attacked:
        low, high = attack.range_of(one.atoms)
        assert low < high, one.name


def cells_of(tables: Sequence[Table]) -> dict[str, Cell]:
    """Every cell that stands in tables, by the name of its sum."""
    return {
        f"{table.name}/{row.name}/{column}": cell
        for table in tables
        for row in table.rows
        for column, cell in zip((*table.columns, TOTAL), (*row.cells, row.total), strict=True)
    }


def test_small_cells_are_hidden_and_totals_are_not() -> None:
    """No count of 1 to 4 stands in a row; the last row, which the record gives elsewhere, is whole."""
    for table in document(matchday().log).tables:
        *rows, last = table.rows
        for cell in (cell for row in rows for cell in (*row.cells, row.total)):
            assert cell.hidden == (cell.count is None)
            assert cell.count is None or cell.count == 0 or cell.count >= THRESHOLD
        assert not any(cell.hidden for cell in (*last.cells, last.total))


def test_words_of_a_forces_own_are_named_only_when_there_are_enough() -> None:
    """A category out of no vocabulary, with fewer than five alerts, would say by its name that there is one."""
    script = Script()
    script.add(NAME, *opening(), *STRETCHES)
    for number in range(7):
        category = "organised crime" if number < 6 else "gang"
        script.add(NAME, raised(f"a{number}", category=category), *judged(f"a{number}", "true"))
    script.add(NAME, *closing(NAME, *STRETCHES, alerts=7))
    (table,) = (each for each in document(script.log).tables if each.name == "alerts-by-category")
    names = {row.name for row in table.rows}
    assert "organised crime" in names
    assert "gang" not in names
    assert "others" in names
    (inside,) = (
        each for each in document(script.log, exact=True).tables if each.name == "alerts-by-category"
    )
    assert {row.name for row in inside.rows} == {"organised crime", "gang", "all"}


def test_cells_that_count_everybody_are_as_known_as_the_totals() -> None:
    """With one camera its row says what the record says anyway, and nothing is hidden of it."""
    script = Script()
    script.add(NAME, *opening(cameras=("station",)), STRETCHES[1], raised("a1", camera="station"))
    script.add(NAME, *judged("a1", "true"), *closing(NAME, STRETCHES[1], alerts=1))
    (table,) = (each for each in document(script.log).tables if each.name == "alerts-by-camera")
    assert _hidden(table) == 0


def _hidden(table: Table) -> int:
    return sum(cell.hidden for row in table.rows for cell in (*row.cells, row.total))


def test_what_is_hidden_beside_a_small_cell_depends_on_the_log_alone() -> None:
    """The same log hides the same cells; the draw between equals differs from log to log."""
    patterns = set()
    for reference in ("LFR/1", "LFR/2", "LFR/3", "LFR/4"):
        script = Script()
        script.add(NAME, *opening(authority_reference=reference), *STRETCHES)
        script.add(NAME, raised("a1", category="warrant"), *judged("a1", "true"))
        script.add(NAME, *closing(NAME, *STRETCHES, alerts=1))
        tables = document(script.log).tables
        assert tables == document(script.log).tables
        patterns.add(tuple(row.name for row in tables[1].rows))
    assert len(patterns) > 1
