"""Ray is imported by four modules of `lfr_actors.actors` and by nothing else until a command needs it."""

from __future__ import annotations

import subprocess
import sys

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
import lfr_actors

names = [m.name for m in pkgutil.walk_packages(lfr_actors.__path__, "lfr_actors.")]
# migrations are run by alembic, not imported
names = [name for name in names if not name.startswith("lfr_actors.store.migrations.")]
meeting_ray = {f"lfr_actors.actors.{name}" for name in ("cluster", "hosting", "remote", "remote_services")}
kept = [name for name in names if name not in meeting_ray]
assert len(names) == len(kept) + len(meeting_ray) > 60, names
for name in kept:
    importlib.import_module(name)
loaded = sorted(name for name in sys.modules if name == "ray" or name.startswith("ray."))
print(loaded)
"""


def test_importing_everything_leaves_ray_unimported() -> None:
    """Every module but the four that meet Ray, the command line and the test doubles included."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERYTHING], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
