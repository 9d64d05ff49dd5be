"""Two shards on a real Ray: one is killed, the list changes, and both under searches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def drill() -> Any:
    """What the drill saw."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster.shard_drill"],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_a_shard_is_killed_during_searches(drill: Any) -> None:
    """No wrong answer and no lost search: complete, or not ready and asked again; then the same list answers."""
    killed = drill["killed"]
    assert (killed["wrong"], killed["lost"], killed["missing"]) == ([], 0, [])
    assert killed["answered"] > 0
    assert killed["asked_again"] > 0
    assert all(reason.startswith("incomplete: shard ") for reason in killed["reasons"])
    assert killed["versions"] == ["first"]
    (mended,) = killed["mended"]
    assert "list first loaded again" in mended


def test_a_list_changes_during_searches(drill: Any) -> None:
    """Every answer is complete and of one list, first of the one and then of the other, without a pause."""
    amended = drill["amended"]
    assert (amended["wrong"], amended["lost"], amended["asked_again"]) == ([], 0, 0)
    assert set(amended["versions"]) == {"first", "second"}


def test_who_is_removed_is_in_no_memory(drill: Any) -> None:
    """Five seconds after, the vector is in no process of the cluster; that of somebody who stays is in a shard."""
    amended = drill["amended"]
    assert [name.split()[0] for name in amended["held_before"]] == ["ray::MatcherShard"]
    assert amended["held_after"] == []
    assert any("MatcherShard" in name for name in amended["still_held"])
    assert amended["processes"] > 4


def test_a_list_that_is_over_is_in_no_shard(drill: Any) -> None:
    """After forgetting, both shards are empty, and hold nobody's vector."""
    assert (drill["phases"], drill["left"]) == (["empty", "empty"], [])
