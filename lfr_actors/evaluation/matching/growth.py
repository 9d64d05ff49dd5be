"""How search grows with the list, from 10^3 to 10^7; what does not fit or would take too long is computed.

A computed step says so. A search that reads every template grows with their number. A graph's time is continued
along the power of the number on which its last two measured steps lie, its building with n log n.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

OWN, OWN_EXACT, FAISS, HNSWLIB = "lfr, through the actors", "lfr, exact", "faiss IndexFlatIP", "hnswlib"
_GRAPH = "hnsw"
"""How our shards call the search by a graph; every other reads all templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthStep:
    """One size. `per_search_ms` by contender, in batches, on all cores; `search` is what ours chose, and
    `hnswlib_searching` how widely the bare graph had to search to decide as an exact search does.

    `bytes_per_template` is of ours. `parity` None where it was not measured. `basis` says in words what a
    computed step was computed from.
    """

    templates: int
    is_measured: bool
    search: str
    per_search_ms: dict[str, float]
    build_s: float
    bytes_per_template: float
    parity: float | None = None
    hnswlib_searching: int | None = None
    basis: str = ""

    def to_json(self) -> dict[str, Any]:
        """For a JSON document."""
        return asdict(self)

    @property
    def memory_gib(self) -> float:
        """What ours takes in all."""
        return self.templates * self.bytes_per_template / 2**30


def step_from_large(large: dict[str, Any], peers: Sequence[dict[str, Any]]) -> GrowthStep:
    """The step of the large list, which was measured already."""
    timings, shards = large["timings"], large["shards"]
    names = {"ours": OWN, "exact_product": OWN_EXACT, "exact_faiss": FAISS}
    times = {names[name]: timing["per_search_ms"] for name, timing in timings.items()}
    searching = None
    for peer in peers:
        if peer["library"] == "hnswlib":
            last = peer["searched"][-1]
            times[HNSWLIB] = last["timing"]["per_search_ms"]
            searching = last["searching"] if isinstance(last["searching"], int) else None
    return GrowthStep(
        templates=shards["templates"],
        is_measured=True,
        search=shards["index"][0],
        per_search_ms=times,
        build_s=shards["settled_s"],
        bytes_per_template=shards["memory_per_template_bytes"],
        parity=large["parity"]["parity"],
        hnswlib_searching=searching,
        basis=f"in {len(shards['index'])} shards",
    )


def computed_step(measured: Sequence[GrowthStep], templates: int, why: str) -> GrowthStep:
    """A step that was not made, from those that were. Raises `ValueError` without any."""
    if not measured:
        raise ValueError("nothing was measured that could be continued")
    steps = sorted(measured, key=lambda step: step.templates)
    last = steps[-1]
    times = {}
    for name in last.per_search_ms:
        indexed = name == HNSWLIB or (name == OWN and last.search == _GRAPH)
        times[name] = round(_continued(steps, name, templates, indexed=indexed), 4)
    growth = templates / last.templates
    longer = growth * math.log(templates) / math.log(last.templates)
    return GrowthStep(
        templates=templates,
        is_measured=False,
        search=last.search,
        per_search_ms=times,
        build_s=round(last.build_s * (longer if last.search == _GRAPH else growth), 1),
        bytes_per_template=last.bytes_per_template,
        basis=f"computed from {last.templates} templates and fewer: {why}",
    )


def _continued(steps: Sequence[GrowthStep], name: str, templates: int, *, indexed: bool) -> float:
    """The time of a contender at another size."""
    known = [
        (step.templates, step.per_search_ms[name])
        for step in steps
        if name in step.per_search_ms and (name != OWN or step.search == steps[-1].search)
    ]
    size, ms = known[-1]
    if not indexed:
        return ms * templates / size
    power = 0.0
    if len(known) > 1:
        before, before_ms = known[-2]
        power = max(0.0, math.log(ms / before_ms) / math.log(size / before))
    return ms * (templates / size) ** power if power else ms * math.log(templates) / math.log(size)
