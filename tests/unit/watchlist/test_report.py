"""The report: the JSON document, the tables, the page, the CSV files, and reading it again."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from lfr_actors.errors import WatchlistError
from lfr_actors.messages import SubjectId
from lfr_actors.records.contact_sheet import contact_sheet
from lfr_actors.records.score_plot import HEIGHT, WIDTH, score_plot
from lfr_actors.vision.faces import Faces
from lfr_actors.watchlist.building import Built
from lfr_actors.watchlist.enrol import Kept, enrol
from lfr_actors.watchlist.list_rules import check
from lfr_actors.watchlist.policy import ListPolicy, Occasion, entries_of_rows
from lfr_actors.watchlist.prediction import Prediction, predict
from lfr_actors.watchlist.report import SCHEMA, document, latest_report, load_report, measure_list, written
from lfr_actors.watchlist.report_csv import report_tables
from lfr_actors.watchlist.report_terminal import SIGNS, report_lines, rows_table
from lfr_actors.watchlist.rows import ListSource, Row
from lfr_actors.watchlist.thresholds import Thresholds
from lfr_actors.watchlist.verdicts import EnrolmentLimits, Verdict
from tests.unit.watchlist.pictures import FakeDetector, FakeEmbedder, faces, save, texture

HOSTILE = '<script>alert("x")</script>'
FORMULA = '=HYPERLINK("http://example.test")'
BUILT_AT = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
TINTS = {0: (60, 0, 0), 1: (0, 60, 0), 3: (60, 5, 30), 4: (60, 0, 0)}
THRESHOLDS = Thresholds(default=0.8)


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """Two who look alike, one of them with a bystander; one unlike; no face; no file; one person twice."""
    for seed in range(5):
        save(tmp_path / f"{seed}.png", texture(seed, colour=TINTS.get(seed, (0, 0, 0))))
    names = (
        (2, "ada", "0.png"),
        (3, FORMULA, "1.png"),
        (4, "bob", "2.png"),
        (5, "cid", "3.png"),
        (6, HOSTILE, "none.png"),
        (7, "dup", "4.png"),
    )
    rows = tuple(
        Row(line=line, subject_id=SubjectId(subject), image=image, path=tmp_path / image)
        for line, subject, image in names
    )
    alone = faces((100, 100, 90))
    found = {0: faces((100, 100, 90), (20, 20, 30)), 1: alone, 2: Faces.none(), 3: alone, 4: alone}
    enrolment = enrol(
        rows,
        FakeDetector(found),
        FakeEmbedder(),
        EnrolmentLimits(duplicate_score=0.99),
        built_at=BUILT_AT,
        pack="fake",
        kept=Kept(portraits=True, thumbnails=True),
    )
    policy, occasion = ListPolicy(max_subjects=3), Occasion(today=BUILT_AT.date())
    findings = check(policy, entries_of_rows(rows), occasion)
    source = ListSource(path=tmp_path / "list.csv", rows=rows, notes=("line 3: looks like a formula",))
    return Built(source=source, enrolment=enrolment, findings=findings)


def predicted(built: Built) -> Prediction:
    """Four strangers, of whom one is taken for ada and one is ada."""
    gallery = built.version.gallery(THRESHOLDS)
    ada = built.version.templates[[one.subject_id for one in built.version.pictures].index(SubjectId("ada"))]
    away = np.linalg.qr(np.stack([ada, *np.eye(3, dtype=np.float32)]).T)[0][:, 1]
    searches = [cosine * ada + np.sqrt(1 - cosine**2) * away for cosine in (0.95, 0.85, -0.5, -0.6)]
    return predict(gallery, ["herself", HOSTILE, "p", "q"], np.array(searches, np.float32))


def report_of(built: Built, *, with_prediction: bool = True) -> dict[str, Any]:
    """The document, as it comes back from JSON."""
    prediction = predicted(built) if with_prediction else None
    report = document(built, measure_list(built, THRESHOLDS), thresholds=THRESHOLDS, prediction=prediction)
    back: dict[str, Any] = json.loads(written(report))
    return back


def text_of(*parts: object) -> str:
    """What a terminal of 140 columns shows."""
    console = Console(width=140)
    with console.capture() as capture:
        for part in parts:
            console.print(part, markup=False)
    return capture.get()


def test_the_document_has_every_row_and_adds_up(built: Built) -> None:
    """Totals name every verdict and sum to the pictures; qualities to the subjects; who is missing is named."""
    report = report_of(built)
    assert report["schema"] == SCHEMA
    assert set(report["totals"]) == set(Verdict)
    assert sum(report["totals"].values()) == report["pictures"] == len(report["rows"]) == 6
    assert sum(report["qualities"].values()) == report["subjects"] == len(report["subject_rows"]) == 6
    assert report["subjects_enrolled"] == report["templates"] == 3
    assert report["subjects_missing"] == ["bob", HOSTILE, "dup"]
    assert (report["version"], report["built_at"]) == (built.version.version, BUILT_AT.isoformat())
    assert report["notes"] == ["line 3: looks like a formula"]
    ada, _, bob, *_ = report["rows"]
    assert (ada["verdict"], ada["enrolled"], ada["faces"]) == ("enrolled-with-warning", True, 2)
    assert ada["eye_distance_px"] == pytest.approx(28.3, abs=0.1)
    assert (bob["verdict"], bob["sharpness"], bob["quality_score"]) == ("no-face", None, None)


def test_every_rule_is_in_the_document(built: Built) -> None:
    """Broken or held or not: an auditor sees that it was asked."""
    rules = {rule["rule"]: rule["outcome"] for rule in report_of(built)["rules"]}
    assert len(rules) == len(built.findings) > 5
    assert (rules["max-subjects"], rules["expiry"]) == ("refused", "passed")


def test_look_alikes_are_pairs_with_their_pictures(built: Built) -> None:
    """Subject, line and picture of each side, the score and the threshold that it reaches."""
    likeness = report_of(built)["likeness"]
    assert (likeness["compared"], likeness["reaching"], likeness["knows_animals"]) == (3, 1, False)
    first = likeness["pairs"][0]
    assert {first["first"]: first["first_line"], first["second"]: first["second_line"]} == {
        "ada": 2,
        "cid": 5,
    }
    assert {first["first_image"], first["second_image"]} == {"0.png", "3.png"}
    assert (first["reaches"], first["threshold"]) == (True, pytest.approx(0.8))
    assert 0.8 < first["score"] < 0.99


def test_subjects_come_worst_first(built: Built) -> None:
    """Missing, then those who alert for another, then the rest."""
    rows = report_of(built)["subject_rows"]
    assert [row["verdict"] for row in rows[:3]] == ["missing"] * 3
    assert {row["subject_id"] for row in rows[3:5]} == {"ada", "cid"}
    assert rows[3]["reaching"] == 1
    assert rows[5]["subject_id"] == FORMULA


def test_the_document_holds_no_picture_and_no_template(built: Built) -> None:
    """Numbers and words only: nothing in it is biometric data."""
    text = written(report_of(built))
    assert len(text) < 16_000
    assert not re.search(r"[A-Za-z0-9+/]{120}", text)
    assert f"{float(built.version.templates[0, 0]):.6f}"[:7] not in text


def test_the_terminal_shows_what_needs_a_look(built: Built) -> None:
    """Refused before warned; plain enrolments only when asked for; a sign and a word; markup is inert."""
    report = report_of(built)
    short, long = rows_table(report, every=False), rows_table(report, every=True)
    assert (short.row_count, long.row_count) == (4, 6)
    shown = text_of(*report_lines(report, every=False))
    assert shown.index("∅ no-face: no face was found") < shown.index("! enrolled-with-warning")
    for words in (
        "✗ max-subjects",
        "1 reach a threshold",
        "predicted FPIR for 3 subjects: 33 % of searches",
        "herself scores 0.950 with subject ada",
        "line 3: looks like a formula",
        "too few subjects to say who is close to many others",
    ):
        assert words in shown
    assert "insufficient data" in text_of(*report_lines(report_of(built, with_prediction=False), every=False))


def test_every_verdict_has_its_own_sign() -> None:
    """Colour is never the only mark."""
    assert set(SIGNS) == set(Verdict)
    assert len({sign for sign, _ in SIGNS.values()}) == len(Verdict)


def test_the_page_is_one_file_that_asks_for_nothing(built: Built) -> None:
    """Pictures are inside, nothing is fetched, no script, ids are escaped, light and dark and paper."""
    page = contact_sheet(built, report_of(built))
    assert not re.search(r"(https?:)?//[a-z]", page.replace("http://example.test", ""))
    assert re.findall(r'(?:src|href)="(?!data:|#)', page) == []
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    for link in set(re.findall(r'href="#(\w+)"', page)):
        assert f'id="{link}"' in page


def test_the_page_shows_the_worst_first(built: Built) -> None:
    """Who is missing, broken rules, one person twice, look-alikes, false matches; refusals before warnings."""
    page = contact_sheet(built, report_of(built))
    headings = re.findall(r"<h2[^>]*>([^<]*?) *<", page)
    assert headings == [
        "Not on the list",
        "Rules of this site",
        "Refused as one person under two ids",
        "Who looks like whom",
        "Predicted false matches",
        "Who will cause false alerts",
        *(["Poor pictures only"] if "Poor pictures only" in headings else []),
        "Refused",
        "Enrolled with a warning",
        *headings[-1:],
    ]
    rules = re.findall(r'<span class="what">(.*?)</span>', page)
    assert rules[0] == "max subjects"


def test_look_alikes_stand_side_by_side(built: Built) -> None:
    """Two pictures and their score between them; a refused duplicate beside the one it is like."""
    page = contact_sheet(built, report_of(built))
    pairs = re.findall(r'<figure class="pair (\w+)">(.*?)</figure>', page, re.DOTALL)
    assert [kind for kind, _ in pairs] == ["double", "double", "none", "none"]
    for _, pair in pairs:
        assert pair.count("data:image/jpeg;base64,") == 2
    assert re.findall(r"<strong>(.*?)</strong>", pairs[0][1]) == ["dup", "ada"]
    assert set(re.findall(r"<strong>(.*?)</strong>", pairs[1][1])) == {"ada", "cid"}
    assert "threshold 0.800" in pairs[1][1]


def test_the_page_without_reference_or_threshold_says_so(built: Built) -> None:
    """Insufficient data, and never a zero."""
    report = document(built, measure_list(built, None), thresholds=None)
    page = contact_sheet(built, json.loads(written(report)))
    assert "Insufficient data" in page
    assert "No threshold was given" in page
    assert "<svg" not in page


def test_the_drawing_has_every_search_and_threshold(built: Built) -> None:
    """Bars inside the drawing, false matches within their bars, labels that do not overlap."""
    prediction = report_of(built)["prediction"]
    prediction["thresholds"] = [0.8, 0.805, 0.81]
    plot = score_plot(prediction)
    assert plot is not None
    assert sum(one["searches"] for one in prediction["histogram"]) == 3
    for bar in plot["bars"]:
        assert 0 <= bar["x"] <= bar["x"] + bar["width"] <= WIDTH
        assert 0 <= bar["y"] <= bar["false_y"] <= plot["floor"] < HEIGHT
    assert [line["label"] for line in plot["lines"]] == ["0.8", "0.805", "0.81"]
    assert plot["lines"][0]["y"] != plot["lines"][1]["y"]
    assert score_plot({**prediction, "histogram": []}) is None


def test_no_cell_of_the_csv_is_a_formula(built: Built) -> None:
    """A subject id that a spreadsheet would run is led by an apostrophe; rows are those of the document."""
    report = report_of(built)
    tables = {name: list(csv.reader(io.StringIO(text))) for name, text in report_tables(report).items()}
    assert {name: len(rows) - 1 for name, rows in tables.items()} == {
        "pictures.csv": 6,
        "subjects.csv": 6,
        "look-alikes.csv": 3,
    }
    cells = [cell for rows in tables.values() for row in rows for cell in row]
    assert f"'{FORMULA}" in cells
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


def test_a_list_of_nobody_has_a_report(tmp_path: Path) -> None:
    """Nobody could be enrolled: the page and the tables say it, and nothing is divided by nothing."""
    row = Row(line=2, subject_id=SubjectId("a"), image="none.png", path=tmp_path / "none.png")
    enrolment = enrol([row], FakeDetector({}), FakeEmbedder(), built_at=BUILT_AT, pack="fake")
    built = Built(source=ListSource(path=tmp_path, rows=(row,)), enrolment=enrolment, findings=())
    report = document(built, measure_list(built, THRESHOLDS), thresholds=THRESHOLDS)
    assert "Not on the list" in contact_sheet(built, report)
    assert "0 of 1 subjects on the list" in text_of(*report_lines(report, every=True))
    assert len(report_tables(report)["look-alikes.csv"].splitlines()) == 1


def test_a_written_report_comes_back(built: Built, tmp_path: Path) -> None:
    """What is written is what is read; the newest is found."""
    report = report_of(built)
    folder = tmp_path / "reports" / "watchlist-1"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(written(report))
    assert load_report(latest_report(tmp_path / "reports")) == report


def test_what_is_no_report_is_named(tmp_path: Path) -> None:
    """No report, a broken one and one of another schema each say so."""
    with pytest.raises(WatchlistError, match="no watchlist was built here"):
        latest_report(tmp_path)
    with pytest.raises(WatchlistError, match="no report here"):
        load_report(tmp_path / "report.json")
    for content, words in (("{", "not a report"), ('{"schema": 1}', "schema 2"), ("[]", "schema 2")):
        (tmp_path / "report.json").write_text(content)
        with pytest.raises(WatchlistError, match=words):
            load_report(tmp_path / "report.json")
