"""What `lfr watchlist build` retains of its report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lfr_actors.cli.watchlist import retain_report
from lfr_actors.retention.erasure import Eraser
from lfr_actors.store import Store
from lfr_actors.store.elsewhere import ELSEWHERE
from lfr_actors.store.store import utc_now


def test_only_the_report_is_erased_and_not_the_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--out` may name a folder with other things in it: they stay, the report goes after a day."""
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "mine"
    folder.mkdir()
    other, report, sheet = (folder / name for name in ("notes.txt", "report.json", "contact_sheet.html"))
    retain_report(home, report, sheet)
    for path in (other, report, sheet):
        path.write_text("marker")
    retain_report(home, report, sheet)
    with Store.open(home) as store:
        assert Eraser(store).catch_up().erased == ()
        later = utc_now() + dt.timedelta(hours=24)
        receipts = Eraser(store, clock=lambda: later, simulated=True).catch_up().erased
    assert [event.public["data_class"] for event in receipts] == ["watchlist", "watchlist"]
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
