"""The log as a file: everything is in it as it was written, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lfr_actors.errors import ChainBroken, InvalidFile
from lfr_actors.events.chain import Head, verify
from lfr_actors.events.exported import export_log, exported_events, exported_head
from tests.unit.events.samples import log_of


def written(path: Path) -> Path:
    """An exported log of every kind of event."""
    log = log_of()
    export_log(path, log, Head(seq=len(log), hash=log[-1].hash))
    return path


def test_what_was_written_is_read_again_and_verifies(tmp_path: Path) -> None:
    """Every text and sealed part is as it stood in the log; only its owner may read the file."""
    path = written(tmp_path / "log.jsonl")
    assert list(exported_events(path)) == log_of()
    assert verify(exported_events(path), exported_head(path)).events == len(log_of())
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.jsonl"]


def test_events_written_after_the_head_are_not_in_it(tmp_path: Path) -> None:
    """The file is the log as it stood, also while it grows."""
    log = log_of()
    told: list[int] = []
    assert export_log(tmp_path / "l", log, Head(seq=5, hash=log[4].hash), told.append) == 5
    assert told == [1, 2, 3, 4, 5]


def test_a_text_that_is_no_text_survives(tmp_path: Path) -> None:
    """Broken UTF-8 in the database is read as half characters; the file holds them, and the chain finds them."""
    log = log_of()[:3]
    log[1] = replace(log[1], public_json=log[1].public_json + "\udcff")
    path = tmp_path / "l"
    export_log(path, log, Head(seq=3, hash=log[-1].hash))
    assert list(exported_events(path)) == log
    with pytest.raises(ChainBroken, match="event 2: edited"):
        verify(exported_events(path))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda lines: ["not JSON", *lines[1:]], "line 1: is not JSON"),
        (lambda lines: lines[1:], "line 1: is not an exported log"),
        (
            lambda lines: [lines[0].replace('"head": "', '"head": "x'), *lines[1:]],
            "line 1: .* is not SEQ:HASH",
        ),
        (lambda lines: [lines[0], "[]"], "line 2: is not an object"),
        (lambda lines: [lines[0], "{}"], "line 2: is not an event: has "),
        (lambda lines: [lines[0], json.dumps(json.loads(lines[1]) | {"seq": "1"})], "not of the type"),
        (lambda lines: [lines[0], json.dumps(json.loads(lines[1]) | {"sealed": "?"})], "is not base64"),
    ],
)
def test_another_file_is_refused_with_its_line(tmp_path: Path, change: object, problem: str) -> None:
    """What is wrong is named with where, and nothing of it is believed."""
    path = written(tmp_path / "log.jsonl")
    lines = change(path.read_text().splitlines())  # type: ignore[operator]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InvalidFile, match=problem):
        verify(exported_events(path), exported_head(path))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(InvalidFile, match="nowhere"):
        exported_head(tmp_path / "nowhere")
