"""The deployment that is hunted through, in a process of its own: `lfr run`, and the controls in its memory.

python -m lfr_actors.canary.driver FILE HOME SEED        prints what `lfr run FILE --json` prints
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from lfr_actors.canary.controls import make_controls

KEPT: list[bytearray] = []
"""The controls, for as long as the process lives."""


def main(file: Path, home: Path, seed: int) -> None:
    """Keep the controls and run the deployment."""
    from lfr_actors.cli.app import stdout
    from lfr_actors.cli.run import outcome_document, run_deployment
    from lfr_actors.spec.deployment import load_deployment

    KEPT.append(bytearray(make_controls(seed).content))
    deployment = load_deployment(file, os.environ)
    outcome = run_deployment(deployment, home, annotate=None, live=False, title=file.name)
    stdout.print_json(json.dumps(outcome_document(outcome)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
