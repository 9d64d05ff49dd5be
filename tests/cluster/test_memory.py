"""The embedded Ray leaves nothing on a disk, dumps no memory, and keeps no message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lfr_actors.memory_folder import NEED_BYTES, choose, this_machine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

SCRIPT = """
import json, os, resource, sys
from pathlib import Path

import numpy as np

from lfr_actors.actors import cluster, hosting  # before ray, whose settings they make
import ray

from lfr_actors.overwriting import overwrite_received


class Looking:
    async def hardening(self):
        filtered = int(Path("/proc/self/coredump_filter").read_text(), 16)
        return [resource.getrlimit(resource.RLIMIT_CORE), filtered, os.environ["GLIBC_TUNABLES"]]

    async def received(self, chip):
        return [bool(chip.any()), chip.flags.writeable, overwrite_received(chip), bool(chip.any())]


def daemon(name):
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and name in Path(entry, "cmdline").read_bytes().decode(errors="replace"):
            if session in Path(entry, "cmdline").read_bytes().decode(errors="replace"):
                limits = Path(entry, "limits").read_text().splitlines()
                core = next(line.split()[4:6] for line in limits if line.startswith("Max core"))
                return [core, int(Path(entry, "coredump_filter").read_text(), 16)]


cluster.start_ray(show_actor_logs=False)
session = ray._private.worker._global_node.get_session_dir_path()
looking = hosting.as_actor(Looking, restarts=0).remote()
chip = np.full((150, 150, 3), 7, np.uint8)
found = {
    "session": session,
    "mode": Path(session).parent.parent.stat().st_mode & 0o777,
    "actor": ray.get(looking.hardening.remote()),
    "raylet": daemon("raylet/raylet"),
    "gcs": daemon("gcs_server"),
    "received": ray.get(looking.received.remote(chip)),
    "sender": bool(chip.all()),
}
cluster.stop_ray()
cluster.stop_ray()
print(json.dumps(found), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def found() -> Any:
    """What a short life of the embedded Ray showed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stderr.strip().splitlines()[-1])


def test_rays_folders_are_in_memory_and_go_with_it(found: Any) -> None:
    """Session, logs and spill lie in a folder of our own on a memory file system, gone after `stop_ray`."""
    place = choose(this_machine(), NEED_BYTES)
    if place is None:
        pytest.skip("this machine has no memory file system with enough room")
    folder = Path(found["session"]).parent.parent
    assert (folder.parent, found["mode"]) == (place.path, 0o700)
    assert not folder.exists()


def test_no_process_of_it_dumps_core(found: Any) -> None:
    """Actors and Ray's daemons have the limit and the filter; what they free is overwritten."""
    limit, filtered, tunables = found["actor"]
    assert (limit, filtered) == ([0, 0], 0)
    assert {"glibc.malloc.perturb=90", "glibc.malloc.tcache_count=0"} <= set(tunables.split(":"))
    assert found["raylet"] == found["gcs"] == [["0", "0"], 0]


def test_an_array_that_arrived_is_overwritten(found: Any) -> None:
    """It is read-only and overwritten all the same; the sender's own array is another."""
    assert found["received"] == [True, False, True, False]
    assert found["sender"] is True
