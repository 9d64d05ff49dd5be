"""What a camera was commissioned with: kept as counts by place and camera, and when it is not comparable."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from lfr_actors.errors import StoreError
from lfr_actors.evaluation.commissioning import (
    COMMISSIONING_FILE,
    LEAST_FACES,
    Setting,
    list_misfit,
    misfit,
    read_baselines,
    save_baselines,
)
from lfr_actors.evaluation.live import baseline_of, too_little
from tests.unit.evaluation.live_logs import Written, began, commissioned, list_of, opened, seen
from tests.unit.events.samples import NOON

PLACE = began().location


def test_it_is_kept_and_read_again(tmp_path: Path) -> None:
    """Each camera of a place has its latest commissioning, in a file for its owner; other places have none."""
    home = tmp_path / "home"
    then, again = commissioned(), commissioned(600)
    save_baselines(home, then)
    assert read_baselines(home, PLACE) == then
    save_baselines(home, again)
    assert read_baselines(home, PLACE) == again
    assert read_baselines(home, "elsewhere") == {}
    assert stat.S_IMODE((home / COMMISSIONING_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["{}", "[]", "not json", '{"version":1,"cameras":[{"camera":"a"}]}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: str) -> None:
    """Whatever is not this is neither read nor written over; the error says what to do."""
    (tmp_path / COMMISSIONING_FILE).write_text(content)
    with pytest.raises(StoreError, match="delete it and commission them again"):
        read_baselines(tmp_path, PLACE)
    with pytest.raises(StoreError, match="is not readable"):
        save_baselines(tmp_path, commissioned())
    assert (tmp_path / COMMISSIONING_FILE).read_text() == content


def test_counts_are_checked() -> None:
    """Histograms of other bins, or below zero, are not a commissioning."""
    baseline = commissioned()["station"]
    with pytest.raises(ValueError, match="scores are not counts of 201 bins"):
        replace(baseline, scores=(1,))
    with pytest.raises(ValueError, match="qualities are not counts"):
        replace(baseline, qualities=(-1,) * 20)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"models": {"detector": "f" * 64}}, "another model files"),
        ({"min_face_px": 40.0}, "another least face size"),
        ({"pack": "mine", "embedder": "mine"}, "another pack and another embedder"),
        ({"width": 640, "height": 480}, r"frame size \(1280×720 px then, 640×480 px now\)"),
    ],
)
def test_another_setting_is_not_comparable(change: dict[str, object], words: str) -> None:
    """Whatever decides which faces are found and how they score makes a commissioning useless, and is named."""
    baseline = commissioned()["station"]
    assert misfit(baseline, baseline.setting) is None
    assert misfit(baseline, replace(baseline.setting, width=None, height=None)) is None
    other: Setting = replace(baseline.setting, **change)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match=words):
        assert misfit(baseline, other) is None, misfit(baseline, other)


def test_a_list_of_another_size_is_not_comparable() -> None:
    """Up to twice or half the people; not against a list of nobody."""
    baseline = commissioned(500)["station"]
    assert [list_misfit(baseline, subjects) is None for subjects in (0, 249, 250, 1_000, 1_001)] == [
        False,
        False,
        True,
        True,
        False,
    ]


def test_too_little_is_refused() -> None:
    """A camera without a frame, with too few faces or too few that were searched; one that has them is taken."""
    written = Written(began(), list_of(500))
    assert too_little(written.log, "station") == "has given no frame yet"
    written.add(opened(), seen(LEAST_FACES - 1))
    assert "holds 544 faces (tracks) that were seen" in (too_little(written.log, "station") or "")
    written.add(seen(1, searched=0))
    assert "544 faces (tracks) that were searched" in (too_little(written.log, "station") or "")
    with pytest.raises(ValueError, match="camera station holds 544"):
        baseline_of(written.log, "station", measured_at=NOON)
    written.add(seen(1))
    baseline = baseline_of(written.log, "station", measured_at=NOON)
    assert (baseline.faces, baseline.faces_searched, baseline.subjects) == (546, 545, 500)
    assert (sum(baseline.scores), sum(baseline.qualities)) == (545, 5 * 546)


def test_frames_of_another_size_begin_anew() -> None:
    """What a camera saw at another size, or with other models, is no part of its commissioning."""
    written = Written(began(), list_of(500), opened(), seen(600), opened(width=640))
    assert "holds 0 faces" in (too_little(written.log, "station") or "")
    written.add(seen(600), began())
    assert too_little(written.log, "station") is None
    written.add(replace(began(), min_face_px=40))
    assert "holds 0 faces" in (too_little(written.log, "station") or "")
    assert written.log.camera("station").faces == 1_200
