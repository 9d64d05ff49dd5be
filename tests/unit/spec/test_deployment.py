"""What a deployment file means once it is right."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

from lfr_actors.spec.authority import window_state
from lfr_actors.spec.camera import check_polygon
from lfr_actors.spec.deployment import Camera, Deployment, Retention
from lfr_actors.spec.recognition import resolve_pack

from .conftest import RIGHT, Load

FULL = (
    RIGHT.replace(
        "0.955\n", "0.955\n  confirm: {hits: 3, within: 500ms}\n  accepted_rates: ACC A. Example, R/1\n"
    )
    + """\
    pace: max
    zone: [[0, .3], [1, .3], [1, 1], [0, 1]]
  - {id: station, source: "rtsp://${CAM_USER}:${CAM_PASSWORD}@10.0.0.7/stream", footage: on}
  - {id: desk, source: "device:1", footage: alerts-only}
operation: matchday
force: North Wales Police
provider: South Wales Police
retention: {alerts: 12h, footage: 14d, watchlist: 2h, non_match: 500ms}
webhooks:
  - name: c2
    url: "https://example.org/hook?token=hidden-token"
    secret: whsec_hiddenAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    events: [alert.raised]
    include: [subject, pictures]
console: {port: 8440}
resources: {embedders: 2, matcher_shards: 3}
"""
)
ENVIRONMENT = {"CAM_USER": "hidden-user", "CAM_PASSWORD": "hidden/p@ss#word"}


def test_the_smallest_file_has_the_defaults(load: Load, tmp_path: Path) -> None:
    """What need not be written has the values of the design."""
    deployment = load()
    recognition, camera = deployment.recognition, deployment.cameras[0]
    assert (recognition.confirm.hits, recognition.confirm.within) == (2, dt.timedelta(seconds=1))
    assert (recognition.cooldown, recognition.min_face_px) == (dt.timedelta(minutes=1), 24)
    assert (recognition.device, recognition.detector_long_side_px) == ("auto", 640)
    assert (camera.pace, camera.zone, camera.footage) == ("realtime", None, "off")
    retention = deployment.retention
    assert (retention.alerts, retention.footage) == (dt.timedelta(hours=24), dt.timedelta(days=31))
    assert (retention.watchlist, retention.non_match) == (dt.timedelta(0), dt.timedelta(seconds=1))
    assert not deployment.watchlist.erase_source
    assert (deployment.webhooks, deployment.console, deployment.resources.embedders) == ((), None, 1)
    assert not deployment.is_live
    assert deployment.watchlist.csv == tmp_path / "list" / "watchlist.csv"
    assert camera.source.location == str(tmp_path / "bridge-street.mp4")


def test_the_fullest_file_means_what_it_says(load: Load) -> None:
    """Every key of the design is read."""
    deployment = load(FULL, ENVIRONMENT)
    film, station, desk = deployment.cameras
    assert film.zone == ((0, 0.3), (1, 0.3), (1, 1), (0, 1))
    assert film.pace == "max"
    assert station.source.location == "rtsp://hidden-user:hidden%2Fp%40ss%23word@10.0.0.7/stream"
    assert (station.footage, desk.footage) == ("on", "alerts-only")
    assert deployment.recognition.confirm.within == dt.timedelta(milliseconds=500)
    assert deployment.retention == Retention(
        alerts=dt.timedelta(hours=12),
        footage=dt.timedelta(days=14),
        watchlist=dt.timedelta(hours=2),
        non_match=dt.timedelta(milliseconds=500),
    )
    assert deployment.is_live


@pytest.mark.parametrize(
    ("written", "footage"),
    [
        ("on", "on"),
        ("off", "off"),
        ("true", "on"),
        ("No", "off"),
        ("'on'", "on"),
        ("alerts-only", "alerts-only"),
    ],
)
def test_on_and_off_are_words_or_booleans(load: Load, written: str, footage: str) -> None:
    """YAML 1.1 and 1.2 disagree on what on and off are; here they agree."""
    assert load(RIGHT + f"    footage: {written}\n").cameras[0].footage == footage
    assert Camera.model_validate({"id": "a", "source": "device:0", "footage": footage == "on"}).footage in (
        "on",
        "off",
    )


def test_a_text_that_looks_like_a_number_stays_text(load: Load) -> None:
    """An id of digits and a reference that is a year are taken as they are written."""
    deployment = load(RIGHT.replace("wrexham-2024-09-07", "007").replace("LFR/2024/031", "2024.10"))
    assert (deployment.deployment, deployment.authority.reference) == ("007", "2024.10")


def test_a_deployment_travels(load: Load) -> None:
    """A deployment survives pickling with its passwords and its lines, and cannot be changed."""
    deployment = load(FULL, ENVIRONMENT)
    arrived = pickle.loads(pickle.dumps(deployment))
    assert arrived == deployment
    assert arrived.cameras[1].source.location == deployment.cameras[1].source.location
    assert arrived.line_of("cameras", 1, "source") == deployment.line_of("cameras", 1, "source") == 20
    with pytest.raises(ValidationError):
        deployment.location = "elsewhere"


def test_no_secret_is_shown(load: Load) -> None:
    """Neither text nor JSON of a deployment, nor its notices, hold a password, a token or a secret."""
    deployment = load(FULL, ENVIRONMENT)
    said = [repr(deployment), str(deployment), deployment.model_dump_json(), repr(deployment.model_dump())]
    assert "hidden" not in "".join([*said, *deployment.notices()])
    assert "rtsp://10.0.0.7/stream" in said[0]


def test_the_digest_says_what_ran_and_no_secret(load: Load) -> None:
    """The digest changes with what is said, and not with passwords or the way a moment is written."""
    digest = load(FULL, ENVIRONMENT).digest
    assert digest == load(FULL, ENVIRONMENT | {"CAM_PASSWORD": "other"}).digest
    assert digest == load(FULL.replace("T10:00:00+01:00", "T09:00:00Z"), ENVIRONMENT).digest
    assert digest == load(FULL.replace("whsec_hidden", "whsec_others"), ENVIRONMENT).digest
    assert digest != load(FULL.replace("0.955", "0.954"), ENVIRONMENT).digest
    assert len(bytes.fromhex(digest)) == 32


def test_the_window_includes_its_first_moment_only(load: Load) -> None:
    """A window is open from its first moment until just before its last."""
    authority = load().authority
    instant = dt.timedelta(microseconds=1)
    begin, end = authority.not_before, authority.not_after
    states = [window_state(authority, moment) for moment in (begin - instant, begin, end - instant, end)]
    assert states == ["before", "open", "open", "after"]
    assert window_state(authority, dt.datetime(2024, 9, 7, 9, 30, tzinfo=dt.UTC)) == "open"


def test_notices_tell_who_outside_hears_more_than_numbers(load: Load) -> None:
    """A webhook that is told whom an alert is about is said; one that wants pictures needs a console for them."""
    notices = "\n".join(load(FULL, ENVIRONMENT).notices())
    assert (
        "the webhook c2 (https://example.org/…) is told who an alert may be and links to its pictures"
        in notices
    )
    assert "wants pictures" not in notices
    alone = FULL.replace("console: {port: 8440}\n", "")
    assert any(
        "c2 wants pictures, which only the console" in each for each in load(alone, ENVIRONMENT).notices()
    )
    assert not any("webhook" in notice for notice in load().notices())


def test_footage_is_said_camera_by_camera(load: Load) -> None:
    """Whoever asks for footage of everybody reads which camera records it, when, and for how long."""
    said = [notice for notice in load(FULL, ENVIRONMENT).notices() if "footage" in notice]
    station, desk = said
    assert station.startswith("camera station records footage of everybody it sees, sealed")
    assert desk.startswith("camera desk records footage of everybody it sees around an alert")
    assert all("kept for 14 days at most" in notice for notice in said)


@pytest.mark.parametrize(
    ("written", "erased"),
    [("true", True), ("yes", True), ("on", True), ("false", False), ("'off'", False)],
)
def test_what_becomes_of_the_lists_own_files_is_said(load: Load, written: str, erased: bool) -> None:
    """The list's CSV and pictures are either left to their owner or erased: both are said before it happens."""
    text = RIGHT.replace("watchlist.csv}", f"watchlist.csv, erase_source: {written}}}")
    deployment = load(text)
    assert deployment.watchlist.erase_source is erased
    (notice,) = deployment.notices()
    assert "watchlist.csv and the pictures it names" in notice
    assert ("are erased at the end" in notice, "are not erased by it" in notice) == (erased, not erased)


def test_a_list_may_be_a_version_that_was_sealed(load: Load) -> None:
    """It is named by the beginning of its name; it has no files of its own, and what is authorised is said."""
    sealed = "{version: ' AB12cd', under_18_authority: 'Supt, A. Example, 7/24'}"
    deployment = load(RIGHT.replace("{csv: list/watchlist.csv}", sealed))
    assert (deployment.watchlist.version, deployment.watchlist.csv) == ("ab12cd", None)
    (notice,) = deployment.notices()
    assert notice == "people under 18 may be on the list, on the authority of Supt, A. Example, 7/24"


def test_the_open_pack_on_a_live_camera_needs_a_signature(load: Load) -> None:
    """The open pack on films needs nothing; on live cameras it says who accepted it, if anybody."""
    live = RIGHT.replace("file:bridge-street.mp4", "device:0")
    accepted = live.replace("0.955\n", "0.955\n  accepted_rates: ACC A. Example\n")
    assert any("not fit for a live deployment" in notice for notice in load(live).notices())
    assert any("accepted: ACC A. Example" in notice for notice in load(accepted).notices())
    assert not any("open pack" in notice for notice in load().notices())


@pytest.mark.parametrize(
    ("pack", "resolved"),
    [
        ("open", "open"),
        ("insightface:buffalo_l", "insightface:buffalo_l"),
        ("insightface:../packs/x", "insightface:/packs/x"),
        ("insightface:/packs/x", "insightface:/packs/x"),
        ("yunet+open", "yunet+open"),
        ("yunet+insightface:./x", "yunet+insightface:/site/x"),
        ("yunet:models/y.onnx+open", "yunet:/site/models/y.onnx+open"),
        ("./own", "/site/own"),
        ("packs/own/", "/site/packs/own"),
    ],
)
def test_packs_are_relative_to_the_file(pack: str, resolved: str) -> None:
    """A folder in a pack's name starts from the deployment file's folder; names stay names."""
    assert resolve_pack(pack, Path("/site")) == resolved


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(0, 0), (1, 1)], "has 2 points"),
        ([(0, 0), (1, 0), (1, 1), (0, 0)], "leave the last point out"),
        ([(0, 0), (1, 0), (1, 1), (1, 0)], "the same point twice"),
        ([(0, 0), (1, 1), (1, 0), (0, 1)], "crosses itself"),
        ([(0, 0), (0.5, 0), (1, 0)], "crosses itself"),
        ([(0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)], "crosses itself"),
        ([(0, 0), (1, 0), (0.5, 0), (0.5, 1)], "crosses itself"),
        ([(x / 100, (x % 2) / 2) for x in range(65)], "has 65 points"),
    ],
)
def test_a_zone_must_be_a_simple_polygon(points: list[tuple[float, float]], words: str) -> None:
    """Too few points, repeated points, edges that cross, touch or fold back are refused."""
    with pytest.raises(ValueError, match=words):
        check_polygon(tuple(points))


@pytest.mark.parametrize(
    "points",
    [
        [(0, 0), (1, 0), (0, 1)],
        [(0, 0), (0, 1), (1, 1), (1, 0)],
        [(0, 0), (1, 0), (1, 1), (0.5, 0.5), (0, 1)],
        [(0, 0), (0.5, 0), (1, 0), (1, 1)],
    ],
)
def test_simple_polygons_are_zones(points: list[tuple[float, float]]) -> None:
    """Either direction, hollows and a point in the middle of an edge are fine."""
    assert check_polygon(tuple(points)) == tuple(points)


def test_a_deployment_may_be_made_without_a_file() -> None:
    """Plain Python values make the same deployment; it has no lines."""
    deployment = Deployment.model_validate(
        {
            "deployment": "drill",
            "location": "yard",
            "purposes": ["warrant"],
            "authority": {
                "officer": "o",
                "reference": "r",
                "not_before": dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
                "not_after": dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
            },
            "watchlist": {"csv": "/list.csv"},
            "recognition": {"pack": "open", "threshold": 1, "cooldown": dt.timedelta(seconds=5)},
            "cameras": [{"id": "a", "source": "device:0"}],
        }
    )
    assert deployment.line_of("cameras") is None
    assert deployment.recognition.cooldown == dt.timedelta(seconds=5)


def test_two_cameras_of_one_id_are_refused_without_a_file_too() -> None:
    """The rule belongs to the deployment, not only to its file."""
    camera = {"id": "a", "source": "device:0"}
    with pytest.raises(ValidationError, match="two cameras have the same id"):
        Deployment.model_validate({"cameras": [camera, camera]})
