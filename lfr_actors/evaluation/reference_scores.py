"""How people who are not on a list scored against it, as counts, kept by model pack in `reference.json`.

Written whenever a reference set is searched (`lfr check --reference` and its sisters), read by the console. Counts
in bins and nothing else: no score of one person, no name, no picture.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from numpy.typing import ArrayLike

from lfr_actors.errors import StoreError
from lfr_actors.events.codec import utc_text, utc_time
from lfr_actors.events.histograms import counts_by_bin
from lfr_actors.private_file import write_private

REFERENCE_FILE: Final = "reference.json"
SCORE_STEP: Final = 0.001
"""Width of a bin."""
_VERSION: Final = 1
_EDGES: Final = (-1.0, *(round(step * SCORE_STEP, 3) for step in range(1_001)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceScores:
    """The best score of each of `searches` people, counted in bins; the first one holds all below 0.

    `subjects` were on the list that they were searched against: more of them, more strangers score high.
    """

    subjects: int
    counts: tuple[int, ...]
    measured_at: dt.datetime

    @classmethod
    def of(cls, best: ArrayLike, *, subjects: int, measured_at: dt.datetime) -> ReferenceScores:
        """Count the best scores, float (n,), of n people. Raises `ValueError` for NaN."""
        return cls(subjects=subjects, counts=counts_by_bin(best, _EDGES), measured_at=measured_at)

    @property
    def searches(self) -> int:
        """How many people were searched."""
        return sum(self.counts)

    @staticmethod
    def edges() -> tuple[float, ...]:
        """Edges of the bins; a bin holds its lower one and not its upper one, the last both."""
        return _EDGES


def save_reference_scores(home: Path, pack: str, scores: ReferenceScores) -> None:
    """Keep what was measured with a pack, in place of what was before. Nothing is kept of nobody.

    Raises `StoreError` when what is there is not such a file, `OSError` when it cannot be written.
    """
    if not scores.searches:
        return
    packs = _read(home)
    packs[pack] = {
        "subjects": scores.subjects,
        "measured_at": utc_text(scores.measured_at),
        "counts": list(scores.counts),
    }
    document = {"version": _VERSION, "step": SCORE_STEP, "packs": packs}
    write_private(home / REFERENCE_FILE, json.dumps(document, separators=(",", ":")) + "\n")


def read_reference_scores(home: Path, pack: str) -> ReferenceScores | None:
    """What was last measured with a pack; None when nothing was. Raises `StoreError` for a file not of ours."""
    said = _read(home).get(pack)
    if said is None:
        return None
    try:
        counts = tuple(said["counts"])
        if len(counts) != len(_EDGES) - 1 or any(type(each) is not int or each < 0 for each in counts):
            raise ValueError("counts")
        return ReferenceScores(
            subjects=int(said["subjects"]), counts=counts, measured_at=utc_time(said["measured_at"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _not_ours(home / REFERENCE_FILE) from error


def _read(home: Path) -> dict[str, Mapping[str, Any]]:
    path = home / REFERENCE_FILE
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _not_ours(path) from error
    if (
        not isinstance(document, dict)
        or document.get("version") != _VERSION
        or document.get("step") != SCORE_STEP
    ):
        raise _not_ours(path)
    packs = document.get("packs")
    if not isinstance(packs, dict):
        raise _not_ours(path)
    return packs


def _not_ours(path: Path) -> StoreError:
    return StoreError(str(path), "is not readable as counts of a reference set: delete it and measure again")
