"""Reports joined into longer stretches lose nothing and overlap nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.records.stretches import joined
from tests.unit.records.runs import observed

lengths = st.lists(st.integers(min_value=0, max_value=300), max_size=30)


@given(lengths, st.floats(min_value=0, max_value=60))
def test_joining_keeps_every_count_and_order(frames: list[int], every_s: float) -> None:
    """Whatever is joined, the counts add up to the same, one stretch after another."""
    reports, at = [], 0.0
    for place, count in enumerate(frames):
        reports.append(observed(at, at + count * 0.04, tracks=place, scores=[0.5] * (place % 3)))
        at += (count + 1) * 0.04
    stretches = joined(reports, every_s)
    for name, told in (("frames", "frames"), ("faces_seen", "tracks"), ("searches", "searches")):
        assert sum(getattr(s, name) for s in stretches) == sum(getattr(r, told) for r in reports)
    times = [time for s in stretches for time in (s.from_media_s, s.to_media_s)]
    assert times == sorted(times)
    if len(stretches) > 1:
        assert all(s.to_media_s - s.from_media_s >= every_s for s in stretches[:-1])
        last = stretches[-1]
        assert last.to_media_s - last.from_media_s >= every_s / 2


@pytest.mark.parametrize(("last_s", "count"), [(4.9, 1), (5.0, 2)])
def test_a_short_rest_belongs_to_the_stretch_before(last_s: float, count: int) -> None:
    """Less than half of the length asked for is no stretch of its own."""
    assert len(joined([observed(0.0, 10.0), observed(10.0, 10.0 + last_s)], 10.0)) == count


def test_no_report_is_no_stretch() -> None:
    """A camera that reported nothing has none."""
    assert joined([], 10.0) == []
