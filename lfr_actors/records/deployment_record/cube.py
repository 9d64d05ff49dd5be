"""Alerts divided by camera, category and offence, each with what became of them: the unknowns of the cross tables.

Three divisions of the same alerts: over the cameras there are as many alerts of a result as over the categories.
Every cell and every total of a record is a sum over these unknowns.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lfr_actors.alerting.outcomes import OFFENCES
from lfr_actors.records.deployment_record.alert_trace import AlertTrace
from lfr_actors.records.deployment_record.protection import Atoms, Sum, Universe
from lfr_actors.records.deployment_record.result import (
    PUBLISHED_TOTALS,
    RESULTS,
    Condition,
    Result,
    has_offence,
    result_of,
)
from lfr_actors.records.deployment_record.trace import DeploymentTrace
from lfr_actors.spec.purposes import PURPOSES

NONE: Final = "none"
"""Where nothing was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """One way of dividing alerts: `of` says where an alert stands.

    `vocabulary` are values that every table has, so that a row says nothing by being there; None where the values
    are known beforehand, as cameras are. `results` are those of which the division speaks.
    """

    name: str
    of: Callable[[AlertTrace], str]
    vocabulary: Mapping[str, str] | None
    results: tuple[Result, ...]


CAMERA: Final = Division(name="camera", of=lambda alert: alert.camera, vocabulary=None, results=RESULTS)
CATEGORY: Final = Division(
    name="category", of=lambda alert: alert.category or NONE, vocabulary=PURPOSES, results=RESULTS
)
OFFENCE: Final = Division(
    name="offence",
    of=lambda alert: alert.offence or NONE,
    vocabulary=OFFENCES,
    results=tuple(filter(has_offence, RESULTS)),
)
DIVISIONS: Final = (CATEGORY, CAMERA, OFFENCE)


class AlertCube:
    """The unknowns of some deployments, numbered by deployment, division, value and result; deployments by name."""

    def __init__(self, traces: Sequence[DeploymentTrace]) -> None:
        self._traces = {trace.name: trace for trace in sorted(traces, key=lambda trace: trace.name)}
        self._place: dict[tuple[str, str, str, Result], int] = {}
        counts: list[int] = []
        for name, trace in self._traces.items():
            for division in DIVISIONS:
                found = Counter((division.of(each), result_of(each)) for each in trace.alerts.by_id.values())
                for value in self.values(division, name):
                    for result in division.results:
                        self._place[name, division.name, value, result] = len(counts)
                        counts.append(found[value, result])
        self._counts = tuple(counts)
        self._keys = tuple(self._place)

    def own(self, division: Division, deployment: str | None = None) -> tuple[str, ...]:
        """The values that are of no vocabulary: cameras of the deployment, or a force's own words."""
        if division is CAMERA:
            traces = [trace for trace in self._traces.values() if deployment in (None, trace.name)]
            listed = [camera for trace in traces for camera in trace.cameras]
            raised = [alert.camera for trace in traces for alert in trace.alerts.by_id.values()]
            return tuple(dict.fromkeys([*listed, *sorted(raised)]))
        alerts = [alert for trace in self._traces.values() for alert in trace.alerts.by_id.values()]
        known = {NONE, *(division.vocabulary or ())}
        return tuple(sorted({division.of(alert) for alert in alerts} - known))

    def values(self, division: Division, deployment: str | None = None) -> tuple[str, ...]:
        """All values that there are."""
        own = self.own(division, deployment)
        return own if division.vocabulary is None else (*division.vocabulary, *own, NONE)

    def atoms(
        self, division: Division, values: Sequence[str], wanted: Condition, deployment: str | None = None
    ) -> Atoms:
        """The unknowns of these values whose result is wanted; of one deployment, or of all."""
        names = self._traces if deployment is None else (deployment,)
        results = [result for result in division.results if wanted(result)]
        places = (
            self._place.get((name, division.name, value, result))
            for name in names
            for value in values
            for result in results
        )
        return frozenset(place for place in places if place is not None)

    def renumbered(self, one: Sum, of: AlertCube) -> Sum:
        """A sum over the unknowns of a cube of some of these deployments, over the same unknowns here."""
        return replace(one, atoms=frozenset(self._place[of._keys[place]] for place in one.atoms))

    def draw(self, name: str) -> str:
        """A number (hex) for a sum, which nobody can foresee who does not have the log."""
        seed = "".join(trace.seed for trace in self._traces.values())
        return hashlib.sha256(f"{seed}/{name}".encode()).hexdigest()

    def count(self, atoms: Atoms) -> int:
        """The true count of a sum."""
        return sum(self._counts[atom] for atom in atoms)

    def universe(self, known: Sequence[Sum] = ()) -> Universe:
        """The unknowns with the totals that records give exactly, of each deployment and of all together.

        `known` are sums that are published elsewhere.
        """
        totals = [
            self.atoms(division, self.values(division, name), wanted, name)
            for name in (*self._traces, None)
            for division in DIVISIONS
            for wanted in PUBLISHED_TOTALS
            if all(result in division.results for result in filter(wanted, RESULTS))
        ]
        groups: defaultdict[tuple[str, str, Result], list[int]] = defaultdict(list)
        alike: defaultdict[tuple[str, str, Result], dict[str, int]] = defaultdict(dict)
        for (name, division_name, value, result), place in self._place.items():
            groups[name, division_name, result].append(place)
            alike[division_name, value, result][name] = place
        return Universe(
            values=self._counts,
            movable={place: tuple(group) for group in groups.values() for place in group},
            mirrored={place: same for same in alike.values() for place in same.values()},
            known=frozenset((*totals, *(one.atoms for one in known))),
        )
