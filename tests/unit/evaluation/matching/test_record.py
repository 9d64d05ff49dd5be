"""What was measured is on disk as it comes, and is taken up again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.evaluation.matching.record import Record
from lfr_actors.evaluation.matching.setting import BenchSettings, machine

SETTINGS = BenchSettings.quick()


def test_every_result_is_on_disk_before_the_next_is_measured(tmp_path: Path) -> None:
    """A part that was completed is there for the next run; one that was only begun is measured anew."""
    path = tmp_path / "bench.json"
    record = Record.open(SETTINGS, machine(), path)
    record.begin(128, "actor")
    record.put(128, "actor", "timings", {"actor": 1})
    record.complete(128, "actor")
    record.begin(128, "kill")
    record.put(128, "kill", "shards", {"templates": 8})
    assert json.loads(path.read_text())["dims"]["128"]["kill"] == {"shards": {"templates": 8}}
    again = Record.open(SETTINGS, machine(), path)
    assert again.part(128, "actor") == {"timings": {"actor": 1}, "done": True}
    assert again.part(128, "kill") is None
    assert again.part(512, "actor") is None
    again.begin(128, "kill")
    assert again.document["dims"]["128"]["kill"] == {}


def test_results_of_other_sizes_are_not_mixed(tmp_path: Path) -> None:
    """A file of other settings, and one that is something else, are refused by name."""
    path = tmp_path / "bench.json"
    Record.open(SETTINGS, machine(), path).complete(128, "actor")
    with pytest.raises(InvalidFile, match="other sizes"):
        Record.open(BenchSettings(), machine(), path)
    path.write_text("templates: 3")
    with pytest.raises(InvalidFile, match=r"bench\.json"):
        Record.open(SETTINGS, machine(), path)


def test_without_a_file_nothing_is_written() -> None:
    """The document is in memory only."""
    record = Record.open(SETTINGS, machine(), None)
    record.complete(128, "actor")
    assert record.part(128, "actor") == {"done": True}
