"""`lfr bench matcher`: how search grows with the list, each size in a shard, beside bare searches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from lfr_actors.actors.bench_context import CANDIDATES, BenchContext, contest
from lfr_actors.actors.bench_shards import VERSION, matcher_of, search_all, settled, shards_document
from lfr_actors.evaluation.matching.bare import fill, rounds_within, wide_enough
from lfr_actors.evaluation.matching.growth import (
    FAISS,
    HNSWLIB,
    OWN,
    OWN_EXACT,
    GrowthStep,
    computed_step,
    step_from_large,
)
from lfr_actors.evaluation.matching.parity import compare, decisions_of
from lfr_actors.evaluation.matching.peers import GraphSettings, Peer
from lfr_actors.evaluation.matching.reference import Reference
from lfr_actors.evaluation.matching.setting import GROWTH, available_bytes, fits, threads
from lfr_actors.evaluation.matching.timing import turn_by_turn_awaited
from lfr_actors.evaluation.vectors import SyntheticFaces, SyntheticList
from lfr_actors.messages import Vectors
from lfr_actors.watchlist.search import ExactSearch

_SEARCHES = 2_000


def measure_growth(bench: BenchContext) -> None:
    """Every size up to the large list, and the larger ones computed."""
    steps: list[GrowthStep] = []
    for templates in GROWTH:
        steps.append(_growth_step(bench, templates, steps))
        bench.put("growth", "steps", [step.to_json() for step in steps])


def _growth_step(bench: BenchContext, templates: int, before: Sequence[GrowthStep]) -> GrowthStep:
    """A size: from the large list where that is measured, else measured if it may be, else computed."""
    large = bench.record.part(bench.dim, "large")
    if large is not None and large["shards"]["templates"] == templates:
        return step_from_large(large, large["libraries"])
    bytes_each = max((step.bytes_per_template for step in before), default=bench.dim * 4.0)
    # the exact search and the bare libraries beside it hold the list again
    needed = 3 * bytes_each
    if templates > bench.settings.large_templates:
        limit = f"the largest list measured was to be {bench.settings.large_templates}"
        if not fits(templates, bytes_each):
            gib = templates * bytes_each / 2**30
            limit = f"it needs {gib:.0f} GiB of memory, {available_bytes() / 2**30:.0f} GiB are free"
        return computed_step(before, templates, limit)
    if not fits(templates, needed):
        return computed_step(before, templates, "the list and what it is compared with do not fit the memory")
    faces = bench.faces(templates)
    reference = bench.reference(faces, min(_SEARCHES, bench.settings.searches))
    step: list[GrowthStep] = []
    bench.run(partial(_grown, bench, faces, reference, step))
    return step[0]


async def _grown(
    bench: BenchContext, faces: SyntheticFaces, reference: Reference, out: list[GrowthStep]
) -> None:
    """One size: ours in one shard, our exact search, bare faiss and bare hnswlib, turn by turn."""
    async with matcher_of(faces, reference.threshold, shards=1) as (_, matcher, loaded_s):
        waited = await settled(matcher, loaded_s)
        gallery = SyntheticList(faces=faces, threshold=reference.threshold, version=VERSION)(0, 1)
        exact = ExactSearch(gallery)
        peers = {
            kind.library: fill(kind, faces, GraphSettings(), threads(), bench.tell.progress)[0]
            for kind in bench.kinds
            if kind.library in ("faiss", "hnswlib")
        }
        graph = peers.get("hnswlib")
        searching = None if graph is None else wide_enough(graph, faces, reference)
        names = {"faiss": FAISS, "hnswlib": HNSWLIB}
        bare: dict[str, Callable[[Vectors], object]] = {
            OWN_EXACT: lambda asked: exact.search(asked, CANDIDATES),
            **{names[library]: _searching(peer) for library, peer in peers.items()},
        }
        contenders = contest(OWN, matcher, bare, reference.queries, bench.settings.batch)
        rounds = rounds_within(len(faces) * bench.dim * 2.5e-9, bench.settings.rounds // 2, 30.0)
        timings = await turn_by_turn_awaited(contenders, rounds, bench.settings.batch)
        results = await search_all(matcher, reference.queries, bench.settings.batch)
        shards = shards_document(waited, len(faces))
        out.append(
            GrowthStep(
                templates=len(faces),
                is_measured=True,
                search=shards["index"][0],
                per_search_ms={name: round(timing.per_search_ms, 4) for name, timing in timings.items()},
                build_s=shards["settled_s"],
                bytes_per_template=shards["memory_per_template_bytes"],
                parity=compare(reference.decisions, decisions_of(results)).parity,
                hnswlib_searching=searching,
            )
        )
        gallery.overwrite()


def _searching(peer: Peer) -> Callable[[Vectors], object]:
    return lambda asked: peer.search(asked, CANDIDATES)
