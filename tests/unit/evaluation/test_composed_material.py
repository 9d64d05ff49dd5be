"""Made-up people for notebooks: as alike as those of photographs, and the same in a longer list."""

from __future__ import annotations

import numpy as np
import pytest

from lfr_actors.evaluation.composed_material import composed_material
from lfr_actors.evaluation.operating_point import threshold_for_fpir
from lfr_actors.evaluation.rates import rank_k


def test_as_alike_as_photographs() -> None:
    """The counts of the LFW development half, and rates within a few per cent of those measured on it."""
    searches = composed_material().search()
    assert (searches.subjects, int(searches.mated.sum()), int((~searches.mated).sum())) == (832, 1_771, 1_600)
    assert len(searches.mated_only().people()) == 832
    first, point = rank_k(searches), threshold_for_fpir(searches, 0.01)
    assert first is not None
    assert first.rate == pytest.approx(0.977, abs=0.02)
    assert point is not None
    assert point.tpir is not None
    assert point.tpir.rate == pytest.approx(0.913, abs=0.03)


def test_a_longer_list_changes_nothing_but_its_length() -> None:
    """The same probes, the same first people; every stranger's best score is at least what it was."""
    short = composed_material(subjects=100, known=50, mated=60, non_mated=40)
    long = composed_material(subjects=300, known=50, mated=60, non_mated=40)
    assert short.probe_people == long.probe_people
    np.testing.assert_array_equal(short.probe_templates, long.probe_templates)
    np.testing.assert_array_equal(short.list_templates, long.list_templates[:100])
    assert (long.search().top_score >= short.search().top_score).all()


def test_what_cannot_be() -> None:
    """More people known than listed, a list beyond the world, fewer searches than people."""
    with pytest.raises(ValueError, match="cannot be known"):
        composed_material(subjects=10, known=11)
    with pytest.raises(ValueError, match="world"):
        composed_material(subjects=20_000)
    with pytest.raises(ValueError, match="too few"):
        composed_material(known=832, mated=800)
