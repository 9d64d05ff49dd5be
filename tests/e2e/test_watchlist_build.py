"""`lfr watchlist` on the real open pack and pictures that dependencies ship."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import insightface
import numpy as np
import pytest
import skimage.data
import typer
from typer.testing import CliRunner, Result

from lfr_actors.cli import watchlist
from lfr_actors.errors import InvalidFile
from lfr_actors.vision.packs import load_pack
from lfr_actors.watchlist.enrol import enrol
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.rows import read_rows
from lfr_actors.watchlist.search import ExactSearch

pytestmark = pytest.mark.e2e
HANKS = Path(insightface.__file__).parent / "data" / "images" / "Tom_Hanks_54745.png"
GROUP = HANKS.with_name("t1.jpg")

app = typer.Typer()
watchlist.register(app)


@app.callback()
def _root() -> None:
    """Keeps `watchlist` a command of its own."""


@pytest.fixture(scope="module")
def pack_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the open pack is compiled once."""
    return tmp_path_factory.mktemp("home")


def lfr(home: Path, *arguments: str) -> Result:
    """Run `lfr watchlist` with this data folder."""
    return CliRunner().invoke(app, ["watchlist", *arguments, "--home", str(home)])


def write_csv(path: Path, rows: Sequence[tuple[str, object]]) -> Path:
    """A watchlist of (subject, picture)."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("subject_id", "image"), *rows])
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures: a woman whole, cropped tightly and mirrored; a group; a cup of coffee; a smear; a speck."""
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
    good = write_csv(folder / "list.csv", [("A", "astronaut.png"), ("A", "tight.png"), ("B", HANKS)])
    result = lfr(pack_home, "build", "--csv", str(good), "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert [row["verdict"] for row in report["rows"]] == ["enrolled"] * 3
    written = Path(report["folder"])
    assert written.parent == pack_home / "reports"
    assert written.name == f"watchlist-{report['gallery_version']}"
    assert written.stat().st_mode & 0o777 == 0o700
    assert (written / "contact_sheet.html").read_text().count("data:image/jpeg") == 3
    again = lfr(pack_home, "report", "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (0, report)


def test_each_bad_picture_has_its_verdict(pack_home: Path, folder: Path) -> None:
    """Real pictures reach every verdict; the subjects without a template are listed and the status is 1."""
    (folder / "copy.png").write_bytes((folder / "astronaut.png").read_bytes())
    rows = [
        ("A", "astronaut.png", "enrolled-with-warning"),
        ("B", HANKS, "enrolled"),
        ("C", GROUP, "several-faces"),
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
    "arguments",
    [(), ("deployment.yaml", "--csv", "list.csv"), ("deployment.yaml", "--pack", "open"), ("list.csv",)],
)
def test_wrong_usage_says_what_is_right(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Neither or both of FILE and --csv, options of the other, or a CSV for a FILE: status 2."""
    result = lfr(tmp_path, "build", *arguments)
    assert result.exit_code == 2
    assert "--csv" in result.stderr


def test_the_list_finds_its_people_in_other_pictures(pack_home: Path, folder: Path) -> None:
    """The gallery of the real pack, in pieces, finds a mirrored and dimmed picture of a subject first."""
    path = write_csv(folder / "list.csv", [("A", "astronaut.png"), ("B", HANKS)])
    pack = load_pack("open", home=pack_home, device="cpu", threads=1)
    gallery = enrol(read_rows(path), pack.detector, pack.embedder, pack="open").gallery
    probe = cv2.imread(str(folder / "astronaut.png"))[:, ::-1]
    cv2.imwrite(str(folder / "probe.png"), (probe * 0.7).astype(np.uint8))
    other = write_csv(folder / "probe.csv", [("probe", "probe.png")])
    template = enrol(read_rows(other), pack.detector, pack.embedder, pack="open").gallery.templates
    (result,) = ExactSearch(Gallery.assemble(gallery.chunks())).search(template, 2)
    best, second = result.candidates
    assert best.subject_id == "A"
    assert best.score > 0.97 > second.score
