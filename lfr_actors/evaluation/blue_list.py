"""How many passes of known people the deployment recognises: TPIR, from a blue list of volunteers.

A volunteer crosses the view of a camera, and somebody declares the pass with its time; the deployment writes when
it recognises a volunteer as it would a subject. Each pass and each recognition counts once: they belong together
when they are of one volunteer on one camera, at most `WITHIN_S` apart.

TPIR = passes that were recognised / passes that could be. A pass within the cooldown after a recognition could not:
for the deployment it is the same pass, and would raise no second alert. Those are counted apart, and so are
recognitions of which no pass was declared. Times are wall-clock times, aware.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lfr_actors.evaluation.intervals import Proportion, proportion_interval

WITHIN_S = 30.0
"""A pass is declared by hand; its time is as exact as somebody with a watch."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sighting:
    """A volunteer before a camera: as declared, or as recognised. `commitment` says who, to the deployment."""

    commitment: str
    camera: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueListFigures:
    """Counts of passes. `missed` could have been recognised and were not; `volunteers` are those who passed.

    `in_cooldown` passes could not be recognised, `undeclared` recognitions belong to no pass that was declared.
    """

    volunteers: int
    passes: int
    recognised: int
    in_cooldown: int
    undeclared: int

    @property
    def missed(self) -> int:
        """Passes that could have been recognised, and were not."""
        return self.passes - self.in_cooldown - self.recognised

    @property
    def tpir(self) -> Proportion | None:
        """The share of passes that were recognised, with its exact interval; None without such a pass.

        The interval takes the passes to be independent. Several by one volunteer are less than that, so it is too
        narrow where few volunteers passed often.
        """
        return proportion_interval(self.recognised, self.passes - self.in_cooldown)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueListReport:
    """The figures of a deployment, and of each of its cameras."""

    total: BlueListFigures
    cameras: Mapping[str, BlueListFigures] = field(default_factory=dict)


def blue_list_report(
    passes: Iterable[Sighting],
    recognitions: Iterable[Sighting],
    *,
    cameras: Iterable[str] = (),
    cooldown_s: float,
    within_s: float = WITHIN_S,
) -> BlueListReport:
    """What was declared and what was recognised, in any order; `cameras` are listed also without either."""
    by_camera: dict[str, dict[str, _Walk]] = {camera: {} for camera in cameras}
    for walk in _walks(passes, recognitions):
        by_camera.setdefault(walk.camera, {})[walk.commitment] = walk
    counted = {
        camera: _figures(list(walks.values()), cooldown_s, within_s) for camera, walks in by_camera.items()
    }
    everybody = [walk for walks in by_camera.values() for walk in walks.values()]
    return BlueListReport(total=_figures(everybody, cooldown_s, within_s), cameras=counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """One volunteer on one camera: when declared and when recognised, each in order."""

    commitment: str
    camera: str
    declared: Sequence[dt.datetime]
    recognised: Sequence[dt.datetime]


def _walks(passes: Iterable[Sighting], recognitions: Iterable[Sighting]) -> list[_Walk]:
    times: dict[tuple[str, str], tuple[list[dt.datetime], list[dt.datetime]]] = defaultdict(lambda: ([], []))
    for kind, sightings in enumerate((passes, recognitions)):
        for sighting in sightings:
            times[sighting.commitment, sighting.camera][kind].append(sighting.at)
    return [
        _Walk(commitment=who, camera=camera, declared=sorted(declared), recognised=sorted(recognised))
        for (who, camera), (declared, recognised) in times.items()
    ]


def _figures(walks: Sequence[_Walk], cooldown_s: float, within_s: float) -> BlueListFigures:
    pairs = [matched(walk.declared, walk.recognised, within_s) for walk in walks]
    hits = sum(len(each) for each in pairs)
    cooled = sum(
        _in_cooldown(walk, {place for place, _ in each}, cooldown_s)
        for walk, each in zip(walks, pairs, strict=True)
    )
    return BlueListFigures(
        volunteers=len({walk.commitment for walk in walks if walk.declared}),
        passes=sum(len(walk.declared) for walk in walks),
        recognised=hits,
        in_cooldown=cooled,
        undeclared=sum(len(walk.recognised) for walk in walks) - hits,
    )


def matched(
    declared: Sequence[dt.datetime], recognised: Sequence[dt.datetime], within_s: float
) -> list[tuple[int, int]]:
    """As many pairs as there can be of a pass and a recognition at most `within_s` apart, each in one pair.

    Both in order of time; the pairs are of places in them. Taking for each pass the earliest recognition that is
    free gives the most pairs, because every pass reaches equally far.
    """
    pairs: list[tuple[int, int]] = []
    free = 0
    for place, at in enumerate(declared):
        while free < len(recognised) and (at - recognised[free]).total_seconds() > within_s:
            free += 1
        if free < len(recognised) and (recognised[free] - at).total_seconds() <= within_s:
            pairs.append((place, free))
            free += 1
    return pairs


def _in_cooldown(walk: _Walk, hits: set[int], cooldown_s: float) -> int:
    """How many passes that were not recognised came within the cooldown after a recognition."""
    return sum(
        any(0 <= (at - seen).total_seconds() < cooldown_s for seen in walk.recognised)
        for place, at in enumerate(walk.declared)
        if place not in hits
    )
