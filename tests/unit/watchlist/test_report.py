"""The report: the JSON document, the table, the contact sheet, and their files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from lfr_actors.errors import WatchlistError
from lfr_actors.messages import SubjectId
from lfr_actors.private_file import make_private_folder
from lfr_actors.records.contact_sheet import contact_sheet
from lfr_actors.vision.faces import Faces
from lfr_actors.watchlist.enrol import Enrolment, enrol
from lfr_actors.watchlist.report import (
    SIGNS,
    document,
    latest_report,
    load_report,
    rows_table,
    totals_table,
    write_report,
)
from lfr_actors.watchlist.rows import Row
from lfr_actors.watchlist.verdicts import Verdict
from tests.unit.watchlist.pictures import FakeDetector, FakeEmbedder, faces, save, texture

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def enrolment(tmp_path: Path) -> Enrolment:
    """Three subjects: one enrolled, one without a face, one missing, with a hostile id."""
    save(tmp_path / "0.png", texture(0))
    save(tmp_path / "1.png", texture(1))
    rows = [
        Row(line=line, subject_id=SubjectId(subject), image=image, path=tmp_path / image)
        for line, subject, image in ((2, "ada", "0.png"), (3, "bob", "1.png"), (4, HOSTILE, "none.png"))
    ]
    found = {0: faces((100, 100, 90), (20, 20, 30)), 1: Faces.none()}
    return enrol(rows, FakeDetector(found), FakeEmbedder(), pack="fake", thumbnails=True)


def text_of(*tables: object) -> str:
    """What a terminal of 100 columns shows."""
    console = Console(width=100, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(*tables)
    return capture.get()


def test_the_document_has_every_row_and_adds_up(enrolment: Enrolment) -> None:
    """Totals name every verdict and sum to the pictures; who is missing is named; it is plain JSON."""
    report = json.loads(json.dumps(document(enrolment, csv=Path("/lists/a.csv"), pack="fake")))
    assert report["schema"] == 1
    assert set(report["totals"]) == set(Verdict)
    assert sum(report["totals"].values()) == report["pictures"] == len(report["rows"]) == 3
    assert (report["subjects"], report["subjects_enrolled"], report["templates"]) == (3, 1, 1)
    assert report["subjects_missing"] == ["bob", HOSTILE]
    assert report["gallery_version"] == enrolment.gallery.version
    ada, bob, _ = report["rows"]
    assert (ada["verdict"], ada["enrolled"], ada["faces"]) == ("enrolled-with-warning", True, 2)
    assert ada["eye_distance_px"] == pytest.approx(28.3, abs=0.1)
    assert (bob["verdict"], bob["sharpness"], bob["quality_score"]) == ("no-face", None, None)


def test_the_document_holds_no_picture_and_no_template(enrolment: Enrolment) -> None:
    """Numbers and words only: nothing in it is biometric data."""
    text = json.dumps(document(enrolment, csv=Path("a.csv"), pack="fake"))
    assert "thumbnail" not in text
    assert "vector" not in text
    assert len(text) < 4000


def test_the_table_shows_what_needs_a_look(enrolment: Enrolment) -> None:
    """Plain enrolments are left out unless asked for; verdicts have a sign and a word; markup is inert."""
    report = document(enrolment, csv=Path("a.csv"), pack="fake")
    report["rows"][0]["verdict"] = "enrolled"
    short, long = rows_table(report, every=False), rows_table(report, every=True)
    assert (short.row_count, long.row_count) == (2, 3)
    shown = text_of(short, totals_table(report))
    assert "∅ no-face: no face was found" in shown
    assert "✗ unreadable" in shown


def test_every_verdict_has_its_own_sign() -> None:
    """Colour is never the only mark."""
    assert set(SIGNS) == set(Verdict)
    assert len({sign for sign, _ in SIGNS.values()}) == len(Verdict)


def test_the_contact_sheet_is_one_page_that_asks_for_nothing(enrolment: Enrolment) -> None:
    """Pictures are inside, nothing is fetched, ids are escaped, each verdict is a word, light and dark."""
    page = contact_sheet(enrolment, document(enrolment, csv=Path("a.csv"), pack="fake"))
    assert page.count("data:image/jpeg;base64,") == 2
    assert not re.search(r"(https?:)?//[a-z]", page)
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    for verdict in ("no-face", "unreadable", "enrolled-with-warning"):
        assert f'<span class="word">{verdict}</span>' in page
    assert page.count('class="mark main"') == 1
    assert page.count('class="mark"') == 1


def test_refusals_come_before_warnings(enrolment: Enrolment) -> None:
    """What must be mended is at the top of the page."""
    page = contact_sheet(enrolment, document(enrolment, csv=Path("a.csv"), pack="fake"))
    assert page.index("<h2>Refused") < page.index("<h2>Enrolled with a warning")


def test_reports_are_private_and_come_back(enrolment: Enrolment, tmp_path: Path) -> None:
    """Folder 0700, file 0600; what is written is what is read; the newest is found."""
    report = document(enrolment, csv=Path("a.csv"), pack="fake")
    folder = tmp_path / "reports" / "watchlist-1"
    make_private_folder(folder)
    write_report(report, folder / "report.json")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "report.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["report.json"]
    assert load_report(latest_report(tmp_path / "reports")) == report


def test_what_is_no_report_is_named(tmp_path: Path) -> None:
    """No report, a broken one and one of another schema each say so."""
    with pytest.raises(WatchlistError, match="no watchlist was built here"):
        latest_report(tmp_path)
    with pytest.raises(WatchlistError, match="no report here"):
        load_report(tmp_path / "report.json")
    for content, words in (("{", "not a report"), ('{"schema": 99}', "schema 1"), ("[]", "schema 1")):
        (tmp_path / "report.json").write_text(content)
        with pytest.raises(WatchlistError, match=words):
            load_report(tmp_path / "report.json")
