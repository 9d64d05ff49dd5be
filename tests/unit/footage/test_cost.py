from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.errors import SourceNotFound
from lfr_actors.footage.cost import TURNS, measure
from tests.unit.footage.takes import h264_film
from tests.unit.vision.sources.films import film_at


def test_both_are_measured_in_turns(tmp_path: Path) -> None:
    """What is recorded is counted, the recorder's own time is part of the whole, and nothing else is written."""
    film = h264_film(tmp_path / "film.mp4", frames=10)
    told: list[float] = []
    cost = measure(film_at(film), tmp_path / "footage", seconds=0.6, progress=told.append)
    assert (cost.width, cost.height) == (160, 120)
    assert cost.segments >= TURNS
    assert cost.packets > 0
    assert cost.size_bytes == sum(path.stat().st_size for path in (tmp_path / "footage").iterdir())
    assert 0 < cost.recorder < cost.with_recording
    assert cost.difference == cost.with_recording - cost.without
    assert told == pytest.approx([(n + 1) / (2 * TURNS) for n in range(2 * TURNS)])


def test_what_cannot_be_played_cannot_be_measured(tmp_path: Path) -> None:
    """A missing film is an error of the source."""
    with pytest.raises(SourceNotFound):
        measure(film_at(tmp_path / "none.mp4"), tmp_path, seconds=0.6)
