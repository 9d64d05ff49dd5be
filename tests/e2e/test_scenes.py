"""Composed scenes from real portraits, end to end, on the open pack's detector."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from lfr_actors.cli import scenes
from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.scenes.cast import Cast
from lfr_actors.evaluation.scenes.compose import SceneFiles, compose_scene
from lfr_actors.evaluation.scenes.demo_cast import DEMO_SCENE, TARGETS, demo_cast
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.evaluation.scenes.street import paint_street
from lfr_actors.vision.models import Detector
from lfr_actors.vision.packs import load_pack

pytestmark = pytest.mark.e2e

BRIEF = SceneSettings(
    seconds=4, width=640, height=360, fps=10, face_px_min=44, face_px_max=80, speed_m_s=3.5, seed=3
)


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """The open pack's detector."""
    home = tmp_path_factory.mktemp("home")
    return load_pack("open", home=home, device="cpu", threads=1, parts="detector").detector


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory, detector: Detector) -> Cast:
    """The demo's cast."""
    return demo_cast(tmp_path_factory.mktemp("cast"), detector)


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory, cast: Cast, detector: Detector) -> SceneFiles:
    """A short scene of the demo's cast."""
    return compose_scene(cast, BRIEF, tmp_path_factory.mktemp("scene"), detector)


def _frames(film: Path) -> list[np.ndarray]:
    with av.open(str(film)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def test_film_truth_and_list_agree(cast: Cast, composed: SceneFiles) -> None:
    """The film has the frames asked for; truth and watchlist name the cast and nobody else."""
    with av.open(str(composed.film)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (640, 360, 10)
    assert len(_frames(composed.film)) == BRIEF.frames
    truth = json.loads(composed.truth.read_text())
    rows = list(csv.DictReader(composed.watchlist.read_text().splitlines()))
    assert {row["subject_id"] for row in rows} == {one.subject_id for one in cast.listed}
    assert all((composed.watchlist.parent / row["image"]).is_file() for row in rows)
    assert len(truth) == len(cast.walkers)
    assert {row["identity"] for row in truth if row["target"]} == set(TARGETS)
    for row in truth:
        assert row["target"] == (row["subject_id"] is not None) == row["photograph_is_enrolled"]
    assert composed.note is not None


def test_faces_are_found_where_the_truth_says(composed: SceneFiles, detector: Detector) -> None:
    """The detector finds most faces at the moment when the truth calls them largest."""
    frames = _frames(composed.film)
    found = 0
    seen = [one for one in composed.sightings if one.largest_at_s is not None and one.largest_px > 50]
    for one in seen:
        assert one.largest_at_s is not None
        widths = np.diff(
            detector.detect(frames[round(one.largest_at_s * BRIEF.fps)]).boxes[:, [0, 2]], axis=1
        )
        found += bool((np.abs(widths / one.largest_px - 1) < 0.25).any())
    assert found >= 0.7 * len(seen) > 0


def test_the_same_seed_composes_the_same_scene(
    tmp_path: Path, cast: Cast, detector: Detector, composed: SceneFiles
) -> None:
    """Truth and watchlist are the same bytes, and the films the same frames."""
    again = compose_scene(cast, BRIEF, tmp_path / "again", detector)
    assert again.truth.read_bytes() == composed.truth.read_bytes()
    assert again.watchlist.read_bytes() == composed.watchlist.read_bytes()
    for one, other in zip(_frames(again.film), _frames(composed.film), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_empty_street_shows_no_faces(detector: Detector) -> None:
    """The detector sees nobody in the painted places."""
    for seed in range(4):
        street = paint_street(SceneSettings(), np.random.default_rng([seed, 2]))
        assert not (detector.detect(street.picture).scores > 0.4).any(), (
            f"a face in the street of seed {seed}"
        )


def test_the_demo_scene_fits_its_cast(cast: Cast) -> None:
    """Two people are on the list and pass once; the others pass ten times; the film is short."""
    assert len(cast.targets) == 2
    assert len(cast.passers) == 10
    assert DEMO_SCENE.seconds <= 30
    assert cast.same_photograph


def test_the_command_composes_and_refuses(tmp_path: Path, cast: Cast) -> None:
    """`lfr scenes compose` prints one JSON document, and refuses a full folder or too few people."""
    faces = tmp_path / "faces"
    faces.mkdir()
    for number, walker in enumerate(dict.fromkeys(one.filmed for one in cast.walkers)):
        (faces / f"P{number}_0001.png").write_bytes(walker.read_bytes())
    (faces / "P0_0002.png").write_bytes(cast.targets[0].enrolled[0].read_bytes())
    app = typer.Typer()
    scenes.register(app)
    out = tmp_path / "out"
    words = f"scenes compose {faces} {out} --home {tmp_path / 'home'} --targets 1 --passers 2 --gallery 3"
    words += " --seconds 4 --width 640 --height 360 --fps 10 --face-px 44-80 --speed 3.5"
    result = CliRunner().invoke(app, [*words.split(), "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["passes"], document["targets"], document["gallery"]) == (3, 1, 3)
    assert len(json.loads((out / "truth.json").read_text())) == 3

    again = CliRunner().invoke(app, words.split())
    assert isinstance(again.exception, InvalidFile)
    assert "--overwrite" in str(again.exception)
    crowd = CliRunner().invoke(app, [*words.split(), "--overwrite", "--passers", "50"])
    assert isinstance(crowd.exception, InvalidFile)
    assert "53 people are needed" in str(crowd.exception)
    assert (out / "film.mp4").is_file(), "a scene is not touched before the new one can be made"
    wrong = CliRunner().invoke(app, [*words.split(), "--overwrite", "--face-px", "big"])
    assert wrong.exit_code == 2
