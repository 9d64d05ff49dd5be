"""Predicted false matches on the real open pack: when a list is built, when its report is shown, and on a check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import insightface
import pytest
import skimage.data
import typer
from typer.testing import CliRunner

from lfr_actors.cli import check, watchlist, watchlist_report
from lfr_actors.evaluation.reference_scores import REFERENCE_FILE, read_reference_scores

pytestmark = pytest.mark.e2e
IMAGES = Path(insightface.__file__).parent / "data" / "images"
DEPLOYMENT = """\
deployment: reference-test
location: Here
purposes: [warrant]
authority: {officer: O, reference: R, not_before: 2024-09-07T10:00:00+01:00, not_after: 2024-09-07T18:00:00+01:00}
watchlist: {csv: list.csv}
recognition: {pack: open, threshold: 0.95, accepted_rates: "drill"}
cameras: [{id: a, source: "rtsp://127.0.0.1/x"}]
"""

app = typer.Typer()
watchlist.register(app)
watchlist_report.register(app)
check.register(app)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A list of an astronaut, and a reference: an actor, the astronaut under another name, and a cup of coffee."""
    astronaut = skimage.data.astronaut()[..., ::-1]
    cv2.imwrite(str(tmp_path / "a.png"), astronaut)
    (tmp_path / "list.csv").write_text("subject_id,image,legal_basis\nA-1,a.png,warrant\n")
    (tmp_path / "d.yaml").write_text(DEPLOYMENT)
    reference = tmp_path / "reference"
    reference.mkdir()
    shutil.copy(IMAGES / "Tom_Hanks_54745.png", reference / "actor.png")
    cv2.imwrite(str(reference / "traveller.jpg"), astronaut[:300])
    cv2.imwrite(str(reference / "coffee.jpg"), skimage.data.coffee()[..., ::-1])
    return tmp_path


def test_a_reference_predicts_the_false_matches_of_a_list(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One stranger, one who is on the list after all, one without a face: said alike by build, report and check.

    Each keeps how the stranger scored, as a count, for the console.
    """
    monkeypatch.chdir(folder)
    for command in (
        ("watchlist", "build", "d.yaml"),
        ("watchlist", "report"),
        ("check", "d.yaml"),
    ):
        result = CliRunner().invoke(
            app, [*command, "--reference", "reference", "--faces", "1000", "--json", "--home", str(home)]
        )
        assert result.exit_code == 0, result.output
        prediction = json.loads(result.stdout)["prediction"]
        assert (prediction["fpir"]["hits"], prediction["fpir"]["trials"]) == (0, 1), command
        assert [one["person"] for one in prediction["left_out"]] == ["traveller"]
        assert (prediction["unusable"], prediction["faces"], prediction["subjects"]) == (1, 1000, 1)
        kept = read_reference_scores(home, "open")
        assert kept is not None
        assert (kept.searches, kept.subjects) == (1, 1)
        (home / REFERENCE_FILE).unlink()
