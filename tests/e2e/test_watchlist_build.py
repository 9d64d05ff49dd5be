"""`lfr watchlist` on the real open pack and pictures that dependencies ship."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import insightface
import numpy as np
import pytest
import skimage.data
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import watchlist, watchlist_report
from lfr_actors.errors import InvalidFile
from lfr_actors.store import Store
from lfr_actors.store.elsewhere import ELSEWHERE
from lfr_actors.store.watchlists import find_version, open_version, versions
from lfr_actors.vision.packs import load_pack
from lfr_actors.watchlist.enrol import enrol
from lfr_actors.watchlist.rows import read_rows
from lfr_actors.watchlist.search import ExactSearch
from lfr_actors.watchlist.thresholds import Thresholds

pytestmark = pytest.mark.e2e
HANKS = Path(insightface.__file__).parent / "data" / "images" / "Tom_Hanks_54745.png"
GROUP = HANKS.with_name("t1.jpg")

app = typer.Typer()
watchlist.register(app)
watchlist_report.register(app)


@app.callback()
def _root() -> None:
    """Keeps `watchlist` a command of its own."""


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No database but the test's."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def pack_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the open pack is compiled once."""
    return tmp_path_factory.mktemp("home")


def lfr(home: Path, *arguments: str) -> Result:
    """Run `lfr watchlist` with this data folder."""
    return CliRunner().invoke(app, ["watchlist", *arguments, "--home", str(home)])


def write_csv(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    """A watchlist of (subject, picture)."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("subject_id", "image"), *rows])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures: a woman whole and cropped tightly; a man; a group; a cup of coffee; a smear; a speck."""
    shutil.copyfile(HANKS, tmp_path / "hanks.png")
    shutil.copyfile(GROUP, tmp_path / "group.jpg")
    astronaut = skimage.data.astronaut()[..., ::-1]
    cv2.imwrite(str(tmp_path / "astronaut.png"), astronaut)
    cv2.imwrite(str(tmp_path / "tight.png"), astronaut[70:190, 175:275])
    cv2.imwrite(str(tmp_path / "coffee.jpg"), skimage.data.coffee()[..., ::-1])
    hanks = cv2.imread(str(HANKS))
    cv2.imwrite(str(tmp_path / "blurred.jpg"), cv2.GaussianBlur(hanks, (0, 0), 0.12 * hanks.shape[1] / 3))
    cv2.imwrite(str(tmp_path / "small.png"), cv2.resize(hanks, (40, 40), interpolation=cv2.INTER_AREA))
    return tmp_path


def test_a_good_list_is_built_and_shown_again(pack_home: Path, folder: Path) -> None:
    """Everybody enrolled: status 0, a private report with its contact sheet, and the same report again."""
    good = write_csv(folder / "list.csv", [("A", "astronaut.png"), ("A", "tight.png"), ("B", "hanks.png")])
    result = lfr(pack_home, "build", "--csv", str(good), "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert [row["verdict"] for row in report["rows"]] == ["enrolled"] * 3
    written = Path(report["folder"])
    assert written.parent == pack_home / "reports"
    assert written.name == f"watchlist-{report['version']}"
    assert written.stat().st_mode & 0o777 == 0o700
    assert (written / "contact_sheet.html").read_text().count("data:image/jpeg") >= 3
    with Store.open(pack_home) as store:
        row = versions(store)[-1]
        version = open_version(store, find_version(store, report["version"]))
    assert row.sealed.root == report["sealed"]["root"]
    assert all(picture.portrait_jpeg for picture in version.pictures)
    again = lfr(pack_home, "report", "--json")
    shown = json.loads(again.stdout)
    assert again.exit_code == 0
    assert shown == {key: value for key, value in report.items() if key != "sealed"}


def test_each_bad_picture_has_its_verdict(pack_home: Path, folder: Path) -> None:
    """Real pictures reach every verdict; the subjects without a template are listed and the status is 1."""
    (folder / "copy.png").write_bytes((folder / "astronaut.png").read_bytes())
    rows = [
        ("A", "astronaut.png", "enrolled-with-warning"),
        ("B", "hanks.png", "enrolled"),
        ("C", "group.jpg", "several-faces"),
        ("D", "coffee.jpg", "no-face"),
        ("E", "blurred.jpg", "too-blurred"),
        ("F", "small.png", "too-small"),
        ("G", "missing.png", "unreadable"),
        ("H", "copy.png", "duplicate-of-another-subject"),
    ]
    bad = write_csv(folder / "list.csv", [row[:2] for row in rows])
    result = lfr(pack_home, "build", "--csv", str(bad), "--out", str(folder / "out"), "--json")
    report = json.loads(result.stdout)
    assert [row["verdict"] for row in report["rows"]] == [row[2] for row in rows]
    assert (result.exit_code, report["subjects_missing"]) == (1, list("CDEFGH"))
    shown = lfr(pack_home, "report", str(folder / "out"))
    assert shown.exit_code == 1
    assert "2 of 8 subjects on the list" in shown.stdout
    assert "C, D, E, F, G, H" in shown.stderr


def test_an_invalid_list_is_told_before_any_model_is_loaded(tmp_path: Path) -> None:
    """Mistakes of the CSV come as `InvalidFile`, and nothing is written."""
    bad = write_csv(tmp_path / "list.csv", [("", "a.jpg"), ("A", "")])
    result = lfr(tmp_path / "home", "build", "--csv", str(bad))
    assert isinstance(result.exception, InvalidFile)
    assert len(result.exception.problems) == 2
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--csv"),
        (("deployment.yaml", "--csv", "list.csv"), "--csv"),
        (("deployment.yaml", "--pack", "open"), "has its own pack"),
        (("list.csv",), "--csv"),
    ],
)
def test_wrong_usage_says_what_is_right(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """Neither or both of FILE and --csv, options of the other, or a CSV for a FILE: status 2."""
    result = lfr(tmp_path, "build", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_the_list_finds_its_people_in_other_pictures(pack_home: Path, folder: Path) -> None:
    """The list on the real pack finds a mirrored and dimmed picture of a subject first, by its threshold."""
    path = write_csv(folder / "list.csv", [("A", "astronaut.png"), ("B", "hanks.png")])
    pack = load_pack("open", home=pack_home, device="cpu", threads=1)
    now = dt.datetime.now(dt.UTC)
    listed = enrol(read_rows(path), pack.detector, pack.embedder, built_at=now, pack="open").version
    probe = cv2.imread(str(folder / "astronaut.png"))[:, ::-1]
    cv2.imwrite(str(folder / "probe.png"), (probe * 0.7).astype(np.uint8))
    other = write_csv(folder / "probe.csv", [("probe", "probe.png")])
    template = enrol(read_rows(other), pack.detector, pack.embedder, built_at=now).version.templates
    gallery = listed.gallery(Thresholds(default=0.97))
    (result,) = ExactSearch(gallery).search(template, 2)
    best, second = result.candidates
    assert (best.subject_id, best.reached) == ("A", True)
    assert (second.subject_id, second.reached) == ("B", False)


def test_a_folder_is_a_list_and_can_be_chosen_from(pack_home: Path, tmp_path: Path) -> None:
    """Pictures in folders are enrolled with the facts given once; of the sealed list some become another."""
    for name, picture in (("ann", skimage.data.astronaut()[..., ::-1]), ("tom", cv2.imread(str(HANKS)))):
        (tmp_path / "faces" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "faces" / name / "1.png"), picture)
    facts = ("--category", "warrant", "--priority", "red", "--legal-basis", "court warrant")
    built = lfr(pack_home, "build", "--folder", str(tmp_path / "faces"), *facts, "--json")
    assert built.exit_code == 0, built.output
    name = json.loads(built.stdout)["version"]
    chosen = lfr(pack_home, "build", "--from", name, "--where", "subject_id=tom", "--json")
    with Store.open(pack_home) as store:
        version = open_version(store, find_version(store, json.loads(chosen.stdout)["version"]))
    (only,) = version.subjects
    assert (only.subject_id, only.category, only.priority, only.legal_basis) == (
        "tom", "warrant", "red", "court warrant",
    )  # fmt: skip
