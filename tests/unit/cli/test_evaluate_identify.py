"""`lfr evaluate identify` and `threshold`: what they print and write, and how they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lfr_actors.cli import evaluate, evaluate_identify, evaluate_threshold
from lfr_actors.cli.app import app
from lfr_actors.errors import InvalidFile
from tests.unit.evaluation.identification.folders import pack, people

for module in (evaluate, evaluate_identify, evaluate_threshold):
    module.register(app)
run = CliRunner().invoke


@pytest.fixture(autouse=True)
def _made_up_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lfr_actors.vision.packs.load_pack", lambda name, **_: pack(name))


@pytest.mark.usefixtures("home")
def test_identify_prints_one_document_and_writes_a_study(tmp_path: Path) -> None:
    """Figures and names on stdout with --json; the files that may be published name nobody."""
    folder, out = people(tmp_path / "people"), tmp_path / "out"
    done = run(
        app,
        [
            "evaluate",
            "identify",
            str(folder),
            "--pack=x",
            "--fpir=0.5",
            "--repeats=0",
            f"--out={out}",
            "--json",
        ],
    )
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["counts"]["listed_people"] == 2
    assert "people" in document
    assert "people" not in json.loads((out / "study.json").read_text())
    assert (out / "study.html").stat().st_mode & 0o777 == 0o600
    assert len((out / "searches.csv").read_text().splitlines()) == 1 + 6


def test_without_a_cache_nothing_is_kept(home: Path, tmp_path: Path) -> None:
    """No database, no key, no file."""
    folder = people(tmp_path / "people")
    done = run(app, ["evaluate", "identify", str(folder), "--pack", "x", "--threshold", "0.9", "--no-cache"])
    assert done.exit_code == 0, done.output
    assert "Mated searches: 4" in done.output
    assert list(home.iterdir()) == []


@pytest.mark.usefixtures("home")
def test_a_threshold_that_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    """Exit status 1 and the reason, beside the one that can."""
    folder = people(tmp_path / "people")
    done = run(
        app,
        ["evaluate", "threshold", str(folder), "--pack", "x", "--fpir", "0.5", "--fpir", "0.01", "--json"],
    )
    assert done.exit_code == 1
    shown, refused = json.loads(done.stdout)["choices"]
    assert shown["threshold"] is not None
    assert refused["threshold"] is None
    assert "at least 100 are needed" in refused["why_not"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("options", "words"),
    [(["--fpir", "1.5"], "--fpir"), (["--enrol", "last"], "--enrol"), (["--threshold", "3"], "--threshold")],
)
def test_wrong_options_are_named(tmp_path: Path, options: list[str], words: str) -> None:
    """Before any picture is looked at."""
    done = run(app, ["evaluate", "identify", str(tmp_path), "--pack", "x", *options])
    assert done.exit_code == 2
    assert words in done.output


@pytest.mark.usefixtures("home")
def test_a_missing_folder_is_an_invalid_file(tmp_path: Path) -> None:
    """Named, rather than measured as empty."""
    done = run(app, ["evaluate", "identify", str(tmp_path / "nowhere"), "--pack", "x"])
    assert isinstance(done.exception, InvalidFile)
