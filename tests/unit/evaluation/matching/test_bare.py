"""Bare libraries and the timing of contenders, on small lists; nothing is said of speed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lfr_actors.evaluation.matching import peers
from lfr_actors.evaluation.matching.bare import fill, measure_peer, rounds_within, wide_enough
from lfr_actors.evaluation.matching.peers import GraphSettings, peers_here
from lfr_actors.evaluation.matching.reference import make_reference
from lfr_actors.evaluation.matching.telling import Silent
from lfr_actors.evaluation.matching.timing import Stopwatch, Timing, batches, rotated, turn_by_turn
from lfr_actors.evaluation.vectors import SyntheticFaces

FACES = SyntheticFaces(people=120, pictures=2, dim=32, seed=4)
KINDS, _ = peers_here()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.library)
def test_each_library_finds_what_was_added_in_the_order_of_adding(kind: peers.PeerKind) -> None:
    """A template asked for is found at its own number with a score of 1, best first; memory is accounted for."""
    peer, building_s = fill(kind, FACES, GraphSettings(), threads=1)
    templates = FACES.templates()
    rows, scores = peer.search(templates[[7, 200]], 3)
    assert rows[:, 0].tolist() == [7, 200]
    assert np.allclose(scores[:, 0], 1, atol=1e-4)
    assert (np.diff(scores, axis=1) <= 1e-6).all()
    assert peer.memory_bytes >= templates.nbytes
    assert building_s > 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.library)
def test_a_library_is_searched_until_it_decides_as_the_exact_search(kind: peers.PeerKind) -> None:
    """What is reported has build time, memory, and the parity of the last and best of its searches."""
    reference = make_reference(FACES, 400)
    found = measure_peer(kind, FACES, reference, threads=1, rounds=2, batch=8, tell=Silent())
    assert found["library"] == kind.library
    assert found["searched"][0]["searching"] == "default"
    assert found["searched"][-1]["parity"] == 1.0
    if kind.is_graph:
        peer, _ = fill(kind, FACES, GraphSettings(), threads=1)
        assert wide_enough(peer, FACES, reference) in (64, 128, 256, 512, 1024)


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what to install, and the others are measured."""
    monkeypatch.setitem(peers.LIBRARIES, "faiss", "no-such-package-of-ours")
    here, absent = peers_here()
    assert "faiss" not in {kind.library for kind in here}
    assert "faiss is not installed: pip install no-such-package-of-ours" in absent


def test_contenders_take_turns_and_the_first_rounds_do_not_count() -> None:
    """Every round has each contender once, beginning with another; warming up is not timed."""
    order: list[str] = []
    timings = turn_by_turn(
        {name: (lambda _, name=name: order.append(name)) for name in "abc"},  # type: ignore[misc]
        rounds=3,
        batch=8,
        warm_up=1,
    )
    assert len(order) == 12
    assert ["".join(order[start : start + 3]) for start in (3, 6, 9)] == ["abc", "bca", "cab"]
    assert {timing.calls for timing in timings.values()} == {3}
    assert rotated([], 3) == []


def test_a_timing_is_of_single_calls() -> None:
    """Median and 99th percentile are of calls, and the time of a search is the median call's by its batch."""
    ticks = itertools.accumulate([0.0, 0.008, 0.0, 0.016, 0.0, 0.024])
    watch = Stopwatch(clock=lambda: next(ticks))
    for _ in range(3):
        watch.time(lambda: None)
    timing = Timing.of(watch.seconds, batch=8)
    assert timing.p50_ms == pytest.approx(16)
    assert timing.per_search_ms == pytest.approx(2)
    assert timing.p99_ms == pytest.approx(23.84)
    with pytest.raises(ValueError, match="no call"):
        Timing.of([], batch=8)


def test_batches_and_rounds() -> None:
    """Every row is in one batch; slow calls are made less often, but not less than ten times."""
    assert [(part.start, part.stop) for part in batches(10, 4)] == [(0, 4), (4, 8), (8, 10)]
    assert rounds_within(0.001, 400) == 400
    assert rounds_within(1.0, 400, seconds=20) == 20
    assert rounds_within(60.0, 400) == 10
