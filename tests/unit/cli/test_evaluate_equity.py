"""`lfr evaluate equity`: files that name nobody, and every mistake told before a picture is looked at."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import evaluate, evaluate_equity
from lfr_actors.errors import InvalidFile
from lfr_actors.vision import packs
from tests.unit.evaluation.identification.folders import pack, people

GIVEN = ("--pack", "fake", "--labels-from", "asked on paper", "--no-cache")


@pytest.fixture
def folder(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ann and Bob on the list, Cid and Dot not; Dot has no label, and a label is of somebody else."""
    monkeypatch.setattr(packs, "load_pack", lambda *_, **__: pack())
    (tmp_path / "labels.csv").write_text("person,team\nann,x\nbob,y\ncid,\nzed,x\n")
    return people(tmp_path / "people")


def run(folder: Path, *words: str) -> Result:
    """The command with these options."""
    app = typer.Typer()
    app.callback()(lambda: None)
    evaluate.register(app)
    evaluate_equity.register(app)
    labels = str(folder.parent / "labels.csv")
    return CliRunner().invoke(app, ["evaluate", "equity", str(folder), labels, *GIVEN, *words])


def test_a_study_is_written_and_names_nobody(folder: Path, tmp_path: Path) -> None:
    """One document on stdout, the same in a file beside page, rows and plots; who is missing is said on stderr."""
    out = tmp_path / "out"
    result = run(folder, "--threshold", "0.99", "--out", str(out), "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    document = json.loads(result.stdout)
    assert document == json.loads((out / "equity.json").read_text())
    assert (document["kind"], document["labels_from"]) == ("equity-study", "asked on paper")
    assert (document["people_without_label"], document["labels_without_search"]) == (1, 1)
    assert {row["value"] for row in document["groups"]} == {None}  # one person is no group
    assert document["everybody"]["tpir"]["exact"]["hits"] == 4
    assert any("not fit for live" in note for note in document["notes"])
    written = {path.name for path in out.iterdir()}
    assert {"equity.html", "equity.csv", "equity-tpir.svg", "equity-fpir.png"} <= written
    texts = [path.read_text() for path in out.iterdir() if path.suffix in (".html", ".csv", ".json")]
    said = re.sub(r"data:image[^\"]*", "", "".join(texts))
    assert re.findall(r"\b(ann|bob|cid|dot|zed)\b", said) == []
    assert "searched, and without a label: 1 (dot)" in result.stderr
    assert "labelled, and not searched: 1 (line 5)" in result.stderr


def test_the_terminal_says_power_first(folder: Path) -> None:
    """Without --json the same order as on the page."""
    result = run(folder, "--threshold", "0.99")
    assert result.exit_code == 0, (result.exception, result.stderr)
    text = " ".join(result.stdout.split())
    assert text.index("What this data could have shown") < text.index("What it shows")
    assert "nothing can be compared" in text
    assert "insufficient data" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name one"),
        (("--threshold", "0.9", "--fpir", "0.1"), "name one"),
        (("--fpir", "1"), "1 is not between 0 and 1"),
        (("--threshold", "0.9", "--by", "shoe"), "no column 'shoe'"),
        (("--threshold", "0.9", "--reference", "team"), "is not ATTRIBUTE=GROUP"),
        (("--threshold", "0.9", "--reference", "team=z"), "no group 'z'"),
        (("--threshold", "0.9", "--labels-from", " "), "says nothing"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    """Exit status 2, with what is wrong."""
    monkeypatch.setattr(packs, "load_pack", None)
    result = run(folder, *words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_labels_of_other_people_are_refused(folder: Path) -> None:
    """A file in which nobody of the folder is named is the wrong file."""
    (folder.parent / "labels.csv").write_text("person,team\nzed,x\n")
    error = run(folder, "--threshold", "0.9").exception
    assert isinstance(error, InvalidFile)
    assert "names nobody of" in str(error)


def test_a_target_that_cannot_be_shown_is_said(folder: Path) -> None:
    """Two non-mated searches support no FPIR of 1 in 100: no threshold is made up."""
    assert "cannot be shown with 2 non-mated searches" in str(run(folder, "--fpir", "0.01").exception)
