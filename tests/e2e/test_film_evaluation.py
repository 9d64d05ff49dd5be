"""A composed film through the whole pipeline, and its alerts against the truth."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lfr_actors.evaluation.scenes.compose import compose_scene
from lfr_actors.evaluation.scenes.demo_cast import demo_cast
from lfr_actors.evaluation.scenes.settings import SceneSettings
from lfr_actors.vision.packs import LoadedPack

pytestmark = [pytest.mark.e2e, pytest.mark.cluster]
LFR = Path(sys.executable).parent / "lfr"
BRIEF = SceneSettings(
    seconds=4, width=640, height=360, fps=10, face_px_min=44, face_px_max=120, speed_m_s=3.5, seed=3
)


def test_a_composed_film_is_measured(tmp_path: Path, packs_home: Path, open_pack: LoadedPack) -> None:
    """Every pass and alert is in the document, counts agree with each other, and a page and plots are written."""
    cast = demo_cast(tmp_path / "people", open_pack.detector)
    scene = compose_scene(cast, BRIEF, tmp_path / "scene", open_pack.detector)
    words = ("--pack", "open", "--threshold", "0.9", "--confirm-hits", "1", "--out", str(tmp_path / "out"))
    ran = subprocess.run(
        [str(LFR), "evaluate", "film", str(scene.film), str(scene.truth), *words, "--json"],
        env={**os.environ, "LFR_HOME": str(packs_home)},
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert document["run"]["frames"] == BRIEF.frames
    with scene.watchlist.open() as file:
        people = {row["subject_id"] for row in csv.DictReader(file)}
    assert document["run"]["subjects"] + document["run"]["subjects_missing"] == len(people)
    passes, alerts = document["passes"], document["alerts"]
    assert passes["total"] == len(cast.walkers)
    assert passes["recognised"] + passes["missed"] + passes["in_cooldown"] <= len(cast.targets)
    assert alerts["total"] == alerts["right"] + alerts["repeated"] + alerts["false"]
    assert passes["recognised"] == alerts["right"] > 0
    assert document["tpir"]["hits"] == passes["recognised"]
    assert any("says nothing about its accuracy" in note for note in document["notes"])
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"film.json", "film.html", "timeline.svg", "by-size-speed-crowding.png"} <= written
    assert json.loads((tmp_path / "out" / "film.json").read_text()) == document
    assert not any(who in ran.stdout for who in people)
