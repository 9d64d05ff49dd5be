"""`lfr bench matcher`: made-up lists in real shards, searched as cameras search, beside bare searches.

How things are compared is in `lfr_actors.evaluation.matching`; what is here starts the actors for it, one part of
the measurement after the other, each with a Ray of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from lfr_actors.actors.bench_context import CANDIDATES, BenchContext, contest
from lfr_actors.actors.bench_growth import measure_growth
from lfr_actors.actors.bench_shards import (
    VERSION,
    kill_one_shard,
    matcher_of,
    search_all,
    settled,
    shards_document,
)
from lfr_actors.actors.ports import Matcher
from lfr_actors.actors.supervisor import WATCH_EVERY_S
from lfr_actors.evaluation.matching.bare import measure_peer, product_search, ratio, rounds_within
from lfr_actors.evaluation.matching.killing import SETTLED_S, Questions, kill_under_load
from lfr_actors.evaluation.matching.parity import compare, decisions_of
from lfr_actors.evaluation.matching.reference import Reference
from lfr_actors.evaluation.matching.removal import measure_removal
from lfr_actors.evaluation.matching.setting import threads
from lfr_actors.evaluation.matching.timing import turn_by_turn_awaited
from lfr_actors.evaluation.vectors import SyntheticFaces, SyntheticList
from lfr_actors.messages import MAX_MESSAGE_BYTES, Vectors
from lfr_actors.watchlist.search import ExactSearch

_REMOVAL_PICTURES = 1
"""One, so that the list is of as many subjects as templates."""


def measure_part(bench: BenchContext, part: str) -> None:
    """One part, kept in the record as it comes. Raises `ValueError` for an unknown one."""
    parts: dict[str, Callable[[BenchContext], None]] = {
        "actor": _actor,
        "large": _large,
        "growth": measure_growth,
        "kill": _kill,
        "removal": _removal,
    }
    if part not in parts:
        raise ValueError(f"{part} is none of {', '.join(parts)}")
    bench.record.begin(bench.dim, part)
    parts[part](bench)
    bench.record.complete(bench.dim, part)


def _actor(bench: BenchContext) -> None:
    """The largest list of today in one shard, beside bare exact searches and the libraries."""
    faces = bench.faces(bench.settings.actor_templates)
    reference = _reference(bench, faces, min(bench.settings.searches, 2_000), "actor")
    bench.run(partial(_beside_exact, bench, faces, reference))
    _peers(bench, "actor", faces, reference)


def _large(bench: BenchContext) -> None:
    """A list of a national size in its shards, then the libraries."""
    faces = bench.faces(bench.settings.large_templates)
    reference = _reference(bench, faces, bench.settings.searches, "large")
    bench.run(partial(_in_shards, bench, faces, reference))
    _peers(bench, "large", faces, reference)


def _kill(bench: BenchContext) -> None:
    """A shard is killed during searches."""
    faces = bench.faces(bench.settings.kill_templates)
    reference = _reference(bench, faces, min(bench.settings.searches, 2_000), "kill")
    bench.run(partial(_killed, bench, faces, reference))


def _removal(bench: BenchContext) -> None:
    """A subject is removed, and looked for five seconds later."""
    faces = SyntheticFaces(
        people=bench.settings.removal_templates,
        pictures=_REMOVAL_PICTURES,
        dim=bench.dim,
        seed=bench.settings.seed,
    )
    for name, value in measure_removal(faces, 1, bench.tell).items():
        bench.put("removal", name, value)


def _peers(bench: BenchContext, part: str, faces: SyntheticFaces, reference: Reference) -> None:
    """The bare libraries, one after the other, so that only one list is in memory."""
    found: list[dict[str, Any]] = []
    for kind in bench.kinds:
        bench.tell.say(
            f"{kind.library} {kind.version}: building {len(faces)} templates of {bench.dim} numbers"
        )
        found.append(
            measure_peer(
                kind,
                faces,
                reference,
                threads=threads(),
                rounds=bench.settings.rounds,
                batch=bench.settings.batch,
                tell=bench.tell,
            )
        )
        bench.put(part, "libraries", found)


def _reference(bench: BenchContext, faces: SyntheticFaces, searches: int, part: str) -> Reference:
    reference = bench.reference(faces, searches)
    bench.put(
        part,
        "reference",
        {
            "searches": searches,
            "mated": reference.mated,
            "threshold": round(reference.threshold, 4),
            "fpir": reference.fpir,
            "tpir": round(reference.tpir, 4),
        },
    )
    return reference


async def _beside_exact(bench: BenchContext, faces: SyntheticFaces, reference: Reference) -> None:
    settings, batch = bench.settings, bench.settings.batch
    bench.tell.say(f"{len(faces)} templates of {bench.dim} numbers in one shard, beside bare exact searches")
    async with matcher_of(faces, reference.threshold, shards=1) as (_, matcher, loaded_s):
        waited = await settled(matcher, loaded_s)
        bench.put("actor", "shards", shards_document(waited, len(faces)))
        gallery = SyntheticList(faces=faces, threshold=reference.threshold, version=VERSION)(0, 1)
        exact = ExactSearch(gallery)
        bare: dict[str, Callable[[Vectors], object]] = {
            "bare_exact": lambda asked: exact.search(asked, CANDIDATES),
            "bare_product": lambda asked: product_search(gallery.templates, asked),
        }
        flat = bench.flat()
        if flat is not None:
            flat.add(gallery.templates)
            bare["faiss"] = lambda asked: flat.search(asked, CANDIDATES)
        contenders = contest("actor", matcher, bare, reference.queries, batch)
        contenders["empty_call"] = lambda _: matcher.state()  # what any question to an actor costs
        timings = await turn_by_turn_awaited(contenders, settings.rounds, batch, warm_up=10)
        own = timings["actor"].p99_ms
        bench.put("actor", "timings", {name: timing.to_json() for name, timing in timings.items()})
        bench.put("actor", "p99_above_ms", {name: round(own - timings[name].p99_ms, 3) for name in bare})
        results = await search_all(matcher, reference.queries, batch)
        expected = exact.search(reference.queries, CANDIDATES)
        same = sum(one.candidates == other.candidates for one, other in zip(results, expected, strict=True))
        bench.put("actor", "candidates_and_scores_as_bare_exact", {"same": same, "searches": len(results)})
        bench.put("actor", "parity", compare(reference.decisions, decisions_of(results)).to_json())
        gallery.overwrite()


async def _in_shards(bench: BenchContext, faces: SyntheticFaces, reference: Reference) -> None:
    bench.tell.say(f"{len(faces)} templates of {bench.dim} numbers in {bench.settings.shards} shards")
    async with matcher_of(faces, reference.threshold, bench.settings.shards) as (
        _,
        matcher,
        loaded_s,
    ):
        waited = await settled(matcher, loaded_s)
        bench.put("large", "shards", shards_document(waited, len(faces)))
        bench.tell.say(f"searching {len(reference.queries)} times, {bench.settings.batch} at once")
        results = await search_all(matcher, reference.queries, bench.settings.batch)
        parity = compare(reference.decisions, decisions_of(results))
        bench.put("large", "parity", parity.to_json())
        bench.tell.say(f"{parity.differing} of {parity.searches} decisions differ; beside exact searches now")
        await _beside_flat(bench, faces, reference, matcher)
        state = await matcher.state()
        repeats = [(shard.repeated, shard.disagreed) for shard in state.shards if shard is not None]
        repeated, disagreed = (sum(counts) for counts in zip(*repeats, strict=True))
        bench.put("large", "repeated_in_background", {"searches": repeated, "disagreed": disagreed})


async def _beside_flat(
    bench: BenchContext, faces: SyntheticFaces, reference: Reference, matcher: Matcher
) -> None:
    """Ours and exact searches turn by turn, and ours in messages as large as may be."""
    batch, queries = bench.settings.batch, reference.queries
    flat = bench.flat()
    if flat is not None:  # its own rows are used for the product too: the list is in this process once
        for _, rows in faces.blocks():
            flat.add(rows)
    templates = faces.templates() if flat is None else flat.stored
    bare: dict[str, Callable[[Vectors], object]] = {
        "exact_product": lambda asked: product_search(templates, asked)
    }
    if flat is not None:
        bare["exact_faiss"] = lambda asked: flat.search(asked, CANDIDATES)
    began_s = time.perf_counter()
    product_search(templates, queries[:batch])
    rounds = rounds_within((time.perf_counter() - began_s) * 2, bench.settings.rounds, 60.0)
    contenders = contest("ours", matcher, bare, queries, batch)
    timings = await turn_by_turn_awaited(contenders, rounds, batch)
    bench.put("large", "timings", {name: timing.to_json() for name, timing in timings.items()})
    bench.put("large", "times_as_fast_as", {name: ratio(timings[name], timings["ours"]) for name in bare})
    most = min(MAX_MESSAGE_BYTES // (bench.dim * 4), 4 * batch, len(queries))  # more may pass the deadline
    began_s = time.perf_counter()
    await search_all(matcher, queries, most)
    each_ms = (time.perf_counter() - began_s) / len(queries) * 1e3
    bench.put("large", "most_at_once", {"batch": most, "per_search_ms": round(each_ms, 4)})


async def _killed(bench: BenchContext, faces: SyntheticFaces, reference: Reference) -> None:
    shards, batch = bench.settings.shards, bench.settings.batch
    bench.tell.say(f"{len(faces)} templates of {bench.dim} numbers in {shards} shards: killing one")
    async with matcher_of(faces, reference.threshold, shards) as (cluster, matcher, loaded_s):
        waited = await settled(matcher, loaded_s)
        bench.put("kill", "shards", shards_document(waited, len(faces)))
        questions = Questions(
            queries=reference.queries, decisions=reference.decisions, version=VERSION, batch=batch
        )
        tally = await kill_under_load(
            matcher,
            questions,
            kill_one_shard,
            cluster.check,
            check_every_s=WATCH_EVERY_S,
            settled_s=SETTLED_S,
        )
        bench.put("kill", "searches", tally.to_json(batch))
        if tally.killed_at_s is not None and tally.served_again_s is not None:
            await settled(matcher, 0.0)
            as_before_s = time.monotonic() - tally.killed_at_s
            bench.put("kill", "searched_as_before_within_s", round(as_before_s, 2))
