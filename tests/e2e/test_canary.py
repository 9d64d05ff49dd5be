"""A real deployment, a passer-by who is on no list, and the hunt for what is left of her."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.cluster,
    pytest.mark.skipif(not Path("/proc/self/pagemap").exists(), reason="reads /proc as Linux has it"),
]
LFR = Path(sys.executable).parent / "lfr"


@pytest.mark.timeout(420)
def test_nothing_is_left_of_somebody_who_is_on_no_list() -> None:
    """Nothing on any disk or in shared memory, at any time; nothing in any process's memory after 10 seconds.

    The hunt itself says whether it could have found anything: controls are found, and the passer-by's pixels
    and template were in the camera's memory while she passed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "LFR_"))}
    done = subprocess.run(
        [str(LFR), "canary", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["problems"] == []
    assert report["broken"] == []
    assert done.returncode == 0
    assert report["outcome"]["alerts"] >= 1
    moments = {moment["when"]: moment for moment in report["moments"]}
    memory = {one["place"] for one in moments["10 s"]["memory"]}
    assert {"camera", "embedder", "matcher", "console", "courier"} <= memory
    database = next(one for one in moments["after the run"]["places"] if one["place"].startswith("database"))
    assert database["bytes"] > 0
