"""`lfr bench footage`: figures of both sides, as JSON and for people; nothing measured where nothing plays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import bench
from lfr_actors.errors import SourceNotFound
from lfr_actors.footage import cost
from lfr_actors.footage.cost import FootageCost
from tests.unit.vision.sources.films import make_film

MEASURED = FootageCost(
    width=1280,
    height=720,
    frames_per_s=25.0,
    played_s=60.0,
    without=19.0,
    with_recording=20.5,
    recorder=0.8,
    segments=3,
    packets=1500,
    size_bytes=30_000_000,
)


def lfr(*words: str | Path) -> Result:
    """Run the command."""
    app = typer.Typer()
    app.callback()(lambda: None)
    bench.register(app)
    return CliRunner().invoke(app, ["bench", "footage", *map(str, words)])


def test_the_figures_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides, the difference and the recorder's share, with size, rate and bits; nothing is left behind."""
    folders: list[Path] = []

    def measure(_: object, folder: Path, **__: object) -> FootageCost:
        folders.append(folder)
        return MEASURED

    monkeypatch.setattr(cost, "measure", measure)
    film = make_film(tmp_path / "film.mp4", frames=2)
    told = json.loads(lfr(film, "--json", "--folder", tmp_path).stdout)
    assert told["percent_of_one_core"] == {
        "without": 19.0,
        "with_recording": 20.5,
        "difference": 1.5,
        "recorder_thread": 0.8,
    }
    assert (told["width"], told["height"], told["megabits_per_s"]) == (1280, 720, 4.0)
    shown = lfr(film).stdout
    assert "1.50 %" in shown
    assert folders[0].parent == tmp_path
    assert not any(folder.exists() for folder in folders)


def test_a_film_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    """A missing film is an error before anything is played."""
    assert isinstance(lfr(tmp_path / "none.mp4").exception, SourceNotFound)
