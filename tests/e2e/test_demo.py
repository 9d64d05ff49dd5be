"""The demo as a newcomer runs it: one command, on real Ray, offline."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from lfr_actors.vision.packs import LoadedPack

pytestmark = [pytest.mark.e2e, pytest.mark.cluster]
LFR = Path(sys.executable).parent / "lfr"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The JSON document of a short demo; its folder is named in it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    environment = {**os.environ, "LFR_HOME": str(home)}
    command = [str(LFR), "demo", "--seconds", "12", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_both_people_on_the_list_are_found_and_nobody_else(demo: dict[str, object]) -> None:
    """Each pass of a target has one alert inside it, there is no other alert, and no frame was dropped."""
    passes, alerts = demo["passes_of_targets"], demo["alerts_raised"]
    assert isinstance(passes, list)
    assert isinstance(alerts, list)
    assert len(passes) == len(alerts) == 2
    for walked in passes:
        own = [alert for alert in alerts if alert["subject_id"] == walked["subject_id"]]
        assert len(own) == 1
        assert walked["enter_s"] <= own[0]["media_time_s"] <= walked["leave_s"]
    assert demo["dropped"] == 0
    assert demo["frames"] == 12 * 25


def test_the_page_of_alerts_needs_nothing_else(demo: dict[str, object]) -> None:
    """Two cards with two pictures each, held in the page itself: no address is asked for anything."""
    page = (Path(str(demo["folder"])) / "alerts.html").read_text()
    assert page.count("<article>") == 2
    assert page.count("data:image/jpeg;base64,") == 4
    assert not re.search(r"(src|href)=[\"'](?!data:)|https?://", page)


def test_the_annotated_film_shows_nobody_but_alerts(demo: dict[str, object], open_pack: LoadedPack) -> None:
    """In frames before the first alert a detector finds faces in the film and none in the annotated one."""
    folder = Path(str(demo["folder"]))
    alerts = demo["alerts_raised"]
    assert isinstance(alerts, list)
    first_s = min(alert["media_time_s"] for alert in alerts)
    shown = {
        name: _faces(folder / name, open_pack, before_s=first_s - 0.2)
        for name in ("film.mp4", "annotated/high-street.mp4")
    }
    assert shown["film.mp4"] > 10
    assert shown["annotated/high-street.mp4"] <= 0.02 * shown["film.mp4"]


def _faces(film: Path, pack: LoadedPack, before_s: float) -> int:
    """Confident detections in every tenth frame up to a time."""
    found = 0
    with av.open(str(film)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if float(frame.time or 0) >= before_s:
                break
            if index % 10 == 0:
                faces = pack.detector.detect(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
                found += int((faces.scores > 0.6).sum())
    return found
