"""`lfr evaluate film` refuses what it cannot measure, before anything is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from lfr_actors.cli import evaluate, evaluate_film
from lfr_actors.errors import InvalidFile, LfrError, SourceNotFound
from tests.unit.vision.sources.films import make_film

PASS = {"pass_id": "p1", "subject_id": "A", "enter_s": 0, "leave_s": 0.05}


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A folder with a film of two frames, its list and its truth."""
    make_film(tmp_path / "film.mp4", frames=2)
    (tmp_path / "watchlist.csv").write_text("subject_id,image\nA,a.jpg\n")
    (tmp_path / "truth.json").write_text(json.dumps([PASS]))
    return tmp_path


def fault_of(*words: str | Path) -> BaseException | None:
    """What `lfr evaluate film` raises."""
    app = typer.Typer()
    app.callback()(lambda: None)
    evaluate.register(app)
    evaluate_film.register(app)
    return CliRunner().invoke(app, ["evaluate", "film", *map(str, words)]).exception


def fault_in(scene: Path, *words: str, film: str = "film.mp4", truth: str = "truth.json") -> str:
    """What is said of a call in this folder."""
    words = words or ("--pack", "open", "--threshold", "0.9")
    error = fault_of(scene / film, scene / truth, *words)
    assert isinstance(error, LfrError), error
    return str(error)


def test_film_list_and_truth_have_to_be_there(scene: Path) -> None:
    """Each missing file is named; the list is sought beside the film."""
    assert isinstance(
        fault_of(scene / "x.mp4", scene / "truth.json", "--pack", "open", "--threshold", "1"), SourceNotFound
    )
    assert "none.json: 1 mistake" in fault_in(scene, truth="none.json")
    (scene / "watchlist.csv").unlink()
    assert f"{scene / 'watchlist.csv'}: 1 mistake" in fault_in(scene)


def test_the_truth_has_to_be_of_this_list_and_film(scene: Path) -> None:
    """A subject who is not on the list and a pass after the film's end are mistakes of the truth."""
    (scene / "truth.json").write_text(json.dumps([PASS | {"subject_id": "B", "enter_s": 90, "leave_s": 99}]))
    said = fault_in(scene)
    assert "truth.json: 2 mistakes" in said
    assert "pass p1: subject_id is not on the list watchlist.csv" in said
    assert "enter_s is 90, and the film is" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pack", "banana", "--threshold", "0.9"), "pack 'banana' is not a model pack"),
        (("--pack", "open", "--threshold", "4"), "recognition.threshold: "),
        (
            ("--pack", "open", "--threshold", "0.9", "--cooldown", "3x"),
            "recognition.cooldown: '3x' has an unknown",
        ),
        (("--pack", "open", "--threshold", "0.9", "--confirm-hits", "0"), "recognition.confirm.hits: "),
    ],
)
def test_what_no_deployment_could_have_is_refused(scene: Path, words: tuple[str, ...], said: str) -> None:
    """Mistakes of the command line are told as the command's, by the key of a deployment file."""
    told = fault_in(scene, *words)
    assert told.startswith("lfr evaluate film: 1 mistake")
    assert said in told
    assert isinstance(fault_of(scene / "film.mp4", scene / "truth.json", *words), InvalidFile)
