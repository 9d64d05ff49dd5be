"""The parts of `lfr bench matcher` on shards in this process: what they keep, on a few hundred templates."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from lfr_actors.actors import bench_context, bench_matcher, bench_removal, bench_shards
from lfr_actors.actors.bench_context import BenchContext
from lfr_actors.evaluation.matching import growth
from lfr_actors.evaluation.matching.peers import peers_here
from lfr_actors.evaluation.matching.record import Record
from lfr_actors.evaluation.matching.removal_list import seal_list
from lfr_actors.evaluation.matching.setting import BenchSettings
from lfr_actors.evaluation.matching.telling import Silent
from lfr_actors.evaluation.vectors import SyntheticFaces
from lfr_actors.testing.cluster import InProcessCluster

SETTINGS = BenchSettings(
    actor_templates=400,
    large_templates=1_000,
    kill_templates=400,
    removal_templates=20,
    searches=400,
    rounds=8,
)
DIM = 32


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> InProcessCluster:
    """Every part's shards are of this cluster, in this process."""

    def no_model(*_: object) -> Any:
        raise AssertionError("the matcher's bench loads no model")

    made = InProcessCluster(load_detector=no_model, load_embedder=no_model)
    monkeypatch.setattr(bench_shards, "own_cluster", lambda: made)
    monkeypatch.setattr(bench_removal, "own_cluster", lambda: made)
    monkeypatch.setattr(bench_removal, "own_ray", contextlib.nullcontext)
    monkeypatch.setattr(bench_context, "own_ray", contextlib.nullcontext)
    monkeypatch.setattr(bench_matcher, "WATCH_EVERY_S", 0.05)
    return made


@pytest.fixture
def bench() -> BenchContext:
    """A measurement of the smallest sizes, with whatever libraries are here."""
    kinds, _ = peers_here()
    return BenchContext(
        dim=DIM, settings=SETTINGS, record=Record(SETTINGS, {}, None), kinds=kinds, tell=Silent()
    )


def measured(bench: BenchContext, part: str) -> dict[str, Any]:
    """Measure a part; what was kept of it, as it would be on disk."""
    bench_matcher.measure_part(bench, part)
    kept = bench.record.part(DIM, part)
    assert kept is not None
    found: dict[str, Any] = json.loads(json.dumps(kept))
    return found


def test_one_shard_answers_as_the_bare_exact_search(cluster: InProcessCluster, bench: BenchContext) -> None:
    """Candidates and scores are the same to the bit; both sides were timed as often, and the libraries beside."""
    found = measured(bench, "actor")
    assert found["candidates_and_scores_as_bare_exact"] == {"same": 400, "searches": 400}
    assert found["parity"]["parity"] == 1.0
    assert {timing["calls"] for timing in found["timings"].values()} == {8}
    assert set(found["p99_above_ms"]) == set(found["timings"]) - {"actor", "empty_call"}
    assert {each["library"] for each in found["libraries"]} == {kind.library for kind in bench.kinds}
    assert cluster.started == ["matcher"]


def test_the_large_list_is_a_step_of_the_growth(cluster: InProcessCluster, bench: BenchContext) -> None:
    """Two shards decide as the reference; the growth takes that over, and computes what is larger."""
    large = measured(bench, "large")
    assert large["parity"]["differing"] == 0
    assert sum(large["shards"]["templates_in_shard"]) == 1_000
    assert large["reference"]["mated"] == 200
    assert set(large["times_as_fast_as"]) == set(large["timings"]) - {"ours"}
    steps = measured(bench, "growth")["steps"]
    assert [step["templates"] for step in steps] == [1_000, 10_000, 100_000, 1_000_000, 10_000_000]
    assert [step["is_measured"] for step in steps] == [True, False, False, False, False]
    assert steps[0]["per_search_ms"][growth.OWN] == large["timings"]["ours"]["per_search_ms"]
    assert cluster.started == ["matcher of 2 shards"]


def test_a_step_of_the_growth_is_measured_by_itself(cluster: InProcessCluster, bench: BenchContext) -> None:
    """Without the large list, the first size is searched in one shard beside our exact search and two libraries."""
    first = measured(bench, "growth")["steps"][0]
    assert first["is_measured"]
    assert first["parity"] == 1.0
    assert {growth.OWN, growth.OWN_EXACT} <= set(first["per_search_ms"])
    assert cluster.started == ["matcher"]


def test_no_search_is_lost_or_wrong_while_a_shard_is_away(
    cluster: InProcessCluster, bench: BenchContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shard dies during searches and is loaded again by a check: what was refused is asked again."""
    monkeypatch.setattr(bench_matcher, "kill_one_shard", lambda: cluster.shards[1].die(away=3))
    monkeypatch.setattr(bench_matcher, "SETTLED_S", 0.1)
    found = measured(bench, "kill")
    searches = found["searches"]
    assert (searches["lost"], searches["wrong"], searches["incomplete_with_mark"]) == (0, 0, 0)
    assert searches["refused_and_asked_again"] > 0
    assert searches["answered"] == searches["searches"] > 0
    assert found["searched_as_before_within_s"] >= searches["full_service_after_s"] >= 0


def test_a_part_is_named(bench: BenchContext) -> None:
    """What is no part is refused, naming those that are."""
    with pytest.raises(ValueError, match="removal"):
        bench_matcher.measure_part(bench, "everything")


def test_the_process_that_holds_the_list_does_as_it_is_told(
    cluster: InProcessCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Told to remove, its shard answers from a list without the subject, and the sealed one before is erased."""
    faces = SyntheticFaces(people=8, pictures=1, dim=DIM, seed=1)
    order = seal_list(faces, 3, tmp_path, shards=1)
    monkeypatch.setattr("sys.stdin", io.StringIO("remove\nstop\n"))
    held: list[int] = []
    before = cluster.replace_gallery

    async def replaced(order: Any) -> None:
        await before(order)
        state = await cluster.matcher_state()
        held.extend(shard.subjects for shard in state.shards if shard is not None)

    monkeypatch.setattr(cluster, "replace_gallery", replaced)
    bench_removal.main(order)
    loaded, removed, stopped = map(json.loads, capsys.readouterr().out.splitlines())
    assert held == [7]
    assert set(loaded) == {"loaded_s"}
    assert removed["removed_s"] >= removed["sealed_anew_s"]
    assert stopped == {"stopped": True}
    assert not order.sealed.path.exists()
