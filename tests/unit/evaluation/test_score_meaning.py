"""What a score has meant: exact intervals, insufficient data, and counts of a reference set."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import numpy as np
import pytest

from lfr_actors.errors import StoreError
from lfr_actors.evaluation.reference_scores import (
    REFERENCE_FILE,
    ReferenceScores,
    read_reference_scores,
    save_reference_scores,
)
from lfr_actors.evaluation.score_meaning import (
    Decided,
    deployment_words,
    in_deployment,
    in_reference,
    reference_words,
)

NOON = dt.datetime(2024, 9, 7, 12, tzinfo=dt.UTC)


def scores(*best: float, subjects: int = 500) -> ReferenceScores:
    """People who scored so."""
    return ReferenceScores.of(np.array(best), subjects=subjects, measured_at=NOON)


def test_only_scores_alike_count_in_the_deployment() -> None:
    """Alike is within a tenth of the way from threshold to 1, edges included; others say nothing."""
    decided = [Decided(score=score, is_true=score > 0.965) for score in (0.96, 0.9655, 0.97, 0.9745, 0.98)]
    share = in_deployment(0.97, 0.955, decided)
    assert share is not None
    assert (share.hits, share.trials) == (3, 3)
    assert in_deployment(0.5, 0.4, [Decided(score=0.55, is_true=False)]) is not None


def test_no_data_is_no_rate() -> None:
    """Nobody decided, nobody measured: insufficient data, never nought."""
    assert in_deployment(0.97, 0.955, []) is None
    assert "insufficient data" in deployment_words(0.97, 0.955, None)
    assert in_reference(0.97, None) is None
    assert "insufficient data" in reference_words(None, None)


def test_words_hold_counts_and_interval() -> None:
    """A sentence says how many, how many of them, and the exact interval (0 of 1: 0 to 97.5 %)."""
    share = in_deployment(0.97, 0.955, [Decided(score=0.97, is_true=False)])
    words = deployment_words(0.97, 0.955, share)
    assert "1 decided alert scored like this (0.966 to 0.974)" in words
    assert "0 were true: 0.0 % (95 % interval 0.0 to 97.5 %)" in words
    reference = scores(0.5, 0.98)
    assert (
        "1 of 2 people who are not on the list scored this or higher against 500 people"
        in reference_words(in_reference(0.97, reference), reference)
    )


@pytest.mark.parametrize(
    ("score", "above"),
    [(-0.3, 4), (0.0, 3), (0.5, 3), (0.5005, 3), (0.501, 2), (0.98, 2), (0.9801, 2), (1.0, 1)],
)
def test_reference_counts_from_the_bin_of_the_score_on(score: float, above: int) -> None:
    """A score is counted from its own bin of 0.001 on: at most so many, never fewer than there were."""
    share = in_reference(score, scores(-0.2, 0.5, 0.9804, 1.0))
    assert share is not None
    assert (share.hits, share.trials) == (above, 4)


def test_counts_are_kept_by_pack_and_hold_no_person(home: Path) -> None:
    """The file has counts in bins for each pack, the latest alone, for its owner only; nobody is no measurement."""
    save_reference_scores(home, "open", scores(0.1, 0.2))
    save_reference_scores(home, "insightface:buffalo_l", scores(0.3))
    save_reference_scores(home, "open", scores(0.4, 0.4, 0.5, subjects=20))
    save_reference_scores(home, "open", scores())
    path = home / REFERENCE_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text())["packs"]["open"]) == {"subjects", "measured_at", "counts"}
    kept = read_reference_scores(home, "open")
    assert kept is not None
    assert (kept.searches, kept.subjects, kept.measured_at) == (3, 20, NOON)
    assert read_reference_scores(home, "yunet") is None


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"version": 2}', '{"version": 1, "step": 0.001, "packs": {"open": {"counts": [1]}}}']
)
def test_a_file_that_is_not_ours_is_said(home: Path, text: str) -> None:
    """A file that is altered is an error that names it and what to do, not a wrong rate."""
    (home / REFERENCE_FILE).write_text(text)
    with pytest.raises(StoreError, match="delete it and measure again"):
        read_reference_scores(home, "open")
