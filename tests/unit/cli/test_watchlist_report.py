"""What `lfr watchlist build` writes as its report, and what it retains of it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import typer

from lfr_actors.cli.watchlist_report import retain_report, show_report, write_reports
from lfr_actors.messages import SubjectId
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
from lfr_actors.store.elsewhere import ELSEWHERE
from lfr_actors.store.store import utc_now
from lfr_actors.watchlist.building import Built
from lfr_actors.watchlist.enrol import enrol
from lfr_actors.watchlist.rows import ListSource, Row
from lfr_actors.watchlist.thresholds import Thresholds
from tests.unit.watchlist.pictures import FakeDetector, FakeEmbedder, faces, save, texture


def test_only_the_report_is_erased_and_not_the_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--out` may name a folder with other things in it: they stay, the report goes after a day."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "mine"
    folder.mkdir()
    other, report, sheet = (folder / name for name in ("notes.txt", "report.json", "contact_sheet.html"))
    retain_report(home, "0f" * 16, report, sheet)
    for path in (other, report, sheet):
        path.write_text("marker")
    retain_report(home, "0f" * 16, report, sheet)
    with Store.open(home) as store:
        assert Eraser(store).catch_up().erased == ()
        later = utc_now() + dt.timedelta(hours=24)
        receipts = Eraser(store, clock=lambda: later, simulated=True).catch_up().erased
    assert [event.public["data_class"] for event in receipts] == ["watchlist", "watchlist"]
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.fixture
def built(tmp_path: Path) -> Built:
    """One who is on the list, one whose picture is missing."""
    save(tmp_path / "0.png", texture(0, colour=(60, 0, 0)))
    rows = tuple(
        Row(line=line, subject_id=SubjectId(subject), image=image, path=tmp_path / image)
        for line, subject, image in ((2, "ada", "0.png"), (3, "bob", "none.png"))
    )
    found = FakeDetector({0: faces((100, 100, 90))})
    enrolment = enrol(rows, found, FakeEmbedder(), built_at=utc_now(), pack="fake")
    return Built(source=ListSource(path=tmp_path, rows=rows), enrolment=enrolment, findings=())


def test_a_report_is_private_and_all_of_it_is_retained(
    home: Path, tmp_path: Path, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folder 0700, files 0600; a day later the product has erased every one of them."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "report"
    report = write_reports(home, built, folder, thresholds=Thresholds(default=0.5))
    files = sorted(path.name for path in folder.iterdir())
    assert files == ["contact_sheet.html", "look-alikes.csv", "pictures.csv", "report.json", "subjects.csv"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert json.loads((folder / "report.json").read_text()) == report
    with Store.open(home) as store:
        later = utc_now() + dt.timedelta(hours=24)
        Eraser(store, clock=lambda: later, simulated=True).catch_up()
    assert list(folder.iterdir()) == []


def test_who_is_missing_is_said_and_fails(
    home: Path, tmp_path: Path, built: Built, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 1, the document alone on stdout, the names of the missing on stderr."""
    report = write_reports(home, built, tmp_path / "report", thresholds=None)
    with pytest.raises(typer.Exit) as stopped:
        show_report(report, tmp_path / "report", every=False, as_json=True)
    assert stopped.value.exit_code == 1
    out, _ = capsys.readouterr()
    assert json.loads(out)["subjects_missing"] == ["bob"]
