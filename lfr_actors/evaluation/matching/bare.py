"""The bare libraries on the same templates and searches: time to build, time to search, parity, memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lfr_actors.evaluation.matching.parity import compare, decide
from lfr_actors.evaluation.matching.peers import GraphSettings, Peer, PeerKind
from lfr_actors.evaluation.matching.reference import Reference
from lfr_actors.evaluation.matching.telling import Telling
from lfr_actors.evaluation.matching.timing import Timing, batches, turn_by_turn
from lfr_actors.evaluation.vectors import SyntheticFaces

TARGET = 0.9999
"""The part of decisions that must be those of an exact search."""
WIDER = (64, 128, 256, 512, 1024)
"""How widely graphs are searched, in this order, until the target is met."""
_NEIGHBOURS = 10
_EXACT_SEARCHES = 512
"""An exact library needs no thousands of searches: its parity is a matter of rounding."""
_SECONDS_A_CONTENDER = 20.0


def fill(
    kind: PeerKind,
    faces: SyntheticFaces,
    settings: GraphSettings,
    threads: int,
    progress: Callable[[float], None] = lambda _: None,
) -> tuple[Peer, float]:
    """An index of all templates, and how many seconds the library took; making the templates not counted."""
    peer = kind.make(faces.dim, len(faces), settings, threads)
    building_s, filled = 0.0, 0
    for _, rows in faces.blocks():
        began_s = time.perf_counter()
        peer.add(rows)
        building_s += time.perf_counter() - began_s
        filled += len(rows)
        progress(filled / len(faces))
    return peer, building_s


def measure_peer(
    kind: PeerKind,
    faces: SyntheticFaces,
    reference: Reference,
    *,
    threads: int,
    rounds: int,
    batch: int,
    tell: Telling,
) -> dict[str, Any]:
    """Build one library's index with its own defaults, and search it with them; a graph then wider and wider.

    The last of the searches of a graph is the first one whose decisions are those of the exact search, or the
    widest that was tried. The index is gone when this returns.
    """
    peer, building_s = fill(kind, faces, GraphSettings(), threads, tell.progress)
    found: dict[str, Any] = {
        "library": kind.library,
        "version": kind.version,
        "build_s": round(building_s, 2),
        "memory_per_template_bytes": round(peer.memory_bytes / len(faces), 1),
        "searched": [{"searching": "default", **searched(peer, kind, faces, reference, rounds, batch)}],
    }
    for searching in WIDER if kind.is_graph else ():
        if found["searched"][-1]["parity"] >= TARGET:
            break
        tell.say(f"{kind.library}, searching {searching}")
        peer.search_wider(searching)
        wide = searched(peer, kind, faces, reference, rounds, batch)
        found["searched"].append({"searching": searching, **wide})
    return found


def wide_enough(peer: Peer, faces: SyntheticFaces, reference: Reference) -> int:
    """The first of `WIDER` at which a graph decides as the exact search does, or the last; it is left so."""
    for searching in WIDER:
        peer.search_wider(searching)
        rows, scores = peer.search(reference.queries, _NEIGHBOURS)
        found = decide(rows[:, 0] // faces.pictures, scores[:, 0], reference.threshold)
        if (compare(reference.decisions, found).parity or 0.0) >= TARGET:
            break
    return searching


def searched(
    peer: Peer, kind: PeerKind, faces: SyntheticFaces, reference: Reference, rounds: int, batch: int
) -> dict[str, Any]:
    """Search in batches, timed, and all at once for the parity of decisions and the rate of one large call."""
    queries = reference.queries
    count = len(queries) if kind.is_graph else min(len(queries), _EXACT_SEARCHES)
    # of both kinds of searches when not all are made
    some = np.sort(np.random.default_rng(0).permutation(len(queries))[:count])
    began_s = time.perf_counter()
    rows, scores = peer.search(np.ascontiguousarray(queries[some]), _NEIGHBOURS)
    elapsed_s = time.perf_counter() - began_s
    found = decide(rows[:, 0] // faces.pictures, scores[:, 0], reference.threshold)
    parts = batches(len(queries) // batch * batch, batch)
    timing = turn_by_turn(
        {"peer": lambda number: peer.search(queries[parts[number % len(parts)]], _NEIGHBOURS)},
        rounds_within(elapsed_s / count * batch, rounds),
        batch,
    )["peer"]
    return {
        "timing": timing.to_json(),
        "all_at_once_per_search_ms": round(elapsed_s / count * 1e3, 4),
        **compare(reference.decisions[some], found).to_json(),
    }


def rounds_within(call_s: float, rounds: int, seconds: float = _SECONDS_A_CONTENDER) -> int:
    """`rounds`, or as many calls of about `call_s` as there is time for; at least 10."""
    return max(10, min(rounds, int(seconds / max(call_s, 1e-6))))


def product_search(rows: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.intp]:
    """The least an exact search does: one matrix product and the best of each row, (n,)."""
    best: NDArray[np.intp] = (queries @ rows.T).argmax(axis=1)
    return best


def ratio(slower: Timing, faster: Timing) -> float:
    """How many times as long the first takes for one search."""
    return round(slower.per_search_ms / faster.per_search_ms, 2)
