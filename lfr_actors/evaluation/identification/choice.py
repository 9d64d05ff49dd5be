"""A threshold for a target FPIR at a length of the list, with what it costs and what it would mean in a day.

Longer lists than were searched are a projection: `evaluation.list_size` says what that assumes, and how it held.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lfr_actors.evaluation.identification.looking import Progress
from lfr_actors.evaluation.identification.material import material_of
from lfr_actors.evaluation.identification.people import read_people
from lfr_actors.evaluation.identification.points import why_no_tpir
from lfr_actors.evaluation.identification.protocol import Enrol, assign
from lfr_actors.evaluation.identification.study import KeptLooks, looked_at
from lfr_actors.evaluation.list_size import (
    ThresholdForList,
    project_fpir,
    sub_list_rates,
    threshold_for_list,
    why_no_threshold_for_list,
)
from lfr_actors.evaluation.searches import Searches
from lfr_actors.vision.packs import LoadedPack


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A threshold for a `target` FPIR on a list of `subjects` people, from a list of `measured_subjects`.

    `found` is None where this data cannot show it; `why` says why. `fpir_low`, `fpir_high`: limits of the FPIR at
    the threshold on that list. `faces`: searches of strangers that `expected` speaks of: false matches, as (point
    estimate, low, high), before several searches of a track have to agree.
    """

    target: float
    subjects: int
    measured_subjects: int
    non_mated: int
    mated: int
    found: ThresholdForList | None
    why: str | None
    why_no_tpir: str | None
    fpir_low: float | None
    fpir_high: float | None
    faces: int
    expected: tuple[float, float, float] | None


def choose_threshold(
    searches: Searches, target: float, subjects: int | None = None, *, faces: int = 10_000, seed: int = 1
) -> Choice:
    """Choose on these searches; `subjects` None: for the list that was searched. Pure."""
    wanted = searches.subjects if subjects is None else subjects
    why = why_no_threshold_for_list(searches, target, wanted)
    found = None
    if why is None:
        random = np.random.default_rng(seed)
        found = threshold_for_list(searches, target, wanted, random=random)
    low = high = expected = None
    if found is not None:
        low, high = _limits(searches, found)
        expected = (faces * found.fpir, faces * low, faces * high)
    return Choice(
        target=target,
        subjects=wanted,
        measured_subjects=searches.subjects,
        non_mated=int(np.count_nonzero(~searches.mated)),
        mated=int(np.count_nonzero(searches.mated)),
        found=found,
        why=why,
        why_no_tpir=None if searches.mated.any() else why_no_tpir(searches),
        fpir_low=low,
        fpir_high=high,
        faces=faces,
        expected=expected,
    )


def choose_on_folder(
    folder: Path,
    pack: LoadedPack,
    targets: tuple[float, ...],
    subjects: int | None = None,
    *,
    faces: int = 10_000,
    enrol: Enrol = Enrol.FIRST,
    leave_out: Path | None = None,
    seed: int = 1,
    kept: KeptLooks | None = None,
    progress: Progress | None = None,
    workers: int = 2,
) -> tuple[Choice, ...]:
    """`choose_threshold` on a folder of people, by the protocol of `identify`, for every target."""
    people = read_people(folder, leave_out)
    with looked_at(people, pack, kept, progress, workers) as (looks, _):
        uses = assign(people.pictures, looks, enrol)
        material = material_of(people.pictures, looks, uses, pack.embedder.dim)
        try:
            searches = material.search()
        finally:
            material.overwrite()
    return tuple(choose_threshold(searches, target, subjects, faces=faces, seed=seed) for target in targets)


def _limits(searches: Searches, found: ThresholdForList) -> tuple[float, float]:
    """Exact limits of the FPIR at a threshold, carried over to the list that it is for.

    To a longer one by the assumption; to a shorter one in proportion to how much less was measured there.
    """
    at = found.at.fpir
    if found.subjects > searches.subjects:
        projected = project_fpir(at, found.threshold, searches.subjects, found.subjects)
        return projected.low, projected.high
    if found.subjects == searches.subjects:
        return at.low, at.high
    (part,) = sub_list_rates(searches, found.threshold, [found.subjects])
    share = 1.0 if part.fpir is None or not at.rate else part.fpir / at.rate
    return share * at.low, share * at.high


def choice_document(choice: Choice) -> dict[str, Any]:
    """A choice as JSON values; names nobody."""
    found = choice.found
    drawn = None if found is None else found.at.threshold_by_person
    return {
        "target_fpir": choice.target,
        "subjects": choice.subjects,
        "measured_subjects": choice.measured_subjects,
        "mated_searches": choice.mated,
        "non_mated_searches": choice.non_mated,
        "threshold": None if found is None else found.threshold,
        "threshold_interval": None if drawn is None else {"low": drawn.low, "high": drawn.high},
        "threshold_order_limits": None
        if found is None
        else [found.at.threshold_low, found.at.threshold_high],
        "fpir": None
        if found is None
        else {"rate": found.fpir, "low": choice.fpir_low, "high": choice.fpir_high},
        "tpir": None if found is None else found.tpir,
        "tpir_on_measured_list": None if found is None or found.at.tpir is None else found.at.tpir.to_json(),
        "is_measured": choice.subjects <= choice.measured_subjects,
        "statement": None if found is None else found.statement,
        "faces": choice.faces,
        "expected_false_matches": None
        if choice.expected is None
        else dict(zip(("expected", "low", "high"), choice.expected, strict=True)),
        "why_not": choice.why,
        "why_no_tpir": choice.why_no_tpir,
    }
