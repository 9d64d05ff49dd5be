"""The deployment files that come with the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.delivery.secrets import SharedSecret
from lfr_actors.retention.policy import DataClass, SitePolicy, policy_for
from lfr_actors.spec import load_deployment

FOLDER = Path(__file__).resolve().parents[3] / "deployments"
FILES = sorted(FOLDER.glob("*-20??-??-??.yaml"))
SECRET = SharedSecret(key=b"hidden" * 6)
ENVIRONMENT = {
    "LFR_CAMERA_1": "rtsp://user:hidden@10.0.0.7/stream",
    "LFR_CAMERA_2": "file:film.mp4",
    "LFR_CAMERA_USER": "viewer",
    "LFR_CAMERA_PASSWORD": "hidden/@#",
    "LFR_CAMERA_1_HOST": "10.0.0.7",
    "LFR_CAMERA_2_HOST": "camera.local:554",
    "LFR_WEBHOOK_SECRET": SECRET.text,
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_deployment_loads(file: Path) -> None:
    """Each file is right once addresses and secret are set; its name, its id and its day agree."""
    deployment = load_deployment(file, ENVIRONMENT)
    assert deployment.deployment == file.stem
    assert file.stem.endswith(deployment.authority.not_before.date().isoformat())
    assert deployment.watchlist.csv == FOLDER / file.stem / "watchlist.csv"
    assert "hidden" not in repr(deployment)
    assert SECRET.text not in repr(deployment)


def test_the_known_deployments_are_all_there() -> None:
    """Wrexham; Southend and Chelmsford; London; Croydon; the four of Northamptonshire as one operation."""
    deployments = [load_deployment(file, ENVIRONMENT) for file in FILES]
    assert len({deployment.deployment for deployment in deployments}) == len(deployments) == 9
    operations = [deployment.operation for deployment in deployments if deployment.operation]
    assert sorted(operations) == ["essex-2023-10"] * 2 + ["northamptonshire-2024-11"] * 4


def test_wrexham_keeps_what_was_announced() -> None:
    """Alerts 24 hours, footage 31 days and on its cameras, the list not beyond the end, others one second."""
    wrexham = load_deployment(FOLDER / "wrexham-2024-09-07.yaml", ENVIRONMENT)
    erased = {row.data_class: row.erased for row in policy_for(wrexham.retention, SitePolicy()).table()}
    assert erased[DataClass.ALERT] == "24 hours after the end of the deployment"
    assert erased[DataClass.FALSE_ALERT] == "at once when a person decides that the alert is false"
    assert erased[DataClass.FOOTAGE] == "31 days after the end of the segment"
    assert erased[DataClass.WATCHLIST] == "at once at the end of the deployment"
    assert erased[DataClass.NON_MATCH] == "at most 1 second after the capture of the face"
    assert {camera.footage for camera in wrexham.cameras} == {"on"}


def test_two_deployments_show_how_alerts_are_decided_and_who_is_told() -> None:
    """Wrexham by two people in the console; London tells its control room the public part of events alone."""
    wrexham = load_deployment(FOLDER / "wrexham-2024-09-07.yaml", ENVIRONMENT)
    london = load_deployment(FOLDER / "london-2024-10-03.yaml", ENVIRONMENT)
    assert (wrexham.adjudication.two_person, london.adjudication.two_person) == (True, False)
    assert wrexham.console is not None
    assert london.console is not None
    (told,) = london.webhooks
    assert told.include == ()
    assert told.shown == "https://control-room.example.org/…"
