"""Loads, machines and ceilings, worked by hand; and that the model's constants are the software's own."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from lfr_actors.actors.ports import CameraPlan
from lfr_actors.evaluation.capacity import (
    QUOTED,
    Machine,
    Origin,
    Workload,
    cameras_per_machine,
    ceilings,
    first_to_break,
    load_of,
    plan,
    sensitivity,
)
from lfr_actors.evaluation.capacity.costs import Costs
from lfr_actors.evaluation.capacity.model import MAX_PARTS, OBSERVE_EVERY_S
from lfr_actors.spec.deployment import Resources

WORK = Workload(
    stream_fps=20,
    looked_at_fps=5,
    faces_per_hour=360,
    seconds_in_view=5,
    searches_per_face=20,
    templates=1_000,
    alerts_per_face=0.01,
    seconds_per_alert=100,
    operators=1,
    footage=False,
    stream_mbit_s=3,
    use=0.5,
)
MACHINE = Machine(cores=10, memory_gb=10, network_gbit_s=1, use=0.5)


def costs(**values: float) -> Costs:
    """The quoted figures with some of them set."""
    changed = {
        name: dataclasses.replace(getattr(QUOTED, name), value=value) for name, value in values.items()
    }
    return dataclasses.replace(QUOTED, **changed)


COSTS = costs(
    decode_ms=5,
    detect_ms=40,
    follow_ms=4,
    embed_ms=10,
    search_fixed_ms=0.2,
    search_per_template_us=0.3,
    call_ms=0.5,
    event_commit_ms=2,
    event_bytes=1_000,
    chip_bytes=62_500,
    template_bytes=600,
    camera_mb=300,
    embedder_mb=200,
    shard_mb=99.4,
    others_mb=1_000,
    cluster_actors=5_000,
)


def test_one_camera() -> None:
    """Faces in view 0.5, searches 2 a second; each part by hand."""
    load = load_of(COSTS, WORK)
    assert WORK.faces_in_view == pytest.approx(0.5)
    assert WORK.searches_per_s == pytest.approx(2)
    wanted = {"decode": 0.1, "detect": 0.2, "follow": 0.01, "embed": 0.02, "search": 0.001, "footage": 0}
    assert load.cores == pytest.approx(wanted)
    assert load.all_cores == pytest.approx(0.331)
    assert load.memory_mb == pytest.approx(300 + 0.02 / 0.5 * 200)
    assert load.network_mbit_s == pytest.approx(3 + 2 * 62_500 * 8 / 1e6)
    assert load.events_per_s == pytest.approx(2 / 5 + 6 * 3.6 / 3600)


def test_one_machine_carries_what_runs_out_first_allows() -> None:
    """Cores, memory and network each allow a number; half of each is used."""
    carried = cameras_per_machine(COSTS, WORK, MACHINE)
    assert carried == pytest.approx({"cores": 5 / 0.331, "memory": (5_000 - 1_100) / 308, "network": 500 / 4})
    assert min(carried, key=carried.__getitem__) == "memory"


def test_what_there_is_only_one_of_breaks() -> None:
    """Each ceiling by hand, lowest first; only the machine's is raised by machines."""
    found = {each.part: each for each in ceilings(COSTS, WORK, MACHINE)}
    by_hand = {
        "one machine": 3_900 / 308,
        "operators": 0.5 * 3_600 / (3.6 * 100),
        "supervisor": 0.5 * 500 / 0.5,
        "matcher": 0.5 * 1_000 / (2 * (0.5 + 0.2 + 0.3 * 4 / 1e3)),
        "embedders": 256 * 0.5 * 1_000 / (2 * 10.5),
        "event log": 0.5 * 1_000 / ((0.4 + 0.006) * 2),
        "Ray cluster": 5_000,
    }
    assert {name: each.cameras for name, each in found.items()} == pytest.approx(by_hand)
    assert [each.cameras for each in found.values()] == pytest.approx(sorted(by_hand.values()))
    assert [name for name, each in found.items() if each.more_machines] == ["one machine"]
    broken = first_to_break(tuple(found.values()), 400)
    assert [each.part for each in broken] == ["operators", "one machine", "matcher"]


def test_a_plan() -> None:
    """Machines and deployments are whole numbers, each rounded up; volumes by hand."""
    found = plan(COSTS, WORK, MACHINE, 1_000)
    assert (found.machines, found.deployments) == (84, 3)
    assert found.alerts_per_hour == pytest.approx(3_600)
    assert found.operators == 200
    assert found.events_per_s == pytest.approx(406)
    assert found.log_gb_per_day == pytest.approx(406 * 6 * 3_600 * 1_000 / 1e9)
    assert found.footage_tb == 0
    assert found.breaks == ("operators", "matcher", "supervisor", "event log")
    with_footage = plan(COSTS, dataclasses.replace(WORK, footage=True, footage_mbit_s=8), MACHINE, 10)
    assert with_footage.footage_tb == pytest.approx(10 * 1e6 * 6 * 3_600 * 31 / 1e12)
    assert plan(COSTS, WORK, MACHINE, 1).breaks == ()


def test_nothing_asked_and_too_little() -> None:
    """No cameras and a machine too small for one are errors, as is a cost of nothing."""
    with pytest.raises(ValueError, match="at least 1"):
        plan(COSTS, WORK, MACHINE, 0)
    with pytest.raises(ValueError, match="does not carry one camera"):
        plan(COSTS, WORK, Machine(cores=1, use=0.1), 1)
    with pytest.raises(ValueError, match="is no cost"):
        costs(detect_ms=0)
    with pytest.raises(ValueError, match="changes nothing"):
        sensitivity(COSTS, WORK, MACHINE, 1)


def test_nobody_passes() -> None:
    """Without faces nothing is searched and nobody is alerted: those parts carry any number of cameras."""
    found = {
        each.part: each.cameras
        for each in ceilings(COSTS, dataclasses.replace(WORK, faces_per_hour=0), MACHINE)
    }
    assert found["operators"] == found["matcher"] == found["embedders"] == float("inf")
    assert found["one machine"] < 20


def test_what_depends_on_what() -> None:
    """Halving a cost never carries fewer cameras than doubling it; the most important figure comes first."""
    big = Machine(cores=10, memory_gb=1_000, network_gbit_s=100, use=0.5)
    moved = sensitivity(COSTS, WORK, big)
    assert next(iter(moved)) in {"detect_ms", "looked_at_fps"}
    assert all(low >= high for low, high in moved.values())
    assert moved["detect_ms"] == pytest.approx((5 / 0.231, 5 / 0.531))


def test_every_figure_says_where_it_is_from() -> None:
    """Rows for a table: each has a unit, an origin and a source; a measured one says so, and costs travel."""
    rows = QUOTED.rows()
    assert {row["cost"] for row in rows} == {field.name for field in dataclasses.fields(Costs)}
    assert all(row["what"] and row["unit"] and row["source"] for row in rows)
    measured = QUOTED.detect_ms.measured(30.0, "here")
    assert (measured.value, measured.origin, measured.what) == (30.0, Origin.MEASURED, QUOTED.detect_ms.what)
    assert pickle.loads(pickle.dumps(QUOTED)) == QUOTED


def test_constants_are_those_of_the_software() -> None:
    """How often a camera reports, and how many embedders and shards there may be."""
    assert CameraPlan.__dataclass_fields__["observe_every_s"].default == OBSERVE_EVERY_S
    for name in ("embedders", "matcher_shards"):
        limits = [each.le for each in Resources.model_fields[name].metadata if hasattr(each, "le")]
        assert limits == [MAX_PARTS]
