"""What each step of a face's way costs, each figure with where it comes from.

A figure is `measured` (here, by `measure_costs`), `quoted` (measured elsewhere; `source` says where) or
`computed` (from the software's own constants). What nobody measured is no cost but part of a `Workload`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Origin(StrEnum):
    """How a figure came about."""

    MEASURED = "measured"
    QUOTED = "quoted"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One figure: `value` in `unit`, of `what`, and where it comes from in words.

    Raises `ValueError` for a value that is not above zero: nothing costs nothing.
    """

    what: str
    value: float
    unit: str
    origin: Origin
    source: str

    def __post_init__(self) -> None:
        if not self.value > 0:
            raise ValueError(f"{self.what}: {self.value} {self.unit} is no cost; it must be above zero")

    def measured(self, value: float, source: str) -> Cost:
        """The same figure, measured."""
        return dataclasses.replace(self, value=value, origin=Origin.MEASURED, source=source)

    def times(self, factor: float) -> Cost:
        """The same figure, larger or smaller; for asking what depends on it."""
        return dataclasses.replace(self, value=self.value * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """All figures of the model, in the order in which a face meets them.

    Times are of one core; memory is what a process has for itself alone. `search_*` are of a batch of eight:
    a search costs the fixed part and so much for each template of the list.
    """

    decode_ms: Cost
    detect_ms: Cost
    follow_ms: Cost
    embed_ms: Cost
    search_fixed_ms: Cost
    search_per_template_us: Cost
    call_ms: Cost
    footage_cores: Cost
    event_commit_ms: Cost
    alert_commit_ms: Cost
    event_bytes: Cost
    chip_bytes: Cost
    template_bytes: Cost
    camera_mb: Cost
    embedder_mb: Cost
    shard_mb: Cost
    others_mb: Cost
    cluster_actors: Cost

    def rows(self) -> list[dict[str, object]]:
        """A row a figure, for a table: `cost` (the field), `what`, `value`, `unit`, `origin`, `source`."""
        return [
            {"cost": field.name, **dataclasses.asdict(getattr(self, field.name))}
            for field in dataclasses.fields(self)
        ]


_CORE: Final = "one core of a two-core AMD EPYC"
_README: Final = f"README.md, {_CORE}"
_DEMO: Final = f"a run of lfr demo watched from outside, {_CORE}"


def _quoted(what: str, value: float, unit: str, source: str) -> Cost:
    return Cost(what=what, value=value, unit=unit, origin=Origin.QUOTED, source=source)


QUOTED: Final = Costs(
    decode_ms=_quoted("decode a frame of 1280×720, H.264", 3.0, "ms of a core", f"measure_costs, {_CORE}"),
    detect_ms=_quoted(
        "find the faces of a frame, open pack, long side 640", 42.0, "ms of a core", f"measure_costs, {_CORE}"
    ),
    follow_ms=_quoted(
        "follow, measure and align one face in one frame, with the calls and the wiping of memory",
        3.3,
        "ms of a core",
        "README.md, lfr bench pipeline: 20.7 frames/s on two cores with eight faces a frame, less the kernels",
    ),
    embed_ms=_quoted(
        "a template of one face, open pack, picture and mirror image",
        11.5,
        "ms of a core",
        f"measure_costs, {_CORE}",
    ),
    search_fixed_ms=_quoted(
        "a search of a list, what does not depend on its length",
        0.15,
        "ms of a core",
        f"measure_costs, {_CORE}",
    ),
    search_per_template_us=_quoted(
        "a search of a list, for each template", 0.008, "µs of a core", f"measure_costs, {_CORE}"
    ),
    call_ms=_quoted(
        "a call from actor to actor and back, median", 0.77, "ms", "Ray 2.60 between two processes, two cores"
    ),
    footage_cores=_quoted("record a camera of 1280×720 at 25 frames/s", 0.013, "cores", _README),
    event_commit_ms=_quoted(
        "commit an event to the log, SQLite on a local disk", 3.0, "ms", f"measure_costs, {_CORE}"
    ),
    alert_commit_ms=_quoted(
        "commit an alert with its pictures, sealed", 6.0, "ms", f"measure_costs, {_CORE}"
    ),
    event_bytes=_quoted("an event in the database", 1_800, "bytes", f"measure_costs, {_CORE}"),
    chip_bytes=Cost(
        what="an aligned face on its way to the embedder",
        value=3 * 150**2,
        unit="bytes",
        origin=Origin.COMPUTED,
        source="150×150 pixels of three bytes: the open pack's chip",
    ),
    template_bytes=_quoted(
        "a template of 128 numbers in a matcher shard", 654, "bytes", "README.md, lfr bench matcher"
    ),
    camera_mb=_quoted("a camera actor, open pack, 1280×720", 355, "MB", _DEMO),
    embedder_mb=_quoted("an embedder, open pack", 202, "MB", _DEMO),
    shard_mb=_quoted("a matcher shard without its list", 140, "MB", _DEMO),
    others_mb=_quoted(
        "supervisor, desk, retention, console, courier and Ray's own processes", 1_300, "MB", _DEMO
    ),
    cluster_actors=_quoted(
        "actors that one Ray cluster is tested with",
        10_000,
        "actors",
        "Ray, release/benchmarks: scalability envelope",
    ),
)
"""Figures to go on where nothing was measured here."""
